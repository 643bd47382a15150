"""New runs against former ones: what changed is named, and a bet on luck does not win."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate

from benchmarks.new_runs import Series, flagged_at, power_law
from scaling_assets.records.look import Evidence
from scaling_assets.records.question import LawQuestion
from scaling_assets.science.comparing.shift import Inputs, asked, look, loudest, martingale, wealth
from scaling_assets.science.fitting import Problem


@pytest.mark.parametrize(
    ("n", "s"), [(1, 0.01), (1, 9.2), (3, 4.0), (3, 4.1), (40, 12.0), (40, 90.0), (400, 20.0)]
)
def test_the_martingale_is_the_integral_over_all_power_bets(n, s):
    wanted = integrate.quad(lambda e: e**n * np.exp((1 - e) * s), 0, 1, epsabs=0, epsrel=1e-10, limit=500)[0]
    assert martingale(Evidence(n, -s)) == pytest.approx(wanted, rel=1e-8)
    assert martingale(Evidence()) == 1.0


def test_a_bet_on_uniform_p_values_gains_nothing_on_average():
    p = (np.arange(2_000) + 0.5) / 2_000
    # The mean is 1; an eighth of it, 1 / ln 4,000, lies below the smallest of these.
    assert np.mean([martingale(Evidence(1, np.log(one))) for one in p]) == pytest.approx(
        1 - 1 / np.log(4_000), abs=0.02
    )


def runs(n=48, *, shift=0.0, bend=0.0, noise=1.0, place="both", seed=1):
    """Half of the runs are new; a problem, its law, which are new, and what they had."""
    rng = np.random.default_rng(seed)
    is_new = np.arange(n) >= n // 2
    x = np.geomspace(10, 1000, 6)[np.arange(n) % 6]
    y = (x / 100) ** (0.35 + bend * is_new) * np.exp(
        shift * is_new + 0.03 * rng.normal(size=n) * (1 + (noise - 1) * is_new)
    )
    question = LawQuestion(metric="y", by=("x",), families=("power",))
    problem = Problem("lab", question, x[:, None], y, np.array([f"{i:03}" for i in range(n)], dtype=object))
    places = np.where(is_new & (place == "barn"), "barn", np.where(np.arange(n) % 2, "attic", "barn"))
    return power_law(problem), problem, is_new, Inputs({"x": x}, {"place": places})


@pytest.mark.parametrize(
    ("change", "test", "words"),
    [
        ({"shift": 0.05}, "level", "above"),
        ({"shift": -0.05}, "level", "below"),
        ({"bend": 0.08}, "slope", "bend away"),
        ({"noise": 4.0}, "spread", "scatter more"),
        ({"place": "barn"}, "context", "another mix of place"),
    ],
)
def test_what_changed_is_named(change, test, words):
    found = look(*runs(**change), {})
    assert max(found, key=lambda name: martingale(found[name])) == test
    assert found[test].p_value < 1e-3 and words in loudest(found)[0]


def test_evidence_adds_up_over_landings_and_unasked_tests_stay_even():
    law, problem, is_new, inputs = runs(shift=0.03)
    once = look(law, problem, is_new, inputs, {})
    twice = look(law, problem, is_new, inputs, once)
    assert twice["level"].n_looks == 2 and wealth(twice.values()) > wealth(once.values()) > 1
    alone = np.arange(len(is_new)) == 0  # one new run tells neither a slope nor a spread
    single = look(law, problem, alone, Inputs({}, {}), {})
    assert set(single) == set(asked(Inputs({}, {}))) and single["slope"] == single["spread"] == Evidence()
    assert look(law, problem, np.zeros(len(is_new), bool), inputs, once) == once


def test_values_that_the_scale_cannot_take_leave_the_inputs():
    law, problem, is_new, inputs = runs(place="barn")
    broken = replace(problem, y=np.where(np.arange(len(problem.y)) == 3, -1.0, problem.y))
    found = look(law, broken, is_new, inputs, {})
    assert found["level"] == Evidence() and found["context"].p_value < 1e-3


def test_a_law_without_draws_and_an_axis_with_zero_are_taken_as_they_are():
    law, problem, is_new, inputs = runs(shift=0.05)
    bare = look(replace(law, draws=np.empty((0, 2))), problem, is_new, inputs, {})
    assert bare["level"].p_value < 1e-3
    still = replace(law, draws=np.repeat(law.draws[:1], 50, axis=0))  # no parameter is free to move
    assert look(still, problem, is_new, inputs, {}) == bare
    with_zero = replace(problem, x=np.where(problem.x == 10, 0.0, problem.x))
    assert (
        look(law, with_zero, is_new, inputs, {})["level"] == Evidence()
    )  # a power law gives no residual at 0


@pytest.mark.slow
def test_a_series_without_change_is_flagged_no_more_often_than_stated_and_a_shift_is_found():
    rng = np.random.default_rng(7)
    assert sum(flagged_at(Series(18, 6, 15), rng) is not None for _ in range(60)) <= 8  # 3 at most expected
    found = [flagged_at(Series(30, 18, 6, change="level", size=0.05), rng) for _ in range(20)]
    assert sum(k is not None and k <= 5 for k in found) >= 18
