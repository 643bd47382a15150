"""Which law leads, and what it says about that."""

import time

import numpy as np
import pytest

from scaling_assets.science.fitting import fit
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
    assert (law.family, law.leading_reason) == ("linear", "declared")


def test_a_declared_law_that_is_not_usable_does_not_lead():
    asked = planted("power", 0.03, families=("power", "power_floor"), declared="power_floor", bootstrap=50)
    law = leader(fit([asked]))
    assert law.family == "power"
    assert law.leading_reason == "the declared power_floor law is not usable; the only usable law"


def test_few_points_allow_few_parameters():
    """Nine points carry two parameters, not three; with seven the simplest law leads and says so."""
    x = np.geomspace(1, 100, 9)
    y = 1.0 + 3.0 * x**-0.6
    law = leader(fit([problem(x, y, ("power", "power_floor"))]))
    assert (law.family, law.leading_reason.split(" (")[0]) == ("power", "the only law with a back-test")
    law = leader(fit([problem(x[:7], y[:7], ("power_floor", "power"))]))
    assert law.family == "power"
    assert law.leading_reason == "7 points are fewer than 4 a parameter for every law; the simplest leads"


def test_families_are_scored_on_the_same_origins():
    laws = fit([planted("power", 0.03, families=ALL, bootstrap=50)])
    usable = [law for law in laws if law.evidence.get("backtest_error") is not None]
    assert len({law.evidence["backtest_origins"] for law in usable}) == 1
    assert len({law.evidence["backtest_ratio"] for law in usable}) == 1
    assert usable[0].evidence["backtest_ratio"] >= 2.0


def test_nobody_leads_when_nothing_is_usable():
    laws = fit([problem([1, 2], [1.0, 2.0], ("power", "linear"))])
    assert not any(law.is_leading for law in laws)


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
