"""The Hill equation, y = hi x^h / (x0^h + x^h): a response that starts at nothing and saturates."""

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen

#: Steepness to start from, times the range of ln x, flat to a step.
STEEPNESS = (0.3, 0.8, 1.5, 2.5, 4.0, 6.0, 9.0, 14.0, 22.0, 40.0, 80.0)
#: Half-way points to start from outside the data, as shares of the range of ln x. Just below the lowest x: a step that
#: only one point sees. Far above the highest: a power law that shows no sign of its plateau.
OUTSIDE = (-1.0, -0.5, -0.2, -0.03, 0.0, 1.05, 1.25, 1.5, 2.0, 3.0, 8.0, 40.0)
#: The same among the data, as shares of the scales in their order: a step lies between two of them.
AMONG = (0.06, 0.17, 0.28, 0.39, 0.5, 0.61, 0.72, 0.83, 0.94)


class Hill(Family):
    """Zero at x = 0, half of hi at x0, hi at infinity. A response with a free lower level is log_sigmoid."""

    name = "hill"
    title = "Hill equation"
    equation = "y = hi x^h / (x0^h + x^h)"
    citation = (
        "Hill (1910), The possible effects of the aggregation of the molecules of haemoglobin on its "
        "dissociation curves, Journal of Physiology 40 (suppl.), iv-vii."
    )
    at_zero = "0"
    at_infinity = "hi"
    covariate = "log"
    parameters = (
        Parameter("hi", "what y tends to as x grows", "ceiling", "{y}", lower=0.0, positive=True),
        Parameter("x0", "the half-way point: y(x0) = hi / 2", "place", "{x0}", lower=0.0, positive=True),
        Parameter(
            "h",
            "Hill exponent: y grows as x^h far below x0",
            "",
            lower=0.0,
            upper=100.0,
            positive=True,
        ),
    )
    linear = ("hi",)
    second = (("hi", "x0"), ("hi", "h"), ("x0", "x0"), ("x0", "h"), ("h", "h"))
    min_scales = 4
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """hi S(v), v = h (ln x - ln x0), S the logistic function; dy/dv = hi S (1 - S)."""
        away = z[0] - np.log(theta[1])
        v = theta[2] * away
        small = np.exp(-np.abs(v))
        share = np.where(v > 0.0, 1.0, small) / (1.0 + small)
        y = theta[0] * share
        slope = y * np.where(v > 0.0, small, 1.0) / (1.0 + small)
        dy[0] = share
        dy[1] = -slope * theta[2] / theta[1]
        dy[2] = slope * away
        return y

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """With S' = S (1 - S), S'' = S' (1 - 2 S) and the derivatives of v."""
        hi, x0, h = theta[0], theta[1], theta[2]
        away = z[0] - np.log(x0)
        turn = 1.0 - 2.0 * dy[0]
        d2[0] = dy[1] / hi
        d2[1] = dy[2] / hi
        d2[2] = dy[1] * (-turn * h - 1.0) / x0
        d2[3] = dy[1] * (turn * away + 1.0 / h)
        d2[4] = dy[2] * turn * away

    def cells(self, seen: Seen) -> np.ndarray:
        """Half-way points and steepness laid over the range of ln x: (2, places, steepness, P), x0 then h."""
        return sigmoid_cells(seen, OUTSIDE, STEEPNESS)

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: ln x0 likewise, h = q / scale."""
        x0 = np.exp(centre[0] + scale[0] * np.log(theta[1]))
        return np.stack([theta[0] * y_scale, x0, theta[2] / scale[0]])


def sigmoid_cells(seen: Seen, outside: tuple[float, ...], steepness: tuple[float, ...]) -> np.ndarray:
    """Half-way points outside and among the data by steepness (2, places, steepness, P), for curves in ln x."""
    low, width = seen.low[0], seen.high[0] - seen.low[0]
    width = np.where(width > 0, width, 1.0)
    places = np.concatenate([low + np.array(outside)[:, None] * width, seen.among(AMONG)])
    x0 = np.exp(np.clip(np.sort(places, axis=0), -600.0, 600.0))[:, None]
    h = np.minimum(np.array(steepness)[None, :, None] / width, 100.0)
    shape = (len(places), len(steepness), len(low))
    return np.stack([np.broadcast_to(x0, shape), np.broadcast_to(h, shape)])
