"""Amdahl's law as throughput: the Universal Scalability Law without coherency."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter


class Amdahl(Family):
    """A share sigma of the work queues for one place; the rest is divided among N workers."""

    name = "amdahl"
    title = "Amdahl's law"
    equation = "X(N) = gamma N / (1 + sigma (N - 1))"
    citation = (
        "Amdahl (1967), Validity of the single processor approach to achieving large scale computing "
        "capabilities, AFIPS Conference Proceedings 30, 483-485; Gunther (2007), Guerrilla Capacity Planning, "
        "with kappa = 0."
    )
    at_zero = "0"
    at_infinity = "gamma / sigma for sigma > 0, infinity for sigma = 0"
    covariate = "raw"
    parameters = (
        Parameter("gamma", "throughput of one worker", "coefficient", "{y}/{x0}", lower=0.0, positive=True),
        Parameter("sigma", "contention: the share of work that queues", "contention", lower=0.0, upper=1.0),
    )
    linear = ("gamma",)
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "sigma": (0.0, 1e-6, 1e-5, 1e-4, 1e-3, 4e-3, 0.01, 0.03, 0.08, 0.15, 0.3, 0.5, 0.75, 1.0),
    }
    second = (("gamma", "sigma"), ("sigma", "sigma"))
    min_scales = 3
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """X; dX/dgamma = N / D, dX/dsigma = -X (N - 1) / D, with the load D = 1 + sigma (N - 1)."""
        others = z[0] - 1.0
        load = 1.0 + theta[1] * others
        phi = z[0] / load
        y = theta[0] * phi
        dy[0] = phi
        dy[1] = -y * others / load
        return y

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """d2X/dgamma dsigma = -N (N - 1) / D^2, d2X/dsigma2 = 2 X (N - 1)^2 / D^2."""
        others = z[0] - 1.0
        share = others / (1.0 + theta[1] * others)
        d2[0] = -dy[0] * share
        d2[1] = -2.0 * dy[1] * share

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """Only gamma has a unit; N is a count and is never rescaled."""
        return np.stack([theta[0] * y_scale, theta[1]])
