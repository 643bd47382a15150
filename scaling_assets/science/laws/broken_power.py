"""Smoothly broken power laws: a power that changes its exponent once or twice.

What belongs here: the broken neural scaling law with one and with two breaks. What does not: a single power
(``power``, ``power_floor``).
"""

import itertools
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen

FLOORS = (0.0, 0.5, 0.8, 0.95, 0.99)  # starts for a, as shares of the lowest value
SHARPNESS = (0.03, 0.1, 0.3, 0.8)
PLACES = {1: 16, 2: 9}  # starts for the breaks, evenly over the data's range of ln x


def _parameters(breaks: int) -> tuple[Parameter, ...]:
    head = (
        Parameter("a", "the part that x does not change", "floor", "{y}", lower=0.0),
        Parameter("b", "the changing part at x = 1, far below the breaks", "coefficient", "{y}/{x0}^-c0", lower=0.0),
        Parameter("c0", "decay exponent before the first break", "exponent", lower=-4.0, upper=4.0),
    )  # fmt: skip
    each = (
        (
            Parameter(f"c{i}", f"what break {i} adds to the decay exponent", "exponent", lower=-6.0, upper=6.0),
            Parameter(f"d{i}", f"where break {i} is", "place", "{x0}", lower=0.0, positive=True),
            Parameter(f"f{i}", f"width of break {i} in ln x: near 0 is an edge", lower=0.01, upper=5.0, positive=True),
        ) for i in range(1, breaks + 1)
    )  # fmt: skip
    return head + tuple(itertools.chain.from_iterable(each))


def _pairs(breaks: int) -> tuple[tuple[str, str], ...]:
    bent = [p.name for p in _parameters(breaks)[2:]]
    return (
        *(("b", name) for name in bent),
        *itertools.combinations_with_replacement(bent, 2),
    )


class BrokenPower(Family):
    """Segments of constant exponent in ln x - ln (y - a), joined smoothly.

    The unbounded optimum overfits (breaks outside the data, edges between two points), so the exponents and
    widths are boxed here and the breaks are sought inside the data's range.
    """

    breaks: ClassVar[int]
    citation = "Caballero et al. (2022), Broken Neural Scaling Laws, arXiv:2210.14891, equation 1."
    covariate = "log"
    linear = ("a", "b")
    min_scales = 6

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """a + b P with ln P = -c0 ln x - sum c f s(u), u = (ln x - ln d) / f, s = ln(1 + e^u).

        dy/dc = -b P f s, dy/dd = b P c s'(u) / d, dy/df = -b P c (s - u s'(u)).
        """
        power = -theta[2] * z[0]
        for i in range(3, len(theta), 3):
            u = (z[0] - np.log(theta[i + 1])) / theta[i + 2]
            power = power - theta[i] * theta[i + 2] * np.logaddexp(0.0, u)
        power = np.exp(power)
        changing = theta[1] * power
        dy[0] = 1.0
        dy[1] = power
        dy[2] = -changing * z[0]
        for i in range(3, len(theta), 3):
            u = (z[0] - np.log(theta[i + 1])) / theta[i + 2]
            soft = np.logaddexp(0.0, u)
            slope = np.exp(u - soft)
            dy[i] = -changing * theta[i + 2] * soft
            dy[i + 1] = changing * theta[i] * slope / theta[i + 1]
            dy[i + 2] = -changing * theta[i] * (soft - u * slope)
        return theta[0] + changing

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """With g the gradient of ln P: d2y/db dq = P g_q, d2y/dq dr = b P (g_q g_r + dg_q/dr).

        dg/dr is other than 0 only within one break.
        """
        power, count = dy[1], len(theta) - 2
        changing = theta[1] * power
        g, own = [-z[0]], {}
        for i in range(3, len(theta), 3):
            c, d, f = theta[i], theta[i + 1], theta[i + 2]
            u = (z[0] - np.log(d)) / f
            soft = np.logaddexp(0.0, u)
            slope = np.exp(u - soft)
            turn = slope * np.exp(-soft)
            j = i - 2
            g += [-f * soft, c * slope / d, -c * (soft - u * slope)]
            own[j, j + 1] = slope / d
            own[j, j + 2] = u * slope - soft
            own[j + 1, j + 1] = -c * (turn / f + slope) / d**2
            own[j + 1, j + 2] = -c * turn * u / f / d
            own[j + 2, j + 2] = -c * turn * u * u / f
        for m in range(count):
            d2[m] = power * g[m]
        for m, pair in enumerate(itertools.combinations_with_replacement(range(count), 2), count):
            d2[m] = changing * (g[pair[0]] * g[pair[1]] + own.get(pair, 0.0))

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z: c = q / scale, ln d and f as ln x, b = r exp(c0 centre)."""
        out = np.array(theta, dtype=float)
        out[2] = theta[2] / scale[0]
        out[0] = theta[0] * y_scale
        out[1] = theta[1] * np.exp(out[2] * centre[0]) * y_scale
        out[3::3] = theta[3::3] / scale[0]
        out[4::3] = np.exp(scale[0] * np.log(theta[4::3]) + centre[0])
        out[5::3] = theta[5::3] * scale[0]
        return out

    def box(self, seen: Seen) -> tuple[np.ndarray, np.ndarray]:
        """The breaks lie within the data's range."""
        lower, upper = super().box(seen)
        lower[4::3], upper[4::3] = np.exp(seen.low[0]), np.exp(seen.high[0])
        return lower, upper

    def cells(self, seen: Seen) -> np.ndarray:
        """For each floor, places and width, the exponents that fit ln(y - a) best.

        ln(y - a) is linear in the exponents. Points weigh as in relative residuals of y: ((y - a) / y)^2.
        """
        low, high = seen.low[0], seen.high[0]
        shares = np.linspace(0.0, 1.0, PLACES[self.breaks] + 2)[1:-1]
        options = list(itertools.product(FLOORS, itertools.combinations(shares, self.breaks), SHARPNESS))
        floor = np.array([o[0] for o in options])[:, None] * np.maximum(seen.y_low, 0.0)
        places = low + np.array([o[1] for o in options]).T[..., None] * (high - low)
        width = np.array([o[2] for o in options])[:, None]
        exponents = self._exponents(seen, floor, places, width)
        theta = np.empty((1 + 3 * self.breaks, *floor.shape))
        theta[0] = exponents[0]
        theta[1::3], theta[2::3], theta[3::3] = exponents[1:], np.exp(places), width
        bent = self.index(self.nonlinear)
        return np.clip(theta, self.lower[bent, None, None], self.upper[bent, None, None])

    @staticmethod
    def _exponents(seen: Seen, floor: np.ndarray, places: np.ndarray, width: np.ndarray) -> np.ndarray:
        """Best c0, c1, ... (1 + breaks, G, P) for floors (G, P), places ln d (breaks, G, P) and widths (G, 1)."""
        z, y = seen.z[0][:, None], seen.y[:, None]
        above = y - floor
        is_used = seen.used[:, None] & (above > 0)
        weight = np.where(is_used, (above / np.where(is_used, y, 1.0)) ** 2, 0.0)
        goal = np.log(np.where(is_used, above, 1.0))
        soft = [width * np.logaddexp(0.0, (z - d) / width) for d in places]
        basis = np.stack(np.broadcast_arrays(np.ones_like(goal), -z, *(-s for s in soft)))
        gram = np.einsum("ingp,ngp,jngp->gpij", basis, weight, basis, optimize=True)
        moment = np.einsum("ingp,ngp->gpi", basis, weight * goal)
        ridge = 1e-9 * np.trace(gram, axis1=2, axis2=3)[..., None, None] + 1e-300
        best = np.linalg.solve(gram + ridge * np.eye(len(basis)), moment[..., None])[..., 0]
        return np.moveaxis(best, -1, 0)[1:]


class OneBreak(BrokenPower):
    """The exponent changes once, from c0 to c0 + c1."""

    breaks = 1
    name = "broken_power_1"
    title = "Broken power law, one break"
    equation = "y = a + b x^-c0 (1 + (x/d1)^(1/f1))^(-c1 f1)"
    at_zero = "infinity for c0 > 0, a for c0 < 0"
    at_infinity = "a for c0 + c1 > 0, infinity for c0 + c1 < 0"
    parameters = _parameters(1)
    second = _pairs(1)
    min_points = 24


class TwoBreaks(BrokenPower):
    """The exponent changes twice, from c0 to c0 + c1 to c0 + c1 + c2."""

    breaks = 2
    name = "broken_power_2"
    title = "Broken power law, two breaks"
    equation = "y = a + b x^-c0 (1 + (x/d1)^(1/f1))^(-c1 f1) (1 + (x/d2)^(1/f2))^(-c2 f2)"
    at_zero = "infinity for c0 > 0, a for c0 < 0"
    at_infinity = "a for c0 + c1 + c2 > 0, infinity for c0 + c1 + c2 < 0"
    parameters = _parameters(2)
    second = _pairs(2)
    min_scales = 9
    min_points = 36
