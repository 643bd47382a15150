"""Runs that never got there, and whole distributions."""

import numpy as np
import pytest
from scipy import stats

from scaling_assets.science.testing.distributions import largest_distance
from scaling_assets.science.testing.proportions import clopper_pearson
from scaling_assets.science.testing.survival import reached_by

# Freireich et al. 1963: weeks of remission under 6-MP, censored where False; S(10) = .753, S(22) = .538 in textbooks.
WEEKS = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=float)
RELAPSED = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=bool)


def test_remission_as_in_the_textbooks_and_in_scipy():
    curve = stats.ecdf(stats.CensoredData(uncensored=WEEKS[RELAPSED], right=WEEKS[~RELAPSED])).sf
    for horizon in (6, 10, 16, 22, 30):
        found = reached_by(WEEKS, RELAPSED, horizon)
        assert 1 - found.value == pytest.approx(curve.evaluate(horizon))
    assert 1 - reached_by(WEEKS, RELAPSED, 10).value == pytest.approx(0.753, abs=5e-4)
    assert 1 - reached_by(WEEKS, RELAPSED, 22).value == pytest.approx(0.538, abs=5e-4)


def test_without_censoring_it_is_a_proportion():
    times = np.arange(1.0, 21)
    found = reached_by(times, np.ones(20, dtype=bool), 12)
    assert found.value == pytest.approx(0.6) and found.bounds(0.05, 1) == pytest.approx(
        clopper_pearson(12, 20, 0.05)
    )


@pytest.mark.parametrize(("horizon", "share", "independent"), [(4.0, 0.0, 10), (30.0, None, None)])
def test_nothing_reached_is_bounded_and_nothing_watched_is_refused(horizon, share, independent):
    times, reached = np.arange(5.0, 15), np.zeros(10, dtype=bool)
    found = reached_by(times, reached, horizon)
    assert found.value == share
    if share is None:
        assert found.reason == "no run was watched up to 30: the longest was 14"
    else:
        assert found.bounds(0.05, 1) == (0.0, pytest.approx(1 - 0.05 ** (1 / independent)))


def test_coverage_with_censoring():
    """True share .6 by 1; a third of the runs stop early; 40 runs, 400 experiments, one side 5 %."""
    rng, missed = np.random.default_rng(5), np.zeros(2)
    for _ in range(400):
        times, stop = rng.exponential(1 / -np.log(0.4), 40), rng.uniform(0, 3, 40)
        low, high = reached_by(np.minimum(times, stop), times <= stop, 1.0).bounds(0.05, 1)
        missed += (low > 0.6, high < 0.6)
    assert np.all(missed / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400))


def test_distances_hold_for_any_distribution():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=400), rng.normal(0.5, 1, 300)
    found = largest_distance(x, y)
    low, high = found.bounds(0.05, 1)
    truth = 2 * stats.norm.cdf(0.25) - 1
    assert low < truth < high and found.value == stats.ks_2samp(x, y).statistic
    same = largest_distance(np.repeat([1.0, 2.0], 50), np.repeat([1.0, 2.0], 40))
    assert same.value == 0 and same.bounds(0.05, 1)[0] == 0.0 < same.bounds(0.05, 1)[1]
