"""A metric's estimate as its plan of looking allows it: plain, at a look's level, or always-valid.

What lives here: which always-valid bounds belong to which metric. What does not: the plan (``looks``),
formulas (``science.testing.sequences``), plain estimates (``trials``).
"""

from dataclasses import replace

import numpy as np

from scaling_assets.records.experiment import Metric
from scaling_assets.records.looking import Looks
from scaling_assets.science.gates.looks import Look, look_at, tail_at
from scaling_assets.science.testing import sequences
from scaling_assets.science.testing.contrast import Bounds, Contrast, without
from scaling_assets.science.trials import Confidence, Estimate, Pool, estimate_units
from scaling_assets.science.trials.estimate import Units


def estimate_at(metric: Metric, pool: Pool, looks: Looks, confidence: float) -> tuple[Estimate, Look]:
    """Return the estimate with one-sided bounds at what the plan allows now, and that look."""

    def at(confidence: float) -> Estimate:
        return estimate_units(metric, pool.units, pool.is_mixed, Confidence(confidence, sides=1))

    found = at(confidence)
    look = look_at(looks, confidence, found.n_units)
    if looks.plan == "fixed" or found.value is None:
        return found, look
    if looks.plan == "group_sequential":
        if look.blocked:
            return found, look
        n = found.n_units

        def grown(factor: float) -> Bounds:
            later = at(1 - tail_at(looks, confidence, n * factor))
            return (None, None) if later.grown is None else later.grown(factor)

        return replace(at(look.confidence), grown=grown), look
    contrast = always_valid(metric, pool.units, looks)
    if contrast.bounds is None or pool.is_mixed:
        reason = found.reason if pool.is_mixed else contrast.reason
        return replace(found, low=None, high=None, method="not estimable", reason=reason, grown=None), look
    bounds, tail = contrast.bounds, 1 - confidence
    low, high = bounds(tail, 1.0)
    reason = "" if low is not None else "too few units for a bound that holds at any time"
    return replace(
        found, low=low, high=high, method=contrast.method, reason=reason, grown=lambda f: bounds(tail, f)
    ), look


def always_valid(metric: Metric, units: Units, looks: Looks) -> Contrast:
    """Always-valid mean of a value, or proportion; without bounds and with a reason where there are none."""
    tuned, n = float(looks.units or sequences.TUNED_FOR), len(units)
    if n == 0:
        return without("no unit has a value", 0)
    if metric.kind == "rate":
        if np.all(units.denominator <= 1):
            return sequences.proportion_contrast(float(units.numerator.sum()), float(units.denominator.sum()))
        if np.ptp(units.denominator) > 0:
            return without(
                "units have different numbers of items: a rate that holds at any time needs equal ones", n
            )
        return sequences.mean_contrast(units.value, tuned, (0.0, 1.0))
    limits = None
    if looks.noise == "bounded":
        low, high = metric.bounds
        assert low is not None and high is not None  # ``sequence_problems`` demands both
        limits = (low, high)
    return sequences.mean_contrast(units.value, tuned, limits)


def sequence_problems(metric: Metric, looks: Looks) -> list[str]:
    """What an always-valid plan cannot promise for this metric."""
    if looks.plan != "always_valid":
        return []
    if metric.kind not in ("value", "rate"):
        return [
            f"'looks' always_valid is for metrics of kind value and rate, and {metric.name!r} is of kind {metric.kind}"
        ]
    if looks.noise == "bounded" and None in metric.bounds:
        return [f"'looks' with noise bounded needs 'lower' and 'upper' of {metric.name!r}"]
    return []
