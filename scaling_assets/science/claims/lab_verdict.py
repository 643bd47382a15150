"""Kind ``lab_verdict``: a stated pass or fail against the lab's own verdict on a gate.

What lives here: the comparison of two words. A gate that the lab could not decide decides no claim either.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from scaling_assets.records.claim import Claim, ClaimSheet, Consistency
from scaling_assets.records.declared import Filter, Identifier
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.claims.kind import Case, ClaimKind, Finding, Objection, Settings, missing

DECIDED = (Outcome.PASS, Outcome.FAIL)


class LabVerdictSettings(Settings):
    """``gate`` of ``experiment`` is said to ``pass`` or ``fail``; ``group`` picks its groups, all without it."""

    experiment: Identifier
    gate: Identifier
    group: Filter = Field(default_factory=dict)
    outcome: Literal["pass", "fail"] = "pass"


def audit(case: Case, settings: LabVerdictSettings) -> Finding:
    """Consistent when every group's verdict is the stated one, inconsistent when one is the other."""
    found = [v for v in case.verdicts if _is_meant(v, settings)]
    facts = {
        "stated": settings.outcome,
        "experiment": settings.experiment,
        "method": "the gate's standing verdict",
        "is_simulated": any(v.is_simulated for v in found),
    }
    what = f"{settings.experiment}: {settings.gate}"
    if not found:
        return missing(f"{what} has not been judged", "runs that it can be judged by", **facts)
    other = [v for v in found if v.outcome in DECIDED and v.outcome.value != settings.outcome]
    if other:
        reason = f"{what} is {other[0].outcome.value}, not {settings.outcome}: {other[0].reason}"
        return Finding(Consistency.INCONSISTENT, reason, **facts)  # type: ignore[arg-type]
    silent = [v for v in found if v.outcome not in DECIDED]
    if silent:
        reason = f"{what} is {silent[0].outcome.value.replace('_', ' ')}: {silent[0].reason}"
        return missing(reason, silent[0].remedy or "more runs", **facts)
    return Finding(Consistency.CONSISTENT, f"{what} is {settings.outcome}: {found[0].reason}", **facts)  # type: ignore[arg-type]


def _is_meant(verdict: Verdict, settings: LabVerdictSettings) -> bool:
    return (verdict.experiment, verdict.gate) == (settings.experiment, settings.gate) and all(
        str(verdict.group.get(column)) == str(value) for column, value in settings.group.items()
    )


def objections(
    sheet: ClaimSheet,
    claim: Claim,
    settings: LabVerdictSettings,
    experiments: Mapping[str, Experiment | None],
) -> list[Objection]:
    """Experiments and gates that the lab does not have."""
    if settings.experiment not in experiments:
        known = ", ".join(experiments) or "none"
        what = f"there is no experiment {settings.experiment!r}"
        return [Objection(("experiment",), what, f"Known: {known}.")]
    experiment = experiments[settings.experiment]
    if experiment is None or settings.gate in (known_gates := [gate.name for gate in experiment.gates]):
        return []
    what = f"{experiment.name} has no gate {settings.gate!r}"
    return [Objection(("gate",), what, f"Gates: {', '.join(known_gates) or 'none'}.")]


KIND = ClaimKind(
    "lab_verdict",
    "A stated pass or fail against the lab's own verdict",
    LabVerdictSettings,
    audit,
    objections,
)
