"""Kind ``distribution``: do the units of two arms have nearly the same distribution?

What lives here: the claim that no share of units differs by more than ``at_most`` at any value. What does not: a
test of equality, which never proves it; its p-value is in the evidence.
"""

from dataclasses import replace
from typing import Annotated

import pandas as pd
from pydantic import Field

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.arms import NotComparable
from scaling_assets.science.gates.compare import Compared, compared
from scaling_assets.science.gates.comparison import Arms, arms_of, control_of
from scaling_assets.science.gates.comparison import problems as arm_problems
from scaling_assets.science.gates.gate import Case, Finding, GateKind
from scaling_assets.science.gates.groups import groups_of, in_words
from scaling_assets.science.testing.distributions import largest_distance
from scaling_assets.science.trials import select


class DistributionSettings(Arms):
    """``at_most`` is the largest distance of the two distribution functions that does not matter."""

    at_most: Annotated[float, Field(gt=0, lt=1)]


def judge(case: Case, settings: DistributionSettings) -> list[Finding]:
    """One finding a group."""
    chosen = select(case.experiment, case.trials, case.gate.where, settings.metric)
    return [_one(case, settings, group, chosen) for group in groups_of(case.experiment, case.gate, chosen)]


def _one(case: Case, settings: DistributionSettings, group: Group, chosen: pd.DataFrame) -> Finding:
    trials = select(case.experiment, chosen, dict(group))
    control = control_of(case.experiment, settings)
    assert control is not None  # ``problems`` demands one
    claim = Compared(operator="<", threshold=settings.at_most)
    simulated = bool(trials["is_simulated"].any()) or case.experiment.is_simulated
    subject = (
        f"the distance of the distributions of {settings.metric} between {settings.between} = "
        f"{settings.treatment} and {control}{in_words(group)}"
    )
    try:
        arms, _, _ = arms_of(case.experiment, settings, trials, control)
    except NotComparable as error:
        return Finding(
            group, Outcome.INSUFFICIENT_DATA, f"{subject}: {error}", error.remedy, is_simulated=simulated
        )
    x, y = (arm.lines["value"].to_numpy(dtype=float) for arm in arms)
    found = largest_distance(x, y)
    bounds, tail = found.bounds, 1 - case.gate.confidence
    finding = compared(
        case.gate, claim, group, subject, "", found.value, bounds(tail, 1.0) if bounds else (None, None),
        found.n_units, missing=found.reason, grown=(lambda f: bounds(tail, f)) if bounds else None,
        unit_word="unit",
    )  # fmt: skip
    evidence = {**found.evidence, "n_treatment": float(len(x)), "n_control": float(len(y))}
    return replace(finding, method=found.method, is_simulated=simulated, evidence=evidence)


def problems(experiment: Experiment, gate: Gate, settings: DistributionSettings) -> list[str]:
    """Names that the experiment does not declare, designs that a distribution has no use for."""
    found = arm_problems(experiment, gate, settings)
    used = [f for f in ("pair_by", "strata", "weights", "expected") if getattr(settings, f)]
    if settings.test == "exact":
        used.append("test")
    return found + [f"{field!r} does not belong to a comparison of distributions" for field in used]


KIND = GateKind("distribution", "Two distributions nearly the same", DistributionSettings, judge, problems)
