"""Where to start: from data, by the linear structure of the family (variable projection).

What belongs here: the closed-form linear part in each cell of a family's grid, and the choice of cells. What does
not: the iteration (``solve``). The linear part minimises the residuals of y times h'(y), which are those of h(y)
to first order: so the best cells lie in the basin of the robust optimum, where Newton works.
"""

import itertools
import math
from functools import cache

import numpy as np

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.laws.family import Family, Seen
from scaling_assets.science.laws.grid import undercut

NUMBERS = 600_000  # numbers of a grid's basis functions at once: about what stays in a cache
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
            shape = cells.shape[1:-1]
            cells = cells.reshape(len(cells), math.prod(shape), cells.shape[-1])
            cells = np.broadcast_to(cells, (*cells.shape[:2], len(some)))
            size = max(1, NUMBERS // max(1, cells.shape[1] * m * (p + len(batch.family.linear) ** 2)))
            for low in range(0, len(some), size):
                at = some[low : low + size]
                parts.append(_starts(batch, weight[:, at], cells[..., low : low + size], shape, at, is_brief))
    return np.concatenate(parts, axis=-1)


def _starts(
    batch: Batch,
    weight: np.ndarray,
    cells: np.ndarray,
    shape: tuple[int, ...],
    at: np.ndarray,
    is_brief: bool,
) -> np.ndarray:
    family, p = batch.family, len(batch.family.parameters)
    used = weight > 0
    theta = np.zeros((p, *cells.shape[1:]))
    theta[family.index(family.nonlinear)] = cells
    theta[family.index(family.linear)] = 1.0
    z = batch.z[:, :, None, at]
    target = batch.target[:, at]
    level = batch.backward(np.sum(weight * target, axis=0) / weight.sum(axis=0))
    if family.linear:
        columns, which = _columns(batch, theta, z)  # (C, m, P), (l, G)
        columns = np.where(used, columns, 0.0)
        size = np.max(np.abs(columns), axis=1)
        keep = np.isfinite(size) & (size > 0) & (size < 1e100)
        size = np.where(keep, size, 1.0)
        columns = np.where(keep[:, None], columns, 0.0) / size[:, None]
        value, linear = _project(batch, columns, which, keep[which].all(axis=0), target, weight)
        theta[family.index(family.linear)] = linear / size[which]
    else:
        dy = np.empty((p, len(weight), *cells.shape[1:]))
        y = np.broadcast_to(family.formula(theta[:, None], z, dy), dy.shape[1:])
        eta = batch.sample.scale.raw(y)
        cost = np.where(used[:, None], batch.sample.loss.cost(eta, target[:, None], np.inf), 0.0)
        value = np.einsum("mp,mgp->gp", weight, cost)
        value = np.where(np.isfinite(value), value, np.inf)
    chosen = _choose(value, shape, len(family.nonlinear), is_brief)
    theta = np.take_along_axis(theta, np.broadcast_to(chosen, (p, *chosen.shape)), axis=1)
    theta = _made_feasible(batch, theta, z, weight, level)
    lower, upper = batch.lower[:, None, at], batch.upper[:, None, at]
    return np.where(
        np.isfinite(np.take_along_axis(value, chosen, axis=0)), np.clip(theta, lower, upper), np.nan
    )


def _columns(batch: Batch, theta: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Basis functions of the linear parameters at theta (p, G, P): the different ones (C, m, P), whose is which (l, G).

    On a grid that all problems share, one that depends on few parameters is the same in many cells.
    """
    family, count = batch.family, theta.shape[1]
    columns, which, total = [], [], 0
    if _is_shared(family) and family.depends is not None:
        for name in family.linear:
            first, place = _repeated(family, family.depends[name])
            columns.append(_basis(family, theta[:, first], z)[family.names.index(name)])
            which.append(place + total)
            total += len(first)
    else:
        columns = list(_basis(family, theta, z)[family.index(family.linear)])
        which = list(np.arange(len(columns) * count).reshape(len(columns), count))
    return np.concatenate(columns, axis=1).transpose(1, 0, 2), np.array(which)


def _is_shared(family: Family) -> bool:
    """True when the cells are the product of the family's grids, the same for all problems."""
    return type(family).cells is Family.cells


@cache
def _repeated(family: Family, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Cells (C,) of the product grid that hold all values of these parameters, and which of them each cell has (G,)."""
    lengths = [len(values) for values in family.grids.values()]
    at = np.indices(lengths).reshape(len(lengths), -1)
    is_kept = np.array([name in names for name in family.grids])
    kept = [length for length, keep in zip(lengths, is_kept, strict=True) if keep]
    place = np.ravel_multi_index(tuple(at[is_kept]), kept) if kept else np.zeros(at.shape[1], dtype=int)
    return np.flatnonzero((at[~is_kept] == 0).all(axis=0)), place


def _basis(family: Family, theta: np.ndarray, z: np.ndarray) -> np.ndarray:
    dy = np.empty((len(theta), z.shape[1], *theta.shape[1:]))
    family.formula(theta[:, None], z, dy)
    return dy


def _project(
    batch: Batch,
    columns: np.ndarray,
    which: np.ndarray,
    keep: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Best linear parameters in every cell: objectives (G, P) and parameters (l, G, P).

    ``which`` (l, G) of the basis functions ``columns`` (C, m, P) a cell has. Parameters bounded by 0 are kept there by
    trying every support (l parameters, at most 2^l - 1).
    """
    y = batch.backward(target)
    if batch.sample.loss.is_likelihood:
        first = np.ones_like(y)  # a count varies like its mean: a value of 0 does not tell that this is 0
        if batch.sample.scale.name == "log":
            first = 1.0 / np.sqrt(np.maximum(y, 0.25 * np.sum(weight * y, axis=0) / weight.sum(axis=0)))
    else:
        first = np.broadcast_to(batch.sample.scale.slope(y), y.shape)
    root = np.sqrt(weight) * np.where(weight > 0, first, 0.0)
    columns, goal = columns * root, y * root
    gram = _gram(columns, which)
    moment = np.einsum("cmp,mp->cp", columns, goal)[which]  # (l, G, P)
    square = np.sum(goal * goal, axis=0)
    family, count = batch.family, len(which)
    bounded = family.lower[family.index(family.linear)] == 0.0
    ridge = 1e-13 * sum(gram[i][i] for i in range(count)) + 1e-300
    best, linear = np.full(keep.shape, np.inf), np.zeros((count, *keep.shape))
    for support in itertools.product((True, False), repeat=count):
        inside = np.flatnonzero(support)
        if not len(inside) or not (np.array(support) | bounded).all():
            continue
        part = _solved(
            [[gram[i][j] + ridge * (i == j) for j in inside] for i in inside], [moment[i] for i in inside]
        )
        allowed, value = keep, square
        for i, found in zip(inside, part, strict=True):
            value = value - found * moment[i]
            if bounded[i]:
                allowed = allowed & (found >= 0)
        better = allowed & (value < best)
        best = np.where(better, value, best)
        linear = np.where(better, 0.0, linear)
        for i, found in zip(inside, part, strict=True):
            linear[i] = np.where(better, found, linear[i])
    return best, linear


def _gram(columns: np.ndarray, which: np.ndarray) -> list[list[np.ndarray]]:
    """Products of the columns of each cell: l by l arrays (G, P)."""
    count, found = len(which), {}
    if which.size > columns.shape[0]:  # few columns for many cells: all products at once
        by_problem = columns.transpose(2, 0, 1)
        every = np.matmul(by_problem, by_problem.transpose(0, 2, 1))
        found = {(i, j): every[:, which[i], which[j]].T for i in range(count) for j in range(i, count)}
    else:
        parts = columns.reshape(count, -1, *columns.shape[1:])
        found = {
            (i, j): np.einsum("gmp,gmp->gp", parts[i], parts[j])
            for i in range(count)
            for j in range(i, count)
        }
    return [[found[min(i, j), max(i, j)] for j in range(count)] for i in range(count)]


def _solved(system: list[list[np.ndarray]], right: list[np.ndarray]) -> list[np.ndarray]:
    """Solutions of positive definite systems, each entry an array: elimination without pivots."""
    size, system, right = len(right), [list(row) for row in system], list(right)
    for k in range(size):
        for i in range(k + 1, size):
            factor = system[i][k] / system[k][k]
            right[i] = right[i] - factor * right[k]
            for j in range(k + 1, size):
                system[i][j] = system[i][j] - factor * system[k][j]
    for i in reversed(range(size)):
        for j in range(i + 1, size):
            right[i] = right[i] - system[i][j] * right[j]
        right[i] = right[i] / system[i][i]
    return right


def _choose(value: np.ndarray, shape: tuple[int, ...], free: int, is_brief: bool) -> np.ndarray:
    """Cells to start from (K, P): the best that are not neighbours, then some spread over the grid.

    First come those that none beside them undercuts: each is the bottom of a basin. More the more parameters are
    searched; the spread ones make the hit rate tell something.
    """
    count = len(value)
    best, more = min(8, 2 + 2 * free, count), min(8, 2 * free, count)
    if is_brief:
        best, more = min(1 + free, count), 0
    elif best + more >= count:
        return np.broadcast_to(np.arange(count)[:, None], value.shape)
    place = np.indices(shape).reshape(len(shape), -1)
    is_bottom = value <= undercut(value.reshape(*shape, -1), range(len(shape))).reshape(value.shape)
    top = np.max(np.where(np.isfinite(value), value, 0.0), axis=0)
    left, picks = np.where(is_bottom, value - top, value), []
    for _ in range(best):
        pick = np.argmin(left, axis=0)
        picks.append(pick)
        near = np.ones(left.shape, dtype=bool)
        for axis in place:
            near &= np.abs(axis[:, None] - axis[pick]) <= 1
        left[near] = np.inf
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
