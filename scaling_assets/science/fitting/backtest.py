"""Rolling-origin back-tests: fit the smaller scales, predict the larger ones.

What belongs here: origins, held-out errors on the residual scale. What does not: choosing by them
(``choose``). Every family of a question is scored on the same origins and the same held-out cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.point import chart, fit_points
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.laws import Family

MAX_ORIGINS = 5  # the latest ones: those most like the question that will be asked


@dataclass(frozen=True, eq=False)
class Origin:
    """One split: which points are fitted, and which cells (distinct x) of larger scale are predicted."""

    fitted: np.ndarray  # (n,) bool
    cells: tuple[np.ndarray, ...]  # index arrays of points with the same x
    ratio: float  # how far the farthest held-out cell lies beyond the fitted range


@dataclass(frozen=True, eq=False)
class BackTest:
    """Errors h(curve) - median h(y) per held-out cell, origins one after the other."""

    errors: np.ndarray
    cell_sizes: np.ndarray
    origins: int
    ratio: float

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
    steps = list(range(2, len(scales)))
    if problem.x.shape[1] > 1 or len(scales) > 40:  # scattered designs: cut at quantiles of the scale
        steps = np.unique(np.quantile(level, np.linspace(0.5, 0.9, MAX_ORIGINS)).astype(int)).tolist()
    found = []
    for step in steps:
        fitted = level < step
        if not 0 < fitted.sum() < len(fitted) or not all(_determined(problem, fitted, f) for f in families):
            continue
        reach = scales[step - 1] + np.log(problem.question.extrapolation_limit) * problem.x.shape[1]
        held = ~fitted & ((size <= reach + 1e-9) | (level == step))
        _, cell = np.unique(problem.x[held], axis=0, return_inverse=True)
        where = np.flatnonzero(held)
        cells = tuple(where[cell.ravel() == c] for c in range(int(cell.max()) + 1))
        gap = float(np.max(size[held]) - scales[step - 1])
        found.append(Origin(fitted, cells, float(np.exp(min(gap, 700.0)))))
    return found[-MAX_ORIGINS:]


def _determined(problem: Problem, fitted: np.ndarray, family: Family) -> bool:
    p = len(family.parameters)
    scales = max(1, family.min_scales - 1) if family.axes == 1 else family.min_scales
    enough = min(len(np.unique(column)) for column in problem.x[fitted].T) >= scales
    return bool(enough and fitted.sum() >= p and not np.all(problem.y[fitted] == problem.y[fitted][0]))


def back_test(problem: Problem, family: Family, origins: Sequence[Origin]) -> BackTest | None:
    """Errors of this family on these origins; None when there are none or a prediction does not exist."""
    if not origins:
        return None
    charted = chart(problem, family)
    fits = fit_points(problem, charted, np.stack([o.fitted for o in origins]).astype(float))
    errors, sizes = [], []
    for row, origin in enumerate(origins):
        with np.errstate(all="ignore"):
            curve = problem.scale.forward(family.value(fits.theta[row], charted.z))
        for cell in origin.cells:
            errors.append(
                float(np.median(curve[cell] - charted.target[cell]))
            )  # one wild run decides nothing
            sizes.append(len(cell))
    found = np.array(errors) * (charted.y_scale if problem.residuals == "identity" else 1.0)
    if not np.isfinite(found).all():
        return None
    return BackTest(found, np.array(sizes), len(origins), max(o.ratio for o in origins))
