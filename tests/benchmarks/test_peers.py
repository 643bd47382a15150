"""The peers are what they say: the published objective, its gradient, its grid; loops that find planted curves."""

import numpy as np
import pytest

from benchmarks import boxes, designs
from benchmarks.designs import TRUTHS
from benchmarks.harness import is_installed
from benchmarks.peers import chinchilla_bfgs as published
from benchmarks.peers import one_dimensional as usual
from scaling_assets.science.laws import FAMILIES


@pytest.fixture
def runs(monkeypatch) -> designs.Runs:
    monkeypatch.delenv("SCALING_SHARED_DATA", raising=False)
    return designs.chinchilla_runs()


def test_planted_runs_say_so_and_have_the_published_size(runs):
    assert not runs.is_published
    assert "planted" in runs.origin
    assert runs.x.shape == (240, 2)


def test_the_grid_has_the_published_starts():
    assert published.GRID.shape == (4500, 5)
    assert published.GRID.min(axis=0).tolist() == [0, 0, -1, 0, 0]
    assert published.GRID.max(axis=0).tolist() == [25, 25, 1, 2, 2]


def test_the_loss_is_a_sum_with_its_exact_gradient(runs):
    weight = designs.case_weights(240, 3)
    for row in weight:
        loss = published.Loss(runs, published.resample(row))
        whole = published.objectives(published.natural(published.PUBLISHED)[None], runs, row[None])[0]
        assert loss.value(published.PUBLISHED) == pytest.approx(whole, rel=1e-12)
        steps = 1e-6 * np.eye(5)
        numeric = [
            (loss.value(published.PUBLISHED + s) - loss.value(published.PUBLISHED - s)) / 2e-6 for s in steps
        ]
        np.testing.assert_allclose(loss.gradient(published.PUBLISHED), numeric, rtol=1e-4, atol=1e-8)


def test_each_resample_has_as_many_points_as_there_are():
    weight = designs.case_weights(240, 50)
    assert (weight.sum(axis=1) == 240).all()
    assert len({row.tobytes() for row in weight}) == 50


@pytest.mark.parametrize("refit", published.REFITS.values(), ids=published.REFITS)
def test_bfgs_goes_down_from_the_published_point(runs, refit):
    loss = published.Loss(runs, published.resample(designs.case_weights(240, 1)[0]))
    assert loss.value(refit(loss)) < loss.value(published.PUBLISHED)


@pytest.mark.parametrize("residuals", ["log", "identity"])
@pytest.mark.parametrize("name", usual.CURVES)
def test_loops_find_exact_curves(name, residuals):
    curve = usual.CURVES[name]
    x = np.geomspace(1, 400, 8)
    y = curve.formula(x, *TRUTHS[name])
    found = usual.curve_fit_from_data(curve, residuals, x, y)
    np.testing.assert_allclose(found, TRUTHS[name], rtol=1e-4)
    assert usual.sums_of_squares(curve, residuals, x, y, found) < 1e-9
    if is_installed("lmfit"):
        np.testing.assert_allclose(usual.lmfit_from_data(curve, residuals, x, y), TRUTHS[name], rtol=1e-4)


def test_a_loop_that_gives_up_says_so():
    curve = usual.CURVES["power_floor"]
    x, y = np.geomspace(1, 400, 8), np.full(8, np.nan)
    found = usual.curve_fit_from_ones(curve, "identity", x, y)
    assert np.isnan(found).all()
    assert usual.sums_of_squares(curve, "identity", x, np.ones(8), found) == np.inf


@pytest.mark.parametrize("name", [name for name in boxes.BOXES if name in FAMILIES])
def test_truths_of_the_box_lie_in_the_domain(name):
    rng = np.random.default_rng(4)
    family = FAMILIES[name]
    for _ in range(50):
        planted = boxes.problem(name, rng)
        assert np.isfinite(planted.y).all()
        assert (planted.y > 0).all()
        assert ((planted.truth >= family.lower) & (planted.truth <= family.upper)).all()
        assert len(planted.x) >= family.min_points


@pytest.mark.parametrize("name", [name for name in usual.CURVES if name in FAMILIES])
def test_a_peers_parameters_mean_what_ours_mean(name):
    """Same names, same curve: only then can a peer's fit be held against our domain."""
    curve, family = usual.CURVES[name], FAMILIES[name]
    assert sorted(curve.names) == sorted(family.names)
    x = np.geomspace(1, 400, 8)
    theta = np.array([dict(zip(curve.names, TRUTHS[name], strict=True))[n] for n in family.names])
    np.testing.assert_allclose(family.curve(theta, x[:, None]), curve.formula(x, *TRUTHS[name]), rtol=1e-12)
