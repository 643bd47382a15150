"""Work that is counted down: how much is done, how fast, when it ends, how fast it must be.

What lives here: share, rate, day of the end, rate that a date needs. What does not: trends of key figures
(``trend``), whose values may also fall.
"""

from dataclasses import dataclass

from scaling_assets.records.amount import Amount
from scaling_assets.science.planning.sheet import Sheet, range_text
from scaling_assets.science.ranges.enclose import Range

ON_TIME, TOO_SLOW, UNDECIDED, NO_RATE, FINISHED = "on time", "too slow", "undecided", "no rate", "done"


@dataclass(frozen=True)
class Progress:
    """``share`` done; ``days_left`` at the given rate (None without one); ``rate_needed`` a day for the date."""

    share: Range
    share_shown: str
    days_left: Range | None
    rate_needed: Range | None
    status: str
    shown: str


def progress(done: Amount, of: Amount, rate: Amount | None, days: float | None) -> Progress:
    """Return where the work stands.

    Args:
        done, of: in one unit.
        rate: of that unit a day; None when nobody knows it.
        days: from now to the date by which it is to be done; None without one.
    """
    sheet = Sheet({"done": done, "of": of})
    share, shown = sheet.range_of("done / of"), sheet.shown("done / of", as_share=True)
    if done.low >= of.high:
        return Progress(share, shown, Range(0.0, 0.0, 0.0), None, FINISHED, "nothing is left")
    needed = None
    if days is not None and days > 0:
        needed = sheet.with_amounts(days=_days(days)).range_of("(of - done) / days")
    if rate is None or rate.low <= 0:
        return Progress(share, shown, None, needed, NO_RATE, "no rate above 0 is known, so no day follows")
    moving = sheet.with_amounts(rate=rate)
    left, arithmetic = moving.range_of("(of - done) / rate"), moving.shown("(of - done) / rate")
    if days is None:
        return Progress(share, shown, left, needed, "", f"{arithmetic} days")
    status = ON_TIME if left.high <= days else TOO_SLOW if left.low > days else UNDECIDED
    return Progress(
        share,
        shown,
        left,
        needed,
        status,
        f"{arithmetic} days, {range_text(Range(days, days, days))} are left",
    )


def _days(days: float) -> Amount:
    return Amount(f"{days:g} days", days, days, days)
