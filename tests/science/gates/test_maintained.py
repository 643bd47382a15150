"""A metric against its certified value: known bounds, one good case, then one thing spoiled at a time."""

from math import hypot, sqrt

import numpy as np
import pytest
from scipy import stats

from scaling_assets.errors import DeclarationProblem
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates import problems_of_gate
from tests.science.gates.arms import experiment, judged, rows

P, F, I, D = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA  # noqa: E741
V3 = {"name": "v3.1", "certified_by": "team:search", "value": 10.2, "standard_error": 0.0}
KEPT = {"kind": "maintained", "metric": "score", "margin": 1.0, "baseline": V3}
Y = 10 + np.array([-1.2, -0.7, -0.3, 0.1, 0.2, 0.5, 0.6, 0.8, -0.9, 0.9])


def only(gate, *frames):
    return judged(gate, *frames, conditions=["A"], control_condition="A")


def test_an_exact_baseline_leaves_the_one_sample_t_bound():
    (found,) = only(KEPT, rows("A", Y))
    reach = stats.t.ppf(0.95, 9) * Y.std(ddof=1) / sqrt(10)
    assert (found.low, found.high) == (
        pytest.approx(Y.mean() - 10.2 - reach),
        pytest.approx(Y.mean() - 10.2 + reach),
    )
    assert found.outcome is P and found.reason.endswith("(now 10, then 10.2)") and "MOVER" in found.method


def test_what_the_baseline_does_not_know_adds_up_like_the_sides_of_a_triangle():
    """An interval of level .90 has one-sided 95 % bounds at its ends: .3 below the value and .6 above it."""
    unsure = {"name": "v3.1", "value": 10.2, "low": 9.9, "high": 10.8, "level": 0.90}
    (found,) = only(KEPT | {"baseline": unsure}, rows("A", Y))
    reach = stats.t.ppf(0.95, 9) * Y.std(ddof=1) / sqrt(10)
    change = Y.mean() - 10.2
    assert found.low == pytest.approx(change - hypot(reach, 0.6))
    assert found.high == pytest.approx(change + hypot(reach, 0.3))


@pytest.mark.parametrize(
    ("gate", "frame", "outcome", "words"),
    [
        (KEPT, rows("A", Y), P, "the change of score since v3.1 is"),
        (KEPT, rows("A", Y - 3), F, "rules out > -1"),
        (KEPT | {"margin": 0.3}, rows("A", Y), I, "do not settle > -0.3"),
        (KEPT, rows("A", Y[:1]), D, "1 unit(s)"),
        (KEPT | {"metric": "wait_ms"}, rows("A", Y + 3), F, "rules out < 1"),
        (KEPT | {"metric": "wait_ms"}, rows("A", Y), P, "proves < 1"),
    ],
)  # fmt: skip
def test_one_thing_spoiled_gives_this_outcome(gate, frame, outcome, words):
    (found,) = only(gate, frame)
    assert found.outcome is outcome and words in found.reason, found.reason


def test_the_runs_that_it_asks_for_settle_it():
    (found,) = only(KEPT | {"margin": 0.5}, rows("A", Y))
    assert found.outcome is I and found.runs_needed is not None
    many = np.tile(Y, 1 + (found.runs_needed + 9) // 10)
    assert only(KEPT | {"margin": 0.5}, rows("A", many))[0].outcome is P


def test_false_passes_at_the_margin_are_those_that_are_declared():
    """Both values vary: certified from 8 runs, looked at with 8, truth exactly one margin worse; 2,000 repetitions."""
    rng = np.random.default_rng(5)
    then = rng.normal(10.0, 1.0, (2000, 8))
    now = rng.normal(9.0, 1.0, (2000, 8))
    error = then.std(axis=1, ddof=1) / sqrt(8)
    width = stats.t.ppf(0.95, 7) * error
    passed = 0
    for certified, reach, y in zip(then.mean(axis=1), width, now, strict=True):
        baseline = {
            "name": "v",
            "value": certified,
            "low": certified - reach,
            "high": certified + reach,
            "level": 0.9,
        }
        mean, own = y.mean(), stats.t.ppf(0.95, 7) * y.std(ddof=1) / sqrt(8)
        passed += mean - certified - hypot(own, reach) > -1.0
        if passed == 1:  # the gate says the same
            (found,) = only(KEPT | {"baseline": baseline}, rows("A", y))
            assert found.low == pytest.approx(mean - certified - hypot(own, reach))
    assert passed / 2000 <= 0.05 + 3 * sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"margin": -1}, "margin"),
        ({"baseline": {"name": "v", "value": 1.0}}, "standard_error"),
        ({"baseline": {"value": 1.0, "standard_error": 0}}, "name"),
    ],
)  # fmt: skip
def test_what_a_declaration_gets_wrong_is_told(changed, words):
    made = experiment(KEPT | changed, conditions=["A"], control_condition="A")
    with pytest.raises(DeclarationProblem, match=words):
        problems_of_gate(made, made.gates[0])


def test_a_metric_that_is_not_declared_is_named():
    made = experiment(KEPT | {"metric": "scores"}, conditions=["A"], control_condition="A")
    assert problems_of_gate(made, made.gates[0]) == ["'metric' names 'scores', which is not declared"]
