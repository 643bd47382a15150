"""Known optima, the source's examples, and everything that stops an allocation."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from scaling_assets.errors import LawNotUsable, PlanTooLarge, UnknownName
from scaling_assets.records.allocation import AllocationStatus
from scaling_assets.records.law import LawStatus
from scaling_assets.records.plan import Plan
from scaling_assets.science.allocation import STRATEGIES, allocate
from scaling_assets.science.fitting.predict import point_curve
from scaling_assets.science.laws import FAMILIES
from tests.science.planted import law

AGENTS = law(experiment="agents", parameters=(1.0, 0.30), sd=(0.0, 0.03), domain=((1.0, 8.0),))
ROUNDS = law(experiment="rounds", parameters=(2.0, 0.20), sd=(0.0, 0.03), domain=((1.0, 10.0),))
TOKENS = law(experiment="tokens", parameters=(0.5, 0.10), sd=(0.0, 0.02), domain=((1.0, 100_000.0),))


def dimension(name: str, cost: float, maximum: float, **changes: object) -> dict[str, object]:
    return {"name": name, "law": {"experiment": name, "metric": "y"}, "unit": "1", "cost": cost,
            "maximum": maximum, "control": 1} | changes  # fmt: skip


def plan(budget: float, *dimensions: dict[str, object], **changes: object) -> Plan:
    thousands = dimension("tokens", 0.02, 100_000, per=1000, minimum=1000, step=1000)
    chosen = dimensions or (dimension("agents", 0.5, 8), dimension("rounds", 0.2, 10), thousands)
    return Plan(name="p", title="P", budget=budget, currency="usd", dimensions=chosen, **changes)


def amounts(answer) -> dict[str, float | None]:
    return {a.dimension: a.amount for a in answer.amounts}


def brute_force(budget: float, step: int = 1000) -> float:
    best = -np.inf
    for a, r in product(range(1, 9), range(1, 11)):
        tokens = min(int((budget - 0.5 * a - 0.2 * r) / (0.00002 * step) + 1e-9) * step, 100_000)
        if tokens >= step:
            best = max(best, a**0.30 * r**0.20 * tokens**0.10)
    return best


@pytest.mark.parametrize("budget", [0.8, 2.0, 2.04, 5.0, 7.9, 50.0])
def test_optimum_equals_brute_force_within_the_budget(budget):
    answer = allocate(plan(budget), [AGENTS, ROUNDS, TOKENS])
    assert answer.status is AllocationStatus.OPTIMAL
    assert answer.outcome == pytest.approx(brute_force(budget), rel=1e-9)
    assert answer.cost <= budget and answer.leftover >= 0
    assert answer.cost == pytest.approx(sum(a.cost for a in answer.amounts))


def test_a_dimension_of_100_000_steps_is_searched_exactly():
    fine = dimension("tokens", 0.02, 100_000, per=1000)
    answer = allocate(
        plan(2.04, dimension("agents", 0.5, 8), dimension("rounds", 0.2, 10), fine), [AGENTS, ROUNDS, TOKENS]
    )
    assert answer.outcome == pytest.approx(brute_force(2.04, step=1), rel=1e-9) and answer.cost <= 2.04


def test_a_budget_below_the_minimum_is_infeasible_and_says_by_how_much():
    answer = allocate(plan(0.5), [AGENTS, ROUNDS, TOKENS])
    assert answer.status is AllocationStatus.INFEASIBLE
    assert answer.reason == "even the minimum of every dimension costs 0.72, the budget is 0.5 usd"
    assert set(amounts(answer).values()) == {None} and answer.cost is None


def test_a_large_budget_buys_every_maximum_and_says_that_more_buys_nothing():
    answer = allocate(plan(50), [AGENTS, ROUNDS, TOKENS])
    assert amounts(answer) == {"agents": 8, "rounds": 10, "tokens": 100_000}
    assert {a.bound_by for a in answer.amounts} == {"maximum"}
    assert answer.shadow_price is None and answer.leftover == pytest.approx(42)


def test_the_closed_form_overspends_what_the_optimum_respects():
    answer = allocate(plan(2.0), [AGENTS, ROUNDS, TOKENS])
    assert answer.baselines["closed_form_overspend"] == pytest.approx(
        max(0, answer.baselines["closed_form_cost"] - 2.0)
    )
    tiny = allocate(plan(0.8), [AGENTS, ROUNDS, TOKENS])
    assert tiny.baselines["closed_form_cost"] > 0.8 and tiny.baselines["closed_form_overspend"] > 0
    assert tiny.cost <= 0.8


def test_no_affordable_baseline_beats_the_optimum():
    answer = allocate(plan(5), [AGENTS, ROUNDS, TOKENS])
    for name in ("control", "minimum", "equal_split"):
        assert answer.baselines[name] <= answer.outcome and answer.baselines[f"{name}_cost"] <= 5
    assert answer.baselines["control"] == pytest.approx(1)


def test_intervals_come_from_the_draws_and_enclose_the_choice():
    answer = allocate(plan(5), [AGENTS, ROUNDS, TOKENS])
    assert answer.outcome_low < answer.outcome < answer.outcome_high
    assert 0 <= answer.agreement <= 1
    assert all(a.low <= a.high for a in answer.amounts)
    assert all(float(a.low).is_integer() for a in answer.amounts)


def test_laws_without_spread_agree_with_themselves():
    sure = [
        replace(w, draws=np.tile([p.value for p in w.parameters], (50, 1))) for w in (AGENTS, ROUNDS, TOKENS)
    ]
    answer = allocate(plan(5), sure)
    assert answer.agreement == 1
    assert (answer.outcome_low, answer.outcome_high) == pytest.approx((answer.outcome,) * 2)
    assert all(a.low == a.amount == a.high for a in answer.amounts)


def test_two_dimensions_of_one_law_share_its_draws():
    twin = [dimension("left", 1, 4, law={"experiment": "agents", "metric": "y"}),
            dimension("right", 1, 4, law={"experiment": "agents", "metric": "y"})]  # fmt: skip
    answer = allocate(plan(8, *twin), [AGENTS])
    draws = 16 ** AGENTS.draws[:, 1]  # 4^b times 4^b with the same b
    assert answer.outcome_high == pytest.approx(np.quantile(draws, 0.95), rel=1e-6)


def test_shadow_price_is_the_slope_to_the_next_better_choice():
    answer = allocate(plan(5, dimension("agents", 2, 8)), [AGENTS])
    assert amounts(answer) == {"agents": 2}
    assert answer.shadow_price == pytest.approx((3**0.3 - 2**0.3) / 2)
    assert answer.amounts[0].bound_by == "budget" and answer.leftover == 1


@pytest.mark.parametrize(("exponent", "bound_by"), [(-0.3, "minimum"), (0.0, "minimum")])
def test_declining_and_flat_laws_buy_the_minimum(exponent, bound_by):
    answer = allocate(
        plan(50, dimension("agents", 1, 8)), [law(experiment="agents", parameters=(1, exponent))]
    )
    assert amounts(answer) == {"agents": 1} and answer.amounts[0].bound_by == bound_by
    assert answer.leftover == 49


def test_a_negative_exponent_leaves_the_other_shares_alone():
    falling = law(experiment="rounds", parameters=(1, -0.2))
    answer = allocate(plan(4), [AGENTS, falling, TOKENS])
    assert amounts(answer)["rounds"] == 1 and amounts(answer)["agents"] > 1


def test_where_lower_is_better_the_product_is_minimised():
    latency = law(experiment="agents", parameters=(10, -0.5))
    answer = allocate(plan(3, dimension("agents", 1, 8), direction="lower"), [latency])
    assert amounts(answer) == {"agents": 3} and answer.outcome == pytest.approx(3**-0.5)


def test_all_exponents_zero_divides_by_nothing():
    flat = [
        law(experiment=n, parameters=(1, 0), domain=((1.0, 1e5),)) for n in ("agents", "rounds", "tokens")
    ]
    answer = allocate(plan(5), flat)
    assert answer.status is AllocationStatus.OPTIMAL and answer.baselines["closed_form"] is None


def test_a_peak_is_not_overshot():
    # SPEC SDM91 (R package usl): peak 96.5 users at 1884 per hour; the whole budget would pay 200 users
    names = [p.name for p in FAMILIES["usl"].parameters]
    usl = law("usl", [{"gamma": 89.995, "sigma": 0.0277285, "kappa": 1.0436e-4}[n] for n in names],
              experiment="sdm", domain=((1.0, 216.0),))  # fmt: skip
    answer = allocate(plan(200, dimension("sdm", 1, 200), combine="sum"), [usl])
    assert answer.amounts[0].amount in (96, 97) and answer.outcome == pytest.approx(1884, abs=0.6)
    assert answer.amounts[0].bound_by == "no gain" and answer.outcome_unit == "y"


def test_the_extrapolation_limit_takes_levels_away():
    short = replace(AGENTS, domain=((1.0, 2.0),))
    answer = allocate(plan(50, dimension("agents", 1, 8)), [short])
    assert amounts(answer) == {"agents": 4} and answer.amounts[0].bound_by == "extrapolation limit"


def test_nothing_inside_the_limit_is_refused():
    far = replace(AGENTS, domain=((50.0, 100.0),))
    answer = allocate(plan(50, dimension("agents", 1, 8)), [far])
    assert answer.status is AllocationStatus.REFUSED
    assert answer.reason == (
        "agents: every level lies beyond the limit of the power law of y (measured x 50 to 100; at most 2x outside)"
    )


def test_affordable_levels_beyond_the_limit_are_refused_not_infeasible():
    far = replace(AGENTS, domain=((8.0, 8.0),))
    answer = allocate(plan(3, dimension("agents", 1, 8, control=8)), [far])
    assert (
        answer.status is AllocationStatus.REFUSED and "lies beyond the extrapolation limits" in answer.reason
    )


@pytest.mark.parametrize(
    ("laws", "reason"),
    [
        ([], "waiting for laws: agents: there is no leading law of y in agents"),
        ([replace(AGENTS, is_leading=False)], "waiting for laws: agents: there is no leading law of y in agents"),
        ([replace(AGENTS, is_leading=False, status=LawStatus.NOT_IDENTIFIED, reason="every value is 7",
                  leading_reason="declared, but not usable: nothing leads in its place")],
         f"waiting for laws: agents: there is no leading law of y in agents; {AGENTS.family} is declared, "
         "but not usable: nothing leads in its place (every value is 7)"),
        ([replace(AGENTS, status=LawStatus.UNDERDETERMINED, reason="2 scales, 3 needed")],
         "waiting for laws: agents: the leading law of y in agents is underdetermined: 2 scales, 3 needed"),
        ([AGENTS, replace(AGENTS, law_id="b", group={"task": "b"})],
         "waiting for laws: agents: the leading law of y in agents is ambiguous "
         "(y_by_x {}, y_by_x {'task': 'b'}): name its question or segment"),
    ],
)  # fmt: skip
def test_missing_laws_are_waited_for_by_name(laws, reason):
    answer = allocate(plan(5, dimension("agents", 1, 8)), laws)
    assert (answer.status, answer.reason) == (AllocationStatus.WAITING, reason)


def test_simulated_laws_are_named():
    answer = allocate(plan(5), [replace(AGENTS, is_simulated=True), ROUNDS, TOKENS])
    assert answer.is_simulated
    assert "rests on simulated laws of agents, mixed with measured laws of rounds, tokens" in answer.reason


CHINCHILLA = law(
    "chinchilla", (482.01, 2085.43, 1.81686, 0.34781, 0.36585), experiment="llm", axes=("n", "d"),
    domain=((1e6, 1e10), (1e8, 1e12)),
)  # fmt: skip


LLM = {"control": None, "law": {"experiment": "llm", "metric": "y"}}


def loss(n, d) -> np.ndarray:
    return point_curve(CHINCHILLA, np.column_stack([n, d]))


def test_two_axes_of_one_law_are_decided_together():
    dims = [
        dimension("n", 3, 20e8, minimum=1e8, step=1e8, per=1e8, **LLM),
        dimension("d", 1, 60e9, minimum=1e9, step=1e9, per=1e9, **LLM),
    ]
    answer = allocate(plan(60, *dims, combine="sum", direction="lower"), [CHINCHILLA])
    n, d = (g.ravel() for g in np.meshgrid(np.arange(1, 21) * 1e8, np.arange(1, 61) * 1e9))
    losses = np.where(3 * n / 1e8 + d / 1e9 <= 60, loss(n, d), np.inf)
    best = np.argmin(losses)
    assert amounts(answer) == {"n": n[best], "d": d[best]}
    assert answer.outcome == pytest.approx(losses[best])


def test_the_other_axis_of_a_law_may_be_fixed():
    one = dimension("n", 1, 20e8, minimum=1e8, step=1e8, per=1e8, control=None, at={"d": 2e10},
                    law={"experiment": "llm", "metric": "y"})  # fmt: skip
    answer = allocate(plan(5, one, combine="sum", direction="lower"), [CHINCHILLA])
    assert answer.outcome == pytest.approx(loss([5e8], [2e10])[0])


def test_an_axis_without_a_value_is_an_error_with_a_remedy():
    one = dimension("n", 1, 20e8, minimum=1e8, step=1e8, law={"experiment": "llm", "metric": "y"})
    with pytest.raises(LawNotUsable, match="its axes are n, d, but the plan gives no value for d") as raised:
        allocate(plan(5, one), [CHINCHILLA])
    assert (
        raised.value.remedy
        == "Name planned dimensions after the law's axes and fix the other axes with 'at'."
    )


def test_too_many_levels_are_refused_with_a_remedy():
    with pytest.raises(PlanTooLarge, match="dimension 'agents' has 7,999,999 levels"):
        allocate(plan(5, dimension("agents", 1, 8, step=1e-6, minimum=1e-6 + 1e-6)), [AGENTS])


def test_unknown_strategies_are_named_with_the_known_ones():
    with pytest.raises(UnknownName, match="Known: frontier, fixed, equal_split"):
        allocate(plan(5, strategy="oracle"), [AGENTS, ROUNDS, TOKENS])


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("budget", [0.5, 0.8, 2.0, 2.04, 5, 50])
def test_no_strategy_spends_more_than_the_budget(strategy, budget):
    answer = allocate(plan(budget, strategy=strategy), [AGENTS, ROUNDS, TOKENS])
    assert answer.cost is None or answer.cost <= budget
    assert (answer.cost is None) == (answer.status is not AllocationStatus.OPTIMAL)


def test_the_same_question_has_the_same_id_and_another_budget_another():
    laws = [AGENTS, ROUNDS, TOKENS]
    assert allocate(plan(5), laws) == allocate(plan(5), laws)
    assert allocate(plan(5), laws).allocation_id != allocate(plan(6), laws).allocation_id
