"""Uncertainty by resampling the unit that is independent.

What belongs here: bootstrap replicates of a batch and their small-sample scaling. What does not: point fits,
intervals (``interval``), random numbers (``replicates``), the targets of wild replicates (``shocks``). Units
are resampled, never rows. With many units (12, and 4 a parameter, none with a leverage above SHARED) by the case
bootstrap; below by the wild bootstrap, of exchanged residuals with random signs where each unit is one point, by
cluster where units have several. Replicates are spread by a Student factor sqrt(nu / chi2_nu), so that plain
percentiles of the draws carry t quantiles. Likelihoods and quantile losses have no residuals that a shock could be put
on: few units get exponential weights (the Bayesian bootstrap, Rubin 1981, Annals of Statistics 9).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting import solve
from scaling_assets.science.fitting.at_bound import spread_from_bounds
from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.calibrate import calibration, shown_degrees
from scaling_assets.science.fitting.crossing import opened
from scaling_assets.science.fitting.first_step import refit_ahead, rows_each
from scaling_assets.science.fitting.geometry import Geometry
from scaling_assets.science.fitting.point import STATIONARY, PointFits
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.replicates import FEW_UNITS, Replicates
from scaling_assets.science.fitting.shocks import shocked

NEAR = 1e-2  # first damping of replicates, which start from the point estimate
POINTS_PER_PARAMETER = 4  # below this a resample, with two thirds of the points, hardly determines the curve
SHARED = (
    1.0 / 3.0
)  # largest leverage of a point of case replicates: a direction rests on three points at least
LOST = 1e-2  # relative gradient that a free-scale replicate may keep: its loss has corners


@dataclass(frozen=True, eq=False)
class Draws:
    """Replicates of one problem in natural parameters (replicates, p), how they were made, how many were lost."""

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


def draw(
    batch: Batch, point: PointFits, seen: Geometry, replicates: Replicates, which: np.ndarray
) -> dict[int, Draws]:
    """Bootstrap replicates of the converged fits ``which`` (indices of problems); deterministic from their seeds."""
    groups: dict[str, list[int]] = {}
    largest = np.max(seen.leverage, axis=0)
    for i in which:
        way = _way(batch.sample.problems[i], len(point.theta), float(largest[i]))
        groups.setdefault(way, []).append(int(i))
    found: dict[int, Draws] = {}
    for way, members in groups.items():
        found |= _draw(batch, point, seen, replicates, np.array(members), way)
    return found


def _way(problem: Problem, p: int, largest: float) -> str:
    """How replicates of a problem are made, for p parameters and the largest leverage of a point."""
    if problem.resampling == "case":
        return "case"
    if (
        problem.loss.is_likelihood
    ):  # a resample without any event has no optimum: weights never leave a unit out
        return "bayesian"
    each_is_a_point = problem.n_units == len(problem.y)
    is_residual = problem.loss.name in ("huber", "least_squares")
    rests = each_is_a_point and is_residual and largest > SHARED
    if problem.n_units >= max(FEW_UNITS, POINTS_PER_PARAMETER * p if each_is_a_point else 0) and not rests:
        return "units"
    if not is_residual:
        return "bayesian"
    return "exchanged" if each_is_a_point else "wild"


METHODS = {
    "case": "case bootstrap by point",
    "units": "case bootstrap by unit",
    "exchanged": "wild bootstrap of exchanged residuals (random signs)",
    "wild": "wild cluster bootstrap by unit (Webb weights)",
    "bayesian": "Bayesian bootstrap by unit",
}


def _draw(
    batch: Batch, point: PointFits, seen: Geometry, replicates: Replicates, of: np.ndarray, way: str
) -> dict[int, Draws]:
    sample, p = batch.sample, len(point.theta)
    problems = [sample.problems[i] for i in of]
    degrees = np.array([degrees_of_freedom(q, p) for q in problems])
    n, units, count = sample.n[of], sample.units[of], replicates.count
    shown = degrees if way != "units" else shown_degrees(batch, seen, of, degrees)
    factor = np.stack([replicates.factor(i, int(d)) for d, i in zip(shown, of, strict=True)])
    base = batch.point_weight[:, of, None]
    target = np.where(sample.real, batch.h, 0.0)[:, of, None]
    is_shocked, wider = way in ("wild", "exchanged"), np.ones(len(of) * count)
    if is_shocked:  # shocks grow by the Student factor, and what counts as a large residual with them
        weight, wider = np.broadcast_to(base, (*base.shape[:2], count)), factor.ravel()
        target = shocked(batch, point, seen, replicates, of, factor, way)
    else:
        times = replicates.weights(of, way)
        weight = base * times
    weights, targets = _merged(batch, of, weight, target)
    rows = np.repeat(np.arange(len(of)), count)
    flat_target = np.broadcast_to(targets, weights.shape).reshape(len(weights), -1)
    shift = None
    if batch.prior is not None:  # a prior is a measurement too: its mean varies like one
        shift = np.concatenate([replicates.normals(i, p) for i in of], axis=1)
    lower = opened(batch, seen, of)[:, rows]
    theta, fine = refit(batch, point, of[rows], weights.reshape(len(weights), -1), flat_target, seen.robust,
                        shift=shift, wider=wider, lower=lower)  # fmt: skip
    if way in ("units", "bayesian"):
        own = np.sqrt(np.where(units == n, n / np.maximum(1, n - p), units / np.maximum(1, units - 1)))
        if way == "units" and not sample.loss.is_likelihood:
            single = units == n
            own[single] = calibration(batch, seen, of[single], times[:, single])
        theta = _stretched(
            batch, point.theta[:, of[rows]], theta, (factor * own[:, None]).ravel(), lower, batch.upper[:, of[rows]]
        )  # fmt: skip
    theta, fine = theta.reshape(p, len(of), count), fine.reshape(len(of), count)
    return _collected(batch, point, seen, replicates, of, theta, fine, degrees, way)


def _collected(
    batch: Batch, point: PointFits, seen: Geometry, replicates: Replicates, of: np.ndarray,
    theta: np.ndarray, fine: np.ndarray, degrees: np.ndarray, way: str,
) -> dict[int, Draws]:  # fmt: skip
    kept = [theta[:, i, fine[i]].T for i in range(len(of))]
    limited = [np.ones(len(theta), dtype=bool) for _ in of]
    on_bound = [i for i in range(len(of)) if seen.at_bound[:, of[i]].any() and len(kept[i])]
    if on_bound:
        moved = spread_from_bounds(
            batch, point, seen, of[on_bound], [kept[i] for i in on_bound], degrees[on_bound],
            [replicates.seed(of[i]) for i in on_bound], is_even=way == "exchanged",
        )  # fmt: skip
        for i, (curves, found) in zip(on_bound, moved, strict=True):
            kept[i], limited[i] = curves, found
    out = {}
    for i, problem in enumerate(of):
        natural = batch.natural(kept[i].T[:, None, :], np.array([problem]))[:, 0].T
        good = np.isfinite(natural).all(axis=1)
        text = METHODS[way]
        if way != "case":
            text += f", t scaled with {degrees[i]} degrees of freedom"
        count = int(good.sum())
        out[int(problem)] = Draws(natural[good], f"{text}, {count} replicates", replicates.count - count,
                                  int(degrees[i]), limited[i])  # fmt: skip
    return out


def _merged(
    batch: Batch, of: np.ndarray, weight: np.ndarray, target: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return batch.sample.take(of).merge(weight, target)


def refit(
    batch: Batch, point: PointFits, problem: np.ndarray, weight: np.ndarray, target: np.ndarray | None,
    robust: np.ndarray, *, shift: np.ndarray | None = None, wider: np.ndarray | float = 1.0,
    lower: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Fit rows of ``problem`` (R,) from their point estimates: charted theta (p, R) and whether each converged (R,).

    ``weight`` and ``target`` (m, R) of support points, ``robust`` (P,) the robust standard deviation of each point
    fit's residuals, ``shift`` (p, R) moves the means of priors by that many of their standard deviations, ``wider``
    (R,) says how much larger than the point fit's the residuals of a row are. From a point estimate Newton reaches the
    optimum of a resample directly while a fair share of the residuals lies in the quadratic part; a loss with hardly
    any there has to be approached. ``lower`` (p, R) are bounds beyond the batch's; rows without an optimum there are
    fitted again within the batch's.
    """
    name = batch.sample.problems[0].estimator.name
    is_free = name == "huber_free_scale"
    delta = point.delta[problem] * (1.0 if is_free else wider)
    width = delta * point.spread[problem] * wider if is_free else delta
    of_problems, robust = robust, robust[problem] * wider
    damping = (
        0.0
        if batch.sample.loss.name == "least_squares"
        else 1.0
        if is_free or name == "asymmetric_mae"
        else NEAR
    )
    if name == "huber" and np.median(width / np.maximum(robust, 1e-300)) < 1.0:
        damping = 1.0

    def run(
        at: np.ndarray | slice, start: np.ndarray, loose: np.ndarray, free: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        found = batch.solve(
            problem[at], weight[:, at], start, loose, target=None if target is None else target[:, at],
            is_scale_free=free, damping=damping, noise=point.noise, shift=None if shift is None else shift[:, at],
            lower=None if lower is None else lower[:, at],
        )  # fmt: skip
        return found.theta, found.gradient

    everyone = slice(None)
    each = rows_each(problem)
    is_plain = not is_free and name != "asymmetric_mae" and point.noise is None
    # Compiled, a look at the curve is cheaper than the products that save it.
    is_compiled = solve.is_for_compiled(batch.family, len(problem), len(weight))
    if is_plain and target is not None and each > 1 and not is_compiled and not _looser(width, robust):
        theta, gradient = refit_ahead(batch, point, problem, each, weight, target, delta, damping, lower)
    else:
        theta = point.theta[:, problem]
        for loose in _looser(width, robust):
            theta = run(everyone, theta, np.maximum(loose, width), False)[0]
        theta, gradient = run(everyone, theta, delta, is_free)
    late = np.flatnonzero(gradient > STATIONARY)
    if len(late) and np.isfinite(width[late]).any():  # lead the stragglers in with a looser loss
        start = point.theta[:, problem[late]]
        for loose in [
            *_looser(width[late], robust[late]),
            *(f * width[late] for f in (100.0, 30.0, 10.0, 3.0)),
        ]:
            start = run(late, start, np.maximum(loose, width[late]), False)[0]
        again, slope = run(late, start, delta[late], is_free)
        better = slope < gradient[late]
        theta[:, late] = np.where(better, again, theta[:, late])
        gradient[late] = np.where(better, slope, gradient[late])
    fine = gradient <= (LOST if is_free or name == "asymmetric_mae" else STATIONARY)
    if lower is None:
        return theta, fine
    fine &= np.isfinite(batch.natural(theta, problem)).all(axis=0)
    back = np.flatnonzero(~fine & (lower < batch.lower[:, problem]).any(axis=0))
    if len(back):
        theta[:, back], fine[back] = refit(
            batch, point, problem[back], weight[:, back], None if target is None else target[:, back], of_problems,
            shift=None if shift is None else shift[:, back], wider=np.broadcast_to(wider, len(problem))[back],
        )  # fmt: skip
    return theta, fine


def _looser(width: np.ndarray, robust: np.ndarray) -> Sequence[np.ndarray]:
    """Deltas (R,) to pass through on the way down to a loss that is close to least absolute deviations."""
    found, loose = [], 0.1 * robust
    while (np.isfinite(width) & (loose > 3.0 * width) & (robust > 0)).any():
        found.append(loose)
        loose = loose / 10.0
    return found


def _stretched(
    batch: Batch,
    centre: np.ndarray,
    theta: np.ndarray,
    factor: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
) -> np.ndarray:
    """Replicates (p, R) moved away from the estimate by a factor, along a straight line, between their bounds.

    Factors of the curve move on their log scale. A replicate whose line leaves the bounds stops there with
    all its parameters, so that it stays one possible curve.
    """
    logged = batch.family.logged[:, None]
    with np.errstate(all="ignore"):
        here = np.where(logged, np.log(np.where(logged, centre, 1.0)), centre)
        there = np.where(logged, np.log(np.where(logged, theta, 1.0)), theta)
        step = there - here
        lower = np.where(logged, -np.inf, lower)
        upper = np.where(logged, np.log(np.maximum(upper, 1e-300)), upper)
        room = np.where(step > 0, (upper - here) / step, np.where(step < 0, (lower - here) / step, np.inf))
        scale = np.minimum(factor, np.maximum(1.0, np.min(room, axis=0)))
        moved = np.clip(here + scale * step, lower, upper)
        return np.where(logged, np.exp(moved), moved)
