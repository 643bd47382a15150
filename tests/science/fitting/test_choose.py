"""Which law leads, and what it says about that."""

import time
from dataclasses import replace

import numpy as np
import pytest

from scaling_assets.records.law import LawStatus
from scaling_assets.science.fitting import fit
from scaling_assets.science.fitting.backtest import BackTest
from scaling_assets.science.fitting.choose import with_leader
from scaling_assets.science.fitting.evidence import small_sample_criterion
from scaling_assets.science.laws import FAMILIES
from tests.science.fitting.cases import planted, problem

ALL = ("constant", "linear", "logarithmic", "power", "power_floor", "usl")


def leader(laws):
    (found,) = [law for law in laws if law.is_leading]
    assert all(law.leading_reason == "" for law in laws if not law.is_leading)
    return found


@pytest.mark.parametrize("truth", ["linear", "logarithmic", "power", "power_floor", "usl"])
def test_the_planted_law_leads(truth):
    law = leader(fit([planted(truth, 0.03, families=ALL, bootstrap=50)]))
    assert law.family == truth
    assert "back-test error" in law.leading_reason
    assert law.evidence["backtest_error"] < 0.06


def test_without_an_effect_the_constant_leads_because_nothing_separates():
    law = leader(fit([planted("constant", 0.05, families=ALL, bootstrap=50)]))
    assert law.family == "constant"
    assert law.leading_reason.startswith("cannot separate from ")
    assert "constant has the fewest parameters" in law.leading_reason


def test_the_declared_law_leads_whatever_back_tests_say():
    law = leader(fit([planted("power", 0.03, families=("power", "linear"), declared="linear", bootstrap=50)]))
    assert law.family == "linear"
    assert law.leading_reason.startswith("declared; misses the cells by more than their own noise")


def test_a_declared_law_that_is_not_usable_leaves_the_question_without_a_leader():
    asked = planted("power", 0.03, families=("power", "power_floor"), declared="power_floor", bootstrap=50)
    power, floor = fit([asked])
    assert power.is_usable
    assert (power.is_leading, power.leading_reason) == (False, "")
    assert (floor.is_usable, floor.is_leading) == (False, False)
    assert floor.leading_reason == "declared, but not usable: nothing leads in its place"


def test_few_points_are_compared_by_a_criterion_that_every_law_has():
    """Nine and seven points without replicates: the curve with a floor is seen, and the reason says how."""
    x = np.geomspace(1, 100, 9)
    y = (1.0 + 3.0 * x**-0.6) * np.exp(0.01 * np.random.default_rng(0).standard_normal(9))
    for n in (9, 7):
        law = leader(fit([problem(x[:n], y[:n], ("power", "power_floor"))]))
        assert law.family == "power_floor"
        assert law.leading_reason.startswith(
            f"too few points for a back-test ({n} points are fewer than 4 a parameter of power_floor): lowest AICc"
        )


def test_three_scales_do_not_let_the_simplest_law_win_by_default():
    """Two runs at each of three sizes: six points carry one parameter by the rule of four, and a power law."""
    rng = np.random.default_rng(3)
    x = np.repeat([1.0, 10.0, 100.0], 2)
    y = 1.05 * x**0.35 * np.exp(0.05 * rng.standard_normal(6))
    law = leader(fit([problem(x, y, ("power", "linear", "logarithmic", "constant"))]))
    assert law.family == "power"
    assert law.leading_reason.startswith("too few scales for a back-test: lowest AICc ")
    assert "next is logarithmic with" in law.leading_reason


@pytest.mark.parametrize("scales", [3, 4, 5, 7])
@pytest.mark.parametrize("truth", ALL)
def test_the_planted_law_leads_in_most_repetitions(truth, scales):
    if FAMILIES[truth].min_scales > scales:
        law = fit([planted(truth, 0.03, scales=scales, replicates=3, bootstrap=50)])[0]
        assert law.status is LawStatus.UNDERDETERMINED
        return
    found = [
        leader(
            fit([planted(truth, 0.03, seed, scales=scales, replicates=3, families=ALL, bootstrap=50)])
        ).family
        for seed in range(6)
    ]
    assert found.count(truth) >= 4, found


def test_criterion_is_the_published_formula():
    """RSS / n = 0.04, n = 10, two parameters and the variance: 10 ln .04 + 6 + 24 / 6 (Hurvich & Tsai 1989)."""
    found = small_sample_criterion(np.array([0.04, 0.04, 0.0]), np.array([10, 4, 10]), 2, np.full(3, 1e-9))
    np.testing.assert_allclose(found, [10 * np.log(0.04) + 6 + 4, np.nan, 10 * np.log(1e-18) + 10])


def test_families_are_scored_on_the_same_origins():
    laws = fit([planted("power", 0.03, families=ALL, bootstrap=50)])
    usable = [law for law in laws if law.evidence.get("backtest_error") is not None]
    assert len({law.evidence["backtest_origins"] for law in usable}) == 1
    assert len({law.evidence["backtest_ratio"] for law in usable}) == 1
    assert usable[0].evidence["backtest_ratio"] >= 2.0


def test_nobody_leads_when_nothing_is_usable():
    laws = fit([problem([1, 2], [1.0, 2.0], ("power", "linear"))])
    assert not any(law.is_leading for law in laws)


def test_a_constant_does_not_lead_because_two_scales_are_too_few_for_anything_else():
    x, y = np.repeat([1.0, 100.0], 5), np.repeat([1.0, 5.0], 5) * (1 + 0.01 * np.arange(10))
    laws = fit([problem(x, y, ("constant", "power"))])
    assert [law.status.value for law in laws] == ["converged", "underdetermined"]
    assert not any(law.is_leading for law in laws)
    assert leader(fit([problem(x, y, ("constant",))])).leading_reason == "the only usable law"


def test_a_law_that_predicts_nothing_at_larger_scales_does_not_stop_the_others():
    """A line through the falling part goes below 0 where the rest was held out."""
    x = np.repeat([1.0, 2, 3, 4, 5, 6, 12, 24], 4)
    y = 10.0 * x**-1.5 * np.exp(0.02 * np.random.default_rng(1).standard_normal(32))
    law = leader(fit([problem(x, y, ("power", "linear", "constant"))]))
    assert law.family == "power"
    assert law.leading_reason.startswith(
        "the only law that does not miss the cells by more than their own noise"
    )
    assert law.leading_reason.endswith("; linear, constant set aside for lack of fit")


@pytest.mark.parametrize("status", [LawStatus.UNDERDETERMINED, LawStatus.FAILED])
def test_a_constant_does_not_lead_because_the_other_fits_failed(status):
    constant, power, *_ = fit([planted("constant", 0.05, families=("constant", "power"), bootstrap=50)])
    failed = replace(power, status=status, reason="no start reached a stationary point")
    assert not any(law.is_leading for law in with_leader([constant, failed], None, {}))
    unclear = replace(power, status=LawStatus.NOT_IDENTIFIED)
    assert leader(with_leader([constant, unclear], None, {})).family == "constant"


def test_one_wild_run_does_not_pick_the_law():
    """The last of three runs at the largest scale is a thousand times too slow, in 10 repetitions."""
    x = np.repeat(np.round(np.geomspace(1, 128, 8)), 3)
    found = []
    for seed in range(10):
        y = 2 * x**0.5 * np.exp(0.05 * np.random.default_rng(seed).standard_normal(24))
        y[-1] *= 1000
        found.append(leader(fit([problem(x, y, ALL, bootstrap=50)])).family)
    assert found.count("power") >= 7, found


def test_fewest_parameters_are_claimed_only_where_they_are():
    tests = {
        name: BackTest(
            np.array([0.1, -0.1, 0.1]) * scale, np.full(3, 3), 3, 2.0, np.full(3, 2.0), np.arange(3)
        )
        for name, scale in (("linear", 1.0), ("power", 1.01), ("power_floor", 1.02))
    }
    asked = planted("power", 0.05, families=("linear", "power", "power_floor"), bootstrap=50)
    power = next(law for law in fit([asked]) if law.family == "power")
    alike = [
        replace(power, family=name, n_points=100, evidence={}, parameters=power.parameters[:1] * count)
        for name, count in (("linear", 2), ("power", 2), ("power_floor", 3))
    ]
    assert (
        "linear is lowest of those with 2 parameters ("
        in leader(with_leader(alike, None, tests)).leading_reason
    )
    assert "linear is lowest (" in leader(with_leader(alike[:2], None, tests)).leading_reason
    assert "linear has the fewest parameters (" in leader(with_leader(alike[::2], None, tests)).leading_reason


def test_progress_counts_every_fit():
    seen = []
    fit([planted("power", 0.05, families=("power", "linear"))], progress=lambda *call: seen.append(call))
    assert seen[0] == (0, 2, "demo: latency_by_n: power")
    assert seen[-1] == (2, 2, "fitted")


def test_an_experiment_takes_little_time():
    """60 trials, 4 families, 400 bootstraps: under 2 s of one core."""
    families = ("linear", "logarithmic", "power", "power_floor")
    asked = planted("power_floor", 0.05, scales=10, replicates=6, families=families, bootstrap=400)
    start = time.process_time()
    fit([asked])
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize("y", [[5, 4, 3.5, 3.2, 3.1], [10, 8, 7, 5, 4.5], [1, 2, 2.8, 4.3, 5]])
def test_five_points_with_an_obvious_slope_are_no_constant(y):
    law = leader(fit([problem([1.0, 2, 4, 8, 16], y, ("constant", "power", "linear"), bootstrap=50)]))
    assert law.family in ("power", "linear")
    assert "an F test finds an effect" in law.leading_reason


def test_five_points_without_a_slope_are_a_constant_in_most_repetitions():
    asked = [
        problem([1.0, 2, 4, 8, 16], np.exp(0.05 * np.random.default_rng(seed).standard_normal(5)),
                ("constant", "power", "linear"), bootstrap=50)
        for seed in range(60)
    ]  # fmt: skip
    assert sum(law.is_leading and law.family == "constant" for law in fit(asked)) >= 50


@pytest.mark.parametrize("unit", [1e9, 1e-12])
def test_the_leader_does_not_depend_on_the_unit_of_absolute_residuals(unit):
    x = np.geomspace(1.0, 200.0, 24)
    y = 2.0 + 9.0 * x**-0.8 + 0.02 * np.random.default_rng(0).normal(size=len(x))
    leaders = [
        [law.family for law in fit([asked]) if law.is_leading]
        for asked in (
            problem(x, value, ("power", "power_floor"), residuals="identity") for value in (y, unit * y)
        )
    ]
    assert leaders == [["power_floor"], ["power_floor"]]
