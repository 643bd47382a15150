"""The kinds ``unit_economics`` and ``scenarios``: what follows, what contradicts, what is not known, what-ifs."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.records.planned import Figure, PlanAnswer
from scaling_assets.science.planning import PLAN_KINDS, PlanCase, answer
from scaling_assets.science.planning.what_if import with_settings

ECONOMICS = {
    "name": "e", "kind": "unit_economics", "title": "t", "currency": "usd", "unit": "task", "price": 35,
    "cases": [{"name": "few", "units": 20}, {"name": "many", "units": 40}],
    "costs": [{"name": "base", "per_period": 200}, {"name": "api", "per_period": 150}],
}  # fmt: skip
SCENARIOS = {
    "name": "s", "kind": "scenarios", "title": "t", "currency": "usd", "unit": "task", "price": 35,
    "costs": [{"name": "base", "steps": [{"units": 0, "per_period": 200}, {"units": 100, "per_period": 350}]},
              {"name": "api", "per_period": 150}],
    "baseline": "few",
    "scenarios": [{"name": "few", "units": 40}, {"name": "many", "units": 100, "at_most": {"base": 200}}],
}  # fmt: skip
POWER = {"experiment": "alpha", "metric": "latency_ms", "family": "power"}


def asked(declared: dict[str, Any], **case: Any) -> PlanAnswer:
    kind = PLAN_KINDS[declared["kind"]]
    return answer(PlanCase(kind.Question.model_validate(declared), **case))


def cell(found: PlanAnswer, part: str, item: str, quantity: str) -> Figure:
    return {(f.part, f.item, f.quantity): f for f in found.figures}[part, item, quantity]


@pytest.fixture(scope="module")
def law() -> Law:
    """2 x^0.5, measured from 1 to 100, the exponent known to 0.02."""
    exponents = np.linspace(0.48, 0.52, 41)
    draws = np.column_stack([np.full(41, 2.0), exponents])
    estimates = tuple(
        ParameterEstimate(name, value, value - w, value + w, 0.95, "drawn", role=role)
        for name, value, w, role in (("a", 2.0, 0.0, "coefficient"), ("b", 0.5, 0.02, "exponent"))
    )
    return Law(
        law_id="L", experiment="alpha", question="q", metric="latency_ms", axes=("x",), group={}, family="power",
        status=LawStatus.CONVERGED, reason="", parameters=estimates, estimator="huber", residuals="log", draws=draws,
        domain=((1.0, 100.0),), noise=0.05, n_points=30, n_units=30, n_scales=6, extrapolation_limit=2.0, seed=1,
        code_version="1", data_version="1", is_leading=True,
        evidence={"degrees_of_freedom": 28.0, "backtest_error": 0.05},
    )  # fmt: skip


def test_margins_of_the_plan() -> None:
    found = asked(ECONOMICS)
    assert [cell(found, "per_unit", n, "margin").value for n in ("few", "many")] == [50, 75]
    assert cell(found, "break_even", "few", "quantity").value == 10
    assert found.status == "answered" and "17.5 usd" in found.headline and found.level is None


def test_what_nobody_stated_opens_the_end() -> None:
    costs = [*ECONOMICS["costs"], {"name": "labour", "per_unit": "not stated"}]  # type: ignore[misc]
    found = asked(ECONOMICS | {"costs": costs})
    margin, cost = cell(found, "per_unit", "few", "margin"), cell(found, "per_unit", "few", "total_cost")
    assert (margin.low, margin.high) == (None, 50) and (cost.low, cost.high) == (17.5, None)
    assert "labour" in found.reason and "labour" in found.remedy and "at most 50 %" in found.headline


def test_a_contradiction_is_named_with_both_numbers() -> None:
    found = asked(SCENARIOS)
    allowed = cell(found, "allowed", "many: base", "answer")
    assert (allowed.status, allowed.text) == ("not feasible", "350 > 200 usd")
    assert "350 > 200" in found.reason and "1 not feasible" in found.headline


def test_a_line_a_unit_is_allowed_for_the_period() -> None:
    one = {"name": "few", "units": 40, "costs": [{"name": "tokens_used", "per_unit": 2}],
           "at_most": {"tokens_used": 100, "total": 430}}  # fmt: skip
    found = asked(SCENARIOS | {"scenarios": [one], "baseline": None})
    assert cell(found, "allowed", "few: tokens_used", "needed").value == 80
    assert cell(found, "allowed", "few: tokens_used", "answer").status == "feasible"
    assert cell(found, "allowed", "few: total", "answer").status == "feasible"


def test_an_exponent_needs_whole_bills() -> None:
    assert cell(asked(SCENARIOS), "cost_exponent", "all", "exponent").value == pytest.approx(
        np.log(500 / 350) / np.log(2.5)
    )
    costs = [*SCENARIOS["costs"], {"name": "labour", "per_unit": "not stated"}]  # type: ignore[misc]
    assert (
        cell(asked(SCENARIOS | {"costs": costs}), "cost_exponent", "all", "exponent").status
        == "not derivable"
    )


def test_payback_lets_what_is_shared_cancel() -> None:
    """An api bill of 50 to 150 in both scenarios is one number: 60 more units leave 60 x 35 - 150 more."""
    costs = [SCENARIOS["costs"][0], {"name": "api", "per_period": "50 to 150"}]  # type: ignore[index]
    many = SCENARIOS["scenarios"][1] | {"investment": 3900, "months": 2}  # type: ignore[index]
    found = asked(SCENARIOS | {"costs": costs, "scenarios": [SCENARIOS["scenarios"][0], many]})  # type: ignore[index]
    assert cell(found, "payback", "many", "more_profit_a_month").value == 1950
    back = cell(found, "payback", "many", "payback")
    assert (back.value, back.low, back.status) == (2, None, "within the 2 months")


def test_costs_capacity_and_growth_out_of_a_law(law: Law) -> None:
    law_cost = {"name": "disk", "per": "unit", "asked": {"law": POWER, "at": {"x": 16}, "factor": 0.5}}
    need = {"name": "room", "per_unit": 1, "law": {"law": POWER, "at": {"x": "units"}}}
    grown = {"name": "double", "axis": "x", "x": 16, "y": 8, "to_x": 64, "to_y": 20, "law": POWER}
    scenarios = [s | {"needs": [need]} for s in SCENARIOS["scenarios"]]  # type: ignore[attr-defined]
    found = asked(
        SCENARIOS | {"law_costs": [law_cost], "scenarios": scenarios, "growth": [grown]}, laws=[law]
    )
    disk = cell(found, "bill", "disk", "few")
    assert disk.value == pytest.approx(40 * 0.5 * 8) and disk.low < disk.value < disk.high  # type: ignore[operator]
    assert cell(found, "needs", "few: room", "there").value == pytest.approx(2 * 40**0.5)
    assert cell(found, "needs", "many: room", "answer").status == "not feasible"
    expected = cell(found, "growth", "double", "expected")
    assert expected.value == pytest.approx(16)
    assert expected.high == pytest.approx(8 * 4**0.52, rel=0.02)  # over the draws of the ratio
    assert cell(found, "growth", "double", "answer").status == "not feasible"
    assert found.law_ids == ("L",) and found.level == 0.9


def test_beyond_a_laws_limit_nothing_is_said(law: Law) -> None:
    law_cost = {"name": "disk", "asked": {"law": POWER, "at": {"x": 1000}}}
    found = asked(ECONOMICS | {"law_costs": [law_cost]}, laws=[law])
    assert found.status == "refused" and "outside the measured range" in found.reason
    margin, cost = cell(found, "per_unit", "few", "margin"), cell(found, "per_unit", "few", "total_cost")
    assert (margin.low, margin.high) == (None, 50) and (cost.low, cost.high) == (17.5, None)
    assert asked(ECONOMICS | {"law_costs": [law_cost]}).status == "waiting"


def test_break_even_is_not_told_where_a_law_changes_with_the_quantity(law: Law) -> None:
    law_cost = {"name": "disk", "asked": {"law": POWER, "at": {"x": "units"}}}
    found = asked(ECONOMICS | {"law_costs": [law_cost]}, laws=[law])
    assert cell(found, "break_even", "few", "quantity").status == "not derivable"
    assert cell(found, "bill_of_a_month", "disk", "many").value == pytest.approx(2 * 40**0.5)


def test_tokens_are_a_line_of_the_bill_unless_another_pays_for_them() -> None:
    models = {
        "prices": {"name": "l", "version": "1", "valid_from": "2026-01-01", "source": "s", "models": [
            {"name": "small", "input_per_million": 1, "output_per_million": 3},
            {"name": "free", "input_per_million": "not stated", "output_per_million": "not stated"}]},
        "mix": [{"model": "small", "share": 0.75}, {"model": "free", "share": 0.25}],
        "tokens_per_unit": "2M", "output_share": "50 %",
    }  # fmt: skip
    found = asked(ECONOMICS | {"models": models})
    cost = cell(found, "per_unit", "few", "total_cost")
    assert (cost.value, cost.low, cost.high) == (17.5 + 3, 20.5, None) and "tokens of free" in found.reason
    paid = asked(ECONOMICS | {"models": models, "paid_by": "api"})
    assert cell(paid, "per_unit", "few", "total_cost").value == 17.5 and not paid.reason
    unknown = asked(ECONOMICS | {"models": models | {"tokens_per_unit": "not stated"}})
    assert cell(unknown, "per_unit", "few", "margin").high == 50 and "tokens" in unknown.remedy


def test_what_if() -> None:
    question = PLAN_KINDS["scenarios"].Question.model_validate(SCENARIOS)
    changed = with_settings(
        question, {"price": "20", "many.units": "80 to 120", "many.api": "10", "base": "300"}
    )
    found = answer(PlanCase(changed))
    assert cell(found, "bill", "api", "many").value == 10 and cell(found, "bill", "api", "few").value == 150
    assert cell(found, "projection", "few", "profit").value == 40 * 20 - 450
    assert (cell(found, "projection", "many", "costs").value) == 310
    for wrong, said in (
        ({"pric": "1"}, "there are price"),
        ({"price": "-1"}, "above 0"),
        ({"price": "x"}, "no amount"),
    ):
        with pytest.raises(ValueError, match=said):
            with_settings(question, wrong)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"baseline": "nobody"}, "no scenario"), ({"price": 0}, "above 0"),
     ({"scenarios": [{"name": "few", "units": 0}]}, "no units"),
     ({"scenarios": [{"name": "few", "units": 1, "at_most": {"rent": 1}}]}, "no cost line"),
     ({"scenarios": [{"name": "few", "units": 1}] * 2}, "one name"),
     ({"costs": [{"name": "a", "per_unit": 1}] * 2}, "declared twice"),
     ({"savings": [{"name": "c", "cut": 0.5, "share": 1, "lines": ["rent"]}]}, "no cost line 'rent'")],
)  # fmt: skip
def test_plans_that_do_not_hang_together(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PLAN_KINDS["scenarios"].Question.model_validate(SCENARIOS | change)


def test_a_range_over_a_step_says_so() -> None:
    few = {"name": "few", "units": "80 to 120"}
    found = asked(SCENARIOS | {"scenarios": [few], "baseline": None})
    total = cell(found, "projection", "few", "costs")
    assert (total.low, total.high) == (350, 500)
    assert "over all steps" in cell(found, "projection", "few", "arithmetic").text
