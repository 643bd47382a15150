"""Proportions of independent items, and differences made of two estimates that have bounds already.

What lives here: Wilson's and Clopper and Pearson's bounds for counts that need not be whole (expected ones
of a larger sample; for whole counts they equal ``scipy.stats.binomtest``, which a test compares), and
differences by the method of variance estimates recovery (MOVER, Zou & Donner 2008, Statistics in Medicine
27); of two Wilson intervals this is Newcombe's method 10 (1998, Statistics in Medicine 17). What does not:
items that come in runs (``designs`` over runs).
"""

from collections.abc import Callable
from math import hypot, sqrt

from scipy import special, stats

from scaling_assets.science.testing.contrast import Bounds, Contrast


def wilson(events: float, items: float, tail: float) -> tuple[float, float]:
    """Score bounds, each with error ``tail`` (Wilson 1927, JASA 22)."""
    z = float(special.ndtri(1 - tail))
    rate, spread = events / items, z**2 / items
    centre = (rate + spread / 2) / (1 + spread)
    half = z * sqrt(rate * (1 - rate) / items + spread / (4 * items)) / (1 + spread)
    low = 0.0 if events <= 0 else centre - half
    return low, 1.0 if events >= items else centre + half


def clopper_pearson(events: float, items: float, tail: float) -> tuple[float, float]:
    """Exact bounds, each with error at most ``tail`` (Clopper & Pearson 1934, Biometrika 26)."""
    low = 0.0 if events <= 0 else float(stats.beta.ppf(tail, events, items - events + 1))
    high = 1.0 if events >= items else float(stats.beta.ppf(1 - tail, events + 1, items - events))
    return low, high


def newcombe(events: tuple[float, float], items: tuple[float, float]) -> Contrast:
    """Difference of two independent proportions; (treatment, control) events and items."""

    def arm(i: int) -> Callable[[float, float], Bounds]:
        return lambda tail, factor: wilson(events[i] * factor, items[i] * factor, tail)

    rates = events[0] / items[0], events[1] / items[1]
    return mover(rates, (arm(0), arm(1)), int(sum(items)), "Newcombe, from two Wilson intervals")


def mover(
    values: tuple[float, float],
    arms: tuple[Callable[[float, float], Bounds], Callable[[float, float], Bounds]],
    n_units: int,
    method: str,
) -> Contrast:
    """Difference of two independent estimates from their own bounds (Zou & Donner 2008, eq. 5)."""
    difference = values[0] - values[1]

    def bounds(tail: float, factor: float) -> Bounds:
        (low, high), (under, over) = arms[0](tail, factor), arms[1](tail, factor)
        down = None if low is None or over is None else hypot(values[0] - low, over - values[1])
        up = None if high is None or under is None else hypot(high - values[0], values[1] - under)
        return (
            None if down is None else difference - down,
            None if up is None else difference + up,
        )

    return Contrast(difference, n_units, method, bounds)
