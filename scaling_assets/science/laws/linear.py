"""An affine law, y = a + b x: latency against concurrency."""

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter


class Linear(Family):
    """A fixed part and a constant price for each further unit of x."""

    name = "linear"
    title = "Linear (affine)"
    equation = "y = a + b x"
    citation = "Legendre (1805), Nouvelles methodes pour la determination des orbites des cometes."
    at_zero = "a"
    at_infinity = "infinity with the sign of b"
    covariate = "linear"
    parameters = (
        Parameter("a", "the value at x = 0", "", "{y}"),
        Parameter("b", "what one more unit of x adds", "coefficient", "{y}/{x0}"),
    )
    linear = ("a", "b")
    second = ()
    min_scales = 3
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """a + b x; dy/da = 1, dy/db = x."""
        dy[0] = 1.0
        dy[1] = z[0]
        return theta[0] + theta[1] * z[0]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With x = centre + scale z: b = c1 / scale, a = c0 - b centre."""
        slope = theta[1] / scale[0]
        return np.stack([theta[0] - slope * centre[0], slope]) * y_scale
