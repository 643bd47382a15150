"""Where dated snapshots are heading: a robust slope with an interval, and the day when a target is reached.

What lives here: Theil-Sen's slope with the interval of Kendall's test (Theil 1950; Sen 1968, eq. 2.6), and the
range of days over a joint region of slope and level. What does not: which snapshots there are, targets.

The interval of the slope inverts Kendall's exact test of (day, residual): it needs no shape of the noise. Snapshots
that carry the last one's deviation on (running totals, moving averages) would make it too narrow. So it is widened
by sqrt((1 + r) / (1 - r)), r being the residuals' lag-1 correlation, corrected for its bias of -(2 + 4 r) / n about a
fitted line (Marriott and Pope 1954; Hamed and Rao 1998 widen Kendall's test so), where that is above 0. A slope
whose interval spans 0 is "not identified": no day is forecast from it. Coverage measured: docs/economics.md.

The forecast day: for every slope b in its interval at level (1 + level) / 2 the level of the line lies between two
order statistics of y - b x (sign test), also at (1 + level) / 2, so both hold together at ``level`` (Bonferroni).
The day is a monotone function of b between the slopes of pairs, so its ends are found among these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite, sqrt

import numpy as np
from scipy.stats import binom, norm

IDENTIFIED, NOT_IDENTIFIED, TOO_FEW, CARRIED = "identified", "not identified", "too few", "carried on"
MOST_EXACT = 150  # snapshots up to which Kendall's distribution is counted, beyond it is normal
MOST_CARRIED = 0.95  # a lag-1 correlation counts no higher
METHOD = "Theil-Sen slope, interval of Kendall's exact test, widened by the residuals' lag-1 correlation"


@dataclass(frozen=True)
class Trend:
    """``slope`` a day with its interval; ``least`` is how many snapshots an interval needs at least.

    ``status``: "identified", "not identified" (the interval spans 0), "too few", or "carried on"
    (deviations depend on one another so much that there is no interval).
    """

    slope: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    status: str
    reason: str


@dataclass(frozen=True)
class Forecast:
    """The day on which the line reaches a target (a number of the snapshots' own count), with its interval."""

    day: float | None
    low: float | None
    high: float | None
    status: str  # "forecast", "reached", "away", "refused", "not identified"
    reason: str


def trend(days: Sequence[float] | np.ndarray, values: Sequence[float] | np.ndarray, level: float) -> Trend:
    """The slope of values (n,) over days (n,), a day.

    Raises:
        ValueError: not as many values as days, or one that is not finite.
    """
    x, y = _checked(days, values)
    n, least = len(x), least_for_slope(level)
    if n < 2 or x.min() == x.max():
        return Trend(None, None, None, level, n, TOO_FEW, f"a trend needs {least} snapshots, there are {n}")
    slopes = _slopes(x, y)
    slope = float(np.median(slopes))
    reach = _reach(n, level)
    if reach is None:
        reason = f"an interval at {level:.0%} needs {least} snapshots, there are {n}"
        return Trend(slope, None, None, level, n, TOO_FEW, reason)
    wider = _widening(x, y, slope)
    low, high = _ends(slopes, reach * wider)
    if not isfinite(low) or not isfinite(high):
        if wider == 1.0:
            reason = f"snapshots of one day leave too few pairs: {len(slopes)}"
            return Trend(slope, None, None, level, n, TOO_FEW, reason)
        reason = (
            f"deviations from the line carry on, so {n} snapshots say too little ({wider:.2f}x the interval)"
        )
        return Trend(slope, None, None, level, n, CARRIED, reason)
    if low <= 0 <= high:
        return Trend(slope, low, high, level, n, NOT_IDENTIFIED, "the interval of the slope spans 0")
    return Trend(slope, low, high, level, n, IDENTIFIED, "")


def forecast(
    days: Sequence[float] | np.ndarray,
    values: Sequence[float] | np.ndarray,
    target: float,
    level: float,
    limit: float = 2.0,
) -> Forecast:
    """The day on which the line through the snapshots reaches ``target``.

    Args:
        limit: how many times the span of the snapshots a day may lie beyond the first one; the forecast is refused
            when any part of it lies farther.

    Raises:
        ValueError: as ``trend``.
    """
    x, y = _checked(days, values)
    found = trend(x, y, level)
    if found.status != IDENTIFIED or found.slope is None:
        return Forecast(None, None, None, NOT_IDENTIFIED, found.reason)
    each = (1 + level) / 2
    wider = _widening(x, y, found.slope)
    reach, order = _reach(len(x), each), _order(len(x), each, wider)
    if reach is None or order is None:
        least = max(least_for_slope(each), _least_for_level(each))
        more = ", more where deviations carry on" if wider > 1 else ""
        reason = f"a day at {level:.0%} needs {least} snapshots{more}, there are {len(x)}"
        return Forecast(None, None, None, NOT_IDENTIFIED, reason)
    slopes = _slopes(x, y)
    low, high = _ends(slopes, reach * wider)
    if low <= 0 <= high:
        return Forecast(None, None, None, NOT_IDENTIFIED, "together with the level, the slope may be 0")
    last = x.max()
    middle = float(np.median(y - found.slope * x))
    day = (target - middle) / found.slope
    first, latest = _days(x, y, target, low, high, order, slopes)
    if latest < x.min():
        return Forecast(None, None, None, "away", "the line moves away from the target")
    if latest <= last:
        return Forecast(day, first, latest, "reached", "the line has passed the target")
    if latest > x.min() + limit * (last - x.min()):
        beyond = (latest - x.min()) / (last - x.min())
        reason = f"the day may lie {beyond:.3g}x the span of the snapshots from the first one; the limit is {limit:g}x"
        return Forecast(None, None, None, "refused", reason)
    return Forecast(day, first, latest, "forecast", "")


@lru_cache(maxsize=64)
def least_for_slope(level: float) -> int:
    """The fewest snapshots with which a slope has an interval at a level."""
    return next(n for n in range(2, MOST_EXACT) if _reach(n, level) is not None)


def _least_for_level(level: float) -> int:
    return next(n for n in range(2, MOST_EXACT) if _order(n, level) is not None)


def _checked(
    days: Sequence[float] | np.ndarray, values: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(days, dtype=float), np.asarray(values, dtype=float)
    if x.shape != y.shape or not np.isfinite(x).all() or not np.isfinite(y).all():
        raise ValueError("as many finite values as days are needed")
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def _slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slopes of all pairs on different days, ascending."""
    i, j = np.triu_indices(len(x), 1)
    apart = x[j] > x[i]
    return np.sort((y[j] - y[i])[apart] / (x[j] - x[i])[apart])


@lru_cache(maxsize=256)
def _reach(n: int, level: float) -> float | None:
    """The least S with P(|S| > it) <= 1 - level under no trend; None where even the largest S is too likely."""
    most = n * (n - 1) // 2
    if n > MOST_EXACT:
        return float(norm.ppf(0.5 + level / 2) * sqrt(n * (n - 1) * (2 * n + 5) / 18))
    upper = np.cumsum(_kendall(n)[::-1])[
        ::-1
    ]  # P(discordant >= k) = P(S <= most - 2k), and of S >= by symmetry
    fine = np.flatnonzero(2 * upper <= (1 - level) * (1 + 1e-12))
    if not len(fine):
        return None
    return float(2 * fine[0] - most - 2)  # the largest S that is kept


@lru_cache(maxsize=256)
def _kendall(n: int) -> np.ndarray:
    """P(k discordant pairs) under no trend, k = 0 .. n (n - 1) / 2: products of uniform parts (Kendall 1938)."""
    chance = np.ones(1)
    for m in range(2, n + 1):
        chance = np.convolve(chance, np.full(m, 1.0 / m))
    return chance


def _ends(slopes: np.ndarray, reach: float) -> tuple[float, float]:
    """The interval of the slope: pairs that may be discordant are cut off on either side."""
    count = len(slopes)
    cut = int(np.floor((count - reach) / 2)) - 1
    if cut < 0:
        return -inf, inf
    return float(slopes[cut]), float(slopes[count - 1 - cut])


def _order(n: int, level: float, wider: float = 1.0) -> int | None:
    """How many of n values may be cut off on either side of a median's interval; None where none may."""
    fine = [k for k in range((n + 1) // 2) if 2 * binom.cdf(k, n, 0.5) <= 1 - level]
    if not fine:
        return None
    half = (n - 1) / 2
    order = int(np.floor(half - wider * (half - fine[-1])))
    return order if order >= 0 else None


def _days(
    x: np.ndarray, y: np.ndarray, target: float, low: float, high: float, order: int, slopes: np.ndarray
) -> tuple[float, float]:
    turns = np.concatenate([[low], slopes[(slopes > low) & (slopes < high)], [high]])
    ranked = np.sort(y[None, :] - turns[:, None] * x[None, :], axis=1)
    ends = np.stack([ranked[:, order], ranked[:, -1 - order]])
    days = (target - ends) / turns[None, :]
    return float(days.min()), float(days.max())


def _widening(x: np.ndarray, y: np.ndarray, slope: float) -> float:
    """How much wider the interval must be because deviations carry on; 1 where they do not."""
    n = len(x)
    residuals = y - slope * x
    residuals = residuals - residuals.mean()
    total = float(np.sum(residuals**2))
    if n < 5 or total <= 1e-24 * float(np.sum(y**2)):
        return 1.0
    found = float(np.sum(residuals[1:] * residuals[:-1])) / total
    carried = min(max((found + 2 / n) / (1 - 4 / n), 0.0), MOST_CARRIED)
    return sqrt((1 + carried) / (1 - carried))
