"""The kind ``scorecard``: statuses, trends, goals against a dated baseline, observed values, gates, no silent score."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.planned import Figure, PlanAnswer
from scaling_assets.records.trial import trial_columns
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.planning import PLAN_KINDS, PlanCase, answer

BASE = {"name": "c", "kind": "scorecard", "title": "t", "as_of": "2026-06-01", "start": "2026-01-01"}
LATENCY = {"name": "latency", "unit": "ms", "direction": "lower", "target": 100}
EXPERIMENT = Experiment.model_validate(
    {
        "name": "alpha", "title": "t", "hypothesis": "h", "owner": "team:a", "mode": "measured",
        "dimensions": [{"name": "size", "unit": "rows", "values": [1, 10, 100]}],
        "context": [{"name": "day"}],
        "metrics": [{"name": "latency_ms", "unit": "ms", "direction": "lower"}],
        "gates": [{"name": "fast", "kind": "threshold", "metric": "latency_ms", "operator": "<=", "threshold": 100}],
    }
)  # fmt: skip


def asked(declared: dict[str, Any], **case: Any) -> PlanAnswer:
    return answer(PlanCase(PLAN_KINDS["scorecard"].Question.model_validate(BASE | declared), **case))


def cell(found: PlanAnswer, part: str, item: str, quantity: str) -> Figure:
    return {(f.part, f.item, f.quantity): f for f in found.figures}[part, item, quantity]


def trials(days: list[str], values: list[list[float]]) -> pd.DataFrame:
    rows = [
        {"metric": "latency_ms", "unit": f"{day}-{i}", "size": 10.0, "day": day, "is_simulated": False, "n": 1,
         "value": value}
        for day, of in zip(days, values, strict=True)
        for i, value in enumerate(of)
    ]  # fmt: skip
    frame = pd.DataFrame(rows).reindex(columns=list(trial_columns(EXPERIMENT)))
    return frame.assign(sample=None)


def monthly(values: list[float]) -> list[dict[str, Any]]:
    days = ["2025-07-01", "2025-08-01", "2025-09-01", "2025-10-01", "2025-11-01", "2025-12-01", "2026-01-01",
            "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"]  # fmt: skip
    return [{"day": day, "value": value} for day, value in zip(days, values, strict=False)]


def test_figures_are_counted_by_status() -> None:
    figures = [
        LATENCY | {"current": 80},
        {"name": "rate", "direction": "higher", "target": "95 %", "current": "49.8 %", "group": "other"},
        {"name": "signals", "direction": "higher", "target": "30 to 50", "current": "10 to 30"},
        {"name": "uptime", "direction": "higher", "target": "99.9 %"},
        {"name": "free", "direction": "higher", "current": 3},
    ]
    found = asked({"figures": figures})
    assert found.headline == (
        "as of 2026-06-01: key figures: 1 met, 1 undecided, 1 not met, 1 without a target, 1 not stated"
    )
    assert cell(found, "other", "rate", "attained").value == pytest.approx(100 * 0.498 / 0.95)
    assert "uptime" in found.reason and "rate" in found.remedy
    assert cell(found, "score", "all", "score").status == "none"


def test_a_score_needs_all_weights_and_counts_each_up_to_its_target() -> None:
    figures = [LATENCY | {"current": 50, "weight": 1},
               {"name": "rate", "direction": "higher", "target": 1, "current": "0.4 to 0.6", "weight": 3}]  # fmt: skip
    score = cell(asked({"figures": figures}), "score", "all", "score")
    assert (score.value, score.low, score.high) == pytest.approx((62.5, 55, 70))


def test_trend_and_forecast() -> None:
    rng = np.random.default_rng(2)
    values = (300 - 0.5 * np.arange(11) * 30.4 + rng.normal(0, 3, 11)).round(2).tolist()
    found = asked({"figures": [LATENCY | {"snapshots": monthly(values), "by": "2027-06-01"}]})
    slope = cell(found, "trends", "latency", "change_a_day")
    assert slope.status == "better" and slope.low < -0.5 < slope.high  # type: ignore[operator]
    reached = cell(found, "trends", "latency", "reaches_target")
    assert reached.status == "forecast, in time" and "2026" in reached.text
    assert cell(found, "key_figures", "latency", "current").value == values[-1]
    wild = asked({"figures": [LATENCY | {"snapshots": monthly([200, 230, 190, 220, 200, 210])}]})
    assert cell(wild, "trends", "latency", "change_a_day").status == "not identified"
    assert cell(wild, "trends", "latency", "reaches_target").status == "not identified"


def test_what_lies_after_the_day_is_not_known_yet() -> None:
    snapshots = [*monthly([200, 190]), {"day": "2026-12-01", "value": 90}]
    found = asked({"figures": [LATENCY | {"snapshots": snapshots}]})
    assert cell(found, "key_figures", "latency", "current").value == 190


def test_goals_are_changes_of_a_dated_baseline() -> None:
    cost = {
        "name": "cost",
        "direction": "lower",
        "current": 120,
        "baseline": {"day": "2026-01-01", "value": 150},
    }
    phases = [{"name": "one", "by": "2026-07-01", "goals": [{"kpi": "cost", "change": "-30 %"}]},
              {"name": "two", "by": "2026-05-01", "goals": [{"kpi": "cost", "change": "-15 %"},
                                                           {"kpi": "cost", "reach": 100}][:1]}]  # fmt: skip
    found = asked({"figures": [cost], "phases": phases})
    assert cell(found, "goals", "one: cost", "wanted").value == 105
    assert cell(found, "goals", "one: cost", "change_so_far").value == -20
    assert cell(found, "goals", "one: cost", "needed_a_day").value == -0.5
    assert cell(found, "goals", "one: cost", "status").status == "not met"
    assert cell(found, "goals", "two: cost", "status").status == "met"
    missed = asked({"figures": [cost | {"current": 140}], "phases": phases})
    assert cell(missed, "goals", "two: cost", "status").status == "not met, its day has passed"


def test_phases_say_when_they_cannot_be_met() -> None:
    tasks = [{"name": "a", "days": 20}, {"name": "b", "days": 20, "after": ["a"]}]
    found = asked({"phases": [{"name": "one", "by": "2026-07-01", "tasks": tasks}]})
    assert cell(found, "phases", "one", "earliest_end").status == "cannot be met"
    assert cell(found, "phases", "one", "planned").value == pytest.approx(100 * 151 / 181, abs=0.1)
    assert "phase one ends on 2026-07-11 at the earliest" in found.reason


def test_actions_are_ranked_by_priority_then_by_what_is_missing() -> None:
    figures = [
        LATENCY | {"current": 200},
        {"name": "rate", "direction": "higher", "target": 1, "current": 0.9},
    ]
    listed = [{"name": "a", "priority": 2, "does": "x", "figure": "rate"}, {"name": "b", "priority": 1, "does": "y"},
              {"name": "c", "priority": 2, "does": "z", "figure": "latency"}]  # fmt: skip
    risks = [{"name": "r", "effect": "e", "mitigation": "m"}]
    found = asked({"figures": figures, "actions": listed, "risks": risks})
    assert list(dict.fromkeys(f.item for f in found.part("actions"))) == ["b", "c", "a"]
    assert cell(found, "actions", "c", "for").text == "latency 50 % of its target"
    assert cell(found, "risks", "r", "mitigation").text == "m"


@pytest.mark.parametrize(
    ("current", "expected", "status"),
    [("95", "90 to 100", "as expected"), ("80", "90 to 100", "better"), ("120", "90 to 100", "worse"),
     ("85 to 95", "90 to 100", "undecided"), ("92 to 95", "90 to 100", "as expected")],
)  # fmt: skip
def test_a_forecast_is_held_against_what_came(current: str, expected: str, status: str) -> None:
    forecast = {"day": "2026-05-01", "value": expected}
    found = asked({"figures": [LATENCY | {"current": current, "forecast": forecast}]})
    assert cell(found, "key_figures", "latency", "against_forecast").status == status
    later = asked({"figures": [LATENCY | {"current": current, "forecast": forecast | {"day": "2026-07-01"}}]})
    assert cell(later, "key_figures", "latency", "against_forecast").status == "open"


def test_progress() -> None:
    work = [{"name": "entities", "unit": "entities", "done": "157K", "of": "315K", "by": "2026-07-01"}]
    found = asked({"work": work})
    assert cell(found, "progress", "entities", "done").value == pytest.approx(49.8, abs=0.05)
    assert cell(found, "progress", "entities", "needed_a_day").value == pytest.approx(158_000 / 30)
    assert cell(found, "progress", "entities", "status").status == "no rate"


def test_a_value_comes_from_the_latest_trials_with_its_interval() -> None:
    observed = {"experiment": "alpha", "metric": "latency_ms", "latest_by": "day"}
    figure = LATENCY | {"observed": observed}
    frame = trials(["2026-04-01", "2026-05-01"], [[300, 310, 290], [95, 99, 91]])
    found = asked({"figures": [figure]}, trials={"alpha": frame}, experiments={"alpha": EXPERIMENT})
    current = cell(found, "key_figures", "latency", "current")
    assert current.value == 95 and current.low < 91 < 99 < current.high  # type: ignore[operator]
    assert cell(found, "key_figures", "latency", "status").status == "undecided"  # 95 ms, but up to 101.7
    assert cell(found, "trends", "latency", "snapshots").value == 2
    nothing = asked({"figures": [figure]}, experiments={"alpha": EXPERIMENT})
    assert cell(nothing, "key_figures", "latency", "status").text == "nothing of alpha has landed"
    problems = PLAN_KINDS["scorecard"].problems
    wrong = BASE | {"figures": [LATENCY | {"observed": observed | {"latest_by": "days", "metric": "latency"}}],
                    "criteria": [{"experiment": "alpha", "gate": "quick"}]}  # fmt: skip
    said = problems(PLAN_KINDS["scorecard"].Question.model_validate(wrong), {"alpha": EXPERIMENT})
    assert [text.split()[0] for text in said] == ["'latency'", "'days'", "'quick'"]


def test_gates_tick_criteria() -> None:
    verdict = Verdict(
        "v", "alpha", "fast", "threshold", {"size": 10}, Outcome.FAIL, "r", "", 120.0, 110.0, 130.0, 0.95, "<=",
        (100.0,), "ms", 30, "t over units", "blocker", "", "",
    )  # fmt: skip
    found = asked({"criteria": [{"experiment": "alpha", "gate": "fast"}]}, verdicts=[verdict])
    assert cell(found, "gates", "alpha: fast (size = 10)", "outcome").status == "fail"
    assert found.headline.endswith("0 of 1 gates pass")
    assert asked({"criteria": [{"experiment": "alpha", "gate": "fast"}]}).status == "waiting"


def test_the_day_comes_from_outside_where_none_is_declared() -> None:
    question = PLAN_KINDS["scorecard"].Question.model_validate(
        {k: v for k, v in BASE.items() if k != "as_of"} | {"figures": [LATENCY]}
    )
    assert PLAN_KINDS["scorecard"].is_dated(question)
    assert answer(PlanCase(question, today="2026-03-04")).headline.startswith("as of 2026-03-04")


@pytest.mark.parametrize(
    ("declared", "said"),
    [({}, "something to show"), ({"figures": [LATENCY] * 2}, "declared twice"),
     ({"phases": [{"name": "p", "by": "2026-07-01", "goals": [{"kpi": "x", "reach": 1}]}]}, "is no figure"),
     ({"figures": [LATENCY], "phases": [{"name": "p", "by": "2026-07-01",
                                         "goals": [{"kpi": "latency", "change": "-30 %"}]}]}, "baseline"),
     ({"figures": [LATENCY | {"snapshots": [{"day": "2026-01-01", "value": "1 to 2"}]}]}, "are exact"),
     ({"figures": [LATENCY | {"current": 1, "observed": {"experiment": "a", "metric": "m", "latest_by": "d"}}]},
      "not both")],
)  # fmt: skip
def test_scorecards_that_do_not_hang_together(declared: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PLAN_KINDS["scorecard"].Question.model_validate(BASE | declared)
