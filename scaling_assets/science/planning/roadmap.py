"""Phases with tasks that wait for one another, and dated goals.

What lives here: earliest days, the longest chain, plan against actual, goals as levels or changes. What does not:
the values of key figures (``scorecard``).

Days are whole calendar days: a task that starts on a day and takes 3 is done three days later. Tasks share no
people here: earliest days say what the order of work allows, not what a team has hands for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from scaling_assets.records.amount import StatedAmount
from scaling_assets.records.calendar import Day, day_number
from scaling_assets.records.declared import Declared, Identifier

DONE, LATE, DONE_LATE, OPEN, RISK = "done", "late", "done late", "open", "cannot be met"


class Task(Declared):
    """Something to do: how many ``days`` it takes once the tasks in ``after`` are done.

    ``needs`` are things that no task makes (people, a vendor, a file); ``started`` and ``done`` are what happened.
    """

    name: Identifier
    days: Annotated[float, Field(gt=0)]
    after: tuple[Identifier, ...] = ()
    needs: tuple[str, ...] = ()
    impact: str = ""
    started: Day | None = None
    done: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.started and self.done and day_number(self.done) < day_number(self.started):
            raise ValueError("it is done before it has started")
        return self


class Goal(Declared):
    """What a key figure is to be when its phase ends: a level (``reach``), or a ``change`` of its baseline."""

    kpi: Identifier
    reach: StatedAmount | None = None
    change: StatedAmount | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.reach is None) == (self.change is None):
            raise ValueError("a goal has 'reach' or 'change', exactly one of them")
        return self


class Phase(Declared):
    """A part of the way with a last day, from ``start`` on (the plan's own start where it has none)."""

    name: Identifier
    by: Day
    start: Day | None = None
    tasks: tuple[Task, ...] = ()
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True)
class Scheduled:
    """A task in time. Days are numbers of ``records.calendar``.

    ``slack_days`` is by how much it may slip before its phase ends late (below 0: already too late);
    ``is_critical`` marks the chain that decides the end of its phase.
    """

    phase: str
    task: Task
    start: float
    end: float
    slack_days: float
    is_critical: bool
    status: str


def roadmap_problems(phases: Sequence[Phase]) -> list[str]:
    """Names that no task has, names that two have, and circles; sentences."""
    tasks = [task for phase in phases for task in phase.tasks]
    names = [task.name for task in tasks]
    found = [f"task {name!r} is declared twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    known = set(names)
    found += [
        f"task {t.name!r} waits for {a!r}, which no task is" for t in tasks for a in t.after if a not in known
    ]
    if not found:
        ring = _ring({task.name: task.after for task in tasks})
        if ring:
            found.append(f"{ring[0]!r} waits for itself: {' after '.join([*ring, ring[0]])}")
    return found


def schedule(phases: Sequence[Phase], start: str, today: str) -> list[Scheduled]:
    """Return every task with its earliest days, given what is done and that nothing open ends before today.

    Args:
        start: where phases without a start of their own begin.

    Raises:
        ValueError: the tasks wait for one another in a circle, or for what is not there.
    """
    problems = roadmap_problems(phases)
    if problems:
        raise ValueError(problems[0])
    of = {task.name: (phase, task) for phase in phases for task in phase.tasks}
    now = day_number(today)
    begins: dict[str, float] = {}
    ends: dict[str, float] = {}
    for name in _ordered({name: task.after for name, (_, task) in of.items()}):
        phase, task = of[name]
        free = max([float(day_number(phase.start or start)), *(ends[a] for a in task.after)])
        begins[name] = float(day_number(task.started)) if task.started else free
        if task.done:
            ends[name] = float(day_number(task.done))
            begins[name] = min(begins[name], ends[name])
        else:
            begins[name] = begins[name] if task.started else max(free, float(now))
            ends[name] = max(begins[name] + task.days, float(now))
    latest = _latest(of, ends)
    return [
        _scheduled(phase, task, begins[task.name], ends[task.name], latest, ends, now)
        for phase in phases
        for task in phase.tasks
    ]


def _scheduled(
    phase: Phase, task: Task, begin: float, end: float, latest: Mapping[str, float], ends: Mapping[str, float],
    now: int,
) -> Scheduled:  # fmt: skip
    by = day_number(phase.by)
    slack = latest[task.name] - end
    last = max(ends[t.name] for t in phase.tasks)
    is_critical = not task.done and slack - (by - last) <= 1e-9
    if task.done:
        status = DONE if day_number(task.done) <= by else DONE_LATE
    elif now > by:
        status = LATE
    else:
        status = RISK if slack < 0 else OPEN
    return Scheduled(phase.name, task, begin, end, slack, is_critical, status)


def _latest(of: Mapping[str, tuple[Phase, Task]], ends: Mapping[str, float]) -> dict[str, float]:
    """The last day on which each task may end without any phase's end slipping because of it."""
    followers: dict[str, list[str]] = {name: [] for name in of}
    for name, (_, task) in of.items():
        for before in task.after:
            followers[before].append(name)
    latest: dict[str, float] = {}
    for name in reversed(_ordered({name: task.after for name, (_, task) in of.items()})):
        own = float(day_number(of[name][0].by))
        later = [latest[f] - of[f][1].days for f in followers[name] if not of[f][1].done]
        latest[name] = min([own, *later])
    return latest


def planned_share(scheduled: Sequence[Scheduled], start: float, by: float, now: float) -> tuple[float, float]:
    """The shares of a phase's work that should be done by now (in proportion to time) and that are (by days)."""
    work = sum(s.task.days for s in scheduled)
    done = sum(s.task.days for s in scheduled if s.task.done)
    should = 1.0 if by <= start else min(max((now - start) / (by - start), 0.0), 1.0)
    return should, done / work if work else 0.0


def _ordered(after: Mapping[str, Sequence[str]]) -> list[str]:
    """Names, each behind all that it waits for, otherwise as declared."""
    left, found = dict(after), []
    while left:
        ready = [name for name, waits in left.items() if not any(w in left for w in waits)]
        found += ready
        for name in ready:
            del left[name]
    return found


def _ring(after: Mapping[str, Sequence[str]]) -> list[str]:
    """A circle of names that wait for one another; [] when there is none."""
    left = dict(after)
    while True:
        ready = [name for name, waits in left.items() if not any(w in left for w in waits)]
        if not ready:
            break
        for name in ready:
            del left[name]
    if not left:
        return []
    path = [next(iter(left))]
    while path[-1] not in path[:-1]:
        path.append(next(w for w in left[path[-1]] if w in left))
    return path[path.index(path[-1]) : -1]
