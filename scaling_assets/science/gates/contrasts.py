"""From two arms to one contrast: which design the declaration and the data make, which bounds go with it.

What lives here: the choice between pairs, strata, plain samples and exact tests, and between fixed and
always-valid bounds. What does not: formulas (``science.testing``), outcomes (``comparison``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Metric
from scaling_assets.records.looking import Looks
from scaling_assets.science import testing
from scaling_assets.science.gates.arms import SUMS, Arm, NotComparable, composite, linear
from scaling_assets.science.testing import sequences
from scaling_assets.science.testing.contrast import Bounds, Contrast
from scaling_assets.science.trials import Confidence
from scaling_assets.science.trials.estimate import units_of
from scaling_assets.science.trials.kinds import ESTIMATORS

#: Kinds whose units have no single value that could be averaged: bounds come from each arm's own.
POOLED = ("quantile", "count")


@dataclass(frozen=True, eq=False)
class Drawn:
    """A contrast with what it is made of: values of either arm, units of the smaller arm (or pairs)."""

    contrast: Contrast
    values: tuple[float | None, float | None]
    arms: tuple[np.ndarray, np.ndarray]
    smaller: int
    unit_word: str
    evidence: Mapping[str, float | None]


def contrast_of(
    metric: Metric, arms: tuple[Arm, Arm], weights: Mapping[str, float] | None, *,
    is_paired: bool, effect: str, test: str, looks: Looks,
) -> Drawn:  # fmt: skip
    """Return the contrast treatment - control (of logarithms for the effect "ratio").

    Raises:
        NotComparable: the design cannot be analysed with these data.
    """
    if metric.kind in POOLED:
        return _from_own_bounds(metric, arms, is_paired or bool(weights), effect, test, looks)
    evidence: dict[str, float | None] = {}
    if looks.plan == "always_valid":
        _check_always(metric, arms, effect, test)
    if weights:
        evidence["strata"] = float(len(weights))
        if _is_nested(arms):
            return _nested(metric, arms, weights, is_paired, effect, test, looks, evidence)
        (a, ours, lost), (b, theirs, more) = (composite(metric, arm, dict(weights), effect) for arm in arms)
        evidence["units_lacking_strata"] = float(lost + more)
        if lost + more:
            raise NotComparable(
                f"{lost + more} unit(s) were not measured in every stratum",
                "Measure them there, or leave them out by 'where'.",
            )
    else:
        (a, ours), (b, theirs) = (linear(metric, arm, effect) for arm in arms)
    x, y = ours["value"].to_numpy(dtype=float), theirs["value"].to_numpy(dtype=float)
    if is_paired:
        differences = _differences(ours, theirs, evidence)
        if _single_items(metric, arms):  # items that the treatment wins and loses: which way they flip
            evidence["flips_won"] = float(np.sum(differences > 0.5))
            evidence["flips_lost"] = float(np.sum(differences < -0.5))
        contrast = _one_sample(differences, test, looks, metric, effect)
        return Drawn(contrast, (a, b), (x, y), len(differences), "pair", evidence)
    if not weights and _single_items(metric, arms) and effect == "difference" and test == "t":
        contrast = _items(arms, looks)
    elif looks.plan == "always_valid":
        contrast = sequences.difference(*(_always(v, looks, metric, effect) for v in (x, y)))
    else:
        names = (arms[0].name, arms[1].name)
        contrast = testing.relabelled(x, y) if test == "exact" else testing.two_sample(x, y, names)
    return Drawn(contrast, (a, b), (x, y), min(len(x), len(y)), "unit", evidence)


def _differences(ours: pd.DataFrame, theirs: pd.DataFrame, evidence: dict[str, float | None]) -> np.ndarray:
    """Within-pair differences; several runs of one key are averaged, for the key is what is independent."""
    a, b = (lines.groupby("key", sort=True)["value"].mean() for lines in (ours, theirs))
    a, b = a.align(b, join="inner")
    spread = a.std(ddof=1) * b.std(ddof=1) if len(a) > 2 else 0.0
    evidence["pair_correlation"] = float(np.corrcoef(a, b)[0, 1]) if spread > 0 else None
    return (a - b).to_numpy(dtype=float)


def _one_sample(differences: np.ndarray, test: str, looks: Looks, metric: Metric, effect: str) -> Contrast:
    if looks.plan == "always_valid":
        limits = None
        if looks.noise == "bounded" or metric.kind == "rate":
            width = _width(metric, effect)
            limits = (-width, width)
        return sequences.mean_contrast(differences, _tuned(looks), limits, "pairs")
    return testing.sign_flips(differences) if test == "exact" else testing.paired(differences)


def _always(values: np.ndarray, looks: Looks, metric: Metric, effect: str) -> Contrast:
    limits = None
    if looks.noise == "bounded" or metric.kind == "rate":
        _width(metric, effect)
        low, high = metric.bounds
        assert low is not None and high is not None
        limits = (low, high)
    return sequences.mean_contrast(values, _tuned(looks), limits)


def _width(metric: Metric, effect: str) -> float:
    low, high = metric.bounds
    if low is None or high is None or effect == "ratio" or metric.kind == "ratio":
        raise NotComparable(
            f"{metric.name} has no two bounds that its units keep, which 'noise: bounded' rests on",
            "Declare 'lower' and 'upper' of a metric of kind value, or 'noise: normal'.",
        )
    return high - low


def _check_always(metric: Metric, arms: tuple[Arm, Arm], effect: str, test: str) -> None:
    """Always-valid bounds exist for differences of means of what is independent, and for those alone."""
    if metric.kind == "ratio" or effect == "ratio" or test == "exact":
        raise NotComparable(
            "bounds that hold at any time exist for differences of values and rates only",
            "Declare another plan in 'looks', or compare the difference of a value or a rate.",
        )
    items = pd.concat([arm.lines["denominator"] for arm in arms])
    if metric.kind == "rate" and items.nunique() > 1:
        raise NotComparable(
            "units have different numbers of items, and rates that hold at any time need equal ones",
            "Declare another plan in 'looks', or give every unit the same number of items.",
        )


def _tuned(looks: Looks) -> float:
    return float(looks.units or sequences.TUNED_FOR)


def _single_items(metric: Metric, arms: tuple[Arm, Arm]) -> bool:
    """True when every unit is one item, so that the items are independent and counts say all."""
    return metric.kind == "rate" and all((arm.lines["denominator"] <= 1).all() for arm in arms)


def _items(arms: tuple[Arm, Arm], looks: Looks) -> Contrast:
    events = [float(arm.lines["numerator"].sum()) for arm in arms]
    items = [float(arm.lines["denominator"].sum()) for arm in arms]
    if looks.plan == "always_valid":
        return sequences.difference(
            *(sequences.proportion_contrast(e, n) for e, n in zip(events, items, strict=True))
        )
    found = testing.newcombe((events[0], events[1]), (items[0], items[1]))
    return replace(found, floor=testing.fewest((arms[0].n_units, arms[1].n_units)))


def _is_nested(arms: tuple[Arm, Arm]) -> bool:
    """True when every unit lies in one stratum only."""
    return all(not arm.lines["unit"].duplicated().any() for arm in arms)


def _nested(
    metric: Metric, arms: tuple[Arm, Arm], weights: Mapping[str, float], is_paired: bool, effect: str, test: str,
    looks: Looks, evidence: dict[str, float | None],
) -> Drawn:  # fmt: skip
    if test == "exact" or looks.plan == "always_valid":
        raise NotComparable(
            "strata of different units have Student's bounds only", "Drop 'strata', or declare 'test: t'."
        )
    total = sum(weights.values())
    strata, parts, values, xs, ys = {}, [], [0.0, 0.0], [], []
    for name, weight in weights.items():
        (a, ours), (b, theirs) = (linear(metric, arm.at(name), effect) for arm in arms)
        values = [v + weight / total * m for v, m in zip(values, (a, b), strict=True)]
        x, y = ours["value"].to_numpy(dtype=float), theirs["value"].to_numpy(dtype=float)
        strata[name] = (x, y)
        xs.append(x)
        ys.append(y)
        if is_paired:
            parts.append((weight / total, _differences(ours, theirs, evidence)))
    if is_paired:
        names = [f"the pairs at {name}" for name in weights]
        contrast = testing.weighted(parts, f"paired t over pairs, {len(parts)} strata weighted", names)
        n = sum(len(d) for _, d in parts)
        contrast = replace(contrast, floor=lambda factor: 2.0 ** -(n * factor))
        return Drawn(contrast, (values[0], values[1]), (np.hstack(xs), np.hstack(ys)), n, "pair", evidence)
    contrast = testing.stratified(strata, weights)
    x, y = np.hstack(xs), np.hstack(ys)
    return Drawn(contrast, (values[0], values[1]), (x, y), min(len(x), len(y)), "unit", evidence)


def _from_own_bounds(
    metric: Metric, arms: tuple[Arm, Arm], has_design: bool, effect: str, test: str, looks: Looks
) -> Drawn:
    """Quantiles and counts: a difference from each arm's own bounds (MOVER)."""
    if has_design or effect == "ratio" or test == "exact" or looks.plan == "always_valid":
        raise NotComparable(
            f"metrics of kind {metric.kind} can be compared as two samples by their difference only",
            "Drop 'pair_by', 'strata', 'effect: ratio', 'test: exact' and 'always_valid', or compare a mean.",
        )
    found = [ESTIMATORS[metric.kind](metric, units_of(arm.trials), Confidence(0.95, sides=1)) for arm in arms]
    missing = [f"{arm.name}: {e.reason}" for arm, e in zip(arms, found, strict=True) if e.grown is None]
    values = (found[0].value, found[1].value)
    smaller = min(e.n_units for e in found)
    empty = np.empty(0)
    if missing or values[0] is None or values[1] is None:
        reason = "; ".join(missing)
        n = sum(e.n_units for e in found)
        return Drawn(
            Contrast(None, n, "not estimable", None, reason), values, (empty, empty), smaller, "unit", {}
        )

    def own(arm: Arm) -> Callable[[float, float], Bounds]:
        units = units_of(arm.trials)

        def bounds(tail: float, factor: float) -> Bounds:
            estimate = ESTIMATORS[metric.kind](metric, units, Confidence(1 - tail, sides=1))
            return (None, None) if estimate.grown is None else estimate.grown(factor)

        return bounds

    method = f"difference of two estimates (MOVER), each {found[0].method}"
    n = sum(e.n_units for e in found)
    contrast = testing.mover((values[0], values[1]), (own(arms[0]), own(arms[1])), n, method)
    contrast = replace(contrast, floor=testing.fewest((found[0].n_units, found[1].n_units)))
    return Drawn(contrast, values, (empty, empty), smaller, "unit", {})


def item_level(metric: Metric, arms: tuple[Arm, Arm]) -> Contrast | None:
    """The difference with the items of these runs as units; None where units are single rows."""
    if any((arm.lines["rows"] <= 1).all() and metric.kind not in SUMS for arm in arms):
        return None
    if metric.kind == "rate":
        events = [float(arm.lines["numerator"].sum()) for arm in arms]
        items = [float(arm.lines["denominator"].sum()) for arm in arms]
        if all((arm.lines["denominator"] <= 1).all() for arm in arms):
            return None
        found = testing.newcombe((events[0], events[1]), (items[0], items[1]))
        return replace(found, method="items (Newcombe), conditional on these runs")
    if metric.kind != "value":
        return None
    means, variances, counts, n = [], [], [], 0
    for arm in arms:
        rows = arm.lines["rows"]
        means.append(float((arm.lines["value"] * rows).sum() / rows.sum()))
        variances.append(float((arm.lines["variance"] * rows).sum() / rows.sum() ** 2))
        counts.append(int(rows.sum()))
        n += arm.n_units
    return testing.clustered_items(means[0] - means[1], variances, counts, n)
