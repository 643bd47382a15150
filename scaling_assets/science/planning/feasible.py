"""Is what is there enough for what is needed? Both are ranges, and there are three answers.

What lives here: the comparison, payback of an investment. What does not: where capacity comes from (a declared
amount, a law's prediction).
"""

from scaling_assets.records.amount import Amount
from scaling_assets.science.planning.sheet import Sheet, range_text
from scaling_assets.science.ranges.enclose import Range

FEASIBLE, NOT_FEASIBLE, UNDECIDED = "feasible", "not feasible", "undecided"


def enough(needed: Range, there: Range) -> str:
    """``feasible`` when all of what may be there covers all that may be needed, ``not feasible`` when none does."""
    if needed.value is None or there.value is None:
        return UNDECIDED
    if there.low >= needed.high:
        return FEASIBLE
    return NOT_FEASIBLE if there.high < needed.low else UNDECIDED


def compared(needed: Range, there: Range, unit: str, *, as_share: bool = False) -> str:
    """The comparison in words."""
    sign = {FEASIBLE: "<=", NOT_FEASIBLE: ">", UNDECIDED: "against"}[enough(needed, there)]
    texts = [range_text(one, as_share=as_share) for one in (needed, there)]
    return f"{texts[0]} {sign} {texts[1]}{' ' + unit if unit and not as_share else ''}"


def payback(investment: Amount, gain: Amount) -> tuple[Range, str]:
    """Periods until an investment comes back out of a gain in profit a period, and the arithmetic in words.

    A gain that may be 0 or below leaves the upper end open; one that is never above 0 pays back at no time
    (infinite at both ends, no value).
    """
    never = Range(None, float("inf"), float("inf"))
    if investment.high == 0:
        return Range(0.0, 0.0, 0.0), "nothing is invested"
    if gain.high <= 0:
        return never, f"profit does not rise ({gain.text} a period): it never pays back"
    sheet = Sheet({"investment": investment, "gain": gain})
    if gain.low > 0:
        return sheet.range_of("investment / gain"), sheet.shown("investment / gain")
    best = investment.low / gain.high
    middle = investment.value / gain.value if gain.value > 0 else None
    return (
        Range(middle, best, float("inf")),
        f"{investment.text} / ({gain.text}): the gain may be 0 or below, so it may never pay back",
    )
