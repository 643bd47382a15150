"""Kind ``count``: events per exposure, exact Poisson, also for events of different weight.

What lives here: gamma bounds after Fay & Feuer (1997, Statistics in Medicine 16), with the variance
of a weighted sum bounded by ``largest_event`` times the sum. For events of weight 1 they are the
exact (Garwood) bounds. What does not: proportions.
"""

from scipy import stats

from scaling_assets.records.experiment import Metric
from scaling_assets.science.trials.estimate import (
    HOMOGENEITY_LEVEL,
    MIN_UNITS_SPREAD,
    Bounds,
    Confidence,
    Estimate,
    Units,
    effective_share,
)
from scaling_assets.science.trials.proportions import conditional, disagreement
from scaling_assets.science.trials.ratios import linearised


def rate_per_exposure(metric: Metric, units: Units, confidence: Confidence) -> Estimate:
    """``scale * sum(numerator) / sum(denominator)`` with bounds that allow for the largest event.

    With no event at all the upper bound is 3.0 (at 95 %) largest events per exposure. Fewer than
    MIN_UNITS_SPREAD units give bounds for these very units, and are not pooled when they disagree.
    """
    n = len(units)
    if n == 0:
        return units.none("no unit has a value")
    total, exposure, weight = (
        float(units.numerator.sum()),
        float(units.denominator.sum()),
        metric.largest_event,
    )
    value = metric.scale * total / exposure
    evidence: dict[str, float | None] = {"numerator": total, "denominator": exposure}
    # A sum of events no heavier than w has a variance of at most w times its mean.
    variance, method = (
        weight * total,
        "exact Poisson" if weight == 1 else "Poisson of weighted events (Fay-Feuer)",
    )
    if total == 0:
        method = f"{method}, zero events (rule of three)"
    elif n > 1:
        p = disagreement(units, weight * total / exposure)
        evidence["homogeneity_p"] = p
        if n < MIN_UNITS_SPREAD and p < HOMOGENEITY_LEVEL:
            return units.none(
                f"the {n} units differ by more than chance (p = {p:.2g}), and fewer than "
                f"{MIN_UNITS_SPREAD} cannot show how much units vary", value, **evidence
            )  # fmt: skip
        effect = (linearised(units)[1] * exposure) ** 2 / variance
        evidence["design_effect"] = effect
        if n >= MIN_UNITS_SPREAD and effect > 1:
            variance *= effect / effective_share(exposure, n, confidence.tail)
            method = f"{method} with over-dispersion {effect:.2g} over {n} units"

    def bounds(factor: float) -> Bounds:
        low, high = gamma_bounds(total * factor, variance * factor, weight, confidence)
        per = metric.scale / (exposure * factor)
        return low * per, high * per

    low, high = bounds(1)
    return Estimate(value, low, high, n, units.n_rows, method + conditional(n), "", evidence, bounds)


def gamma_bounds(total: float, variance: float, weight: float, confidence: Confidence) -> tuple[float, float]:
    """Bounds of the expected sum of Poisson events of weight up to ``weight`` (Fay & Feuer, eq. 6 and 7)."""
    if total <= 0:
        return 0.0, weight * float(stats.gamma.ppf(1 - confidence.edge_tail, 1))
    low = stats.gamma.ppf(confidence.tail, total**2 / variance, scale=variance / total)
    above, spread = total + weight, variance + weight**2
    high = stats.gamma.ppf(1 - confidence.tail, above**2 / spread, scale=spread / above)
    return float(low), float(high)
