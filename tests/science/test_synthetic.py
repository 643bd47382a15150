"""Planted truths are what they say."""

import numpy as np
import pytest

from scaling_assets.errors import UnknownName
from scaling_assets.science.synthetic import simulate_values

X = np.full((20_000, 1), 4.0)
TRUTH = {"a": 0.2, "b": 0.5}  # 0.4 at x = 4


@pytest.mark.parametrize(
    ("residuals", "back"),
    [("log", np.log), ("identity", lambda y: y), ("logit", lambda y: np.log(y / (1 - y)))],
)
def test_noise_lies_on_the_named_scale(residuals, back):
    y = simulate_values("power", TRUTH, X, 0.1, np.random.default_rng(0), residuals)
    assert np.mean(back(y)) == pytest.approx(back(0.4), abs=0.003)
    assert np.std(back(y)) == pytest.approx(0.1, rel=0.03)


def test_the_same_generator_gives_the_same_values():
    one, two = (simulate_values("power", TRUTH, X, 0.1, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("family", "parameters", "residuals", "message"),
    [
        ("cubic", TRUTH, "log", "no law family named 'cubic'"),
        ("power", {"a": 1.0}, "log", "no parameter of the power law named 'b'"),
        ("power", TRUTH, "probit", "no residual scale named 'probit'"),
    ],
)
def test_unknown_names_are_named(family, parameters, residuals, message):
    with pytest.raises(UnknownName, match=message):
        simulate_values(family, parameters, X, 0.1, np.random.default_rng(0), residuals)
