"""The history of a law's parts: one vector of level and shape parameters for each point of time.

What belongs here: runs of one point -> parts, which points count, how a changed part moves the others. What
does not: the order of points (``order``), steps (``segments``).

The family is fitted to the runs of all points together. Each point's runs are then regressed, on the residual
scale, on a shift of the whole curve and on the curve's slopes in its shape parameters, centred at the
geometric middle x0 of the data:

    h(y) - h(f(x)) = level + sum_j (theta_j - theta_j^) (g_j(x) - g_j(x0)),   g_j = d h(f(x)) / d theta_j

One Gauss-Newton step from the common fit: exact for a power law, first order for others, and it exists where
a fit of one point's few runs would not. Within a point, runs far from its own curve are weighted down (Huber
1964, k = 1.345 robust standard deviations of the runs of all points).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.records.law import Law
from scaling_assets.science.changes.naming import LEVEL, Direction
from scaling_assets.science.comparing.effects import reference, slopes
from scaling_assets.science.fitting import Problem, fit, point_curve
from scaling_assets.science.laws import FAMILIES

HUBER = 1.345
ROUNDS = 8
THIN = 3.0  # times the usual variance: a point that knows a part less well is not counted
BOOTSTRAP = 50  # replicates: only the size of a parameter's step is read from them
SHIFT = 1e-2  # share of a slope's size up to which it is the same everywhere, or is told by other slopes
ALONE = "the level is watched alone: another part of the law may have changed"
SHAPES = ("exponent", "floor")  # roles that are told by themselves; other parameters go by their names


@dataclass(frozen=True)
class Parts:
    """History (q, n) of the parts over the points that count (indices into those given).

    ``values`` are the common fit's parameters plus the differences; the level is on the residual scale at x0.
    ``note`` says why there is no more than the level. ``largest`` (q,) is what each part does to the curve at
    the largest x.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    history: np.ndarray
    counted: tuple[int, ...]
    left_out: tuple[int, ...]
    n_runs: tuple[int, ...]
    directions: tuple[Direction, ...]
    largest: np.ndarray
    at: np.ndarray
    family: str
    note: str = ""


def pooled(points: Sequence[Problem]) -> Problem:
    """All points' runs as one problem."""
    first = points[0]
    return replace(
        first,
        x=np.concatenate([p.x for p in points]),
        y=np.concatenate([p.y for p in points]),
        unit=np.concatenate([p.unit for p in points]),
        weight=None if first.weight is None else np.concatenate([p.known_weight for p in points]),
        group={},
    )


def common_law(points: Sequence[Problem], family: str | None) -> Law:
    """The law of all points together: of the family, or the one that leads (of an average: that of most weight)."""
    problem = pooled(points)
    families = problem.question.families if family is None else (family,)
    declared = problem.question.declared if family is None else None
    question = problem.question.model_copy(
        update={"families": families, "declared": declared, "bootstrap": BOOTSTRAP}
    )
    laws = fit([replace(problem, question=question)])
    leading = next((law for law in laws if law.is_leading), laws[0])
    if not leading.is_average:
        return leading
    weights = {p.name.split(".")[0]: p.value or 0.0 for p in leading.headline}
    usable = [law for law in laws if law.is_usable and law.family in FAMILIES]
    return max(usable, key=lambda law: weights.get(law.family, -1.0))


def parts_over_time(points: Sequence[Problem], law: Law) -> Parts | str:
    """The parts of a usable law at each point, in the given order; or why there are none."""
    scale = points[0].scale
    at = reference([law])
    middle, free = _slopes(law, at[None, :])
    middle = middle[0]
    kept = _shape(law, free)
    named = [law.parameters[k] for k in kept]
    names = (LEVEL, *(_label(law, k) for k in kept))
    chosen = [int(np.flatnonzero(free == k)[0]) for k in kept]
    every = pooled(points)
    if not scale.accepts(every.y).all():
        return f"some values do not exist on the {law.residuals} scale"
    slope, _ = _slopes(law, every.x)
    columns = np.column_stack([np.ones(len(every.x)), slope[:, chosen] - middle[chosen]])
    off = scale.forward(every.y) - scale.forward(point_curve(law, every.x))
    if not (np.isfinite(columns).all() and np.isfinite(off).all()):
        return f"the {law.family} law's curve or slopes are no finite numbers at the measured points"
    root, cuts = np.sqrt(every.known_weight), np.cumsum([len(p.y) for p in points])[:-1]
    found, variance = _each(np.split(columns * root[:, None], cuts), np.split(off * root, cuts))
    fine = _fine(variance)
    base = np.array([float(scale.forward(point_curve(law, at[None, :]))[0]), *(p.value for p in named)])
    counted = tuple(int(i) for i in np.flatnonzero(fine))
    return Parts(
        names=names,
        units=(law.residuals, *(p.unit for p in named)),
        history=(base + found)[list(counted)].T,
        counted=counted,
        left_out=tuple(int(i) for i in np.flatnonzero(~fine)),
        n_runs=tuple(len(points[i].y) for i in counted),
        directions=(*_directions(names, middle[chosen]), *_coefficient(law, points, free, chosen, middle)),
        largest=_at_largest(law, chosen, middle),
        at=at,
        family=law.family,
    )


def level_over_time(points: Sequence[Problem], law: Law | None = None) -> Parts | str:
    """The level alone: each run against the law, or the mean of its cell over all points, on the residual scale.

    For scalars (one scale only), where no law is usable, and where most points have too few runs for more.
    """
    every = pooled(points)
    if not every.scale.accepts(every.y).all():
        return f"some values do not exist on the {every.residuals} scale"
    value = every.scale.forward(every.y)
    cells, cell = np.unique(every.x, axis=0, return_inverse=True)
    mean = np.bincount(cell.ravel(), value) / np.bincount(cell.ravel())
    usual, middle = mean[cell.ravel()], float(mean.mean())
    if law is not None:
        usual = every.scale.forward(point_curve(law, every.x))
        middle = float(every.scale.forward(point_curve(law, reference([law])[None, :]))[0])
    off = np.split(value - usual, np.cumsum([len(p.y) for p in points])[:-1])
    root = [np.sqrt(p.known_weight) for p in points]
    found, variance = _each([w[:, None] for w in root], [r * w for r, w in zip(off, root, strict=True)])
    fine = _fine(variance)
    counted = tuple(int(i) for i in np.flatnonzero(fine))
    return Parts(
        names=(LEVEL,), units=(every.residuals,), history=(middle + found)[list(counted)].T,
        counted=counted, left_out=tuple(int(i) for i in np.flatnonzero(~fine)),
        n_runs=tuple(len(points[i].y) for i in counted), directions=(Direction(LEVEL, ALONE, np.ones(1)),),
        largest=np.ones(1), at=cells.mean(axis=0), family="" if law is None else law.family,
    )  # fmt: skip


def _fine(variance: np.ndarray) -> np.ndarray:
    """Which points (n,) know every part about as well as is usual."""
    known = np.isfinite(variance).all(axis=1)
    usual = np.median(variance[known], axis=0) if known.any() else np.inf
    with np.errstate(invalid="ignore"):
        return np.asarray((variance <= THIN * usual).all(axis=1))


def _slopes(law: Law, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes (n, q) in the parameters' own units, and the q free parameters' positions."""
    found, free = slopes(law, x)
    low, high = np.quantile(law.draws, [0.1, 0.9], axis=0)
    return found / (high - low)[free], free


def _shape(law: Law, free: np.ndarray) -> list[int]:
    """Positions of the parameters that shape the curve: all but the one that the level stands for."""
    kept = [int(k) for k in free]
    for role in ("", "coefficient"):
        replaced = next((k for k in kept if law.parameters[k].role == role), None)
        if replaced is not None:
            kept.remove(replaced)
            break
    return kept


def _label(law: Law, k: int) -> str:
    """A parameter's role where it alone has it, else its name."""
    return labels([(p.name, p.role) for p in law.parameters])[k]


def labels(parameters: Sequence[tuple[str, str]]) -> list[str]:
    """How parameters (name, role) are called as parts: by a role that one alone has, else by their names."""
    roles = [role for _, role in parameters]
    return [role if role in SHAPES and roles.count(role) == 1 else name for name, role in parameters]


def part_names(family: str) -> tuple[str, ...]:
    """Every part that a law of this family may have."""
    return (LEVEL, *labels([(p.name, p.role) for p in FAMILIES[family].parameters]))


def _directions(names: Sequence[str], middle: np.ndarray) -> tuple[Direction, ...]:
    """Simple changes: of the level, and of each shape parameter with the others held, or about the middle."""
    unit = np.eye(len(names))
    found = [Direction(LEVEL, "the whole curve shifted", unit[0])]
    for j, name in enumerate(names[1:], start=1):
        held = unit[j] + middle[j - 1] * unit[0]
        found.append(Direction(name, f"{name} alone, the other parameters as before", held))
        found.append(Direction(name, f"{name}, the curve as before in the middle of the data", unit[j]))
    return tuple(found)


def _coefficient(
    law: Law, points: Sequence[Problem], free: np.ndarray, chosen: Sequence[int], middle: np.ndarray
) -> list[Direction]:
    """The change of the parameter that the level stands for, alone, where that is no shift of the whole curve."""
    others = [j for j in range(len(free)) if j not in chosen]
    if len(others) != 1 or not chosen:
        return []
    slope = _slopes(law, np.concatenate([p.x for p in points]))[0]
    own = slope[:, others[0]]
    columns = np.column_stack([np.ones(len(own)), slope[:, chosen] - middle[chosen]])
    vector, *_ = np.linalg.lstsq(columns, own, rcond=None)
    spread, missed = float(np.ptp(own)), float(np.max(np.abs(own - columns @ vector)))
    if spread <= SHIFT * float(np.max(np.abs(own))) or missed > SHIFT * spread:
        return []
    name = law.parameters[int(free[others[0]])].role or law.parameters[int(free[others[0]])].name
    return [Direction(name, f"{name} alone, the other parameters as before", vector)]


def _at_largest(law: Law, chosen: Sequence[int], middle: np.ndarray) -> np.ndarray:
    top = np.array([[high for _, high in law.domain]])
    slope = _slopes(law, top)[0][0]
    return np.array([1.0, *(slope[chosen] - middle[chosen])])


def _each(columns: Sequence[np.ndarray], off: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Regression of each point by itself: estimates (n, q) and unscaled variances (n, q); NaN where it cannot be.

    The weights are found with one robust scale for all points: a point has too few runs for one of its own.
    """
    q = columns[0].shape[1]
    able = [len(c) >= q and np.linalg.matrix_rank(c) == q for c in columns]
    estimate, variance = np.full((len(columns), q), np.nan), np.full((len(columns), q), np.nan)
    weights = [np.ones(len(r)) for r in off]
    spare = sum(len(r) - q for r, ok in zip(off, able, strict=True) if ok)
    for _ in range(ROUNDS):
        left = []
        for i, (c, r, w) in enumerate(zip(columns, off, weights, strict=True)):
            if able[i]:
                gram = np.linalg.inv((c * w[:, None]).T @ c)
                estimate[i] = gram @ (c.T @ (w * r))
                variance[i] = np.diag(np.linalg.inv(c.T @ c))
                left.append(r - c @ estimate[i])
        if not left:
            break
        rest = np.abs(np.concatenate(left))
        robust = 1.4826 * float(np.median(rest)) * np.sqrt(len(rest) / max(1, spare))
        if robust <= 0:
            break
        found = iter(left)
        weights = [
            np.minimum(1.0, HUBER * robust / np.maximum(np.abs(next(found)), 1e-300)) if able[i] else w
            for i, w in enumerate(weights)
        ]
    return estimate, variance
