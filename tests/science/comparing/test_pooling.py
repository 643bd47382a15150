"""Partial pooling against planted contexts: closer than separate and pooled estimates, intervals that cover."""

import numpy as np
import pytest

from scaling_assets.science.comparing import Effect, pool


def effects(values, errors, degrees=20):
    return [
        Effect({"task": str(i)}, "b", float(v), float(s), degrees)
        for i, (v, s) in enumerate(zip(values, errors, strict=True))
    ]


def test_the_published_mean_and_tau_of_bcg_vaccine_trials():
    # Log risk ratios of 13 trials of BCG (Colditz et al. 1994, JAMA 271): Paule-Mandel tau^2 = .3181 and a
    # mean of -.7150 in R's metafor (Viechtbauer 2010, J. Statistical Software 36).
    events = np.array([
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
        (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
        (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
    ])  # fmt: skip
    a, b, c, d = events.T.astype(float)
    ratio = np.log(a / (a + b)) - np.log(c / (c + d))
    error = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    found = pool(effects(ratio, error, 10**9))
    assert found.tau[0] ** 2 == pytest.approx(0.3181, abs=2e-4)
    assert found.mean[0] == pytest.approx(-0.7150, abs=2e-4)
    assert found.tau[1] ** 2 == pytest.approx(0.1197, abs=2e-3)  # Q profile, the same for every estimator
    assert found.tau[2] ** 2 == pytest.approx(1.1115, abs=2e-3)


def test_equal_contexts_share_everything_and_unlike_ones_keep_their_own():
    alike = pool(effects([1.0, 1.0, 1.0, 1.0], [0.1] * 4))
    apart = pool(effects([0.0, 10.0, 20.0, 30.0], [0.1] * 4))
    assert alike.tau[0] == 0.0
    assert max(c.kept for c in alike.contexts) < 0.5 < 0.99 < min(c.kept for c in apart.contexts)
    assert [c.value for c in apart.contexts] == pytest.approx([0.0, 10.0, 20.0, 30.0], abs=0.02)
    assert apart.new_context[2] - apart.new_context[1] > 40


def test_the_least_sure_context_is_drawn_most():
    found = pool(effects([1.0, 1.1, 0.9, 2.0], [0.1, 0.1, 0.1, 0.8]))
    kept = [c.kept for c in found.contexts]
    assert min(kept) == kept[3]
    assert 1.0 < found.contexts[3].value < 1.5
    assert found.contexts[3].low < found.contexts[3].value < found.contexts[3].high


def test_units_of_measurement_do_not_matter():
    values, errors = [1.0, 1.3, 0.8, 1.9], [0.2, 0.3, 0.1, 0.4]
    one, thousand = (
        pool(effects(values, errors)),
        pool(effects(np.multiply(values, 1e3), np.multiply(errors, 1e3))),
    )
    for a, b in zip(one.contexts, thousand.contexts, strict=True):
        assert (1e3 * a.value, 1e3 * a.low, 1e3 * a.high) == pytest.approx((b.value, b.low, b.high), rel=1e-6)
    assert np.multiply(one.tau, 1e3) == pytest.approx(thousand.tau, rel=1e-6)
    assert np.multiply(one.new_context, 1e3) == pytest.approx(thousand.new_context, rel=1e-6)


def test_two_contexts_do_not_tell_how_contexts_differ():
    assert pool(effects([1.0, 2.0], [0.1, 0.1])) is None


@pytest.mark.parametrize(("k", "tau"), [(3, 1.0), (6, 0.5), (6, 2.0)])
def test_shrunken_estimates_are_closer_than_either_extreme_and_intervals_cover(k, tau):
    rng = np.random.default_rng(5)
    se, degrees, n = np.linspace(0.7, 1.5, k), 6, 120
    squares, inside, unseen, between = np.zeros(3), 0.0, 0, 0
    for _ in range(n):
        truth = tau * rng.normal(size=k)
        value, error = truth + se * rng.normal(size=k), se * np.sqrt(rng.chisquare(degrees, k) / degrees)
        found = pool(effects(value, error, degrees))
        common = np.average(value, weights=error**-2.0)
        shrunken = np.array([c.value for c in found.contexts])
        squares += [np.mean((e - truth) ** 2) for e in (shrunken, value, np.full(k, common))]
        inside += np.mean([c.low <= t <= c.high for c, t in zip(found.contexts, truth, strict=True)])
        unseen += found.new_context[1] <= tau * rng.normal() <= found.new_context[2]
        between += found.tau[1] <= tau <= found.tau[2]
    assert squares[0] < squares[1]
    assert squares[0] < squares[2] or tau == 0.5  # contexts nearly equal: the common mean may be better
    assert 0.92 <= inside / n <= 0.985
    assert unseen / n >= 0.92
    assert between / n >= 0.90
