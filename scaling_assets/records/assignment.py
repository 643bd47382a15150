"""Which unit runs which arm: the declared design, one assignment, one refusal, and what became of them.

What belongs here: the values. What does not: choosing arms and testing their ratio
(``science.assignment``), the turn that callers take (``store``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from scaling_assets.records.declared import Declared, Identifier, Scalar


class Batch(Declared):
    """Units planned ahead: so many in every block, named ``<experiment>_<block>_<number>``."""

    units_per_block: Annotated[int, Field(ge=1, le=100_000)]


class AssignmentDesign(Declared):
    """How units get their arm: balanced at random within blocks.

    ``arm`` names a dimension with declared values, or ``condition``. ``blocks`` are context columns: every
    combination of their values is balanced by itself. ``ratio`` gives whole shares by arm (default: equal).
    ``min_samples_per_value`` ends assignment when every arm has as many units. ``context_filter`` says which
    units take part: ``{project: [a, b]}``, or ``{min_complexity: medium}`` and ``max_`` for ordered
    categories. ``mismatch_level`` is the level of the test that the runs that landed have the ratio.
    """

    arm: Identifier
    blocks: tuple[Identifier, ...] = ()
    ratio: dict[str, Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=dict)
    min_samples_per_value: Annotated[int, Field(ge=1)] | None = None
    context_filter: dict[Identifier, Scalar | list[Scalar]] = Field(default_factory=dict)
    seed: int = 42
    mismatch_level: Annotated[float, Field(gt=0, lt=0.5)] = 0.001
    batch: Batch | None = None


@dataclass(frozen=True)
class Assignment:
    """One unit's arm, for good. ``position`` counts from 1 within the block; ``block`` is part of ``context``."""

    experiment: str
    unit: str
    arm: str
    block: Mapping[str, str]
    position: int
    context: Mapping[str, str]
    is_planned: bool
    assigned_at: datetime


class RefusalReason(StrEnum):
    """Why a unit gets no arm."""

    CONTEXT_DOES_NOT_MATCH = "context_does_not_match"
    ENOUGH_SAMPLES = "enough_samples"
    UNKNOWN_CONTEXT = "unknown_context"
    MISSING_CONTEXT = "missing_context"
    OTHER_CONTEXT = "other_context"
    UNKNOWN_ARM = "unknown_arm"
    OTHER_ARM = "other_arm"
    NOT_ASSIGNED = "not_assigned"
    NOT_A_UNIT = "not_a_unit"


@dataclass(frozen=True)
class Refusal:
    """A unit that gets no arm; ``arm`` is the one that it got before, where that is the trouble."""

    experiment: str
    unit: str
    reason: RefusalReason
    message: str
    context: Mapping[str, str]
    refused_at: datetime
    arm: str | None = None


@dataclass(frozen=True)
class Tally:
    """What a decision starts from: the units asked about that have an arm, and units by block and arm.

    Blocks are keyed by their sorted (column, value) pairs.
    """

    known: Mapping[str, Assignment]
    counts: Mapping[tuple[tuple[str, str], ...], Mapping[str, int]]


@dataclass(frozen=True)
class Decision:
    """What a caller is told, in the order of asking, and what of it is new and has to be kept."""

    answers: tuple[Assignment | Refusal, ...]
    new: tuple[Assignment, ...] = ()
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class RatioTest:
    """Arms among landed units against the assignment's ratio, in one block or pooled (``block`` empty).

    ``adjusted`` is the p-value times the number of tests asked together (Bonferroni), at most 1.
    """

    block: Mapping[str, str]
    observed: Mapping[str, int]
    expected: Mapping[str, float]
    p_value: float
    adjusted: float
    method: str


@dataclass(frozen=True)
class ArmCheck:
    """How the runs that landed agree with the assignment; ``tests`` holds the pooled one first."""

    experiment: str
    landed: int
    level: float
    tests: tuple[RatioTest, ...] = ()
    crossovers: tuple[str, ...] = ()  # units that ran another arm than theirs
    unassigned: int = 0  # landed without an assignment
    outside: int = 0  # landed with a value that is no arm
    missing: int = 0  # assigned, and nothing landed
    is_mismatch: bool = False
    reason: str = ""
    evidence: Mapping[str, float | None] = field(default_factory=dict)
