"""The sources' economics and targets as plans: the right values, recomputed from what the documents declare."""

import pytest

from scaling_assets.lab import Lab
from scaling_assets.records.planned import Figure
from scaling_assets.science.planning import PlanCase, answer
from scaling_assets.science.planning.implied_exponent import cost_exponent
from scaling_assets.science.planning.sheet import one_number

#: plan, part, item, quantity -> value (low, high): the document's own amounts, computed rightly.
RIGHT: dict[tuple[str, str, str, str], tuple[float | None, float | None, float | None]] = {
    # 17.50 at 35 is 50 % (43 % printed), 8.75 is 75 % (60 % printed); labour is not stated, so at most
    ("fleet_unit_economics", "per_unit", "current", "margin"): (50, None, 50),
    ("fleet_unit_economics", "per_unit", "optimized", "margin"): (75, None, 75),
    ("fleet_unit_economics", "per_unit", "current", "total_cost"): (17.5, 17.5, None),
    ("fleet_unit_economics", "per_unit", "optimized", "total_cost"): (8.75, 8.75, None),
    ("fleet_unit_economics", "break_even", "current", "price"): (17.5, 17.5, None),  # 25 printed
    ("fleet_unit_economics", "per_unit", "current_with_the_stated_range", "margin"): (57.14, None, 64.29),
    ("fleet_unit_economics", "savings", "api: together", "saved"): (None, 0, 72),  # not 100
    ("fleet_unit_economics", "blended_price", "mix", "in"): (0.0204, None, None),
    ("fleet_unit_economics", "blended_price", "mix", "out"): (0.0372, None, None),
    ("fleet_scenarios", "projection", "conservative", "profit"): (1125, None, None),
    ("fleet_scenarios", "projection", "conservative", "margin"): (80.36, None, None),
    ("fleet_scenarios", "projection", "aggressive", "profit"): (3000, None, None),
    ("fleet_scenarios", "projection", "enterprise", "costs"): (
        1700,
        None,
        None,
    ),  # 1,500 without its own base
    ("fleet_scenarios", "projection", "enterprise", "margin"): (90.29, None, None),  # 91.4 printed
    ("fleet_scenarios", "projection", "enterprise_disruption", "revenue"): (70_000, 70_000, None),
    ("fleet_scenarios", "growth", "three_more_workers", "implied_exponent"): (0.95, None, None),
    ("fleet_scenarios", "growth", "second_computer", "implied_exponent"): (0.78, None, None),
    ("fleet_scorecard", "capacity", "signals", "change_needed"): (100, 0, 400),  # 67 % from top to top only
    ("fleet_scorecard", "capacity", "mvps", "change_needed"): (150, 150, None),
    ("fleet_scorecard", "capacity", "processing_rate", "change_needed"): (80.7, None, None),
    ("fleet_scorecard", "progress", "entities", "done"): (49.84, None, None),
    ("fleet_scorecard", "goals", "foundation: api_cost", "wanted"): (70, 35, 105),
    ("concurrency_scorecard", "key_figures", "speedup", "since_baseline"): (305, None, None),
    ("concurrency_scorecard", "key_figures", "resources_used", "since_baseline"): (-30, None, None),
    ("concurrency_scorecard", "key_figures", "database_throughput", "since_baseline"): (219.5, 113, 539),
}
SAID = {
    ("fleet_scenarios", "allowed", "conservative_growth: infrastructure", "answer"): ("not feasible", "350 > 200 usd"),
    ("fleet_scenarios", "needs", "enterprise: demand", "answer"): ("undecided", "what there is, is not stated"),
    ("fleet_scorecard", "capacity", "signals", "status"): ("undecided", ""),
    ("fleet_scorecard", "capacity", "workers_active", "status"): ("met", ""),
    ("fleet_scorecard", "quality", "query_response", "status"): ("not met", ""),
    ("fleet_scorecard", "business", "uptime", "status"): ("not stated", "where it stands is not stated"),
    ("fleet_scorecard", "progress", "entities", "status"):
        ("no rate", "no rate above 0 is known, so no day follows"),
    ("concurrency_scorecard", "score", "all", "score"):
        ("none", "no score: 4 of 4 figures have no weight, and nobody can choose one afterwards"),
}  # fmt: skip
PLANS = ("fleet_unit_economics", "fleet_scenarios", "fleet_scorecard", "concurrency_scorecard")


@pytest.fixture(scope="module")
def cells(lab: Lab) -> dict[tuple[str, str, str, str], Figure]:
    answers = [answer(PlanCase(lab.questions[name])) for name in PLANS]
    return {(one.plan, f.part, f.item, f.quantity): f for one in answers for f in one.figures}


@pytest.mark.parametrize("place", RIGHT, ids="/".join)
def test_the_right_value(
    cells: dict[tuple[str, str, str, str], Figure], place: tuple[str, str, str, str]
) -> None:
    found = cells[place]
    for is_there, right in zip((found.value, found.low, found.high), RIGHT[place], strict=True):
        assert is_there == (None if right is None else pytest.approx(right, rel=6e-3))


@pytest.mark.parametrize("place", SAID, ids="/".join)
def test_what_is_said(
    cells: dict[tuple[str, str, str, str], Figure], place: tuple[str, str, str, str]
) -> None:
    assert (cells[place].status, cells[place].text) == SAID[place]


def test_the_three_scenarios_as_printed_imply_a_cost_exponent_of_two_thirds() -> None:
    found = cost_exponent([40, 100, 500], [one_number(275), one_number(500), one_number(1500)])
    assert found.value.value == pytest.approx(0.67, abs=0.005) and "no interval" in found.method


def test_plans_that_rest_on_laws_wait_for_them(lab: Lab) -> None:
    found = answer(PlanCase(lab.questions["orchestration_scenarios"]))
    assert found.status == "waiting" and "there is no leading law of total_cost_usd" in found.reason
    experiments = {name: lab.experiments[name] for name in ("agent_count", "iterations", "parallelism")}
    card = answer(PlanCase(lab.questions["orchestration_scorecard"], experiments=experiments))
    assert "0 of 7 gates pass" in card.headline and "3 not stated" in card.headline


def test_a_margin_says_which_costs_nobody_stated(cells: dict[tuple[str, str, str, str], Figure]) -> None:
    margin = cells["fleet_scenarios", "projection", "enterprise_disruption", "margin"]
    assert margin.status == "without fleet, api" and margin.low is None
    assert cells["fleet_scenarios", "projection", "enterprise", "margin"].status == ""
