"""Kind ``ratio``: sum of one amount over sum of another, linearised over units.

What lives here: the classical ratio estimator (Cochran, Sampling Techniques, 3rd ed., eq. 6.13) with
t of units - 1. What does not: ratios of counts (``proportions``, ``counts``), which have exact
intervals.
"""

import numpy as np
from scipy import stats

from scaling_assets.records.experiment import Metric
from scaling_assets.science.trials.estimate import MIN_UNITS_T, Bounds, Confidence, Estimate, Units, clip


def ratio(metric: Metric, units: Units, confidence: Confidence) -> Estimate:
    """``scale * sum(numerator) / sum(denominator)``; a unit counts by its denominator."""
    n = len(units)
    if n == 0:
        return units.none("no unit has a value")
    value, se = linearised(units)
    value, se = metric.scale * value, abs(metric.scale) * se
    if n < MIN_UNITS_T:
        return units.none(f"{n} unit(s): the interval of a ratio needs at least {MIN_UNITS_T}", value)
    if se <= 1e-12 * abs(value):
        return units.none(f"all {n} units have the same ratio: their spread cannot be estimated", value)

    def bounds(factor: float) -> Bounds:
        half = float(stats.t.ppf(1 - confidence.tail, n * factor - 1)) * se / np.sqrt(factor)
        return clip((value - half, value + half), metric.bounds)

    low, high = bounds(1)
    return Estimate(
        value, low, high, n, units.n_rows, "ratio of sums, linearised over units, t", "", {}, bounds
    )


def linearised(units: Units) -> tuple[float, float]:
    """Return sum(numerator) / sum(denominator) and its standard error over units (0 below two)."""
    n, total = len(units), float(units.denominator.sum())
    value = float(units.numerator.sum()) / total
    if n < 2:
        return value, 0.0
    residuals = units.numerator - value * units.denominator
    return value, float(np.sqrt(n / (n - 1) * np.sum(residuals**2)) / total)
