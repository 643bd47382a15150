"""A logarithmic law, y = a + b ln x: quality against agents or context."""

from collections.abc import Mapping
from typing import ClassVar

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
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {}
    min_scales = 3
    min_points = 5

    def basis(self, q: np.ndarray, z: np.ndarray) -> np.ndarray:
        """phi = (1, ln x)."""
        x = np.broadcast_to(z[..., 0, :], (*np.broadcast_shapes(q.shape[:-1], z.shape[:-2]), z.shape[-1]))
        return np.stack([np.ones_like(x), x], axis=-2)

    def evaluate(self, theta: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """a + b ln x; dy/da = 1, dy/db = ln x."""
        dy = self.basis(theta[..., :0], z)
        return theta[..., :1] + theta[..., 1:] * dy[..., 1, :], dy

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: b = c1 / scale, a = c0 - b centre."""
        slope = theta[..., 1] / scale[..., 0]
        return (
            np.stack([theta[..., 0] - slope * centre[..., 0], slope], axis=-1)
            * np.asarray(y_scale)[..., None]
        )
