"""What is special about the saturating curves in x and ln x: levels, half-way points, extremes."""

import numpy as np
import pytest

from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.laws.family import Seen

HILL, SIGMOID, EXPONENTIAL = (FAMILIES[name] for name in ("hill", "log_sigmoid", "saturating_exponential"))


def at(family, theta, *x):
    return family.curve(np.array(theta), np.array(x, dtype=float)[:, None])


def test_hill_starts_at_nothing_and_is_half_way_at_its_place():
    assert at(HILL, [8.0, 40.0, 1.7], 1e-12, 40.0, 1e12) == pytest.approx([0.0, 4.0, 8.0], abs=1e-12)


def test_hill_keeps_relative_precision_far_below_its_place():
    y = at(HILL, [8.0, 1.0, 2.0], 1e-30, 1e-60)
    assert y == pytest.approx([8e-60, 8e-120], rel=1e-12)


def test_a_sigmoid_from_zero_is_the_hill_equation():
    x = np.geomspace(0.1, 1e4, 20)
    np.testing.assert_allclose(
        at(SIGMOID, [0.0, 8.0, 40.0, 1.7], *x), at(HILL, [8.0, 40.0, 1.7], *x), rtol=1e-12
    )


def test_sigmoid_levels_and_half_way_point_rising_and_falling():
    assert at(SIGMOID, [0.2, 0.9, 5.0, 2.0], 1e-9, 5.0, 1e9) == pytest.approx([0.2, 0.55, 0.9])
    assert at(SIGMOID, [0.9, 0.2, 5.0, 2.0], 1e-9, 5.0, 1e9) == pytest.approx([0.9, 0.55, 0.2])


@pytest.mark.parametrize("family", [HILL, SIGMOID])
def test_a_step_does_not_overflow(family):
    levels = [1.0] if family is HILL else [0.3, 1.0]
    y = at(family, [*levels, 10.0, 100.0], 1e-300, 9.0, 11.0, 1e300)
    assert np.isfinite(y).all()
    assert y[-2:] == pytest.approx([1.0, 1.0], abs=1e-4)


def test_exponential_loses_the_same_share_with_each_unit():
    y = at(EXPONENTIAL, [5.0, -4.0, 0.1], 0.0, 10.0, 20.0, 1e9)
    assert y[0] == pytest.approx(1.0)
    assert (5 - y[2]) / (5 - y[1]) == pytest.approx((5 - y[1]) / (5 - y[0]))
    assert y[3] == 5.0


def test_exponential_is_charted_from_the_lowest_point_so_that_nothing_overflows():
    x = np.array([0.0, 1.0, 10.0, 1e3, 1e6])[None, :, None]
    centre, scale = EXPONENTIAL.frame(x, np.ones((5, 1), dtype=bool))
    assert centre == pytest.approx(0.0)
    z = (x - centre[:, None]) / scale[:, None]
    cells = EXPONENTIAL.cells(Seen(z, np.ones((5, 1)), np.ones((5, 1), dtype=bool)))
    y, dy = EXPONENTIAL.evaluate(
        np.stack([np.ones(cells.shape[1]), np.ones(cells.shape[1]), cells[0, :, 0]]), z
    )
    assert np.isfinite(y).all()
    assert np.isfinite(dy).all()
    assert (cells * z[0, 1, 0] > 1).any()  # some starts decay within the first step
