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
    second = (("a", "b"), ("b", "b"))
    min_scales = 3
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """a x^b; dy/da = x^b, dy/db = y ln x."""
        power = np.exp(theta[1] * z[0])
        y = theta[0] * power
        dy[0] = power
        dy[1] = y * z[0]
        return y

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """d2y/da db = x^b ln x, d2y/db2 = y ln^2 x."""
        d2[0] = dy[0] * z[0]
        d2[1] = dy[1] * z[0]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: b = q / scale, a = c exp(-b centre)."""
        b = theta[1] / scale[0]
        return np.stack([theta[0] * np.exp(-b * centre[0]) * y_scale, b])
