"""The Chinchilla law: loss against model size N and training tokens D."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter

#: Exponents to start from, the same on both axes.
DECAYS = (
    0.02,
    0.05,
    0.09,
    0.13,
    0.17,
    0.21,
    0.25,
    0.29,
    0.33,
    0.37,
    0.42,
    0.48,
    0.55,
    0.65,
    0.8,
    1.0,
    1.3,
    1.7,
)


class Chinchilla(Family):
    """Two things can be bought, each reduces its own part of the loss; the rest is the floor."""

    name = "chinchilla"
    title = "Chinchilla law"
    equation = "L(N, D) = E + A N^-alpha + B D^-beta"
    citation = "Hoffmann et al. (2022), Training Compute-Optimal Large Language Models, arXiv:2203.15556, equation 2."
    at_zero = "infinity on either axis"
    at_infinity = "E when both grow; E plus the other axis' part when one does"
    axes = 2
    covariate = "log"
    parameters = (
        Parameter("A", "the part that N reduces, at N = 1", "coefficient", "{y}/{x0}^-alpha", lower=0.0),
        Parameter("B", "the part that D reduces, at D = 1", "coefficient", "{y}/{x1}^-beta", lower=0.0),
        Parameter("E", "the irreducible part: what remains at infinite N and D", "floor", "{y}", lower=0.0),
        Parameter("alpha", "decay exponent of N", "exponent", lower=0.0, upper=10.0),
        Parameter("beta", "decay exponent of D", "exponent", lower=0.0, upper=10.0),
    )
    linear = ("A", "B", "E")
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {"alpha": DECAYS, "beta": DECAYS}
    depends: ClassVar[Mapping[str, tuple[str, ...]]] = {"A": ("alpha",), "B": ("beta",), "E": ()}
    second = (("A", "alpha"), ("alpha", "alpha"), ("B", "beta"), ("beta", "beta"))
    min_scales = 3
    min_points = 7

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """The loss; dL/dA = N^-alpha, dL/dE = 1, dL/dalpha = -A N^-alpha ln N, likewise for D."""
        by_n = np.exp(-theta[3] * z[0])
        by_d = np.exp(-theta[4] * z[1])
        n_part = theta[0] * by_n
        d_part = theta[1] * by_d
        dy[0] = by_n
        dy[1] = by_d
        dy[2] = 1.0
        dy[3] = -n_part * z[0]
        dy[4] = -d_part * z[1]
        return n_part + d_part + theta[2]

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """d2L/dA dalpha = -N^-alpha ln N, d2L/dalpha2 = A N^-alpha ln^2 N, likewise for D."""
        d2[0] = -dy[0] * z[0]
        d2[1] = -dy[3] * z[0]
        d2[2] = -dy[1] * z[1]
        d2[3] = -dy[4] * z[1]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: alpha = q / scale, A = c exp(alpha centre)."""
        alpha, beta = theta[3] / scale[0], theta[4] / scale[1]
        return np.stack([
            theta[0] * np.exp(alpha * centre[0]) * y_scale, theta[1] * np.exp(beta * centre[1]) * y_scale,
            theta[2] * y_scale, alpha, beta,
        ])  # fmt: skip
