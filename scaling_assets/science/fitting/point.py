"""Point estimates: many starts, annealed losses, the best stationary point, judged by its gradient.

What belongs here: going from points and weights to the best parameters and how we know. What does not:
intervals (``resample``), the status in words (``fit``).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from scaling_assets.records.experiment import Estimator
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.solve import Points, Rows, Solution, solve
from scaling_assets.science.fitting.starts import starts
from scaling_assets.science.laws import Family

STATIONARY = 1e-6  # relative gradient (a cosine) below which a point counts as stationary
SAME = 1e-6  # relative difference of objectives below which two starts found the same optimum
HUBER_EFFICIENT = 1.345  # delta in robust standard deviations: 95 % efficient for normal residuals
FREE_SCALE_DELTA = 1e-3  # delta in units of the free scale, as in Besiroglu et al. (2024)
EXACT = 1e-9  # residuals below this are rounding


@dataclass(frozen=True, eq=False)
class Chart:
    """One problem in the coordinates that it is solved in: centred covariates, y near 1.

    z (k, n), target h(y / y_scale) (n,); ``centre``, ``scale`` (k,).
    """

    family: Family
    z: np.ndarray
    target: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    y_scale: float

    def natural(self, theta: np.ndarray) -> np.ndarray:
        """Parameters (..., p) in the declared units."""
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            return self.family.rechart(theta, self.centre, self.scale, self.y_scale)


def chart(problem: Problem, family: Family) -> Chart:
    """Centre and scale a problem so that its numbers are near 1 whatever its units are."""
    raw = family.coordinates(problem.x)
    k = len(raw)
    centre, width = np.zeros(k), np.ones(k)
    if family.covariate != "raw":
        centre = raw.mean(axis=1)
    if family.covariate == "linear":
        with np.errstate(over="ignore"):
            width = np.max(np.abs(raw - centre[:, None]), axis=1)
        width = np.where((width > 0) & np.isfinite(width), width, 1.0)
    y_scale = problem.scale.unit(problem.y)
    target = problem.scale.forward(problem.y / y_scale)
    return Chart(family, (raw - centre[:, None]) / width[:, None], target, centre, width, y_scale)


@dataclass(frozen=True, eq=False)
class PointFits:
    """Best fits of one problem under several weightings, along axis 0 (charted parameters).

    ``objective`` is in the problem's residual units (for free scale: the negative log-likelihood);
    ``delta`` in residual units, for free scale relative to ``spread``; ``hit_rate`` the share of starts
    that ended within 1e-6 of the best objective.
    """

    theta: np.ndarray
    objective: np.ndarray
    gradient: np.ndarray
    delta: np.ndarray
    spread: np.ndarray
    hit_rate: np.ndarray
    n_starts: np.ndarray


def fit_points(
    problem: Problem, charted: Chart, weight: np.ndarray, *, upper: np.ndarray | None = None
) -> PointFits:
    """Fit every weighting (rows, n) of the problem from its own data-driven starts.

    ``upper`` (p,) lowers the upper bounds, to hold a parameter at its lower end (floor profile).
    """
    family, estimator = charted.family, problem.estimator
    rows, p = len(weight), len(family.parameters)
    ceiling = family.upper if upper is None else upper
    first = np.clip(starts(family, problem.scale, charted.z, charted.target, weight), family.lower, ceiling)
    k = first.shape[1]
    points = Points(charted.z[None], charted.target[None])
    solver = _Stages(problem, charted, points, np.repeat(weight, k, axis=0), ceiling)
    theta = first.reshape(rows * k, p)
    solution, delta = _annealed(solver, estimator, theta, rows, k)
    return _best(problem, charted, weight, solution, delta, rows, k)


@dataclass(frozen=True, eq=False)
class _Stages:
    problem: Problem
    charted: Chart
    points: Points
    weight: np.ndarray
    upper: np.ndarray

    def run(self, start: np.ndarray, delta: np.ndarray | float, *, is_scale_free: bool = False) -> Solution:
        count, p = start.shape
        rows = Rows(
            problem=np.zeros(count, dtype=int),
            weight=self.weight,
            start=start,
            lower=np.broadcast_to(self.charted.family.lower, (count, p)),
            upper=np.broadcast_to(self.upper, (count, p)),
            delta=np.broadcast_to(np.asarray(delta, dtype=float), (count,)),
            is_scale_free=is_scale_free,
        )
        limit = 400 if is_scale_free else 80
        return solve(self.charted.family, self.problem.scale, self.points, rows, max_iterations=limit)


def _annealed(
    solver: _Stages, estimator: Estimator, theta: np.ndarray, rows: int, k: int
) -> tuple[Solution, np.ndarray]:
    """From loose to tight: the last stage has the declared loss, the ones before lead into its basin."""
    if estimator.name == "least_squares":
        return solver.run(theta, np.inf), np.full(rows, np.inf)
    unit = solver.charted.y_scale if solver.problem.residuals == "identity" else 1.0
    if estimator.name == "huber" and estimator.delta is None:
        return _self_scaled(solver, theta, rows, k)
    goal = estimator.delta / unit if estimator.delta is not None else FREE_SCALE_DELTA
    if estimator.name == "huber":
        for loose in (0.1, 0.01):
            if loose > goal:
                theta = solver.run(theta, loose).theta
        return solver.run(theta, goal), np.full(rows, goal)
    goal = estimator.delta if estimator.delta is not None else FREE_SCALE_DELTA
    solution = solver.run(theta, np.inf)
    spread = np.sqrt(2.0 * solution.objective / solver.weight.sum(axis=1))
    for loose in 10.0 ** -np.arange(0.0, 6.1, 0.5):  # a small delta is nearly least absolute deviations
        if loose > goal:
            step = np.where(np.isfinite(spread), loose * np.maximum(spread, EXACT), loose)
            solution = solver.run(solution.theta, step)
    return solver.run(solution.theta, goal, is_scale_free=True), np.full(rows, goal)


def _self_scaled(solver: _Stages, theta: np.ndarray, rows: int, k: int) -> tuple[Solution, np.ndarray]:
    """delta = 1.345 robust standard deviations of the residuals, found together with the fit."""
    solution = solver.run(theta, np.inf)
    p = theta.shape[1]
    delta = np.full(rows, np.inf)
    for _ in range(4):
        size = robust_sd(residuals(solver.problem, solver.charted, solution.theta), solver.weight, p)
        size = np.where(np.isfinite(solution.objective), size, np.inf).reshape(rows, k)
        if np.isinf(
            delta
        ).all():  # each start on its own first: one with a poor optimum must not set the scale
            new = HUBER_EFFICIENT * np.min(size, axis=1)
        else:
            new = (
                HUBER_EFFICIENT
                * size[np.arange(rows), np.argmin(solution.objective.reshape(rows, k), axis=1)]
            )
        new = np.maximum(np.where(np.isfinite(new), new, 1.0), EXACT)
        settled = np.abs(new - delta) <= 1e-4 * new
        delta = np.where(settled, delta, new)
        if settled.all():
            break
        solution = solver.run(solution.theta, np.repeat(delta, k))
    return solution, delta


def residuals(
    problem: Problem, charted: Chart, theta: np.ndarray, target: np.ndarray | None = None
) -> np.ndarray:
    """h(curve) - h(y) (rows, n) at charted parameters (rows, p)."""
    with np.errstate(all="ignore"):
        curve = charted.family.value(theta, charted.z)
        return problem.scale.forward(curve) - (charted.target if target is None else target)


def robust_sd(r: np.ndarray, weight: np.ndarray, p: int) -> np.ndarray:
    """1.4826 times the median |r| over used points (rows,), the p - 1 smallest left out.

    A fit with p parameters passes close to p points, whatever the noise: without leaving them out the
    scale of a small sample comes out too small.
    """
    size = np.where(weight > 0, np.abs(r), -np.inf)
    size = np.sort(np.where(np.isnan(size), np.inf, size), axis=1)
    n = size.shape[1]
    used = (weight > 0).sum(axis=1)
    left = np.maximum(used - (p - 1), 1)  # the largest ``left`` values count
    low, high = n - left + (left - 1) // 2, n - left + left // 2
    at = np.arange(len(size))
    return 1.4826 * 0.5 * (size[at, low] + size[at, high])


def _best(
    problem: Problem,
    charted: Chart,
    weight: np.ndarray,
    solution: Solution,
    delta: np.ndarray,
    rows: int,
    k: int,
) -> PointFits:
    if k == 0:
        p = len(charted.family.parameters)
        nothing = np.full(rows, np.inf)
        return PointFits(
            np.full((rows, p), np.nan), nothing, nothing, delta, nothing, np.zeros(rows), np.zeros(rows)
        )
    objective = solution.objective.reshape(rows, k)
    stationary = solution.gradient.reshape(rows, k) <= STATIONARY
    # A stationary point is preferred, unless another start went clearly lower without becoming stationary.
    lowest = np.min(objective, axis=1, keepdims=True)
    total = weight.sum(axis=1)
    floor = total * 1e-20  # all of them exact
    margin = (SAME * np.abs(lowest[:, 0]) + floor)[:, None]
    same = objective <= lowest + margin
    preferred = np.where(same & stationary, objective, np.inf)
    pick = np.where(
        (same & stationary).any(axis=1), np.argmin(preferred, axis=1), np.argmin(objective, axis=1)
    )
    at = np.arange(rows)
    chosen = at * k + pick
    value = solution.objective[chosen]
    if problem.residuals == "identity" and problem.estimator.name != "huber_free_scale":
        value = value * charted.y_scale * charted.y_scale
    if problem.estimator.name == "huber_free_scale":
        value = value + total * log_normaliser(delta)
        if problem.residuals == "identity":
            value = value + total * np.log(charted.y_scale)
    return PointFits(
        solution.theta[chosen], value, solution.gradient[chosen], delta, solution.spread[chosen],
        same.mean(axis=1), np.full(rows, k),
    )  # fmt: skip


def log_normaliser(delta: np.ndarray) -> np.ndarray:
    """ln of the integral Z of exp(-huber_delta): sqrt(2 pi) (2 Phi(delta) - 1) + 2 exp(-delta^2/2) / delta."""
    return np.log(np.sqrt(2 * np.pi) * (2 * ndtr(delta) - 1) + 2 * np.exp(-(delta**2) / 2) / delta)
