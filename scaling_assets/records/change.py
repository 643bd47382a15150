"""A change over time: what is watched, what was found, what people decided about it.

What belongs here: the declaration under ``changes`` of a law question, one report, one series, one decision.
What does not: finding changes (``science.changes``), keeping reports (``store``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.records.law import Group

OBSERVED_AT = "observed_at"


class Watch(Declared):
    """How a question's law is watched over time.

    ``by`` is the context column that names the points of time (commit, release, day); ``order`` the context
    column that orders them, where their names do not (hashes), or ``observed_at`` for the time of their first run.
    Points with different values of the ``hardware``
    columns are never compared. ``family`` is the law whose parts are watched (default: the declared or leading
    one). ``minimum_change`` (part -> size) is the smallest change worth a report: of the level on the scale of
    the residuals (log: .03 is 3 %), of other parts in the parameter's unit. ``minimum_segment`` points lie on
    both sides of a change, ``minimum_points`` in a stretch that is judged. ``alpha`` is the chance of any false
    report over all watched series of the experiment: with ``looks: each`` over the life of the series, judged
    anew with each point, with ``looks: once`` for a history that is judged once. ``drift: linear`` allows a
    slow drift that is no change. ``autocorrelation`` is the largest lag-1 autocorrelation that short series are
    guarded against; from 60 points on it is at least .8.
    """

    by: Identifier
    order: Identifier | None = None
    hardware: tuple[Identifier, ...] = ()
    family: Identifier | None = None
    minimum_change: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    minimum_segment: Annotated[int, Field(ge=2)] = 3
    minimum_points: Annotated[int, Field(ge=10)] = 15
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    looks: Literal["each", "once"] = "each"
    drift: Literal["linear", "none"] = "linear"
    autocorrelation: Annotated[float, Field(ge=0, le=0.9)] = 0.6
    severity: Literal["blocker", "warning", "info"] = "warning"
    action: str = ""

    @field_validator("hardware", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @property
    def columns(self) -> tuple[str, ...]:
        """Every context column that this names."""
        order = None if self.is_by_time else self.order
        return tuple(dict.fromkeys(c for c in (*self.hardware, order, self.by) if c is not None))

    @property
    def is_by_time(self) -> bool:
        """True when points are ordered by when they were observed first."""
        return self.order == OBSERVED_AT


class ChangeStatus(StrEnum):
    """Where a report stands with people."""

    OPEN = "open"  # nobody has decided anything
    ACKNOWLEDGED = "acknowledged"  # known; what comes after is still held against what came before
    REBASELINED = "rebaselined"  # what comes after is the new normal: detection starts there


@dataclass(frozen=True)
class SeriesKey:
    """What one series is of: everything but time."""

    experiment: str
    question: str
    metric: str
    group: Group
    hardware: Group


@dataclass(frozen=True)
class PartChange:
    """One part before and after: the difference with its own interval and p-value at the place found."""

    name: str
    unit: str
    before: float
    difference: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Change:
    """One report. ``point`` is the first point after the change, ``earliest`` to ``latest`` its interval.

    ``kind`` says what changed ("level", "exponent", "floor", "level and exponent", "several parts"), ``parts``
    holds all parts, the one that names the change first. ``effect`` is "worse", "better" or "" at the largest
    measured scale, where the value changed by the factor ``ratio`` (None on other scales than log).
    ``p_value`` is for a step anywhere in the series; ``is_shown`` is False for a report that later points no
    longer support. ``newest`` is the newest point when it was first reported, at ``reported_at``.
    """

    change_id: str
    series_id: str
    key: SeriesKey
    by: str
    kind: str
    direction: str
    effect: str
    point: str
    previous: str
    earliest: str
    latest: str
    parts: tuple[PartChange, ...]
    ratio: float | None
    level: float
    p_value: float
    reason: str
    method: str
    severity: str
    newest: str
    n_points: int
    is_simulated: bool = False
    is_shown: bool = True
    reported_at: datetime | None = None


@dataclass(frozen=True)
class PointValue:
    """One part of a law at one point of time, from ``n_runs`` runs."""

    series_id: str
    position: int
    point: str
    part: str
    value: float
    n_runs: int


@dataclass(frozen=True)
class Series:
    """One watched series as it was judged last.

    ``answer`` is "no change shown", "changes shown", "not enough points", "not comparable". ``alpha`` is the
    level of this look, None where nothing was judged.
    """

    series_id: str
    key: SeriesKey
    by: str
    family: str
    n_points: int
    first: str
    newest: str
    answer: str
    reason: str
    method: str
    alpha: float | None
    autocorrelation: Mapping[str, float]
    is_simulated: bool = False


@dataclass(frozen=True)
class ChangeDecision:
    """What somebody decided about a report."""

    experiment: str
    change_id: str
    status: ChangeStatus
    author: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True)
class Watched:
    """All that is known of an experiment's laws over time, or of all experiments'."""

    series: tuple[Series, ...] = ()
    changes: tuple[Change, ...] = ()
    decisions: tuple[ChangeDecision, ...] = ()

    def decision(self, change: Change) -> ChangeDecision | None:
        """What was decided last about a report."""
        own = [
            d
            for d in self.decisions
            if (d.experiment, d.change_id) == (change.key.experiment, change.change_id)
        ]
        return max(own, key=lambda d: d.decided_at) if own else None

    def status(self, change: Change) -> ChangeStatus:
        """Where a report stands."""
        decision = self.decision(change)
        return ChangeStatus.OPEN if decision is None else decision.status

    @property
    def open(self) -> tuple[Change, ...]:
        """Reports that later points still support and that nobody has decided about."""
        return tuple(c for c in self.changes if c.is_shown and self.status(c) is ChangeStatus.OPEN)

    def of(self, experiment: str) -> "Watched":
        """The part of one experiment."""
        return Watched(
            tuple(s for s in self.series if s.key.experiment == experiment),
            tuple(c for c in self.changes if c.key.experiment == experiment),
            tuple(d for d in self.decisions if d.experiment == experiment),
        )
