"""One report a change: which of the changes found now were reported before?

What belongs here: matching. What does not: finding (``watch``), keeping (``store``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scaling_assets.records.change import Change
from scaling_assets.records.identity import content_id
from scaling_assets.science.changes.case import WatchedSeries


def reconciled(known: Sequence[Change], found: Sequence[WatchedSeries], now: Any) -> list[Change]:
    """All reports of an experiment after a look: known ones brought up to date, and new ones.

    A change found now is one that was reported before when their intervals overlap or their places lie less
    than ``least`` points apart, and both are for the worse or both for the better: what was decided about one
    says nothing about the opposite. Of several the nearest. It then keeps its id, its time and the point at which
    it was first seen. What was reported and is not found any more stays, marked as not shown; what lies before
    the point at which detection starts (a new normal) stays as it is. ``now`` is the time of this look.
    """
    reports: dict[str, Change] = {k.change_id: k for k in known}
    for one in found:
        before = [k for k in known if k.key == one.series.key]
        match = _matched(one, before)
        for f, change in enumerate(one.changes):
            if f in match:
                first = before[match[f]]
                change = replace(
                    change, change_id=first.change_id, reported_at=first.reported_at, newest=first.newest
                )
            else:
                name = change.change_id
                while name in reports:  # of a report whose place has moved since
                    name = content_id("change", name)[:12]
                change = replace(change, change_id=name, reported_at=now)
            reports[change.change_id] = change
        for k, former in enumerate(before):
            if k not in match.values() and _is_judged(former, one):
                reports[former.change_id] = replace(former, is_shown=False)
    return sorted(reports.values(), key=lambda c: (c.reported_at or now, c.change_id))


def _matched(one: WatchedSeries, before: Sequence[Change]) -> dict[int, int]:
    """Which change found now (its number) is which known one (its number): nearest first, each once."""
    place = {point: i for i, point in enumerate(one.points)}
    pairs = sorted(
        (distance, f, k)
        for f, change in enumerate(one.changes)
        for k, known in enumerate(before)
        if (distance := _distance(change, known, place, one.least)) is not None
    )
    match: dict[int, int] = {}
    for _, f, k in pairs:
        if f not in match and k not in match.values():
            match[f] = k
    return match


def _is_judged(former: Change, one: WatchedSeries) -> bool:
    """True when this look could have found the change: its series was judged, from before its point on."""
    if one.series.alpha is None or former.point not in one.points:
        return False
    return one.points.index(former.point) > one.points.index(one.series.first)


def _distance(change: Change, before: Change, place: Mapping[str, int], least: int) -> int | None:
    """Points between two places of one series; None where they are two changes, or a point is gone."""
    if change.effect != before.effect or (
        change.kind == before.kind and change.direction != before.direction
    ):
        return None
    a, b = place.get(change.point), place.get(before.point)
    if a is None or b is None:
        return None
    overlap = (
        place[change.earliest] <= place.get(before.latest, b)
        and place.get(before.earliest, b) <= place[change.latest]
    )
    return abs(a - b) if overlap or abs(a - b) < least else None
