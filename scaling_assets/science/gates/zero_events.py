"""Kind ``zero_events``: no event has been seen, and enough has been watched to say so.

What lives here: the rule of three (Hanley & Lippman-Hand 1983, JAMA 249): with no event among n items the
exact upper bound of the rate is about 3 / n at 95 %. One event is a failure of "zero", whatever its rate. What
does not: rates that may be above zero (``threshold``).
"""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.compare import Compared, compared, number
from scaling_assets.science.gates.gate import Case, Finding, GateKind, Settings
from scaling_assets.science.gates.groups import in_words, pooled
from scaling_assets.science.gates.looking import estimate_at, sequence_problems
from scaling_assets.science.gates.looks import at_confidence, blocked, plan_of
from scaling_assets.science.trials import Pool


class ZeroEventsSettings(Settings):
    """``metric`` counts events (kind rate or count); "zero" is proven as a rate below ``below``, in its unit."""

    metric: str
    below: Annotated[float, Field(gt=0)]


def judge(case: Case, settings: ZeroEventsSettings) -> list[Finding]:
    """One finding a group, planned groups without a trial included."""
    return [_one(case, settings, group, pool) for group, pool in pooled(case, settings.metric)]


def _one(case: Case, settings: ZeroEventsSettings, group: Group, pool: Pool) -> Finding:
    metric = case.experiment.metric(settings.metric)
    looks = plan_of(case.experiment, case.gate)
    found, look = estimate_at(metric, pool, looks, case.gate.confidence)
    events, watched = float(pool.units.numerator.sum()), float(pool.units.denominator.sum())
    claim = Compared(operator="<", threshold=settings.below)
    subject = (
        f"{metric.name}{in_words(group)} counts {number(events)} event(s) in {number(watched)}; its rate"
    )
    finding = compared(
        at_confidence(case.gate, look.confidence), claim, group, subject, metric.unit,
        found.value, (found.low, found.high), found.n_units, missing=found.reason, grown=found.grown,
    )  # fmt: skip
    finding = replace(
        finding,
        method=found.method,
        is_simulated=pool.is_simulated or case.experiment.is_simulated,
        evidence={**found.evidence, "events": events, "watched": watched, **look.evidence},
    )
    if events > 0:  # certain, and so at any time
        return replace(
            finding,
            outcome=Outcome.FAIL,
            reason=f"{metric.name}{in_words(group)}: {number(events)} event(s) in {number(watched)}, none may be",
            remedy=case.gate.action or "Find the cause, or declare the rate that may be (kind threshold).",
            runs_needed=None,
        )
    return blocked(finding, look) if look.blocked else finding


def problems(experiment: Experiment, gate: Gate, settings: ZeroEventsSettings) -> list[str]:
    """Names that the experiment does not declare, metrics that count nothing."""
    metric = next((m for m in experiment.metrics if m.name == settings.metric), None)
    if metric is None:
        return [f"'metric' names {settings.metric!r}, which is not declared"]
    if metric.kind not in ("rate", "count"):
        return [f"'metric' {metric.name!r} is of kind {metric.kind}, and only rates and counts have events"]
    return sequence_problems(metric, plan_of(experiment, gate))


KIND = GateKind(
    "zero_events", "No event, and enough watched", ZeroEventsSettings, judge, problems, looks="any"
)
