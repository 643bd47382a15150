"""What is asked of the runs: data rules, laws, gates, and the workload that makes runs.

What belongs here: the shape of a question. What does not: answers (``law``, ``verdict``), and the
settings that a kind of gate or workload owns (its registry validates them).
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.change import Watch
from scaling_assets.records.comparison import Compare
from scaling_assets.records.declared import Declared, Extensible, Filter, Identifier
from scaling_assets.records.looking import Looks


class Rule(Declared):
    """A data rule on rows: a SQL condition that is true for every good row."""

    name: Identifier
    condition: str
    severity: Literal["blocker", "warning"] = "blocker"
    description: str = ""


class Estimator(Declared):
    """How laws are fitted: a named loss of the residuals on a named scale.

    ``delta`` belongs to the Huber losses (units: the residual's); None means 1.345 robust standard
    deviations. ``share`` belongs to ``asymmetric_mae``: the share of runs below the curve.
    ``binomial`` (rates) and ``poisson`` (counts) are likelihoods of the items or the exposure behind each
    run. ``weights`` "variance" weighs each run by its known within-run noise (its rows' spread) plus the
    run-to-run variance that replicates show; "equal" counts runs alike. ``residuals`` None means: logit for
    a metric bounded by 0 and 1, otherwise log.
    """

    name: Literal["huber", "huber_free_scale", "least_squares", "asymmetric_mae", "binomial", "poisson"] = (
        "huber"
    )
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    weights: Literal["equal", "variance"] = "equal"
    delta: Annotated[float, Field(gt=0)] | None = None
    residuals: Literal["log", "logit", "identity"] | None = None


class Prior(Declared):
    """What is known of a parameter before the data: a normal distribution, in the parameter's unit."""

    mean: float
    sd: Annotated[float, Field(gt=0)]


class LawQuestion(Declared):
    """Which laws are fitted: how does ``metric`` depend on the dimensions ``by``?

    ``declared`` names the one family that is used whatever back-tests say; without it the family
    with the lowest back-test error leads. ``segment`` fits every value of these context columns
    (or ``condition``) apart. ``compare`` asks about the laws beside one another: contexts, time, knees,
    exponent classes. ``changes`` watches the law over time. ``extrapolation_limit`` is the largest ratio
    outside the measured range at which a prediction is still made. ``pins`` (family -> parameter -> value)
    hold parameters that are known;
    ``priors`` (family -> parameter -> mean and sd) add what is partly known.
    """

    metric: Identifier
    by: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    families: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    declared: Identifier | None = None
    name: Identifier | None = None
    where: Filter = Field(default_factory=dict)
    segment: tuple[Identifier, ...] = ()
    compare: Compare | None = None
    changes: Watch | None = None
    estimator: Estimator = Estimator()
    pins: dict[Identifier, dict[str, float]] = Field(default_factory=dict)
    priors: dict[Identifier, dict[str, Prior]] = Field(default_factory=dict)
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
        for field, named in (("pins", self.pins), ("priors", self.priors)):
            for family in named:
                if family not in self.families:
                    raise ValueError(f"{field!r} names {family!r}, which 'families' does not list")
        both = [f for f in self.pins if set(self.pins[f]) & set(self.priors.get(f, {}))]
        if both:
            raise ValueError(f"a parameter of {both[0]!r} has both a pin and a prior")
        return self

    @model_validator(mode="after")
    def _compared_are_segments(self) -> Self:
        compared = () if self.compare is None else (*self.compare.contexts, self.compare.windows)
        for column in compared:
            if column is not None and column not in self.segment:
                raise ValueError(f"'compare' names {column!r}, which 'segment' does not list")
        return self


class Gate(Extensible):
    """A question with a three-valued answer about trials or a law; ``kind`` owns further fields.

    ``where`` selects cells by dimension, context or condition; ``each`` judges every value of these
    columns apart (one verdict each). ``looks`` says when the verdict may be read (default: what the
    experiment declares).
    """

    name: Identifier
    description: str = ""
    severity: Literal["blocker", "warning", "info"] = "blocker"
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    where: Filter = Field(default_factory=dict)
    each: tuple[Identifier, ...] = ()
    looks: Looks | None = None
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
