"""Coverage from counts per problem: exact estimates, planted mixtures, problems as the unit that is resampled."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import betabinom, binom

from scaling_assets.errors import LawNotUsable
from scaling_assets.science.fitting.coverage import coverage_curve, fit_mixture, pass_at_k
from scaling_assets.science.laws import FAMILIES


def planted(alpha, beta, problems, attempts, seed):
    rng = np.random.default_rng(seed)
    return rng.binomial(attempts, rng.beta(alpha, beta, problems)), np.full(problems, attempts)


def truth(alpha, beta, k):
    return FAMILIES["beta_binomial"].curve(np.array([alpha, beta]), np.array(k, dtype=float)[:, None])


def test_pass_at_k_is_the_share_of_subsets_with_a_success():
    n, k = 12, np.arange(1, 13)
    c = np.arange(n + 1)
    expected = [[1 - math.comb(n - int(s), int(m)) / math.comb(n, int(m)) for s in c] for m in k]
    np.testing.assert_allclose(pass_at_k(c, np.full(n + 1, n), k), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("p", [0.001, 0.2, 0.9])
def test_pass_at_k_is_unbiased(p):
    n, k = 40, np.array([1, 3, 17, 40])
    c = np.arange(n + 1)
    expected = pass_at_k(c, np.full(n + 1, n), k) @ binom.pmf(c, n, p)
    np.testing.assert_allclose(expected, 1 - (1 - p) ** k, rtol=1e-10)


def test_more_attempts_than_made_have_no_unbiased_estimate():
    assert np.isnan(pass_at_k(np.array([1]), np.array([5]), np.array([6]))).all()
    with pytest.raises(LawNotUsable, match="the fewest are 5"):
        coverage_curve(np.array([1, 2]), np.array([5, 9]), np.array([6]), seed=1)


def test_the_interval_of_coverage_is_that_of_problems_not_of_attempts():
    c, n = planted(0.3, 2.0, 100, 400, seed=2)
    found = coverage_curve(c, n, np.array([1]), seed=3)
    between = np.std(c / n, ddof=1) / np.sqrt(100)
    within = np.sqrt(np.mean(c / n) * (1 - np.mean(c / n)) / (100 * 400))
    width = (found.high[0] - found.low[0]) / (2 * 1.98)
    assert width == pytest.approx(between, rel=0.15)
    assert width > 5 * within


def test_the_mixture_is_the_maximum_of_its_likelihood():
    rng = np.random.default_rng(5)
    n = rng.integers(2, 60, 80)
    c = rng.binomial(n, rng.beta(0.4, 1.5, 80))

    def cost(logs):
        return -betabinom.logpmf(c, n, *np.exp(logs)).sum()

    best = minimize(cost, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    found = fit_mixture(c, n, seed=1, replicates=20)
    np.testing.assert_allclose([found.alpha, found.beta], np.exp(best.x), rtol=1e-5)
    assert found.has_spread


@pytest.mark.parametrize(("alpha", "beta"), [(0.35, 2.5), (3.0, 3.0), (0.1, 20.0)])
def test_a_planted_mixture_and_its_tail_come_back(alpha, beta):
    found = fit_mixture(*planted(alpha, beta, 20_000, 50, seed=7), seed=1, replicates=200)
    assert [found.alpha, found.beta] == pytest.approx([alpha, beta], rel=0.05)
    k = [1, 50, 5000]
    tail = found.coverage(np.array(k))
    assert tail.coverage == pytest.approx(truth(alpha, beta, k), abs=0.012)
    assert (tail.low < tail.coverage).all()
    assert (tail.coverage < tail.high).all()


def test_equal_chances_show_no_spread():
    rng = np.random.default_rng(11)
    c = np.repeat([14, 15, 16], 20)  # less spread than 50 attempts at .3 have by chance
    found = fit_mixture(rng.permutation(c), np.full(60, 50), seed=1, replicates=20)
    assert not found.has_spread
    assert found.alpha / (found.alpha + found.beta) == pytest.approx(0.3, rel=1e-3)


def test_order_of_problems_is_irrelevant_and_the_seed_decides():
    c, n = planted(0.5, 2.0, 60, 30, seed=9)
    order = np.random.default_rng(1).permutation(60)
    first, second = fit_mixture(c, n, seed=4, replicates=50), fit_mixture(c[order], n, seed=4, replicates=50)
    np.testing.assert_array_equal(first.draws, second.draws)
    assert (fit_mixture(c, n, seed=5, replicates=50).draws != first.draws).any()


@pytest.mark.parametrize(
    ("successes", "attempts", "reason"),
    [
        ([0, 0, 0], [10, 10, 10], "every attempt failed"),
        ([10, 10], [10, 10], "every attempt succeeded"),
        ([0, 1, 1], [1, 1, 1], "one attempt a problem"),
        ([3, 11], [10, 10], "between 0 and the attempts"),
        ([0.5, 1], [10, 10], "must be counts"),
        ([3], [10], "at least 2 problems"),
    ],
)
def test_counts_that_have_no_best_mixture_are_refused(successes, attempts, reason):
    with pytest.raises(LawNotUsable, match=reason):
        fit_mixture(np.array(successes), np.array(attempts), seed=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("alpha", "beta", "problems", "attempts"), [(0.3, 2.0, 128, 100), (1.0, 1.0, 50, 20)]
)
def test_intervals_cover_planted_mixtures(alpha, beta, problems, attempts):
    trials, k = 400, [1, attempts, 100 * attempts]
    goal = truth(alpha, beta, k)
    hits = np.zeros(5)
    for seed in range(trials):
        found = fit_mixture(*planted(alpha, beta, problems, attempts, seed), seed=seed, replicates=300)
        tail = found.coverage(np.array(k))
        hits += [
            *(found.interval[:, 0] <= [alpha, beta]) & ([alpha, beta] <= found.interval[:, 1]),
            *(tail.low <= goal) & (goal <= tail.high),
        ]
    # 93 to 97 percent, widened by three standard errors of 400 trials
    assert (hits / trials > 0.93 - 0.036).all(), hits / trials
    assert (hits / trials < 0.97 + 0.026).all(), hits / trials
