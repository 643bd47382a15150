"""The knee: from where on more of x is hardly worth it, with an interval.

What belongs here: diminishing returns of a law of one axis. What does not: prices (``science.allocation``).

The rule compares the gain of one step with the *achievable* gain, so that the unit of y is of no matter. It asks
for the smallest x after which every further step of the tested range gains too little: a first dip of a curve
that rises again later is no knee.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.law import Law
from scaling_assets.science.fitting import draw_curves, point_curve

GRID = 400  # points of the tested range, between which the crossing is interpolated
#: A curve that is the same at both has a limit, whatever its exponent above .04; the nearer pair is for curves
#: that square x and overflow.
FAR = ((1e150, 1e300), (1e75, 1e150))
AGREE = 1e-6


@dataclass(frozen=True)
class Step:
    """What "one more" means: ``add`` units of x, or x multiplied by ``times``; exactly one of them."""

    add: float | None = None
    times: float | None = None

    def __post_init__(self) -> None:
        if (self.add is None) == (self.times is None):
            raise ValueError("declare 'add' (units of x) or 'times' (a factor), exactly one of them")
        if (self.add is not None and self.add <= 0) or (self.times is not None and self.times <= 1):
            raise ValueError("'add' must be above 0 and 'times' above 1")

    def after(self, x: np.ndarray) -> np.ndarray:
        """One step on from x."""
        return x + self.add if self.add is not None else x * float(self.times or 1)


@dataclass(frozen=True)
class Knee:
    """``value`` None: no knee inside the tested range. ``low``/``high`` None: beyond it on that side.

    ``share_inside`` is the share of the law's draws with a knee inside the tested range, ``achievable`` the
    gain that the share is of (unit of y), ``has_limit`` whether that is the gain to the curve's own best.
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    share_inside: float
    achievable: float
    has_limit: bool
    reason: str = ""


def knee(
    law: Law,
    *,
    step: Step,
    share: float,
    higher_is_better: bool,
    largest: float | None = None,
    level: float = 0.95,
) -> Knee:
    """The smallest tested x after which one more step gains less than ``share`` of the achievable gain.

    The achievable gain leads from the smallest tested x to the best value the curve ever reaches; where it
    knows no best (it grows for ever), to its value at ``largest`` (default: the largest tested x). The
    interval holds quantiles of the knees of the law's draws; a draw without a knee lies above all others.

    Raises:
        LawNotUsable: the law has no parameters, or more than one axis.
    """
    if len(law.axes) != 1:
        raise LawNotUsable(law=law.family, problem="a knee needs a law of one axis")
    low, high = law.domain[0]
    end = max(high, largest or high)
    sign = 1.0 if higher_is_better else -1.0

    def many(x: np.ndarray) -> np.ndarray:
        return sign * draw_curves(law, x[:, None])

    def one(x: np.ndarray) -> np.ndarray:
        return sign * point_curve(law, x[:, None])[None, :]

    limited = _has_limit(one, low, high)
    found, gain = _knees(one, low, high, end, step, share, limited)
    draws, _ = _knees(many, low, high, end, step, share, limited)
    unknown = np.isnan(draws)
    tail = (1 - level) / 2
    ends = (
        _quantile(np.where(unknown, -np.inf, draws), tail),
        _quantile(np.where(unknown, np.inf, draws), 1 - tail),
    )
    reason = ""
    if not np.isfinite(found[0]):
        reason = (
            f"none inside the tested range {low:g} to {high:g}: one more step still gains {share:.3g} or more"
        )
    elif gain[0] <= 0:
        reason = "nothing is gained beyond the smallest tested x"
    elif found[0] <= low:
        reason = "no step of the tested range gains as much"
    value = float(found[0]) if np.isfinite(found[0]) else None
    first, last = ends
    if value is not None:
        first, last = (
            (None if first is None else min(first, value)),
            (None if last is None else max(last, value)),
        )
    inside = float(np.mean(np.isfinite(draws)))
    return Knee(value, first, last, level, inside, float(gain[0]), limited, reason)


def _has_limit(curve: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> bool:
    """True when the curve has a best value: it comes to rest far out, or falls from a peak for ever."""
    with np.errstate(all="ignore"):
        size = float(np.ptp(curve(np.linspace(low, high, 50))))
        for pair in FAR:
            near, far = (float(v) for v in curve(np.array(pair))[0])
            if not np.isnan(near + far):
                return far < near or abs(far - near) <= AGREE * size
            if far == near:  # infinite at both: it grows, or falls, for ever
                return far < 0
    return False


def _knees(
    curve: Callable[[np.ndarray], np.ndarray],
    low: float,
    high: float,
    end: float,
    step: Step,
    share: float,
    limited: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Knees (draws,), inf where there is none and NaN where the curve is not known; achievable gains."""
    x = np.geomspace(low, high, GRID) if low > 0 else np.linspace(low, high, GRID)
    with np.errstate(all="ignore"):
        here, next_ = curve(x), curve(step.after(x))
        far = np.array([end])
        if limited:
            start = low if low > 0 else 1e-9 * high
            far = np.concatenate([x, np.geomspace(start, high * 1e9, GRID), *FAR])
        reached = curve(far)
        best = np.max(np.where(np.isnan(reached), -np.inf, reached), axis=1)
        gain = best - here[:, 0]
        surplus = (next_ - here) - share * gain[:, None]
    worth = surplus >= 0
    last = GRID - 1 - np.argmax(worth[:, ::-1], axis=1)  # the last x from which a step is still worth it
    after = np.minimum(last + 1, GRID - 1)
    row = np.arange(len(here))
    with np.errstate(all="ignore"):
        between = surplus[row, last] / (surplus[row, last] - surplus[row, after])
        crossing = x[last] + between * (x[after] - x[last])
    found = np.where(worth.any(axis=1), np.where(last == GRID - 1, np.inf, crossing), low)
    found = np.where(gain <= 0, low, found)
    unknown = np.isnan(surplus).any(axis=1) | ~np.isfinite(gain)
    return np.where(unknown, np.nan, found), gain


def _quantile(values: np.ndarray, at: float) -> float | None:
    """An order statistic (infinite values cannot be interpolated); None beyond the tested range."""
    ordered = np.sort(values)
    found = float(ordered[min(len(ordered) - 1, int(np.floor(at * len(ordered))))])
    return found if np.isfinite(found) else None
