"""The declaration of an allocation plan: which dimensions share a budget, at which price.

What belongs here: the question, a frozen value that can be stored, hashed and compared.
What does not: the answer (``allocation``), the solver (``science.allocation``).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.experiment import Declared, Filter, Identifier


class LawReference(Declared):
    """Which law predicts the outcome along one dimension: the leading one, or a named family.

    ``segment`` names the group where the question fits several apart, as ``{context: value}``.
    """

    experiment: Identifier
    metric: Identifier
    question: Identifier | None = None
    family: Identifier | None = None
    segment: Filter = Field(default_factory=dict)


class PlannedDimension(Declared):
    """One thing to buy: ``cost`` buys ``per`` units of it (a price per 1k tokens has ``per: 1000``).

    Amounts run from ``minimum`` to ``maximum`` in steps of ``step``, all in ``unit``. ``at`` fixes
    the other dimensions of a law in several covariates.
    """

    name: Identifier
    law: LawReference
    unit: str
    cost: Annotated[float, Field(ge=0)]
    per: Annotated[float, Field(gt=0)] = 1.0
    minimum: Annotated[float, Field(gt=0)] = 1.0
    maximum: Annotated[float, Field(gt=0)]
    step: Annotated[float, Field(gt=0)] = 1.0
    control: float | None = None
    at: dict[Identifier, float] = Field(default_factory=dict)

    @property
    def unit_cost(self) -> float:
        """Cost of one ``unit`` in the plan's currency."""
        return self.cost / self.per

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.maximum < self.minimum:
            raise ValueError(f"'maximum' {self.maximum:g} is below 'minimum' {self.minimum:g}")
        return self


class Plan(Declared):
    """Maximise the predicted outcome over several dimensions under one budget.

    ``combine: product`` multiplies the ratios of each dimension's prediction to the one at its
    control (effects that act on one another's result); ``sum`` adds the predictions (separate
    outcomes in one unit). ``direction`` says whether the outcome is to be high or low.
    """

    name: Identifier
    title: str
    description: str = ""
    owner: str = ""
    budget: Annotated[float, Field(gt=0)]
    currency: str
    combine: Literal["product", "sum"] = "product"
    direction: Literal["higher", "lower"] = "higher"
    dimensions: Annotated[tuple[PlannedDimension, ...], Field(min_length=1)]
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    strategy: Identifier = "frontier"

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [d.name for d in self.dimensions]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"dimension {', '.join(map(repr, twice))} is declared twice")
        return self

    @property
    def experiments(self) -> tuple[str, ...]:
        """Names of the experiments whose laws this plan reads, each once, in declared order."""
        return tuple(dict.fromkeys(d.law.experiment for d in self.dimensions))
