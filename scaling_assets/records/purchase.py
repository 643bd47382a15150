"""The parts of an allocation plan: laws to read, things to buy, prices, limits, risk, verdicts, policies.

What belongs here: frozen parts and the rules that need nothing but themselves. What does not: the plan as a
whole (``plan``), how texts of amounts are read (``quantity``).
"""

import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from scaling_assets.records.experiment import Declared, Filter, Identifier
from scaling_assets.records.quantity import Price, read_amount, read_price


class LawReference(Declared):
    """Which law predicts the outcome along one dimension: the leading one, or a named family.

    ``segment`` names the group where the question fits several apart, as ``{context: value}``. ``admission``
    names the gates that must have passed before the law may be used; without it, all blocker gates of its
    experiment must; an empty list asks for none.
    """

    experiment: Identifier
    metric: Identifier
    question: Identifier | None = None
    family: Identifier | None = None
    segment: Filter = Field(default_factory=dict)
    admission: tuple[Identifier, ...] | None = None


def _in_its_unit(value: Any, info: ValidationInfo) -> Any:
    """A number, or a text such as "100k tokens" in the dimension's own unit."""
    if not isinstance(value, str):
        return value
    found, unit = read_amount(value), info.data.get("unit")
    if not found.unit:
        raise ValueError(f"{value!r} has no unit: write '{value} {unit}', or a plain number")
    if unit is not None and found.unit != unit:
        raise ValueError(f"{value!r} is in {found.unit!r}, but the dimension's unit is {unit!r}")
    return float(found.value)


_TYPED = BeforeValidator(_in_its_unit, json_schema_input_type=float | str)
Positive = Annotated[float, Field(gt=0), _TYPED]


class PlannedDimension(Declared):
    """One thing to buy: ``cost`` buys ``per`` units of it (a price per 1k tokens has ``per: 1000``).

    ``price`` says the same in one text that carries its units: "0.02 usd per 1k tokens". Amounts run from
    ``minimum`` to ``maximum`` in steps of ``step``, all in ``unit``; ``step: 0`` allows any real number
    between, ``ratio`` makes steps of equal ratio (1.1: ten per cent more each time, the maximum always
    among them). ``at`` fixes the other dimensions of a law in several covariates.
    """

    name: Identifier
    law: LawReference
    unit: str
    cost: Annotated[float, Field(ge=0)] | None = None
    per: Annotated[float, Field(gt=0), _TYPED] = 1.0
    price: str | None = None
    minimum: Positive = 1.0
    maximum: Positive
    step: Annotated[float, Field(ge=0), _TYPED] = 1.0
    ratio: Annotated[float, Field(gt=1)] | None = None
    control: Annotated[float, Field(gt=0), _TYPED] | None = None
    at: dict[Identifier, float] = Field(default_factory=dict)

    @field_validator("unit")
    @classmethod
    def _unit_is_no_multiple(cls, value: str) -> str:
        if re.match(r"[\d.]", value) and value != "1":
            raise ValueError(
                f"the unit {value!r} holds a number, so that amounts and prices could be read in two ways: "
                "name the unit alone and write the multiple into 'per' or 'price'"
            )
        return value

    @field_validator("price")
    @classmethod
    def _price_is_in_the_unit(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return value
        found, unit = read_price(value), info.data.get("unit")
        if unit is not None and found.unit not in (unit, unit.removesuffix("s")):
            raise ValueError(
                f"the price is per {found.unit!r}, but amounts and caps are in {unit!r}: bring both into one unit"
            )
        if info.data.get("cost") is not None:
            raise ValueError("'cost' is declared too: keep one of the two")
        return value

    @cached_property
    def priced(self) -> Price | None:
        """The parsed ``price``."""
        return None if self.price is None else read_price(self.price)

    @property
    def unit_cost(self) -> float:
        """Cost of one ``unit`` in the plan's currency; 0 where only products are paid for."""
        if self.priced is not None:
            return float(self.priced.cost / self.priced.per)
        return (self.cost or 0.0) / self.per

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.maximum < self.minimum:
            raise ValueError(f"'maximum' {self.maximum:g} is below 'minimum' {self.minimum:g}")
        if self.ratio is not None and "step" in self.model_fields_set:
            raise ValueError("'step' and 'ratio' are declared both: keep one of the two")
        return self


class ProductCost(Declared):
    """What several dimensions make together and is paid for: ``factor`` times the product of their amounts.

    ``cost`` buys ``per`` of it. Training compute is ``factor: 6`` of parameters and tokens (Kaplan et al. 2020,
    arXiv:2001.08361, section 2.1); serving T tokens adds ``factor: 2``, ``times: T`` of the parameters alone.
    """

    name: Identifier
    of: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    factor: Annotated[float, Field(gt=0)] = 1.0
    times: Annotated[float, Field(gt=0)] = 1.0
    unit: str = ""
    cost: Annotated[float, Field(ge=0)]
    per: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.of)) < len(self.of):
            raise ValueError("'of' names a dimension twice")
        return self


class Limit(Declared):
    """A law that must stay within a limit at whatever is bought.

    ``reads: latency`` takes a throughput law of concurrency N and holds N / X(N) to the limit (Little's law).
    ``by`` names the dimension that the law's axis is (by default the one of that name, or the only one), ``at``
    fixes other axes. With ``confidence`` that share of the parameter draws must keep the limit; without, the
    estimate must.
    """

    name: Identifier
    law: LawReference
    reads: Literal["value", "latency"] = "value"
    by: Identifier | None = None
    at: dict[Identifier, float] = Field(default_factory=dict)
    operator: Literal["<=", ">="] = "<="
    limit: float
    unit: str = ""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] | None = None


class DirectVerdict(Declared):
    """A verdict on a change of one dimension: when the gate passes, the dimension is ``value``.

    When it fails the dimension is ``otherwise`` (left to the laws without it). Anything else leaves it to the laws.
    """

    dimension: Identifier
    experiment: Identifier
    gate: Identifier
    value: float
    otherwise: float | None = None


class Policy(Declared):
    """Amounts that somebody would choose: compared with the answer, within the budget or not."""

    name: Identifier
    amounts: dict[Identifier, float]


class Risk(Declared):
    """What is maximised: the outcome at the estimate, or a measure of it over the laws' parameter draws.

    mean; quantile (the outcome that a share ``at`` of the draws falls short of); probability (of an outcome at
    least as good as ``reaching``); regret (the shortfall from what each draw's own best choice yields, as small
    as possible at its quantile ``at``).
    """

    measure: Literal["estimate", "mean", "quantile", "probability", "regret"] = "estimate"
    at: Annotated[float, Field(gt=0, le=1)] | None = None
    reaching: float | None = None

    @property
    def share(self) -> float:
        """``at``, or its default: the worst tenth of outcomes, nine tenths of regrets."""
        return self.at if self.at is not None else 0.1 if self.measure == "quantile" else 0.9

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if (self.measure == "probability") != (self.reaching is not None):
            raise ValueError("'reaching' belongs to the measure 'probability', which needs it")
        if self.at is not None and self.measure not in ("quantile", "regret"):
            raise ValueError(f"'at' has no meaning for the measure {self.measure!r}")
        return self
