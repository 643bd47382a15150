"""Where to start: from data, by the linear structure of the family (variable projection).

What belongs here: the grid over a family's nonlinear parameters, the closed-form linear part in each
cell, and the choice of cells. What does not: the iteration (``solve``). The linear part minimises the
residuals of y divided by h'(y)'s inverse, which are those of h(y) to first order: so the best cells lie in
the basin of the robust optimum, where Newton works.
"""

import itertools

import numpy as np

from scaling_assets.science.fitting.scale import ResidualScale
from scaling_assets.science.laws import Family

BEST = 8  # cells with the lowest projected objective, none beside another
SPREAD = 8  # cells spread evenly over the grid: they make the hit rate tell something


def starts(
    family: Family, scale: ResidualScale, z: np.ndarray, target: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Starts (rows, K, p) for one problem: z (k, n), target h(y) (n,), weight (rows, n).

    A start whose curve the residual scale cannot take is drawn towards the level of the data.
    """
    axes = [np.array(values) for values in family.grids.values()]
    cells = np.array(list(itertools.product(*axes))) if axes else np.zeros((1, 0))
    with np.errstate(all="ignore"):
        phi = family.basis(cells, z)  # (cells, m, n)
        keep = np.isfinite(phi).all(axis=(1, 2)) & (np.abs(phi).max(axis=2) > 0).all(axis=1)
        keep &= np.abs(phi).max(axis=(1, 2)) < 1e100
        if not keep.any():
            return np.zeros((len(weight), 0, len(family.parameters)))
        phi, cells = phi[keep], cells[keep]
        values, linear = _project(family, scale, phi, target, weight)
        chosen = _choose(values, cells, axes)
        at = np.arange(len(weight))[:, None]
        theta = np.empty((*chosen.shape, len(family.parameters)))
        theta[..., family.index(family.nonlinear)] = cells[chosen]
        theta[..., family.index(family.linear)] = linear[at, chosen]
        return _made_feasible(family, scale, theta, phi[chosen], target, weight)


def _project(
    family: Family, scale: ResidualScale, phi: np.ndarray, target: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Best linear parameters in every cell: objectives (rows, cells) and parameters (rows, cells, m).

    Parameters bounded by 0 are kept there by trying every support (m <= 3, so at most 7).
    """
    y = scale.backward(target)
    first = scale.derivatives(y)[0]
    size = np.max(np.abs(phi), axis=2, keepdims=True)
    scaled = phi / size * first
    goal = y * first
    rows, (count, m) = len(weight), phi.shape[:2]
    products = np.einsum("cin,cjn->cijn", scaled, scaled).reshape(count * m * m, -1)
    gram = (weight @ products.T).reshape(rows, count, m, m)
    moment = (weight @ (scaled * goal).reshape(count * m, -1).T).reshape(rows, count, m)
    square = weight @ (goal * goal)
    bounded = family.lower[family.index(family.linear)] == 0.0
    best = np.full((rows, count), np.inf)
    linear = np.zeros((rows, count, m))
    for support in itertools.product((True, False), repeat=m):
        inside = np.array(support)
        if not inside.any() or not (inside | bounded).all():
            continue
        ridge = 1e-13 * np.trace(gram, axis1=2, axis2=3)[..., None, None] * np.eye(
            inside.sum()
        ) + 1e-300 * np.eye(inside.sum())
        part = np.linalg.solve(gram[..., inside, :][..., inside] + ridge, moment[..., inside, None])[..., 0]
        allowed = ((part >= 0) | ~bounded[inside]).all(axis=-1)
        value = square[:, None] - np.einsum("rcm,rcm->rc", part, moment[..., inside])
        better = allowed & (value < best)
        best = np.where(better, value, best)
        full = np.zeros((rows, count, m))
        full[..., inside] = part
        linear = np.where(better[..., None], full, linear)
    return best, linear / size[..., 0]


def _choose(values: np.ndarray, cells: np.ndarray, axes: list[np.ndarray]) -> np.ndarray:
    """Cells to start from (rows, K): the best that are not neighbours, then some spread over the grid."""
    count = len(cells)
    spread = np.unique(np.linspace(0, count - 1, min(SPREAD, count)).round().astype(int))
    near = np.ones((count, count), dtype=bool)
    for i, axis in enumerate(axes):
        place = np.searchsorted(axis, cells[:, i])
        near &= np.abs(place[:, None] - place[None]) <= 1
    left = np.array(values)
    picks = []
    for _ in range(min(BEST, count)):
        pick = np.argmin(left, axis=1)
        picks.append(pick)
        left = np.where(near[pick], np.inf, left)
    return np.concatenate(
        [np.stack(picks, axis=1), np.broadcast_to(spread, (len(values), len(spread)))], axis=1
    )


def _made_feasible(
    family: Family,
    scale: ResidualScale,
    theta: np.ndarray,
    phi: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray,
) -> np.ndarray:
    linear = family.index(family.linear)
    level = scale.backward(np.sum(weight * target, axis=1) / weight.sum(axis=1))[:, None, None]
    used = (weight > 0)[:, None, :]
    if scale.name == "identity":
        return _above_zero(family, theta, level)
    flat = np.array([np.isneginf(family.parameters[j].lower) for j in linear])
    if flat.any():  # 1 is the first basis function: draw the curve towards its level until it is allowed
        goal = np.zeros(len(linear))
        goal[0] = 1.0
        for share in (0.0, 0.3, 0.6, 0.8, 0.95, 1.0):
            mixed = (1 - share) * theta[..., linear] + share * goal * level
            curve = np.einsum("rkm,rkmn->rkn", mixed, phi)
            fine = (scale.accepts(curve) | ~used).all(axis=2) | np.bool_(share == 1.0)
            present = np.einsum("rkm,rkmn->rkn", theta[..., linear], phi)
            pending = ~(scale.accepts(present) | ~used).all(axis=2)
            theta[..., linear] = np.where(np.asarray(pending & fine)[..., None], mixed, theta[..., linear])
        return theta
    theta = _above_zero(family, theta, level)
    if scale.name == "logit":
        highest = np.where(used, np.einsum("rkm,rkmn->rkn", theta[..., linear], phi), 0.0).max(axis=2)
        theta[..., linear] *= np.where(highest > 0.98, 0.98 / np.maximum(highest, 1e-300), 1.0)[..., None]
    return theta


def _above_zero(family: Family, theta: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Factors that must be positive are, however badly a cell fits."""
    for j, parameter in enumerate(family.parameters):
        if parameter.positive:
            theta[..., j] = np.maximum(theta[..., j], 1e-6 * np.maximum(np.abs(level[..., 0]), 1e-300))
    return theta
