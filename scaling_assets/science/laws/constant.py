"""No effect: y = c. The null that every other law must beat."""

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
    second = ()
    min_scales = 2
    min_points = 3

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """c everywhere; dy/dc = 1."""
        dy[0] = 1.0
        return theta[0] + 0.0 * z[0]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """c scales with y; x plays no part."""
        return theta * y_scale
