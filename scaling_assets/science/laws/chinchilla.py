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
    min_scales = 3
    min_points = 7

    def basis(self, q: np.ndarray, z: np.ndarray) -> np.ndarray:
        """phi = (N^-alpha, D^-beta, 1)."""
        decay = np.exp(-q[..., :, None] * z)
        return np.concatenate([decay, np.ones_like(decay[..., :1, :])], axis=-2)

    def evaluate(self, theta: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The loss; dL/dA = N^-alpha, dL/dE = 1, dL/dalpha = -A N^-alpha ln N, likewise for D."""
        dy = np.empty((*np.broadcast_shapes(theta.shape[:-1], z.shape[:-2]), 5, z.shape[-1]))
        np.exp(-theta[..., 3:5, None] * z, out=dy[..., 0:2, :])
        parts = theta[..., 0:2, None] * dy[..., 0:2, :]
        dy[..., 2, :] = 1.0
        np.multiply(parts, -z, out=dy[..., 3:5, :])
        return parts[..., 0, :] + parts[..., 1, :] + theta[..., 2:3], dy

    def curvature(self, theta: np.ndarray, z: np.ndarray, dy: np.ndarray, v: np.ndarray) -> np.ndarray:
        """d2L/dA dalpha = -N^-alpha ln N, d2L/dalpha2 = A N^-alpha ln^2 N, likewise for D."""
        weighted = v[..., None, :] * z
        mixed = -np.einsum("...kn,...kn->...k", weighted, dy[..., 0:2, :])
        twice = -np.einsum("...kn,...kn->...k", weighted, dy[..., 3:5, :])
        out = np.zeros((*v.shape[:-1], 5, 5))
        for axis in (0, 1):
            out[..., axis, 3 + axis] = out[..., 3 + axis, axis] = mixed[..., axis]
            out[..., 3 + axis, 3 + axis] = twice[..., axis]
        return out

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: alpha = q / scale, A = c exp(alpha centre)."""
        exponents = theta[..., 3:5] / scale
        y_scale = np.asarray(y_scale)[..., None]
        coefficients = theta[..., 0:2] * np.exp(exponents * centre) * y_scale
        return np.concatenate([coefficients, theta[..., 2:3] * y_scale, exponents], axis=-1)
