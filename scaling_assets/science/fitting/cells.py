"""Which points of a sample share a cell and a unit, for sums over either.

What belongs here: the bookkeeping of cells and units over all problems at once. What does not: what the sums mean
(``evidence``).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scaling_assets.science.fitting.sample import Sample


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells (distinct x) and their units (one value a unit and cell), numbered through over P problems.

    ``point`` (2, N) row and problem of each point, problem by problem; ``member`` (N,) the value (unit in a cell) it
    belongs to; ``value_cell`` (V,) the cell of each value; ``cell_problem`` (C,) the problem of each cell. Cells of
    one problem are consecutive and, on one axis, ascend.
    """

    point: np.ndarray
    member: np.ndarray
    value_cell: np.ndarray
    cell_problem: np.ndarray
    count: int

    @cached_property
    def point_cell(self) -> np.ndarray:
        """The cell of each point (N,)."""
        return self.value_cell[self.member]

    @cached_property
    def first_cell(self) -> np.ndarray:
        """The first cell of each problem (P,)."""
        return np.searchsorted(self.cell_problem, np.arange(self.count))

    @cached_property
    def sizes(self) -> np.ndarray:
        """Points of each cell (C,)."""
        return np.bincount(self.point_cell, minlength=len(self.cell_problem))

    @cached_property
    def by_cell(self) -> np.ndarray:
        """Points (N,) in the order of their cells."""
        return np.argsort(self.point_cell, kind="stable")

    def flat(self, a: np.ndarray) -> np.ndarray:
        """Values of points (..., n, P) as (..., N)."""
        return np.asarray(a[..., self.point[0], self.point[1]])

    def means(self, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values (V,), cell means (C,) and values a cell (C,) of residuals r (n, P)."""
        own = np.bincount(self.member, self.flat(r)) / np.bincount(self.member)
        sizes = np.bincount(self.value_cell)
        return own, np.bincount(self.value_cell, own) / sizes, sizes

    def medians(self, values: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Medians (..., H) of values (..., N) over the points of these cells (H,); NaN where one of them is."""
        found = np.empty((*values.shape[:-1], len(cells)))
        first = np.cumsum(self.sizes) - self.sizes
        for size in np.unique(self.sizes[cells]):
            mine = np.flatnonzero(self.sizes[cells] == size)
            points = self.by_cell[first[cells[mine], None] + np.arange(size)]
            ranked = np.sort(values[..., points], axis=-1)  # NaN last
            middle = 0.5 * (ranked[..., (size - 1) // 2] + ranked[..., size // 2])
            found[..., mine] = np.where(np.isnan(ranked[..., -1]), np.nan, middle)
        return found

    def per_problem(self, of_cells: np.ndarray) -> np.ndarray:
        """Sum over the cells of each problem (P,)."""
        return np.bincount(self.cell_problem, of_cells, minlength=self.count)


def cells_of(sample: Sample) -> Cells:
    """The cells and units of all problems of a sample."""
    sizes = np.array([len(problem.y) for problem in sample.problems])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    row = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    cell = np.concatenate([problem.cells for problem in sample.problems])
    counts = np.array([int(problem.cells.max()) + 1 for problem in sample.problems])
    unit = sample.unit[row, owner]
    width = int(unit.max()) + 1
    number = np.repeat(np.cumsum(counts) - counts, sizes) + cell
    pairs, member = np.unique(number * width + unit, return_inverse=True)
    return Cells(
        np.stack([row, owner]),
        member.ravel(),
        pairs // width,
        np.repeat(np.arange(len(sizes)), counts),
        len(sizes),
    )
