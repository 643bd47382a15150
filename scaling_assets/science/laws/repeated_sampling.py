"""Coverage by repeated attempts as a power of their number: -ln c(k) = a k^-b."""

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen

#: Exponents to start from.
DECAYS = (0.0, 0.02, 0.05, 0.1, 0.18, 0.28, 0.4, 0.55, 0.75, 1.0, 1.4, 2.0, 3.5)


class RepeatedSampling(Family):
    """The share of problems that at least one of k attempts solves: every problem counts, in the end."""

    name = "repeated_sampling"
    title = "Coverage by repeated sampling"
    equation = "c(k) = exp(-a k^-b)"
    citation = (
        "Brown et al. (2024), Large Language Monkeys: Scaling Inference Compute with Repeated Sampling, "
        "arXiv:2407.21787: ln c = a k^b, here with both signs turned."
    )
    at_zero = "0"
    at_infinity = "1 for b > 0"
    covariate = "log"
    parameters = (
        Parameter("a", "-ln of the coverage of one attempt", "coefficient", lower=0.0, positive=True),
        Parameter("b", "decay exponent: doubling k divides -ln c by 2^b", lower=0.0, upper=10.0),
    )
    second = (("a", "a"), ("a", "b"), ("b", "b"))
    has_scale = False
    min_scales = 3
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """c = exp(-T), T = a k^-b; dc/da = -c k^-b, dc/db = c T ln k."""
        decay = np.exp(-theta[1] * z[0])
        y = np.exp(-theta[0] * decay)
        dy[0] = -y * decay
        dy[1] = y * theta[0] * decay * z[0]
        return y

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """d2c/da2 = c k^-2b, d2c/da db = c k^-b (1 - T) ln k, d2c/db2 = c T (T - 1) ln^2 k."""
        decay = np.exp(-theta[1] * z[0])
        missing = theta[0] * decay
        d2[0] = -dy[0] * decay
        d2[1] = -dy[0] * (1.0 - missing) * z[0]
        d2[2] = dy[1] * (missing - 1.0) * z[0]

    def cells(self, seen: Seen) -> np.ndarray:
        """For each exponent the a of least squares of ln c, and that of ln(-ln c): (2, 2 len(DECAYS), P)."""
        inside = seen.used & (seen.y > 0.0) & (seen.y < 1.0)
        missing = -np.log(np.where(inside, seen.y, 0.5))
        b = np.array(DECAYS)[:, None, None]
        decay = np.where(inside, np.exp(-b * seen.z[0]), 0.0)
        count = np.maximum(inside.sum(axis=0), 1)
        by_log = np.sum(decay * missing, axis=1) / np.maximum(np.sum(decay * decay, axis=1), 1e-300)
        by_log_log = np.exp(np.sum(np.where(inside, np.log(missing) + b * seen.z[0], 0.0), axis=1) / count)
        a = np.stack([by_log, by_log_log], axis=1)
        return np.stack([np.maximum(a, 1e-300), np.broadcast_to(b, a.shape)]).reshape(2, -1, a.shape[-1])

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln k = centre + scale z: b = q / scale, a = c exp(b centre)."""
        b = theta[1] / scale[0]
        return np.stack([theta[0] * np.exp(b * centre[0]), b])
