"""No effect: y = c. The null that every other law must beat."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter


class Constant(Family):
    """y does not depend on x."""

    name = "constant"
    title = "Constant"
    equation = "y = c"
    citation = "The null hypothesis of no effect."
    at_zero = "c"
    at_infinity = "c"
    covariate = "raw"
    parameters = (Parameter("c", "the value at every x", "coefficient", "{y}"),)
    linear = ("c",)
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {}
    min_scales = 2
    min_points = 3

    def basis(self, q: np.ndarray, z: np.ndarray) -> np.ndarray:
        """phi = 1."""
        shape = np.broadcast_shapes(q.shape[:-1], z.shape[:-2])
        return np.ones((*shape, 1, z.shape[-1]))

    def evaluate(self, theta: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """c everywhere; dy/dc = 1."""
        one = np.ones_like(theta[..., :1] + z[..., 0, :])
        return theta[..., :1] * one, one[..., None, :]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """c scales with y; x plays no part."""
        return theta * np.asarray(y_scale)[..., None]
