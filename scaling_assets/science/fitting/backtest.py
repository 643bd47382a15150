"""Rolling-origin back-tests: fit the smaller scales, predict the larger ones.

What belongs here: origins, held-out errors on the residual scale, for a whole batch. What does not: choosing by
them (``choose``), weights of an average (``averaging``). Every family of a question is scored on the same origins
and the same held-out cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.averaging import origin_steps
from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.point import fit_points
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.sample import cell_numbers
from scaling_assets.science.laws import Family

MAX_ORIGINS = 5  # the latest ones: those most like the question that will be asked


@dataclass(frozen=True, eq=False)
class Origin:
    """One split: which points are fitted, and which cells (distinct x) of larger scale are predicted."""

    fitted: np.ndarray  # (n,) bool
    cells: tuple[np.ndarray, ...]  # index arrays of points with the same x
    ratio: float  # how far the farthest held-out cell lies beyond the fitted range
    distances: np.ndarray  # (cells,) how far each held-out cell lies beyond the fitted range
    last: float  # ln of the largest fitted scale


@dataclass(frozen=True, eq=False)
class BackTest:
    """Errors h(curve) - median h(y) per held-out cell, origins one after the other.

    ``curves`` (cells,) h(curve) there, ``distances`` how far beyond the fitted range each lay.
    """

    errors: np.ndarray
    cell_sizes: np.ndarray
    origins: int
    ratio: float
    distances: np.ndarray
    origin: np.ndarray
    span: float = 0.0  # ln of the ratio between the first and the last origin

    @property
    def error(self) -> float:
        """Root mean square of the held-out errors."""
        largest = float(np.max(np.abs(self.errors)))
        return largest * float(np.sqrt(np.mean((self.errors / largest) ** 2))) if largest > 0 else 0.0


def origins_of(problem: Problem, families: Sequence[Family]) -> list[Origin]:
    """The splits on which all these families can be fitted; empty when there is none.

    Scale is x, or the product of the axes. The horizon is the question's own: held out are the cells up to
    ``extrapolation_limit`` beyond the fitted range, at least the next scale.
    """
    if not families:
        return []
    with np.errstate(all="ignore"):
        size = np.sum(np.log(problem.x), axis=1) if (problem.x > 0).all() else problem.x.sum(axis=1)
    scales, level = np.unique(np.round(size, 9), return_inverse=True)
    level = level.ravel()
    if problem.x.shape[1] > 1:  # scattered designs: cut at quantiles of the scale
        steps = np.unique(np.quantile(level, np.linspace(0.5, 0.9, MAX_ORIGINS)).astype(int)).tolist()
    elif (problem.x > 0).all():
        steps = list(origin_steps(scales, problem.horizon))
        steps = [*range(2, min(steps, default=2)), *steps]  # earlier ones where a family cannot be fitted yet
    else:
        steps = list(range(2, len(scales)))
    found: list[Origin] = []
    for step in reversed(steps):
        if len(found) == MAX_ORIGINS:
            break
        fitted = level < step
        if not 0 < fitted.sum() < len(fitted) or not all(_determined(problem, fitted, f) for f in families):
            continue
        reach = scales[step - 1] + np.log(problem.question.extrapolation_limit) * problem.x.shape[1]
        held = ~fitted & ((size <= reach + 1e-9) | (level == step))
        where = np.flatnonzero(held)
        cell = cell_numbers(problem.x[held])
        cells = tuple(where[cell == c] for c in range(int(cell.max()) + 1))
        gaps = np.array([size[c[0]] for c in cells]) - scales[step - 1]
        distances = np.exp(np.minimum(gaps, 700.0))
        found.append(Origin(fitted, cells, float(distances.max()), distances, float(scales[step - 1])))
    return found[::-1]


def _determined(problem: Problem, fitted: np.ndarray, family: Family) -> bool:
    p = len(family.parameters)
    scales = max(1, family.min_scales - 1) if family.axes == 1 else family.min_scales
    enough = min(len(np.unique(column)) for column in problem.x[fitted].T) >= scales
    return bool(enough and fitted.sum() >= p and not np.all(problem.y[fitted] == problem.y[fitted][0]))


def back_tests(batch: Batch, origins: Sequence[Sequence[Origin]]) -> list[BackTest | None]:
    """Errors of the batch's family on each problem's origins; None without origins or without a prediction."""
    splits = [(i, origin) for i, mine in enumerate(origins) for origin in mine]
    curves: list[list[np.ndarray]] = [[] for _ in origins]
    if splits:
        # Every split of every problem is a problem of its own, in one batch: the same points, other weights.
        part = batch.take(np.array([i for i, _ in splits]))
        fitted = np.zeros(part.sample.real.shape, dtype=bool)
        for column, (_, origin) in enumerate(splits):
            fitted[: len(origin.fitted), column] = origin.fitted
        weight = np.where(fitted, part.point_weight, 0.0)
        merged = part.sample.merge(weight[..., None], np.where(part.sample.real, part.h, 0.0)[..., None])[0]
        eta = part.curve(fit_points(part, weight=merged[..., 0], is_brief=True).theta)
        for column, (i, _) in enumerate(splits):
            curves[i].append(eta[:, column])
    return [_scored(batch, i, list(o), curves[i]) for i, o in enumerate(origins)]


def _scored(batch: Batch, i: int, origins: list[Origin], curves: list[np.ndarray]) -> BackTest | None:
    if not origins:
        return None
    seen, unit = batch.eta_seen[:, i], float(batch.residual_unit[i])
    # The median over a cell: one wild run decides nothing.
    errors = [
        float(np.median(curve[cell] - seen[cell])) * unit
        for origin, curve in zip(origins, curves, strict=True) for cell in origin.cells
    ]  # fmt: skip
    found = np.array(errors)
    if not np.isfinite(found).all():
        return None
    return BackTest(
        found, np.array([len(c) for o in origins for c in o.cells]), len(origins), max(o.ratio for o in origins),
        np.concatenate([o.distances for o in origins]),
        np.concatenate([np.full(len(o.cells), k) for k, o in enumerate(origins)]),
        origins[-1].last - origins[0].last,
    )  # fmt: skip
