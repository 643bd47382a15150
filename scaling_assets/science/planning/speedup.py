"""Speed-up: one ratio of times, said in three forms, and what it tells about work that cannot be shared.

What belongs here: the ratio of two means with its interval, speed-up, efficiency, serial fraction. What does not:
curves over many numbers of workers (``laws.amdahl``, ``laws.usl``), which trials are an arm (``capacity``).

S = T(1) / T(N). The time falls by 1 - 1/S, the throughput rises by S - 1: three names of one number, each a rising
function of S, so that their bounds are the bounds of S put through it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, sqrt

import numpy as np
from scipy import special

Bounds = tuple[float | None, float | None]
#: Below this many runs an arm's spread is a single difference.
MIN_RUNS = 3


@dataclass(frozen=True)
class Ratio:
    """A ratio with its interval. An end is None where the ratio is unbounded or not estimable (``reason``)."""

    value: float
    low: float | None
    high: float | None
    n: tuple[int, int]
    method: str
    reason: str = ""

    def through(self, rising: Callable[[float], float]) -> tuple[float, float | None, float | None]:
        """Value and ends of a rising function of the ratio."""
        low, high = (None if end is None else rising(end) for end in (self.low, self.high))
        return rising(self.value), low, high


def ratio_of_means(above: np.ndarray, below: np.ndarray, level: float) -> Ratio:
    """mean(above) / mean(below) of independent runs, with Fieller's interval.

    All theta with (m1 - theta m2)^2 <= t^2 (s1^2/n1 + theta^2 s2^2/n2) (Fieller 1954, JRSS B 16, 175-185),
    t with Satterthwaite's degrees of freedom at the estimate, as Welch's test has them (Satterthwaite 1946,
    Biometrics Bulletin 2). Where the mean below is not apart from 0 the interval has no end: both are None.

    Args:
        above: values of the runs of one arm (n1,), finite.
        below: values of the runs of the other (n2,), finite, of another mean than 0.
        level: the probability that the interval holds.

    Raises:
        ValueError: an arm has no run, or the mean below is 0.
    """
    n = (len(above), len(below))
    if min(n) == 0 or below.mean() == 0:
        raise ValueError("each arm needs a run, and the lower one a mean other than 0")
    m1, m2 = float(above.mean()), float(below.mean())
    value = m1 / m2
    if min(n) < MIN_RUNS:
        return Ratio(
            value, None, None, n, "not estimable", f"{min(n)} run(s) in an arm: an interval needs {MIN_RUNS}"
        )
    v1, v2 = (float(arm.var(ddof=1)) / len(arm) for arm in (above, below))
    parts = v1, value**2 * v2
    if sum(parts) <= (1e-12 * m1) ** 2:
        return Ratio(value, None, None, n, "not estimable", "all runs of each arm are equal: no spread")
    df = sum(parts) ** 2 / (parts[0] ** 2 / (n[0] - 1) + parts[1] ** 2 / (n[1] - 1))
    t2 = float(special.stdtrit(df, (1 + level) / 2)) ** 2
    square, half, free = m2**2 - t2 * v2, m1 * m2, m1**2 - t2 * v1
    method = f"ratio of means, Fieller with t of {df:.3g} degrees of freedom"
    inside = half**2 - square * free
    if square <= 0 or inside < 0:
        return Ratio(
            value, None, None, n, method, "the mean below is not apart from 0: the ratio has no bounds"
        )
    return Ratio(value, (half - sqrt(inside)) / square, (half + sqrt(inside)) / square, n, method)


def from_form(form: str, value: float) -> float:
    """The speed-up that a number in one of the three forms means; shares as shares (.753 for 75.3 %).

    Raises:
        ValueError: no such form, or a number that no speed-up has (a time reduction of 1 or more).
    """
    found = {
        "speedup": value,
        "time_reduction": 1 / (1 - value) if value < 1 else inf,
        "throughput_gain": 1 + value,
    }.get(form, -1.0)
    if not (isfinite(found) and found > 0):
        raise ValueError(f"{form} {value:g} is no speed-up above 0")
    return found


def time_reduction(speedup: float) -> float:
    """1 - 1/S: the share of the time that is gone."""
    return 1 - 1 / speedup


def throughput_gain(speedup: float) -> float:
    """S - 1: what is done beside in the same time."""
    return speedup - 1


def efficiency(speedup: float, workers: float) -> float:
    """S / N: the share of perfect scaling."""
    return speedup / workers


def serial_fraction(speedup: float, workers: float) -> float:
    """(1/S - 1/N) / (1 - 1/N), the experimentally determined serial fraction; below 0 where S exceeds N.

    Karp & Flatt (1990), "Measuring parallel processor performance", Communications of the ACM 33(5), 539-543. It
    falls as S rises. Where it is the same at every N, work that cannot be shared limits the speed-up (Amdahl);
    where it grows with N, the price of working together does.
    """
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)


def amdahl_limit(fraction: float) -> float:
    """1/f: the speed-up of endless workers with this serial fraction (Amdahl 1967); infinite from 0 down."""
    return 1 / fraction if fraction > 0 else inf


def fraction_grows(few: Bounds, many: Bounds) -> str:
    """Whether the serial fraction differs between few and many workers, on the intervals of both."""
    (low, high), (under, over) = few, many
    if high is not None and under is not None and under > high:
        return "serial fraction grows with workers: working together has a price"
    if low is not None and over is not None and over < low:
        return "serial fraction falls with workers: a fixed overhead weighs less and less"
    return "not separated: serial fractions at few and at many workers overlap"
