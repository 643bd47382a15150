"""Interval arithmetic with outward rounding: every result holds all values that its parts can give.

What belongs here: the operations of a formula on intervals of floats. What does not: formulas (``expression``),
the tight range of a whole formula (``enclose``).

Every end is moved outward by as many floats as the operation may be off (one for + - * / and roots, which IEEE
754 rounds correctly, none for sums that are exact; a few for powers and logarithms, whose libraries are within a
few units of the last place), so that an exact value is never lost to rounding (Moore, Kearfott and Cloud 2009,
Introduction to Interval Analysis, chapter 2). Where an operation does not exist for some values of its parts the
result is the whole line.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LIBRARY_ULPS = 4  # how far powers and logarithms of common C libraries may be off, with room


@dataclass(frozen=True)
class Interval:
    """All numbers from ``low`` to ``high``, both included; infinite ends are open."""

    low: float
    high: float

    @property
    def is_whole(self) -> bool:
        """True when nothing is known."""
        return self.low == -math.inf and self.high == math.inf

    @property
    def width(self) -> float:
        """``high - low``."""
        return self.high - self.low

    @property
    def middle(self) -> float:
        """A number inside, the mean of the ends where both are finite."""
        if math.isinf(self.low) or math.isinf(self.high):
            return 0.0 if self.is_whole else self.low if math.isfinite(self.low) else self.high
        return self.low + (self.high - self.low) / 2

    def meets(self, other: "Interval") -> bool:
        """True when some number is in both."""
        return self.low <= other.high and other.low <= self.high


WHOLE = Interval(-math.inf, math.inf)


def exactly(value: float) -> Interval:
    """One number."""
    return Interval(value, value)


def add(a: Interval, b: Interval) -> Interval:
    """a + b."""
    return _hull(
        [a.low + b.low, a.high + b.high], int(not (_is_exact(a.low, b.low) and _is_exact(a.high, b.high)))
    )


def subtract(a: Interval, b: Interval) -> Interval:
    """a - b."""
    return add(a, negative(b))


def multiply(a: Interval, b: Interval) -> Interval:
    """a b."""
    return _hull([_product(x, y) for x in (a.low, a.high) for y in (b.low, b.high)])


def divide(a: Interval, b: Interval) -> Interval:
    """a / b; the whole line when b may be 0."""
    if b.low <= 0.0 <= b.high:
        return WHOLE
    return _hull([_quotient(x, y) for x in (a.low, a.high) for y in (b.low, b.high)])


def power(a: Interval, b: Interval) -> Interval:
    """a ** b: any base to a whole number, else bases above 0 only."""
    if b.low == b.high and b.low.is_integer():
        return _whole_power(a, b.low)
    if a.low < 0 or (a.low == 0 and b.low <= 0):
        return WHOLE
    return _hull([_pow(x, y) for x in (a.low, a.high) for y in (b.low, b.high)], LIBRARY_ULPS)


def square_root(a: Interval) -> Interval:
    """The square root; the whole line when a may be below 0."""
    if a.low < 0:
        return WHOLE
    low, high = math.sqrt(a.low), math.sqrt(a.high)
    return Interval(max(0.0, _step(low, -1)), _step(high, 1))


def logarithm(a: Interval) -> Interval:
    """The natural logarithm; the whole line when a may be 0 or below."""
    if a.low <= 0:
        return WHOLE
    return _hull([math.log(a.low), math.inf if math.isinf(a.high) else math.log(a.high)], LIBRARY_ULPS)


def negative(a: Interval) -> Interval:
    """-a."""
    return Interval(-a.high, -a.low)


def smallest(*parts: Interval) -> Interval:
    """The least of several numbers."""
    return Interval(min(p.low for p in parts), min(p.high for p in parts))


def largest(*parts: Interval) -> Interval:
    """The greatest of several numbers."""
    return Interval(max(p.low for p in parts), max(p.high for p in parts))


def _whole_power(a: Interval, exponent: float) -> Interval:
    if exponent == 0:
        return exactly(1.0)
    if exponent < 0 and a.low <= 0 <= a.high:
        return WHOLE
    ends = [_pow(a.low, exponent), _pow(a.high, exponent)]
    if exponent > 0 and exponent % 2 == 0 and a.low < 0 < a.high:
        ends.append(0.0)
    found = _hull(ends, LIBRARY_ULPS)
    return Interval(max(0.0, found.low), found.high) if exponent % 2 == 0 else found


def _product(x: float, y: float) -> float:
    return 0.0 if x == 0.0 or y == 0.0 else x * y


def _quotient(x: float, y: float) -> float:
    return 0.0 if math.isinf(y) else x / y


def _pow(x: float, y: float) -> float:
    with np.errstate(all="ignore"):  # too large is infinite here, too small is 0
        return float(np.power(np.float64(x), np.float64(y)))


def _hull(ends: list[float], ulps: int = 1) -> Interval:
    if any(math.isnan(end) for end in ends):
        return WHOLE
    return Interval(_step(min(ends), -ulps), _step(max(ends), ulps))


def _is_exact(x: float, y: float) -> bool:
    """True when x + y was not rounded (Knuth's error-free sum: the error comes out as 0)."""
    total = x + y
    part = total - x
    return (x - (total - part)) + (y - part) == 0.0


def _step(value: float, ulps: int) -> float:
    """The float so many places up or down; an infinite end that overflow made is brought back to the largest."""
    toward = math.copysign(math.inf, ulps)
    for _ in range(abs(ulps)):
        value = math.nextafter(value, toward)
    return value


OPERATIONS: dict[str, Callable[..., Interval]] = {
    "+": add, "-": subtract, "*": multiply, "/": divide, "**": power,
    "negative": negative, "sqrt": square_root, "log": logarithm, "min": smallest, "max": largest,
}  # fmt: skip
