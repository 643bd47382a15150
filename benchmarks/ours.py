"""Our side of the comparisons: the package through its doors, and nothing that only a benchmark could do.

What belongs here: how a benchmark asks for a fit. What does not: data (``designs``), peers, timing.
"""

from collections.abc import Sequence

import numpy as np

from scaling_assets.records.question import Estimator, LawQuestion
from scaling_assets.science.fitting import Problem
from scaling_assets.science.fitting.backtest import Origin, back_test, origins_of
from scaling_assets.science.fitting.fit import point_estimate
from scaling_assets.science.fitting.point import chart, fit_points
from scaling_assets.science.fitting.resample import refit
from scaling_assets.science.laws import FAMILIES

LEAST_SQUARES = Estimator(name="least_squares")
HUBER = Estimator(name="huber", delta=1e-3)


#: Solvers that can run here.
ENGINES = ("numpy",)


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


def point_fit(asked: Problem, family: str, *, engine: str = "numpy") -> np.ndarray:
    """Natural parameters (p,) of the global optimum."""
    return point_estimate(asked, FAMILIES[family])[2]


def refits(
    asked: Problem,
    family: str,
    *,
    weight: np.ndarray | None = None,
    y: np.ndarray | None = None,
    engine: str = "numpy",
) -> np.ndarray:
    """Natural parameters (replicates, p) under weights (replicates, n) or replaced values y (replicates, n)."""
    charted, point, _ = point_estimate(asked, FAMILIES[family])
    if weight is None:
        weight = np.ones(y.shape)
    target = None if y is None else asked.scale.forward(y / charted.y_scale)
    theta, _ = refit(asked, charted, point, weight, target, robust=0.005)
    return charted.natural(theta)


def refits_of_all(
    asked: Sequence[Problem], family: str, y: np.ndarray, *, engine: str = "numpy"
) -> np.ndarray:
    """Natural parameters (problems, replicates, p) of every problem's replaced values y (problems, replicates, n)."""
    return np.stack([refits(one, family, y=mine, engine=engine) for one, mine in zip(asked, y, strict=True)])


def origins(asked: Problem, names: Sequence[str]) -> list[Origin]:
    """The rolling origins on which all these families can be fitted."""
    return origins_of(asked, [FAMILIES[name] for name in names])


def back_test_errors(asked: Sequence[Problem], names: Sequence[str], *, engine: str = "numpy") -> np.ndarray:
    """Root mean square held-out errors (problems, families), infinity where a family predicts nothing."""
    found = np.full((len(asked), len(names)), np.inf)
    for i, one in enumerate(asked):
        splits = origins(one, names)
        for j, name in enumerate(names):
            test = back_test(one, FAMILIES[name], splits)
            found[i, j] = np.inf if test is None else test.error
    return found


def fits_of_subsets(asked: Problem, family: str, weight: np.ndarray) -> np.ndarray:
    """Natural parameters (rows, p) of the global optimum under each weighting (rows, n) of the points."""
    charted = chart(asked, FAMILIES[family])
    return charted.natural(fit_points(asked, charted, weight).theta)
