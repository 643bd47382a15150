"""The profile of the floor: how far it can go before the data object.

What belongs here: interval ends of a floor by the profile of the loss. What does not: draws (``resample``), limits of
parameters on their bounds (``at_bound``).

The floor is the least identified part of a law: the curve bends towards it only beyond the data. Its profile
interval is the set of values at which 2 (f(E) - f(best)) / c stays below the squared Student quantile, f at its best
over all other parameters (Venzon & Moolgavkar 1988, Applied Statistics 37). c is the mean square of the scores over
the mean curvature of the loss (Kent 1982, Biometrika 69): the noise variance under least squares.
"""

import numpy as np
from scipy.special import stdtrit

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.geometry import Geometry
from scaling_assets.science.fitting.point import PointFits

SHARES = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.86, 0.91, 0.95, 0.98, 1.0])
LOOSE = 1e-3  # relative gradient at which a point of the profile still counts


def floor_profile(batch: Batch, point: PointFits, seen: Geometry) -> dict[str, np.ndarray]:
    """Ends of each problem's floor (P,) in declared units, NaN where the profile does not reach so far.

    ``floor_profile_low`` of 0 says that no floor at all agrees with the data, ``floor_profile_high`` NaN that the
    data do not bound it below their lowest value.
    """
    at = [i for i, q in enumerate(batch.family.parameters) if q.role == "floor" and q.lower == 0.0]
    if not at or batch.sample.problems[0].estimator.name in ("huber_free_scale", "asymmetric_mae"):
        return {}
    j, best = at[0], point.theta
    lowest = np.min(np.where(batch.sample.real, batch.sample.y, np.inf), axis=0) / batch.y_scale
    room = np.isfinite(point.objective) & (lowest > 0) & (best[j] < lowest) & ~batch.pinned[j]
    of = np.flatnonzero(room)
    low, high = np.full(batch.count, np.nan), np.full(batch.count, np.nan)
    if len(of):
        low[of], high[of] = _ends(batch, point, seen, of, j, lowest[of])
    return {"floor_profile_low": low * batch.y_scale, "floor_profile_high": high * batch.y_scale}


def _ends(
    batch: Batch, point: PointFits, seen: Geometry, of: np.ndarray, j: int, lowest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    here = point.theta[j, of]
    down = here * (1.0 - SHARES[1:, None])[::-1]  # from 0 up to the estimate
    up = here + (lowest * (1.0 - 1e-6) - here) * SHARES[1:, None]
    value = np.concatenate([down, here[None], up])
    rows = np.tile(np.arange(len(of)), len(value))
    start = point.theta[:, of[rows]]
    lower, upper = batch.lower[:, of[rows]].copy(), batch.upper[:, of[rows]].copy()
    start[j] = lower[j] = upper[j] = value.ravel()
    found = batch.solve(
        of[rows], batch.weight[:, of[rows]], start, point.delta[of[rows]], lower=lower, upper=upper, damping=1e-2,
        noise=point.noise,
    )  # fmt: skip
    f = np.where(found.gradient <= LOOSE, found.objective, np.inf).reshape(value.shape)
    middle = len(down)
    rise = np.maximum(f - f[middle], 0.0)
    reach = np.sqrt(2.0 * rise / _worth(batch, point, seen, of))
    degrees = np.maximum(1, batch.sample.n[of] - len(point.theta))
    level = np.array([batch.sample.problems[i].question.level for i in of])
    goal = stdtrit(degrees.astype(float), 0.5 + level / 2)
    low, high = np.full(len(of), np.nan), np.full(len(of), np.nan)
    for i in range(len(of)):
        below = np.maximum.accumulate(reach[: middle + 1, i][::-1])
        low[i] = _crossing(value[: middle + 1, i][::-1], below, goal[i], at_end=0.0)
        above = np.maximum.accumulate(reach[middle:, i])
        high[i] = _crossing(value[middle:, i], above, goal[i], at_end=np.nan)
    return low, high


def _crossing(value: np.ndarray, reach: np.ndarray, goal: float, at_end: float) -> float:
    """The value at which an ascending reach passes the goal; ``at_end`` where it never does."""
    if not reach[-1] >= goal:
        return at_end
    k = int(np.argmax(reach >= goal))
    if not np.isfinite(reach[k]):
        return float(value[k - 1])
    share = (goal - reach[k - 1]) / (reach[k] - reach[k - 1])
    return float(value[k - 1] + share * (value[k] - value[k - 1]))


def _worth(batch: Batch, point: PointFits, seen: Geometry, of: np.ndarray) -> np.ndarray:
    """What the loss is worth of a squared t (P,): mean square of the scores over mean curvature."""
    if batch.sample.loss.is_likelihood:
        return np.ones(len(of))
    r, real = seen.residual[:, of], batch.sample.real[:, of]
    weight = np.where(real, batch.point_weight[:, of], 0.0)
    delta = np.minimum(point.delta[of], 1e300)
    score = np.sum(weight * np.clip(r, -delta, delta) ** 2, axis=0)
    inside = np.sum(weight * (np.abs(r) <= delta), axis=0) / weight.sum(axis=0)
    degrees = np.maximum(1, batch.sample.n[of] - len(point.theta))
    return np.maximum(score / degrees / np.maximum(inside, 1.0 / len(r)), 1e-18)
