"""Least cost that reaches a target, and measures of risk over draws, against exhaustive search."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.allocation import AllocationStatus
from scaling_assets.science.allocation import allocate
from scaling_assets.science.allocation.finding import laws_of
from scaling_assets.science.allocation.question import question_of
from scaling_assets.science.allocation.redraw import draw_rows
from tests.science.allocation.planned import chinchilla, compute, dimension, plan, power

LAWS = [power("agents", 0.3, sd=0.15), power("rounds", 0.2, sd=0.02), power("tokens", -0.1, sd=0.2)]
DIMS = [dimension("agents", 0.5, 8), dimension("rounds", 0.2, 10), dimension("tokens", 0.3, 5)]
MEASURES = [{"measure": "mean"}, {"measure": "quantile", "at": 0.1}, {"measure": "probability", "reaching": 1.6},
            {"measure": "regret"}, {"measure": "regret", "at": 1.0}]  # fmt: skip


def every(asked, laws):
    """Amounts (n, 3), exact costs and outcomes (draws, n) of every combination, with the very draws that are used."""
    question = question_of(asked, laws_of(asked, laws, ()), {})
    picks = draw_rows(question)
    levels = [np.arange(1, int(d.maximum) + 1) for d in asked.dimensions]
    amounts = np.array(list(product(*levels)), dtype=float)
    cost = np.array(
        [round(sum(d.cost * a for d, a in zip(asked.dimensions, row, strict=True)), 9) for row in amounts]
    )
    outcomes = np.ones((400, len(amounts)))
    for i, w in enumerate(laws):
        outcomes *= amounts[:, i] ** w.draws[picks[w.law_id], 1][:, None]
    return amounts, cost, outcomes


def scored(risk, outcomes, affordable):
    if (
        risk["measure"] == "mean"
    ):  # terms are drawn independently: the mean of products is the product of means
        return None
    if risk["measure"] == "quantile":
        return np.quantile(outcomes, risk["at"], axis=0, method="inverted_cdf")
    if risk["measure"] == "probability":
        return (outcomes >= risk["reaching"]).mean(axis=0)
    lost = np.maximum(outcomes[:, affordable].max(axis=1)[:, None] - outcomes, 0)
    return -np.quantile(lost, risk.get("at", 0.9), axis=0, method="inverted_cdf")


@pytest.mark.parametrize("risk", MEASURES, ids=lambda r: f"{r['measure']}-{r.get('at', '')}")
@pytest.mark.parametrize("budget", [1.5, 4.0, 7.0])
def test_measures_equal_exhaustive_search(risk, budget):
    asked = plan(*DIMS, budget=budget, risk=risk)
    answer = allocate(asked, LAWS)
    amounts, cost, outcomes = every(asked, LAWS)
    affordable = cost <= budget + 1e-9
    scores = scored(risk, outcomes, affordable)
    if scores is None:
        means = [[(a ** w.draws[:, 1]).mean() for a in range(1, 11)] for w in LAWS]
        scores = np.array([np.prod([means[i][int(a) - 1] for i, a in enumerate(row)]) for row in amounts])
    chosen = int(np.flatnonzero(np.all(amounts == [a.amount for a in answer.amounts], axis=1))[0])
    assert affordable[chosen] and answer.cost == pytest.approx(cost[chosen])
    assert scores[chosen] == pytest.approx(scores[affordable].max(), rel=1e-9)
    assert answer.risk == risk["measure"] and answer.risk_value is not None


def test_a_cautious_buyer_leaves_what_is_uncertain():
    risky, sure = power("agents", 0.35, sd=0.4), power("rounds", 0.3, sd=0.001)
    dims = [dimension("agents", 1, 6), dimension("rounds", 1, 6)]
    bold = allocate(plan(*dims, budget=7), [risky, sure])
    cautious = allocate(plan(*dims, budget=7, risk={"measure": "quantile", "at": 0.1}), [risky, sure])
    assert bold.amounts[0].amount > cautious.amounts[0].amount
    assert cautious.amounts[1].amount > bold.amounts[1].amount


def test_where_too_many_combinations_are_left_the_search_says_what_it_looked_at():
    dims = [dimension(n, 1, 200) for n in ("agents", "rounds", "tokens")]
    asked = plan(*dims, budget=500, risk={"measure": "quantile", "at": 0.2})
    answer = allocate(asked, LAWS)
    assert "candidates, improved by exchange" in answer.method and answer.cost <= 500


def test_draws_are_needed_for_a_measure():
    bare = [replace(w, draws=np.empty((0, 2))) for w in LAWS]
    with pytest.raises(LawNotUsable, match="the measure 'mean' is over parameter draws"):
        allocate(plan(*DIMS, budget=4, risk={"measure": "mean"}), bare)


# -- targets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [1.0, 1.2, 1.9, 2.4])
def test_the_cheapest_that_reaches_a_target_equals_exhaustive_search(target):
    asked = plan(*DIMS, target=target)
    answer = allocate(asked, LAWS)
    amounts, cost, _ = every(asked, LAWS)
    outcomes = np.prod(amounts ** np.array([0.3, 0.2, -0.1]), axis=1)
    best = cost[outcomes >= target - 1e-12].min()
    assert answer.cost == pytest.approx(best) and answer.outcome >= target - 1e-9
    assert answer.binding == "target" and answer.leftover is None
    assert 0 <= answer.reaches <= 1 and answer.cost_low <= answer.cost_high


def test_a_target_with_nine_tenths_of_the_draws_costs_more():
    plain = allocate(plan(*DIMS, target=1.5), LAWS)
    sure = allocate(plan(*DIMS, target=1.5, risk={"measure": "quantile", "at": 0.1}), LAWS)
    assert sure.cost > plain.cost and sure.reaches >= 0.9 > plain.reaches


def test_a_target_out_of_reach_says_how_near_one_comes():
    answer = allocate(plan(*DIMS, target=9.0), LAWS)
    assert answer.status is AllocationStatus.INFEASIBLE
    assert answer.reason == f"no amounts reach the target 9; the best outcome is {8**0.3 * 10**0.2:.4g}"
    poor = allocate(plan(*DIMS, target=2.0, budget=1.2), LAWS)
    assert "no amounts reach the target 2 within 1.2 usd" in poor.reason


def test_the_cheapest_compute_for_a_loss_is_the_inverse_of_the_best_loss_for_it():
    best = allocate(compute(1e23), [chinchilla()])
    back = allocate(compute(None, target=best.outcome), [chinchilla()])
    assert back.cost == pytest.approx(1e23, rel=1e-6)
    for one, other in zip(best.amounts, back.amounts, strict=True):
        assert other.amount == pytest.approx(one.amount, rel=1e-2)


def test_serving_shifts_compute_from_parameters_to_tokens():
    """Sardana et al. 2023, arXiv:2401.00448: at one loss, smaller models trained longer once they are used."""
    loss = 2.1
    plain = allocate(compute(None, target=loss), [chinchilla()])
    served = allocate(compute(None, target=loss, served=1e13), [chinchilla()])
    n, d = ([a.amount for a in x.amounts] for x in (plain, served))
    assert d[0] < n[0] and d[1] > n[1]


def test_real_and_whole_amounts_mix():
    dims = [
        dimension("agents", 0.5, 8),
        dimension("rounds", 0.2, 10, step=0),
        dimension("tokens", 0.3, 5, step=0),
    ]
    laws = [power("agents", 0.3), power("rounds", 0.2), power("tokens", 0.1)]
    answer = allocate(plan(*dims, budget=4), laws)
    best = 0.0
    for a in range(1, 9):
        left = 4 - 0.5 * a
        r = np.linspace(1, 10, 20_001)
        t = np.minimum((left - 0.2 * r) / 0.3, 5)
        best = max(best, np.max(np.where(t >= 1, a**0.3 * r**0.2 * np.maximum(t, 1) ** 0.1, 0)))
    assert answer.outcome >= best * (1 - 1e-9) and answer.cost <= 4
    assert answer.amounts[0].amount == int(answer.amounts[0].amount)


def test_risk_over_real_amounts():
    dims = [dimension("agents", 1, 60, step=0), dimension("rounds", 1, 60, step=0)]
    laws = [power("agents", 0.35, sd=0.3), power("rounds", 0.3, sd=0.001)]
    bold = allocate(plan(*dims, budget=60), laws)
    cautious = allocate(plan(*dims, budget=60, risk={"measure": "quantile", "at": 0.1}), laws)
    regret = allocate(plan(*dims, budget=60, risk={"measure": "regret"}), laws)
    assert bold.amounts[0].amount == pytest.approx(60 * 0.35 / 0.65, rel=1e-4)
    assert cautious.amounts[0].amount < bold.amounts[0].amount and cautious.cost <= 60
    assert regret.risk_value > 0 and regret.cost <= 60
