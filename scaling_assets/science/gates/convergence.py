"""Kind ``convergence``: which share of the runs reaches its goal by a horizon, when some never do?

What lives here: runs that were stopped before they reached it stay in, as censored ones; left out, only the
fast ones would be counted. What does not: the estimate (``science.testing.survival``).
"""

from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.compare import Compared, compared, number
from scaling_assets.science.gates.gate import Case, Finding, GateKind
from scaling_assets.science.gates.groups import groups_of, in_words
from scaling_assets.science.testing.survival import reached_by
from scaling_assets.science.trials import select


class ConvergenceSettings(Compared):
    """The share of units with ``reached`` by the horizon ``by`` is held against ``threshold``.

    ``time``: metric of kind value, when a unit reached its goal, or how long it was watched without.
    ``reached``: metric of kind value or rate that is 1 for a unit that did and 0 for one that did not.
    """

    time: str
    reached: str
    by: Annotated[float, Field(gt=0)]


def judge(case: Case, settings: ConvergenceSettings) -> list[Finding]:
    """One finding a group."""
    chosen = select(case.experiment, case.trials, case.gate.where)
    chosen = chosen[chosen["metric"].isin([settings.time, settings.reached])]
    return [
        _one(case, settings, group, select(case.experiment, chosen, dict(group)))
        for group in groups_of(case.experiment, case.gate, chosen)
    ]


def _one(case: Case, settings: ConvergenceSettings, group: Group, trials: pd.DataFrame) -> Finding:
    times, reached = (
        trials[trials["metric"] == name].groupby("unit", sort=True)["value"].agg(["mean", "nunique"])
        for name in (settings.time, settings.reached)
    )  # fmt: skip
    both = times.add_suffix("_time").join(reached.add_suffix("_reached"), how="outer")
    odd = both.isna().any(axis=1) | ~both["mean_reached"].isin([0.0, 1.0]) | (both["nunique_time"] > 1)
    subject = f"share of units with {settings.reached} by {number(settings.by)}{in_words(group)}"
    simulated = bool(trials["is_simulated"].any()) or case.experiment.is_simulated
    if odd.any():
        return Finding(
            group, Outcome.INSUFFICIENT_DATA,
            f"{subject}: {int(odd.sum())} unit(s) have no single time, or neither reached it nor did not",
            f"Give each unit one {settings.time}, and {settings.reached} as 0 or 1.",
            n_units=len(both), is_simulated=simulated,
        )  # fmt: skip
    found = reached_by(
        both["mean_time"].to_numpy(dtype=float),
        both["mean_reached"].to_numpy(dtype=float) == 1.0,
        settings.by,
    )
    bounds, tail = found.bounds, 1 - case.gate.confidence
    finding = compared(
        case.gate, settings, group, subject, "", found.value, bounds(tail, 1.0) if bounds else (None, None),
        found.n_units, missing=found.reason, grown=(lambda f: bounds(tail, f)) if bounds else None,
    )  # fmt: skip
    evidence = {**found.evidence, "median_time": float(np.median(both["mean_time"])) if len(both) else None}
    return replace(finding, method=found.method, is_simulated=simulated, evidence=evidence)


def problems(experiment: Experiment, gate: Gate, settings: ConvergenceSettings) -> list[str]:
    """Names that the experiment does not declare, metrics that cannot say when or whether."""
    kinds = {m.name: m.kind for m in experiment.metrics}
    found = []
    for field, name, allowed in (
        ("time", settings.time, ("value",)),
        ("reached", settings.reached, ("value", "rate")),
    ):
        if name not in kinds:
            found.append(f"{field!r} names {name!r}, which is not declared")
        elif kinds[name] not in allowed:
            found.append(f"{field!r} names {name!r} of kind {kinds[name]}, not {' or '.join(allowed)}")
    return found


KIND = GateKind("convergence", "Share that reaches its goal in time", ConvergenceSettings, judge, problems)
