"""Smoothly broken power laws: a power that changes its exponent once or twice.

What belongs here: the broken neural scaling law with one and with two breaks. What does not: a single power
(``power``, ``power_floor``).
"""

import itertools
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen
from scaling_assets.science.laws.grid import undercut

#: Starts for a, as shares of the lowest value. Above 1: a plateau, on which noise lies on either side.
FLOORS = (0.0, 0.4, 0.7, 0.9, 0.96, 0.99, 1.01, 1.03, 1.08)
STARTS = 16
ALIKE = 1e-9  # share of a break's curve beyond a line's from which on it is told from one
TINY = 1e-300
WIDTHS = 4  # from the sharpest edge that data show to WIDEST
WIDEST = 0.25  # of the range of ln x
PLACES = {1: 32, 2: 10}  # starts for the breaks among the scales: an edge lies between two of them


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


def _unlike(misfit: np.ndarray) -> np.ndarray:
    """Cells (STARTS, P) of low misfit (places, ..., widths, floors, P): first those that none beside it undercuts.

    Then those that none beside it with the same width undercuts: sharp edges have basins of their own.
    """
    *places, widths, floors = range(misfit.ndim - 1)
    alike = undercut(misfit, (*places, floors))
    bottoms = [misfit <= lowest for lowest in (alike, undercut(alike, (widths,)))]
    slopes = [~(at & np.isfinite(misfit)).reshape(-1, misfit.shape[-1]) for at in bottoms]
    return np.lexsort((misfit.reshape(slopes[0].shape), *slopes), axis=0)[:STARTS]


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
        """The STARTS best of a grid of places, widths and floors that are not alike, with their best exponents."""
        places, widths = self._grid(seen)
        spots = np.array(list(itertools.combinations(range(len(places)), self.breaks)))
        soft = widths * np.logaddexp(0.0, (seen.z[0][:, None, None] - places[:, None]) / widths)
        misfit, exponents = _regressed(seen, soft, spots)  # (spots, widths, floors, P)
        grid = np.full((*(len(places),) * self.breaks, *misfit.shape[1:]), np.inf)
        grid[tuple(spots.T)] = misfit
        at = np.array(np.unravel_index(_unlike(grid), grid.shape[:-1]))  # (breaks + 2, STARTS, P)
        row = np.zeros((len(places),) * self.breaks, dtype=int)
        row[tuple(spots.T)] = np.arange(len(spots))
        column = np.arange(misfit.shape[-1])
        best = exponents[:, row[tuple(at[:-2])], at[-2], at[-1], column]
        theta = np.empty((1 + 3 * self.breaks, *best.shape[1:]))
        theta[0], theta[1::3] = best[0], best[1:]
        theta[2::3] = np.exp(places[at[:-2], column])
        theta[3::3] = widths[at[-2], column]
        bent = self.index(self.nonlinear)
        return np.clip(theta, self.lower[bent, None, None], self.upper[bent, None, None])

    def _grid(self, seen: Seen) -> tuple[np.ndarray, np.ndarray]:
        """Places ln d (PLACES, P) and widths (WIDTHS, P) to start from."""
        lower, upper = self.box(seen)
        places = seen.among(np.linspace(0.0, 1.0, PLACES[self.breaks] + 2)[1:-1].tolist())
        sharp = lower[5]
        widest = np.clip(WIDEST * (seen.high[0] - seen.low[0]), 2.0 * sharp, upper[5])
        steps = np.linspace(0.0, 1.0, WIDTHS)[:, None]
        return np.clip(places, np.log(lower[4]), np.log(upper[4])), sharp * (widest / sharp) ** steps


def _regressed(seen: Seen, soft: np.ndarray, spots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Misfit (spots, widths, floors, P) and exponents c0, c1, ... (1 + breaks, spots, widths, floors, P).

    ln(y - a) is linear in the exponents. Points weigh as in relative residuals of y, ((y - a) / y)^2; those below a
    count by how far they are below, as the curve is nowhere lower. ``soft`` (n, places, widths, P) is f ln(1 + e^u),
    ``spots`` (spots, breaks) are which places.
    """
    z, y, used = seen.z[0], seen.y, seen.used
    lowest = np.where(np.isfinite(seen.y_low), np.maximum(seen.y_low, 0.0), 0.0)
    above = y - np.array(FLOORS)[:, None, None] * lowest  # (floors, n, P)
    safe = np.where(used & (y > 0), y, 1.0)
    is_above = used & (above > 0) & (y > 0)
    w = np.where(is_above, (above / safe) ** 2, 0.0)
    below = np.sum(np.where(used & ~is_above, (above / safe) ** 2, 0.0), axis=1)
    goal = np.log(np.where(is_above, above, 1.0))
    # What a constant and a line explain is taken out first: what is left is a regression on one variable a break.
    mean = np.sum(w * z, axis=1, keepdims=True) / np.maximum(w.sum(axis=1, keepdims=True), TINY)
    ones = np.broadcast_to(_unit(np.ones_like(w), w), w.shape)
    line = _unit(z - mean, w)
    level, slope = (np.sum(w * goal * q, axis=1, keepdims=True) for q in (ones, line))
    rest = goal - level * ones - slope * line
    columns = soft.transpose(3, 1, 2, 0)  # (P, places, widths, n)

    def sums(of: np.ndarray, by: np.ndarray) -> np.ndarray:
        found = np.matmul(of.reshape(len(of), -1, of.shape[-1]), by.transpose(2, 1, 0))
        return np.moveaxis(found.reshape(*of.shape[:-1], len(by)), 0, -1)  # (places, widths, floors, P)

    on_ones, on_line, on_rest = (sums(columns, w * q) for q in (ones, line, rest))
    square = sums(columns * columns, w)
    own = square - on_ones**2 - on_line**2
    own = np.where(own > ALIKE * square, own, np.inf)
    if spots.shape[1] == 1:
        strength = (on_rest / own)[None]
    else:
        i, j = spots.T
        cross = sums(columns[:, i] * columns[:, j], w) - on_ones[i] * on_ones[j] - on_line[i] * on_line[j]
        gap = own[i] * own[j] - cross**2
        gap = np.where(gap > ALIKE * own[i] * own[j], gap, np.inf)
        strength = np.stack([(own[j] * on_rest[i] - cross * on_rest[j]) / gap,
                             (own[i] * on_rest[j] - cross * on_rest[i]) / gap])  # fmt: skip
    strength = np.where(np.isfinite(strength), strength, 0.0)
    value, along = np.sum(w * rest * rest, axis=1) + below, slope[:, 0]
    for break_, c in enumerate(strength):
        value = value - c * on_rest[spots[:, break_]]
        along = along - c * on_line[spots[:, break_]]
    steepness = along / np.sqrt(np.maximum(np.sum(w * (z - mean) ** 2, axis=1), TINY))
    return np.where(np.isfinite(value), value, np.inf), -np.concatenate([steepness[None], strength])


def _unit(v: np.ndarray, w: np.ndarray) -> np.ndarray:
    return v / np.sqrt(np.maximum(np.sum(w * v * v, axis=1, keepdims=True), TINY))


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
