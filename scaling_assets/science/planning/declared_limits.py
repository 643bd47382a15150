"""What a capacity plan declares as limits: a throughput law, servers with a queue, resources, stated ceilings.

What belongs here: the parts of the declaration that say what carries a load, as frozen values. What does not: the
question as a whole (``capacity_question``), what the limits amount to (``capacity_limits``).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.declared import Declared, Filter, Identifier
from scaling_assets.records.plan import LawReference

Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


class Number(Declared):
    """A number that somebody states or that runs were measured for.

    Stated: ``value``, or a range ``low`` to ``high`` (both stay a range; the middle stands for it), or all three.
    Measured: the estimate of ``metric`` of ``experiment`` over the runs that fit ``where``.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    experiment: Identifier | None = None
    metric: Identifier | None = None
    where: Filter = Field(default_factory=dict)

    @model_validator(mode="after")
    def _stated_or_measured(self) -> Self:
        stated = self.value is not None or (self.low is not None and self.high is not None)
        if stated == (self.experiment is not None):
            raise ValueError(
                "state a 'value' or both 'low' and 'high', or name an 'experiment' and its 'metric'"
            )
        if (self.experiment is None) != (self.metric is None) or (self.where and stated):
            raise ValueError("'experiment', 'metric' and 'where' belong together")
        ends = [end for end in (self.low, self.value, self.high) if end is not None]
        if ends != sorted(ends):
            raise ValueError("'low', 'value', 'high' must ascend")
        return self


class DeclaredUnits(Declared):
    """What can be added: ``now`` of them, up to ``most``, in steps of ``step`` that cost ``step_cost`` each."""

    name: str
    now: Positive
    most: Positive | None = None
    step: Positive = 1.0
    step_cost: Annotated[float, Field(ge=0)] | None = None
    currency: str = ""

    @model_validator(mode="after")
    def _most_is_not_below_now(self) -> Self:
        if self.most is not None and self.most < self.now:
            raise ValueError(f"'most' {self.most:g} is below 'now' {self.now:g}")
        return self


class Knee(Declared):
    """From where on one more (``add``) or that many times as many (``times``) gains less than ``share``."""

    share: Share
    add: Positive | None = None
    times: Annotated[float, Field(gt=1)] | None = None

    @model_validator(mode="after")
    def _one_step(self) -> Self:
        if (self.add is None) == (self.times is None):
            raise ValueError("declare 'add' or 'times', exactly one of them")
        return self


class Curve(Declared):
    """A throughput law (usl or amdahl) that carries the load.

    With ``units`` its axis counts what can be added. Without, it is the concurrency that one machine is given, which
    can be chosen but not bought: ``response`` is then the longest time in the system (in the load's unit of time),
    ``think`` the time that users wait between requests, ``at`` the concurrency of today. ``interval`` and ``beyond``
    mean what they mean in a prediction gate.
    """

    law: LawReference
    units: DeclaredUnits | None = None
    at: Positive | None = None
    response: Positive | None = None
    think: Annotated[float, Field(ge=0)] = 0.0
    knee: Knee | None = None
    interval: Literal["new_run_over_laws", "new_run", "mean_curve"] = "new_run_over_laws"
    beyond: Annotated[float, Field(ge=1)] | None = None
    beyond_reason: str = ""

    @model_validator(mode="after")
    def _axis_is_one_thing(self) -> Self:
        if self.units is not None and (self.response is not None or self.at is not None):
            raise ValueError("'response' and 'at' belong to a concurrency: leave out 'units'")
        if self.beyond is not None and not self.beyond_reason:
            raise ValueError("'beyond' needs 'beyond_reason': who decided to go beyond the limit, and why")
        return self


class Waiting(Declared):
    """At most a ``share`` of the work spends more than ``limit`` waiting (or in all, ``of: response``)."""

    limit: Annotated[float, Field(ge=0)]
    share: Share
    of: Literal["wait", "response"] = "wait"


class Servers(Declared):
    """A queue before equal servers that share nothing else (M/M/c; other variabilities approximate).

    ``service_time`` and the promise are in a unit of which ``time_units`` make the load's unit of time: 3600 where
    the load is per hour and times are in seconds. ``variability`` is (ca2 + cs2) / 2, 1 for random arrivals and
    exponential service.
    """

    units: DeclaredUnits
    service_time: Positive | Number
    promise: Waiting
    time_units: Positive = 1.0
    variability: Positive = 1.0

    @model_validator(mode="after")
    def _servers_are_whole(self) -> Self:
        if any(n is not None and n != int(n) for n in (self.units.now, self.units.most, self.units.step)):
            raise ValueError("servers are whole: 'now', 'most' and 'step'")
        if self.promise.of == "response" and self.variability != 1:
            raise ValueError("a promise of the response needs 'variability' 1; ask for the wait")
        return self


class Resource(Declared):
    """Something that a load uses: at most ``limit`` of it, in ``unit``.

    ``use`` at today's load grows in proportion to the load above ``idle``; or a ``law`` of the load says it.
    ``units`` can be added: with ``scaling: perfect`` by declaration in proportion (a disk), else as a bound only.
    ``trend`` is a law of the use over time, of one axis: when is the limit reached?
    """

    name: str
    limit: Positive
    unit: str = ""
    use: float | Number | None = None
    idle: Annotated[float, Field(ge=0)] = 0.0
    law: LawReference | None = None
    trend: LawReference | None = None
    units: DeclaredUnits | None = None
    scaling: Literal["perfect", "unknown"] = "unknown"

    @model_validator(mode="after")
    def _use_or_law(self) -> Self:
        if (self.use is None) == (self.law is None):
            raise ValueError("declare 'use' (at today's load) or 'law' (of the load), exactly one of them")
        return self


class Ceiling(Declared):
    """A load that is stated to be the most, whatever the reason, and what could be added."""

    name: str
    most: Positive | Number
    units: DeclaredUnits | None = None
    scaling: Literal["perfect", "unknown"] = "unknown"
