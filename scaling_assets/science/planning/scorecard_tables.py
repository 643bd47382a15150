"""Tables of the kind ``scorecard``: figures, progress, score.

What lives here: figures of key figures and of work counted down. What does not: trends (``trend_tables``), phases
(``phase_tables``), gates (``ticked``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scaling_assets.records.amount import Amount, read_amount, stated
from scaling_assets.records.calendar import day_number, iso_day
from scaling_assets.records.planned import Figure
from scaling_assets.science.planning.attainment import (
    MET,
    NOT_MET,
    UNDECIDED,
    Attainment,
    attainment,
    change_since,
)
from scaling_assets.science.planning.kind import PlanCase
from scaling_assets.science.planning.money_tables import hundredfold
from scaling_assets.science.planning.observed import seen
from scaling_assets.science.planning.progress import progress
from scaling_assets.science.planning.scorecard_declaration import KeyFigure, ScorecardQuestion, Snapshot
from scaling_assets.science.planning.sheet import figure, number_text, range_text
from scaling_assets.science.ranges.enclose import Range

NOT_STATED, NO_TARGET = "not stated", "without a target"
STATUSES = (MET, UNDECIDED, NOT_MET, NO_TARGET, NOT_STATED)
MOST_NAMED = 3


@dataclass(frozen=True)
class Stood:
    """A key figure with where it stands; ``snapshots`` are (day, value), ascending."""

    figure: KeyFigure
    current: Amount | None
    target: Amount | None
    attained: Attainment | None
    status: str
    why: str
    method: str
    snapshots: tuple[tuple[int, float], ...]
    is_simulated: bool


def stand(case: PlanCase, today: str) -> list[Stood]:
    """Where every figure stands; snapshots after ``today`` are not known yet."""
    return [_stood(one, case, day_number(today)) for one in case.question.figures]


def _stood(one: KeyFigure, case: PlanCase, today: int) -> Stood:
    why, method, is_simulated = "", "", False
    dated = tuple(
        sorted(
            (day_number(s.day), stated(s.value).value) for s in one.snapshots if day_number(s.day) <= today
        )
    )
    current = read_amount(one.current)
    if one.observed is not None:
        found = seen(
            one.observed, case.experiments[one.observed.experiment], case.trials.get(one.observed.experiment),
            case.question.level,
        )  # fmt: skip
        current, why, method, is_simulated = found.amount, found.reason, found.method, found.is_simulated
        dated = tuple(sorted({*dated, *found.snapshots}))
    elif current is None and dated:
        value = dated[-1][1]
        current, method = (
            Amount(number_text(value), value, value, value),
            f"snapshot of {iso_day(dated[-1][0])}",
        )
    target = read_amount(one.target)
    if current is None:
        return Stood(
            one, None, target, None, NOT_STATED, why or "where it stands is not stated", method, dated, False
        )
    if target is None:
        return Stood(one, current, None, None, NO_TARGET, why, method, dated, is_simulated)
    found_ = attainment(current, target, one.direction)
    return Stood(one, current, target, found_, found_.status, why, method, dated, is_simulated)


def figures(stood: Sequence[Stood], today: str) -> list[Figure]:
    """A row a figure, in the table of its group."""
    return [cell for one in stood for cell in _row(one, day_number(today))]


def _row(one: Stood, today: int) -> list[Figure]:
    of, part, name = one.figure, one.figure.group, one.figure.name
    found = [
        Figure(part, name, "current", status=NOT_STATED)
        if one.current is None
        else shown_amount(part, name, "current", one.current, of.unit, one.method)
    ]
    if one.target is not None:
        better = "or more" if of.direction == "higher" else "or less"
        found.append(shown_amount(part, name, "target", one.target, of.unit, text=better))
    if one.attained is not None:
        found += [
            figure(part, name, "attained", hundredfold(one.attained.attained), "%"),
            figure(part, name, "change_needed", hundredfold(one.attained.gap), "%", text=one.attained.shown),
        ]
    if of.baseline is not None and one.current is not None:
        since, text = change_since(stated(of.baseline.value), one.current)
        found.append(
            figure(part, name, "since_baseline", hundredfold(since), "%", text=f"{of.baseline.day}: {text}")
        )
    if of.forecast is not None:
        found.append(_against_forecast(one, of.forecast, today))
    overdue = of.by is not None and day_number(of.by) < today and one.status != MET
    found.append(
        Figure(part, name, "status", status=one.status + (f", due {of.by}" if overdue else ""), text=one.why)
    )
    return found


def _against_forecast(one: Stood, forecast: Snapshot, today: int) -> Figure:
    """What was expected against what came: within its range, better or worse than all of it, or open."""
    expected, name = stated(forecast.value), one.figure.name
    text = f"{expected.text} expected for {forecast.day}"
    if day_number(forecast.day) > today or one.current is None:
        return Figure(one.figure.group, name, "against_forecast", status="open", text=text)
    if one.current.high < expected.low or one.current.low > expected.high:
        is_more = one.current.low > expected.high
        status = "better" if is_more == (one.figure.direction == "higher") else "worse"
    else:
        inside = expected.low <= one.current.low and one.current.high <= expected.high
        status = "as expected" if inside or one.current.is_exact else UNDECIDED
    return Figure(one.figure.group, name, "against_forecast", status=status, text=text)


def actions(question: ScorecardQuestion, stood: Sequence[Stood]) -> list[Figure]:
    """Recommended actions: by priority, then by how little of its target an action's figure has."""
    by_name = {one.figure.name: one for one in stood}
    found: list[Figure] = []
    ranked = sorted(question.actions, key=lambda a: (a.priority, _reached(by_name.get(a.figure or ""))))
    for action in ranked:
        one = by_name.get(action.figure or "")
        share = one.attained.attained if one is not None and one.attained is not None else None
        found.append(Figure("actions", action.name, "priority", text=f"P{action.priority}"))
        found.append(Figure("actions", action.name, "does", text=action.does))
        if one is not None:
            shown = range_text(share, as_share=True) + " of its target" if share is not None else ""
            name = one.figure.name.replace("_", " ")
            found.append(
                Figure(
                    "actions",
                    action.name,
                    "for",
                    text=" ".join(p for p in (name, shown) if p),
                    status=one.status,
                )
            )
        found.append(
            Figure("actions", action.name, "by", text=", ".join(p for p in (action.by, action.owner) if p))
        )
    for risk in question.risks:
        found.append(Figure("risks", risk.name, "effect", text=risk.effect))
        found.append(Figure("risks", risk.name, "mitigation", text=risk.mitigation))
    return found


def _reached(one: Stood | None) -> float:
    if one is None or one.attained is None or one.attained.attained.value is None:
        return math.inf
    return one.attained.attained.value


def shown_amount(
    part: str, item: str, quantity: str, amount: Amount, unit: str, method: str = "", text: str = ""
) -> Figure:  # fmt: skip
    """An amount in a table; shares in per cent."""
    found, unit = Range(amount.value, amount.low, amount.high), unit
    if amount.is_share:
        found, unit = hundredfold(found), "%"
    return figure(part, item, quantity, found, unit, text=text, method=method)


def work(question: ScorecardQuestion, today: str) -> list[Figure]:
    """Work counted down: share, days left, the rate that its day needs."""
    found: list[Figure] = []
    for one in question.work:
        left = day_number(one.by) - day_number(today) if one.by else None
        rate = read_amount(one.rate_per_day)
        got = progress(stated(one.done), stated(one.of), rate, left)
        found.append(figure("progress", one.name, "done", hundredfold(got.share), "%", text=got.share_shown))
        if rate is not None:
            found.append(shown_amount("progress", one.name, "rate_a_day", rate, one.unit))
        if got.days_left is not None:
            end = iso_day(day_number(today) + got.days_left.value) if got.days_left.value is not None else ""
            found.append(
                figure("progress", one.name, "days_left", got.days_left, "days", text=f"{got.shown}; {end}")
            )
        if got.rate_needed is not None:
            text = f"to be done by {one.by}"
            found.append(figure("progress", one.name, "needed_a_day", got.rate_needed, one.unit, text=text))
        found.append(
            Figure("progress", one.name, "status", status=got.status, text="" if got.days_left else got.shown)
        )
    return found


def score(stood: Sequence[Stood]) -> list[Figure]:
    """The weighted mean of attained shares, each counted up to 100 %; none unless every figure has a weight."""
    without = [one.figure.name for one in stood if one.figure.weight is None]
    if without:
        text = f"no score: {len(without)} of {len(stood)} figures have no weight, and nobody can choose one afterwards"
        return [Figure("score", "all", "score", status="none", text=text)]
    unknown = [
        one.figure.name for one in stood if one.attained is None or one.attained.attained.value is None
    ]
    if unknown:
        return [
            Figure("score", "all", "score", status="not derivable", text=f"unknown: {', '.join(unknown)}")
        ]
    total = sum(one.figure.weight or 0.0 for one in stood)
    known = [(one.figure.weight or 0.0, one.attained.attained) for one in stood if one.attained is not None]
    value = sum(weight * _capped(found.value or 0.0) for weight, found in known) / total
    low, high = (sum(w * _capped(end(found)) for w, found in known) / total for end in (_low, _high))
    terms = " + ".join(f"{number_text(one.figure.weight or 0.0)} x {one.figure.name}" for one in stood)
    return [figure("score", "all", "score", hundredfold(Range(value, low, high)), "%",
                   text=f"({terms}) / {number_text(total)}, each up to 100 %")]  # fmt: skip


def _capped(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _low(found: Range) -> float:
    return found.low


def _high(found: Range) -> float:
    return found.high


def unknown(stood: Sequence[Stood]) -> list[str]:
    """Figures that nothing is known about, in a sentence."""
    names = [one.figure.name.replace("_", " ") for one in stood if one.current is None]
    return [f"nobody has stated where these stand: {', '.join(names)}"] if names else []


def farthest(stood: Sequence[Stood]) -> str:
    """The figures that have least of their targets."""
    known = [
        (one.attained.attained.value, one) for one in stood
        if one.attained is not None and one.attained.attained.value is not None and one.status == NOT_MET
    ]  # fmt: skip
    worst = sorted(known, key=lambda pair: pair[0])[:MOST_NAMED]
    said = [
        f"{one.figure.name.replace('_', ' ')} ({range_text(one.attained.attained, as_share=True)} of its target)"
        for _, one in worst
        if one.attained is not None
    ]
    return f"Farthest from their targets: {', '.join(said)}." if said else ""
