"""Numbers side by side: each interval as a bar on one common scale.

What belongs here: positions, in percent of the bar's width. What does not: the intervals (laws, answers to plans).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MARKS = (-1.0, 0.0, 1.0)  # inverse, constant, linear: what an exponent is compared with


class Interval(Protocol):
    """Anything with an estimate and ends; None where there is none."""

    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True)
class Bar:
    """One interval: ``left`` and ``width`` of the bar, ``dot`` for the estimate; percent."""

    left: float
    width: float
    dot: float


@dataclass(frozen=True)
class Forest:
    """Bars in the order given, and where the marks stand that lie on the scale (value, percent)."""

    bars: tuple[Bar, ...]
    marks: tuple[tuple[float, float], ...]


def forest(estimates: Sequence[Interval], held: Sequence[float] = (0.0, 1.0)) -> Forest:
    """Put every interval on the scale that holds them all, and ``held``.

    One-sided ones reach its end; what has no ends is a dot.
    """
    known = [v for e in estimates for v in (e.value, e.low, e.high) if v is not None]
    low, high = min([*known, *held]), max([*known, *held])
    margin = 0.04 * (high - low)
    low, high = low - margin, high + margin

    def place(value: float | None, otherwise: float) -> float:
        return round(100 * ((value if value is not None else otherwise) - low) / (high - low), 2)

    bars = []
    for e in estimates:
        dot = place(e.value, low)
        if e.low is None and e.high is None:  # no interval is not an endless one
            bars.append(Bar(dot, 0.0, dot))
            continue
        left, right = place(e.low, low), place(e.high, high)
        bars.append(Bar(left, max(round(right - left, 2), 0.4), dot))
    return Forest(tuple(bars), tuple((m, place(m, m)) for m in MARKS if low < m < high))
