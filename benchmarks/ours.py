"""Our side of the comparisons: the package through its doors, and nothing that only a benchmark could do.

What belongs here: how a benchmark asks for a fit. What does not: data (``designs``), peers, timing.
"""

from collections.abc import Sequence

import numpy as np

from scaling_assets.records.question import Estimator, LawQuestion
from scaling_assets.science.fitting import Problem
from scaling_assets.science.fitting.fit import point_estimate
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
