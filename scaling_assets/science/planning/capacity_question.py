"""The declaration of a capacity plan: today's load, what carries it, what limits it, how far it may grow.

What belongs here: the question, a frozen value, and what can be wrong with it alone. What does not: its limits
(``declared_limits``), answering (``capacity``), reading laws and trials (``capacity_reads``).
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.declared import Declared, Filter, Identifier
from scaling_assets.records.plan import LawReference
from scaling_assets.science.planning.declared_limits import (
    Ceiling,
    Curve,
    Number,
    Positive,
    Resource,
    Servers,
    Share,
)
from scaling_assets.science.planning.kind import PlanQuestion


class Stages(Declared):
    """Stages of a piece of work and their times: one after another, or side by side with a width each."""

    arrangement: Literal["sequence", "pipeline"]
    unit: str = ""
    times: Annotated[dict[str, Positive | Number], Field(min_length=2)]
    widths: dict[str, Positive] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _widths_are_of_stages(self) -> Self:
        stray = sorted(set(self.widths) - set(self.times))
        if stray:
            raise ValueError(f"'widths' names {', '.join(stray)}, which is no stage")
        return self


class SpeedUp(Declared):
    """Time of one worker over time of many: from repeats (``experiment``, ``metric``, ``workers``: the dimension), or
    stated as a number ``of_workers`` in one of its three forms.
    """

    experiment: Identifier | None = None
    metric: Identifier | None = None
    workers: Identifier | None = None
    where: Filter = Field(default_factory=dict)
    of_workers: Annotated[float, Field(gt=1)] | None = None
    speedup: Positive | None = None
    time_reduction: Share | None = None
    throughput_gain: Annotated[float, Field(gt=-1)] | None = None

    @property
    def stated(self) -> tuple[str, float] | None:
        """The form and the number that are stated."""
        forms = {name: getattr(self, name) for name in ("speedup", "time_reduction", "throughput_gain")}
        return next(((name, value) for name, value in forms.items() if value is not None), None)

    @model_validator(mode="after")
    def _stated_or_measured(self) -> Self:
        forms = [self.speedup, self.time_reduction, self.throughput_gain]
        stated = sum(form is not None for form in forms)
        measured = [self.experiment, self.metric, self.workers]
        if stated and (stated > 1 or self.of_workers is None or any(measured) or self.where):
            raise ValueError(
                "state one form ('speedup', 'time_reduction', 'throughput_gain') and 'of_workers'"
            )
        if not stated and (None in measured or self.of_workers is not None):
            raise ValueError("name 'experiment', 'metric' and 'workers', or state one form and 'of_workers'")
        return self


class Scaling(Declared):
    """A rule for the number of workers by queue depth: the last in line starts within ``longest_wait``.

    In the load's unit of time. ``fewest`` is the smallest number that stays; ``hysteresis`` the share by which
    depth and rate must lie below what fewer workers keep before workers are taken away.
    """

    longest_wait: Positive
    hysteresis: Share = 0.2
    fewest: Positive = 1.0
    depth: Annotated[float, Field(ge=0)] | None = None


class StatedTable(Declared):
    """What a document says is needed at several levels: how it grows, and whether a law agrees (``law`` of ``by``)."""

    name: str
    by: str
    unit: str = ""
    at: Annotated[tuple[Positive, ...], Field(min_length=2)]
    values: Annotated[tuple[Positive | Number, ...], Field(min_length=2)]
    law: LawReference | None = None

    @model_validator(mode="after")
    def _a_value_a_level(self) -> Self:
        if len(self.at) != len(self.values) or list(self.at) != sorted(set(self.at)):
            raise ValueError("'at' must ascend, with one of 'values' for each")
        return self


class Scenario(Declared):
    """A load to come, by name: ``factor`` times today's, or a ``load``."""

    name: str
    factor: Positive | None = None
    load: Positive | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.factor is None) == (self.load is None):
            raise ValueError("declare 'factor' or 'load', exactly one of them")
        return self


class Pace(Declared):
    """How fast the load grows: by a ``share`` each ``period``."""

    share: Positive
    period: str = "period"


class CapacityQuestion(PlanQuestion):
    """How much load is carried under which limits, and what growth asks for.

    ``margin`` is the share of every capacity that stays free. ``levels`` are multiples of today's load at which the
    resource table shows use. The end of an interval at ``level`` .9 alone holds with 95 %.
    """

    kind: Literal["capacity"]
    load: Positive | Number
    unit: str
    growth: Annotated[tuple[Positive | Scenario, ...], Field(min_length=1)] = (1.5, 2.0, 3.0)
    levels: Annotated[tuple[Positive, ...], Field(min_length=1)] = (1.0, 2.0, 5.0)
    margin: Annotated[float, Field(ge=0, lt=1)] = 0.0
    pace: Pace | None = None
    curve: Curve | None = None
    queue: Servers | None = None
    resources: tuple[Resource, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    stages: Stages | None = None
    speedup: SpeedUp | None = None
    scaling: Scaling | None = None
    tables: tuple[StatedTable, ...] = ()

    @property
    def time_unit(self) -> str:
        """The load's unit of time: what stands behind the stroke of its unit ("" where there is none)."""
        return self.unit.rpartition("/")[2] if "/" in self.unit else ""

    @model_validator(mode="after")
    def _something_limits(self) -> Self:
        named = [*(r.name for r in self.resources), *(c.name for c in self.ceilings)]
        named += [*(["curve"] if self.curve else []), *(["queue"] if self.queue else [])]
        if not named:
            raise ValueError("declare what limits the load: 'curve', 'queue', 'resources' or 'ceilings'")
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"the limit {', '.join(map(repr, twice))} is declared twice")
        scenarios = [scenario_name(s) for s in self.growth]
        if len(set(scenarios)) < len(scenarios):
            raise ValueError("two scenarios of 'growth' have one name")
        if self.scaling is not None and not (self.queue or (self.curve and self.curve.units)):
            raise ValueError("'scaling' needs workers: a 'queue', or a 'curve' with 'units'")
        return self


def scenario_name(scenario: float | Scenario) -> str:
    """``1.5x``, or the declared name."""
    return scenario.name if isinstance(scenario, Scenario) else f"{scenario:g}x"


def references(question: CapacityQuestion) -> Iterator[LawReference]:
    """Every law that the question names."""
    if question.curve is not None:
        yield question.curve.law
    for resource in question.resources:
        yield from (law for law in (resource.law, resource.trend) if law is not None)
    yield from (table.law for table in question.tables if table.law is not None)


def numbers(question: CapacityQuestion) -> Iterator[Number]:
    """Every number that is not a plain one."""
    given: list[float | Number | None] = [
        question.load,
        question.queue.service_time if question.queue else None,
    ]
    given += [r.use for r in question.resources] + [c.most for c in question.ceilings]
    given += list(question.stages.times.values()) if question.stages else []
    given += [value for table in question.tables for value in table.values]
    yield from (one for one in given if isinstance(one, Number))
