"""Rolling-origin back-tests: fit the smaller scales, predict the larger ones.

What belongs here: held-out errors on the residual scale, for a whole batch. What does not: where to split
(``origins``), choosing by errors (``choose``), weights of an average (``averaging``). Every family of a question is
scored on the same origins and the same held-out cells.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.cells import Cells
from scaling_assets.science.fitting.origins import Origins
from scaling_assets.science.fitting.point import fit_points


@dataclass(frozen=True, eq=False)
class BackTest:
    """Errors h(curve) - median h(y) per held-out cell, origins one after the other.

    ``distances`` (cells,) how far beyond the fitted range each lay; ``unit`` what residuals near 1 are worth, in the
    unit that errors are stated in: 1 for relative ones.
    """

    errors: np.ndarray
    cell_sizes: np.ndarray
    origins: int
    ratio: float
    distances: np.ndarray
    origin: np.ndarray
    span: float = 0.0  # ln of the ratio between the first and the last origin
    unit: float = 1.0

    @cached_property
    def error(self) -> float:
        """Root mean square of the held-out errors."""
        largest = float(np.abs(self.errors).max())
        if not largest > 0:
            return 0.0
        share = self.errors / largest
        return largest * float(np.sqrt((share * share).sum() / len(share)))


def back_tests(batch: Batch, cells: Cells, origins: Origins) -> list[BackTest | None]:
    """Errors of the batch's family on each problem's origins; None without origins or without a prediction."""
    sample, held = batch.sample, origins.held
    if not len(held.cell):
        return [None] * batch.count
    steps, of = np.nonzero(np.arange(len(origins.fitted))[:, None] < origins.count)
    # Every split of every problem is a problem of its own, in one batch: the same points, other weights.
    part = batch.take(of)
    weight = np.where(origins.fitted[steps, :, of].T, part.point_weight, 0.0)
    merged = part.sample.merge(weight[..., None], np.where(part.sample.real, part.h, 0.0)[..., None])[0]
    theta = fit_points(part, weight=merged[..., 0], is_brief=True).theta
    beyond = np.zeros((len(origins.fitted), *sample.real.shape))
    beyond[steps, :, of] = (part.curve(theta) - part.eta_seen).T
    values, errors = cells.flat(beyond), np.empty(len(held.cell))
    for step in range(len(beyond)):  # The median over a cell: one wild run decides nothing.
        at = held.origin == step
        errors[at] = cells.medians(values[step], held.cell[at])
    errors *= batch.residual_unit[held.problem]
    ends = np.searchsorted(held.problem, np.arange(batch.count + 1)).tolist()
    silent = np.bincount(held.problem, ~np.isfinite(errors), minlength=batch.count)
    return [
        None if low == high or silent[i] else BackTest(
            errors[low:high], held.size[low:high], int(origins.count[i]), float(origins.ratio[i]),
            held.distance[low:high], held.origin[low:high], float(origins.span[i]),
            float(batch.residual_unit[i]),
        )
        for i, (low, high) in enumerate(pairwise(ends))
    ]  # fmt: skip
