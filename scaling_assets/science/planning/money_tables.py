"""Cells of tables about money: a bill's results with their arithmetic, and what a missing line does to them.

What lives here: figures of bills. What does not: bills (``costs``). A line that nobody stated leaves a cost without
an upper end and a profit without a lower one.
"""

import math
from collections.abc import Sequence

from scaling_assets.records.planned import Figure
from scaling_assets.science.planning.costs import Bill, CostLine
from scaling_assets.science.planning.sheet import DIGITS, figure
from scaling_assets.science.ranges.enclose import Range

PROFITS = frozenset({"profit", "margin"})
COSTS = frozenset({"fixed", "variable", "total", "unit_fixed", "unit_cost"})
#: Results that say which lines they go without.
TOLD = frozenset({"total", "unit_cost", "margin"})


def merged(own: Sequence[CostLine], others: Sequence[CostLine]) -> list[CostLine]:
    """The plan's lines; those of a case replace them by name, or come behind."""
    replaced = {line.name: line for line in others}
    kept = [replaced.pop(line.name, line) for line in own]
    return [*kept, *replaced.values()]


def open_end(found: Range, formula: str, missing: Sequence[str]) -> Range:
    """The range when further costs are to come on top."""
    if not missing:
        return found
    if formula in COSTS:
        return Range(found.value, found.low, math.inf)
    return Range(found.value, -math.inf, found.high) if formula in PROFITS else found


def money(of: Bill, part: str, item: str, quantity: str, formula: str, unit: str) -> Figure:
    """A result of the bill in its currency."""
    found = open_end(of.range_of(formula), formula, of.missing)
    return figure(part, item, quantity, found, unit, status=_missing(of, formula))


def arithmetic(of: Bill, part: str, item: str, *formulas: str) -> Figure:
    """The arithmetic of some results in words."""
    shown = [of.shown(formula, as_share=formula == "margin") for formula in formulas]
    return Figure(part, item, "arithmetic", text="; ".join(shown))


def percent(of: Bill, part: str, item: str, quantity: str, formula: str) -> Figure:
    """A share of the bill in per cent."""
    found = hundredfold(open_end(of.range_of(formula), formula, of.missing))
    return figure(part, item, quantity, found, "%", status=_missing(of, formula))


def hundredfold(found: Range) -> Range:
    """A share in per cent, to the digits that a result has."""
    low, high = _hundred(found.low), _hundred(found.high)
    return Range(None if found.value is None else _hundred(found.value), low, high)


def _hundred(share: float) -> float:
    return float(f"{100 * share:.{DIGITS}g}")


def _missing(of: Bill, formula: str) -> str:
    return f"without {', '.join(of.missing)}" if of.missing and formula in TOLD else ""
