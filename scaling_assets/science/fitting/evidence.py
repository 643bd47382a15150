"""What was measured about a fit: the numbers by which it is trusted or doubted.

What belongs here: measures, on the residual scale, of one converged point fit. What does not: thresholds
on them (gates judge, this room measures).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import f as variance_ratio

from scaling_assets.science.fitting.point import EXACT, Chart, PointFits, fit_points, residuals, robust_sd
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.solve import Points, Rows, solve

OUTLIER = 3.0  # robust standard deviations
WORST = (1, 3, 5, 10)
REPLICATED = 3  # cells with 2 or more units from which on the noise of cells is worth a test


@dataclass(frozen=True, eq=False)
class Geometry:
    """The fit seen from the data: residuals r (n,), leverage (n,), condition number, run noise."""

    residual: np.ndarray
    leverage: np.ndarray
    condition: float
    noise: float
    robust: float
    at_bound: np.ndarray


def geometry(problem: Problem, charted: Chart, point: PointFits) -> Geometry:
    """Linearise the fit at its optimum."""
    family, theta = charted.family, point.theta[0]
    n, p = len(problem.y), len(theta)
    at_bound = (theta <= family.lower) | (theta >= family.upper)
    at_bound &= ~np.array([parameter.positive for parameter in family.parameters])
    with np.errstate(all="ignore"):
        curve, dy = family.evaluate(theta, charted.z)
        slopes = (dy * problem.scale.derivatives(curve)[0])[~at_bound].T
    r = residuals(problem, charted, point.theta[:1])[0]
    norms = np.linalg.norm(slopes, axis=0)
    if not np.isfinite(slopes).all() or (norms <= 1e-12 * np.max(norms, initial=0.0)).any():
        condition, leverage = np.inf, np.ones(n)
    else:
        left, singular, _ = np.linalg.svd(slopes / norms, full_matrices=False)
        condition = float(singular[0] / singular[-1]) if len(singular) and singular[-1] > 0 else np.inf
        leverage = np.einsum("ij,ij->i", left, left)
    robust = float(robust_sd(r[None], np.ones((1, n)), p)[0])
    return Geometry(r, leverage, condition, _noise(r, p, robust), robust, at_bound)


def _noise(r: np.ndarray, p: int, robust: float) -> float:
    """Standard deviation of a unit around the curve.

    From 12 points on, residuals count at most 3 robust deviations, so that one wild run does not widen
    every prediction; the outliers are counted in the evidence.
    """
    n = len(r)
    size = np.minimum(np.abs(r), OUTLIER * robust) if n >= 12 and robust > 0 else np.abs(r)
    return float(np.sqrt(np.sum(size**2) / max(1, n - p)))


def measures(problem: Problem, charted: Chart, point: PointFits, seen: Geometry) -> dict[str, float | None]:
    """Evidence of one fit, apart from bootstrap and back-test. None where it cannot be measured."""
    target = charted.target
    total = float(np.sum((target - target.mean()) ** 2))
    is_exact = seen.robust <= EXACT
    outliers = 0 if is_exact else int(np.sum(np.abs(seen.residual) > OUTLIER * seen.robust))
    standardised = None if seen.noise <= EXACT else float(np.max(np.abs(seen.residual)) / seen.noise)
    unit = charted.y_scale if problem.residuals == "identity" else 1.0
    return {
        "n_parameters": float(point.theta.shape[1]),
        "n_missing": float(problem.n_missing),
        "n_families_tried": float(len(problem.question.families)),
        "hit_rate": float(point.hit_rate[0]),
        "n_starts": float(point.n_starts[0]),
        "objective": _finite(float(point.objective[0])),
        "gradient_norm": float(point.gradient[0]),
        "condition_number": seen.condition if np.isfinite(seen.condition) else None,
        "delta": _finite(
            float(point.delta[0]) * (1.0 if problem.estimator.name == "huber_free_scale" else unit)
        ),
        "free_scale": float(point.spread[0]) * unit if problem.estimator.name == "huber_free_scale" else None,
        "aicc": small_sample_criterion(seen.residual * unit, point.theta.shape[1], EXACT * unit),
        "r2": 1.0 - float(np.sum(seen.residual**2)) / total if total > 0 else None,
        "leverage_max": float(np.max(seen.leverage)),
        "n_outliers": float(outliers),
        "largest_residual": standardised,
        "robust_sd": seen.robust * unit,
        "lag1": _lag1(problem, seen.residual),
        "lack_of_fit_p": lack_of_fit(problem, seen.residual, int(np.sum(~seen.at_bound))),
        **_without_the_worst(problem, charted, point, seen),
        **_floor(problem, charted, point),
    }


def small_sample_criterion(r: np.ndarray, p: int, rounding: float) -> float | None:
    """AICc of normal residuals (n,) on the problem's scale; None from n - 2 parameters on.

    n ln(RSS / n) + 2 k + 2 k (k + 1) / (n - k - 1) with k = p + 1 (the residual variance is one more):
    Hurvich & Tsai (1989), Biometrika 76. Laws of one problem share the scale and may be
    compared by it; residuals below ``rounding`` are equally good.
    """
    n, k = len(r), p + 1
    if n <= k + 1:
        return None
    variance = max(float(np.mean(r**2)), float(np.square(rounding)))  # inf, not an error, from overflow
    return n * float(np.log(variance)) + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def lack_of_fit(problem: Problem, r: np.ndarray, free: int) -> float | None:
    """Probability of residuals r (n,) whose cell means lie this far from 0, were the law of the right form.

    The classical lack-of-fit F test on the residual scale (Draper & Smith 1998, Applied Regression Analysis,
    section 2.1): sum n_c mean_c^2 / (m - p) against the spread of units inside their cells, with m cells and
    p ``free`` parameters. None without REPLICATED cells of 2 or more units, or with as many parameters as
    cells. A gross outlier raises the noise with the misfit: it hides a wrong form, never makes one up.
    """
    _, cell = np.unique(problem.x, axis=0, return_inverse=True)
    _, unit = np.unique(problem.unit.astype(str), return_inverse=True)
    pairs, member = np.unique(np.stack([cell.ravel(), unit]), axis=1, return_inverse=True)
    own = np.bincount(member.ravel(), r) / np.bincount(member.ravel())  # one value a unit and cell
    where = pairs[0]
    sizes = np.bincount(where)
    means = np.bincount(where, own) / sizes
    between, within = len(sizes) - free, len(own) - len(sizes)
    if int(np.sum(sizes >= 2)) < REPLICATED or between < 1:
        return None
    misfit = float(np.sum(sizes * means**2)) / between
    noise = max(float(np.sum((own - means[where]) ** 2)) / within, EXACT**2)
    found = float(variance_ratio.sf(misfit / noise, between, within))
    return found if np.isfinite(found) else None


def _lag1(problem: Problem, r: np.ndarray) -> float | None:
    """Correlation of mean residuals of neighbouring scales: a wrong form leaves a pattern."""
    if problem.x.shape[1] != 1:
        return None
    _, level = np.unique(problem.x[:, 0], return_inverse=True)
    means = np.bincount(level, r) / np.bincount(level)
    square = float(np.sum((means - means.mean()) ** 2))
    centred = means - means.mean()
    return float(np.sum(centred[1:] * centred[:-1]) / square) if len(means) >= 4 and square > 0 else None


def _without_the_worst(
    problem: Problem, charted: Chart, point: PointFits, seen: Geometry
) -> dict[str, float | None]:
    """The main parameter (first exponent, else the last parameter) as the worst points go."""
    family, n, p = charted.family, len(problem.y), point.theta.shape[1]
    main = next((i for i, q in enumerate(family.parameters) if q.role == "exponent"), p - 1)
    out: dict[str, float | None] = {f"main_without_worst_{k}": None for k in WORST}
    order = np.argsort(-np.abs(seen.residual), kind="stable")
    counts = [k for k in WORST if n - k >= max(family.min_points, p + 2)]
    weight = np.ones((len(counts), n))
    for row, k in enumerate(counts):
        weight[row, order[:k]] = 0.0
    counts, weight = _fittable(problem, family.min_scales, counts, weight)
    if not counts:
        return out
    solution = solve(family, problem.scale, Points(charted.z[None], charted.target[None]), Rows(
        problem=np.zeros(len(counts), dtype=int),
        weight=weight,
        start=np.repeat(point.theta[:1], len(counts), axis=0),
        lower=np.broadcast_to(family.lower, (len(counts), p)),
        upper=np.broadcast_to(family.upper, (len(counts), p)),
        delta=np.full(len(counts), point.delta[0]),
        is_scale_free=problem.estimator.name == "huber_free_scale",
    ))  # fmt: skip
    natural = charted.natural(solution.theta)
    for row, k in enumerate(counts):
        if solution.gradient[row] < 1e-3:
            out[f"main_without_worst_{k}"] = _finite(float(natural[row, main]))
    return out


def _fittable(
    problem: Problem, scales: int, counts: list[int], weight: np.ndarray
) -> tuple[list[int], np.ndarray]:
    fine = [min(len(np.unique(c[w > 0])) for c in problem.x.T) >= scales for w in weight]
    return [k for k, good in zip(counts, fine, strict=True) if good], weight[np.array(fine, dtype=bool)]


def _floor(problem: Problem, charted: Chart, point: PointFits) -> dict[str, float | None]:
    """How far the objective rises when the floor is held at 0, and the floor against the lowest value."""
    family = charted.family
    floors = [i for i, q in enumerate(family.parameters) if q.role == "floor"]
    if not floors:
        return {}
    upper = family.upper.copy()
    upper[floors] = 0.0
    without = fit_points(problem, charted, np.ones((1, len(problem.y))), upper=upper)
    estimate = float(point.theta[0, floors[0]] * charted.y_scale)
    lowest = float(np.min(problem.y))
    return {
        "floor_share_of_lowest": estimate / lowest if lowest > 0 else None,
        "objective_without_floor": _finite(float(without.objective[0])),
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
