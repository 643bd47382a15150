"""Where to start: from data, by the linear structure of the family (variable projection).

What belongs here: the closed-form linear part in each cell of a family's grid, and the choice of cells. What does
not: the iteration (``solve``). The linear part minimises the residuals of y times h'(y), which are those of h(y)
to first order: so the best cells lie in the basin of the robust optimum, where Newton works.
"""

import itertools

import numpy as np

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.laws.family import Seen

NUMBERS = 4_000_000  # numbers of a grid's basis functions at once
PROBLEMS = 256  # problems whose grids are laid at once: a family may make large arrays for each


def starts(batch: Batch, weight: np.ndarray, *, is_brief: bool = False) -> np.ndarray:
    """Starts (p, K, P) for every problem of a batch under weights (m, P).

    A start whose curve the residual scale cannot take is drawn towards the level of the data; a problem without
    any cell in which the curve is finite has starts that are not numbers. ``is_brief`` takes only the best cells.
    """
    p, m, y = len(batch.family.parameters), len(batch.weight), batch.seen.y
    parts = []
    with np.errstate(all="ignore"):
        for first in range(0, batch.count, PROBLEMS):
            some = np.arange(first, min(first + PROBLEMS, batch.count))
            cells = batch.family.cells(Seen(batch.z[:, :, some], y[:, some], weight[:, some] > 0))
            cells = np.broadcast_to(cells, (*cells.shape[:2], len(some)))
            size = max(1, NUMBERS // max(1, cells.shape[1] * m * (p + len(batch.family.linear) ** 2)))
            for low in range(0, len(some), size):
                at = some[low : low + size]
                parts.append(_starts(batch, weight[:, at], cells[..., low : low + size], at, is_brief))
    return np.concatenate(parts, axis=-1)


def _starts(
    batch: Batch, weight: np.ndarray, cells: np.ndarray, at: np.ndarray, is_brief: bool
) -> np.ndarray:
    family, p = batch.family, len(batch.family.parameters)
    used = weight > 0
    theta = np.zeros((p, *cells.shape[1:]))
    theta[family.index(family.nonlinear)] = cells
    theta[family.index(family.linear)] = 1.0
    z = batch.z[:, :, None, at]
    dy = np.empty((p, len(weight), *cells.shape[1:]))
    y = np.broadcast_to(family.formula(theta[:, None], z, dy), dy.shape[1:])
    target = batch.target[:, at]
    level = batch.backward(np.sum(weight * target, axis=0) / weight.sum(axis=0))
    if family.linear:
        phi = np.where(used[None, :, None], dy[family.index(family.linear)], 0.0)  # (l, m, G, P)
        size = np.max(np.abs(phi), axis=1)
        keep = np.isfinite(size).all(axis=0) & (size > 0).all(axis=0) & (size < 1e100).all(axis=0)
        value, linear = _project(
            batch, phi / np.where(size > 0, size, 1.0)[:, None], keep, target, weight, at
        )
        theta[family.index(family.linear)] = linear / np.where(size > 0, size, 1.0)
    else:
        eta = batch.sample.scale.raw(y)
        cost = np.where(used[:, None], batch.sample.loss.cost(eta, target[:, None], np.inf), 0.0)
        value = np.einsum("mp,mgp->gp", weight, cost)
        value = np.where(np.isfinite(value), value, np.inf)
    chosen = _choose(value, cells, len(family.nonlinear), is_brief)
    theta = np.take_along_axis(theta, np.broadcast_to(chosen, (p, *chosen.shape)), axis=1)
    theta = _made_feasible(batch, theta, z, weight, level)
    lower, upper = batch.lower[:, None, at], batch.upper[:, None, at]
    return np.where(
        np.isfinite(np.take_along_axis(value, chosen, axis=0)), np.clip(theta, lower, upper), np.nan
    )


def _project(
    batch: Batch, phi: np.ndarray, keep: np.ndarray, target: np.ndarray, weight: np.ndarray, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Best linear parameters in every cell: objectives (G, P) and parameters (l, G, P).

    Parameters bounded by 0 are kept there by trying every support (l parameters, at most 2^l - 1).
    """
    y = batch.backward(target)
    if batch.sample.loss.is_likelihood:
        first = np.ones_like(y)  # a count varies like its mean: a value of 0 does not tell that this is 0
        if batch.sample.scale.name == "log":
            first = 1.0 / np.sqrt(np.maximum(y, 0.25 * np.sum(weight * y, axis=0) / weight.sum(axis=0)))
    else:
        first = np.broadcast_to(batch.sample.scale.slope(y), y.shape)
    root = np.sqrt(weight) * np.where(weight > 0, first, 0.0)
    scaled = np.where(keep, phi, 0.0) * root[:, None]  # (l, m, G, P)
    goal = y * root
    gram = np.einsum("imgp,jmgp->gpij", scaled, scaled)
    moment = np.einsum("imgp,mp->gpi", scaled, goal)
    square = np.sum(goal * goal, axis=0)
    family = batch.family
    bounded = family.lower[family.index(family.linear)] == 0.0
    best = np.full(keep.shape, np.inf)
    linear = np.zeros((*keep.shape, len(phi)))
    for support in itertools.product((True, False), repeat=len(phi)):
        inside = np.array(support)
        if not inside.any() or not (inside | bounded).all():
            continue
        eye = np.eye(int(inside.sum()))
        ridge = (1e-13 * np.trace(gram, axis1=2, axis2=3) + 1e-300)[..., None, None] * eye
        part = np.linalg.solve(gram[..., inside, :][..., inside] + ridge, moment[..., inside, None])[..., 0]
        allowed = ((part >= 0) | ~bounded[inside]).all(axis=-1)
        value = square - np.einsum("gpi,gpi->gp", part, moment[..., inside])
        better = allowed & keep & (value < best)
        best = np.where(better, value, best)
        full = np.zeros_like(linear)
        full[..., inside] = part
        linear = np.where(better[..., None], full, linear)
    return best, np.moveaxis(linear, -1, 0)


def _choose(value: np.ndarray, cells: np.ndarray, free: int, is_brief: bool) -> np.ndarray:
    """Cells to start from (K, P): the best that are not neighbours, then some spread over the grid.

    More of both the more parameters are searched; the spread ones make the hit rate tell something.
    """
    count = len(value)
    best, more = min(8, 2 + 2 * free, count), min(8, 2 * free, count)
    if is_brief:
        best, more = min(1 + free, count), 0
    place = [np.unique(axis[:, 0], return_inverse=True)[1].ravel() for axis in cells]
    near = np.ones((count, count), dtype=bool)
    for axis in place:
        near &= np.abs(axis[:, None] - axis[None]) <= 1
    left, picks = np.array(value), []
    for _ in range(best):
        pick = np.argmin(left, axis=0)
        picks.append(pick)
        left = np.where(near[pick].T, np.inf, left)
    spread = np.linspace(0, count - 1, more).round().astype(int) if more else np.zeros(0, dtype=int)
    return np.concatenate([np.stack(picks), np.broadcast_to(spread[:, None], (more, value.shape[1]))])


def _made_feasible(
    batch: Batch, theta: np.ndarray, z: np.ndarray, weight: np.ndarray, level: np.ndarray
) -> np.ndarray:
    """Starts (p, K, P) whose curves the residual scale can take: drawn towards a constant where they are not."""
    family, scale = batch.family, batch.sample.scale
    linear = family.index(family.linear)
    floor = 1e-6 * np.maximum(np.abs(level), 1e-300)
    for j in np.flatnonzero(family.logged & np.isin(np.arange(len(theta)), linear)):
        theta[j] = np.maximum(theta[j], floor)
    if scale.name == "identity" or not linear:
        return theta
    used = (weight > 0)[:, None]

    def curve(at: np.ndarray) -> np.ndarray:
        dy = np.empty((len(at), len(weight), *at.shape[1:]))
        return np.broadcast_to(family.formula(at[:, None], z, dy), dy.shape[1:])

    def allowed(at: np.ndarray) -> np.ndarray:
        return np.asarray((scale.accepts(curve(at)) | ~used).all(axis=0))

    if np.isneginf(family.lower[linear]).any():  # the first one's basis function is 1 in all such families
        goal = np.zeros_like(theta[linear])
        goal[0] = level
        pending = ~allowed(theta)
        for share in (0.3, 0.6, 0.8, 0.95, 1.0):
            if not pending.any():
                break
            mixed = theta.copy()
            mixed[linear] = (1 - share) * theta[linear] + share * goal
            fine = pending & (allowed(mixed) | (share == 1.0))
            theta = np.where(fine, mixed, theta)
            pending &= ~fine
    elif scale.name == "logit":
        highest = np.max(np.where(used, curve(theta), 0.0), axis=0)
        theta[linear] *= np.where(highest > 0.98, 0.98 / np.maximum(highest, 1e-300), 1.0)
    return theta
