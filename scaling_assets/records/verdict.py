"""A gate's answer, with all it was judged by: readable on its own in two years.

What belongs here: the record. What does not: judging (``science.gates``), pages (``report``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scaling_assets.records.law import Group


class Outcome(StrEnum):
    """What a gate may answer."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INSUFFICIENT_DATA = "insufficient_data"
    NOT_APPLICABLE = "not_applicable"


#: Worst first: an experiment's overall outcome is the first of these that one of its blockers has.
WORST_FIRST = (
    Outcome.FAIL,
    Outcome.INSUFFICIENT_DATA,
    Outcome.INCONCLUSIVE,
    Outcome.PASS,
    Outcome.NOT_APPLICABLE,
)


@dataclass(frozen=True)
class Verdict:
    """One gate judged in one group. ``threshold`` is one number, or (low, high) for "within".

    ``method`` names how the interval came about, ``distance`` how far from the data the question
    lies (empty for gates on measured cells). ``runs_needed`` estimates how many further units
    would settle an inconclusive verdict; None when more units would not. ``standing`` is "confirmatory" when
    all that decides the verdict was registered before the first observation, else "exploratory", with the
    reason; empty before it is known (``records.registration``).
    """

    verdict_id: str
    experiment: str
    gate: str
    kind: str
    group: Group
    outcome: Outcome
    reason: str
    remedy: str
    measured: float | None
    low: float | None
    high: float | None
    confidence: float
    operator: str
    threshold: tuple[float, ...]
    unit: str
    n_units: int
    method: str
    severity: str
    action: str
    owner: str
    law_id: str | None = None
    distance: str = ""
    runs_needed: int | None = None
    is_simulated: bool = False
    data_version: str = ""
    evidence: Mapping[str, float | None] = field(default_factory=dict)
    standing: str = ""
    standing_since: datetime | None = None
    standing_reason: str = ""


def overall(verdicts: "list[Verdict] | tuple[Verdict, ...]") -> Outcome:
    """The worst outcome among the blockers; NOT_APPLICABLE when there is none."""
    found = {v.outcome for v in verdicts if v.severity == "blocker"}
    return next((o for o in WORST_FIRST if o in found), Outcome.NOT_APPLICABLE)
