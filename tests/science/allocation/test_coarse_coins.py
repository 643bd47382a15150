"""Plans whose decimals are too fine for whole coins (steps of equal ratio, thirds of a unit): still exact."""

from fractions import Fraction

import pytest

from scaling_assets.records.allocation import AllocationStatus
from scaling_assets.science.allocation import allocate
from tests.science.allocation.planned import dimension, plan, power

THIRD = 0.3333333333333333


def grown(name: str, cost: float, **changes: object):
    return dimension(name, cost, 1000.0 * 1.1**6, minimum=1000, ratio=1.1, control=1000, **changes)


def exact_cost(answer, *prices: Fraction) -> Fraction:
    return sum(Fraction(repr(a.amount)) * p for a, p in zip(answer.amounts, prices, strict=True))


def test_the_cost_told_is_the_exact_cost_of_the_amounts():
    asked = plan(dimension("a", THIRD, 9, per=7), grown("b", 0.02, per=7), budget=5)
    answer = allocate(asked, [power("a", 0.5), power("b", 0.2)])
    spent = exact_cost(answer, Fraction(repr(THIRD)) / 7, Fraction("0.02") / 7)
    assert answer.cost == float(spent) and answer.leftover == float(5 - spent)


@pytest.mark.parametrize("target", [None, 1.05])
def test_a_budget_that_pays_for_a_combination_to_the_last_digit_buys_it(target):
    """Costs are rounded up term by term: together they pass a budget that the exact sum just meets."""
    laws = [power("a", 0.5), power("b", 0.2)]
    for k in range(6):
        dims = dimension("a", 0.02, 3.5, minimum=0.5, step=3, control=0.5), grown("b", 0.1582, per=7)
        best = 1000 * 1.1**k
        cost = Fraction("0.07") + Fraction(repr(best)) * Fraction("0.1582") / 7
        budget = float(cost)
        if Fraction(repr(budget)) < cost:
            continue
        answer = allocate(plan(*dims, budget=budget, target=target), laws)
        assert answer.status is AllocationStatus.OPTIMAL
        if target is None:
            assert [a.amount for a in answer.amounts] == [3.5, pytest.approx(best)], k
        assert answer.cost <= budget and answer.leftover >= 0


def test_without_a_budget_the_dearest_combination_can_be_bought():
    laws = [power("a", 0.5), power("b", 0.2)]
    dims = dimension("a", THIRD, 9, per=7), grown("b", 0.02, per=7)
    target = 9**0.5 * (1.1**6) ** 0.2
    answer = allocate(plan(*dims, target=target * (1 - 1e-13)), laws)
    assert answer.status is AllocationStatus.OPTIMAL and answer.amounts[0].amount == 9


def test_a_budget_one_digit_short_says_so_and_blames_no_law():
    budget = 0.014285714285714284  # a tenth of a seventh, and one digit less
    answer = allocate(plan(dimension("a", 0.1, 3, per=7), budget=budget), [power("a", 0.5)])
    assert answer.status is AllocationStatus.INFEASIBLE
    assert (
        "even the minimum of every dimension costs 0.0142857142857142" in answer.reason
        and "the budget is 0.01428571428571428" in answer.reason
    )


def test_what_is_free_in_steps_of_equal_ratio_is_bought():
    answer = allocate(plan(grown("a", 0.0), target=1.01), [power("a", 0.5)])
    assert answer.status is AllocationStatus.OPTIMAL and answer.cost == 0


def test_a_step_wider_than_the_range_leaves_the_minimum():
    asked = plan(dimension("a", 2.9293, 0.1, minimum=0.1, step=1000), budget=0.5)
    assert allocate(asked, [power("a", 0.5)]).amounts[0].amount == 0.1
    tight = plan(dimension("a", 2.9293, 0.1, minimum=0.1, step=1000), budget=0.2561104160367857)
    assert "0.29293" in allocate(tight, [power("a", 0.5)]).reason


def test_a_budget_far_beyond_everything_leaves_costs_as_they_are():
    asked = plan(dimension("a", 3.5, 24, step=1), budget=1e300)
    answer = allocate(asked, [power("a", 0.5, sd=0.01)])
    assert (answer.cost, answer.cost_low, answer.cost_high) == (84.0, 84.0, 84.0)
