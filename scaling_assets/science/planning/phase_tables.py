"""Tables of phases: tasks in time, plan against actual, goals as levels or changes.

What lives here: figures of a roadmap. What does not: its arithmetic (``roadmap``), key figures (``scorecard_tables``).
"""

from collections.abc import Mapping

from scaling_assets.records.amount import Amount, stated
from scaling_assets.records.calendar import day_number, iso_day
from scaling_assets.records.planned import Figure
from scaling_assets.science.planning.attainment import MET, change_needed, change_since, status
from scaling_assets.science.planning.money_tables import hundredfold
from scaling_assets.science.planning.roadmap import Goal, Phase, planned_share, schedule
from scaling_assets.science.planning.scorecard_declaration import ScorecardQuestion
from scaling_assets.science.planning.scorecard_tables import Stood, shown_amount
from scaling_assets.science.planning.sheet import Sheet, amount_of, figure, one_number, range_text
from scaling_assets.science.ranges.enclose import Range


def phases(question: ScorecardQuestion, today: str) -> list[Figure]:
    """A row a phase (share of the work that should be done and is), then a row a task."""
    scheduled = schedule(question.phases, question.start or today, today)
    found: list[Figure] = []
    for phase in question.phases:
        mine = [one for one in scheduled if one.phase == phase.name]
        start, by = day_number(phase.start or question.start or today), day_number(phase.by)
        left = by - day_number(today)
        found += [
            Figure("phases", phase.name, "by", text=phase.by),
            figure("phases", phase.name, "days_left", one_number(float(left)), "days"),
        ]
        if mine:
            should, done = planned_share(mine, start, by, day_number(today))
            end = max(one.end for one in mine)
            behind = "on plan" if done >= should else "behind plan"
            found += [
                figure("phases", phase.name, "planned", one_number(round(100 * should, 1)), "%"),
                figure("phases", phase.name, "done", one_number(round(100 * done, 1)), "%", status=behind),
                Figure("phases", phase.name, "earliest_end", text=iso_day(end),
                       status="cannot be met" if end > by else "possible"),
            ]  # fmt: skip
    for one in scheduled:
        ends = f"done {one.task.done}" if one.task.done else iso_day(one.end)
        critical = ", decides the end of its phase" if one.is_critical else ""
        item = f"{one.phase}: {one.task.name}"
        found += [
            figure("tasks", item, "takes", one_number(one.task.days), "days"),
            Figure("tasks", item, "waits_for", text=", ".join([*one.task.after, *one.task.needs])),
            Figure("tasks", item, "earliest_end", text=ends),
            Figure("tasks", item, "status", status=one.status + critical),
            Figure("tasks", item, "impact", text=one.task.impact),
        ]
        if not one.task.done:
            found.append(figure("tasks", item, "slack", one_number(one.slack_days), "days"))
    return found


def late(question: ScorecardQuestion, today: str) -> list[str]:
    """Phases whose tasks cannot be done by their day any more; sentences."""
    found = []
    for phase in question.phases:
        scheduled = [
            s for s in schedule(question.phases, question.start or today, today) if s.phase == phase.name
        ]
        end = max((one.end for one in scheduled), default=0.0)
        if scheduled and end > day_number(phase.by):
            found.append(f"phase {phase.name} ends on {iso_day(end)} at the earliest, planned is {phase.by}")
    return found


def goals(question: ScorecardQuestion, stood: Mapping[str, Stood], today: str) -> list[Figure]:
    """Each goal of each phase: what it asks for, where things stand, the change a day that is left to make."""
    return [
        f
        for phase in question.phases
        for goal in phase.goals
        for f in _goal(phase, goal, stood[goal.kpi], today)
    ]


def _goal(phase: Phase, goal: Goal, one: Stood, today: str) -> list[Figure]:
    item, unit = f"{phase.name}: {goal.kpi}", one.figure.unit
    wanted, said = _wanted(goal, one)
    found = [
        shown_amount("goals", item, "wanted", wanted, unit, text=said),
        Figure("goals", item, "by", text=phase.by),
    ]
    if one.current is None:
        return [
            *found,
            Figure("goals", item, "status", status="undecided", text="where it stands is not stated"),
        ]
    found.append(shown_amount("goals", item, "current", one.current, unit))
    if one.figure.baseline is not None and goal.change is not None:
        since, text = change_since(stated(one.figure.baseline.value), one.current)
        found.append(figure("goals", item, "change_so_far", hundredfold(since), "%", text=text))
    left = day_number(phase.by) - day_number(today)
    outcome = status(one.current, wanted, one.figure.direction)
    if outcome != MET and left > 0:
        days = Amount(f"{left} days", left, left, left)
        sheet = Sheet({"wanted": wanted, "current": one.current, "days": days})
        a_day = sheet.range_of("(wanted - current) / days")
        if one.current.is_share:
            found.append(figure("goals", item, "needed_a_day", hundredfold(a_day), "points"))
        else:
            found.append(figure("goals", item, "needed_a_day", a_day, unit))
    missed = ", its day has passed" if left < 0 and outcome != MET else ""
    return [*found, Figure("goals", item, "status", status=outcome + missed)]


def _wanted(goal: Goal, one: Stood) -> tuple[Amount, str]:
    if goal.reach is not None:
        return stated(goal.reach), ""
    baseline = one.figure.baseline
    assert baseline is not None and goal.change is not None, "validated when it was declared"
    base, change = stated(baseline.value), stated(goal.change)
    found = change_needed(base, change)
    text = (
        f"{base.text} ({baseline.day}) {change.text}: {range_text(Range(found.value, found.low, found.high))}"
    )
    wanted = amount_of(found)
    return Amount(wanted.text, wanted.value, wanted.low, wanted.high, base.is_share), text
