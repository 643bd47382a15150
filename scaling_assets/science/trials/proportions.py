"""Kind ``rate``: successes among trials, exact binomial.

What lives here: Clopper-Pearson bounds, corrected for units that differ by more than chance
(Korn & Graubard 1998). What does not: events per exposure (``counts``).
"""

import numpy as np
from scipy import special

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
from scaling_assets.science.trials.ratios import linearised


def proportion(metric: Metric, units: Units, confidence: Confidence) -> Estimate:
    """``sum(numerator) / sum(denominator)`` in [0, 1]; items are counted, units checked for agreement.

    With fewer than MIN_UNITS_SPREAD units the bounds hold for these very units ("conditional"): a
    single run is judged by its items, and says so. Units that then disagree are not pooled.
    """
    if len(units) == 0:
        return units.none("no unit has a value")
    events, items = float(units.numerator.sum()), float(units.denominator.sum())
    value = events / items
    evidence: dict[str, float | None] = {"numerator": events, "denominator": items}
    if 0 < events < items and len(units) > 1:
        p = disagreement(units, value * (1 - value))
        evidence["homogeneity_p"] = p
        if len(units) < MIN_UNITS_SPREAD and p < HOMOGENEITY_LEVEL:
            return units.none(
                f"the {len(units)} units differ by more than chance (p = {p:.2g}), and fewer than "
                f"{MIN_UNITS_SPREAD} cannot show how much units vary", value, **evidence
            )  # fmt: skip
    share, method = _share_left(units, value, items, confidence, evidence)

    def bounds(factor: float) -> Bounds:
        return clopper_pearson(events * share * factor, items * share * factor, confidence)

    low, high = bounds(1)
    return Estimate(value, low, high, len(units), units.n_rows, method, "", evidence, bounds)


def clopper_pearson(events: float, items: float, confidence: Confidence) -> Bounds:
    """Exact bounds of a binomial proportion; counts need not be whole (effective sample sizes)."""
    if events <= 0:
        return 0.0, 1 - confidence.edge_tail ** (1 / items)
    if events >= items:
        return confidence.edge_tail ** (1 / items), 1.0
    low = special.betaincinv(events, items - events + 1, confidence.tail)
    high = special.betaincinv(events + 1, items - events, 1 - confidence.tail)
    return float(low), float(high)


def disagreement(units: Units, variance_per_item: float) -> float:
    """p-value of the chi-square test that all units have one rate (variance p(1-p), or p for counts)."""
    rate = units.numerator.sum() / units.denominator.sum()
    chi2 = np.sum((units.numerator - rate * units.denominator) ** 2 / (units.denominator * variance_per_item))
    return float(special.chdtrc(len(units) - 1, chi2))


def _share_left(
    units: Units, value: float, items: float, confidence: Confidence, evidence: dict[str, float | None]
) -> tuple[float, str]:
    """Share of the items that count as independent, and the method's name."""
    n = len(units)
    if value in (0.0, 1.0):
        what = "zero events (rule of three)" if value == 0 else "every item a success (rule of three)"
        return 1.0, f"exact binomial, {what}{conditional(n)}"
    if n < MIN_UNITS_SPREAD or (units.denominator <= 1).all():  # one item a unit: items are the units
        return 1.0, f"exact binomial (Clopper-Pearson){conditional(n)}"
    effect = linearised(units)[1] ** 2 / (value * (1 - value) / items)
    evidence["design_effect"] = effect
    if effect <= 1:
        return 1.0, "exact binomial (Clopper-Pearson)"
    share = min(1.0, effective_share(items, n, confidence.tail) / effect)
    return share, f"exact binomial with design effect {effect:.2g} over {n} units (Korn-Graubard)"


def conditional(n_units: int) -> str:
    """The words that keep a reader from taking items for units."""
    if n_units >= MIN_UNITS_SPREAD:
        return ""
    return ", conditional on this one unit" if n_units == 1 else f", conditional on these {n_units} units"
