"""A sigmoid in ln x between two levels: agent learning, accuracy against compute."""

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen
from scaling_assets.science.laws.hill import STEEPNESS, sigmoid_cells

#: Half-way points to start from outside the data, as shares of the range of ln x. Far outside: a power law above or
#: below a level.
OUTSIDE = (-40.0, -8.0, -3.0, -1.5, -0.8, -0.4, -0.2, -0.03, 0.0, 1.03, 1.2, 1.4, 1.8, 2.5, 4.0, 9.0, 41.0)


class LogSigmoid(Family):
    """One level at x = 0, another at infinity, half-way at x0. It falls where hi is below lo."""

    name = "log_sigmoid"
    title = "Sigmoid in ln x"
    equation = "y = lo + (hi - lo) / (1 + (x / x0)^-k)"
    citation = (
        "Ruan, Maddison and Hashimoto (2024), Observational Scaling Laws and the Predictability of Language "
        "Model Performance, arXiv:2405.10938: a sigmoid in the logarithm of compute."
    )
    at_zero = "lo"
    at_infinity = "hi"
    covariate = "log"
    parameters = (
        Parameter("lo", "what y tends to as x -> 0", "floor", "{y}", lower=0.0),
        Parameter("hi", "what y tends to as x grows", "ceiling", "{y}", lower=0.0),
        Parameter("x0", "the half-way point: y(x0) = (lo + hi) / 2", "place", "{x0}", lower=0.0, positive=True),
        Parameter(
            "k", "steepness: the odds of the way gone grow as x^k", "",
            lower=0.0, upper=100.0, positive=True,
        ),
    )  # fmt: skip
    linear = ("lo", "hi")
    second = (
        ("lo", "x0"), ("lo", "k"), ("hi", "x0"), ("hi", "k"), ("x0", "x0"), ("x0", "k"), ("k", "k"),
    )  # fmt: skip
    min_scales = 5
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """lo (1 - S(v)) + hi S(v), v = k (ln x - ln x0), S the logistic function."""
        away = z[0] - np.log(theta[2])
        v = theta[3] * away
        small = np.exp(-np.abs(v))
        share = np.where(v > 0.0, 1.0, small) / (1.0 + small)
        rest = np.where(v > 0.0, small, 1.0) / (1.0 + small)
        slope = (theta[1] - theta[0]) * share * rest
        dy[0] = rest
        dy[1] = share
        dy[2] = -slope * theta[3] / theta[2]
        dy[3] = slope * away
        return theta[0] * rest + theta[1] * share

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """With S' = S (1 - S), S'' = S' (1 - 2 S) and the derivatives of v."""
        x0, k = theta[2], theta[3]
        away = z[0] - np.log(x0)
        steep = dy[0] * dy[1]
        turn = dy[0] - dy[1]
        d2[0] = steep * k / x0
        d2[1] = -steep * away
        d2[2] = -d2[0]
        d2[3] = -d2[1]
        d2[4] = dy[2] * (-turn * k - 1.0) / x0
        d2[5] = dy[2] * (turn * away + 1.0 / k)
        d2[6] = dy[3] * turn * away

    def cells(self, seen: Seen) -> np.ndarray:
        """Half-way points and steepness laid over the range of ln x: (2, places, steepness, P), x0 then k."""
        return sigmoid_cells(seen, OUTSIDE, STEEPNESS)

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: ln x0 likewise, k = q / scale."""
        x0 = np.exp(centre[0] + scale[0] * np.log(theta[2]))
        return np.stack([theta[0] * y_scale, theta[1] * y_scale, x0, theta[3] / scale[0]])
