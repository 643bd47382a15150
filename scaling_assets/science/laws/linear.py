"""An affine law, y = a + b x: latency against concurrency."""

from collections.abc import Mapping
from typing import ClassVar

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
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {}
    min_scales = 3
    min_points = 5

    def basis(self, q: np.ndarray, z: np.ndarray) -> np.ndarray:
        """phi = (1, x)."""
        x = np.broadcast_to(z[..., 0, :], (*np.broadcast_shapes(q.shape[:-1], z.shape[:-2]), z.shape[-1]))
        return np.stack([np.ones_like(x), x], axis=-2)

    def evaluate(self, theta: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """a + b x; dy/da = 1, dy/db = x."""
        dy = self.basis(theta[..., :0], z)
        return theta[..., :1] + theta[..., 1:] * dy[..., 1, :], dy

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With x = centre + scale z: b = c1 / scale, a = c0 - b centre."""
        slope = theta[..., 1] / scale[..., 0]
        return (
            np.stack([theta[..., 0] - slope * centre[..., 0], slope], axis=-1)
            * np.asarray(y_scale)[..., None]
        )
