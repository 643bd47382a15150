"""Arms compared: one all-good case of each design, then one thing spoiled at a time."""

import time

import numpy as np
import pandas as pd
import pytest

from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates import problems_of_gate
from scaling_assets.science.gates.arms import _of_logarithm
from scaling_assets.science.testing import two_sample
from tests.science.gates.arms import BETTER, experiment, judged, rows

P, F, I, D = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA  # noqa: E741
DRUG = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])  # R's sleep, extra hours, group 1
OTHER = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])  # and group 2, the same persons
NOISE = np.array([-1.2, -0.7, -0.3, 0.1, 0.2, 0.5, 0.6, 0.8, -0.9, 0.9])
PAIRED = BETTER | {"pair_by": ["seed"]}
A, B = rows("A", 10 + NOISE), rows("B", 12 + NOISE[::-1] * 0.8)


def test_student_sleep_data_to_the_printed_digits():
    (v,) = judged(PAIRED, rows("A", DRUG), rows("B", OTHER))
    assert (v.measured / v.evidence["se"], v.evidence["df"]) == (pytest.approx(4.0621, abs=5e-5), 9)
    assert 2 * v.evidence["p_value"] == pytest.approx(0.0028329, abs=5e-8)
    (welch,) = judged(BETTER, rows("A", DRUG), rows("B", OTHER))
    assert welch.measured / welch.evidence["se"] == pytest.approx(1.8608, abs=5e-5)
    assert welch.evidence["df"] == pytest.approx(17.776, abs=5e-4)
    assert 2 * welch.evidence["p_value"] == pytest.approx(0.07939, abs=5e-6)


@pytest.mark.parametrize(
    ("gate", "frames", "outcome", "words"),
    [
        (BETTER, (A, B), P, "its 95 % lower bound"),
        (BETTER, (A, rows("B", 8 + NOISE)), F, "rules out > 0"),
        (BETTER, (A, rows("B", 10.2 + NOISE)), I, "do not settle > 0"),
        (BETTER, (A, B.iloc[:6]), P, "proves > 0"),  # unequal groups
        (BETTER, (A,), D, "condition = B has no run"),
        (BETTER, (A, B.iloc[:1]), D, "condition = B has 1 unit, which shows no spread"),
        (BETTER, (A, rows("B", [12.0] * 10)), D, "condition = B have the same value"),
        (BETTER, (A, B.assign(is_simulated=True)), D, "never compared"),
        (BETTER, (A, B.assign(unit=A["unit"])), D, "10 unit(s) are in both arms"),
        (BETTER | {"test": "exact"}, (A, B), P, "proves > 0"),
        (BETTER | {"effect": "ratio"}, (A, B), P, "proves > 1"),
        (BETTER | {"metric": "wait_ms"}, (A, B), F, "rules out < 0 ms"),
        (PAIRED, (A, rows("B", 10.8 + NOISE + 0.1 * NOISE[::-1])), P, "proves > 0"),
        (PAIRED, (A.iloc[:5], B), D, "5 of 10 pairs lack a partner (50%; at most 10% may): 5, 6, 7, 8, 9"),
        (PAIRED, (A.iloc[:9], B), P, "proves > 0"),
        (PAIRED, (A, rows("B", 11 + NOISE)), D, "the pairs have the same value"),
        (PAIRED | {"test": "exact"}, (A, B), P, "proves > 0"),
        ({"kind": "non_inferiority", "metric": "score", "treatment": "B", "margin": 1.0}, (A, rows("B", 9.9 + NOISE)),
         P, "proves > -1"),
        ({"kind": "non_inferiority", "metric": "wait_ms", "treatment": "B", "margin": 0.1}, (A, B), F, "< 0.1 ms"),
        ({"kind": "equivalence", "metric": "score", "treatment": "B", "margin": 1.0}, (A, rows("B", 10 + NOISE)), P,
         "prove within -1 to 1"),
        ({"kind": "equivalence", "metric": "score", "treatment": "B", "margin": 0.3}, (A, rows("B", 10 + NOISE)), I,
         "do not settle within"),
        ({"kind": "improvement", "metric": "yield", "treatment": "B"}, (A, rows("B", 13 + NOISE)), P, "proves > 1.1"),
        ({"kind": "improvement", "metric": "score", "treatment": "B"}, (A, rows("B", 10.9 + NOISE)), I, "> 1.1"),
        ({"kind": "improvement", "metric": "wait_ms", "treatment": "B"}, (A, rows("B", 7 + NOISE)), P, "proves < 0.9"),
        ({"kind": "improvement", "metric": "score", "treatment": "B"}, (A, rows("B", NOISE - 3)), D, "no ratio"),
    ],
)  # fmt: skip
def test_designs_and_what_spoils_them(gate, frames, outcome, words):
    (v,) = judged(gate, *frames)
    assert (v.outcome, words in v.reason) == (outcome, True), v.reason
    assert (v.remedy == "") == (outcome is P)


@pytest.mark.parametrize(
    ("design", "floor", "more"), [(PAIRED, 0.125, 2), (PAIRED | {"test": "exact"}, 0.125, 2)]
)
def test_three_seeds_settle_nothing_and_say_how_many_do(design, floor, more):
    (v,) = judged(design, rows("A", [10, 10.1, 9.9]), rows("B", [20.1, 20, 20.2]))
    assert (v.outcome, v.runs_needed) == (I, more)
    assert "a critical t of 4.30" in v.reason and "below 0.25 (two-sided)" in v.reason
    assert v.evidence["p_floor"] == floor == v.evidence["p_value"]
    assert v.remedy == "At least 2 further pair(s) are needed."


def test_five_seeds_that_agree_can_pass():
    (v,) = judged(PAIRED, rows("A", [10, 10.1, 9.9, 10.2, 9.8]), rows("B", [20.1, 20, 20.2, 20.3, 20]))
    assert v.outcome is P


def test_an_effect_exactly_on_the_threshold_is_inconclusive_and_more_runs_would_not_help():
    (v,) = judged(BETTER | {"threshold": 2.0, "operator": ">"}, A, rows("B", 12 + NOISE[::-1]))
    assert v.outcome is I and v.runs_needed is None and "would not settle it" in v.remedy
    (v,) = judged(BETTER | {"threshold": 2.0, "operator": ">="}, A, rows("B", 12 + NOISE[::-1]))
    assert v.outcome is I and v.evidence["p_value"] == pytest.approx(0.5)


def test_the_runs_needed_settle_it():
    gate = BETTER | {"threshold": 1.8, "operator": ">"}
    (v,) = judged(gate, A, B)
    assert v.outcome is I and "both arms together" in v.remedy
    times = 1 + v.runs_needed / 20
    wide = int(np.ceil(10 * times / 10)) * 10
    repeated = [
        rows("A", np.tile(A["y"], wide // 10)), rows("B", np.tile(B["y"], wide // 10))
    ]  # fmt: skip
    assert judged(gate, *repeated)[0].outcome is P


def test_single_items_are_compared_by_newcombe():
    a, b = (rows(c, np.zeros(n), ok=np.arange(n) < k) for c, n, k in (("A", 80, 48), ("B", 70, 56)))
    (v,) = judged(BETTER | {"metric": "success"} | {"confidence": 0.975}, a, b)
    assert (v.low, v.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
    assert v.method == "Newcombe, from two Wilson intervals" and v.outcome is P


@pytest.mark.parametrize(
    ("n", "m", "outcome", "more"), [(2, 2, I, 3), (3, 3, I, 1), (1, 9, I, 1), (3, 4, P, None)]
)
def test_no_items_are_surer_than_their_assignment(n, m, outcome, more):
    (v,) = judged(BETTER | {"metric": "success"}, rows("A", np.ones(n), ok=0.0), rows("B", np.ones(m)))
    assert (v.outcome, v.runs_needed) == (outcome, more), v.reason
    assert outcome is P or "re-assigning them cannot give a p-value below" in v.reason
    counts = BETTER | {"metric": "events", "operator": ">"}
    (v,) = judged(counts, rows("A", np.ones(n), ok=0.0, ops=90), rows("B", np.ones(m), ok=80, ops=90))
    assert v.outcome is outcome


def test_counts_that_differ_by_more_than_chance_are_compared_without_a_warning(recwarn):
    gate = BETTER | {"metric": "events", "operator": ">"}
    a, b = (rows(c, np.ones(6), ok=[0, 9, 1, 8, 0, 7], ops=10) for c in "AB")
    (v,) = judged(gate, a, b)
    assert v.outcome is I and not [w for w in recwarn if w.category is RuntimeWarning]


def test_what_very_many_units_could_prove_is_asked_in_no_time():
    noise = np.random.default_rng(8).standard_normal(2_000)
    before = time.process_time()
    (v,) = judged(BETTER, rows("A", noise[:1_000]), rows("B", noise[1_000:]))
    assert v.outcome is I and time.process_time() - before < 10


def test_seeds_are_the_units_and_items_stand_beside_conditional_on_the_runs():
    a, b = (rows(c, np.zeros(4), ok=ok, ops=1000) for c, ok in
            (("A", [300, 340, 280, 320]), ("B", [360, 330, 310, 370])))  # fmt: skip
    (v,) = judged(BETTER | {"metric": "success"}, a, b)
    assert v.outcome is I and v.n_units == 8
    assert v.evidence["items_low"] > 0 and v.evidence["items_p_value"] < 0.01
    p = f"{v.evidence['p_value']:.2g}"
    assert f"do not settle > 0 (p = {p}); over the items of these runs alone 0.0325 [" in v.reason
    assert v.reason.endswith("conditional on the runs")


def test_ratios_come_from_sums_not_from_means_of_ratios():
    a = rows("A", np.ones(6), out=[1, 2, 3, 4, 5, 61], cost=[1, 1, 2, 2, 3, 30])
    b = rows("B", np.ones(6), out=[2, 4, 6, 8, 9, 119], cost=[1, 1, 2, 2, 3, 30])
    (v,) = judged(BETTER | {"metric": "yield"}, a, b)
    assert v.measured == pytest.approx(148 / 39 - 76 / 39)


def tiers(shift: float, every: bool, n: int = 8) -> list[pd.DataFrame]:
    """Two tiers far apart, mixed unevenly over the arms; ``every`` unit in both tiers, or each in one."""
    rng, parts = np.random.default_rng(4), []
    for condition, gain in (("A", 0.0), ("B", shift)):
        for tier, level, count in (
            ("easy", 10.0, n),
            ("hard", 0.0, n if every else n // 2 + 3 * (condition == "B")),
        ):
            frame = rows(condition, level + gain + rng.normal(0, 0.3, count), tier=tier)
            names = frame["unit"] if every else frame["unit"] + tier
            parts.append(frame.assign(unit=names))
    return parts


@pytest.mark.parametrize("every", [True, False])
def test_strata_take_the_mix_out(every):
    (v,) = judged(BETTER | {"strata": ["tier"]}, *tiers(1.0, every))
    assert v.outcome is P and v.measured == pytest.approx(1.0, abs=0.4)
    if not every:  # more hard units in B: without strata the better arm looks worse
        assert judged(BETTER, *tiers(1.0, every))[0].outcome is not P


def test_strata_that_miss_a_cell_or_a_weight_are_refused():
    parts = tiers(1.0, False)
    (v,) = judged(BETTER | {"strata": ["tier"]}, *parts[:3])
    assert v.outcome is D and "condition = B has no run at hard" in v.reason
    (v,) = judged(BETTER | {"strata": ["tier"], "weights": {"easy": 1}}, *parts)
    assert v.outcome is D and "do not agree on the strata: hard" in v.reason
    crossed = tiers(1.0, True)
    (v,) = judged(BETTER | {"strata": ["tier"]}, *crossed[:3], crossed[3].iloc[:6])
    assert v.outcome is D and "2 unit(s) were not measured in every stratum" in v.reason
    gates = [BETTER | {"strata": ["tier"], "weights": {"easy": easy, "hard": 1}} for easy in (1, 9)]
    weighed = [judged(gate, *parts)[0].measured for gate in gates]
    assert weighed[0] != pytest.approx(weighed[1])


def test_quantiles_and_counts_are_compared_by_their_own_bounds():
    rng = np.random.default_rng(1)
    a, b = rows("A", rng.exponential(10, 300)), rows("B", rng.exponential(30, 300))
    (v,) = judged(
        {"kind": "comparison", "metric": "p90", "treatment": "B", "operator": ">", "threshold": 5}, a, b
    )
    assert v.outcome is P and "MOVER" in v.method
    none, some = rows("A", np.ones(40), ok=0.0, ops=10), rows("B", np.ones(40), ok=1.0, ops=10)
    (v,) = judged(
        {"kind": "comparison", "metric": "events", "treatment": "B", "operator": ">", "threshold": 0},
        none,
        some,
    )
    assert v.outcome is P and v.evidence["p_value"] < 1e-6
    (v,) = judged(
        {"kind": "comparison", "metric": "p90", "treatment": "B", "operator": ">", "pair_by": ["seed"]}, a, b
    )
    assert v.outcome is D and "two samples by their difference only" in v.reason


def test_power_before_and_during():
    gate = BETTER | {"expected": {"effect": 1.0, "sd": 1.0, "units": 20}, "power": 0.9, "confidence": 0.975}
    (v,) = judged(gate, A.iloc[:0], B)
    assert v.outcome is D and v.evidence["planned_power"] == pytest.approx(0.8689528, abs=5e-8)
    assert v.evidence["planned_units"] == pytest.approx(22.02110, abs=5e-6)
    (v,) = judged(gate, A, B)
    assert 0.5 < v.evidence["minimum_detectable"] < 2 and v.evidence["planned_power"] == pytest.approx(
        0.8689528
    )
    assert v.evidence["hedges_g_low"] < v.evidence["hedges_g"] < v.evidence["hedges_g_high"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"metric": "nothing"}, "'metric' names 'nothing'"), ({"treatment": "C"}, "'treatment' names 'C'"),
        ({"treatment": "A"}, "are the same"), ({"between": "nothing"}, "'between' names"),
        ({"pair_by": ["run"]}, "'pair_by' names"), ({"strata": ["condition"]}, "cannot split the arms"),
        ({"metric": "p90"}, "declares no 'direction'"), ({"operator": "within", "threshold": 1}, "'within' takes"),
        ({"between": "tier", "treatment": "x"}, "'control' is not given"),
    ],
)  # fmt: skip
def test_declarations_that_make_no_sense(changes, problem):
    declared = experiment(BETTER | changes)
    assert any(problem in p for p in problems_of_gate(declared, declared.gates[0]))
    assert problems_of_gate(experiment(BETTER), experiment(BETTER).gates[0]) == []


def test_a_ratio_spreads_as_the_logarithm_does_without_each_unit():
    rng = np.random.default_rng(3)
    tops, bottoms = rng.lognormal(size=9), rng.lognormal(size=9)
    ratio = tops.sum() / bottoms.sum()
    values = _of_logarithm("it", ratio, tops, bottoms)
    assert values.mean() == pytest.approx(np.log(ratio))
    without = [np.log(np.delete(tops, i).sum() / np.delete(bottoms, i).sum()) for i in range(9)]
    jackknife = (8 / 9) * np.sum((without - np.mean(without)) ** 2)  # variance of the log ratio (Miller 1974)
    assert values.var(ddof=1) / 9 == pytest.approx(jackknife)


def test_ratios_of_skewed_costs_pass_no_more_often_than_stated():
    rng, n, series, passes = np.random.default_rng(3), 8, 4_000, np.zeros(2)
    costs = rng.lognormal(sigma=np.sqrt(np.log(2)), size=(series, 2, n))  # coefficient of variation 1
    for pair in costs:
        arms = []
        for cost in pair:
            ratio = n / cost.sum()
            delta = np.log(ratio) + (1 - ratio * cost) / (ratio * cost.mean())
            arms.append((delta, _of_logarithm("it", ratio, np.ones(n), cost)))
        for i in range(2):
            passes[i] += two_sample(arms[0][i], arms[1][i]).p_values(0.0)[0] <= 0.05
    first_order, jackknife = passes / series
    assert jackknife <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / series) < first_order


def test_a_ratio_that_rests_on_a_single_unit_is_refused():
    a, b = rows("A", np.ones(5)), rows("B", np.ones(5), out=[0, 0, 0, 0, 9.0])
    (v,) = judged(BETTER | {"metric": "yield", "effect": "ratio"}, a, b)
    assert v.outcome is D and "rests on a single unit" in v.reason
