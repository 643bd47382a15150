"""How far a quantity is from its target, in the direction that is better.

What lives here: attainment, gap and status of one key figure. What does not: where its value comes from, trends.

A target that is a range asks for its nearer end: 30 to 50 is met from 30 on where higher is better. A current value
that is a range (or has an interval) is met when all of it meets the target, not met when none does, undecided else.
"""

from dataclasses import dataclass
from math import inf
from typing import Literal

from scaling_assets.records.amount import Amount
from scaling_assets.science.planning.sheet import Sheet, number_text, range_text
from scaling_assets.science.ranges.enclose import Range

Direction = Literal["higher", "lower"]
MET, NOT_MET, UNDECIDED = "met", "not met", "undecided"


@dataclass(frozen=True)
class Attainment:
    """``attained`` is the share of the target that is reached (1 when it is met exactly, more beyond it),
    ``gap`` the relative change that is still needed (+0.67: two thirds more; -0.8: four fifths less).

    Both run over all pairs of a current value and a target. ``shown`` has the arithmetic and, where both are
    ranges, the gap from end to end.
    """

    attained: Range
    gap: Range
    status: str
    shown: str


def attainment(current: Amount, target: Amount, direction: Direction) -> Attainment:
    """Compare a current value with its target."""
    if current.low < 0 or target.low < 0:
        # From -50 to 100 is no change of -300 %: shares and relative changes need a scale that starts at 0.
        nothing = Range(None, -inf, inf)
        words = "no share and no relative change: an amount lies below 0"
        return Attainment(nothing, nothing, status(current, target, direction), words)
    sheet = Sheet({"current": current, "target": target})
    share = "current / target" if direction == "higher" else "target / current"
    gap = "target / current - 1"
    needed = sheet.range_of(gap)
    shown = sheet.shown(gap, as_share=True)
    if not current.is_exact and not target.is_exact:
        shown += f"; {_end_to_end(current, target)}"
    return Attainment(sheet.range_of(share), needed, status(current, target, direction), shown)


def threshold(target: Amount, direction: Direction) -> float:
    """The end of a target from which on it is met."""
    return target.low if direction == "higher" else target.high


def status(current: Amount, target: Amount, direction: Direction) -> str:
    """``met``, ``not met`` or ``undecided``."""
    limit = threshold(target, direction)
    low, high = (current.low, current.high) if direction == "higher" else (-current.high, -current.low)
    limit = limit if direction == "higher" else -limit
    if low >= limit:
        return MET
    return NOT_MET if high < limit else UNDECIDED


def change_needed(baseline: Amount, change: Amount) -> Range:
    """The value that a relative change of a baseline asks for: 150 less 30 % is 105."""
    return Sheet({"baseline": baseline, "change": change}).range_of("baseline * (1 + change)")


def change_since(baseline: Amount, current: Amount) -> tuple[Range, str]:
    """The relative change since the baseline, and the arithmetic in words.

    Both are taken as independent: a range of either widens it.
    """
    sheet = Sheet({"baseline": baseline, "current": current})
    return sheet.range_of("current / baseline - 1"), sheet.shown("current / baseline - 1", as_share=True)


def _end_to_end(current: Amount, target: Amount) -> str:
    pairs = [
        ("from bottom to bottom", current.low, target.low),
        ("middle", current.value, target.value),
        ("top to top", current.high, target.high),
    ]
    known = [
        f"{name} {number_text(t / c - 1, as_share=True)}"
        for name, c, t in pairs
        if c not in (0.0, float("inf")) and t != float("inf")
    ]
    return ", ".join(known)


def in_words(current: Amount, target: Amount) -> str:
    """Both sides as they were written."""
    return f"{current.text or range_text(_range(current))} of {target.text or range_text(_range(target))}"


def _range(amount: Amount) -> Range:
    return Range(amount.value, amount.low, amount.high)
