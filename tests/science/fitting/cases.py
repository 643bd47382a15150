"""Problems for the tests of this folder: planted truths of every family, and the builder for single ones."""

import numpy as np

from scaling_assets.records.experiment import Estimator, LawQuestion
from scaling_assets.science.fitting import Problem
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.synthetic import simulate_values

TRUTHS = {
    "constant": {"c": 60.0},
    "linear": {"a": 50.0, "b": 5.0},
    "logarithmic": {"a": 3.0, "b": 0.8},
    "power": {"a": 1.05, "b": 0.35},
    "power_floor": {"E": 1.8, "a": 4.0, "b": 0.4},
    "usl": {"gamma": 90.0, "sigma": 0.03, "kappa": 1e-4},
    "chinchilla": {"A": 400.0, "B": 1200.0, "E": 1.7, "alpha": 0.34, "beta": 0.3},
}


def design(family: str, scales: int = 8, replicates: int = 6) -> np.ndarray:
    """Points x (n, k): a geometric ladder, crossed where the family has two axes."""
    if FAMILIES[family].axes == 2:
        n, d = np.meshgrid(np.geomspace(5e7, 1e10, scales), np.geomspace(1e9, 3e11, max(3, replicates)))
        return np.stack([n.ravel(), d.ravel()], axis=1)
    return np.repeat(np.round(np.geomspace(1, 300, scales)), replicates)[:, None]


def problem(
    x, y, families=("power",), *, unit=None, residuals="log", estimator=None, resampling="auto", **question
) -> Problem:
    x = np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    asked = LawQuestion(
        metric="latency",
        by=("n", "d", "u", "v")[: x.shape[1]],
        families=families,
        estimator=estimator or Estimator(),
        **({"bootstrap": 100} | question),
    )
    names = np.array([f"r{i}" for i in range(len(y))] if unit is None else unit, dtype=object)
    units = ("elements", "tokens")[: x.shape[1]]
    return Problem(
        "demo", asked, x, np.asarray(y, dtype=float), names, "ms", units, residuals, resampling=resampling
    )


def planted(
    family: str, noise: float, seed: int = 0, *, scales=8, replicates=6, residuals="log", **rest
) -> Problem:
    x = design(family, scales, replicates)
    y = simulate_values(family, TRUTHS[family], x, noise, np.random.default_rng(seed), residuals)
    return problem(x, y, rest.pop("families", (family,)), residuals=residuals, **rest)
