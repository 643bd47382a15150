"""Enough, more of the same, or another design? One load against one limit, with the arithmetic shown.

What belongs here: the decision for a load, and what adding units can reach (from a law, a queue, a statement). What
does not: throughput at N (``throughput``), waits (``queueing``), which limits a plan has (``capacity``).

The rule, on bounds and never on points: *sufficient* when the load lies below the lower end of what is there now;
*expand* when it lies above the upper end and some number of units carries it by its lower end; *redesign* when it
lies above the upper end of the most that any allowed number of units does, all of them measured or past a measured
peak; *undecided* when an end lies on either side; *refused* when only numbers of units are left that were not measured
and do not reach it as far as the law may be asked; *not sufficient* when nothing tells what more units would do. A
number without an interval is compared as it stands, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np

from scaling_assets.science.gates.compare import number
from scaling_assets.science.planning.amounts import Amount, over
from scaling_assets.science.planning.queueing import Promise, fewest_servers, largest_rate
from scaling_assets.science.planning.throughput import GRID, Throughput

SUFFICIENT, EXPAND, REDESIGN = "sufficient", "expand", "redesign"
UNDECIDED, REFUSED, NOT_SUFFICIENT = "undecided", "refused", "not sufficient"
#: From the best to the worst news: the worst of several limits decides.
ORDER = (SUFFICIENT, EXPAND, UNDECIDED, NOT_SUFFICIENT, REFUSED, REDESIGN)


@dataclass(frozen=True)
class Units:
    """What can be added: ``now`` of them, up to ``most`` (None: no end declared), in steps."""

    name: str
    now: float
    most: float | None = None
    step: float = 1.0

    def up(self, units: float) -> float:
        """The next number that can be bought: ``now`` and whole steps."""
        return self.now + self.step * max(0, ceil((units - self.now) / self.step - 1e-9))

    def levels(self, furthest: float) -> np.ndarray:
        """All numbers that can be bought, up to ``most`` and ``furthest``, ascending (n,)."""
        end = furthest if self.most is None else min(self.most, furthest)
        count = max(0, int(np.floor((end - self.now) / self.step + 1e-9)))
        return self.now + self.step * np.arange(count + 1)


@dataclass(frozen=True)
class Enough:
    """How many units carry a load: ``needed`` with its interval, ``sure`` by the lower end (None: no number does)."""

    needed: Amount
    sure: float | None


@dataclass(frozen=True)
class Reach:
    """What adding units can give: the ``most`` load, and for a load the units.

    ``is_closed`` is True when no further number of units would do more (or may be bought); ``edge`` says why, in
    words. ``enough`` None: nothing is known about how the units scale, and ``most`` is what perfect scaling gives.
    """

    units: Units
    most: Amount
    is_closed: bool
    edge: str
    enough: Callable[[Amount], Enough] | None = None


@dataclass(frozen=True)
class Limit:
    """One thing that a load must not exceed: ``capacity`` is the load that may be put on it now, margin off."""

    name: str
    capacity: Amount
    reach: Reach | None = None
    fixed: str = ""  # why nothing can be added, where ``reach`` is None
    furthest: float | None = None  # the highest load that the law behind it may be asked about


@dataclass(frozen=True)
class Decision:
    """One load against one limit. ``utilisation`` is load / capacity."""

    status: str
    reason: str
    utilisation: Amount
    needed: Amount | None = None
    sure: float | None = None


def decide(load: Amount, limit: Limit) -> Decision:
    """Hold a load against a limit; see the rule above. Both may have intervals: the ends that doubt most count."""
    capacity = limit.capacity
    if load.value is None or (capacity.value is None and capacity.low is None):
        reason = capacity.reason or load.reason
        return Decision(REFUSED, reason, Amount(None, reason=reason))
    utilisation = over(load, capacity)
    if load.ceiling is not None and capacity.floor is not None and load.ceiling < capacity.floor:
        return Decision(SUFFICIENT, "", utilisation)
    is_open = capacity.ceiling is None or _at_most(load.floor, capacity.ceiling)
    if is_open and limit.furthest is not None and not _at_most(load.ceiling, limit.furthest):
        return Decision(
            REFUSED, f"the law may be asked up to a load of {number(limit.furthest)}", utilisation
        )
    if capacity.value is None:
        return Decision(UNDECIDED, f"known from below only: {capacity.reason}", utilisation)
    unsure = (
        "the ends of the load and of what is there now overlap"
        if utilisation.is_known
        else "exactly the limit"
    )
    reach = limit.reach
    if reach is None or reach.units.most == reach.units.now:
        why = limit.fixed if reach is None else f"no {reach.units.name} can be added"
        if is_open:
            return Decision(UNDECIDED, unsure, utilisation)
        unknown = "what adding to it would bring is not identified"
        return Decision(REDESIGN if why else NOT_SUFFICIENT, why or unknown, utilisation)
    name = reach.units.name
    beyond = reach.most.ceiling is not None and not _at_most(load.floor, reach.most.ceiling)
    if reach.enough is None:
        if beyond and reach.is_closed:
            return Decision(REDESIGN, f"{reach.edge} are not enough even with perfect scaling", utilisation)
        perfect = reach.units.up(reach.units.now * load.value / capacity.value)
        reason = f"{perfect:g} {name} with perfect scaling, more without; how it scales is not identified"
        return Decision(UNDECIDED if is_open else NOT_SUFFICIENT, reason, utilisation)
    found = reach.enough(load)
    if found.sure is not None:
        reason = f"{found.sure:g} {name} are sure to do"
        if is_open:
            return Decision(UNDECIDED, f"{unsure}; {reason}", utilisation, found.needed, found.sure)
        return Decision(EXPAND, reason, utilisation, found.needed, found.sure)
    if beyond and reach.is_closed:
        return Decision(REDESIGN, f"more {name} do not reach it: {reach.edge}", utilisation, found.needed)
    if beyond:
        return Decision(
            REFUSED, f"not reached within what may be asked: {reach.edge}", utilisation, found.needed
        )
    reason = f"no number of {name} is sure to do, none is ruled out: {reach.edge}"
    return Decision(UNDECIDED, reason, utilisation, found.needed)


def _at_most(end: float | None, limit: float | None) -> bool:
    return end is not None and limit is not None and end <= limit


def law_reach(law: Throughput, units: Units, margin: float) -> Reach:
    """What units give along a throughput law, of which a share ``margin`` stays free.

    Raises:
        LawNotUsable: the law cannot be asked at what is there now.
    """
    levels = units.levels(law.furthest)
    most = law.most(float(levels[0]), float(levels[-1])).times(1 - margin)
    closed = (units.most is not None and units.most <= law.measured_to) or law.is_past_peak_for_sure()
    peak = law.peak()
    if units.most is not None and units.most <= law.furthest:
        edge = f"{levels[-1]:g} {units.name} at most"
    else:
        edge = f"the law may be asked up to {law.furthest:g} {units.name}"
    if peak.value is not None and peak.value <= law.measured_to:
        edge = f"throughput peaks at {peak.value:.3g} {units.name}; {edge}"
    if not closed:
        edge += f", measured up to {law.measured_to:g}"

    some = np.unique(np.linspace(0, len(levels) - 1, min(GRID, len(levels))).round().astype(int))
    ends = law.ends(levels[some])[1]

    def enough(load: Amount) -> Enough:
        wanted = load.times(1 / (1 - margin))
        needed = law.needed(wanted.value or 0.0).rising(units.up)
        sure = None if wanted.ceiling is None else _first_sure(law, levels, some, ends, wanted.ceiling)
        return Enough(needed, sure)

    return Reach(units, most, closed, edge, enough)


def _first_sure(
    law: Throughput, levels: np.ndarray, some: np.ndarray, ends: np.ndarray, wanted: float
) -> float | None:
    """The smallest level whose lower end carries the load: that of ``some`` is known, then it is halved between two."""
    yes = ends >= wanted  # an end that does not exist carries nothing
    if not yes.any():
        return None
    first = int(np.argmax(yes))
    good = int(some[first])
    bad = int(some[first - 1]) if first else good - 1
    while good - bad > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if law.ends(levels[[middle]])[1][0] >= wanted else (good, middle)
    return float(levels[good])


def queue_capacity(service_time: Amount, servers: int, promise: Promise, variability: float) -> Amount:
    """The highest arrival rate that keeps the promise: it falls with the service time, whose ends it takes over."""

    def rate(time: float) -> float:
        return float(largest_rate(time, servers, promise, variability))

    found = service_time.falling(rate)
    if found.value is None or np.isnan(found.value):
        return Amount(None, reason="the service itself takes longer than the promise allows")
    low = None if found.low is None or np.isnan(found.low) else found.low
    high = None if found.high is None or np.isnan(found.high) else found.high
    kind = "Erlang C" if variability == 1 else "Erlang C with the Allen-Cunneen variability (approximate)"
    return Amount(found.value, low, high, "; ".join(filter(None, (kind, service_time.method))))


def queue_reach(
    service_time: Amount, units: Units, promise: Promise, variability: float, margin: float
) -> Reach:
    """What more servers give, were each as fast as those there are (they share nothing but the queue)."""

    def servers(load: float | None, time: float | None) -> float | None:
        if time is None or load is None:
            return None
        top = {} if units.most is None else {"most": int(units.most)}
        found = fewest_servers(load / (1 - margin), time, promise, variability, **top)
        return None if found is None else units.up(found)

    def enough(load: Amount) -> Enough:
        time = service_time
        least, likely, sure = (
            servers(load.floor, time.floor), servers(load.value, time.value), servers(load.ceiling, time.ceiling)
        )  # fmt: skip
        is_known = load.is_known or time.is_known
        reason = "" if likely else "no allowed number keeps the promise"
        ends = (least, sure) if is_known else (None, None)
        return Enough(Amount(likely, *ends, "Erlang C", reason=reason), sure)

    most = Amount(None)
    if units.most is not None:
        most = queue_capacity(service_time, int(units.most), promise, variability).times(1 - margin)
    edge = "no end is declared" if units.most is None else f"{units.most:g} {units.name} at most"
    return Reach(units, most, units.most is not None, edge, enough)


def stated_reach(capacity: Amount, units: Units, *, is_perfect: bool) -> Reach:
    """What units give where no law was measured: perfect scaling, as a bound or (``is_perfect``) by declaration."""
    edge = "no end is declared" if units.most is None else f"{units.most:g} {units.name}"
    most = Amount(None) if units.most is None else capacity.times(units.most / units.now)

    def enough(load: Amount) -> Enough:
        needed = over(load, capacity).times(units.now).rising(units.up)
        if needed.ceiling is None:
            return Enough(needed, None)
        sure = max(needed.ceiling, units.now + units.step)  # what is there now is known not to be sure
        return Enough(needed, sure if units.most is None or sure <= units.most else None)

    return Reach(units, most, units.most is not None, edge, enough if is_perfect else None)
