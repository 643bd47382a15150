"""Published numbers that our fits must reproduce. Sources beside each test."""

import numpy as np
import pytest

from scaling_assets.records.experiment import Estimator
from scaling_assets.records.law import LawStatus
from scaling_assets.science.fitting.fit import fit_family, point_estimate
from scaling_assets.science.fitting.resample import refit
from scaling_assets.science.laws import FAMILIES
from tests.science.fitting.cases import problem

CHINCHILLA = FAMILIES["chinchilla"]  # order of parameters: A, B, E, alpha, beta
HUBER = Estimator(name="huber", delta=1e-3)


@pytest.fixture(scope="module")
def points(shared_data):
    """Hoffmann et al. (2022), figure 4, as digitised by Besiroglu et al. (2024): N, D = C / 6N, C, loss."""
    frame = shared_data("chinchilla_points.csv")
    n, c, loss = (frame[name].to_numpy() for name in ("Model Size", "Training FLOP", "loss"))
    keep = np.argsort(np.argsort(-loss)) >= 5  # the five highest losses are dropped, as published
    return n[keep], (c / 6 / n)[keep], c[keep], loss[keep]


def chinchilla(points, estimator, **rest):
    n, d, _, loss = points
    return problem(np.stack([n, d], axis=1), loss, ("chinchilla",), estimator=estimator, **rest)


def best_ratio(theta, compute):
    """D / N at the loss-optimal split of compute = 6 N D."""
    a, b, _, alpha, beta = np.asarray(theta).T
    n = (alpha * a / (beta * b)) ** (1 / (alpha + beta)) * (compute / 6) ** (beta / (alpha + beta))
    return compute / 6 / n**2


def test_chinchilla_huber(points):
    _, fit, natural = point_estimate(chinchilla(points, HUBER), CHINCHILLA)
    assert fit.objective[0] == pytest.approx(0.0010182740178, rel=1e-8)
    np.testing.assert_allclose(natural, [477.826, 2143.42, 1.817218, 0.347310, 0.367172], rtol=1e-5)
    assert fit.hit_rate[0] == 1.0
    assert fit.gradient[0] < 1e-9


def test_chinchilla_free_scale_likelihood(points):
    _, fit, natural = point_estimate(chinchilla(points, Estimator(name="huber_free_scale")), CHINCHILLA)
    assert fit.objective[0] == pytest.approx(-879.77314, abs=5e-6)
    np.testing.assert_allclose(natural, [482.01, 2085.43, 1.81686, 0.34781, 0.36585], rtol=1.2e-5)


def test_chinchilla_raw_least_squares(points):
    n, d, c, loss = points
    small = c < 1e21
    assert small.sum() == 217
    x = np.stack([n / 1e6, d / 1e9], axis=1)[small]
    asked = problem(
        x, loss[small], ("chinchilla",), residuals="identity", estimator=Estimator(name="least_squares")
    )
    _, fit, natural = point_estimate(asked, CHINCHILLA)
    np.testing.assert_allclose(natural, [4.00052, 1.05095, 1.90509, 0.35106, 0.45874], rtol=1e-5)
    assert 2 * fit.objective[0] == pytest.approx(0.0624143, abs=5e-8)


@pytest.fixture(scope="module")
def published_draws(points):
    """The published 4,000 resamples (numpy's legacy generator, seed 42), refitted to their exact optimum."""
    asked = chinchilla(points, HUBER)
    batch, fit, _ = point_estimate(asked, CHINCHILLA)
    chosen = np.random.RandomState(42).choice(240, (4000, 240))
    weight = np.zeros((240, 4000))
    np.add.at(weight, (chosen.T, np.arange(4000)), 1.0)
    theta, converged = refit(batch, fit, np.zeros(4000, dtype=int), weight, None, robust=np.array([0.005]))
    assert converged.all()
    return batch.natural(theta[:, None, :])[:, 0].T


def test_chinchilla_4000_bootstraps(published_draws):
    """Published standard errors, whose fits had not all converged; one replicate (3178) has a lower second basin."""
    published = np.array([124.522, 1293.284, 0.02566, 0.01540, 0.02060])
    found = published_draws.std(axis=0, ddof=1)
    assert (np.abs(found / published - 1) < [0.002, 0.02, 0.002, 0.002, 0.003]).all()
    np.testing.assert_allclose(np.quantile(published_draws[:, 0], [0.025, 0.975]), [285, 744], rtol=0.005)
    share = published_draws[:, 4] / (published_draws[:, 3] + published_draws[:, 4])
    assert share.std() == pytest.approx(0.020, rel=0.01)


def test_chinchilla_tokens_per_parameter(points, published_draws):
    """At 5.88e23 FLOP: 18.3 from the likelihood fit; 80 % interval from the bootstrap's spread of ln D/N."""
    free = point_estimate(chinchilla(points, Estimator(name="huber_free_scale")), CHINCHILLA)[2]
    ratio = best_ratio(free, 5.88e23)
    assert ratio == pytest.approx(18.3, rel=0.02)
    spread = np.std(np.log(best_ratio(published_draws, 5.88e23)))
    np.testing.assert_allclose(ratio * np.exp(np.array([-1.2816, 1.2816]) * spread), [10.7, 31.7], rtol=0.02)


@pytest.mark.parametrize("rule", ["case", "auto"])
def test_chinchilla_bootstrap_of_our_own(points, rule):
    """With resamples of our own: B has a heavy tail, its standard error varies by 10 % from run to run."""
    law = fit_family(chinchilla(points, HUBER, resampling=rule, bootstrap=1500), CHINCHILLA)
    assert law.status is LawStatus.CONVERGED
    assert law.evidence["bootstrap_lost"] == 0.0
    published = np.array([124.5, 1293, 0.0257, 0.0154, 0.0206])
    assert (np.abs(law.draws.std(axis=0) / published - 1) < [0.1, 0.25, 0.1, 0.1, 0.1]).all()


@pytest.mark.parametrize(
    ("file", "sigma", "kappa", "gamma"),
    [("usl_specsdm91.csv", 0.0277285, 1.0436e-4, 89.995), ("usl_raytracer.csv", 0.05777, 0.0, 21.849)],
)
def test_usl_of_the_r_package(shared_data, file, sigma, kappa, gamma):
    """R package usl: SPEC SDM91 and the ray tracer, least squares of throughput itself."""
    data = shared_data(file).to_numpy(dtype=float)
    asked = problem(
        data[:, 0], data[:, 1], ("usl",), residuals="identity", estimator=Estimator(name="least_squares")
    )
    law = fit_family(asked, FAMILIES["usl"])
    found = {p.name: p.value for p in law.parameters}
    assert found["sigma"] == pytest.approx(sigma, rel=1e-4)
    assert found["kappa"] == pytest.approx(kappa, rel=1e-4)
    assert found["gamma"] == pytest.approx(gamma, rel=1e-5)
    if kappa:
        peak = FAMILIES["usl"].peak(found["sigma"], found["kappa"])
        assert peak == pytest.approx(96.52, abs=0.01)
        best = FAMILIES["usl"].curve(np.array([gamma, sigma, kappa]), np.array([[peak]]))
        assert best == pytest.approx([1884], abs=1)
    else:
        assert law.status is LawStatus.BOUND_HIT
        assert "kappa = 0" in law.reason
        assert law.parameter("kappa").low is None
        curve = FAMILIES["usl"].curve(np.array([p.value for p in law.parameters]), np.array([[128.0]]))
        assert curve == pytest.approx([335.5], abs=0.05)
        assert found["gamma"] / found["sigma"] == pytest.approx(378.2, abs=0.05)


def test_locality_law_of_three_points():
    """regen_ms = 1.05 n^0.35, printed with three points and no interval."""
    asked = problem([1, 10, 100], [1.05, 2.35, 5.26], ("power",), estimator=Estimator(name="least_squares"))
    a, b = point_estimate(asked, FAMILIES["power"])[2]
    assert a == pytest.approx(1.04998, abs=5e-6)
    assert b == pytest.approx(0.34990, abs=5e-6)
    printed = FAMILIES["power"].curve(np.array([1.05, 0.35]), np.array([[500_000.0], [450_552.0]]))
    assert printed[0] == pytest.approx(103.7, abs=0.05)
    assert printed[1] == pytest.approx(100.0, rel=1e-6)
    law = fit_family(asked, FAMILIES["power"])
    assert law.status is LawStatus.UNDERDETERMINED
    assert law.reason == "3 points; the power law needs at least 5"


@pytest.mark.parametrize(
    ("family", "official", "ours"), [("power", 0.1046, 0.1046), ("power_floor", 0.0823, 0.0725)]
)
def test_vision_curves_outside_the_fitted_range(shared_data, family, official, ours):
    """Alabdulmohsin et al. (2022), 72 curves: mean over curves of the RMSE of log error on held-out points."""
    frame = shared_data("vision_curves.csv")
    errors = []
    for _, curve in frame.groupby(["Domain", "Task", "Model"]):
        near, far = curve[curve["Training"] == 1], curve[curve["Training"] == 0]
        asked = problem(
            near["Seen Examples"].to_numpy(),
            near["Loss"],
            (family,),
            estimator=Estimator(name="least_squares"),
        )
        theta = point_estimate(asked, FAMILIES[family])[2]
        curve_there = FAMILIES[family].curve(theta, far[["Seen Examples"]].to_numpy(dtype=float))
        errors.append(np.sqrt(np.mean((np.log(curve_there) - np.log(far["Loss"])) ** 2)))
    assert len(errors) == 72
    assert np.mean(errors) == pytest.approx(ours, abs=1e-4)
    assert np.mean(errors) < official + 5e-5
