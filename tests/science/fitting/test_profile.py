"""The profile interval of the floor."""

import numpy as np
import pytest

from scaling_assets.records.experiment import Estimator
from scaling_assets.science.fitting import fit
from tests.science.fitting.cases import planted, problem

LADDER = np.repeat(np.geomspace(1, 300, 8), 6)


@pytest.mark.parametrize("estimator", ["least_squares", "huber"])
def test_profile_covers_the_planted_floor(estimator):
    """150 planted experiments: the nominal 95 % interval holds the floor in 90 to 99 %."""
    laws = fit([planted("power_floor", 0.03, seed, bootstrap=50, estimator=Estimator(name=estimator))
                for seed in range(150)])  # fmt: skip
    ends = [(law.evidence["floor_profile_low"], law.evidence["floor_profile_high"]) for law in laws]
    held = [low <= 1.8 and (high is None or high >= 1.8) for low, high in ends]
    assert sum(high is None for _, high in ends) <= 3
    assert 0.90 <= np.mean(held) <= 0.99
    assert all(law.evidence["floor_profile_low"] <= law.parameter("E").value for law in laws)


def test_without_a_floor_the_profile_reaches_0():
    y = 4 * LADDER**-0.4 * np.exp(0.05 * np.random.default_rng(1).standard_normal(len(LADDER)))
    law = fit([problem(LADDER, y, ("power_floor",), bootstrap=50)])[0]
    assert law.evidence["floor_profile_low"] == 0.0
    assert 0.0 < law.evidence["floor_profile_high"] < y.min()


def test_profile_scales_with_the_unit_of_y():
    one, thousand = (
        fit([problem(LADDER, unit * planted("power_floor", 0.03, 2).y, ("power_floor",), bootstrap=50)])[0]
        for unit in (1.0, 1000.0)
    )
    for name in ("floor_profile_low", "floor_profile_high"):
        assert thousand.evidence[name] == pytest.approx(1000 * one.evidence[name], rel=1e-5)


def test_each_problem_has_its_own_level_beside_others():
    asked = [planted("power_floor", 0.03, 2, bootstrap=50, level=level) for level in (0.95, 0.6)]
    alone = [fit([one])[0].evidence["floor_profile_low"] for one in asked]
    together = [law.evidence["floor_profile_low"] for law in fit(asked)]
    assert together == pytest.approx(alone, rel=1e-6)
    assert alone[0] < alone[1]
