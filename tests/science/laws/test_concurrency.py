"""The Universal Scalability Law in every direction: inverses give back what they invert, none is invented."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scaling_assets.science.laws.concurrency import (
    concurrency_at_latency,
    concurrency_at_throughput,
    in_flight,
    latency,
    limit,
    peak,
    roots_of,
    throughput,
)

SDM91 = (89.9952, 0.0277285, 1.04361e-4)  # SPEC SDM91, R package usl
RAY_TRACER = (21.849, 0.05777, 0.0)  # Gunther's ray tracer, same source


def decades(low: float, high: float):
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


gammas = decades(-6, 9)
sigmas = st.one_of(st.just(0.0), st.just(1.0), decades(-8, -0.001))
kappas = st.one_of(st.just(0.0), decades(-12, 1))
shares = st.one_of(st.floats(1e-9, 1.0), decades(-12, 0), st.floats(0, 14).map(lambda e: 1 - 10.0**-e))


def test_published_peak_and_limit():
    at, highest = peak(*SDM91)
    assert float(at) == pytest.approx(96.52, abs=0.01)
    assert float(highest) == pytest.approx(1884, abs=0.5)
    assert float(limit(*SDM91)) == 0.0
    assert float(limit(*RAY_TRACER)) == pytest.approx(378.2, abs=0.05)
    assert float(throughput(128, *RAY_TRACER)) == pytest.approx(335.5, abs=0.05)
    assert [float(v) for v in peak(*RAY_TRACER)] == [np.inf, pytest.approx(378.2, abs=0.05)]


@given(gammas, sigmas, kappas, shares)
def test_throughput_of_its_concurrency_is_itself(gamma, sigma, kappa, share):
    highest = float(peak(gamma, sigma, kappa)[1])
    x = share * (highest if 0 < highest < np.inf else gamma)
    assume(x > 0 and not (kappa == 0 and x >= highest))
    assume(sigma < 1 or share < 0.999)  # there the peak is at N = 0, where throughput is 0 / 0
    found = concurrency_at_throughput(x, gamma, sigma, kappa)
    back = throughput(found, gamma, sigma, kappa)
    there = np.isfinite(found)
    assert (found[there] >= 0).all()
    np.testing.assert_allclose(back[there], x, rtol=1e-9)
    assert there[0] or sigma == 1.0
    assert bool(there[1]) == (kappa > 0)


@given(gammas, sigmas, kappas, decades(-12, 3))
def test_no_root_is_invented_past_the_peak(gamma, sigma, kappa, above):
    highest = float(peak(gamma, sigma, kappa)[1])
    assume(0 < highest < np.inf)
    assert len(roots_of(concurrency_at_throughput(highest * (1 + above), gamma, sigma, kappa))) == 0


@given(gammas, sigmas, decades(-9, -0.7), st.floats(1e-6, 1 - 1e-9))
def test_the_two_roots_lie_on_either_side_of_the_peak(gamma, sigma, kappa, share):
    assume(sigma < 1)
    at, highest = (float(v) for v in peak(gamma, sigma, kappa))
    before, after = concurrency_at_throughput(share * highest, gamma, sigma, kappa)
    assert before <= at * (1 + 1e-9)
    assert after >= at * (1 - 1e-9)
    # no third crossing: X rises up to the peak and falls after it
    below, beyond = throughput(np.array([0.5 * before, 2 * after]), gamma, sigma, kappa)
    assert max(below, beyond) < share * highest


@given(gammas, sigmas, kappas, decades(-0.3, 9))
def test_concurrency_of_its_latency_is_itself(gamma, sigma, kappa, n):
    r = latency(n, gamma, sigma, kappa)
    found = concurrency_at_latency(r, gamma, sigma, kappa)
    there = np.isfinite(found)
    np.testing.assert_allclose(latency(found[there], gamma, sigma, kappa), r, rtol=1e-9)
    assert there.any() == (sigma > 0 or kappa > 0)  # without both, latency is the same for every N


@given(gammas, sigmas, kappas, decades(-3, 9))
def test_littles_law_ties_the_three(gamma, sigma, kappa, n):
    assume(not (sigma == 1.0 and n < 1e-6))
    x, r = throughput(n, gamma, sigma, kappa), latency(n, gamma, sigma, kappa)
    assume(r > 1e-9 / gamma)  # kappa > 4 makes the load negative below one worker
    np.testing.assert_allclose(in_flight(x, r), n, rtol=1e-9)


def test_at_the_peak_both_roots_are_the_peak():
    at, highest = peak(*SDM91)
    np.testing.assert_allclose(concurrency_at_throughput(highest, *SDM91), float(at), rtol=1e-6)


def test_without_coherency_there_is_one_root_and_none_from_the_limit_on():
    assert len(roots_of(concurrency_at_throughput(300.0, *RAY_TRACER))) == 1
    for x in (float(limit(*RAY_TRACER)), 1e6):
        assert len(roots_of(concurrency_at_throughput(x, *RAY_TRACER))) == 0
    assert roots_of(concurrency_at_throughput(6.0, 2.0, 0.0, 0.0)) == pytest.approx([3.0])


def test_latency_can_have_a_second_root_below_half_a_worker():
    gamma, sigma, kappa = 10.0, 0.1, 0.9
    found = roots_of(concurrency_at_latency(latency(0.1, gamma, sigma, kappa), gamma, sigma, kappa))
    assert len(found) == 2
    assert found[0] == pytest.approx(0.1)
    np.testing.assert_allclose(latency(found, gamma, sigma, kappa), latency(0.1, gamma, sigma, kappa))


def test_draws_of_parameters_give_an_interval_and_keep_missing_answers_visible():
    rng = np.random.default_rng(4)
    gamma = 90 + rng.normal(size=500)
    sigma = np.abs(0.028 + 0.002 * rng.normal(size=500))
    kappa = np.abs(1.04e-4 + 1e-5 * rng.normal(size=500))
    before, after = concurrency_at_throughput(1884.0, gamma, sigma, kappa)
    assert before.shape == after.shape == (500,)
    reached = np.isfinite(before)
    assert 0 < reached.sum() < 500  # the target lies at the peak: about half of the draws never reach it
    np.testing.assert_array_equal(reached, peak(gamma, sigma, kappa)[1] >= 1884.0)
    assert (before[reached] <= after[reached]).all()
