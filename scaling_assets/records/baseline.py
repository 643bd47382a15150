"""A baseline: laws as they stood when somebody vouched for them, and what a comparison with it says.

What belongs here: the snapshot (one JSON document, plain numbers), one compared part. What does not: taking and
comparing (``science.comparing``), keeping (``store``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from scaling_assets.records.declared import Declared, Identifier, Scalar
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Group

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Worse = Literal["increase", "decrease", "both"]
LEVEL = "level"


class _Kept(Declared):
    """What is kept to the letter: a group's value may end in a blank."""

    model_config = ConfigDict(str_strip_whitespace=False)


class BaselinePart(_Kept):
    """One number of a law: its level in the middle of the data, or a parameter.

    ``value``, ``low``, ``high`` (at ``confidence``) are for people: a level in the metric's unit. ``estimate``
    with ``standard_error`` and ``degrees_of_freedom`` is what is compared: a level on the law's residual scale,
    the logarithm of a parameter where ``is_log``. ``worse`` says which way is a regression.
    """

    name: str
    role: str
    unit: str = ""
    value: float
    low: float | None
    high: float | None
    confidence: Annotated[float, Field(gt=0, lt=1)]
    estimate: float
    standard_error: Annotated[float, Field(gt=0)]
    degrees_of_freedom: Annotated[float, Field(ge=1)]
    is_log: bool
    worse: Worse


class BaselineLaw(_Kept):
    """One law of one question in one group, on one kind of hardware.

    ``centre`` is where its level is read. ``hardware`` lists, by declared column, what the runs ran on.
    ``units`` are hashes of some of its runs with their values, chosen by their hashes: they tell whether later
    runs contain these.
    """

    experiment: Identifier
    question: str
    metric: str
    metric_unit: str = ""
    group: dict[str, Scalar]
    hardware: dict[str, tuple[str, ...]]
    family: str
    axes: tuple[str, ...]
    residuals: str
    domain: tuple[tuple[float, float], ...]
    centre: tuple[float, ...]
    law_id: str
    n_units: Annotated[int, Field(ge=1)]
    units: tuple[str, ...]
    is_simulated: bool
    parts: Annotated[tuple[BaselinePart, ...], Field(min_length=1)]

    @property
    def place(self) -> tuple[str, str, str]:
        """Experiment, question and group: where a present law is looked for."""
        return self.experiment, self.question, place_of(self.group)


class CertifiedMetric(_Kept):
    """What a metric amounted to in one cell when the baseline was certified, by the metric's kind."""

    experiment: Identifier
    metric: str
    unit: str = ""
    cell: dict[str, Scalar | None]
    value: float
    low: float | None
    high: float | None
    confidence: Annotated[float, Field(gt=0, lt=1)]
    method: str
    n_units: Annotated[int, Field(ge=1)]


class Baseline(_Kept):
    """Laws and metrics under a name, certified by somebody for a reason; never changed afterwards.

    ``version`` counts the baselines of a name from 1, in the store that made it. ``baseline_id`` is the hash
    of all but name, version and itself.
    """

    format: Literal["scaling-assets/baseline-file/1"] = "scaling-assets/baseline-file/1"
    name: Annotated[str, StringConstraints(pattern=NAME)]
    version: Annotated[int, Field(ge=1)]
    baseline_id: str
    certified_by: Text
    reason: Text
    certified_at: AwareDatetime
    program: str = ""
    laws: tuple[BaselineLaw, ...] = ()
    metrics: tuple[CertifiedMetric, ...] = ()

    @property
    def content(self) -> str:
        """What ``baseline_id`` has to be."""
        return content_id(
            "baseline", self.model_dump(mode="json", exclude={"name", "version", "baseline_id"})
        )

    @property
    def is_intact(self) -> bool:
        """True when nothing was edited since it was certified."""
        return self.baseline_id == self.content


@dataclass(frozen=True)
class BaselineEntry:
    """A baseline in a list: everything but its laws and metrics."""

    name: str
    version: int
    baseline_id: str
    certified_by: str
    reason: str
    certified_at: datetime
    n_laws: int
    n_metrics: int


class Moved(StrEnum):
    """What may be said about one part against its baseline."""

    REGRESSED = "regressed"  # provably worse by more than the smallest change that matters
    NOT_REGRESSED = "not_regressed"  # provably not worse by that much
    IMPROVED = "improved"  # provably better by more than that
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Comparison:
    """One monitored part now against its baseline.

    ``change`` is now minus then, ``low`` to ``high`` the bounds that decided, ``minimum_change`` what they are
    held against, all in ``unit``; those of a level on the law's residual ``scale`` (log: 0.05 is about 5 %).
    ``then`` and ``now`` are values for people. ``p_value`` is that of "no worse than the smallest change",
    ``p_adjusted`` Holm's over all monitored parts. Numbers are None where the parts cannot be compared.
    """

    experiment: str
    question: str
    group: Group
    family: str
    name: str
    role: str
    outcome: Moved
    reason: str
    then: float | None = None
    now: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    minimum_change: float | None = None
    unit: str = ""
    scale: str = ""
    worse: str = ""
    p_value: float | None = None
    p_adjusted: float | None = None
    method: str = ""
    law_id: str | None = None
    is_simulated: bool = False


def overall(comparisons: "Sequence[Comparison]") -> Moved:
    """Regressed where any part has; else inconclusive where any is; not comparable where none could be compared."""
    found = {one.outcome for one in comparisons}
    if Moved.REGRESSED in found:
        return Moved.REGRESSED
    if not found - {Moved.NOT_COMPARABLE}:
        return Moved.NOT_COMPARABLE
    return Moved.INCONCLUSIVE if found & {Moved.INCONCLUSIVE, Moved.NOT_COMPARABLE} else Moved.NOT_REGRESSED


def place_of(group: Group) -> str:
    """A group as text that does not depend on the order of its columns."""
    return repr(sorted((name, value) for name, value in group.items()))
