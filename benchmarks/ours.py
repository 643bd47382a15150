"""Our side of the comparisons: the package through its doors, and nothing that only a benchmark could do.

What belongs here: how a benchmark asks for a fit. What does not: data (``designs``, ``boxes``), peers, timing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

import numpy as np

from scaling_assets.records.question import Estimator, LawQuestion
from scaling_assets.science.fitting import Problem, solve
from scaling_assets.science.fitting.backend import is_installed
from scaling_assets.science.fitting.backtest import back_tests
from scaling_assets.science.fitting.batch import batch_of
from scaling_assets.science.fitting.cells import cells_of
from scaling_assets.science.fitting.fit import point_estimate
from scaling_assets.science.fitting.geometry import geometry
from scaling_assets.science.fitting.origins import origins_of
from scaling_assets.science.fitting.point import STATIONARY, fit_points
from scaling_assets.science.fitting.resample import refit
from scaling_assets.science.fitting.sample import sample_of
from scaling_assets.science.laws import FAMILIES

LEAST_SQUARES = Estimator(name="least_squares")
HUBER = Estimator(name="huber", delta=1e-3)
#: Backends of the solver that can run here: numpy, and the compiled one where the extra ``fast`` is installed.
ENGINES = ("numpy", "compiled") if is_installed() else ("numpy",)


@contextmanager
def using(engine: str) -> Iterator[None]:
    """Fits within take this backend, whatever the package would choose for the size of the work."""
    with mock.patch.object(solve, "is_compiled_worth_it", lambda *_: engine == "compiled"):
        yield


def problem(
    x: np.ndarray,
    y: np.ndarray,
    families: Sequence[str],
    estimator: Estimator = LEAST_SQUARES,
    residuals: str = "log",
    bootstrap: int = 200,
) -> Problem:
    """A question about points x (n, k), y (n,), each point its own unit."""
    x = np.asarray(x, dtype=float).reshape(len(y), -1)
    axes = tuple(f"x{i}" for i in range(x.shape[1]))
    asked = LawQuestion(
        metric="y", by=axes, families=tuple(families), estimator=estimator, bootstrap=bootstrap
    )
    units = np.array([f"run{i}" for i in range(len(y))], dtype=object)
    return Problem("benchmark", asked, x, np.asarray(y, dtype=float), units, residuals=residuals)


def in_domain(family: str, names: Sequence[str], theta: np.ndarray) -> bool:
    """True when parameters (p,) of these names lie in the domain that the family declares."""
    law = FAMILIES[family]
    at = law.index(names)
    return bool(np.all((theta >= law.lower[at]) & (theta <= law.upper[at])))


def point_fit(asked: Problem, family: str, *, engine: str = "numpy") -> tuple[np.ndarray, bool]:
    """Natural parameters (p,) of the best point found, and whether it counts as an optimum."""
    with using(engine):
        _, point, natural = point_estimate(asked, FAMILIES[family])
    return natural, bool(point.gradient[0] <= STATIONARY)


def refits(
    asked: Sequence[Problem],
    family: str,
    *,
    weight: np.ndarray | None = None,
    y: np.ndarray | None = None,
    engine: str = "numpy",
) -> np.ndarray:
    """Natural parameters (problems, replicates, p) of all replicates in one call, point fits included.

    Replicates have weights (problems, replicates, n) or replaced values y (problems, replicates, n). NaN where the
    package says that it reached no optimum.
    """
    with using(engine):
        return _refits(asked, family, weight, y)


def _refits(
    asked: Sequence[Problem], family: str, weight: np.ndarray | None, y: np.ndarray | None
) -> np.ndarray:
    batch = batch_of(FAMILIES[family], sample_of(asked))
    point = fit_points(batch)
    given = y if weight is None else weight
    count, replicates = given.shape[:2]
    counts = np.ones((batch.h.shape[0], count, replicates)) if weight is None else weight.transpose(2, 0, 1)
    target = batch.h[:, :, None]
    if y is not None:
        target = batch.sample.scale.forward(y.transpose(2, 0, 1) / batch.y_scale[:, None])
    counts, target = batch.sample.merge(counts, target)
    rows = np.repeat(np.arange(count), replicates)
    flat = np.broadcast_to(target, counts.shape).reshape(len(counts), -1)
    theta, fine = refit(
        batch, point, rows, counts.reshape(len(counts), -1), flat, geometry(batch, point).robust
    )
    theta = np.where(fine, theta, np.nan).reshape(len(theta), count, replicates)
    return batch.natural(theta).transpose(1, 2, 0)


@dataclass(frozen=True, eq=False)
class Split:
    """One rolling origin: which points are fitted (n,), and the points of each held-out cell."""

    fitted: np.ndarray
    cells: tuple[np.ndarray, ...]


def origins(asked: Problem, names: Sequence[str]) -> list[Split]:
    """The rolling origins on which all these families can be fitted."""
    sample = sample_of([asked])
    cells = cells_of(sample)
    found = origins_of(sample, cells, [[FAMILIES[name] for name in names]])
    return [
        Split(found.fitted[k, :, 0], tuple(
            np.flatnonzero(cells.point_cell == cell) for cell in found.held.cell[found.held.origin == k]
        ))
        for k in range(int(found.count[0]))
    ]  # fmt: skip


def back_test_errors(asked: Sequence[Problem], names: Sequence[str], *, engine: str = "numpy") -> np.ndarray:
    """Root mean square held-out errors (problems, families), infinity where a family predicts nothing."""
    sample = sample_of(asked)
    cells = cells_of(sample)
    splits = origins_of(sample, cells, [[FAMILIES[name] for name in names]] * len(asked))
    found = []
    for name in names:
        with using(engine):
            tests = back_tests(batch_of(FAMILIES[name], sample), cells, splits)
        found.append([np.inf if test is None else test.error for test in tests])
    return np.array(found).T


def fits_of_subsets(asked: Problem, family: str, weight: np.ndarray) -> np.ndarray:
    """Natural parameters (rows, p) of the best fit under each weighting (rows, n) of the points.

    NaN where the package says that it reached no optimum.
    """
    batch = batch_of(FAMILIES[family], sample_of([asked] * len(weight)))
    merged = batch.sample.merge(weight.T[..., None], batch.h[..., None])[0]
    found = fit_points(batch, weight=merged[..., 0])
    return batch.natural(np.where(found.gradient <= STATIONARY, found.theta, np.nan)).T
