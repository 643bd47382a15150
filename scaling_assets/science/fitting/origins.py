"""Where back-tests split the data: which scales are fitted, which larger ones are predicted.

What belongs here: origins and held-out cells of many problems at once. What does not: fits (``backtest``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.averaging import origin_steps
from scaling_assets.science.fitting.cells import Cells
from scaling_assets.science.fitting.sample import Sample
from scaling_assets.science.laws import Family

MAX_ORIGINS = 5  # the latest ones: those most like the question that will be asked


@dataclass(frozen=True, eq=False)
class Held:
    """Held-out cells (H,), by problem, origin and cell: their numbers among ``Cells``, their points, and how far
    beyond the fitted range each lies."""

    problem: np.ndarray
    origin: np.ndarray
    cell: np.ndarray
    size: np.ndarray
    distance: np.ndarray


@dataclass(frozen=True, eq=False)
class Origins:
    """Splits of P problems: ``fitted`` (o, n, P) the points that are fitted, ``count`` (P,) splits of each problem.

    ``ratio`` (P,) how far the farthest held-out cell lies beyond the fitted range, ``span`` (P,) ln of the ratio
    between the first and the last origin.
    """

    fitted: np.ndarray
    count: np.ndarray
    held: Held
    ratio: np.ndarray
    span: np.ndarray

    def take(self, of: np.ndarray, cells: Cells, some: Cells) -> "Origins":
        """Those of some of the problems, ascending; ``cells`` are those of all problems, ``some`` theirs."""
        row = np.full(len(self.count), -1)
        row[of] = np.arange(len(of))
        kept = row[self.held.problem] >= 0
        problem = self.held.problem[kept]
        cell = self.held.cell[kept] - cells.first_cell[problem] + some.first_cell[row[problem]]
        held = Held(
            row[problem], self.held.origin[kept], cell, self.held.size[kept], self.held.distance[kept]
        )
        return Origins(self.fitted[..., of], self.count[of], held, self.ratio[of], self.span[of])


@dataclass(frozen=True, eq=False)
class _Ladder:
    """The scales of each problem: x, or the product of the axes, on a logarithmic scale where that exists.

    ``size`` (C,) of each cell; ``level`` (C,) its place among the problem's scales; ``scale`` (S,) those scales,
    problem by problem, ``first`` (P,) where each problem's begin and ``count`` (P,) how many there are.
    """

    size: np.ndarray
    level: np.ndarray
    scale: np.ndarray
    first: np.ndarray
    count: np.ndarray
    is_positive: np.ndarray


def origins_of(sample: Sample, cells: Cells, families: Sequence[Sequence[Family]]) -> Origins:
    """The splits of each problem on which all its ``families`` can be fitted; none where there is no family.

    The horizon is the question's own: held out are the cells up to ``extrapolation_limit`` beyond the fitted
    range, at least the next scale.
    """
    ladder, count = _ladder(sample, cells), cells.count
    level = np.full(sample.y.shape, np.iinfo(int).max)
    level[cells.point[0], cells.point[1]] = ladder.level[cells.point_cell]
    steps = _steps(sample, level, ladder, np.array([len(f) > 0 for f in families]), families)
    found = int(np.max(np.sum(steps > 0, axis=0), initial=0))
    steps = steps[:found]
    fitted = (level < steps[:, None]) & (steps > 0)[:, None]
    last = np.where(steps > 0, ladder.scale[ladder.first + np.maximum(steps, 1) - 1], 0.0)
    limit = np.array([problem.question.extrapolation_limit for problem in sample.problems])
    reach = last + np.log(limit) * len(sample.x)
    owner = cells.cell_problem
    is_held = (ladder.level >= steps[:, owner]) & (steps > 0)[:, owner] & (
        (ladder.size <= reach[:, owner] + 1e-9) | (ladder.level == steps[:, owner])
    )  # fmt: skip
    origin, cell = np.nonzero(is_held)
    order = np.argsort(owner[cell], kind="stable")
    origin, cell = origin[order], cell[order]
    problem = owner[cell]
    distance = np.exp(np.minimum(ladder.size[cell] - last[origin, problem], 700.0))
    ratio = np.ones(count)
    np.maximum.at(ratio, problem, distance)
    number = np.sum(steps > 0, axis=0)
    span = last[np.maximum(number, 1) - 1, np.arange(count)] - last[0] if found else np.zeros(count)
    return Origins(fitted, number, Held(problem, origin, cell, cells.sizes[cell], distance), ratio, span)


def _ladder(sample: Sample, cells: Cells) -> _Ladder:
    owner = cells.cell_problem
    one = cells.by_cell[np.cumsum(cells.sizes) - cells.sizes]  # a point of each cell
    x = cells.flat(sample.x)[:, one]
    is_positive = cells.per_problem(np.min(x, axis=0) <= 0) == 0
    with np.errstate(all="ignore"):
        size = np.where(is_positive[owner], np.sum(np.log(x), axis=0), x.sum(axis=0))
    rounded = np.round(size, 9)
    order = np.lexsort((rounded, owner))
    ordered, new = rounded[order], np.ones(len(owner), dtype=bool)
    new[1:] = (ordered[1:] > ordered[:-1]) | (owner[1:] != owner[:-1])
    count = np.bincount(owner[new], minlength=cells.count)
    first = np.cumsum(count) - count
    level = np.empty(len(owner), dtype=int)
    level[order] = np.cumsum(new) - 1 - first[owner]
    return _Ladder(size, level, ordered[new], first, count, is_positive)


def _steps(
    sample: Sample,
    level: np.ndarray,
    ladder: _Ladder,
    asked: np.ndarray,
    families: Sequence[Sequence[Family]],
) -> np.ndarray:
    """How many scales each origin fits (MAX_ORIGINS, P), ascending; 0 behind a problem's last origin."""
    points = np.array([max((len(f.parameters) for f in some), default=0) for some in families])
    scales = np.array([max((_least_scales(f) for f in some), default=0) for some in families])
    lowest = _lowest_levels(sample, level)
    allowed = _allowed(sample, level, ladder) & asked
    found, number = np.zeros((MAX_ORIGINS, len(asked)), dtype=int), np.zeros(len(asked), dtype=int)
    for step in range(len(allowed) - 1, 0, -1):
        at = np.flatnonzero(allowed[step] & (number < MAX_ORIGINS))
        if not len(at):
            continue
        fitted = level[:, at] < step
        y, total = sample.y[:, at], fitted.sum(axis=0)
        enough = np.min([np.sum(axis[:, at] < step, axis=0) for axis in lowest], axis=0) >= scales[at]
        spread = np.max(np.where(fitted, y, -np.inf), axis=0) > np.min(np.where(fitted, y, np.inf), axis=0)
        is_split = (total > 0) & (step < ladder.count[at])
        mine = at[is_split & enough & (total >= points[at]) & spread]
        found[number[mine], mine] = step
        number[mine] += 1
    order = np.arange(MAX_ORIGINS)[:, None]
    return np.where(order < number, np.take_along_axis(found, np.maximum(number - 1 - order, 0), axis=0), 0)


def _least_scales(family: Family) -> int:
    return max(1, family.min_scales - 1) if family.axes == 1 else family.min_scales


def _lowest_levels(sample: Sample, level: np.ndarray) -> list[np.ndarray]:
    """For each axis the level at which each of its distinct values is first met (values, P)."""
    found = []
    for axis in sample.x:
        order = np.lexsort((level, axis), axis=0)
        ranked = np.take_along_axis(axis, order, axis=0)
        first = np.take_along_axis(level, order, axis=0)
        first[1:] = np.where(ranked[1:] > ranked[:-1], first[1:], np.iinfo(int).max)
        found.append(first)
    return found


def _allowed(sample: Sample, level: np.ndarray, ladder: _Ladder) -> np.ndarray:
    """Which numbers of fitted scales may make an origin (steps, P)."""
    step = np.arange(int(ladder.count.max()) + 1)[:, None]
    if len(sample.x) > 1:  # scattered designs: cut at quantiles of the scale
        cuts = np.zeros((len(step), len(ladder.count)), dtype=bool)
        sizes = np.sum(level < np.iinfo(int).max, axis=0)
        for size in np.unique(sizes):
            at = np.flatnonzero(sizes == size)
            place = np.quantile(level[:size, at], np.linspace(0.5, 0.9, MAX_ORIGINS), axis=0).astype(int)
            cuts[place, at] = True
        return cuts
    horizon = np.array([problem.horizon for problem in sample.problems])
    chosen = origin_steps(ladder.scale, ladder.count, horizon)
    earlier = np.cumsum(chosen, axis=0) == 0  # where a family cannot be fitted yet
    return (step >= 2) & (step < ladder.count) & (chosen | earlier | ~ladder.is_positive)
