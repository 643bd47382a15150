"""Zero events, budgets, weighted sums, several gates together."""

import numpy as np
import pandas as pd
import pytest

from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates import judge, problems_of_gate
from tests.science.gates.arms import experiment, judged, rows, trials

P, F, I, D = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA  # noqa: E741
ZERO = {"kind": "zero_events", "metric": "events", "below": 0.01}
BUDGET = {"kind": "budget", "metric": "score", "total": 400}
SUM = {"kind": "composite", "weights": {"score": 2, "success": -1}, "operator": ">", "threshold": 19}


@pytest.mark.parametrize(
    ("gate", "frame", "outcome", "words"),
    [
        (ZERO, rows("A", np.ones(30), ok=0, ops=10), P, "proves < 0.01"),  # 3.0 / 300
        (ZERO, rows("A", np.ones(29), ok=0, ops=10), I, "do not settle < 0.01"),
        (ZERO, rows("A", np.ones(30), ok=[0] * 29 + [1], ops=10), F, "1 event(s) in 300, none may be"),
        (ZERO | {"metric": "success"}, rows("A", np.ones(299), ok=0), P, "proves < 0.01"),  # S0-13: 299 clean ones
        (ZERO | {"metric": "success"}, rows("A", np.ones(298), ok=0), I, "do not settle"),
        (ZERO | {"looks": "always_valid", "metric": "success"}, rows("A", np.ones(299), ok=0), I, "do not settle"),
        (ZERO | {"looks": {"plan": "fixed", "units": 99}}, rows("A", np.ones(30), ok=0, ops=10), D, "not to be read"),
        (ZERO | {"looks": {"plan": "fixed", "units": 99}}, rows("A", np.ones(30), ok=1, ops=10), F, "none may be"),
        (ZERO, rows("A", []), D, "no unit has a value"),
    ],
)  # fmt: skip
def test_zero_is_proven_by_watching_long_enough(gate, frame, outcome, words):
    (v,) = judged(gate, frame)
    assert (v.outcome, words in v.reason) == (outcome, True), v.reason


def test_zero_says_how_many_clean_runs_are_missing():
    (v,) = judged(ZERO | {"metric": "success"}, rows("A", np.ones(200), ok=0))
    assert v.runs_needed == 99 and v.evidence == {**v.evidence, "events": 0, "watched": 200}


@pytest.mark.parametrize(
    ("ours", "theirs", "total", "outcome", "words"),
    [
        ([40, 41, 39], [40, 42, 38], 400, P, "with 3 planned run(s) to come"),
        ([40, 41, 39], [40, 42, 38], 350, F, "rules out <= 350"),
        ([40, 41, 39], [40, 42, 38], 361, I, "do not settle <= 361"),
        ([40, 41, 39], [400], 400, F, "520 spent"),
        ([40, 41], [], 400, D, "2 run(s) cannot forecast the 7 that are missing"),
        ([300, 200], [], 400, F, "500 spent"),
        ([40] * 5, [40] * 4, 360, P, "over 9 run(s), 360 spent"),
    ],
)
def test_a_budget_counts_what_was_spent_and_what_is_to_come(ours, theirs, total, outcome, words):
    seeds = list(range(5))
    frames = [rows(c, y) for c, y in (("A", ours), ("B", theirs)) if y]
    planned = {"seeds": seeds[: 5 if len(ours) == 5 else 9], "conditions": ["A", "B"]}
    declared = experiment(
        BUDGET | {"total": total}, **planned, dimensions=[{"name": "size"}], runs_per_cell=1
    )
    if len(ours) < 5:  # nine planned runs: three seeds of A, six of B, as one condition
        declared = declared.model_copy(update={"conditions": (), "seeds": tuple(range(9))})
        frames = [frame.assign(seed=frame["seed"] + 3 * (frame["condition"] == "B")) for frame in frames]
    elif len(theirs) == 4:
        declared = declared.model_copy(update={"conditions": (), "seeds": tuple(range(9))})
        frames[1] = frames[1].assign(seed=frames[1]["seed"] + 5)
    if len(theirs) == 1:
        declared = declared.model_copy(update={"seeds": tuple(range(4))})
    declared = declared.model_copy(update={"metrics": (declared.metric("score"),)})
    (v,) = judge(declared, trials(declared.metric("score"), pd.concat(frames)), [], data_version="v")
    assert (v.outcome, words in v.reason) == (outcome, True), v.reason


def both(frame: pd.DataFrame, gate: dict[str, object], names=("score", "success")):
    declared = experiment(gate)
    return judge(
        declared, pd.concat([trials(declared.metric(n), frame) for n in names]), [], data_version="v"
    )[0]


def test_a_weighted_sum_is_formed_within_each_unit():
    y = np.array([9.0, 9.5, 10.0, 10.5, 11.0])
    frame = rows("A", y, ok=y * 10 - 85, ops=100)
    v = both(frame, SUM)
    assert v.measured == pytest.approx(2 * 10 - 0.15) and v.outcome is I
    assert v.evidence["se"] == pytest.approx((2 - 0.1) * y.std(ddof=1) / 5**0.5)  # they move together
    assert both(frame, SUM | {"threshold": 15}).outcome is P
    lacking = both(frame, SUM, names=("score",))
    assert lacking.outcome is D and "5 unit(s) lack one of the metrics" in lacking.reason


BLOCKERS = (
    {"name": "top1", "kind": "threshold", "metric": "score", "operator": ">", "threshold": 9, "each": ["condition"]},
    {"name": "top3", "kind": "threshold", "metric": "wait_ms", "operator": ">", "threshold": 8, "each": ["condition"]},
    {"name": "ship", "kind": "all_of", "gates": ["top1", "top3"], "contingency": [
        {"gate": "top3", "do": "fall back to A"},
        {"gate": "top1", "outcomes": ["fail", "inconclusive"], "do": "lower the oversampling"}]},
)  # fmt: skip


@pytest.mark.parametrize(
    ("b", "outcome", "words", "action"),
    [
        ([10, 10.1, 9.9], P, "4 of 4 verdicts pass", ""),
        (
            [9, 9.1, 9.2],
            I,
            "3 of 4 verdicts pass; not: top1 at condition = B (inconclusive)",
            "lower the oversampling",
        ),
        ([7, 7.1, 6.9], F, "2 of 4 verdicts pass; not: top3 at condition = B (fail), top1", "fall back to A"),
        ([], D, "2 of 4 verdicts pass", "Add runs: no unit has a value."),
    ],
)
def test_ship_blockers_over_conditions_and_what_to_do_next(b, outcome, words, action):
    first = BLOCKERS[::-1]  # declared first, judged last
    declared = experiment(*first)
    frame = pd.concat([rows("A", [10, 10.1, 9.9]), rows("B", b)])
    found = judge(declared, pd.concat([trials(declared.metric(n), frame) for n in ("score", "wait_ms")]), [],
                  data_version="v")  # fmt: skip
    assert [v.gate for v in found] == ["ship", "top3", "top3", "top1", "top1"]
    assert (found[0].outcome, words in found[0].reason, found[0].remedy) == (outcome, True, action), found[
        0
    ].reason


@pytest.mark.parametrize(
    ("gate", "problem"),
    [
        (ZERO | {"metric": "score"}, "only rates and counts have events"), (ZERO | {"metric": "x"}, "not declared"),
        (BUDGET | {"metric": "success"}, "a budget adds up values"), (BUDGET | {"each": ["seed"]}, "one total"),
        (SUM | {"weights": {"score": 1, "nothing": 1}}, "'weights' names 'nothing'"),
        ({"kind": "all_of", "gates": ["nobody"]}, "'gates' names 'nobody'"),
        ({"kind": "all_of", "gates": ["g0"]}, "of kind all_of too"),
    ],
)  # fmt: skip
def test_declarations_that_make_no_sense(gate, problem):
    declared = experiment(gate)
    assert any(problem in p for p in problems_of_gate(declared, declared.gates[0]))


REACH = {
    "kind": "convergence",
    "time": "score",
    "reached": "success",
    "by": 50,
    "operator": ">",
    "threshold": 0.7,
}


@pytest.mark.parametrize(
    ("times", "reached", "outcome", "words"),
    [
        (np.arange(20, 44), np.ones(24), P, "proves > 0.7"),
        (
            np.append(np.arange(20, 43), 60),
            [1, 0] * 12,
            I,
            "do not settle > 0.7",
        ),  # stopped early, not failed
        (np.full(24, 60), np.zeros(24), F, "rules out > 0.7"),
        (np.arange(20, 44), np.zeros(24), D, "no run was watched up to 50"),
        (np.arange(20, 44), [0.5] * 24, D, "24 unit(s) have no single time"),
        ([], [], D, "no run has a time"),
    ],
)
def test_runs_that_never_converge_stay_in(times, reached, outcome, words):
    v = both(rows("A", times, ok=reached), REACH)
    assert (v.outcome, words in v.reason) == (outcome, True), v.reason


def test_distributions_are_the_same_up_to_a_distance():
    gate = {"kind": "distribution", "metric": "score", "treatment": "B", "at_most": 0.3}
    rng = np.random.default_rng(0)
    a, b, far = (rows(c, rng.normal(m, 1, 400)) for c, m in (("A", 0), ("B", 0), ("B", 2)))
    assert [judged(gate, a, arm)[0].outcome for arm in (b, far, b.iloc[:20])] == [P, F, I]
    (v,) = judged(gate, a)
    assert v.outcome is D and "condition = B has no run" in v.reason


def test_items_that_flip_are_counted():
    ours, theirs = np.array([1, 1, 1, 1, 0, 1, 1, 0]), np.array([0, 0, 1, 0, 1, 0, 0, 0])
    gate = {"kind": "comparison", "metric": "success", "treatment": "B", "pair_by": ["seed"], "test": "exact"}
    (v,) = judged(gate, rows("A", np.ones(8), ok=theirs), rows("B", np.ones(8), ok=ours))
    assert (v.evidence["flips_won"], v.evidence["flips_lost"]) == (5, 1)
    assert v.evidence["p_value"] == pytest.approx(7 / 64)  # exact McNemar: at least 5 of 6 flips
