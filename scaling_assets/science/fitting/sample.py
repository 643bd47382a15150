"""Many problems side by side: their points padded to one length, and merged where that loses nothing.

What belongs here: arrays of points, which no family has touched. What does not: charts (``batch``).

Shapes: P problems, n points (the longest problem's), m support points. Under least squares the points of one
cell enter a fit only through their total weight and weighted mean h(y): they are merged into one support point,
exactly, where that is no matrix too large. Every other loss keeps its points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scaling_assets.science.fitting.losses import Loss
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.scale import ResidualScale

LARGEST = (
    4_000_000  # scales times points up to which points are merged: sums over cells are products of that size
)


@dataclass(frozen=True, eq=False)
class Sample:
    """Problems that share the residual scale, the estimator and the number of axes.

    ``x`` (k, n, P) and ``y`` (n, P) in the declared units, padding repeats a problem's last point; ``real`` (n, P)
    False for padding; ``weight`` (n, P) known weights, 0 for padding; ``unit`` (n, P) numbers the independent
    units; ``cell`` (n, P) the support point of each point; ``support`` (k, m, P) their x and ``present`` (m, P)
    which of them exist; ``y_unit`` (P,) a factor that brings y near 1.
    """

    problems: tuple[Problem, ...]
    x: np.ndarray
    y: np.ndarray
    real: np.ndarray
    weight: np.ndarray
    unit: np.ndarray
    cell: np.ndarray
    support: np.ndarray
    present: np.ndarray
    y_unit: np.ndarray
    is_merged: bool

    @cached_property
    def n(self) -> np.ndarray:
        """Points of each problem (P,)."""
        return self.real.sum(axis=0)

    @cached_property
    def units(self) -> np.ndarray:
        """Independent units of each problem (P,)."""
        return np.max(np.where(self.real, self.unit, -1), axis=0) + 1

    @property
    def scale(self) -> ResidualScale:
        """The residual scale of all problems."""
        return self.problems[0].scale

    @property
    def loss(self) -> Loss:
        """The loss of all problems."""
        return self.problems[0].loss

    def take(self, of: np.ndarray) -> "Sample":
        """The sample of some of the problems."""
        return Sample(
            tuple(self.problems[i] for i in of), self.x[..., of], self.y[:, of], self.real[:, of],
            self.weight[:, of], self.unit[:, of], self.cell[:, of], self.support[..., of], self.present[:, of],
            self.y_unit[of], self.is_merged,
        )  # fmt: skip

    def merge(self, weight: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights and targets of points, (n, P, B), as those of support points, (m, P, B).

        ``target`` may have a last axis of length 1.
        """
        if not self.is_merged:
            return weight, target
        member = (self.cell.T[:, None, :] == np.arange(len(self.present))[None, :, None]) & self.real.T[
            :, None, :
        ]
        grouped = member.astype(float)
        total = np.matmul(grouped, weight.transpose(1, 0, 2))
        mean = np.matmul(grouped, (weight * target).transpose(1, 0, 2)) / np.where(total > 0, total, 1.0)
        return total.transpose(1, 0, 2), mean.transpose(1, 0, 2)

    def of_points(self, a: np.ndarray) -> np.ndarray:
        """Values at support points (..., m, P) spread to the points of their cells (..., n, P)."""
        if not self.is_merged:
            return a
        return np.take_along_axis(a, np.broadcast_to(self.cell, (*a.shape[:-2], *self.cell.shape)), axis=-2)


def sample_of(problems: Sequence[Problem]) -> Sample:
    """The padded arrays of problems that share residual scale, estimator and number of axes."""
    count, n = len(problems), max(len(p.y) for p in problems)
    k = problems[0].x.shape[1]
    x, y, weight = np.ones((k, n, count)), np.ones((n, count)), np.zeros((n, count))
    unit, cell, m = np.zeros((n, count), dtype=int), np.zeros((n, count), dtype=int), 1
    is_merged = problems[0].loss.name == "least_squares"
    is_merged &= n * max(int(p.cells.max(initial=0)) + 1 for p in problems) <= LARGEST
    for i, problem in enumerate(problems):
        size = len(problem.y)
        x[:, :size, i], x[:, size:, i] = problem.x.T, problem.x[-1:].T
        y[:size, i], y[size:, i] = problem.y, problem.y[-1]
        weight[:size, i] = problem.known_weight
        unit[:size, i] = problem.units
        if is_merged:
            cell[:size, i] = problem.cells
            m = max(m, int(problem.cells.max()) + 1)
    real = weight > 0
    if not is_merged:
        cell = np.broadcast_to(np.arange(n)[:, None], (n, count))
        support, present = x, real
    else:
        support, present = np.repeat(x[:, :1], m, axis=1), np.zeros((m, count), dtype=bool)
        column = np.broadcast_to(np.arange(count), (n, count))
        support[:, cell[real], column[real]] = x[:, real]
        present[cell[real], column[real]] = True
    y_unit = np.array([_unit(problem) for problem in problems])
    return Sample(tuple(problems), x, y, real, weight, unit, cell, support, present, y_unit, is_merged)


def _unit(problem: Problem) -> float:
    if problem.loss.is_likelihood:  # values may be 0
        return (
            float(np.average(problem.y, weights=problem.known_weight)) if problem.residuals == "log" else 1.0
        )
    return problem.scale.unit(problem.y)
