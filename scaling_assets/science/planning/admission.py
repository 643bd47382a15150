"""How much one machine carries when only its concurrency can be chosen: the best throughput under a longest response.

What belongs here: a throughput law whose axis is work in flight. What does not: workers that can be added
(``growth.law_reach``), separate servers (``queueing``).

N in flight spend R(N) = N / X(N) - Z in the system (Little; interactive response time with think time Z: Denning &
Buzen 1978, ACM Computing Surveys 10). R rises with N, so a longest response is a largest N, and the capacity is the
highest throughput up to it.
"""

from dataclasses import dataclass

import numpy as np

from scaling_assets.science.planning.amounts import Amount
from scaling_assets.science.planning.growth import Enough, Limit, Reach, Units
from scaling_assets.science.planning.throughput import GRID, Throughput

STEPS = 40  # halvings of the range in which the largest sure concurrency lies


@dataclass(frozen=True)
class Admission:
    """``limit`` for growth; ``best`` the concurrency that the capacity needs, ``allowed`` what the response allows.

    ``sure`` is the concurrency up to which the response is kept by the lower end of the throughput (None: at none).
    """

    limit: Limit
    best: Amount
    allowed: Amount | None
    sure: float | None


def admission(
    law: Throughput, name: str, margin: float, response: float | None = None, think: float = 0.0
) -> Admission:
    """What the machine carries, a share ``margin`` of it kept free.

    Args:
        response: the longest time in the system, in the unit of time of the throughput; None: any.
        think: the time that a user waits between two requests, in the same unit.
    """
    smallest = law.law.domain[0][0]
    if response is None:
        most = law.most(smallest, law.furthest).times(1 - margin)
        return Admission(_limit(law, name, most, law.is_past_peak_for_sure()), law.peak(), None, law.furthest)
    allowed = law.allowed(response, think)
    sure = _sure(law, smallest, response + think)
    if allowed.value is None or sure is None or allowed.value < smallest:
        reason = (
            allowed.reason
            or f"a response of {response:g} is not sure to be kept even at {smallest:g} in flight"
        )
        return Admission(Limit(name, Amount(None, reason=reason)), Amount(None, reason=reason), allowed, sure)
    likely = law.most(smallest, max(smallest, min(allowed.value, law.furthest)))
    certain = law.most(smallest, max(smallest, sure))
    top = law.furthest if allowed.high is None else min(allowed.high, law.furthest)
    highest = law.most(smallest, max(smallest, top)).high
    most = Amount(likely.value, certain.low, highest, f"{likely.method}; {allowed.method}", likely.distance)
    peak = law.peak()
    best = peak if peak.value is not None and peak.value <= allowed.value else allowed
    closed = law.is_past_peak_for_sure() or (allowed.high is not None and allowed.high <= law.measured_to)
    return Admission(_limit(law, name, most.times(1 - margin), closed), best, allowed, sure)


def _limit(law: Throughput, name: str, most: Amount, closed: bool) -> Limit:
    """A limit to which nothing can be added: beyond it is another design, where no further N could do more."""
    if closed:
        peak = law.peak()
        at = "" if peak.value is None else f"throughput peaks at {peak.value:.4g} in flight; "
        return Limit(name, most, fixed=f"{at}no number in flight carries it")
    units = Units(law.law.axes[0], law.furthest)
    edge = f"measured up to {law.measured_to:g} in flight, where throughput may still rise"
    return Limit(name, most, Reach(units, most, False, edge, lambda _load: Enough(Amount(None), None)))


def _sure(law: Throughput, smallest: float, time: float) -> float | None:
    """The largest N up to which N / time is at most the lower end of the throughput, by halving after a grid."""

    def kept(n: np.ndarray) -> np.ndarray:
        return np.asarray(law.ends(n)[1] * time >= n)

    grid = np.linspace(smallest, law.furthest, GRID)
    yes = kept(grid)
    if not yes.any():
        return None
    last = len(grid) - 1 - int(np.argmax(yes[::-1]))
    if last == len(grid) - 1:
        return float(grid[-1])
    good, bad = float(grid[last]), float(grid[last + 1])
    for _ in range(STEPS):
        if bad - good <= 1e-6 * bad:
            break
        middle = (good + bad) / 2
        good, bad = (middle, bad) if kept(np.array([middle]))[0] else (good, middle)
    return good
