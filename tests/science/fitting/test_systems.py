"""Systems that have no solution of their own: what they do to others, and how far rounding may carry them."""

import numpy as np
import pytest

from scaling_assets.records.experiment import Estimator
from scaling_assets.science.fitting.fit import point_estimate
from scaling_assets.science.fitting.systems import eliminate
from scaling_assets.science.laws import FAMILIES
from tests.science.fitting.cases import problem


def systems(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(count, size, size))
    return np.moveaxis(root @ root.transpose(0, 2, 1), 0, -1), rng.normal(size=(size, count))


@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
@pytest.mark.parametrize("size", [2, 3, 9])
@pytest.mark.parametrize("is_delicate", [False, True])
def test_a_singular_system_does_not_change_the_solutions_beside_it(size, is_delicate):
    system, g = systems(size, 5)
    alone = eliminate(system[..., 1:].copy(), g[:, 1:], is_delicate=is_delicate)
    system[..., 0] = 1.0
    beside = eliminate(system.copy(), g, is_delicate=is_delicate)
    np.testing.assert_array_equal(beside[:, 1:], alone)


def test_rounding_does_not_move_what_a_system_says_nothing_of():
    slope = np.array([0.1, 0.7, 0.3])
    system = np.outer(slope, slope)[..., None]  # one point bends: two directions are level
    g = slope * 0.2 + 1e-17 * np.array([1.0, -3.0, 2.0])
    step = eliminate(system, g[:, None], is_delicate=True)[:, 0]
    assert slope @ step == pytest.approx(0.2, rel=1e-6)
    assert np.abs(step).max() < 2.0


@pytest.mark.parametrize(("seed", "each"), [(7, 1), (0, 3), (3, 3)])
def test_where_absolute_deviations_have_many_minima_units_do_not_choose_between_them(seed, each):
    family, rng = FAMILIES["logarithmic"], np.random.default_rng(seed)
    x = np.repeat(np.geomspace(2.0, 500.0, 9), each)
    y = family.curve(np.array([2.0, 0.7]), x[:, None])
    y = y + rng.normal(0.0, 0.03, len(y)) * y.mean()
    curves = []
    for unit in (1.0, 1e9, 1e-9):
        asked = problem(x * unit, y, ("logarithmic",), residuals="identity",
                        estimator=Estimator(name="huber_free_scale"))  # fmt: skip
        curves.append(family.curve(point_estimate(asked, family)[2], x[:, None] * unit))
    np.testing.assert_allclose(curves[1:], [curves[0]] * 2, rtol=1e-6)
