"""Bets against a mean: what the bounds are, by brute force, and where they end."""

import numpy as np
import pytest

from scaling_assets.science.testing import betting, sequences

X = np.random.default_rng(4).beta(2, 6, 40)


def test_the_bound_is_the_largest_mean_that_a_bet_breaks():
    low, high = betting.bounds(X, 0, 1, 0.05)
    grid = np.linspace(1e-4, X.mean(), 4_000)
    wealth = np.array(
        [np.mean([np.prod(1 + stake * (X / m - 1)) for stake in betting.STAKES]) for m in grid[::40]]
    )
    broken = grid[::40][wealth >= 20]
    assert broken.max() <= low < broken.max() + 2 * (grid[40] - grid[0])
    assert np.all(np.diff(wealth) < 0)  # so the rejected means are an interval
    assert betting.p_values(X, 0, 1, low)[0] == pytest.approx(0.05, rel=1e-4)
    assert betting.p_values(X, 0, 1, high)[1] == pytest.approx(0.05, rel=1e-4)
    assert low < X.mean() < high


def test_bounds_move_with_the_scale_and_mirror():
    low, high = betting.bounds(X, 0, 1, 0.05)
    assert betting.bounds(5 * X - 2, -2, 3, 0.05) == (pytest.approx(5 * low - 2), pytest.approx(5 * high - 2))
    assert betting.bounds(1 - X, 0, 1, 0.05) == (pytest.approx(1 - high), pytest.approx(1 - low))
    assert betting.bounds(X[::-1], 0, 1, 0.05) == (pytest.approx(low), pytest.approx(high))  # no order


def test_narrow_values_have_narrow_bounds_and_more_units_narrower_ones():
    spread = np.ptp(betting.bounds(X, 0, 1, 0.05))
    assert np.ptp(betting.bounds(X.mean() + (X - X.mean()) / 20, 0, 1, 0.05)) < spread
    assert np.ptp(betting.expected(X, 0, 1, 0.05, 4.0)) < spread
    assert betting.expected(X, 0, 1, 0.05, 1.0) == betting.bounds(X, 0, 1, 0.05)
    many = np.tile(X, 50)
    assert betting.expected(many, 0, 1, 0.05, 1.0) == pytest.approx(
        betting.bounds(many, 0, 1, 0.05), abs=2e-3
    )


@pytest.mark.parametrize(("values", "ends"), [(np.zeros(9), (0.0, None)), (np.ones(9), (None, 1.0))])
def test_at_the_ends_of_the_range(values, ends):
    low, high = betting.bounds(values, 0, 1, 0.05)
    assert 0 <= low <= values.mean() <= high <= 1
    assert all(end is None or found == end for end, found in zip(ends, (low, high), strict=True))
    one = betting.bounds(values[:1], 0, 1, 1e-9)  # one unit breaks next to nothing so surely
    assert one == (pytest.approx(0.0, abs=1e-8), pytest.approx(1.0, abs=1e-8))


def test_limits_outside_the_range_are_known_without_a_unit():
    assert betting.p_values(X, 0, 1, 2.0) == (1.0, 0.0) and betting.p_values(X, 0, 1, -1.0) == (0.0, 1.0)
    assert betting.p_values(X, 0, 1, 0.0) == (1.0, 1.0) and betting.p_values(X, 0, 1, 1.0) == (1.0, 1.0)


def test_a_contrast_of_bounded_values_says_its_p_values():
    found = sequences.mean_contrast(X, 30, (0.0, 1.0))
    assert found.p_values(0.1) == betting.p_values(X, 0, 1, 0.1)
    assert found.bounds is not None and found.bounds(0.05, 1.0) == betting.bounds(X, 0, 1, 0.05)
