"""Tables of trends: slopes a day, and the days on which targets are reached.

What lives here: figures of trends. What does not: their arithmetic (``trend``).
"""

import math
from collections.abc import Sequence

from scaling_assets.records.calendar import day_number, iso_day
from scaling_assets.records.planned import Figure
from scaling_assets.science.planning.attainment import threshold
from scaling_assets.science.planning.scorecard_declaration import ScorecardQuestion
from scaling_assets.science.planning.scorecard_tables import Stood
from scaling_assets.science.planning.sheet import figure
from scaling_assets.science.planning.trend import IDENTIFIED, METHOD, forecast, trend
from scaling_assets.science.ranges.enclose import Range


def trends(question: ScorecardQuestion, stood: Sequence[Stood], today: str) -> list[Figure]:
    """Slope and forecast of every figure that has two snapshots at least."""
    found: list[Figure] = []
    for one in stood:
        if len(one.snapshots) < 2:
            continue
        days, values = zip(*one.snapshots, strict=True)
        slope = trend(days, values, question.level)
        name, unit = one.figure.name, one.figure.unit
        if slope.slope is not None and slope.low is not None and slope.high is not None:
            a_day = Range(slope.slope, slope.low, slope.high)
            found.append(figure("trends", name, "change_a_day", a_day, unit, text=slope.reason,
                                status=_direction(slope.status, slope.slope, one), method=METHOD))  # fmt: skip
        else:
            found.append(Figure("trends", name, "change_a_day", slope.slope, unit=unit, status=slope.status,
                                text=slope.reason))  # fmt: skip
        found.append(Figure("trends", name, "snapshots", float(slope.n)))
        if one.target is not None:
            found.append(_forecast(question, one, days, values, today))
    return found


def _direction(status: str, slope: float, one: Stood) -> str:
    if status != IDENTIFIED:
        return status
    return "better" if (slope > 0) == (one.figure.direction == "higher") else "worse"


def _forecast(
    question: ScorecardQuestion, one: Stood, days: Sequence[int], values: Sequence[float], today: str
) -> Figure:  # fmt: skip
    assert one.target is not None
    limit = threshold(one.target, one.figure.direction)
    if math.isinf(limit):
        return Figure(
            "trends", one.figure.name, "reaches_target", status="not derivable", text="the target has no end"
        )
    found = forecast(days, values, limit, question.level, question.forecast_limit)
    if found.day is None or found.low is None or found.high is None:
        return Figure("trends", one.figure.name, "reaches_target", status=found.status, text=found.reason)
    now = day_number(today)
    text = f"{iso_day(found.day)}, between {iso_day(found.low)} and {iso_day(math.ceil(found.high))}"
    value, low, high = (round(end - now, 1) for end in (found.day, found.low, found.high))
    return Figure("trends", one.figure.name, "reaches_target", value, low, high, "days", text=text,
                  status=found.status + _in_time(one, found.low, found.high), method=METHOD)  # fmt: skip


def _in_time(one: Stood, low: float, high: float) -> str:
    if one.figure.by is None:
        return ""
    by = day_number(one.figure.by)
    return ", in time" if high <= by else ", too late" if low > by else ", in time or not: undecided"
