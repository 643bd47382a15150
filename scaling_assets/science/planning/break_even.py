"""The quantity from which a price covers all costs.

What lives here: break-even with step costs, and its range. What does not: cost lines (``costs``).

Profit at n units is n (price - variable) - fixed(n), where fixed(n) jumps up at steps. It rises between steps and
falls at them, so it may become positive more than once: the quantity that counts is the one from which it stays
at 0 or above.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scaling_assets.records.amount import Amount
from scaling_assets.science.planning.costs import CostLine, Saving, bill
from scaling_assets.science.ranges.enclose import Range

Extra = Mapping[str, tuple[Amount, bool]]


@dataclass(frozen=True)
class BreakEven:
    """``quantity`` from which profit stays at 0 or above; its value None where no quantity does at the middle.

    ``relapses`` are quantities at which a step turns a profit into a loss again (at the middle of all amounts).
    """

    quantity: Range
    relapses: tuple[float, ...]


def break_even(
    lines: Sequence[CostLine], price: Amount, savings: Sequence[Saving] = (), extra: Extra | None = None
) -> BreakEven:
    """Break-even over the ranges of all amounts.

    The quantity falls with the price and rises with every cost, so its least value takes the best end of each
    amount and its greatest the worst: both are attained, and no amount enters twice.
    """
    starts = sorted({0.0} | {step.units for line in lines for step in line.steps})
    bills = [bill(lines, Amount("", s, s, s), None, savings, extra) for s in starts]
    ranges = [(b.range_of("fixed"), b.range_of("variable")) for b in bills]
    ends = {
        side: _from_where(starts, [(_end(f, side), _end(v, side)) for f, v in ranges], at)
        for side, at in ((0, price.value), (-1, price.high), (1, price.low))
    }
    value = None if math.isinf(ends[0]) else ends[0]
    costs = [(_end(f, 0), _end(v, 0)) for f, v in ranges]
    return BreakEven(Range(value, ends[-1], ends[1]), tuple(_relapses(starts, costs, price.value)))


def _from_where(starts: list[float], costs: list[tuple[float, float]], price: float) -> float:
    """The least quantity from which profit stays at 0 or above; infinite where there is none."""
    after = math.inf
    for low, high, (fixed, variable) in reversed(
        list(zip(starts, [*starts[1:], math.inf], costs, strict=True))
    ):
        each = price - variable
        needed = fixed / each if each > 0 else (0.0 if fixed == each == 0 else math.inf)
        if needed >= high:
            break  # a loss up to the next step
        after = max(needed, low)
        if needed > low:
            break
    return after


def _relapses(starts: list[float], costs: list[tuple[float, float]], price: float) -> list[float]:
    found = []
    for at, (fixed, variable), (before, each) in zip(starts[1:], costs[1:], costs, strict=False):
        if at * (price - each) >= before and at * (price - variable) < fixed:
            found.append(at)
    return found


def _end(found: Range, side: int) -> float:
    if side == 0:
        return math.inf if found.value is None else found.value
    return found.high if side > 0 else found.low
