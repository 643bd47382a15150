"""What was measured about a fit: the numbers by which it is trusted or doubted.

What belongs here: measures, on the residual scale, of converged point fits, for a whole batch. What does not:
thresholds on them (gates judge, this room measures).
"""

import numpy as np
from scipy.special import fdtrc

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.cells import Cells
from scaling_assets.science.fitting.geometry import OUTLIER, Geometry
from scaling_assets.science.fitting.point import EXACT, PointFits, fit_points
from scaling_assets.science.fitting.profile import floor_profile
from scaling_assets.science.fitting.sample import Sample
from scaling_assets.science.fitting.serial import serial_correlation_p

WORST = (1, 3, 5, 10)
REPLICATED = 3  # cells with 2 or more units from which on the noise of cells is worth a test

Measures = dict[str, np.ndarray]


def measures(batch: Batch, point: PointFits, seen: Geometry, cells: Cells) -> Measures:
    """Evidence of every fit of a batch, apart from bootstrap and back-test: name -> (P,), NaN where not measurable."""
    sample, p = batch.sample, len(point.theta)
    real, n, unit = sample.real, sample.n, batch.residual_unit
    eta = np.where(real, batch.eta_seen, 0.0)
    total = np.sum(np.where(real, eta - eta.sum(axis=0) / n, 0.0) ** 2, axis=0)
    rss = np.sum(seen.residual**2, axis=0)
    is_exact = seen.robust <= EXACT
    largest = np.max(np.abs(seen.residual), axis=0)
    is_free = sample.problems[0].estimator.name == "huber_free_scale"
    free = p - seen.at_bound.sum(axis=0)
    criterion = small_sample_criterion(rss / n * unit**2, n, p, EXACT * unit)
    if sample.loss.is_likelihood:
        criterion, total, rss = _of_likelihood(batch, point)
    with np.errstate(all="ignore"):
        out = {
            "n_parameters": np.full(batch.count, float(p)),
            "n_missing": np.array([float(q.n_missing) for q in sample.problems]),
            "n_families_tried": np.array([float(len(q.question.families)) for q in sample.problems]),
            "hit_rate": point.hit_rate,
            "n_starts": point.n_starts.astype(float),
            "objective": point.objective,
            "gradient_norm": point.gradient,
            "condition_number": seen.condition,
            "delta": point.delta * (1.0 if is_free else unit),
            "free_scale": point.spread * unit if is_free else np.full(batch.count, np.nan),
            "n_bounds_hit": seen.at_bound.sum(axis=0).astype(float),
            "aicc": criterion,
            "r2": np.where(total > 0, 1.0 - rss / total, np.nan),
            "leverage_max": np.max(seen.leverage, axis=0),
            "n_outliers": np.where(
                is_exact, 0.0, np.sum(np.abs(seen.residual) > OUTLIER * seen.robust, axis=0)
            ),
            "largest_residual": np.where(seen.noise > EXACT, largest / seen.noise, np.nan),
            "robust_sd": seen.robust * unit,
            "lag1": _lag1(sample, cells, seen.residual),
            "lack_of_fit_p": lack_of_fit(cells, seen.residual, free),
            "replicate_sd": _replicate_sd(cells, seen.residual) * unit,
        }
    out["serial_correlation_p"] = _serial(batch, seen, cells)
    return (
        out
        | _without_the_worst(batch, point, seen)
        | _floor(batch, point)
        | floor_profile(batch, point, seen)
    )


def _of_likelihood(batch: Batch, point: PointFits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """AICc, the deviance of one rate for all points, and the fit's deviance (P,)."""
    sample, p, n = batch.sample, len(point.theta), batch.sample.n
    weight = np.where(sample.real, batch.point_weight, 0.0)
    mean = np.sum(weight * batch.h, axis=0) / weight.sum(axis=0)
    cost = sample.loss.cost(sample.scale.forward(np.broadcast_to(mean, batch.h.shape)), batch.h, 1.0)
    left = np.where(n > p + 1, n - p - 1, np.nan)
    deviance = 2.0 * point.objective
    return (
        deviance + 2 * p + 2 * p * (p + 1) / left,
        2.0 * np.sum(np.where(sample.real, weight * cost, 0.0), axis=0),
        deviance,
    )


def small_sample_criterion(variance: np.ndarray, n: np.ndarray, p: int, rounding: np.ndarray) -> np.ndarray:
    """AICc of normal residuals on the problem's scale (P,); NaN from n - 2 parameters on.

    n ln(RSS / n) + 2 k + 2 k (k + 1) / (n - k - 1) with k = p + 1 (the residual variance is one more):
    Hurvich & Tsai (1989), Biometrika 76. Laws of one problem share the scale and may be
    compared by it; residuals below ``rounding`` are equally good.
    """
    k = p + 1
    left = np.where(n > k + 1, n - k - 1, np.nan)
    return n * np.log(np.maximum(variance, rounding**2)) + 2 * k + 2 * k * (k + 1) / left


def lack_of_fit(cells: Cells, r: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Probability of residuals r (n, P) whose cell means lie this far from 0, were the law of the right form: (P,).

    The classical lack-of-fit F test on the residual scale (Draper & Smith 1998, Applied Regression Analysis,
    section 2.1): sum n_c mean_c^2 / (m - p) against the spread of units inside their cells, with m cells and
    p ``free`` parameters. NaN without REPLICATED cells of 2 or more units, or with as many parameters as
    cells. A gross outlier raises the noise with the misfit: it hides a wrong form, never makes one up.
    """
    _, means, sizes = cells.means(r)
    between = cells.per_problem(np.ones_like(means)) - free
    square, within = _within(cells, r)
    misfit = cells.per_problem(sizes * means**2) / np.maximum(between, 1)
    noise = np.maximum(square / np.maximum(within, 1), EXACT**2)
    found = fdtrc(np.maximum(between, 1), np.maximum(within, 1), misfit / noise)
    testable = (cells.per_problem(sizes >= 2) >= REPLICATED) & (between >= 1) & (within >= 1)
    return np.where(testable & np.isfinite(found), found, np.nan)


def _within(cells: Cells, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of squares of units inside their cells, and its degrees of freedom (P,)."""
    own, means, sizes = cells.means(r)
    square = np.bincount(cells.value_cell, (own - means[cells.value_cell]) ** 2)
    return cells.per_problem(square), cells.per_problem(sizes - 1)


def _replicate_sd(cells: Cells, r: np.ndarray) -> np.ndarray:
    """Standard deviation between units of one cell: run-to-run noise, whatever the law (P,)."""
    square, degrees = _within(cells, r)
    return np.where(degrees >= 1, np.sqrt(square / np.maximum(degrees, 1)), np.nan)


def _lag1(sample: Sample, cells: Cells, r: np.ndarray) -> np.ndarray:
    """Correlation of mean residuals of neighbouring scales: a wrong form leaves a pattern (P,)."""
    if len(sample.x) != 1:
        return np.full(cells.count, np.nan)
    _, means, _ = cells.means(r)
    count = cells.per_problem(np.ones_like(means))
    centred = means - (cells.per_problem(means) / np.maximum(count, 1))[cells.cell_problem]
    square = cells.per_problem(centred**2)
    follows = np.append(cells.cell_problem[1:] == cells.cell_problem[:-1], False)
    product = cells.per_problem(np.where(follows, centred * np.roll(centred, -1), 0.0))
    return np.where((count >= 4) & (square > 0), product / np.where(square > 0, square, 1.0), np.nan)


def _serial(batch: Batch, seen: Geometry, cells: Cells) -> np.ndarray:
    """How usual neighbouring cells as alike as these residuals are (P,), on one axis."""
    sample, p = batch.sample, len(seen.slopes)
    free = ~(seen.at_bound | batch.pinned)
    asked = np.isfinite(seen.condition) & free.any(axis=0)
    found = np.full(batch.count, np.nan)
    if len(sample.x) != 1 or not asked.any():
        return found
    root = np.sqrt(np.where(sample.real, batch.point_weight, 0.0))
    slopes = np.where(free[:, None] & asked, seen.slopes, 0.0)
    present, number = cells.flat(sample.real), cells.point_cell
    sizes = np.bincount(number, present)
    kept = sizes > 0  # a cell without a point of weight has no place
    before: np.ndarray = np.cumsum(kept) - kept
    owner = cells.cell_problem[kept]
    place: np.ndarray = before[kept] - before[cells.first_cell][owner]
    count = np.bincount(owner, minlength=batch.count)
    means = np.zeros((p + 1, batch.count, int(count.max())))
    for out, values in zip(means, (seen.residual, *slopes), strict=True):
        total = np.bincount(number, np.where(present, cells.flat(values * root), 0.0))
        out[owner, place] = total[kept] / sizes[kept]
    p_values = serial_correlation_p(means[0], means[1:].transpose(1, 2, 0), count)
    return np.where(asked, p_values, np.nan)


def _without_the_worst(batch: Batch, point: PointFits, seen: Geometry) -> Measures:
    """The main parameter (first exponent, else the last parameter) as the worst points go."""
    family, sample, p = batch.family, batch.sample, len(point.theta)
    main = next((i for i, q in enumerate(family.parameters) if q.role == "exponent"), p - 1)
    size = np.where(sample.real, np.abs(seen.residual), -np.inf)
    rank = np.argsort(np.argsort(-size, axis=0, kind="stable"), axis=0)
    least = max(family.min_points, p + 2)
    out = {}
    for k in WORST:
        kept = sample.real & (rank >= k)
        enough = (sample.n - k >= least) & (_scales(sample, kept) >= family.min_scales)
        found = np.full(batch.count, np.nan)
        at = np.flatnonzero(enough & np.isfinite(point.gradient))
        if len(at):
            weight = np.where(kept, batch.point_weight, 0.0)
            weights, targets = sample.merge(weight[..., None], np.where(sample.real, batch.h, 0.0)[..., None])
            is_free = sample.problems[0].estimator.name == "huber_free_scale"
            done = batch.solve(
                at, weights[:, at, 0], point.theta[:, at], point.delta[at], target=targets[:, at, 0],
                is_scale_free=is_free, damping=1e-2,
            )  # fmt: skip
            natural = batch.natural(done.theta, at)[main]
            found[at] = np.where(done.gradient < 1e-3, natural, np.nan)
        out[f"main_without_worst_{k}"] = found
    return out


def _scales(sample: Sample, kept: np.ndarray) -> np.ndarray:
    """Distinct values on the axis that has the fewest, among the points kept (n, P): (P,)."""
    fewest = np.full(kept.shape[1], np.inf)
    for axis in sample.x:
        ordered = np.sort(np.where(kept, axis, np.inf), axis=0)
        new = np.isfinite(ordered)
        new[1:] &= np.diff(ordered, axis=0) > 0
        fewest = np.minimum(fewest, new.sum(axis=0))
    return fewest


def _floor(batch: Batch, point: PointFits) -> Measures:
    """How far the objective rises when the floor is held at 0, and the floor against the lowest value."""
    family = batch.family
    floors = [i for i, q in enumerate(family.parameters) if q.role == "floor" and q.lower == 0.0]
    if not floors:
        return {}
    upper = batch.upper.copy()
    upper[floors] = np.maximum(0.0, batch.lower[floors])
    without = fit_points(batch, upper=upper, is_brief=True)
    lowest = np.min(np.where(batch.sample.real, batch.sample.y, np.inf), axis=0)
    with np.errstate(all="ignore"):
        share = point.theta[floors[0]] * batch.y_scale / lowest
    return {
        "floor_share_of_lowest": np.where(lowest > 0, share, np.nan),
        "objective_without_floor": without.objective,
    }
