"""The Universal Scalability Law: throughput against concurrency, with contention and coherency."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter


class UniversalScalability(Family):
    """One worker does gamma; each further one also waits (sigma) and keeps in step with all (kappa)."""

    name = "usl"
    title = "Universal Scalability Law"
    equation = "X(N) = gamma N / (1 + sigma (N - 1) + kappa N (N - 1))"
    citation = "Gunther (2007), Guerrilla Capacity Planning, equation 4.31; Amdahl's law is kappa = 0."
    at_zero = "0"
    at_infinity = "0 for kappa > 0, gamma / sigma for kappa = 0"
    covariate = "raw"
    parameters = (
        Parameter("gamma", "throughput of one worker", "coefficient", "{y}/{x0}", lower=0.0, positive=True),
        Parameter("sigma", "contention: the share of work that queues", "contention", lower=0.0, upper=1.0),
        Parameter(
            "kappa",
            "coherency: the price of keeping each pair of workers in step",
            "coherency",
            lower=0.0,
            upper=10.0,
        ),
    )
    linear = ("gamma",)
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "sigma": (0.0, 1e-4, 1e-3, 4e-3, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.0),
        "kappa": (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3),
    }
    min_scales = 4
    min_points = 5

    def basis(self, q: np.ndarray, z: np.ndarray) -> np.ndarray:
        """phi = N / (1 + sigma (N - 1) + kappa N (N - 1))."""
        workers = z[..., 0, :]
        others = workers - 1.0
        return (workers / (1.0 + q[..., 0:1] * others + q[..., 1:2] * workers * others))[..., None, :]

    def evaluate(self, theta: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """X; dX/dgamma = phi, dX/dsigma = -X (N - 1) / D, dX/dkappa = N dX/dsigma."""
        workers = z[..., 0, :]
        others = workers - 1.0
        load = 1.0 + theta[..., 1:2] * others + theta[..., 2:3] * workers * others
        phi = workers / load
        y = theta[..., 0:1] * phi
        by_sigma = -y * others / load
        return y, np.stack([phi, by_sigma, by_sigma * workers], axis=-2)

    def curvature(self, theta: np.ndarray, z: np.ndarray, dy: np.ndarray, v: np.ndarray) -> np.ndarray:
        """With u = N - 1, D the load: d2X/dgamma dsigma = -phi u/D, d2X/dsigma2 = 2 X u^2/D^2.

        Each sigma replaced by kappa brings one more factor N.
        """
        workers = z[..., 0, :]
        others = workers - 1.0
        share = others / (1.0 + theta[..., 1:2] * others + theta[..., 2:3] * workers * others)
        mixed = -v * dy[..., 0, :] * share
        twice = -2.0 * v * dy[..., 1, :] * share
        out = np.zeros((*v.shape[:-1], 3, 3))
        out[..., 0, 1] = out[..., 1, 0] = np.sum(mixed, axis=-1)
        out[..., 0, 2] = out[..., 2, 0] = np.sum(mixed * workers, axis=-1)
        out[..., 1, 1] = np.sum(twice, axis=-1)
        out[..., 1, 2] = out[..., 2, 1] = np.sum(twice * workers, axis=-1)
        out[..., 2, 2] = np.sum(twice * workers**2, axis=-1)
        return out

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """Only gamma has a unit; N is a count and is never rescaled."""
        return np.concatenate([theta[..., :1] * np.asarray(y_scale)[..., None], theta[..., 1:]], axis=-1)

    @staticmethod
    def peak(sigma: float, kappa: float) -> float:
        """The N of highest throughput, sqrt((1 - sigma) / kappa); infinity without coherency."""
        return float(np.sqrt((1.0 - sigma) / kappa)) if kappa > 0 else float("inf")
