"""The question of a fit as a value: one law question, one group, its points.

What belongs here: ``Problem``, how trials become problems, and the checks that need no fit. What does
not: fitting.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Estimator, Experiment, Filter, LawQuestion, Metric
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Group, LawStatus
from scaling_assets.science.fitting.components import weights
from scaling_assets.science.fitting.distinct import but_for_rounding, cell_numbers, unit_numbers
from scaling_assets.science.fitting.losses import CANONICAL, Loss
from scaling_assets.science.fitting.scale import SCALES, ResidualScale
from scaling_assets.science.laws import Family

SAME = 1e-12  # relative spread of values below which they are one value, written with rounding
Columns = Mapping[str, np.ndarray]  # measures of trials by name, each (n,)
_MEASURED = ("n", "sd", "numerator", "denominator")
MIN_UNITS = 3  # independent units below which a spread between them is not worth stating


@dataclass(frozen=True, eq=False)
class Problem:
    """Points of one question in one group: x (n, k) in the declared units, y (n,), unit (n,) of text.

    ``resampling`` "auto" is the rule of this package (by unit, wild below 12 units, t-scaled); "case"
    is the plain case bootstrap of points that publications use, for comparison with them.
    """

    experiment: str
    question: LawQuestion
    x: np.ndarray
    y: np.ndarray
    unit: np.ndarray
    metric_unit: str = ""
    axis_units: tuple[str, ...] = ()
    residuals: str = "log"
    group: Group = field(default_factory=dict)
    is_simulated: bool = False
    n_missing: int = 0  # trials of this group whose value is not finite: left out, counted
    resampling: str = "auto"
    metric_kind: str = "value"
    weight: np.ndarray | None = None  # (n,) items or exposure of each point, or 1 / known variance

    @cached_property
    def known_weight(self) -> np.ndarray:
        """Weight of each point (n,)."""
        return np.ones(len(self.y)) if self.weight is None else self.weight

    @cached_property
    def loss(self) -> Loss:
        """The loss of the declared estimator."""
        name = "huber" if self.estimator.name == "huber_free_scale" else self.estimator.name
        return Loss(name, self.estimator.share)

    @property
    def scale(self) -> ResidualScale:
        """The residual scale of this problem."""
        return SCALES[self.residuals]

    @property
    def estimator(self) -> Estimator:
        """The declared estimator."""
        return self.question.estimator

    @property
    def horizon(self) -> float:
        """ln of the extrapolation ratio that the question asks for; a question about the data has a short one."""
        return float(np.log(max(self.question.extrapolation_limit, 1.05)))

    @cached_property
    def cells(self) -> np.ndarray:
        """Which distinct x each point has, counted upwards (n,)."""
        return cell_numbers(self.x)

    @cached_property
    def distinct(self) -> tuple[int, ...]:
        """Distinct values on each axis."""
        if self.x.shape[1] == 1:
            return (int(self.cells.max(initial=-1)) + 1,)
        return tuple(len(np.unique(column)) for column in self.x.T)

    @cached_property
    def n_scales(self) -> int:
        """Distinct values on the axis that has the fewest."""
        return min(self.distinct, default=0)

    @cached_property
    def units(self) -> np.ndarray:
        """Which independent unit each point belongs to (n,)."""
        return unit_numbers(self.unit)

    @cached_property
    def n_units(self) -> int:
        """Independent units."""
        return int(self.units.max(initial=-1)) + 1

    @cached_property
    def domain(self) -> tuple[tuple[float, float], ...]:
        """Lowest and highest value of each axis; NaN without points."""
        ends = [
            (float(column.min(initial=np.inf)), float(column.max(initial=-np.inf))) for column in self.x.T
        ]
        return tuple(ends) if len(self.x) else ((float("nan"), float("nan")),) * len(ends)

    @cached_property
    def is_finite(self) -> bool:
        """True when all values and places are finite numbers."""
        return bool(np.isfinite(self.y).all() and np.isfinite(self.x).all())

    @cached_property
    def data_version(self) -> str:
        """Identity of everything a fit of this problem comes from, code and last digits aside."""
        digest = hashlib.sha256()
        for array in (self.x, self.y, self.known_weight):
            digest.update(but_for_rounding(array).tobytes())
        digest.update("\x00".join(map(str, self.unit)).encode())
        return content_id("problem", self.experiment, self.question, dict(self.group), self.residuals,
                          self.resampling, self.metric_kind, digest.hexdigest())  # fmt: skip

    @cached_property
    def is_identical(self) -> bool:
        """True when all values are one value, rounding apart: nothing can be learnt from their spread."""
        if not len(self.y) or not np.isfinite(self.y).all():
            return False
        with np.errstate(over="ignore"):
            return bool(np.ptp(self.y) <= SAME * np.max(np.abs(self.y)))

    def objection(self, family: Family) -> tuple[LawStatus, str] | None:
        """Why this family cannot be fitted to these points at all, in words; None when it can be tried."""
        n, k = self.x.shape
        if k != family.axes:
            return LawStatus.UNDERDETERMINED, (
                f"the {family.name} law has {family.axes} axes, "
                f"the question has {k} ({', '.join(self.question.by)})"
            )
        if n == 0:
            return LawStatus.UNDERDETERMINED, "there is no measured value"
        if not self.is_finite:
            return LawStatus.NON_FINITE, "the data hold values that are not finite numbers"
        if n > 1 and self.is_identical:
            return LawStatus.NOT_IDENTIFIED, self._identical()
        if self._refused.any():
            return LawStatus.NON_FINITE, (
                f"{int(self._refused.sum())} of {n} values (first {self.y[self._refused][0]:g}) do not exist on the "
                f"{self.residuals} scale; declare 'residuals: identity' or another metric"
            )
        if min(low for low, _ in self.domain) <= 0 and not np.isfinite(family.coordinates(self.x)).all():
            return (
                LawStatus.NON_FINITE,
                f"the {family.name} law takes the logarithm of x, and some x are not above 0",
            )
        for name, distinct in zip(self.question.by, self.distinct, strict=True):
            if distinct < family.min_scales:
                return LawStatus.UNDERDETERMINED, (
                    f"{distinct} distinct value(s) of {name}; "
                    f"the {family.name} law needs at least {family.min_scales}"
                )
        if n < family.min_points:
            return (
                LawStatus.UNDERDETERMINED,
                f"{n} points; the {family.name} law needs at least {family.min_points}",
            )
        if self.resampling == "auto" and self.n_units < MIN_UNITS:
            return LawStatus.UNDERDETERMINED, (
                f"{self.n_units} independent unit(s) ({n} points): the spread between units cannot be known "
                f"from fewer than {MIN_UNITS}"
            )
        return None

    @cached_property
    def _refused(self) -> np.ndarray:
        """Values that the estimator cannot take (n,): likelihoods take rates of exactly 0 and 1, and counts of 0."""
        if not self.loss.is_likelihood:
            return ~self.scale.accepts(self.y)
        return ~((self.y >= 0) & ((self.y <= 1) | (self.residuals != "logit")) & (self.known_weight > 0))

    def _identical(self) -> str:
        """Why values without any spread make no law, and what can be said about them instead."""
        value, kind = float(np.median(self.y)), self.metric_kind
        if (kind == "rate" and value in (0.0, 1.0)) or (kind == "count" and value == 0.0):
            what = "no event was seen" if value == 0.0 else "every item is a success"
            return (
                f"{what} in {self.n_units} unit(s): that is no measurement of {value:g}, and no law has an "
                f"interval there; a threshold gate on {self.question.metric} bounds it by exact counts (rule of three)"
            )
        other = "; add runs until values differ"
        if kind in ("rate", "count", "quantile"):  # counts and order statistics have bounds without a spread
            other += f", or judge {self.question.metric} by a threshold gate"
        return f"every value is {value:g}: their spread cannot be estimated, so no law has an interval{other}"


def problems_of(experiment: Experiment, trials: pd.DataFrame) -> list[Problem]:
    """One problem per law question and group, in declared order; groups sorted by their values.

    ``trials`` has the columns of ``records.trial.trial_columns``. Points are sorted, so that the order of
    the trials does not matter. A question without any trial still gives one problem, without points.
    """
    return [problem for question in experiment.laws for problem in _of_question(experiment, question, trials)]


def _of_question(experiment: Experiment, question: LawQuestion, trials: pd.DataFrame) -> list[Problem]:
    metric = experiment.metric(question.metric)
    chosen = trials[(trials["metric"] == question.metric) & _selected(trials, question.where)]
    columns = _columns(question, chosen)
    if not question.segment:
        return [_problem(experiment, question, metric, columns, {})]
    keys = chosen[list(question.segment)].astype(object)
    keys = keys.where(keys.notna(), "")
    places: dict[tuple[Any, ...], list[int]] = {}
    for place, row in enumerate(zip(*(keys[column] for column in question.segment), strict=True)):
        places.setdefault(row, []).append(place)
    groups = {
        tuple(map(_plain, part)): places[part]
        for part in sorted(places, key=lambda p: str(tuple(map(_plain, p))))
    }
    return [
        _problem(
            experiment,
            question,
            metric,
            {name: values[rows] for name, values in columns.items()},
            dict(zip(question.segment, part, strict=True)),
        )
        for part, rows in groups.items()
    ] or [_problem(experiment, question, metric, columns, {})]


def _columns(question: LawQuestion, trials: pd.DataFrame) -> Columns:
    """What problems are made of, as arrays (n,): a frame of each of ten thousand groups would cost a second a
    thousand."""
    numbers = [name for name in (*question.by, "value", *_MEASURED) if name in trials]
    columns = {name: trials[name].to_numpy(dtype=float, na_value=np.nan) for name in numbers}
    return {**columns, "unit": trials["unit"].astype(str).to_numpy(dtype=object)}


def _problem(
    experiment: Experiment, question: LawQuestion, metric: Metric, trials: Columns, group: Mapping[str, Any]
) -> Problem:
    x = np.column_stack([trials[name] for name in question.by])
    y, unit = trials["value"], trials["unit"]
    likelihood = CANONICAL.get(question.estimator.name)
    bounded = metric.bounds == (0.0, 1.0)
    residuals = likelihood or question.estimator.residuals or ("logit" if bounded else "log")
    fine = np.isfinite(y) & np.isfinite(x).all(axis=1)
    if likelihood:
        fine &= _exposure(trials, y) > 0
    if not fine.all():
        x, y, unit = x[fine], y[fine], unit[fine]
        trials = {name: values[fine] for name, values in trials.items()}
    weight = _exposure(trials, y) if likelihood else None
    if question.estimator.weights == "variance" and not likelihood:
        weight = weights(x, y, trials["sd"], trials["n"], SCALES[residuals])
    order = np.lexsort((y, unit.astype(str), *x.T[::-1])) if len(y) else np.arange(0)
    return Problem(
        experiment=experiment.name,
        question=question if question.changes is None else question.model_copy(update={"changes": None}),
        x=x[order],
        y=y[order],
        unit=unit[order],
        metric_unit=metric.unit,
        axis_units=tuple(experiment.dimension(name).unit for name in question.by),
        residuals=residuals,
        group=group,
        is_simulated=experiment.is_simulated,
        n_missing=int((~fine).sum()),
        metric_kind=metric.kind,
        weight=None if weight is None else weight[order],
    )


def _exposure(trials: Columns, y: np.ndarray) -> np.ndarray:
    """Items or exposure of each trial in units in which value x exposure = events (n,); 0 where unknown."""
    above, below = trials["numerator"], trials["denominator"]
    with np.errstate(all="ignore"):
        ratio = y * below / above  # a count may be stated per 100 or per 1,000
    fine = np.isfinite(ratio) & (above > 0)
    scale = float(np.median(ratio[fine])) if fine.any() else 1.0
    return np.where(np.isfinite(below), below / scale, 0.0)


def _selected(trials: pd.DataFrame, where: Filter) -> np.ndarray:
    mask = np.ones(len(trials), dtype=bool)
    for column, wanted in where.items():
        values: Sequence[Any] = wanted if isinstance(wanted, list) else [wanted]
        mask &= trials[column].isin(list(values)).to_numpy(dtype=bool)
    return mask


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
