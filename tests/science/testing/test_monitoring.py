"""Looked at after every unit with no effect there: how often does a gate ever pass by luck?

One-sided at 5 %. Fast: 400 looks, 500 series. Slow: 2,000 looks, 4,000 series.
"""

import numpy as np
import pytest
from scipy import special

from scaling_assets.science.testing import betting, sequences
from scaling_assets.science.testing.spending import nominal_levels

TAIL = 0.05


def t_statistics(x: np.ndarray) -> np.ndarray:
    """One-sample t at every number of units (columns from 2 units on)."""
    n = np.arange(1, x.shape[1] + 1)
    mean = x.cumsum(1) / n
    spread = np.sqrt((np.square(x).cumsum(1) - n * mean**2)[:, 1:] / (n[1:] - 1))
    return mean[:, 1:] / (spread / np.sqrt(n[1:]))


def normal_passes(rng, series, looks):
    """Always-valid t: "mean > 0" of normal values."""
    reach = np.array([sequences.t_reach(n, TAIL, 30) for n in range(2, looks + 1)])
    return np.any(t_statistics(rng.normal(size=(series, looks))) > reach, axis=1)


def difference_passes(rng, series, looks):
    """Always-valid difference of two arms of unequal spread, both ends: 0 left out at any time."""
    reach = np.array([sequences.t_reach(n, TAIL / 2, 30) for n in range(2, looks + 1)])
    lows, highs = [], []
    for spread in (1.0, 3.0):
        x = rng.normal(size=(series, looks)) * spread
        mean = (x.cumsum(1) / np.arange(1, looks + 1))[:, 1:]
        half = np.abs(mean / t_statistics(x)) * reach
        lows.append(mean - half)
        highs.append(mean + half)
    return np.any((lows[0] > highs[1]) | (highs[0] < lows[1]), axis=1)


def bounded_passes(side):
    """Bounded values of a skewed distribution (their mean is .1): "mean above" or "below" .1, at any time."""

    def passes(rng, series, looks):
        x, mean = rng.beta(0.1, 0.9, size=(series, looks)), 0.1
        if side == "below":
            x, mean = 1 - x, 1 - mean
        wealth = np.full(x.shape, -np.inf)
        for stake in betting.STAKES:
            wealth = np.logaddexp(wealth, np.log1p(stake * (x / mean - 1)).cumsum(1))
        wealth -= np.log(len(betting.STAKES))
        assert wealth[0, -1] == pytest.approx(betting.log_wealth(x[0], mean))  # the same set as the bounds
        return np.any(wealth >= -np.log(TAIL), axis=1)

    passes.__name__ = f"bounded_{side}"
    return passes


def skewed_passes(rng, series, looks):
    """Always-valid t of exponential values, read from 100 units on: "mean < 1", the side that skewness favours."""
    reach = np.array([sequences.t_reach(n, TAIL, 30) for n in range(100, looks + 1)])
    t = t_statistics(rng.exponential(size=(series, looks)) - 1)
    return np.any(-t[:, 98:] > reach, axis=1)


def proportion_passes(rng, series, looks):
    """Single items that succeed with .3: the exact bounds ever leave .3 out."""
    events = (rng.random((series, looks)) < 0.3).cumsum(1)
    n = np.arange(1, looks + 1)
    excess = special.betaln(events + 0.5, n - events + 0.5) - special.betaln(0.5, 0.5)
    excess = excess - events * np.log(0.3) - (n - events) * np.log(0.7) + np.log(TAIL)
    low, high = sequences.proportion(float(events[0, -1]), float(looks), TAIL)
    assert (low > 0.3 or high < 0.3) == (excess[0, -1] > 0)  # the same set as the bounds
    return np.any(excess > 0, axis=1)


def spending_passes(spending, first):
    """Group-sequential t at every unit from ``first`` on: "mean > 0" of normal values."""

    def passes(rng, series, looks):
        at = np.arange(first, looks + 1)
        levels = nominal_levels(at / looks, TAIL, spending)
        limits = -special.stdtrit(at - 1, np.maximum(levels, 1e-12))
        return np.any(t_statistics(rng.normal(size=(series, looks)))[:, first - 2 :] > limits, axis=1)

    return passes


ALWAYS = [
    normal_passes, difference_passes, bounded_passes("above"), bounded_passes("below"), proportion_passes,
    skewed_passes,
]  # fmt: skip


@pytest.mark.parametrize("passes", ALWAYS)
def test_false_passes_over_400_looks(passes):
    series = 500
    share = passes(np.random.default_rng(1), series, 400).mean()
    assert share <= TAIL + 3 * np.sqrt(TAIL * (1 - TAIL) / series)


def test_without_a_plan_luck_passes_every_third_series():
    t = t_statistics(np.random.default_rng(1).normal(size=(500, 400)))
    naive = np.any(t > special.stdtrit(np.arange(1, 400), 1 - TAIL), axis=1).mean()
    assert naive > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("passes", ALWAYS)
def test_false_passes_over_2000_looks(passes):
    assert passes(np.random.default_rng(7), 4_000, 2_000).mean() <= TAIL


@pytest.mark.slow
@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_false_passes_of_spending_plans(spending):
    """The normal boundary taken to Student's t is an approximation: within Monte Carlo error from 20 units on."""
    series = 20_000
    share = spending_passes(spending, 20)(np.random.default_rng(7), series, 200).mean()
    assert share <= TAIL + 3 * np.sqrt(TAIL * (1 - TAIL) / series)
