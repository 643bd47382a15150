"""A parameter on its bound: a limit that the data could have exceeded, and draws that keep it."""

import numpy as np
import pytest

from scaling_assets.records.experiment import Estimator, Gate
from scaling_assets.records.law import LawStatus
from scaling_assets.science.fitting import at_bound, fit, predict
from scaling_assets.science.fitting.batch import batch_of
from scaling_assets.science.fitting.geometry import geometry
from scaling_assets.science.fitting.interval import quantile
from scaling_assets.science.fitting.point import fit_points
from scaling_assets.science.fitting.sample import sample_of
from scaling_assets.science.gates.asked_law import parameter_bounds
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.synthetic import simulate_values
from tests.science.fitting.cases import design, problem


def superlinear(noise=0.05, replicates=6, seed=1, **rest):
    """Throughput that grows a little faster than in proportion: every replicate wants a negative contention."""
    x = design("usl", 6, replicates)
    rng = np.random.default_rng(seed)
    y = 90.0 * x[:, 0] ** 1.02 / (1 + 2e-5 * x[:, 0] ** 2) * np.exp(noise * rng.standard_normal(len(x)))
    return problem(x, y, ("usl",), bootstrap=400, **rest)


def usl(sigma, kappa, seed, replicates, noise=0.05, **rest):
    x = design("usl", 7, replicates)
    truth = {"gamma": 90.0, "sigma": sigma, "kappa": kappa}
    return problem(x, simulate_values("usl", truth, x, noise, np.random.default_rng(seed)), ("usl",), **rest)


@pytest.mark.parametrize("replicates", [1, 6])
@pytest.mark.parametrize("estimator", ["huber", "huber_free_scale", "least_squares"])
def test_a_limit_is_above_the_bound_where_every_replicate_lies_on_it(replicates, estimator):
    (law,) = fit([superlinear(replicates=replicates, estimator=Estimator(name=estimator))])
    sigma = law.parameter("contention")
    assert law.status is LawStatus.BOUND_HIT
    assert (sigma.value, sigma.low, sigma.at_bound) == (0.0, None, True)
    assert 1e-5 < sigma.high < 0.1
    assert sigma.method.endswith("limit by the profile of the loss")
    at = law.parameters.index(sigma)
    assert np.mean(law.draws[:, at] == 0.0) == pytest.approx(0.5, abs=0.02)
    assert quantile(law.draws[:, at], 0.975) == pytest.approx(sigma.high)


def test_more_noise_and_fewer_runs_mean_a_higher_limit():
    def limit(**kind):
        return float(
            np.mean([fit([superlinear(seed=s, **kind)])[0].parameter("sigma").high for s in (1, 2, 3)])
        )

    assert limit(noise=0.02) < limit(noise=0.1) / 2
    assert limit(replicates=12) < limit(replicates=3)


def test_gates_read_the_same_limit():
    (law,) = fit([superlinear()])
    sigma = law.parameter("contention")
    low, high = parameter_bounds(law, "contention", 0.975).bounds
    assert low == 0.0
    assert high == pytest.approx(sigma.high)
    assert parameter_bounds(law, "contention", 0.95).bounds[1] < high
    assert parameter_bounds(law, "contention", 0.99).bounds[1] > high
    assert Gate(name="g", kind="parameter").confidence == 0.95


def test_predictions_follow_the_draws_that_left_the_bound():
    """Contention up to its limit costs throughput beyond the data, and the interval knows."""
    (law,) = fit([superlinear()])
    mean = predict(law, {"n": 450.0}, kind="mean_curve")
    assert mean.low < 0.97 * mean.value
    inside = FAMILIES["usl"].curve(law.draws, np.array([[15.0]]))[:, 0]
    assert np.std(np.log(inside)) < 0.05  # the other parameters moved with it: no draw leaves the data


def test_a_floor_on_its_bound_has_a_limit_below_the_lowest_value():
    x = design("power_floor", 8, 4)
    y = 50.0 * x[:, 0] ** -0.5 * np.exp(0.05 * np.random.default_rng(2).standard_normal(len(x)))
    y = y / (1 + 0.03 * np.log(x[:, 0]))
    (law,) = fit([problem(x, y, ("power_floor",))])
    floor = law.parameter("floor")
    assert (floor.value, floor.low) == (0.0, None)
    assert 0.0 < floor.high < y.min()
    assert np.all(law.draws[:, 0] >= 0.0)


def test_a_profile_holds_between_the_places_where_it_was_measured():
    """A floor's loss bends up near the lowest value: a straight line across the bend would end far below it."""
    x = np.array([[n, d] for n in np.geomspace(4e7, 1.6e10, 5) for d in np.geomspace(3e8, 3e11, 5)])
    true = 480.0 * x[:, 0] ** -0.1 + 2085.0 * x[:, 1] ** -0.17
    y = true * np.exp(0.2 * np.random.default_rng(4).standard_normal(len(x)))
    batch = batch_of(FAMILIES["chinchilla"], sample_of([problem(x, y, ("chinchilla",))]))
    point = fit_points(batch)
    seen, of, j = geometry(batch, point), np.array([0]), 2
    assert seen.at_bound[j, 0]
    (line,) = at_bound._profiles(batch, point, seen, of, j, False)
    place = int(np.searchsorted(line.reach, 1.0))
    worth = (line.reach[place] ** 2, line.curves[place, j])
    for goal in (1.3, 2.0, 3.1):
        at = np.interp(goal, line.reach, line.curves[:, j])
        rises: list[float] = []
        for value in (at, worth[1]):
            lower, upper = batch.lower.copy(), batch.upper.copy()
            lower[j] = upper[j] = value
            start = fit_points(batch, lower=lower, upper=upper).theta
            held = batch.solve(of, batch.weight, start, point.delta, lower=lower, upper=upper, damping=1e-2)
            rises.append(float(held.objective[0] - point.objective[0]))
        assert np.sqrt(rises[0] / rises[1] * worth[0]) == pytest.approx(goal, rel=0.05)


def test_a_limit_does_not_depend_on_units():
    asked = superlinear()
    other = problem(asked.x, asked.y * 1e4, ("usl",), bootstrap=400)
    (law,), (moved,) = fit([asked]), fit([other])
    assert moved.parameter("sigma").high == pytest.approx(law.parameter("sigma").high, rel=1e-6)


@pytest.mark.parametrize(
    ("true_sigma", "true_kappa", "name"), [(0.0004, 1e-4, "sigma"), (0.01, 1e-7, "kappa")]
)
def test_limits_hold_small_truths_as_often_as_stated(true_sigma, true_kappa, name):
    """Truths just inside the bound, 6 runs a scale: estimates on the bound must still not exclude them."""
    held = []
    for seed in range(60):
        (law,) = fit([usl(true_sigma, true_kappa, seed, 6, bootstrap=100)])
        found = law.parameter(name)
        if found.at_bound:
            held.append(found.high >= {"sigma": true_sigma, "kappa": true_kappa}[name])
    assert len(held) >= 8
    assert np.mean(held) >= 0.85
