"""What is special about the shifted power: its neighbours, and the coefficient of the textbook form."""

import numpy as np
import pytest

from scaling_assets.science.laws import FAMILIES

SHIFTED = FAMILIES["shifted_power"]
X = np.geomspace(0.5, 1e6, 25)[:, None]


def test_without_a_head_start_it_is_a_power_above_a_floor():
    shifted = SHIFTED.curve(np.array([0.7, 12.0, 0.4, 0.0]), X)
    np.testing.assert_allclose(
        shifted, FAMILIES["power_floor"].curve(np.array([0.7, 12.0, 0.4]), X), rtol=1e-12
    )


def test_the_textbook_coefficient_is_a_times_one_plus_s_to_the_b():
    floor, a, b, s = 0.7, 12.0, 0.4, 250.0
    textbook = floor + a * (1 + s) ** b * (X[:, 0] + s) ** -b
    np.testing.assert_allclose(SHIFTED.curve(np.array([floor, a, b, s]), X), textbook, rtol=1e-12)


def test_far_above_the_head_start_the_slope_is_b_and_far_below_it_is_flat():
    theta = np.array([0.0, 3.0, 0.6, 1e3])
    y = SHIFTED.curve(theta, np.array([[1e-3], [1e-2], [1e8], [1e9]]))
    assert np.log(y[1] / y[0]) / np.log(10) == pytest.approx(0.0, abs=1e-5)
    assert np.log(y[3] / y[2]) / np.log(10) == pytest.approx(-0.6, abs=1e-4)
