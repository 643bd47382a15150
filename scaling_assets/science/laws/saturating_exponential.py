"""An exponential approach to a plateau, y = c + a exp(-k x): quality or cost against iterations."""

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen

#: Rates to start from, times the range of x: from a line that shows no sign of its plateau to a step.
RATES = (1e-4, 1e-3, 0.01, 0.05, 0.15, 0.3, 0.6, 1.0, 1.6, 2.5, 4.0, 6.0, 9.0, 14.0, 22.0, 35.0, 60.0)
#: The same, times the distance from the lowest x to the second lowest: for x that span orders of magnitude.
FIRST_STEPS = (0.03, 0.1, 0.3, 0.7, 1.5, 3.0, 6.0, 12.0)


class SaturatingExponential(Family):
    """The distance to the plateau shrinks by the same share with each unit of x."""

    name = "saturating_exponential"
    title = "Saturating exponential"
    equation = "y = c + a exp(-k x)"
    citation = (
        "Heathcote, Brown and Mewhort (2000), The power law repealed: The case for an exponential law of "
        "practice, Psychonomic Bulletin and Review 7, 185-207."
    )
    at_zero = "c + a"
    at_infinity = "c"
    covariate = "linear"
    parameters = (
        Parameter("c", "the plateau: what y tends to", "ceiling", "{y}", lower=0.0),
        Parameter("a", "distance from the plateau at x = 0: negative where y rises", "coefficient", "{y}"),
        Parameter(
            "k", "rate: each 1/k of x divides the distance by e", "", "1/{x0}", lower=0.0, positive=True
        ),
    )
    linear = ("c", "a")
    second = (("a", "k"), ("k", "k"))
    min_scales = 4
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """c + a e^(-kx); dy/dc = 1, dy/da = e^(-kx), dy/dk = -a x e^(-kx). The exponent stops at 700."""
        decay = np.exp(np.minimum(-theta[2] * z[0], 700.0))
        dy[0] = 1.0
        dy[1] = decay
        dy[2] = -theta[1] * decay * z[0]
        return theta[0] + theta[1] * decay

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """d2y/da dk = -x e^(-kx), d2y/dk2 = a x^2 e^(-kx)."""
        d2[0] = -dy[1] * z[0]
        d2[1] = -dy[2] * z[0]

    def frame(self, raw: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Centre at the lowest x, so that no exponential overflows; scale by the mean distance from it."""
        low = np.min(np.where(used, raw, np.inf), axis=1)
        centre = np.where(np.isfinite(low), low, 0.0)
        away = np.sum(np.where(used, raw - centre[:, None], 0.0), axis=1) / np.maximum(used.sum(axis=0), 1)
        return centre, np.where((away > 0) & np.isfinite(away), away, 1.0)

    def cells(self, seen: Seen) -> np.ndarray:
        """Rates by the range of x and by its first step: (1, G, P)."""
        low, high = seen.low[0], seen.high[0]
        away = np.where(seen.used & (seen.z[0] > low), seen.z[0] - low, np.inf)
        width = np.where(high > low, high - low, 1.0)
        step = np.minimum(np.min(away, axis=0), width)
        rates = [np.array(RATES)[:, None] / width, np.array(FIRST_STEPS)[:, None] / step]
        return np.sort(np.concatenate(rates), axis=0)[None]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With x = centre + scale z: k = q / scale, a = c1 exp(k centre)."""
        k = theta[2] / scale[0]
        return np.stack([theta[0] * y_scale, theta[1] * np.exp(k * centre[0]) * y_scale, k])
