"""M4: the root inside the formula, its relation to the paper's form and to its neighbours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from scaling_assets.science.laws import FAMILIES

M4 = FAMILIES["saturating_power"]
X = np.geomspace(1.0, 1e9, 40)[:, None]


@given(
    st.floats(0.0, 0.5), st.floats(0.55, 1.5), st.floats(-3.0, 0.69).map(lambda e: 10.0**e),
    st.floats(-12.0, 12.0).map(lambda e: 10.0**e), st.floats(0.0, 4.0), st.floats(-30.0, 30.0),
)  # fmt: skip
def test_the_formula_solves_its_equation(floor, chance, k, a, b, log_x):
    y = M4.curve(np.array([floor, chance, k, a, b]), np.exp([[log_x]]))[0]
    goal = np.log(a) - b * log_x

    def gap(logit):
        return logit + (k - 1) * np.logaddexp(0.0, logit) - goal

    reach = abs(goal) / min(k, 1.0) + 10.0
    share = 1 / (1 + np.exp(-brentq(gap, -reach, reach, xtol=1e-13)))
    assert y == pytest.approx(floor + (chance - floor) * share, rel=1e-12)


def test_it_is_the_papers_equation():
    floor, chance, k, a, b = 0.12, 0.96, 1.8, 60.0, 0.45
    y = M4.curve(np.array([floor, chance, k, a, b]), X[10:30])
    beta = a * (chance - floor) ** (1 - k)
    np.testing.assert_allclose((y - floor) / (chance - y) ** k, beta * X[10:30, 0] ** -b, rtol=1e-9)


def test_with_k_1_it_is_a_falling_sigmoid():
    y = M4.curve(np.array([0.1, 0.9, 1.0, 1e3, 0.5]), X)
    np.testing.assert_allclose(
        y, FAMILIES["log_sigmoid"].curve(np.array([0.9, 0.1, 1e6, 0.5]), X), rtol=1e-12
    )


def test_far_from_chance_it_is_a_power_above_a_floor():
    y = M4.curve(np.array([0.1, 1e9, 2.0, 5e-9, 0.5]), X)
    np.testing.assert_allclose(y, FAMILIES["power_floor"].curve(np.array([0.1, 5.0, 0.5]), X), rtol=1e-6)


def test_it_leaves_chance_and_reaches_the_floor():
    y = M4.curve(np.array([0.1, 0.9, 0.3, 50.0, 0.5]), np.array([[1e-30], [1e60]]))
    assert y == pytest.approx([0.9, 0.1])
