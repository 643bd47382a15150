"""Which points of a sample share a cell and a unit, for sums over either.

What belongs here: the bookkeeping of cells and units over all problems at once. What does not: what the sums mean
(``evidence``).
"""

from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.distinct import cell_numbers
from scaling_assets.science.fitting.sample import Sample


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells (distinct x) and their units (one value a unit and cell), numbered through over P problems.

    ``point`` (2, N) row and problem of each real point; ``member`` (N,) the value (unit in a cell) it belongs to;
    ``value_cell`` (V,) the cell of each value; ``cell_problem`` (C,) the problem of each cell. Cells of one
    problem are consecutive and, on one axis, ascend.
    """

    point: np.ndarray
    member: np.ndarray
    value_cell: np.ndarray
    cell_problem: np.ndarray
    count: int

    def means(self, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values (V,), cell means (C,) and values a cell (C,) of residuals r (n, P)."""
        flat = r[self.point[0], self.point[1]]
        own = np.bincount(self.member, flat) / np.bincount(self.member)
        sizes = np.bincount(self.value_cell)
        return own, np.bincount(self.value_cell, own) / sizes, sizes

    def per_problem(self, of_cells: np.ndarray) -> np.ndarray:
        """Sum over the cells of each problem (P,)."""
        return np.bincount(self.cell_problem, of_cells, minlength=self.count)


def cells_of(sample: Sample) -> Cells:
    """The cells and units of all problems of a sample."""
    members, cells, problems, points = [], [], [], []
    n_values = n_cells = 0
    for i, problem in enumerate(sample.problems):
        size = len(problem.y)
        cell = cell_numbers(problem.x)
        unit = sample.unit[:size, i]
        pairs, member = np.unique(cell * (int(unit.max()) + 1) + unit, return_inverse=True)
        members.append(member.ravel() + n_values)
        cells.append(pairs // (int(unit.max()) + 1) + n_cells)
        count = int(cell.max()) + 1
        problems.append(np.full(count, i))
        points.append(np.stack([np.arange(size), np.full(size, i)]))
        n_values, n_cells = n_values + len(pairs), n_cells + count
    return Cells(np.concatenate(points, axis=1), np.concatenate(members), np.concatenate(cells),
                 np.concatenate(problems), len(sample.problems))  # fmt: skip
