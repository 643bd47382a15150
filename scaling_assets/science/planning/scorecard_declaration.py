"""What the kind ``scorecard`` is asked.

What lives here: the declaration, and what it can get wrong by itself. What does not: the answer (``scorecard``).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.amount import AmountText, StatedAmount, stated
from scaling_assets.records.calendar import Day
from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.records.plan import LawReference
from scaling_assets.science.planning.kind import PlanQuestion
from scaling_assets.science.planning.observed import Observed
from scaling_assets.science.planning.roadmap import Phase, roadmap_problems


class Snapshot(Declared):
    """What a key figure was, or is expected to be, on a day."""

    day: Day
    value: StatedAmount


class KeyFigure(Declared):
    """Something that is to be high or low, with where it stands and where it is to go.

    Where it stands: what was ``observed``, else ``current``, else the last of ``snapshots``. ``group`` names the table
    that it is shown in. ``forecast`` is what was expected of a day, before it came. ``weight`` counts in the score,
    which exists only where every figure has one.
    """

    name: Identifier
    group: Identifier = "key_figures"
    unit: str = ""
    direction: Literal["higher", "lower"]
    target: AmountText = "not stated"
    by: Day | None = None
    current: AmountText = "not stated"
    forecast: Snapshot | None = None
    observed: Observed | None = None
    baseline: Snapshot | None = None
    snapshots: tuple[Snapshot, ...] = ()
    weight: Annotated[float, Field(gt=0)] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.observed is not None and self.current != "not stated":
            raise ValueError("where it stands is observed or declared as 'current', not both")
        return self


class Work(Declared):
    """Work that is counted down: ``done`` ``of`` so many, at a ``rate_per_day``, by a day."""

    name: Identifier
    unit: str
    done: StatedAmount
    of: StatedAmount
    rate_per_day: AmountText = "not stated"
    by: Day | None = None


class Ticked(Declared):
    """A gate whose verdict ticks a criterion."""

    experiment: Identifier
    gate: Identifier


class Action(Declared):
    """Something that is recommended: how urgent (1 first), what it does, for which figure, by which day."""

    name: Identifier
    priority: Annotated[int, Field(ge=1, le=9)]
    does: str
    figure: Identifier | None = None
    by: Day | None = None
    owner: str = ""


class Risk(Declared):
    """What may go wrong, and what is done about it."""

    name: Identifier
    effect: str
    mitigation: str


class Exponent(Declared):
    """A law whose exponent is shown with its interval."""

    name: Identifier
    law: LawReference


class ScorecardQuestion(PlanQuestion):
    """How things stand on a day: the declared ``as_of``, else the day on which it is asked.

    ``start`` is when the phases begin. ``forecast_limit`` is how many times the span of its snapshots a forecast
    may reach.
    """

    kind: Literal["scorecard"] = "scorecard"
    as_of: Day | None = None
    start: Day | None = None
    figures: tuple[KeyFigure, ...] = ()
    work: tuple[Work, ...] = ()
    phases: tuple[Phase, ...] = ()
    criteria: tuple[Ticked, ...] = ()
    exponents: tuple[Exponent, ...] = ()
    actions: tuple[Action, ...] = ()
    risks: tuple[Risk, ...] = ()
    forecast_limit: Annotated[float, Field(gt=1)] = 2.0

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [one.name for one in self.figures]
        problems = [f"figure {n!r} is declared twice" for n in dict.fromkeys(names) if names.count(n) > 1]
        problems += roadmap_problems(self.phases)
        for phase in self.phases:
            if phase.start is None and self.start is None:
                problems.append(f"phase {phase.name!r} has no 'start', and the plan has none")
            for goal in phase.goals:
                of = next((one for one in self.figures if one.name == goal.kpi), None)
                if of is None:
                    problems.append(f"goal {goal.kpi!r} of phase {phase.name!r} is no figure")
                elif goal.change is not None and of.baseline is None:
                    problems.append(f"a change of {goal.kpi!r} needs its 'baseline', with the day")
        for kind, listed in (("action", self.actions), ("risk", self.risks)):
            called = [one.name for one in listed]
            problems += [
                f"{kind} {n!r} is declared twice" for n in dict.fromkeys(called) if called.count(n) > 1
            ]
        strangers = [one.figure for one in self.actions if one.figure is not None and one.figure not in names]
        problems += [f"{name!r}, which an action is for, is no figure" for name in strangers]
        for one in self.figures:
            if any(not stated(snapshot.value).is_exact for snapshot in one.snapshots):
                problems.append(f"snapshots of {one.name!r} are exact: a trend runs through numbers")
        if not (self.figures or self.work or self.phases or self.criteria or self.exponents):
            problems.append("a scorecard needs something to show")
        if problems:
            raise ValueError(problems[0])
        return self
