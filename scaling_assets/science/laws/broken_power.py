"""Smoothly broken power laws: a power that changes its exponent once or twice.

What belongs here: the broken neural scaling law with one and with two breaks. What does not: a single power
(``power``, ``power_floor``).
"""

import itertools
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen

FLOORS = (0.0, 0.5, 0.8, 0.95, 0.99)  # starts for a, as shares of the lowest value
STARTS = 16
WIDTHS = (0.03, 0.1, 0.3, 0.8)
PLACES = {1: 16, 2: 9}  # starts for the breaks, evenly over the data's range of ln x


def _parameters(breaks: int) -> tuple[Parameter, ...]:
    head = (
        Parameter("a", "the part that x does not change", "floor", "{y}", lower=0.0),
        Parameter("b", "the changing part at x = 1, far below the breaks", "coefficient", "{y}/{x0}^-c0", lower=0.0),
        Parameter("c0", "decay exponent before the first break", lower=-4.0, upper=4.0),
    )  # fmt: skip
    each = (
        (
            Parameter(f"c{i}", f"what break {i} adds to the decay exponent", lower=-6.0, upper=6.0),
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


def _unlike(misfit: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Rows (STARTS, P) of lowest misfit (G, P) of which none is beside another on the grid ``at`` (G, axes)."""
    near = (np.abs(at[:, None] - at[None]) <= 1).all(axis=-1)
    left, picks = np.array(misfit), []
    for _ in range(STARTS):
        picks.append(np.argmin(left, axis=0))
        left = np.where(near[picks[-1]].T, np.inf, left)
    return np.stack(picks)


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
        for m in range(count, len(d2)):
            d2[m] = 0.0
        d2[0] = -z[0]  # g comes first, and dg/dr where it is other than 0
        for i in range(3, len(theta), 3):
            c, d, f = theta[i], theta[i + 1], theta[i + 2]
            u = (z[0] - np.log(d)) / f
            soft = np.logaddexp(0.0, u)
            slope = np.exp(u - soft)
            turn = slope * np.exp(-soft)
            j = i - 2
            d2[j], d2[j + 1], d2[j + 2] = -f * soft, c * slope / d, -c * (soft - u * slope)
            at_c = count + j * count - j * (j - 1) // 2  # where the pairs that begin with c, d and f are
            at_d = at_c + count - j
            at_f = at_d + count - j - 1
            d2[at_c + 1], d2[at_c + 2] = slope / d, u * slope - soft
            d2[at_d], d2[at_d + 1] = -c * (turn / f + slope) / d**2, -c * turn * u / f / d
            d2[at_f] = -c * turn * u * u / f
        m = count
        for i in range(count):
            for j in range(i, count):
                d2[m] = changing * (d2[i] * d2[j] + d2[m])
                m += 1
        for m in range(count):
            d2[m] = power * d2[m]

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

    def frame(self, raw: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Centred at the lowest x: there b is seen, whatever the exponent of a short first segment is."""
        centre, scale = super().frame(raw, used)
        low = np.min(np.where(used, raw, np.inf), axis=1)
        return np.where(np.isfinite(low), low, centre), scale

    def box(self, seen: Seen) -> tuple[np.ndarray, np.ndarray]:
        """What data can tell of a break: two scales at least on either side, as one point has no exponent.

        No edge sharper than a quarter of the mean gap between scales: nothing is seen there.
        """
        lower, upper = super().box(seen)
        low, high = seen.low[0], seen.high[0]
        ladder = np.sort(np.where(seen.used, seen.z[0], np.inf), axis=0)
        is_new = np.diff(ladder, axis=0, prepend=-np.inf) > 1e-9 * (high - low)
        is_new &= np.isfinite(ladder)
        count = np.maximum(is_new.sum(axis=0), 2)
        second = np.min(np.where(is_new & (ladder > low), ladder, high), axis=0)
        last_but_one = np.max(
            np.where(is_new & (ladder < high - 1e-9 * (high - low)), ladder, second), axis=0
        )
        lower[4::3], upper[4::3] = np.exp(second), np.exp(np.maximum(second, last_but_one))
        lower[5::3] = np.clip(0.25 * (high - low) / (count - 1), lower[5::3], 0.5 * upper[5::3])
        return lower, upper

    def cells(self, seen: Seen) -> np.ndarray:
        """The STARTS best of a grid of floors, places and widths that are not alike, each with its best exponents.

        ln(y - a) is linear in the exponents. Points weigh as in relative residuals of y: ((y - a) / y)^2.
        """
        low, high = seen.low[0], seen.high[0]
        shares = np.linspace(0.0, 1.0, PLACES[self.breaks] + 2)[1:-1]
        spots = np.array(list(itertools.combinations(range(len(shares)), self.breaks)))
        options = np.array(list(itertools.product(range(len(spots)), range(len(WIDTHS)))))
        places = low + np.moveaxis(shares[spots[options[:, 0]]], -1, 0)[..., None] * (high - low)
        width = np.array(WIDTHS)[options[:, 1], None]
        tried = [
            self._exponents(seen, share * np.maximum(seen.y_low, 0.0), places, width) for share in FLOORS
        ]
        value = np.stack([t[1] for t in tried])
        best = np.argmin(value, axis=0)[None]
        exponents = np.take_along_axis(np.stack([t[0] for t in tried]), best[:, None], axis=0)[0]
        misfit = np.take_along_axis(value, best, axis=0)[0]
        picks = _unlike(misfit, np.concatenate([spots[options[:, 0]], options[:, 1:]], axis=1))
        theta = np.empty((1 + 3 * self.breaks, *picks.shape))
        theta[0] = np.take_along_axis(exponents[0], picks, axis=0)
        theta[1::3] = np.take_along_axis(exponents[1:], picks[None], axis=1)
        theta[2::3] = np.exp(np.take_along_axis(places, picks[None], axis=1))
        theta[3::3] = width[picks, 0]
        bent = self.index(self.nonlinear)
        return np.clip(theta, self.lower[bent, None, None], self.upper[bent, None, None])

    @staticmethod
    def _exponents(
        seen: Seen, floor: np.ndarray, places: np.ndarray, width: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Best c0, c1, ... (1 + breaks, G, P) and their misfit (G, P).

        ``floor`` (P,), ``places`` ln d (breaks, G, P), ``width`` (G, 1).
        """
        z, y = seen.z[0], seen.y
        above = y - floor
        is_used = seen.used & (above > 0)
        root = np.where(is_used, above / np.where(is_used, y, 1.0), 0.0)[:, None]
        goal = root * np.log(np.where(is_used, above, 1.0))[:, None]
        soft = [width * np.logaddexp(0.0, (z[:, None] - d) / width) for d in places]
        basis = np.stack([np.broadcast_to(f, goal.shape[:1] + soft[0].shape[1:])
                          for f in (root, -root * z[:, None], *(-root * s for s in soft))])  # fmt: skip
        gram = np.einsum("ingp,jngp->gpij", basis, basis, optimize=True)
        moment = np.einsum("ingp,np->gpi", basis, goal[:, 0])
        ridge = 1e-9 * np.trace(gram, axis1=2, axis2=3)[..., None, None] + 1e-300
        best = np.linalg.solve(gram + ridge * np.eye(len(basis)), moment[..., None])[..., 0]
        return np.moveaxis(best, -1, 0)[1:], np.sum(goal**2, axis=0) - np.einsum("gpi,gpi->gp", best, moment)


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
