"""A stated number against the right one: which of the three answers, in words.

What belongs here: the comparison of two ranges and its sentence. What does not: where the right value comes from.
"""

import math
from dataclasses import replace

from scaling_assets.records.claim import Consistency
from scaling_assets.records.printed import Printed
from scaling_assets.science.claims.kind import Finding, Operator
from scaling_assets.science.ranges.enclose import Range
from scaling_assets.science.ranges.interval import Interval

WORDS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}


def reconciles(operator: Operator, derived: Interval, stated: Interval) -> bool:
    """True when some value of the one stands to some value of the other as the operator says."""
    if operator == "=":
        return derived.meets(stated)
    if operator in ("<", "<="):
        return derived.low < stated.high or (operator == "<=" and derived.low == stated.high)
    return derived.high > stated.low or (operator == ">=" and derived.high == stated.low)


def against(
    what: str, derived: Range, stated: Printed, operator: Operator = "=", *, method: str, **rest: object
) -> Finding:
    """The finding for a right value that is known.

    Args:
        what: what was computed, for the sentence.
        rest: further fields of the finding.
    """
    assert derived.value is not None
    is_fine = reconciles(operator, derived.interval, Interval(stated.low, stated.high))
    value = number(derived.value, stated)
    ends = f"{number(derived.low, stated)} to {number(derived.high, stated)}"
    spread = (
        f" ({ends} within the printed digits)"
        if derived.low < derived.high and ends != f"{value} to {value}"
        else ""
    )
    text = stated.text.removeprefix("=")
    claimed = text if operator == "=" else f"{WORDS[operator]} {text}"
    off = stated.value - derived.value
    off_pct = 100 * off / abs(derived.value) if derived.value else None
    if is_fine:
        reason, verdict = f"{what} is {value}{spread}, stated is {claimed}", Consistency.CONSISTENT
    else:
        gap = number(abs(off), stated).replace("%", "points")
        far = f"{gap} too {'high' if off > 0 else 'low'}" if operator == "=" else f"missed by {gap}"
        share = f" ({abs(off_pct):.3g} %)" if off_pct is not None else ""
        reason = f"{what} is {value}{spread}, not {claimed}: {far}{share}"
        verdict = Consistency.INCONSISTENT
    found = Finding(
        verdict, reason, stated=text if operator == "=" else f"{operator} {text}",
        stated_low=finite(stated.low), stated_high=finite(stated.high), derived=derived.value,
        derived_low=finite(derived.low), derived_high=finite(derived.high), method=method,
        off=None if is_fine else off, off_pct=None if is_fine else off_pct,
    )  # fmt: skip
    return replace(found, **rest)  # type: ignore[arg-type]


def number(value: float, beside: Printed, digits: int = 4) -> str:
    """A value in the unit of a printed number, with so many significant digits (whole numbers in full)."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    shown = beside.shown(value)
    unit = f" {beside.factor}" if beside.factor == "%" else beside.factor
    return plain(shown, digits) + unit


def plain(value: float, digits: int = 4) -> str:
    """So many significant digits, whole thousands in full."""
    if value != 0 and (abs(value) >= 1e9 or abs(value) < 1e-4):
        return f"{value:.{digits}g}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return f"{float(text):g}" if "e" in text else text


def finite(value: float) -> float | None:
    """The value, or None for an end that is not there."""
    return value if math.isfinite(value) else None
