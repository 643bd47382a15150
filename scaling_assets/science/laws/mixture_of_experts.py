"""Mixture-of-experts laws: loss against model size N and the number of experts.

What belongs here: the forms in (N, experts). What does not: laws in which tokens vary (``chinchilla``).
"""

import itertools
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen

STARTS = (1.0, 1.5, 2.5, 5.0, 10.0)  # what one expert may count for
MOSTS = (50.0, 150.0, 400.0, 1e3, 4e3, 1e5)  # what many experts may count for


class ExpertsBilinear(Family):
    """A power law in N whose exponent changes with the logarithm of the number of experts, and the reverse.

    The authors' d is ln K. With their saturating number of experts in place of the number itself it is
    ``experts_saturating``.
    """

    name = "experts_bilinear"
    title = "Mixture of experts, bilinear in logarithms"
    equation = "ln L(N, X) = ln K + a ln N + b ln X + c ln N ln X"
    citation = "Clark et al. (2022), Unified Scaling Laws for Routed Language Models, arXiv:2202.01169."
    at_zero = "0 or infinity by the signs of a + c ln X and b + c ln N"
    at_infinity = "0 or infinity by the signs of a + c ln X and b + c ln N"
    axes = 2
    covariate = "log"
    parameters = (
        Parameter("K", "the loss at N = 1 and one expert", "coefficient", "{y}", lower=0.0, positive=True),
        Parameter("a", "exponent of N with one expert", "exponent"),
        Parameter("b", "exponent of the number of experts at N = 1", "exponent"),
        Parameter("c", "what an e-fold of N adds to the exponent of the number of experts", "exponent"),
    )
    linear = ("K",)
    second = (
        ("K", "a"), ("K", "b"), ("K", "c"), ("a", "a"), ("a", "b"), ("a", "c"), ("b", "b"), ("b", "c"), ("c", "c"),
    )  # fmt: skip
    min_scales = 3
    min_points = 6

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """The loss; dL/dK = L / K, dL/da = L ln N, dL/db = L ln X, dL/dc = L ln N ln X."""
        unit = np.exp(theta[1] * z[0] + theta[2] * z[1] + theta[3] * z[0] * z[1])
        y = theta[0] * unit
        dy[0] = unit
        dy[1] = y * z[0]
        dy[2] = y * z[1]
        dy[3] = y * z[0] * z[1]
        return y

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """Each further derivative by a, b or c brings one more factor ln N, ln X or ln N ln X."""
        both = z[0] * z[1]
        d2[0] = dy[0] * z[0]
        d2[1] = dy[0] * z[1]
        d2[2] = dy[0] * both
        d2[3] = dy[1] * z[0]
        d2[4] = dy[1] * z[1]
        d2[5] = dy[1] * both
        d2[6] = dy[2] * z[1]
        d2[7] = dy[2] * both
        d2[8] = dy[3] * both

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z on both axes, multiplied out."""
        c = theta[3] / (scale[0] * scale[1])
        a = theta[1] / scale[0] - c * centre[1]
        b = theta[2] / scale[1] - c * centre[0]
        shift = a * centre[0] + b * centre[1] + c * centre[0] * centre[1]
        return np.stack([theta[0] * np.exp(-shift) * y_scale, a, b, c])

    def cells(self, seen: Seen) -> np.ndarray:
        """ln L is linear in the parameters: one cell in closed form, and the same without interaction."""
        u, v = seen.z
        is_used = seen.used & (seen.y > 0)
        goal = np.log(np.where(is_used, seen.y, 1.0))
        basis = np.where(is_used, np.stack([np.ones_like(u), u, v, u * v]), 0.0)
        best = [_least_squares(basis[:m], goal) for m in (4, 3)]
        theta = np.zeros((3, 2, seen.y.shape[1]))
        theta[:, 0], theta[:2, 1] = best[0][1:], best[1][1:]
        return theta


def _least_squares(basis: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Coefficients (m, P) of bases (m, n, P) for the goal (n, P)."""
    gram = np.einsum("inp,jnp->pij", basis, basis)
    moment = np.einsum("inp,np->pi", basis, goal)
    ridge = 1e-12 * np.trace(gram, axis1=1, axis2=2)[:, None, None] + 1e-300
    return np.linalg.solve(gram + ridge * np.eye(len(basis)), moment[..., None])[..., 0].T


class _OneExpertCounts(Family):
    """Laws whose second axis is not rescaled."""

    def frame(self, raw: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Only N is centred: one expert means something."""
        centre, scale = super().frame(raw, used)
        centre[1] = 0.0
        return centre, scale


class ExpertsSaturating(_OneExpertCounts):
    """The bilinear law with a number of experts that counts for no more than X_max and for no fewer than X_start.

    The authors' E-hat: 1/X' = 1/(X - 1 + 1/(1/X_start - 1/X_max)) + 1/X_max, so X' = X_start for one expert and
    X' -> X_max for many. Their d is ln K. The bounds keep the two apart.
    """

    name = "experts_saturating"
    title = "Mixture of experts, bilinear in logarithms, saturating"
    equation = (
        "ln L(N, X) = ln K + a ln N + b ln X' + c ln N ln X', "
        "1/X' = 1/(X - 1 + 1/(1/X_start - 1/X_max)) + 1/X_max"
    )
    citation = "Clark et al. (2022), Unified Scaling Laws for Routed Language Models, arXiv:2202.01169."
    at_zero = "infinity or 0 in N by the sign of a + c ln X'; the number of experts is at least 1"
    at_infinity = "0 or infinity in N by the sign of a + c ln X'; in X the loss of X_max experts"
    axes = 2
    covariate = "log"
    parameters = (
        Parameter("K", "the loss at N = 1 and X' = 1", "coefficient", "{y}", lower=0.0, positive=True),
        Parameter("a", "exponent of N at X' = 1", "exponent"),
        Parameter("b", "exponent of the number of experts at N = 1", "exponent"),
        Parameter("c", "what an e-fold of N adds to the exponent of the number of experts", "exponent"),
        Parameter("X_start", "what one expert counts for", "place", "{x1}", lower=1.0, upper=16.0, positive=True),
        Parameter("X_max", "what any number of experts counts for at most", "place", "{x1}",
                  lower=32.0, upper=1e6, positive=True),
    )  # fmt: skip
    linear = ("K",)
    min_scales = 4
    min_points = 8

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """The loss; with s = b + c ln N, g = 1/(1/X_start - 1/X_max) and h = g / (X - 1 + g).

        dL/dX_start = L s X' h^2 / X_start^2, dL/dX_max = L s X' (1 - h^2) / X_max^2.
        """
        start, most = theta[4], theta[5]
        gap = 1.0 / (1.0 / start - 1.0 / most)
        near = 1.0 / (np.exp(z[1]) - 1.0 + gap)
        counted = 1.0 / (near + 1.0 / most)
        v = np.log(counted)
        unit = np.exp(theta[1] * z[0] + theta[2] * v + theta[3] * z[0] * v)
        y = theta[0] * unit
        turn = y * (theta[2] + theta[3] * z[0]) * counted
        share = (gap * near) * (gap * near)
        dy[0] = unit
        dy[1] = y * z[0]
        dy[2] = y * v
        dy[3] = y * z[0] * v
        dy[4] = turn * share / (start * start)
        dy[5] = turn * (1.0 - share) / (most * most)
        return y

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln N = centre + z, multiplied out; the numbers of experts stay."""
        out = np.array(theta, dtype=float)
        out[2] = theta[2] - theta[3] * centre[0]
        out[0] = theta[0] * np.exp(-theta[1] * centre[0]) * y_scale
        return out

    def cells(self, seen: Seen) -> np.ndarray:
        """For X_start and X_max on a grid the exponents that fit ln L best: it is linear in them."""
        u, z = seen.z
        is_used = seen.used & (seen.y > 0)
        goal = np.log(np.where(is_used, seen.y, 1.0))
        found = []
        for start, most in itertools.product(STARTS, MOSTS):
            v = -np.log(1.0 / (np.exp(z) - 1.0 + 1.0 / (1.0 / start - 1.0 / most)) + 1.0 / most)
            best = _least_squares(np.where(is_used, np.stack([np.ones_like(u), u, v, u * v]), 0.0), goal)
            found.append(np.stack([*best[1:], np.full_like(best[0], start), np.full_like(best[0], most)]))
        return np.stack(found, axis=1)


class ExpertsPower(_OneExpertCounts):
    """Experts divide the reducible loss by a power of their number, the less so the larger N is.

    The number of experts is a count: 1 means a dense model, for which the law is E + A N^-a.
    """

    name = "experts_power"
    title = "Mixture of experts, power above a floor"
    equation = "L(N, X) = E + A N^-a X^(-b N^-c)"
    citation = (
        "A form with the properties found by Clark et al. (2022), Unified Scaling Laws for Routed Language Models, "
        "arXiv:2202.01169 (a power of the number of experts that weakens as N grows), with a floor; "
        "the form itself is not theirs."
    )
    at_zero = "infinity as N -> 0; the number of experts is at least 1"
    at_infinity = "E when N grows; for c >= 0 and b > 0 also when the number of experts does"
    axes = 2
    covariate = "log"
    parameters = (
        Parameter(
            "A", "the reducible part at N = 1 with one expert", "coefficient", "{y}/{x0}^-a", lower=0.0
        ),
        Parameter("E", "the irreducible part: what remains at infinite N", "floor", "{y}", lower=0.0),
        Parameter("a", "decay exponent of N with one expert", "exponent", lower=0.0, upper=10.0),
        Parameter("b", "decay exponent of the number of experts at N = 1", "exponent", lower=0.0),
        Parameter("c", "how fast that exponent falls as N grows", "exponent", lower=-3.0, upper=3.0),
    )
    linear = ("A", "E")
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "a": (0.02, 0.06, 0.11, 0.17, 0.25, 0.35, 0.5, 0.8, 1.3),
        "b": (0.0, 0.02, 0.05, 0.1, 0.18, 0.3, 0.5, 0.9, 1.6),
        "c": (-0.6, -0.2, 0.0, 0.1, 0.25, 0.5, 1.0),
    }
    second = (
        ("A", "a"), ("A", "b"), ("A", "c"), ("a", "a"), ("a", "b"), ("a", "c"), ("b", "b"), ("b", "c"), ("c", "c"),
    )  # fmt: skip
    min_scales = 3
    min_points = 7

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """The loss; with w = N^-c ln X and R the reducible part: dR/da = -R ln N, dR/db = -R w, dR/dc = R b w ln N."""
        weak = np.exp(-theta[4] * z[0]) * z[1]
        unit = np.exp(-theta[2] * z[0] - theta[3] * weak)
        reducible = theta[0] * unit
        dy[0] = unit
        dy[1] = 1.0
        dy[2] = -reducible * z[0]
        dy[3] = -reducible * weak
        dy[4] = reducible * theta[3] * weak * z[0]
        return theta[1] + reducible

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """As the gradient, with dw/dc = -w ln N."""
        weak = np.exp(-theta[4] * z[0]) * z[1]
        turn = theta[3] * weak * z[0]
        d2[0] = -dy[0] * z[0]
        d2[1] = -dy[0] * weak
        d2[2] = dy[0] * turn
        d2[3] = -dy[2] * z[0]
        d2[4] = -dy[3] * z[0]
        d2[5] = -dy[4] * z[0]
        d2[6] = -dy[3] * weak
        d2[7] = dy[3] * turn - dy[3] * z[0]
        d2[8] = dy[4] * turn - dy[4] * z[0]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln N = centre + z: A = c exp(a centre), b = q exp(c centre); the number of experts stays."""
        return np.stack([
            theta[0] * np.exp(theta[2] * centre[0]) * y_scale, theta[1] * y_scale,
            theta[2], theta[3] * np.exp(theta[4] * centre[0]), theta[4],
        ])  # fmt: skip
