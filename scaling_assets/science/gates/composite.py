"""Kind ``composite``: a weighted sum of metrics against a limit, only with weights that somebody declared.

What lives here: the sum within each unit, so that metrics which move together are not taken as independent.
What does not: default weights. A score whose weights nobody stated cannot be checked by anybody.
"""

from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group
from scaling_assets.science import testing
from scaling_assets.science.gates.compare import Compared, compared
from scaling_assets.science.gates.gate import Case, Finding, GateKind
from scaling_assets.science.gates.groups import groups_of, in_words
from scaling_assets.science.trials import select
from scaling_assets.science.trials.estimate import units_of
from scaling_assets.science.trials.ratios import linearised


class CompositeSettings(Compared):
    """``weights``: metric -> weight, per unit of the metric; the sum is held against ``threshold``."""

    weights: Annotated[dict[str, float], Field(min_length=2)]


def judge(case: Case, settings: CompositeSettings) -> list[Finding]:
    """One finding a group."""
    chosen = select(case.experiment, case.trials, case.gate.where)
    return [
        _one(case, settings, group, select(case.experiment, chosen, dict(group)))
        for group in groups_of(case.experiment, case.gate, chosen)
    ]


def _one(case: Case, settings: CompositeSettings, group: Group, trials: pd.DataFrame) -> Finding:
    parts: dict[str, pd.Series] = {}
    evidence: dict[str, float | None] = {}
    for name in settings.weights:
        metric, mine = case.experiment.metric(name), trials[trials["metric"] == name]
        units = units_of(mine)
        values = units.value
        if metric.kind in ("rate", "ratio", "count") and len(units):
            value, _ = linearised(units)
            scale = 1.0 if metric.kind == "rate" else metric.scale
            share = units.denominator / units.denominator.mean()
            values = scale * (value + (units.numerator / units.denominator - value) * share)
        good = mine[mine["value"].notna() & (mine["n"] > 0)]
        parts[name] = pd.Series(values, index=sorted(good["unit"].unique()), dtype=float)
        evidence[name] = float(values.mean()) if len(values) else None
    table = pd.DataFrame(parts)
    partial = int(table.isna().any(axis=1).sum())
    whole = table.dropna()
    score = sum((weight * whole[name] for name, weight in settings.weights.items()), np.zeros(len(whole)))
    found = testing.weighted(
        [(1.0, np.asarray(score, dtype=float))], "t over units of the weighted sum", ["the runs"]
    )
    if partial:
        found = replace(found, bounds=None, reason=f"{partial} unit(s) lack one of the metrics")
    tail = 1 - case.gate.confidence
    bounds = found.bounds
    formula = " + ".join(f"{weight:g} {name}" for name, weight in settings.weights.items())
    finding = compared(
        case.gate, settings, group, f"{formula}{in_words(group)}", "", found.value,
        bounds(tail, 1.0) if bounds else (None, None), found.n_units, missing=found.reason,
        grown=(lambda factor: bounds(tail, factor)) if bounds else None,
    )  # fmt: skip
    simulated = bool(trials["is_simulated"].any()) or case.experiment.is_simulated
    return replace(
        finding, method=found.method, is_simulated=simulated, evidence={**evidence, **found.evidence}
    )


def problems(experiment: Experiment, gate: Gate, settings: CompositeSettings) -> list[str]:
    """Names that the experiment does not declare, metrics that have no value a unit."""
    known = {m.name: m.kind for m in experiment.metrics}
    found = [f"'weights' names {n!r}, which is not declared" for n in settings.weights if n not in known]
    return found + [f"'weights' names {n!r} of kind quantile, which cannot be added up"
                    for n in settings.weights if known.get(n) == "quantile"]  # fmt: skip


KIND = GateKind("composite", "A declared weighted sum against a limit", CompositeSettings, judge, problems)
