"""The one solver: many small robust curve fits at once.

What belongs here: the rows to fit, the iteration in numpy. What does not: where rows come from (``starts``,
``resample``, ``backtest``) and what their results mean (``point``, ``evidence``). A *row* is one fit: a start, a
bootstrap replicate, a rolling origin, a problem, in any mixture.

Each step solves (H + lambda M) step = g with the exact gradient g and Hessian H of sum w loss(eta); the metric M is
that of the loss's majorising quadratic (for Huber's loss iteratively reweighted least squares), so large lambda is
a safe step and lambda = 0 is Newton's. Box bounds are kept by projection: a parameter on its bound that wants to
leave is held there. Free-scale rows minimise the joint negative log-likelihood sum huber_delta(r / s) + W ln s,
with the scale s set to its own optimum after each step.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from scaling_assets.science.fitting.backend import Backend, is_compiled_worth_it
from scaling_assets.science.fitting.layout import Layout
from scaling_assets.science.fitting.losses import Loss
from scaling_assets.science.fitting.newton import Newton
from scaling_assets.science.fitting.scale import ResidualScale
from scaling_assets.science.laws import Family

FIRST = 8  # steps after which the rows that still move are gathered: small batches cost as much as large ones
AGAIN = 1e-2  # their damping then
CHUNK_NUMBERS = 150_000  # numbers in a chunk's gradient: about what stays in a core's cache


@dataclass(frozen=True, eq=False)
class Points:
    """The data of P problems, padded to one length: z (k, n, P) and targets (n, P)."""

    z: np.ndarray
    target: np.ndarray


@dataclass(frozen=True, eq=False)
class Rows:
    """What to fit, one entry a fit along the last axis.

    ``problem`` (R,) says whose points; ``weight`` (n, R) counts each point (0 = not used); ``start``,
    ``lower``, ``upper`` (p, R); ``delta`` (R,) in residual units, or in units of the free scale;
    ``target`` (n, R) replaces the problem's targets (wild bootstrap). ``damping`` is the first lambda: 1 for
    starts that may be far away, 0 for those that are near an optimum. ``prior`` (2, p, R) holds mean and
    precision of a normal prior on the searched scale (ln for positive parameters), in units of the objective.
    A row whose objective at ``start`` is above ``ceiling`` (R,) goes back to ``origin`` (p, R) and starts from there
    (numpy only).
    """

    problem: np.ndarray
    weight: np.ndarray
    start: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    delta: np.ndarray
    is_scale_free: bool = False
    target: np.ndarray | None = None
    damping: float = 1.0
    prior: np.ndarray | None = None
    origin: np.ndarray | None = None
    ceiling: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Solution:
    """Where each row ended: theta (p, R), objective, projected relative gradient, free scale, iterations (R,).

    ``objective`` is the sum of losses (for free-scale rows the joint sum without its constant W ln Z);
    ``gradient`` the largest cosine between the pulls of the points and a parameter that is free to move.
    """

    theta: np.ndarray
    objective: np.ndarray
    gradient: np.ndarray
    spread: np.ndarray
    iterations: np.ndarray = field(repr=False)


def solve(
    family: Family,
    scale: ResidualScale,
    loss: Loss,
    points: Points,
    rows: Rows,
    *,
    max_iterations: int = 80,
    backend: Backend = "auto",
) -> Solution:
    """Minimise every row's objective from its start. Infeasible starts come back with objective inf.

    ``backend``: "numpy", "compiled" (needs the extra ``fast``) or "auto", which takes the compiled one when the work
    repays getting it ready; both take the same steps. Free-scale rows and families that are not compilable are
    always numpy's.

    Raises:
        ModuleNotFoundError: the compiled backend is asked for and numba is not installed.
        WrongFamily: the family says that its formula compiles, and it does not.
    """
    count = rows.start.shape[1]
    if _is_for_compiled(family, rows, backend):
        return _compiled(family, scale, loss, points, rows, max_iterations)
    out = Solution(np.array(rows.start, dtype=float), np.full(count, np.inf), np.full(count, np.inf),
                   np.ones(count), np.zeros(count, dtype=int))  # fmt: skip
    if count == 0:
        return out
    used = (rows.weight > 0).sum(axis=0)
    left, done = np.arange(count), 0
    with np.errstate(all="ignore"):  # overflow is a result here: the row's objective is infinite
        for limit in (min(FIRST, max_iterations), max_iterations - FIRST):
            left = _pass(family, scale, loss, points, rows, left, used, limit, done, out)
            done += limit
            if not len(left) or done >= max_iterations:
                break
            rows = replace(rows, start=out.theta, damping=AGAIN, origin=None, ceiling=None)
    return out


def is_for_compiled(family: Family, rows: int, points: int) -> bool:
    """True when so many rows of so many points are left to the compiled backend."""
    return family.is_compilable and rows > 0 and is_compiled_worth_it(family, rows, points)


def _is_for_compiled(family: Family, rows: Rows, backend: Backend) -> bool:
    if backend == "numpy" or rows.is_scale_free or rows.origin is not None or not family.is_compilable:
        return False
    count = rows.start.shape[1]
    return count > 0 and (backend == "compiled" or is_for_compiled(family, count, len(rows.weight)))


def _compiled(
    family: Family, scale: ResidualScale, loss: Loss, points: Points, rows: Rows, max_iterations: int
) -> Solution:
    from scaling_assets.science.fitting import compiled  # imports numba: only where it is used

    theta, (objective, gradient, iterations) = compiled.minimise(
        family, scale, loss, points, rows, first=FIRST, again=AGAIN, max_iterations=max_iterations
    )
    return Solution(theta, objective, gradient, np.ones(len(objective)), iterations.astype(int))


def _pass(
    family: Family, scale: ResidualScale, loss: Loss, points: Points, rows: Rows,
    which: np.ndarray, used: np.ndarray, limit: int, done: int, out: Solution,
) -> np.ndarray:  # fmt: skip
    """Take these rows at most ``limit`` steps on; returns the ones that still move."""
    size = max(1, CHUNK_NUMBERS // max(1, len(out.theta) * int(used[which].max(initial=1))))
    moving = []
    for low in range(0, len(which), size):
        at = which[low : low + size]
        newton = _chunk(family, scale, loss, points, rows, at, int(used[at].max(initial=1)))
        newton.run(limit)
        found = newton.result
        out.theta[:, at], out.objective[at], out.gradient[at] = found.theta, found.objective, found.gradient
        out.spread[at], out.iterations[at] = found.spread, done + found.iterations
        moving.append(at[~found.stopped])
    return np.concatenate(moving)


def _chunk(
    family: Family, scale: ResidualScale, loss: Loss, points: Points, rows: Rows, at: np.ndarray, used: int
) -> Newton:
    """These rows with only the points that they use, as far as that is fewer."""
    weight = rows.weight[:, at].astype(float)
    problem = rows.problem[at]
    target, whose = (points.target, problem) if rows.target is None else (rows.target, at)
    counts = (weight > 0).sum(axis=0)
    lay = Layout(used)
    if counts.min() < len(weight):
        order, weight = _gathered(weight, counts, max(1, used))
        z, target = points.z[:, order, problem], target[order, whose]
    else:
        is_shared = bool((problem == problem[0]).all())
        z, target = points.z[:, :, problem[:1] if is_shared else problem], target[:, whose]
    return Newton(
        family, scale, loss, lay,
        z=lay.of_points_first(z), target=lay.of_points_first(target), weight=lay.of_points_first(weight),
        start=np.clip(rows.start[:, at], rows.lower[:, at], rows.upper[:, at]),
        lower=rows.lower[:, at], upper=rows.upper[:, at], delta=rows.delta[at],
        is_scale_free=rows.is_scale_free, damping=rows.damping,
        prior=None if rows.prior is None else rows.prior[..., at],
        origin=None if rows.origin is None else rows.origin[:, at],
        ceiling=None if rows.ceiling is None else rows.ceiling[at],
    )  # fmt: skip


def _gathered(weight: np.ndarray, counts: np.ndarray, used: int) -> tuple[np.ndarray, np.ndarray]:
    """Which points each row uses (used, R), its first one again to fill up, and their weights, 0 for the filling."""
    row, point = np.nonzero(weight.T > 0)
    first = np.cumsum(counts) - counts
    place = np.arange(len(row)) - first[row]
    order = np.zeros((len(counts), used), dtype=np.intp)
    order[counts > 0] = point[first[counts > 0]][:, None]
    order[row, place] = point
    kept = np.zeros((len(counts), used))
    kept[row, place] = weight[point, row]
    return order.T, kept.T
