"""A decaying power with a head start, y ~ E + (x + s)^-b: learning curves with warm-up, practice."""

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen

#: Exponents to start from. b = 0 is left out: there the floor and the decaying part are the same thing.
DECAYS = (0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.9, 1.4, 2.2, 4.0, 6.5, 10.0)
#: Shifts to start from, as shares of the way from the lowest x to the highest on the log scale.
PLACES = (-0.6, -0.3, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5)


class ShiftedPower(Family):
    """A power law above a floor that has s units of x behind it when counting begins.

    Elsewhere the coefficient stands before (x + s)^-b; that one is a (1 + s)^b. Ours is the reducible part at
    x = 1, as in the power law without a shift: s then moves the curve's shape and not also its level, which
    is what lets Newton's steps follow the valley between b and s.
    """

    name = "shifted_power"
    title = "Shifted power law above a floor"
    equation = "y = E + a ((x + s) / (1 + s))^-b"
    citation = (
        "Newell and Rosenbloom (1981), Mechanisms of skill acquisition and the law of practice, "
        "in Anderson (ed.), Cognitive Skills and Their Acquisition: the general power law of practice."
    )
    at_zero = "E + a (s / (1 + s))^-b for s > 0, infinity for s = 0"
    at_infinity = "E"
    covariate = "ratio"
    parameters = (
        Parameter("E", "the irreducible part: what remains at infinite x", "floor", "{y}", lower=0.0),
        Parameter("a", "the reducible part at x = 1", "coefficient", "{y}", lower=0.0),
        Parameter("b", "decay exponent once x is far above s", "exponent", lower=0.0, upper=10.0),
        Parameter("s", "head start: below it the curve is flat", "place", "{x0}", lower=0.0),
    )
    linear = ("E", "a")
    second = (("a", "b"), ("a", "s"), ("b", "b"), ("b", "s"), ("s", "s"))
    min_scales = 5
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """E + R, R = a e^(-b L), L = ln((x + s) / (1 + s)); dR/da = e^(-b L), dR/db = -R L, dR/ds = -b R dL/ds."""
        moved = z[0] + theta[3]
        start = 1.0 + theta[3]
        way = np.log(moved / start)
        decay = np.exp(-theta[2] * way)
        reducible = theta[1] * decay
        dy[0] = 1.0
        dy[1] = decay
        dy[2] = -reducible * way
        dy[3] = -theta[2] * reducible * (1.0 / moved - 1.0 / start)
        return theta[0] + reducible

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """With q = dL/ds: R L^2 for b twice, R q (b L - 1) for b and s, R (b^2 q^2 - b dq/ds) for s twice."""
        b = theta[2]
        by_moved, by_start = 1.0 / (z[0] + theta[3]), 1.0 / (1.0 + theta[3])
        way = -np.log(by_moved / by_start)
        q = by_moved - by_start
        d2[0] = -dy[1] * way
        d2[1] = -b * dy[1] * q
        d2[2] = -dy[2] * way
        d2[3] = theta[1] * dy[1] * q * (b * way - 1.0)
        d2[4] = theta[1] * dy[1] * b * q * (b * q + by_moved + by_start)

    def cells(self, seen: Seen) -> np.ndarray:
        """Exponents times shifts laid over the data on the log scale, and no shift: (2, decays, shifts, P)."""
        low, high = np.log(seen.low[0]), np.log(seen.high[0])
        places = np.array(PLACES)[:, None]
        shifts = np.concatenate([np.zeros((1, len(low))), np.exp(low + places * (high - low))])
        decays = np.broadcast_to(np.array(DECAYS)[:, None, None], (len(DECAYS), *shifts.shape))
        return np.stack([decays, np.broadcast_to(shifts, decays.shape)])

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With x = scale z: s grows with the scale, and a is read off at x = 1, where z = 1 / scale."""
        way = np.log((1.0 / scale[0] + theta[3]) / (1.0 + theta[3]))
        a = theta[1] * np.exp(-theta[2] * way) * y_scale
        return np.stack([theta[0] * y_scale, a, theta[2], theta[3] * scale[0]])
