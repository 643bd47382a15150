"""Uncertainty by resampling the unit that is independent.

What belongs here: bootstrap replicates, their small-sample scaling, intervals from draws. What does
not: point fits. The rules (science.md section 3): units are resampled, never rows; from 12 units on by
the case bootstrap, below by the wild cluster bootstrap with Webb's six weights; replicates are spread by
a Student factor sqrt(nu / chi2_nu), so that plain percentiles of the draws carry t quantiles.
"""

from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.at_bound import spread_from_bounds
from scaling_assets.science.fitting.evidence import Geometry
from scaling_assets.science.fitting.point import STATIONARY, Chart, PointFits, residuals
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.solve import Points, Rows, solve
from scaling_assets.science.laws.family import Parameter

NEAR = 1e-4  # replicates start from the point estimate: nearly undamped Newton steps
FEW_UNITS = 12  # below this the case bootstrap repeats too few designs
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])  # Webb (2014)


@dataclass(frozen=True, eq=False)
class Draws:
    """Replicates in natural parameters (replicates, p), how they were made, and how many were lost."""

    theta: np.ndarray
    method: str
    lost: int
    degrees: int
    limited: np.ndarray  # (p,) False: the parameter lies on its bound, and no limit away from it was found


def degrees_of_freedom(problem: Problem, p: int) -> int:
    """Units minus parameters when each unit is one point, else units minus one: never below 1.

    A unit that is measured at several scales determines the curve by itself up to its own deviation,
    so that it is the number of units that is small, not the number of points.
    """
    n, units = len(problem.y), problem.n_units
    return max(1, n - p if units == n else min(units - 1, n - p))


def draw(problem: Problem, charted: Chart, point: PointFits, seen: Geometry, *, seed: list[int]) -> Draws:
    """Bootstrap replicates of a converged point fit; deterministic from ``seed``."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    count, n, p = problem.question.bootstrap, len(problem.y), point.theta.shape[1]
    degrees = degrees_of_freedom(problem, p)
    _, unit = np.unique(problem.unit.astype(str), return_inverse=True)
    units = int(unit.max()) + 1
    spread = np.sqrt(degrees / rng.chisquare(degrees, size=count))
    target = None
    if problem.resampling == "case":
        weight = _multiplicities(rng, count, np.arange(n), problem, charted)
        method = "case bootstrap by point"
    elif units >= FEW_UNITS:
        weight = _multiplicities(rng, count, unit, problem, charted)
        method = f"case bootstrap by unit, t scaled with {degrees} degrees of freedom"
    else:
        weight = np.ones((count, n))
        r = residuals(problem, charted, point.theta[:1])[0]
        # HC3, the jackknife's correction; HC2 (its square root) covered 84 to 91 % with 7 points where 95 %
        # were stated. Clusters: G / (G - 1).
        error = -r / np.maximum(1.0 - seen.leverage, 0.2)
        if units < n:
            error = -r * np.sqrt(units / (units - 1))
        shock = rng.choice(WEBB, size=(count, units))[:, unit] * spread[:, None]
        target = charted.target + r + error * shock
        method = f"wild cluster bootstrap by unit (Webb weights), t scaled with {degrees} degrees of freedom"
    theta, fine = refit(problem, charted, point, weight, target, seen.robust)
    if problem.resampling != "case" and target is None:
        inflate = np.sqrt(n / max(1, n - p)) if units == n else np.sqrt(units / (units - 1))
        theta = _stretched(charted, point.theta[0], theta, spread * inflate)
    theta, limited = theta[fine], np.ones(p, dtype=bool)
    if seen.at_bound.any() and len(theta):
        theta, limited = spread_from_bounds(problem, charted, point, seen, theta, degrees, rng)
    natural = charted.natural(theta)
    good = np.isfinite(natural).all(axis=1)
    kept = int(good.sum())
    return Draws(natural[good], f"{method}, {kept} replicates", count - kept, degrees, limited)


def _multiplicities(
    rng: np.random.Generator, count: int, unit: np.ndarray, problem: Problem, charted: Chart
) -> np.ndarray:
    """How often each point comes, (count, n), all points of a unit together.

    Replicates whose design could not determine the curve (too few distinct scales) are drawn again: the
    interval is conditional on a design that can be fitted, as the fit itself is.
    """
    units = int(unit.max()) + 1
    needed = min(problem.n_scales, max(2, len(charted.family.parameters) - charted.family.axes + 1))
    levels = [np.unique(column, return_inverse=True)[1] for column in problem.x.T]
    weight = np.zeros((count, len(unit)))
    pending = np.arange(count)
    for _ in range(50):
        chosen = rng.integers(0, units, size=(len(pending), units))
        times = np.zeros((len(pending), units))
        np.add.at(times, (np.arange(len(pending))[:, None], chosen), 1.0)
        weight[pending] = times[:, unit]
        present = weight[pending] > 0
        distinct = np.full(len(pending), len(unit))
        for level in levels:
            seen = np.zeros((len(pending), int(level.max()) + 1), dtype=bool)
            row, column = np.nonzero(present)
            seen[row, level[column]] = True
            distinct = np.minimum(distinct, seen.sum(axis=1))
        pending = pending[distinct < needed]
        if not len(pending):
            break
    return weight


def refit(
    problem: Problem,
    charted: Chart,
    point: PointFits,
    weight: np.ndarray,
    target: np.ndarray | None,
    robust: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit every replicate from the point estimate: charted theta (R, p) and whether each converged (R,).

    ``weight`` (R, n) counts the points, ``target`` (R, n) replaces them (wild bootstrap), ``robust`` is the
    robust standard deviation of the point fit's residuals.
    """
    family, count = charted.family, len(weight)
    p = point.theta.shape[1]
    is_scale_free = problem.estimator.name == "huber_free_scale"
    delta = point.delta[0]
    points = Points(charted.z[None], charted.target[None])

    def run(start: np.ndarray, at: np.ndarray, loose: float, free: bool) -> tuple[np.ndarray, np.ndarray]:
        solution = solve(family, problem.scale, points, Rows(
            problem=np.zeros(len(at), dtype=int),
            weight=weight[at],
            start=start,
            lower=np.broadcast_to(family.lower, (len(at), p)),
            upper=np.broadcast_to(family.upper, (len(at), p)),
            delta=np.full(len(at), loose),
            is_scale_free=free,
            target=None if target is None else target[at],
            damping=NEAR,
        ))  # fmt: skip
        return solution.theta, solution.gradient

    everyone = np.arange(count)
    width = delta * point.spread[0] if is_scale_free else delta
    looser = _looser(width, robust)
    theta = np.repeat(point.theta[:1], count, axis=0)
    for loose in looser:
        theta = run(theta, everyone, loose, False)[0]
    theta, gradient = run(theta, everyone, delta, is_scale_free)
    late = np.flatnonzero(gradient > STATIONARY)
    if len(late):  # lead the stragglers in with a looser loss
        start = np.repeat(point.theta[:1], len(late), axis=0)
        for loose in [*looser, *(factor * width for factor in (100.0, 30.0, 10.0, 3.0))]:
            if np.isfinite(loose):
                start = run(start, late, loose, False)[0]
        again, slope = run(start, late, delta, is_scale_free)
        better = slope < gradient[late]
        theta[late] = np.where(better[:, None], again, theta[late])
        gradient[late] = np.where(better, slope, gradient[late])
    return theta, gradient <= (1e-2 if is_scale_free else STATIONARY)


def _looser(width: float, robust: float) -> list[float]:
    """Deltas to pass through on the way down to a loss that is close to least absolute deviations.

    From a point estimate Newton reaches the optimum of a resample directly while a fair share of the
    residuals lies in the quadratic part; a loss with hardly any there has to be approached.
    """
    found, loose = [], 0.1 * robust
    while np.isfinite(width) and loose > 3.0 * width and robust > 0:
        found.append(loose)
        loose /= 10.0
    return found


def _stretched(charted: Chart, centre: np.ndarray, theta: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Replicates moved away from the estimate by a factor, along a straight line, inside the domain.

    Factors of the curve move on their log scale. A replicate whose line leaves the domain stops at its
    edge with all its parameters, so that it stays one possible curve.
    """
    logged = np.array([parameter.positive for parameter in charted.family.parameters])
    with np.errstate(all="ignore"):
        here = np.where(logged, np.log(np.where(logged, centre, 1.0)), centre)
        there = np.where(logged, np.log(np.where(logged, theta, 1.0)), theta)
        step = there - here
        lower = np.where(logged, -np.inf, charted.family.lower)
        upper = np.where(logged, np.inf, charted.family.upper)
        room = np.where(step > 0, (upper - here) / step, np.where(step < 0, (lower - here) / step, np.inf))
        scale = np.minimum(factor, np.maximum(1.0, np.min(room, axis=1)))
        moved = np.clip(here + scale[:, None] * step, lower, upper)
        return np.where(logged, np.exp(moved), moved)


def interval(
    parameter: Parameter,
    value: float,
    draws: np.ndarray,
    level: float,
    *,
    at_bound: bool,
    limited: bool = True,
) -> tuple[float | None, float | None]:
    """Percentile interval of one parameter; where the estimate lies on its bound a one-sided limit, if any."""
    tail = 1.0 - level
    if at_bound and value <= parameter.lower:
        return None, float(max(np.quantile(draws, level), value)) if limited else None
    if at_bound and value >= parameter.upper:
        return float(min(np.quantile(draws, tail), value)) if limited else None, None
    low, high = np.quantile(draws, [tail / 2, 1.0 - tail / 2])
    return float(min(low, value)), float(max(high, value))
