"""Two variance components: the noise inside a run, which its rows show, and the noise between runs.

What belongs here: estimating both from trials, and the weights that follow. What does not: fits.
"""

from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.distinct import cell_numbers
from scaling_assets.science.fitting.scale import ResidualScale

CAP = 10.0  # a run weighs at most this many times the median one: a small spread of few rows is often luck


@dataclass(frozen=True, eq=False)
class Components:
    """Variances on the residual scale: within each run (n,), of its value, and between runs (one number).

    ``weight`` (n,) is 1 / (between + within), capped, with mean 1; ``degrees`` those of the between component.
    """

    within: np.ndarray
    between: float
    degrees: int
    weight: np.ndarray


def components(x: np.ndarray, eta: np.ndarray, within: np.ndarray) -> Components:
    """Split the variance of eta = h(y) (n,) at points x (n, k) whose own within-run variances are known (n,).

    The spread of replicates in a cell has the expectation between + mean within (one-way random effects, method of
    moments: Searle, Casella & McCulloch 1992, Variance Components, section 3.6; never below 0). Runs whose own
    spread is unknown (NaN) count with the median of the others; without any known spread weights are equal.
    """
    known = np.isfinite(within)
    if not known.any():
        return Components(within, float("nan"), 0, np.ones(len(eta)))
    filled = np.where(known, within, np.median(within[known]))
    cell = cell_numbers(x)
    sizes = np.bincount(cell)
    means = np.bincount(cell, eta) / sizes
    degrees = int(np.sum(sizes - 1))
    square = float(np.sum((eta - means[cell]) ** 2))
    expected = float(np.sum((1.0 - 1.0 / sizes)[cell] * filled))
    between = max(0.0, (square - expected) / degrees) if degrees else 0.0
    total = between + filled
    if not (total > 0).all():
        return Components(within, between, degrees, np.ones(len(eta)))
    weight = np.minimum(1.0 / total, CAP * np.median(1.0 / total))
    return Components(within, between, degrees, weight / weight.mean())


def weights(
    x: np.ndarray, y: np.ndarray, sd: np.ndarray, rows: np.ndarray, scale: ResidualScale
) -> np.ndarray:
    """Weights (n,) of trials at x (n, k) with values y, each from ``rows`` rows with standard deviation ``sd`` (n,)."""
    with np.errstate(all="ignore"):
        within = np.asarray(scale.slope(y)) ** 2 * sd**2 / rows
        eta = scale.forward(y)
    fine = np.isfinite(eta)
    weight = np.ones(len(y))
    if fine.any():
        weight[fine] = components(x[fine], eta[fine], within[fine]).weight
    return weight
