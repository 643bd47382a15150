"""The Universal Scalability Law: throughput against concurrency, with contention and coherency."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws import concurrency
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
    second = (
        ("gamma", "sigma"), ("gamma", "kappa"), ("sigma", "sigma"), ("sigma", "kappa"), ("kappa", "kappa"),
    )  # fmt: skip
    min_scales = 4
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """X; dX/dgamma = phi, dX/dsigma = -X (N - 1) / D, dX/dkappa = N dX/dsigma, with D the load."""
        others = z[0] - 1.0
        load = 1.0 + theta[1] * others + theta[2] * z[0] * others
        phi = z[0] / load
        y = theta[0] * phi
        by_sigma = -y * others / load
        dy[0] = phi
        dy[1] = by_sigma
        dy[2] = by_sigma * z[0]
        return y

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """With u = N - 1, D the load: d2X/dgamma dsigma = -phi u/D, d2X/dsigma2 = 2 X u^2/D^2.

        Each sigma replaced by kappa brings one more factor N.
        """
        others = z[0] - 1.0
        share = others / (1.0 + theta[1] * others + theta[2] * z[0] * others)
        d2[0] = -dy[0] * share
        d2[1] = d2[0] * z[0]
        d2[2] = -2.0 * dy[1] * share
        d2[3] = d2[2] * z[0]
        d2[4] = d2[3] * z[0]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """Only gamma has a unit; N is a count and is never rescaled."""
        return np.stack([theta[0] * y_scale, theta[1], theta[2]])

    @staticmethod
    def peak(sigma: float, kappa: float) -> float:
        """The N of highest throughput, sqrt((1 - sigma) / kappa); infinity without coherency."""
        return float(concurrency.peak(1.0, sigma, kappa)[0])
