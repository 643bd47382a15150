"""The average of a question's laws: one more law, stored and predicted from like any other."""

from dataclasses import replace

import numpy as np
import pytest

from scaling_assets.records.experiment import Estimator
from scaling_assets.science.fitting import curve, draw_curves, fit, point_curve, predict
from scaling_assets.science.fitting.mixture import is_average_of, members
from scaling_assets.science.fitting.over_laws import new_run_of
from tests.science.fitting.cases import planted, problem

LADDER = np.repeat(np.geomspace(1, 256, 9), 3)
PAIR = ("power", "shifted_power", "power_floor")


def noisy(seed, floor=0.02):
    y = floor + 4 * LADDER**-0.4
    return y * np.exp(0.05 * np.random.default_rng(seed).standard_normal(len(y)))


@pytest.fixture(scope="module")
def laws():
    """A floor so small that back-tests cannot tell the laws apart."""
    for seed in range(20):
        found = fit([problem(LADDER, noisy(seed), PAIR, bootstrap=200)])
        if found[-1].is_average:
            return found
    raise AssertionError("no average in 20 repetitions")


def test_weights_add_up_and_members_are_the_laws(laws):
    average = laws[-1]
    of = members(average)
    assert sum(m.weight for m in of) == pytest.approx(1.0)
    fitted = {law.family: law for law in laws[:-1]}
    for member in of:
        own = np.array([p.value for p in fitted[member.family.name].parameters])
        mine = np.array([p.value for p in average.parameters])[member.columns]
        np.testing.assert_array_equal(own, mine)
    assert all(name in average.reason for name in (m.family.name for m in of))
    assert [p.name for p in average.headline] == [f"{m.family.name}.weight" for m in of]


def test_the_curve_lies_between_its_members_and_so_do_its_draws(laws):
    average, x = laws[-1], np.array([[5.0], [300.0]])
    fitted = [law for law in laws[:-1] if law.family in {m.family.name for m in members(average)}]
    of = np.stack([point_curve(law, x) for law in fitted])
    assert (of.min(axis=0) <= point_curve(average, x)).all()
    assert (point_curve(average, x) <= of.max(axis=0)).all()
    assert draw_curves(average, x).shape == (len(average.draws), 2)


def test_an_interval_over_laws_holds_more_than_one_law_knows(laws):
    average, x = laws[-1], np.array([[300.0]])
    run = new_run_of(average, x)
    assert run.variance[0] == pytest.approx(
        (run.parameter + run.noise + run.dispersion + run.backtest)[0], rel=1e-12
    )
    value, low, high = curve(average, x, kind="new_run_over_laws")
    _, mean_low, mean_high = curve(average, x, kind="mean_curve")
    assert low[0] < mean_low[0] < value[0] < mean_high[0] < high[0]
    told = predict(average, {"n": 300.0})
    assert (told.kind, told.value) == ("new_run_over_laws", pytest.approx(value[0]))
    assert "dispersion of laws" in told.method


def test_a_declared_family_has_no_average_and_one_law_neither():
    assert not any(
        law.is_average for law in fit([problem(LADDER, noisy(0), PAIR, declared="power", bootstrap=50)])
    )
    assert not any(law.is_average for law in fit([problem(LADDER, noisy(0), ("power",), bootstrap=50)]))


def test_the_average_belongs_to_its_question_and_group(laws):
    average, law = laws[-1], laws[0]
    assert is_average_of(average, law)
    assert not is_average_of(law, law)
    assert not is_average_of(average, replace(law, group={"site": "b"}))
    assert not is_average_of(average, replace(law, question="another"))


@pytest.mark.parametrize(("by_x", "by_y"), [(1e6, 1.0), (1.0, 1e-6), (1e-3, 1e3)])
def test_units_change_nothing(laws, by_x, by_y):
    seed = next(s for s in range(20) if fit([problem(LADDER, noisy(s), PAIR, bootstrap=50)])[-1].is_average)
    plain = fit([problem(LADDER, noisy(seed), PAIR, bootstrap=50)])[-1]
    moved = fit([problem(LADDER * by_x, noisy(seed) * by_y, PAIR, bootstrap=50)])[-1]
    assert [m.weight for m in members(moved)] == pytest.approx([m.weight for m in members(plain)], rel=1e-5)
    here, there = predict(plain, {"n": 400.0}), predict(moved, {"n": 400.0 * by_x})
    np.testing.assert_allclose(
        [there.value, there.low, there.high], by_y * np.array([here.value, here.low, here.high]), rtol=1e-4
    )


@pytest.mark.slow
def test_new_runs_over_laws_are_covered_where_the_wrong_law_may_lead():
    """Truth with a floor among six families, 100 experiments: the leader's interval alone held .87."""
    families = ("constant", "linear", "logarithmic", "power", "power_floor", "usl")
    asked = [
        replace(planted("power_floor", 0.05, 1000 + i, replicates=3, families=families, bootstrap=200,
                        estimator=Estimator()), experiment=f"e{i}")
        for i in range(100)
    ]  # fmt: skip
    laws, x = fit(asked), np.array([[600.0]])
    truth = 1.8 + 4.0 * 600.0**-0.4
    runs = truth * np.exp(0.05 * np.random.default_rng(7).standard_normal(200))
    held = []
    for name in {law.experiment for law in laws}:
        mine = [law for law in laws if law.experiment == name]
        chosen = next((law for law in mine if law.is_average), None) or next(
            (law for law in mine if law.is_leading), None
        )
        if chosen is not None:
            _, low, high = curve(chosen, x, kind="new_run_over_laws")
            held.append(np.mean((runs >= low[0]) & (runs <= high[0])))
    assert 0.92 <= np.mean(held) <= 0.98


def test_absolute_residuals_whose_squares_are_no_numbers_have_the_same_intervals():
    x = np.geomspace(1.0, 256.0, 20)
    y = 5.0 + 2.0 * x**0.3 + np.random.default_rng(0).normal(size=len(x))
    seen = []
    for unit in (1.0, 2.0**660, 2.0**-660):
        found = fit(
            [problem(x, y * unit, ("power", "logarithmic", "linear"), residuals="identity", bootstrap=50)]
        )
        assert found[-1].is_average
        ends = [
            predict(law, {"n": 400.0}, kind=kind)
            for law in found
            for kind in ("new_run", "new_run_over_laws")
        ]
        seen.append([(end.value / unit, end.low / unit, end.high / unit) for end in ends])
    np.testing.assert_allclose(seen[1:], [seen[0]] * 2, rtol=1e-6)
