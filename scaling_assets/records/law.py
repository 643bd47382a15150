"""A fitted law and a prediction from it, with everything needed to trust or distrust them.

What belongs here: the record. What does not: fitting (``science.fitting``), plots (``report``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

AVERAGE = "average"  # the family of a law that is the average of others
WEIGHT = "weight"  # the last part of the name of a member's weight among an average's parameters

Group = Mapping[str, str | float | int | bool]


class LawStatus(StrEnum):
    """How a fit ended. Only the first two may be predicted from; none but the first is without a warning."""

    CONVERGED = "converged"
    BOUND_HIT = "bound_hit"  # an optimum, but a parameter lies on its bound: a simpler law says the same
    NOT_IDENTIFIED = "not_identified"  # the data do not determine the parameters (constant y, zeros ...)
    UNDERDETERMINED = "underdetermined"  # fewer scales or points than the family needs
    NON_FINITE = "non_finite"  # the data hold values that the residual scale cannot take
    FAILED = "failed"  # no start reached a stationary point


USABLE = frozenset({LawStatus.CONVERGED, LawStatus.BOUND_HIT})


@dataclass(frozen=True)
class ParameterEstimate:
    """A parameter with its interval. ``low``/``high`` are None where the interval is one-sided.

    ``role`` marks what a parameter means to people: "exponent", "coefficient", "floor",
    "contention", "coherency" or "". ``value`` is None when the fit is not usable.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    unit: str = ""
    role: str = ""
    at_bound: bool = False


@dataclass(frozen=True, eq=False)
class Law:
    """One family fitted to one question of one experiment in one group (segment).

    ``draws`` has shape (bootstrap replicates, parameters), in the order of ``parameters``; it is
    empty (0, p) when the fit is not usable. ``domain`` gives (lowest, highest) measured value per
    axis. ``noise`` is the standard deviation of a unit's value around the curve on the residual
    scale. ``evidence`` holds what was measured about the fit (hit rate, gradient norm, back-test
    error, condition number ...): None where it could not be measured.
    """

    law_id: str
    experiment: str
    question: str
    metric: str
    axes: tuple[str, ...]
    group: Group
    family: str
    status: LawStatus
    reason: str
    parameters: tuple[ParameterEstimate, ...]
    estimator: str
    residuals: str
    draws: np.ndarray
    domain: tuple[tuple[float, float], ...]
    noise: float | None
    n_points: int
    n_units: int
    n_scales: int
    extrapolation_limit: float
    seed: int
    code_version: str
    data_version: str
    is_leading: bool = False
    leading_reason: str = ""
    is_simulated: bool = False
    evidence: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        """True when parameters may be read and predictions made."""
        return self.status in USABLE

    @property
    def is_average(self) -> bool:
        """True for the average of other laws: its parameters are their weights and parameters."""
        return self.family == AVERAGE

    @property
    def headline(self) -> tuple[ParameterEstimate, ...]:
        """The parameters that people are shown: all of them, of an average its members' weights."""
        if not self.is_average:
            return self.parameters
        return tuple(p for p in self.parameters if p.name.endswith(f".{WEIGHT}"))

    def parameter(self, name: str) -> ParameterEstimate:
        """The parameter of this name or, failing that, of this role; KeyError when there is none."""
        for wanted in ("name", "role"):
            for estimate in self.parameters:
                if getattr(estimate, wanted) == name:
                    return estimate
        raise KeyError(name)


@dataclass(frozen=True)
class StandingLaw:
    """A law that a store holds in a version, named without what it says."""

    law_id: str
    version: str


class Distance(StrEnum):
    """Where a prediction lies with respect to the data."""

    INTERPOLATION = "interpolation"
    EXTRAPOLATION = "extrapolation"
    REFUSED = "refused"  # beyond the declared ratio: no number is given


@dataclass(frozen=True)
class Prediction:
    """A law's answer at one point. Numbers are None when the prediction is refused.

    ``kind`` is "mean_curve" (where the curve lies) or "new_run" (where one more unit would lie).
    ``ratios`` is the distance per axis (1 inside the measured range, else how many times outside),
    ``decades`` the largest of them in powers of ten.
    """

    law_id: str
    kind: str
    at: Mapping[str, float]
    value: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    distance: Distance
    ratios: Mapping[str, float]
    decades: float
    reason: str = ""
