"""The declaration of an allocation plan: what shares a budget, at which price, under which laws and limits.

What belongs here: the question, a frozen value that can be stored, hashed and compared.
What does not: its parts (``purchase``), the answer (``allocation``), the solver (``science.allocation``).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.experiment import Declared, Identifier
from scaling_assets.records.purchase import (
    DirectVerdict,
    LawReference,
    Limit,
    PlannedDimension,
    Policy,
    ProductCost,
    Risk,
)

__all__ = [
    "DirectVerdict",
    "LawReference",
    "Limit",
    "Plan",
    "PlannedDimension",
    "Policy",
    "ProductCost",
    "Risk",
]


class Plan(Declared):
    """The best predicted outcome under a budget, or the least cost that reaches a target.

    ``combine: product`` multiplies the ratios of each dimension's prediction to the one at its
    control (effects that act on one another's result); ``sum`` adds the predictions (separate
    outcomes in one unit). ``direction`` says whether the outcome is to be high or low. With ``target`` the
    cheapest amounts are asked for whose outcome reaches it; a ``budget`` beside it is then the most that may
    be spent. ``products`` price what several dimensions make together (FLOPs: 6 N D), ``subject_to`` holds
    further laws to limits, ``direct`` lets verdicts on a change outrank the laws, ``policies`` are compared.
    """

    name: Identifier
    title: str
    description: str = ""
    owner: str = ""
    budget: Annotated[float, Field(gt=0)] | None = None
    target: float | None = None
    currency: str
    combine: Literal["product", "sum"] = "product"
    direction: Literal["higher", "lower"] = "higher"
    dimensions: Annotated[tuple[PlannedDimension, ...], Field(min_length=1)]
    products: tuple[ProductCost, ...] = ()
    subject_to: tuple[Limit, ...] = ()
    direct: tuple[DirectVerdict, ...] = ()
    policies: tuple[Policy, ...] = ()
    assumed_exponents: dict[Identifier, float] = Field(default_factory=dict)
    risk: Risk = Risk()
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    strategy: Identifier = "frontier"

    @model_validator(mode="after")
    def _names_are_consistent(self) -> Self:
        names = [d.name for d in self.dimensions]
        problems = [
            f"dimension {n!r} is declared twice" for n in sorted({n for n in names if names.count(n) > 1})
        ]
        if self.budget is None and self.target is None:
            problems.append("a plan needs a 'budget', or a 'target' to reach at least cost")
        used: list[tuple[str, str]] = [(f"products.{p.name}", n) for p in self.products for n in p.of]
        used += [(f"direct.{v.gate}", v.dimension) for v in self.direct]
        used += [(f"policies.{p.name}", n) for p in self.policies for n in p.amounts]
        used += [("assumed_exponents", n) for n in self.assumed_exponents]
        used += [(f"subject_to.{c.name}", c.by) for c in self.subject_to if c.by is not None]
        problems += [f"'{where}' names {n!r}, which is no dimension" for where, n in used if n not in names]
        for policy in self.policies:
            missing = [n for n in names if n not in policy.amounts]
            if missing:
                problems.append(f"'policies.{policy.name}' has no amount of {', '.join(missing)}")
        priced = {n for p in self.products for n in p.of}
        free = [
            d.name for d in self.dimensions if d.cost is None and d.price is None and d.name not in priced
        ]
        problems += [
            f"dimension {n!r} has no price: give 'cost' (0 where it is free) or 'price'" for n in free
        ]
        if self.target is not None and self.risk.measure in ("probability", "regret"):
            problems.append(
                f"'risk' {self.risk.measure} is for a budget: a target is reached at the estimate, on the "
                "mean, or with a 'quantile' of the draws"
            )
        problems += [
            f"the price of {d.name!r} is in {d.priced.currency!r}, the plan's currency is {self.currency!r}"
            for d in self.dimensions
            if d.priced is not None and d.priced.currency != self.currency
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def experiments(self) -> tuple[str, ...]:
        """Names of the experiments that this plan reads, each once, in declared order."""
        laws = [d.law.experiment for d in self.dimensions] + [c.law.experiment for c in self.subject_to]
        return tuple(dict.fromkeys([*laws, *(v.experiment for v in self.direct)]))

    @property
    def is_continuous(self) -> bool:
        """True when an amount may be any real number between its bounds."""
        return any(d.step == 0 for d in self.dimensions)
