"""The published way to fit the Chinchilla law, written from its description.

What belongs here: that method and variants of its gradient. What does not: timing, our own solver.

L(N, D) = E + A N^-alpha + B D^-beta (Hoffmann et al. 2022, arXiv:2203.15556, equation 2), fitted to ln L in the
log-sum-exp form ln L = LSE(a - alpha ln N, b - beta ln D, e) with a = ln A, b = ln B, e = ln E, under the sum of
Huber losses with delta 1e-3 (their section 3.3; that it must be the sum and not the mean is the finding of
Besiroglu et al. 2024, arXiv:2404.10102). Point fits start L-BFGS from a grid of 4,500 points; bootstrap refits
start BFGS once, from the published point. A minimiser that ends is believed, as published.
"""

import itertools
from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from benchmarks.designs import Runs
from benchmarks.harness import is_installed

DELTA = 1e-3
#: a, b, e, alpha, beta: the estimates of Besiroglu et al. (2024), equation 3.
PUBLISHED = np.array([np.log(482.01), np.log(2085.43), np.log(1.8172), 0.3478, 0.3658])
#: Starts of Hoffmann et al. (2022), section 3.3, as (a, b, e, alpha, beta).
GRID = np.array(
    list(
        itertools.product(
            np.arange(0.0, 26.0, 5.0),
            np.arange(0.0, 26.0, 5.0),
            np.arange(-1.0, 1.1, 0.5),
            np.arange(0.0, 2.1, 0.5),
            np.arange(0.0, 2.1, 0.5),
        )
    )
)


class Loss:
    """The summed Huber loss of chosen points; ``at`` are their places, repeats allowed (a resample)."""

    def __init__(self, runs: Runs, at: np.ndarray | None = None) -> None:
        at = np.arange(len(runs.loss)) if at is None else at
        self.log_n, self.log_d, self.log_loss = np.log(runs.n[at]), np.log(runs.d[at]), np.log(runs.loss[at])

    def value(self, p: np.ndarray) -> float:
        """The objective at (a, b, e, alpha, beta)."""
        curve = np.exp(p[0] - p[3] * self.log_n) + np.exp(p[1] - p[4] * self.log_d) + np.exp(p[2])
        return float(np.sum(huber(np.log(curve) - self.log_loss)))

    def gradient(self, p: np.ndarray) -> np.ndarray:
        """Its exact gradient: the shares of a log-sum-exp are its derivatives."""
        r, size, data, floor = self._parts(p)
        slope = np.clip(r, -DELTA, DELTA)
        by_size, by_data = slope * size, slope * data
        return np.array(
            [by_size.sum(), by_data.sum(), slope @ floor, -by_size @ self.log_n, -by_data @ self.log_d]
        )

    def _parts(self, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        # Without the usual shift by the largest term: nothing overflows from these starts, and it costs time.
        size, data = np.exp(p[0] - p[3] * self.log_n), np.exp(p[1] - p[4] * self.log_d)
        total = size + data + np.exp(p[2])
        return np.log(total) - self.log_loss, size / total, data / total, np.exp(p[2]) / total


def huber(r: np.ndarray) -> np.ndarray:
    """r^2 / 2 up to delta, delta (|r| - delta / 2) beyond."""
    psi = np.clip(r, -DELTA, DELTA)
    return psi * (r - 0.5 * psi)


def objectives(theta: np.ndarray, runs: Runs, weight: np.ndarray) -> np.ndarray:
    """The objective (rows,) of natural parameters A, B, E, alpha, beta (rows, 5) under weights (rows, points)."""
    a, b, e, alpha, beta = (column[:, None] for column in np.asarray(theta, dtype=float).T)
    curve = e + a * runs.n**-alpha + b * runs.d**-beta
    return np.sum(weight * huber(np.log(curve) - np.log(runs.loss)), axis=1)


def natural(p: np.ndarray) -> np.ndarray:
    """A, B, E, alpha, beta (..., 5) of (a, b, e, alpha, beta)."""
    p = np.asarray(p, dtype=float)
    return np.concatenate([np.exp(p[..., :3]), p[..., 3:]], axis=-1)


def resample(weight: np.ndarray) -> np.ndarray:
    """The places of a resample in which each point comes as often as ``weight`` (points,) says."""
    return np.repeat(np.arange(len(weight)), weight.astype(int))


def refit_numeric(loss: Loss) -> np.ndarray:
    """BFGS from the published point, gradient by finite differences (scipy's default)."""
    return minimize(loss.value, PUBLISHED, method="BFGS").x


def refit_exact(loss: Loss) -> np.ndarray:
    """BFGS from the published point with the exact gradient, written by hand."""
    return minimize(loss.value, PUBLISHED, method="BFGS", jac=loss.gradient).x


def refit_autograd(loss: Loss) -> np.ndarray:
    """BFGS from the published point with the gradient that the package autograd derives, as published."""
    from autograd import grad
    from autograd import numpy as traced

    def value(p: np.ndarray) -> float:
        size, data = traced.exp(p[0] - p[3] * loss.log_n), traced.exp(p[1] - p[4] * loss.log_d)
        r = traced.log(size + data + traced.exp(p[2])) - loss.log_loss
        far = traced.abs(r)
        return traced.sum(traced.where(far <= DELTA, 0.5 * r**2, DELTA * (far - 0.5 * DELTA)))

    return minimize(value, PUBLISHED, method="BFGS", jac=grad(value)).x


#: Ways to refit a resample by name. The published one is the autograd gradient.
REFITS: dict[str, Callable[[Loss], np.ndarray]] = {
    "BFGS, numeric gradient": refit_numeric,
    "BFGS, exact gradient": refit_exact,
} | ({"BFGS, autograd gradient (as published)": refit_autograd} if is_installed("autograd") else {})


def point_numeric(loss: Loss, start: np.ndarray) -> np.ndarray:
    """One L-BFGS-B run of the grid, gradient by finite differences, as published."""
    return minimize(loss.value, start, method="L-BFGS-B").x


def point_exact(loss: Loss, start: np.ndarray) -> np.ndarray:
    """One L-BFGS-B run with the exact gradient and an objective near 1: what the method can give at best."""
    scaled = minimize(
        lambda p: loss.value(p) / DELTA, start, jac=lambda p: loss.gradient(p) / DELTA, method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 2000},
    )  # fmt: skip
    return scaled.x


POINTS: dict[str, Callable[[Loss, np.ndarray], np.ndarray]] = {
    "L-BFGS-B grid, numeric gradient (as published)": point_numeric,
    "L-BFGS-B grid, exact gradient, scaled objective": point_exact,
}
