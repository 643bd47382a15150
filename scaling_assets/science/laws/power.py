"""A power law, y = a x^b: work against the number of elements."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter

#: Exponents to start from, steep to flat and both signs; the last step to the optimum is the solver's.
EXPONENTS = (-4.0, -2.0, -1.0, -0.6, -0.35, -0.2, -0.1, 0.0, 0.1, 0.2, 0.35, 0.6, 1.0, 2.0, 4.0)


class Power(Family):
    """Multiplying x by r multiplies y by r^b, wherever one starts."""

    name = "power"
    title = "Power law"
    equation = "y = a x^b"
    citation = (
        "Kaplan et al. (2020), Scaling Laws for Neural Language Models, arXiv:2001.08361, equation 1.1."
    )
    at_zero = "0 for b > 0, infinity for b < 0"
    at_infinity = "infinity for b > 0, 0 for b < 0"
    covariate = "log"
    parameters = (
        Parameter("a", "the value at x = 1", "coefficient", "{y}/{x0}^b", lower=0.0, positive=True),
        Parameter(
            "b", "scaling exponent: doubling x multiplies y by 2^b", "exponent", lower=-10.0, upper=10.0
        ),
    )
    linear = ("a",)
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {"b": EXPONENTS}
    min_scales = 3
    min_points = 5

    def basis(self, q: np.ndarray, z: np.ndarray) -> np.ndarray:
        """phi = x^b = exp(b ln x)."""
        return np.exp(q[..., None] * z[..., 0:1, :])

    def evaluate(self, theta: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """a x^b; dy/da = x^b, dy/db = y ln x."""
        log_x = z[..., 0, :]
        power = np.exp(theta[..., 1:2] * log_x)
        y = theta[..., 0:1] * power
        return y, np.stack([power, y * log_x], axis=-2)

    def curvature(self, theta: np.ndarray, z: np.ndarray, dy: np.ndarray, v: np.ndarray) -> np.ndarray:
        """d2y/da db = x^b ln x, d2y/db2 = y ln^2 x."""
        log_x = z[..., 0, :]
        out = np.zeros((*v.shape[:-1], 2, 2))
        out[..., 0, 1] = out[..., 1, 0] = np.sum(v * dy[..., 0, :] * log_x, axis=-1)
        out[..., 1, 1] = np.sum(v * dy[..., 1, :] * log_x, axis=-1)
        return out

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: b = q / scale, a = c exp(-b centre)."""
        b = theta[..., 1] / scale[..., 0]
        return np.stack([theta[..., 0] * np.exp(-b * centre[..., 0]) * y_scale, b], axis=-1)
