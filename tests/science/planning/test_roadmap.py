"""Phases: earliest days, slack, the deciding chain, plan against actual."""

from typing import Any

import pytest
from pydantic import ValidationError

from scaling_assets.records.calendar import day_number, iso_day
from scaling_assets.science.planning.roadmap import Goal, Phase, planned_share, roadmap_problems, schedule


def phase(tasks: list[dict[str, Any]], by: str = "2026-02-28", **fields: Any) -> Phase:
    return Phase.model_validate({"name": "first", "by": by, "tasks": tasks, **fields})


CHAIN = [{"name": "a", "days": 2}, {"name": "b", "days": 10, "after": ["a"]}, {"name": "c", "days": 3},
         {"name": "d", "days": 5, "after": ["b", "c"]}]  # fmt: skip


def test_earliest_days_follow_the_longest_chain() -> None:
    found = {s.task.name: s for s in schedule([phase(CHAIN)], "2026-01-29", "2026-01-29")}
    assert iso_day(found["d"].end) == "2026-02-15"  # 2 + 10 + 5 days
    assert {n for n, s in found.items() if s.is_critical} == {"a", "b", "d"}
    assert found["d"].slack_days == 13 and found["c"].slack_days == 22
    assert all(s.status == "open" for s in found.values())


def test_a_phase_that_its_tasks_cannot_meet() -> None:
    found = {s.task.name: s for s in schedule([phase(CHAIN, "2026-02-10")], "2026-01-29", "2026-01-29")}
    assert found["d"].status == "cannot be met" and found["d"].slack_days == -5
    assert found["c"].status == "open"


def test_what_happened_moves_what_is_left() -> None:
    tasks = [CHAIN[0] | {"done": "2026-02-05"}, *CHAIN[1:]]
    found = {s.task.name: s for s in schedule([phase(tasks)], "2026-01-29", "2026-02-10")}
    assert found["a"].status == "done"
    assert iso_day(found["b"].start) == "2026-02-10"  # not begun yet, so not before today
    assert iso_day(found["d"].end) == "2026-02-25"
    late = {s.task.name: s.status for s in schedule([phase(tasks)], "2026-01-29", "2026-03-05")}
    assert late == {"a": "done", "b": "late", "c": "late", "d": "late"}


def test_done_after_the_phase_is_done_late() -> None:
    (only,) = schedule([phase([{"name": "a", "days": 1, "done": "2026-03-03"}])], "2026-01-29", "2026-03-05")
    assert only.status == "done late"


def test_tasks_wait_across_phases() -> None:
    second = phase([{"name": "e", "days": 1, "after": ["d"]}], "2026-04-29", name="second")
    found = {s.task.name: s for s in schedule([phase(CHAIN), second], "2026-01-29", "2026-01-29")}
    assert found["e"].start == found["d"].end


def test_circles_and_strangers_are_named() -> None:
    ring = [{"name": "a", "days": 1, "after": ["b"]}, {"name": "b", "days": 1, "after": ["a"]}]
    assert "waits for itself" in roadmap_problems([phase(ring)])[0]
    assert (
        "'zz', which no task is" in roadmap_problems([phase([{"name": "a", "days": 1, "after": ["zz"]}])])[0]
    )
    with pytest.raises(ValueError, match="waits for itself"):
        schedule([phase(ring)], "2026-01-29", "2026-01-29")
    with pytest.raises(ValidationError):
        phase([{"name": "a", "days": 1, "started": "2026-02-02", "done": "2026-02-01"}])


def test_plan_against_actual() -> None:
    tasks = [CHAIN[0] | {"done": "2026-02-05"}, *CHAIN[1:]]
    found = schedule([phase(tasks)], "2026-01-29", "2026-02-13")
    should, done = planned_share(
        found, day_number("2026-01-29"), day_number("2026-02-28"), day_number("2026-02-13")
    )
    assert should == 0.5 and done == pytest.approx(2 / 20)


def test_a_goal_is_a_level_or_a_change() -> None:
    with pytest.raises(ValidationError):
        Goal(kpi="x")
    with pytest.raises(ValidationError):
        Goal(kpi="x", reach="1", change="-30 %")
