"""What the kind ``scenarios`` is asked.

What lives here: the declaration, and what it can get wrong by itself. What does not: the answer (``scenarios``).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.amount import AmountText, StatedAmount, stated
from scaling_assets.records.calendar import Day
from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.records.plan import LawReference
from scaling_assets.science.planning.asked import AskedLaw
from scaling_assets.science.planning.costs import CostLine, Saving
from scaling_assets.science.planning.kind import PlanQuestion
from scaling_assets.science.planning.law_costs import LawCost, line_problems


class Need(Declared):
    """Something that a scenario needs: ``amount`` in all or ``per_unit``, against a capacity.

    The capacity is declared (``capacity``) or what a law predicts (``law``); not stated, it leaves the answer open.
    """

    name: Identifier
    unit: str = ""
    amount: StatedAmount | None = None
    per_unit: StatedAmount | None = None
    capacity: AmountText = "not stated"
    law: AskedLaw | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.amount is None) == (self.per_unit is None):
            raise ValueError("a need has 'amount' or 'per_unit', exactly one of them")
        if self.law is not None and self.capacity != "not stated":
            raise ValueError("a need's capacity is declared or a law's, not both")
        return self


class Scenario(Declared):
    """A quantity a period, with lines that replace the plan's own of the same name, or come on top.

    ``at_most`` says what the scenario allows itself: a cost line (or ``total``) may not need more. ``investment``
    comes once, before it; ``months`` is when it is to be reached.
    """

    name: Identifier
    units: StatedAmount
    price: StatedAmount | None = None
    costs: tuple[CostLine, ...] = ()
    savings: tuple[Identifier, ...] = ()
    at_most: dict[Identifier, StatedAmount] = Field(default_factory=dict)
    needs: tuple[Need, ...] = ()
    investment: AmountText = "0"
    months: Annotated[float, Field(gt=0)] | None = None
    note: str = ""


class Growth(Declared):
    """A plan to get more out by adding more of something: from (``x``, ``y``) to (``to_x``, ``to_y``) by a day.

    With a ``law`` its prediction at ``to_x``, relative to ``x``, says whether that is to be expected; without one
    only the exponent that the plan takes for granted is known.
    """

    name: Identifier
    axis: Identifier
    x: StatedAmount
    y: StatedAmount
    to_x: StatedAmount
    to_y: StatedAmount
    unit: str = ""
    by: Day | None = None
    law: LawReference | None = None


class ScenariosQuestion(PlanQuestion):
    """Quantities of ``unit`` a ``period`` at a ``price``. ``baseline`` names the scenario that gains are against."""

    kind: Literal["scenarios"] = "scenarios"
    currency: str
    unit: str
    period: str = "month"
    price: StatedAmount
    costs: tuple[CostLine, ...] = ()
    law_costs: tuple[LawCost, ...] = ()
    savings: tuple[Saving, ...] = ()
    scenarios: Annotated[tuple[Scenario, ...], Field(min_length=1)]
    baseline: Identifier | None = None
    growth: tuple[Growth, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [one.name for one in self.scenarios]
        problems = line_problems(
            {"plan": self.costs} | {s.name: s.costs for s in self.scenarios}, self.law_costs, self.savings
        )
        if len(set(names)) < len(names):
            problems.append("two scenarios have one name")
        if self.baseline is not None and self.baseline not in names:
            problems.append(f"'baseline' {self.baseline!r} is no scenario; declared: {', '.join(names)}")
        known_savings = {saving.name for saving in self.savings}
        for one in self.scenarios:
            own = {line.name for line in (*self.costs, *one.costs)} | {cost.name for cost in self.law_costs}
            problems += [
                f"{one.name}: 'at_most' names {line!r}, which is no cost line nor 'total'"
                for line in one.at_most
                if line not in own | {"total"}
            ]
            problems += [f"there is no saving {n!r}" for n in one.savings if n not in known_savings]
            if stated(one.units).low <= 0:
                problems.append(f"scenario {one.name!r} has no units; more than 0 are needed")
        prices = [self.price, *(one.price for one in self.scenarios if one.price is not None)]
        if any(stated(price).low <= 0 for price in prices):
            problems.append("'price' is above 0; a margin is a share of it")
        if problems:
            raise ValueError(problems[0])
        return self
