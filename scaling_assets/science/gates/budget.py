"""Kind ``budget``: do all planned runs together stay within a total of cost or time?

What lives here: what was spent, and a forecast of what the planned runs that are missing will take. What does
not: spending a budget well (``allocation``).
"""

from dataclasses import replace
from math import sqrt
from typing import Annotated

from pydantic import Field
from scipy import special

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.science.gates.compare import UNSETTLED, Compared, compared, number
from scaling_assets.science.gates.gate import Case, Finding, GateKind, Settings
from scaling_assets.science.trials import completeness, select
from scaling_assets.science.trials.select import matches


class BudgetSettings(Settings):
    """The sum of ``metric`` over all rows (cost or time each) must not exceed ``total``, in its unit."""

    metric: str
    total: Annotated[float, Field(gt=0)]


def judge(case: Case, settings: BudgetSettings) -> list[Finding]:
    """One finding: spent so far, and with the planned runs that are still missing."""
    metric = case.experiment.metric(settings.metric)
    trials = select(case.experiment, case.trials, case.gate.where, settings.metric)
    good = trials[trials["value"].notna()]
    each = (good["value"] * good["n"]).groupby(good["unit"]).sum().to_numpy(dtype=float)
    plan = completeness(case.experiment, case.trials)
    for column, wanted in case.gate.where.items():
        if column in plan:
            plan = plan[matches(case.experiment, column, plan[column], wanted)]
    missing, spent, n = int(plan["missing"].sum()), float(each.sum()), len(each)
    expected, low, high, reason = spent, spent, spent, ""
    tail = 1 - case.gate.confidence
    if missing and n < 3:
        reason = f"{n} run(s) cannot forecast the {missing} that are missing"
    elif missing:
        expected = spent + missing * float(each.mean())
        # Sum of new runs: their own spread, and that of the mean that forecasts them.
        half = (
            float(special.stdtrit(n - 1, 1 - tail)) * float(each.std(ddof=1)) * sqrt(missing + missing**2 / n)
        )
        low, high = max(expected - half, spent), expected + half
    subject = f"{metric.name} over {n} run(s), {number(spent, metric.unit)} spent"
    if missing:
        subject += f", with {missing} planned run(s) to come"
    bounds = (spent, None) if reason else (low, high)
    finding = compared(
        case.gate, Compared(operator="<=", threshold=settings.total), {}, subject, metric.unit,
        None if n == 0 else expected, bounds if n else (None, None), n,
        missing=reason or "no run has a value",
    )  # fmt: skip
    method, remedy = "sum of all runs", finding.remedy
    if missing:
        method += " and t forecast of those missing"
        if finding.outcome in UNSETTLED:
            remedy = f"Run on: {missing} planned run(s) are missing."
    return [
        replace(
            finding,
            method=method,
            remedy=remedy,
            runs_needed=None,
            is_simulated=bool(trials["is_simulated"].any()) or case.experiment.is_simulated,
            evidence={"spent": spent, "missing": float(missing), "left": settings.total - spent},
        )
    ]


def problems(experiment: Experiment, gate: Gate, settings: BudgetSettings) -> list[str]:
    """Names that the experiment does not declare, metrics that cannot be added up."""
    metric = next((m for m in experiment.metrics if m.name == settings.metric), None)
    if metric is None:
        return [f"'metric' names {settings.metric!r}, which is not declared"]
    found = [] if metric.kind == "value" else [
        f"'metric' {metric.name!r} is of kind {metric.kind}, and a budget adds up values"
    ]  # fmt: skip
    return found + (["'each' does not belong to a budget: it is one total"] if gate.each else [])


KIND = GateKind("budget", "Cost or time of all runs", BudgetSettings, judge, problems, looks="none")
