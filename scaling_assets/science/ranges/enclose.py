"""The range of a formula while its numbers run through what they stand for.

What belongs here: tightening interval arithmetic by splitting. What does not: the arithmetic (``interval``), what
the range is compared with (the kinds).

A name that appears twice makes interval arithmetic too wide: ``(p - c) / p`` forgets that both p are one number.
Where the formula rises or falls with a name over a whole box (its derivative, over intervals, has one sign), the
name is put to its own end. The box of the others is split where the end of the range is still open, the most
promising part first (branch and bound: Moore, Kearfott and Cloud 2009, chapters 5 and 6), until the end lies
within ``TOLERANCE`` of a value that the formula takes at some point. A continuous formula takes every value
between its ends, so a printed number that overlaps the range is reconciled by some values of the names, and one
outside by none.
"""

import heapq
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from scaling_assets.science.ranges.expression import Node
from scaling_assets.science.ranges.interval import Interval, exactly
from scaling_assets.science.ranges.slope import slope

TOLERANCE = 1e-7  # of the range's width: how much wider than the truth an end may stay
MOST_SPLITS = 400  # boxes of one end; an end that is still open then stays where it is, on the wide side
MOST_CORNERS = 10  # names up to which every corner of the box is looked at

Box = Mapping[str, Interval]


@dataclass(frozen=True)
class Range:
    """``value`` of the formula for the numbers as they read (None where it does not exist), and its range."""

    value: float | None
    low: float
    high: float

    @property
    def interval(self) -> Interval:
        """The range as an interval."""
        return Interval(self.low, self.high)

    @property
    def is_known(self) -> bool:
        """False when the formula may not exist for some of the values."""
        return self.value is not None and not self.interval.is_whole


def enclose(formula: Node, centre: Mapping[str, float], box: Box) -> Range:
    """The formula's range over the box, and its value at the centre."""
    names = [name for name in formula.names() if box[name].low < box[name].high]
    used = {name: box[name] for name in formula.names()}
    at = formula.over({name: exactly(centre[name]) for name in used})
    value = None if at.is_whole else at.middle
    whole = formula.over(used)
    if not names or any(math.isinf(used[n].low) or math.isinf(used[n].high) for n in names):
        return Range(value, whole.low, whole.high)
    seen = _looked_at(formula, names, used, centre)
    low, high = (_end(formula, names, used, seen, sign) for sign in (1, -1))
    return Range(value, low, high)


def _looked_at(
    formula: Node, names: list[str], used: dict[str, Interval], centre: Mapping[str, float]
) -> list[float]:
    """Values that the formula takes: at the centre and, for few names, at the corners."""
    points = [{name: exactly(centre[name]) for name in used}]
    if len(names) <= MOST_CORNERS:
        ends = [(exactly(used[name].low), exactly(used[name].high)) for name in names]
        points += [used | dict(zip(names, corner, strict=True)) for corner in itertools.product(*ends)]
    found = [formula.over(point) for point in points]
    return [one.middle for one in found if not one.is_whole and math.isfinite(one.middle)]


def _end(formula: Node, names: list[str], used: dict[str, Interval], seen: list[float], sign: int) -> float:
    """The lower end (sign 1) or the upper one (sign -1) of the range."""

    def bound(of: Interval) -> float:
        return of.low if sign == 1 else -of.high

    reached = min((sign * value for value in seen), default=math.inf)
    slack = TOLERANCE * (max(seen) - min(seen)) if len(seen) > 1 else 0.0
    first = _pressed(formula, names, used, sign)
    waiting: list[tuple[float, int, dict[str, Interval]]] = [(bound(formula.over(first)), 0, first)]
    for count in range(1, MOST_SPLITS):
        lowest, _, part = waiting[0]
        free = [name for name in names if part[name].low < part[name].middle < part[name].high]
        if not free or lowest >= reached - max(slack, 16 * math.ulp(reached)):
            break
        heapq.heappop(waiting)
        widest = max(free, key=lambda name: part[name].width / used[name].width)
        middle = part[widest].middle
        for side, half in enumerate(
            (Interval(part[widest].low, middle), Interval(middle, part[widest].high))
        ):
            smaller = _pressed(formula, free, part | {widest: half}, sign)
            heapq.heappush(waiting, (bound(formula.over(smaller)), 2 * count + side, smaller))
            at = formula.over({name: exactly(of.middle) for name, of in smaller.items()})
            if not at.is_whole:
                reached = min(reached, sign * at.middle)
    return sign * waiting[0][0]


def _pressed(formula: Node, names: list[str], box: dict[str, Interval], sign: int) -> dict[str, Interval]:
    """The box with every name in which the formula is monotone at the end that matters."""
    ends = {}
    for name in names:
        change = slope(formula, name, box)
        if change.low >= 0 or change.high <= 0:
            is_low = (change.low >= 0) == (sign == 1)
            ends[name] = exactly(box[name].low if is_low else box[name].high)
    return box | ends
