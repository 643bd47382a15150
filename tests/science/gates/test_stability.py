"""Spread over units: known bounds, one good case, then one thing spoiled at a time."""

import numpy as np
import pytest
from scipy import stats

from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates import problems_of_gate
from scaling_assets.science.testing.spread import standard_deviation
from tests.science.gates.arms import experiment, judged, rows

P, F, I, D = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA  # noqa: E741
CALM = {"kind": "stability", "metric": "score", "operator": "<", "threshold": 2.0, "each": ["condition"]}
Y = 10 + np.array([-1.2, -0.7, -0.3, 0.1, 0.2, 0.5, 0.6, 0.8, -0.9, 0.9])


def only(gate, *frames):
    return judged(gate, *frames, conditions=["A"], control_condition="A")


def test_bounds_are_those_of_the_chi_square_table():
    """n = 10: 9 s^2 / 16.919 and 9 s^2 / 3.3251 (printed tables, 5 % and 95 % points of chi-square with 9 degrees)."""
    found = standard_deviation(Y)
    low, high = found.bounds(0.05, 1.0)
    assert (9 * found.value**2 / low**2, 9 * found.value**2 / high**2) == (
        pytest.approx(16.919, abs=5e-4), pytest.approx(3.3251, abs=5e-5),
    )  # fmt: skip
    assert standard_deviation(Y[:3]).bounds(0.05, 1.0)[1] == pytest.approx(
        4.415 * Y[:3].std(ddof=1), rel=1e-3
    )


@pytest.mark.parametrize(
    ("gate", "frame", "outcome", "words"),
    [
        (CALM, rows("A", Y), P, "the spread of score over 10 unit(s) at condition = A is"),
        (CALM | {"threshold": 0.3}, rows("A", Y), F, "rules out < 0.3"),
        (CALM | {"threshold": 1.0}, rows("A", Y), I, "do not settle < 1"),
        (
            CALM | {"threshold": 1.5},
            rows("A", Y[:3]),
            I,
            "do not settle",
        ),  # three seeds leave 4.4 times their spread
        (CALM, rows("A", Y[:1]), D, "1 unit(s) show no spread"),
        (CALM, rows("A", [10.0] * 5), D, "all 5 units have the same value"),
        (CALM | {"relative": True, "threshold": 0.2}, rows("A", Y), P, "relative spread"),
        (CALM | {"relative": True, "threshold": 0.2}, rows("A", Y - 10), D, "no relative spread"),
        (CALM | {"operator": "within", "threshold": [0.3, 2.0]}, rows("A", Y), P, "prove within"),
    ],
)
def test_spread_against_a_limit(gate, frame, outcome, words):
    (v,) = only(gate, frame)
    assert (v.outcome, words in v.reason) == (outcome, True), v.reason
    assert (v.remedy == "") == (outcome is P)


def test_the_units_needed_settle_it_and_seeds_are_shown():
    (v,) = only(CALM | {"threshold": 1.0}, rows("A", Y))
    times = -(-(10 + v.runs_needed) // 10)
    more = np.concatenate([Y] * times)
    assert (v.evidence["min"], v.evidence["max"]) == (8.8, 10.9)
    again = only(CALM | {"threshold": 1.0}, rows("A", 10 + (more - 10) * Y.std(ddof=1) / more.std(ddof=1)))
    assert again[0].outcome is P


def test_a_rate_says_what_its_items_alone_would_make_of_it():
    (v,) = only(
        CALM | {"metric": "success", "threshold": 0.3}, rows("A", Y, ok=[30, 34, 28, 32, 29] * 2, ops=100)
    )
    values = np.array([30, 34, 28, 32, 29] * 2) / 100
    assert v.evidence["sd_of_items"] == pytest.approx(np.sqrt(np.mean(values * (1 - values) / 100)))
    assert v.measured == pytest.approx(values.std(ddof=1)) and v.outcome is P


def test_a_spread_exactly_on_the_limit_passes_no_more_often_than_stated():
    x = np.random.default_rng(6).normal(size=(4_000, 5))
    high = x.std(axis=1, ddof=1) * np.sqrt(4 / stats.chi2.ppf(0.05, 4))
    assert standard_deviation(x[0]).bounds(0.05, 1.0)[1] == pytest.approx(high[0])
    assert (high < 1.0).mean() == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 4_000))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metric": "p90"}, "is of kind quantile"),
        ({"metric": "none"}, "not declared"),
        ({"each": ["seed"]}, "a seed alone"),
    ],
)
def test_what_a_declaration_gets_wrong(change, words):
    declared = experiment(CALM | change)
    assert words in "; ".join(problems_of_gate(declared, declared.gates[0]))
