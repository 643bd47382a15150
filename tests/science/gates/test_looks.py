"""Plans of looking: what is blocked, what each look is read at, and how a family is judged together."""

import numpy as np
import pytest
from pydantic import ValidationError

from scaling_assets.records.looking import Looks, Multiplicity
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates import judge, problems_of_gate
from scaling_assets.science.testing.multiplicity import adjusted
from scaling_assets.science.testing.spending import nominal_levels
from tests.science.gates.arms import BETTER, experiment, judged, rows, trials

P, F, I, D = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA  # noqa: E741
NOISE = np.array([-1.2, -0.7, -0.3, 0.1, 0.2, 0.5, 0.6, 0.8, -0.9, 0.9])
ABOVE = {"kind": "threshold", "metric": "score", "operator": ">", "threshold": 9.5}
A, B = rows("A", 10 + 0.5 * NOISE), rows("B", 12 + 0.5 * NOISE[::-1])
PLAN = {"plan": "group_sequential", "first": 4, "every": 3, "maximum": 16}


@pytest.mark.parametrize(
    ("gate", "looks", "outcome", "words", "more"),
    [
        (ABOVE, {"plan": "fixed", "units": 10}, P, "its 95 % lower bound", None),
        (ABOVE, {"plan": "fixed", "units": 12}, D, "may be read once, at 12 units; 10 are there", 2),
        (ABOVE, PLAN, P, "look 3 of at most 5, O'Brien-Fleming spending", None),
        (ABOVE, PLAN | {"first": 5}, D, "the next look of its plan is at 11 units; 10 are there", 1),
        (ABOVE, PLAN | {"maximum": 9}, D, "its plan ended at 9 units", None),
        (ABOVE, {"plan": "group_sequential", "first": 10, "maximum": 400}, D, "spends no error yet", 29),
        (ABOVE | {"threshold": 7}, "always_valid", P, "score, always-valid, is 10", None),
        (ABOVE, "always_valid", I, "do not settle > 9.5", 1),
        (ABOVE, {"plan": "always_valid", "first": 30}, D, "may be read from 30 units on; 10 are there", 20),
        (ABOVE | {"threshold": 7}, {"plan": "always_valid", "first": 10}, P, "always-valid, is 10", None),
        (BETTER, {"plan": "fixed", "units": 12}, D, "at 12 units; 10 are there", 2),
        (BETTER, PLAN, P, "look 3 of at most 5", None),
        (BETTER, "always_valid", P, "always-valid", None),
        (BETTER | {"pair_by": ["seed"]}, "always_valid", P, "always-valid", None),
        (BETTER | {"metric": "success"}, "always_valid", I, "do not settle > 0", None),
        (BETTER | {"effect": "ratio"}, "always_valid", D, "differences of values and rates only", None),
    ],
)  # fmt: skip
def test_a_plan_says_when_and_how_surely(gate, looks, outcome, words, more):
    (v,) = judged(gate | {"looks": looks}, A, *([B] if gate["kind"] == "comparison" else []))
    assert (v.outcome, words in v.reason) == (outcome, True), v.reason
    assert more is None or v.runs_needed == more
    if "looks" in v.evidence:
        at = np.array([4, 7, 10, 13, 16]) / 16
        assert v.evidence["look_level"] == pytest.approx(nominal_levels(at, 0.05, "obrien_fleming")[2])


def test_what_may_not_be_read_yet_says_nothing_that_could_be_read():
    a, b = (rows(c, np.ones(6), ok=ok + np.arange(6.0), ops=100) for c, ok in (("A", 30), ("B", 60)))
    for looks in ({"plan": "fixed", "units": 20}, PLAN | {"first": 5, "every": 5}):
        (v,) = judged(BETTER | {"metric": "success", "looks": looks}, a, b)
        assert v.outcome is D and v.reason.endswith("6 are there"), v.reason
        assert not [k for k in v.evidence if k.startswith(("p_", "items_", "hedges"))]
    (v,) = judged(BETTER | {"metric": "success"}, a, b)
    assert {"p_value", "items_low", "hedges_g"} <= set(v.evidence) and "items of these runs" in v.reason


def test_looking_often_is_paid_by_wider_bounds():
    lows = [judged(ABOVE | {"looks": looks}, A)[0].low for looks in ("fixed", PLAN, "always_valid")]
    assert lows[0] > lows[1] > lows[2]


def test_rates_at_any_time_are_exact_for_single_items_and_need_equal_ones_otherwise():
    gate = {
        "kind": "threshold",
        "metric": "success",
        "operator": ">",
        "threshold": 0.5,
        "looks": "always_valid",
    }
    (v,) = judged(gate, rows("A", np.ones(40), ok=np.arange(40) > 1))
    assert v.outcome is P and v.method == "always-valid, beta mixture over items"
    (v,) = judged(gate, rows("A", np.ones(60), ok=95, ops=100))
    assert v.outcome is P and v.method == "always-valid, bets over units, values in 0 to 1"
    (v,) = judged(gate, rows("A", np.ones(40), ok=95, ops=np.arange(40) + 100))
    assert v.outcome is D and "different numbers of items" in v.reason


def test_the_experiments_plan_holds_where_a_gate_has_none():
    (v,) = judged(ABOVE, A, looks={"plan": "fixed", "units": 11})
    assert v.outcome is D
    assert judged(ABOVE | {"looks": "fixed"}, A, looks={"plan": "fixed", "units": 11})[0].outcome is P


@pytest.mark.parametrize(
    ("gate", "problem"),
    [
        (ABOVE | {"metric": "p90", "looks": "always_valid"}, "for metrics of kind value and rate"),
        (ABOVE | {"looks": {"plan": "always_valid", "noise": "bounded"}}, "needs 'lower' and 'upper'"),
        ({"kind": "completeness", "looks": {"plan": "fixed", "units": 3}}, "can follow"),
    ],
)
def test_plans_that_a_gate_cannot_follow(gate, problem):
    declared = experiment(gate)
    assert any(problem in p for p in problems_of_gate(declared, declared.gates[0]))


@pytest.mark.parametrize(
    "plan",
    [{"plan": "group_sequential"}, PLAN | {"first": 99}, {"plan": "fixed", "maximum": 9}, {"plan": "often"}],
)
def test_plans_that_are_not_whole(plan):
    with pytest.raises(ValidationError):
        Looks.model_validate(plan)


def family(thresholds, **multiplicity):
    declared = experiment(*[ABOVE | {"threshold": t} for t in thresholds], multiplicity=multiplicity)
    return judge(declared, trials(declared.metric("score"), A), [], data_version="v")


@pytest.mark.parametrize("method", ["holm", "hochberg", "bh", "by", "none"])
def test_adjusted_p_values_and_the_bounds_that_are_shown_decide_alike(method):
    found = family([9.4, 9.5, 9.6, 9.65, 9.7, 9.8], method=method)
    p, told = (np.array([v.evidence[k] for v in found]) for k in ("p_value", "p_adjusted"))
    assert told == pytest.approx(adjusted(p, method))
    assert [v.outcome is P for v in found] == list(told <= 0.05)
    assert [v.outcome is P for v in found] == [v.low > v.threshold[0] for v in found]
    alone = [family([t], method=method)[0] for t in (9.4, 9.5, 9.6, 9.65, 9.7, 9.8)]
    assert sum(v.outcome is P for v in alone) >= sum(v.outcome is P for v in found)
    assert p == pytest.approx([v.evidence["p_value"] for v in alone], rel=2e-3)
    assert all(v.reason.count("(p = ") == 1 for v in found)


def test_a_family_makes_a_single_pass_inconclusive():
    alone, together = family([9.72]), family([9.72] * 6)
    assert alone[0].outcome is P and {v.outcome for v in together} == {I}
    assert "adjusted by Holm over 6" in together[0].reason and together[0].runs_needed > 0
    assert together[0].confidence == pytest.approx(1 - 0.05 / 6)


def test_what_may_not_be_read_stays_in_the_family():
    blocked = ABOVE | {"looks": {"plan": "fixed", "units": 99}}
    declared = experiment(ABOVE | {"threshold": 9.7}, blocked, blocked, multiplicity={})
    found = judge(declared, trials(declared.metric("score"), A), [], data_version="v")
    assert [v.evidence["p_adjusted"] for v in found[1:]] == [1.0, 1.0]
    assert found[0].evidence["p_adjusted"] == pytest.approx(3 * found[0].evidence["p_value"])


def test_a_family_names_gates_that_exist():
    with pytest.raises(ValidationError, match="'multiplicity' names 'nobody'"):
        experiment(ABOVE, multiplicity={"gates": ["nobody"]})
    assert Multiplicity() == Multiplicity(method="holm", level=0.05)
