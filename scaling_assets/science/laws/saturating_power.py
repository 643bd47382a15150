"""Estimator M4: a power law of the way from chance to the floor, (y - E) / (y0 - y)^k ~ a x^-b."""

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen

#: Exponents to start from.
DECAYS = (0.05, 0.09, 0.14, 0.2, 0.3, 0.42, 0.6, 0.9, 1.4, 2.5, 5.0, 10.0)
#: Where the right side is 1 outside the data, as shares of the range of ln x: far below, y0 hardly shows.
OUTSIDE = (-3.0, -1.5, -0.7, -0.3, -0.1, 1.2)
#: The same among the data, as shares of the scales in their order: a sharp corner lies between two of them.
AMONG = (0.06, 0.17, 0.28, 0.39, 0.5, 0.61, 0.72, 0.83, 0.94)
#: Sharpness of leaving chance to start from; the published curves have 0.02 to 1.
BENDS = (0.002, 0.03, 0.12, 0.35, 0.8, 1.6, 4.0)


class SaturatingPower(Family):
    """At chance y0 for small x, then a power law above the floor E; k says how sharply it leaves chance.

    w = (y - E) / (y0 - E) is the share of the way that remains. The paper's beta is
    a (y0 - E)^(1 - k): relative to the range, y is linear in E and y0, and a has no unit of y. y0 is free,
    as in the paper: noise may lift single values above it. Where chance is known, y0 can be pinned.
    """

    name = "saturating_power"
    title = "Power law between chance and a floor (M4)"
    equation = "w / (1 - w)^k = a x^-b, w = (y - E) / (y0 - E)"
    citation = (
        "Alabdulmohsin, Neyshabur and Zhai (2022), Revisiting Neural Scaling Laws in Language and Vision, "
        "arXiv:2209.06640: estimator M4."
    )
    at_zero = "y0 for b > 0"
    at_infinity = "E"
    covariate = "log"
    parameters = (
        Parameter("E", "the irreducible part: what remains at infinite x", "floor", "{y}", lower=0.0),
        Parameter(
            "y0", "chance: the value before anything is learnt", "ceiling", "{y}", lower=0.0, positive=True
        ),
        Parameter("k", "how sharply the curve leaves chance", "", lower=0.001, upper=5.0),
        Parameter("a", "w / (1 - w)^k at x = 1", "coefficient", "1/{x0}^-b", lower=0.0, positive=True),
        Parameter("b", "decay exponent near the floor", "exponent", lower=0.0, upper=10.0),
    )
    linear = ("E", "y0")
    second = (
        ("E", "k"), ("E", "a"), ("E", "b"), ("y0", "k"), ("y0", "a"), ("y0", "b"),
        ("k", "k"), ("k", "a"), ("k", "b"), ("a", "a"), ("a", "b"), ("b", "b"),
    )  # fmt: skip
    min_scales = 6
    min_points = 6

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """E (1 - w) + y0 w, with u = logit w the root of u + (k - 1) ln(1 + e^u) = t, t = ln a - b ln x.

        The left side grows between slopes 1 and k and bends one way, so Halley's steps from the crossing
        of its asymptotes need no safeguard: six reach rounding error for every k of the domain. Gradient
        by the implicit function theorem: du/dt = 1 / D, du/dk = -ln(1 + e^u) / D, D = 1 - w + k w.
        """
        k = theta[2]
        t = np.log(theta[3]) - theta[4] * z[0]
        u = np.minimum(t, 0.0) + np.minimum(np.maximum(t, 0.0) / k, 40.0)
        for _ in range(6):
            small = np.exp(-np.abs(u))
            w = np.where(u > 0.0, 1.0, small) / (1.0 + small)
            v = np.where(u > 0.0, small, 1.0) / (1.0 + small)
            gap = u + (k - 1.0) * (np.maximum(u, 0.0) + np.log1p(small)) - t
            slope = v + k * w
            u = np.minimum(u - gap * slope / (slope * slope - 0.5 * gap * (k - 1.0) * w * v), 40.0)
        small = np.exp(-np.abs(u))
        w = np.where(u > 0.0, 1.0, small) / (1.0 + small)
        v = np.where(u > 0.0, small, 1.0) / (1.0 + small)
        rise = (theta[1] - theta[0]) * w * v / (v + k * w)
        dy[0] = v
        dy[1] = w
        dy[2] = -rise * (np.maximum(u, 0.0) + np.log1p(small))
        dy[3] = rise / theta[3]
        dy[4] = -rise * z[0]
        return theta[0] * v + theta[1] * w

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """From the derivatives of w by t and k, and t = ln a - b ln x."""
        w, v, k, a = dy[1], dy[0], theta[2], theta[3]
        reach = theta[1] - theta[0]
        slope = v + k * w
        log_rest = -np.log(v)  # ln(1 + e^u)
        by_t = w * v / slope
        along = by_t * (v - w - (k - 1.0) * by_t) / slope
        by_tk = -log_rest * along - by_t * w / slope
        by_k = -log_rest * by_t
        by_kk = -log_rest * (by_tk - w * by_t / slope)
        d2[0], d2[1], d2[2] = -by_k, -by_t / a, by_t * z[0]
        d2[3], d2[4], d2[5] = by_k, by_t / a, -by_t * z[0]
        d2[6], d2[7], d2[8] = reach * by_kk, reach * by_tk / a, -reach * by_tk * z[0]
        d2[9] = reach * (along - by_t) / (a * a)
        d2[10] = -reach * along * z[0] / a
        d2[11] = reach * along * z[0] * z[0]

    def cells(self, seen: Seen) -> np.ndarray:
        """Sharpness, exponents and places laid over the range of ln x: (3, bends, places, decays, P) of k, a, b."""
        low, width = seen.low[0], seen.high[0] - seen.low[0]
        width = np.where(width > 0, width, 1.0)
        places = np.sort(
            np.concatenate([low + np.array(OUTSIDE)[:, None] * width, seen.among(AMONG)]), axis=0
        )
        shape = (len(BENDS), len(places), len(DECAYS), len(low))
        k = np.array(BENDS)[:, None, None, None]
        place = places[:, None]
        b = np.array(DECAYS)[:, None]
        a = np.exp(np.clip(b * place, -600.0, 600.0))
        return np.stack([np.broadcast_to(part, shape) for part in (k, a, b)])

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: b = q / scale, a = c exp(b centre); k has no unit."""
        b = theta[4] / scale[0]
        a = theta[3] * np.exp(b * centre[0])
        return np.stack([theta[0] * y_scale, theta[1] * y_scale, theta[2], a, b])
