"""A number with its ends: what every table of a capacity plan is made of.

What belongs here: the value, carrying it through arithmetic, ends from draws. What does not: where numbers come
from, words for people (``capacity_words``).

An end is None where nothing bounds the number on that side: the side is open, not certain. A number that was stated
without an interval has ``is_known`` False: its ends are None, and no confidence may be claimed of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.science.fitting.interval import quantile


@dataclass(frozen=True)
class Amount:
    """``value`` None: there is no such number (``reason``). ``distance`` says how far from the data it lies."""

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""
    distance: str = ""
    reason: str = ""

    @property
    def is_known(self) -> bool:
        """True where at least one side is bounded."""
        return self.low is not None or self.high is not None

    @property
    def floor(self) -> float | None:
        """The lower end, or the number itself where it was stated without an interval."""
        return self.low if self.is_known else self.value

    @property
    def ceiling(self) -> float | None:
        """The upper end, or the number itself where it was stated without an interval."""
        return self.high if self.is_known else self.value

    def rising(self, through: Callable[[float], float]) -> "Amount":
        """The amount put through a rising function."""
        value, low, high = (
            None if end is None else through(end) for end in (self.value, self.low, self.high)
        )
        return replace(self, value=value, low=low, high=high)

    def falling(self, through: Callable[[float], float]) -> "Amount":
        """The amount put through a falling function: its ends change places."""
        value, low, high = (
            None if end is None else through(end) for end in (self.value, self.high, self.low)
        )
        return replace(self, value=value, low=low, high=high)

    def times(self, factor: float) -> "Amount":
        """The amount times a positive number."""
        return self.rising(lambda end: end * factor)


def over(above: Amount, below: Amount) -> Amount:
    """The quotient of two positive amounts whose uncertainties are apart.

    The ends are those of the worst case, high over low: at least as sure as each of the two alone.
    """
    if above.value is None or not (below.value or below.floor):
        return Amount(None, reason=above.reason or below.reason or "nothing to divide by")
    low = above.floor / below.ceiling if above.floor is not None and below.ceiling else None
    high = above.ceiling / below.floor if above.ceiling is not None and below.floor else None
    if not (above.is_known or below.is_known):
        low = high = None
    methods = [part.method for part in (above, below) if part.is_known == (above.is_known or below.is_known)]
    method = "; ".join(dict.fromkeys(filter(None, methods)))
    distance = "; ".join(dict.fromkeys(filter(None, (above.distance, below.distance))))
    value = (
        above.value / below.value if below.value else None
    )  # of a number known from below only: an end alone
    return Amount(value, low, high, method, distance, "" if below.value else below.reason)


def from_draws(value: float, draws: np.ndarray, level: float, method: str, distance: str = "") -> Amount:
    """An amount whose ends are quantiles of draws (B,); infinite ones lie above all others, NaN beyond either end.

    An end that falls among infinite or unknown draws is None. The value lies within the ends.
    """
    unknown = np.isnan(draws)
    tail = (1 - level) / 2
    low = _end(np.where(unknown, -np.inf, draws), tail)
    high = _end(np.where(unknown, np.inf, draws), 1 - tail)
    found = value if np.isfinite(value) else None
    if found is not None:
        low = None if low is None else min(low, found)
        high = None if high is None else max(high, found)
    return Amount(found, low, high, method, distance)


def _end(draws: np.ndarray, at: float) -> float | None:
    if not len(draws):
        return None
    ordered = np.sort(draws)
    place = at * (len(draws) + 1) - 1
    around = ordered[
        [int(np.clip(np.floor(place), 0, len(draws) - 1)), int(np.clip(np.ceil(place), 0, len(draws) - 1))]
    ]
    if not np.all(np.isfinite(around)):  # infinite values cannot be interpolated
        return None
    return quantile(ordered, at)
