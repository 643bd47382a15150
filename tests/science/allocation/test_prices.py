"""Prices and amounts with their units, exact costs, caps that bind, ties: what a buyer can get wrong."""

from fractions import Fraction

import pytest
from pydantic import ValidationError

from scaling_assets.records.allocation import AllocationStatus
from scaling_assets.records.quantity import read_amount, read_price
from scaling_assets.science.allocation import allocate
from scaling_assets.science.allocation.levels import tariff_of
from tests.science.allocation.planned import dimension, plan, power

TOKENS = {"unit": "tokens", "minimum": 1000, "step": 1000}


@pytest.mark.parametrize(
    ("text", "cost", "per", "unit"),
    [
        ("0.02 usd per 1k tokens", "0.02", 1_000, "tokens"),
        ("0.02 usd / 1000 tokens", "0.02", 1_000, "tokens"),
        ("3 usd per agent", "3", 1, "agent"),
        ("2.50 usd per 1M tokens", "2.5", 10**6, "tokens"),
        ("2 usd / 1e18 FLOP", "2", 10**18, "FLOP"),
    ],
)
def test_prices_are_read_with_their_units(text, cost, per, unit):
    price = read_price(text)
    assert (price.cost, price.per, price.unit, price.currency) == (Fraction(cost), per, unit, "usd")


@pytest.mark.parametrize(
    "text", ["0.02", "usd 3 per agent", "3 usd", "3 usd per", "-1 usd per agent", "3 usd per 0 tokens"]
)
def test_what_is_no_price_is_refused(text):
    with pytest.raises(ValueError, match="price"):
        read_price(text)


def test_amounts_are_read_with_their_units():
    assert read_amount("100k tokens").value == 100_000 and read_amount("1.5M tokens").value == 1_500_000
    with pytest.raises(ValueError, match="is no amount"):
        read_amount("many tokens")


def test_one_price_in_three_spellings():
    per = plan(dimension("tokens", 0.02, 100_000, per=1000, **TOKENS), budget=1)
    price = plan(dimension("tokens", None, "100k tokens", price="0.02 usd per 1k tokens", **TOKENS), budget=1)
    single = plan(dimension("tokens", 0.00002, 100_000, **TOKENS), budget=1)
    answers = [allocate(p, [power("tokens", 0.1)]) for p in (per, price, single)]
    assert {a.amounts[0].amount for a in answers} == {50_000.0} and {a.cost for a in answers} == {1.0}
    assert len({tariff_of(p).prices["tokens"] for p in (per, price, single)}) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"price": "0.02 usd per 1k words"}, "the price is per 'words', but amounts and caps are in 'tokens'"),
        ({"price": "0.02 eur per 1k tokens"}, "the price of 'tokens' is in 'eur', the plan's currency is 'usd'"),
        ({"price": "0.02 usd per 1k tokens", "cost": 1}, "'cost' is declared too"),
        ({"cost": 1, "maximum": "100k words"}, "'100k words' is in 'words', but the dimension's unit is 'tokens'"),
        ({"cost": 1, "maximum": "100k"}, "'100k' has no unit"),
        ({"cost": 1, "unit": "1k tokens"}, "the unit '1k tokens' holds a number"),
        ({}, "dimension 'tokens' has no price"),
        ({"cost": 1, "step": 1, "ratio": 1.1}, "'step' and 'ratio' are declared both"),
    ],
)  # fmt: skip
def test_units_that_do_not_fit_are_refused(changes, words):
    with pytest.raises(ValidationError, match=words.replace("(", r"\(")):
        plan(dimension("tokens", **{"cost": None, "maximum": 5000, "unit": "tokens"} | changes), budget=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "needs a 'budget', or a 'target'"),
        ({"budget": 1, "products": [{"name": "w", "of": ["b"], "cost": 1}]}, "'products.w' names 'b'"),
        ({"budget": 1, "policies": [{"name": "w", "amounts": {}}]}, "'policies.w' has no amount of a"),
        ({"target": 1, "risk": {"measure": "regret"}}, "'risk' regret is for a budget"),
        (
            {"budget": 1, "risk": {"measure": "probability"}},
            "'reaching' belongs to the measure 'probability'",
        ),
        ({"budget": 1, "risk": {"measure": "mean", "at": 0.1}}, "'at' has no meaning for the measure 'mean'"),
    ],
)
def test_plans_that_ask_nothing_clear_are_refused(changes, words):
    with pytest.raises(ValidationError, match=words):
        plan(dimension("a"), **changes)


# -- the source's own example: agents 0.5, iterations 0.2, context 0.02 per 1k tokens ----------------------

SOURCE = [dimension("agents", 0.5, 8), dimension("rounds", 0.2, 10),
          dimension("tokens", 0.02, 100_000, per=1000, **TOKENS | {"control": 1000})]  # fmt: skip
LAWS = [power("agents", 0.3), power("rounds", 0.2), power("tokens", 0.1)]


@pytest.mark.parametrize("budget", [0.5, 2.0, 10.0, 50.0])
def test_the_sources_budgets_are_kept_and_nothing_feasible_is_better(budget):
    answer = allocate(plan(*SOURCE, budget=budget), LAWS)
    cents = round(budget * 100)
    feasible = [
        (a**0.3 * r**0.2 * t**0.1, 50 * a + 20 * r + 2 * t)
        for a in range(1, 9) for r in range(1, 11) for t in range(1, 101) if 50 * a + 20 * r + 2 * t <= cents
    ]  # fmt: skip
    if not feasible:
        assert answer.status is AllocationStatus.INFEASIBLE
        assert answer.reason == "even the minimum of every dimension costs 0.72, the budget is 0.5 usd"
        return
    assert answer.cost <= budget and answer.outcome == pytest.approx(max(feasible)[0], rel=1e-12)
    if budget == 50:
        assert answer.binding == "maximum" and answer.leftover == pytest.approx(42)


def test_the_closed_forms_violation_is_told_in_numbers():
    answer = allocate(plan(*SOURCE, budget=0.8), LAWS)
    assert answer.baselines["closed_form_overspend"] == pytest.approx(
        answer.baselines["closed_form_cost"] - 0.8
    )
    assert answer.baselines["closed_form_overspend"] > 0.03
    poor = allocate(
        plan(*SOURCE, budget=0.5), LAWS
    )  # nothing is affordable; the formula buys it all the same
    assert poor.baselines["closed_form_cost"] - 0.5 == poor.baselines["closed_form_overspend"] > 0.2


def test_policies_and_the_growth_of_training_laws_are_compared():
    policies = [{"name": "as_last_year", "amounts": {"agents": 2, "rounds": 2, "tokens": 5000}}]
    answer = allocate(plan(*SOURCE, budget=3, policies=policies), LAWS)
    assert answer.baselines["as_last_year"] == pytest.approx(2**0.3 * 2**0.2 * 5**0.1)
    assert answer.baselines["as_last_year_cost"] == 1.5
    # All three grow alike from their control: 3, 3 and 3,000 cost 2.16; the tokens' next steps are still affordable.
    grown = answer.baselines["training_law_exponents"]
    assert (
        3**0.3 * 3**0.2 * 3**0.1 <= grown <= answer.outcome
        and answer.baselines["training_law_exponents_cost"] <= 3
    )


def test_ties_go_to_the_cheapest_and_free_things_cost_nothing():
    flat = [power("agents", 0.0), power("rounds", 0.0), power("tokens", 0.0)]
    answer = allocate(plan(*SOURCE, budget=5), flat)
    assert [a.amount for a in answer.amounts] == [1, 1, 1000] and answer.agreement == 1
    free = plan(dimension("agents", 0, 8), dimension("rounds", 0.2, 10), budget=0.2)
    assert [a.amount for a in allocate(free, LAWS).amounts] == [8, 1]


def test_a_single_feasible_point_is_found_to_the_last_cent():
    exact = allocate(plan(*SOURCE, budget=0.72), LAWS)
    assert [a.amount for a in exact.amounts] == [1, 1, 1000] and exact.leftover == 0
    assert allocate(plan(*SOURCE, budget=0.71), LAWS).status is AllocationStatus.INFEASIBLE


def test_a_product_on_steps_is_paid_exactly():
    dims = [dimension("agents", None, 30), dimension("rounds", None, 30)]
    products = [{"name": "calls", "of": ["agents", "rounds"], "cost": 0.1}]
    answer = allocate(plan(*dims, budget=6.3, products=products), LAWS)
    best = max(a**0.3 * r**0.2 for a in range(1, 31) for r in range(1, 31) if a * r <= 63)
    assert answer.outcome == pytest.approx(best, rel=1e-12) and answer.cost <= 6.3
    ratio = [d | {"ratio": 1.5} for d in dims]
    steps = allocate(plan(*ratio, budget=90.0, products=products), LAWS)
    assert steps.amounts[0].amount == 30 and steps.amounts[1].amount == 30 and steps.leftover == 0
