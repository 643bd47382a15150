"""Kind ``maintained``: is a metric not worse than its certified baseline by more than a margin?

What lives here: one metric now against a certified value, with the uncertainty of both. What does not: arms that run
side by side (``non_inferiority``), parameters of laws (``regression``), where baselines are kept (they are declared:
``baseline show`` prints the values to paste).

The difference has an interval that keeps the asymmetry of both (MOVER, Zou & Donner 2008, Statistics in Medicine 27,
eq. 5). What was certified is taken to be independent of the runs now.
"""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group
from scaling_assets.science.gates.compare import Bounds, Compared, compared
from scaling_assets.science.gates.comparison import directed
from scaling_assets.science.gates.gate import Case, Finding, GateKind, Settings
from scaling_assets.science.gates.groups import in_words, pooled
from scaling_assets.science.gates.looking import estimate_at
from scaling_assets.science.gates.looks import blocked, plan_of
from scaling_assets.science.gates.regression import Baseline
from scaling_assets.science.trials import Pool


class Certified(Baseline):
    """A value that somebody vouched for: ``name`` of the baseline, and who certified it."""

    name: Annotated[str, Field(min_length=1)]
    certified_by: str = ""


class MaintainedSettings(Settings):
    """``margin`` is the largest loss against ``baseline`` that does not matter, in the metric's unit, positive."""

    metric: str
    baseline: Certified
    margin: Annotated[float, Field(gt=0)]


def judge(case: Case, settings: MaintainedSettings) -> list[Finding]:
    """One finding a group, planned groups without a trial included."""
    return [_one(case, settings, group, pool) for group, pool in pooled(case, settings.metric)]


def _one(case: Case, settings: MaintainedSettings, group: Group, pool: Pool) -> Finding:
    gate, metric, then = case.gate, case.experiment.metric(settings.metric), settings.baseline
    now, look = estimate_at(metric, pool, plan_of(case.experiment, gate), gate.confidence)
    lower = metric.direction == "lower"
    claim = Compared(operator="<" if lower else ">", threshold=settings.margin if lower else -settings.margin)
    change = None if now.value is None else now.value - then.value

    def difference(ends: Bounds) -> Bounds:
        return (None, None) if now.value is None else then.since(now.value, ends, then.reach(gate.confidence))

    grown = now.grown
    finding = compared(
        gate, claim, group, f"the change of {metric.name}{in_words(group)} since {then.name}", metric.unit, change,
        difference((now.low, now.high)), now.n_units, missing=now.reason,
        grown=None if grown is None else lambda factor: difference(grown(factor)), unit_word="run",
    )  # fmt: skip
    if change is not None:
        finding = replace(finding, reason=f"{finding.reason} (now {now.value:.4g}, then {then.value:.4g})")
    finding = replace(
        finding,
        method=f"difference to the certified baseline (MOVER); {now.method}",
        is_simulated=pool.is_simulated or case.experiment.is_simulated,
        evidence={**now.evidence, "now": now.value, "baseline": then.value, "margin": settings.margin},
    )
    return blocked(finding, look) if look.blocked else finding


def problems(experiment: Experiment, gate: Gate, settings: MaintainedSettings) -> list[str]:
    """A metric that is not declared, or knows no better."""
    if settings.metric not in {m.name for m in experiment.metrics}:
        return [f"'metric' names {settings.metric!r}, which is not declared"]
    return directed(experiment.metric(settings.metric))


KIND = GateKind(
    "maintained", "A metric not worse than its certified baseline", MaintainedSettings, judge, problems
)
