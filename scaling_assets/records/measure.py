"""What is scaled and what is measured: dimensions, metrics, context, raw columns.

What belongs here: the parts of a declaration that say how a run record looks. What does not: what is
asked of the runs (``question``).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.declared import Declared, Identifier

Scale = Annotated[float, Field(gt=0)]  # laws are drawn over logarithms of what is scaled


class Dimension(Declared):
    """What is scaled: a positive number with a unit.

    ``values`` are the planned levels, ``tiers`` the same with names (exactly one of both, or none
    when the runs decide), ``targets`` the scales that somebody wants an answer for.
    """

    name: Identifier
    unit: str = ""
    description: str = ""
    values: tuple[Scale, ...] = ()
    tiers: dict[Identifier, Scale] = Field(default_factory=dict)
    control: Scale | None = None
    targets: tuple[Scale, ...] = ()
    lower: float | None = None
    upper: float | None = None

    @property
    def levels(self) -> tuple[float, ...]:
        """The planned levels in ascending order, whether declared as values or as tiers."""
        return tuple(sorted({*self.values, *self.tiers.values()}))

    def tier_of(self, value: float) -> str | None:
        """The name of the tier that has exactly this value, or None."""
        return next((name for name, level in self.tiers.items() if level == value), None)

    @model_validator(mode="after")
    def _one_list_of_levels(self) -> Self:
        if self.values and self.tiers:
            raise ValueError("declare 'values' or 'tiers', not both")
        return self


class Column(Declared):
    """A raw column of the run records that is neither a dimension nor a metric of its own."""

    name: Identifier
    type: Literal["number", "integer", "boolean", "text", "timestamp"] = "number"
    unit: str = ""
    description: str = ""
    required: bool = True
    lower: float | None = None
    upper: float | None = None


class Context(Declared):
    """A property of the task or the place that is not scaled: project, complexity, configuration.

    ``order`` lists ordered categories from low to high, ``values`` unordered ones; with either, any
    other value is quarantined. Rows below ``minimum`` are kept as observations but make no trials: they
    are outside what the experiment asks about.
    """

    name: Identifier
    description: str = ""
    order: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    minimum: str | None = None
    required: bool = True

    @property
    def allowed(self) -> tuple[str, ...]:
        """Every permitted value; empty when anything is permitted."""
        return self.order or self.values

    @property
    def included(self) -> tuple[str, ...]:
        """The permitted values that the experiment asks about: those from ``minimum`` on."""
        return self.order[self.order.index(self.minimum) :] if self.minimum is not None else self.allowed

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.order and self.values:
            raise ValueError("declare 'order' (ordered categories) or 'values', not both")
        if self.minimum is not None and self.minimum not in self.order:
            raise ValueError(f"'minimum' is {self.minimum!r}, which 'order' does not list")
        return self


class Metric(Declared):
    """What is measured.

    Kinds (how a cell's value comes from its rows):
      value     mean over rows of ``formula`` (default: the column of the metric's own name)
      quantile  the q-quantile of ``formula`` over all rows of a cell, never a mean of quantiles
      rate      sum(numerator) / sum(denominator), a binomial proportion in [0, 1]
      count     scale * sum(numerator) / sum(denominator), events per exposure; ``largest_event`` is
                the largest amount that one event adds to the numerator
      ratio     scale * sum(numerator) / sum(denominator) of continuous amounts
    ``formula``, ``numerator`` and ``denominator`` are SQL expressions over the experiment's columns.
    """

    name: Identifier
    unit: str = ""
    description: str = ""
    direction: Literal["lower", "higher", "none"] = "none"
    kind: Literal["value", "quantile", "rate", "count", "ratio"] = "value"
    formula: str | None = None
    q: Annotated[float, Field(gt=0, lt=1)] | None = None
    numerator: str | None = None
    denominator: str | None = None
    scale: float = 1.0
    largest_event: float = 1.0
    lower: float | None = None
    upper: float | None = None
    required: bool = True

    @property
    def column(self) -> str | None:
        """The raw column that run records must carry for this metric, or None when it is derived."""
        return self.name if self.kind == "value" and self.formula is None else None

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Lowest and highest possible value of the metric (a rate is bounded by 0 and 1)."""
        return (0.0, 1.0) if self.kind == "rate" else (self.lower, self.upper)

    @model_validator(mode="after")
    def _parts_fit_kind(self) -> Self:
        sums = self.kind in ("rate", "count", "ratio")
        if sums and (self.numerator is None or self.denominator is None):
            raise ValueError(f"a metric of kind {self.kind} needs 'numerator' and 'denominator'")
        if not sums and (self.numerator is not None or self.denominator is not None):
            raise ValueError(f"'numerator' and 'denominator' do not belong to kind {self.kind}")
        if (self.kind == "quantile") != (self.q is not None):
            raise ValueError("'q' belongs to kind quantile, and kind quantile needs it")
        if self.kind == "quantile" and self.formula is None:
            raise ValueError("kind quantile needs 'formula': the column that it is a quantile of")
        if sums and self.formula is not None:
            raise ValueError(f"'formula' does not belong to kind {self.kind}")
        return self
