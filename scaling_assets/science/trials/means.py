"""Kind ``value``: the mean over units, with Student's t.

What lives here: why t and not a bootstrap. Unit values are means already, and there are few of them
(2 to 30): a percentile bootstrap of n values is too narrow by sqrt((n-1)/n) and by the ratio of
normal to t quantiles, 1.9 times at n = 3. Under skew both miss; t at least is not too narrow by design.
"""

from math import sqrt

from scipy import special

from scaling_assets.records.experiment import Metric
from scaling_assets.science.trials.estimate import MIN_UNITS_T, Bounds, Confidence, Estimate, Units, clip


def mean(metric: Metric, units: Units, confidence: Confidence) -> Estimate:
    """Mean of the units' values; each unit counts the same, however many rows it has."""
    n = len(units)
    if n == 0:
        return units.none("no unit has a value")
    value = float(units.value.mean())
    residuals = units.value - value
    sd = sqrt(float(residuals @ residuals) / (n - 1)) if n > 1 else 0.0
    if n > 1 and sd <= 1e-12 * abs(value):
        return _without_spread(metric, units, confidence, value)
    if n < MIN_UNITS_T:
        return units.none(f"{n} unit(s): a t interval needs at least {MIN_UNITS_T}", value)

    def bounds(factor: float) -> Bounds:
        half = float(special.stdtrit(n * factor - 1, 1 - confidence.tail)) * sd / sqrt(n * factor)
        return clip((value - half, value + half), metric.bounds)

    low, high = bounds(1)
    return Estimate(value, low, high, n, units.n_rows, "t over units", "", {"sd_units": sd}, bounds)


def _without_spread(metric: Metric, units: Units, confidence: Confidence, value: float) -> Estimate:
    """All units agree to the last digit: t would claim certainty.

    On an edge of a metric bounded on both sides there is still an exact bound: the chance that n
    values in [0, 1] with mean m are all 1 is at most m^n, so m >= tail^(1/n).
    """
    n = len(units)
    floor, ceiling = metric.bounds
    if floor is not None and ceiling is not None and value in (floor, ceiling):
        width = ceiling - floor

        def bounds(factor: float) -> Bounds:
            reach = width * (1 - confidence.edge_tail ** (1 / (n * factor)))
            return (floor, floor + reach) if value == floor else (ceiling - reach, ceiling)

        low, high = bounds(1)
        return Estimate(
            value, low, high, n, units.n_rows, "exact bound, every unit on the edge", "", {}, bounds
        )
    return units.none(
        f"all {n} units have the same value: their spread cannot be estimated", value, sd_units=0.0
    )
