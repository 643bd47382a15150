"""A logarithmic law, y = a + b ln x: quality against agents or context."""

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter


class Logarithmic(Family):
    """Every doubling of x adds the same amount, b ln 2."""

    name = "logarithmic"
    title = "Logarithmic"
    equation = "y = a + b ln x"
    citation = "Fechner (1860), Elemente der Psychophysik."
    at_zero = "infinity with the sign of -b"
    at_infinity = "infinity with the sign of b"
    covariate = "log"
    parameters = (
        Parameter("a", "the value at x = 1", "", "{y}"),
        Parameter("b", "what multiplying x by e = 2.718 adds", "coefficient", "{y}"),
    )
    linear = ("a", "b")
    second = ()
    min_scales = 3
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """a + b ln x; dy/da = 1, dy/db = ln x."""
        dy[0] = 1.0
        dy[1] = z[0]
        return theta[0] + theta[1] * z[0]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: b = c1 / scale, a = c0 - b centre."""
        slope = theta[1] / scale[0]
        return np.stack([theta[0] - slope * centre[0], slope]) * y_scale
