"""The scan without and with a step: false alarms, place, estimated autocorrelation."""

import itertools

import numpy as np
import pytest

from scaling_assets.science.changes import null
from scaling_assets.science.changes.scan import autocorrelation, cleaned, design, scan, white
from scaling_assets.science.changes.segments import Rules, first_p_value, steps

RULES = Rules(least=3, enough=15, has_drift=True, largest_rho=0.6)


def test_whitened_noise_has_no_autocorrelation_and_one_variance():
    z = null.autoregressive(np.random.default_rng(1).standard_normal((4_000, 12)), 0.5)
    covariance = np.cov(white(z, 0.5).T)
    assert covariance == pytest.approx(0.75 * np.eye(12), abs=0.06)


def test_the_statistic_is_that_of_least_squares_with_one_dummy():
    rng = np.random.default_rng(2)
    z = rng.standard_normal(20) + 0.1 * np.arange(20) + 3 * (np.arange(20) >= 12)
    known = design(20, 3, 0.0, True)
    row = list(known.places).index(12)
    x = np.column_stack([np.ones(20), np.arange(20), np.arange(20) >= 12]).astype(float)
    beta, *_ = np.linalg.lstsq(x, z, rcond=None)
    se = np.sqrt(np.linalg.inv(x.T @ x)[2, 2])
    assert float(known.steps[row] @ z) / known.norms[row] == pytest.approx(beta[2])
    assert 1 / known.norms[row] == pytest.approx(se)


def test_a_step_does_not_pass_for_autocorrelation():
    z = np.random.default_rng(3).standard_normal((200, 30))
    z[:, 20:] += 6
    with_step = null.scanned(z, 3, True, 0.6)
    raw = autocorrelation(z - z.mean(axis=1, keepdims=True))
    assert np.median(raw) > 0.6 and np.median(with_step.rho) <= 0.15
    assert np.mean(with_step.place == 20) > 0.95


def test_estimated_autocorrelation_is_corrected_for_its_bias():
    z = null.autoregressive(np.random.default_rng(4).standard_normal((2_000, 30)), 0.5)
    seen = autocorrelation(cleaned(z, 3, True).residuals)
    assert np.median(seen) < 0.25  # what a short series shows of .5
    assert np.median(null.corrected(seen, 30, 3, True, 0.6)) == pytest.approx(0.5, abs=0.051)


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_false_alarms_stay_below_alpha(rho):
    """Together for many series, so that it is cheap: the p-values' own path is the one of the next test."""
    z = null.autoregressive(np.random.default_rng(5).standard_normal((2_000, 30)), rho)
    found = null.scanned(z, 3, True, 0.6)
    of = null.null(30, 3, True, 0.6)
    seen = null.standardised(found.statistic, found.rho, of)
    p = np.max([1 - np.searchsorted(row, seen) / len(row) for row in of.statistics], axis=0)
    assert np.mean(p <= 0.05) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 2_000)
    one = null.p_value(scan(z[:1], found.rho[:1], cleaned(z[:1], 3, True).taken, 3, True), 30, 3, True, 0.6)
    assert p[0] <= one <= p[0] + 0.05  # the simulation's own error is on top


def test_the_tail_goes_on_below_what_was_simulated():
    ascending = np.sort(np.random.default_rng(6).exponential(size=4_000))
    assert null.tail(ascending, 2.0) == pytest.approx(np.exp(-2), rel=0.15)
    assert null.tail(ascending, 12.0) == pytest.approx(np.exp(-12), rel=5)
    p = [null.tail(ascending, x) for x in np.linspace(0, 20, 200)]
    assert all(a >= b > 0 for a, b in itertools.pairwise(p))


def test_several_steps_with_their_places():
    z = np.random.default_rng(7).standard_normal((2, 60))
    z[0, 20:40] += 6
    z[1, 40:] += 8
    found = steps(z, RULES, 0.05)
    assert [step.place for step in found] == [20, 40]
    assert all(step.earliest <= step.place <= step.latest for step in found)
    assert found[0].difference[0] == pytest.approx(6, abs=1.5) and abs(found[0].difference[1]) < 1.5
    assert found[1].difference == pytest.approx([-6, 8], abs=2)


def test_drift_is_no_step_and_few_points_are_no_answer():
    z = np.random.default_rng(8).standard_normal((1, 40)) + 0.3 * np.arange(40)
    assert steps(z, RULES, 0.05) == []
    assert first_p_value(z[:, :14], RULES) is None
    assert first_p_value(np.full((1, 40), 7.0), RULES) == 1.0


def test_what_was_reported_stays_although_later_looks_have_a_smaller_level():
    z = np.random.default_rng(3).standard_normal((1, 40))
    assert steps(z, RULES, 0.05, reported=[20], kept_at=0.05) == []  # nothing there: a report is no evidence
    z[:, 20:] += 3.0
    p = first_p_value(z, RULES)
    assert 0 < p < 0.05
    assert steps(z, RULES, p / 2) == []
    [kept] = steps(z, RULES, p / 2, reported=[20], kept_at=0.05)
    assert (kept.place, kept.p_value) == (20, p)
    assert steps(z, RULES, p / 2, reported=[20], kept_at=p / 2) == []
    assert steps(z, RULES, p / 2, reported=[8], kept_at=0.05) == []  # what is there is another one
