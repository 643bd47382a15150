"""A decaying power above a floor, y = E + a x^-b: loss against data, compute or size."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter

#: Exponents to start from. b = 0 is left out: there the floor and the decaying part are the same thing.
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
    2.5,
    4.0,
)


class PowerFloor(Family):
    """What x can reduce falls as a power; what it cannot is the floor E."""

    name = "power_floor"
    title = "Power law above a floor"
    equation = "y = E + a x^-b"
    citation = "Hestness et al. (2017), Deep Learning Scaling is Predictable, Empirically, arXiv:1712.00409."
    at_zero = "infinity"
    at_infinity = "E"
    covariate = "log"
    parameters = (
        Parameter("E", "the irreducible part: what remains at infinite x", "floor", "{y}", lower=0.0),
        Parameter("a", "the reducible part at x = 1", "coefficient", "{y}/{x0}^-b", lower=0.0),
        Parameter(
            "b",
            "decay exponent: doubling x divides the reducible part by 2^b",
            "exponent",
            lower=0.0,
            upper=10.0,
        ),
    )
    linear = ("E", "a")
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {"b": DECAYS}
    depends: ClassVar[Mapping[str, tuple[str, ...]]] = {"E": (), "a": ("b",)}
    second = (("a", "b"), ("b", "b"))
    min_scales = 4
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """E + a x^-b; dy/dE = 1, dy/da = x^-b, dy/db = -a x^-b ln x."""
        decay = np.exp(-theta[2] * z[0])
        reducible = theta[1] * decay
        dy[0] = 1.0
        dy[1] = decay
        dy[2] = -reducible * z[0]
        return theta[0] + reducible

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """d2y/da db = -x^-b ln x, d2y/db2 = a x^-b ln^2 x."""
        d2[0] = -dy[1] * z[0]
        d2[1] = -dy[2] * z[0]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: b = q / scale, a = c exp(b centre)."""
        b = theta[2] / scale[0]
        return np.stack([theta[0] * y_scale, theta[1] * np.exp(b * centre[0]) * y_scale, b])
