"""The declaration of an experiment: trusted configuration, frozen once read.

What belongs here: the shape of a declaration and the rules that need nothing but the declaration.
What does not: reading YAML and rules that need a registry (``lab``), run records (``observation``).
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Scalar = bool | int | float | str
Filter = dict[Identifier, Scalar | list[Scalar]]

#: Columns that every observation row has, declared or not; they may be named in ``unit`` and ``key``.
STANDARD_COLUMNS = {
    "run_id": "text",
    "seed": "integer",
    "step": "integer",
    "condition": "text",
    "observed_at": "timestamp",
    "is_simulated": "boolean",
}
#: Names that tables and frames of ours use: no declared column may take one.
RESERVED = frozenset(STANDARD_COLUMNS) | {
    "observation_id", "source_id", "line", "experiment", "metric", "unit", "value", "n", "sd",
    "numerator", "denominator", "sample", "version", "trial_id", "cell_id",
}  # fmt: skip


class Declared(BaseModel):
    """Base of every declared thing: immutable, and an unknown field is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Extensible(Declared):
    """A declared thing whose ``kind`` owns further fields: they are kept, unread, in ``settings``.

    The registry that knows the kind validates them (one file and one registry line a kind).
    """

    kind: Identifier
    settings: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _collect_settings(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = set(cls.model_fields)
        own = {k: v for k, v in data.items() if k in known}
        extra = {k: v for k, v in data.items() if k not in known}
        return {**own, "settings": {**own.get("settings", {}), **extra}}


class Dimension(Declared):
    """What is scaled: a positive number with a unit.

    ``values`` are the planned levels, ``tiers`` the same with names (exactly one of both, or none
    when the runs decide), ``targets`` the scales that somebody wants an answer for.
    """

    name: Identifier
    unit: str = ""
    description: str = ""
    values: tuple[float, ...] = ()
    tiers: dict[Identifier, float] = Field(default_factory=dict)
    control: float | None = None
    targets: tuple[float, ...] = ()
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
    other value is quarantined.
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

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.order and self.values:
            raise ValueError("declare 'order' (ordered categories) or 'values', not both")
        if self.minimum is not None and self.minimum not in self.order:
            raise ValueError(f"'minimum' is {self.minimum!r}, which 'order' does not list")
        return self


class Metric(Declared):
    """What is measured.

    Kinds (how a cell's value comes from its rows; science.md section 5):
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


class Rule(Declared):
    """A data rule on rows: a SQL condition that is true for every good row."""

    name: Identifier
    condition: str
    severity: Literal["blocker", "warning"] = "blocker"
    description: str = ""


class Estimator(Declared):
    """How laws are fitted: a named loss of the residuals on a named scale.

    ``delta`` belongs to the Huber losses (units: the residual's); None means 1.345 robust standard
    deviations. ``residuals`` None means: logit for a metric bounded by 0 and 1, otherwise log.
    """

    name: Literal["huber", "huber_free_scale", "least_squares"] = "huber"
    delta: Annotated[float, Field(gt=0)] | None = None
    residuals: Literal["log", "logit", "identity"] | None = None


class LawQuestion(Declared):
    """Which laws are fitted: how does ``metric`` depend on the dimensions ``by``?

    ``declared`` names the one family that is used whatever back-tests say; without it the family
    with the lowest back-test error leads. ``segment`` fits every value of these context columns
    (or ``condition``) apart. ``extrapolation_limit`` is the largest ratio outside the measured
    range at which a prediction is still made.
    """

    metric: Identifier
    by: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    families: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    declared: Identifier | None = None
    name: Identifier | None = None
    where: Filter = Field(default_factory=dict)
    segment: tuple[Identifier, ...] = ()
    estimator: Estimator = Estimator()
    bootstrap: Annotated[int, Field(ge=50, le=100_000)] = 400
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    extrapolation_limit: Annotated[float, Field(ge=1)] = 2.0
    seed: int = 42

    @property
    def label(self) -> str:
        """The question's name: declared, or ``<metric>_by_<dimensions>``."""
        return self.name or f"{self.metric}_by_{'_and_'.join(self.by)}"

    @model_validator(mode="after")
    def _declared_is_fitted(self) -> Self:
        if self.declared is not None and self.declared not in self.families:
            raise ValueError(f"'declared' is {self.declared!r}, which 'families' does not list")
        return self


class Gate(Extensible):
    """A question with a three-valued answer about trials or a law; ``kind`` owns further fields.

    ``where`` selects cells by dimension, context or condition; ``each`` judges every value of these
    columns apart (one verdict each).
    """

    name: Identifier
    description: str = ""
    severity: Literal["blocker", "warning", "info"] = "blocker"
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    where: Filter = Field(default_factory=dict)
    each: tuple[Identifier, ...] = ()
    action: str = ""
    owner: str = ""


class Workload(Extensible):
    """How a sweep makes runs; ``kind`` owns further fields. ``default_mode`` is used unless asked."""

    default_mode: Literal["quick", "full"] = "quick"
    quick: dict[str, Any] = Field(default_factory=dict)
    full: dict[str, Any] = Field(default_factory=dict)
    seed: int = 42

    def settings_for(self, mode: str) -> dict[str, Any]:
        """The kind's settings with those of the mode (quick or full) laid over them."""
        return {**self.settings, **(self.full if mode == "full" else self.quick)}


class Experiment(Declared):
    """One experiment: what is scaled, what is measured, which laws are asked for, what must hold."""

    name: Identifier
    title: str
    hypothesis: str = ""
    description: str = ""
    owner: str = ""
    source: str = ""
    mode: Literal["simulated", "measured"]
    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=1)]
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)]
    columns: tuple[Column, ...] = ()
    context: tuple[Context, ...] = ()
    conditions: tuple[str, ...] = ()
    control_condition: str | None = None
    seeds: tuple[int, ...] = ()
    unit: Annotated[tuple[Identifier, ...], Field(min_length=1)] = ("run_id",)
    key: tuple[Identifier, ...] = ()
    runs_per_cell: Annotated[int, Field(ge=1)] | None = None
    rules: tuple[Rule, ...] = ()
    laws: tuple[LawQuestion, ...] = ()
    gates: tuple[Gate, ...] = ()
    workload: Workload | None = None
    notes: dict[str, str] = Field(default_factory=dict)

    @property
    def is_simulated(self) -> bool:
        """True when every row of this experiment comes from a simulator."""
        return self.mode == "simulated"

    def dimension(self, name: str) -> Dimension:
        """The dimension of this name; KeyError when there is none."""
        return _by_name(self.dimensions, name)

    def metric(self, name: str) -> Metric:
        """The metric of this name; KeyError when there is none."""
        return _by_name(self.metrics, name)

    @property
    def cell_columns(self) -> tuple[str, ...]:
        """What makes a cell: dimensions, context, condition."""
        return (*[d.name for d in self.dimensions], *[c.name for c in self.context], "condition")

    @property
    def column_types(self) -> dict[str, str]:
        """Declared columns of a run record (name -> type), the standard ones left out."""
        types = {d.name: "number" for d in self.dimensions}
        types |= {c.name: "text" for c in self.context}
        types |= {c.name: c.type for c in self.columns}
        types |= {m.column: "number" for m in self.metrics if m.column}
        return types

    @model_validator(mode="after")
    def _names_are_consistent(self) -> Self:
        problems = list(self._name_problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _name_problems(self) -> "list[str]":
        groups = (self.dimensions, self.metrics, self.columns, self.context)
        names: list[str] = [item.name for group in groups for item in group]
        problems = [f"{n!r} is declared twice" for n in sorted({n for n in names if names.count(n) > 1})]
        problems += [f"{n!r} is a name that the system uses itself" for n in names if n in RESERVED]
        rows = {*self.column_types, *STANDARD_COLUMNS}
        for field, used in (("unit", self.unit), ("key", self.key)):
            problems += [f"'{field}' names {n!r}, which is no column" for n in used if n not in rows]
        dims = {d.name for d in self.dimensions}
        metrics = {m.name for m in self.metrics}
        cells = {*self.cell_columns, "seed"}
        for law in self.laws:
            if law.metric not in metrics:
                problems.append(f"law {law.label!r} names metric {law.metric!r}, which is not declared")
            problems += [f"law {law.label!r}: {d!r} is no dimension" for d in law.by if d not in dims]
            problems += [f"law {law.label!r}: {c!r} is no cell column"
                         for c in (*law.where, *law.segment) if c not in cells]  # fmt: skip
        for gate in self.gates:
            problems += [f"gate {gate.name!r}: {c!r} is no cell column"
                         for c in (*gate.where, *gate.each) if c not in cells]  # fmt: skip
        for label, items in (("gate", [g.name for g in self.gates]), ("law", [q.label for q in self.laws]),
                             ("rule", [r.name for r in self.rules])):  # fmt: skip
            problems += [f"{label} {n!r} is declared twice" for n in sorted({n for n in items if items.count(n) > 1})]
        if self.control_condition is not None and self.control_condition not in self.conditions:
            problems.append(f"'control_condition' {self.control_condition!r} is not in 'conditions'")
        return problems


def _by_name(items: tuple[Any, ...], name: str) -> Any:
    for item in items:
        if item.name == name:
            return item
    raise KeyError(name)
