"""Robust slopes with intervals, and days forecast from them."""

import itertools

import numpy as np
import pytest

from scaling_assets.science.planning.trend import forecast, least_for_slope, trend

DAYS = np.array([0.0, 30, 61, 92, 122, 153, 183, 214, 245, 275])


def test_kendalls_distribution_is_counted_exactly() -> None:
    """Over all orders of 6 values, the interval misses slope 0 at most as often as its test says: 12 of 720."""
    missed = sum(
        trend(range(6), np.array(order, dtype=float), 0.95).status == "identified"
        for order in itertools.permutations(range(6))
    )
    assert 2 <= missed <= 12  # fewer, where deviations carry on
    assert [least_for_slope(level) for level in (0.8, 0.9, 0.95, 0.99)] == [4, 4, 5, 6]


def test_an_outlier_does_not_move_it() -> None:
    values = 3 + 0.05 * DAYS
    values[-1] = 500
    found = trend(DAYS, values, 0.9)
    assert found.slope == pytest.approx(0.05) and found.status == "identified"


def test_no_trend_is_not_identified() -> None:
    found = trend(DAYS, np.array([3.0, 5, 2, 6, 4, 3, 5, 4, 2, 6]), 0.9)
    assert found.status == "not identified" and found.low <= 0 <= found.high  # type: ignore[operator]
    assert forecast(DAYS, np.array([3.0, 5, 2, 6, 4, 3, 5, 4, 2, 6]), 10, 0.9).status == "not identified"


def test_too_few_snapshots_say_how_many_it_takes() -> None:
    found = trend([0, 30], [1, 2], 0.9)
    assert (
        found.status == "too few" and found.low is None and "needs 4 snapshots, there are 2" in found.reason
    )
    assert trend([0], [1], 0.9).status == "too few"


def test_deviations_that_carry_on_give_no_interval() -> None:
    walk = np.array([0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0, -1, -2, -3, -4, -3, -2, -1, 0, 1], dtype=float)
    found = trend(range(20), 0.01 * np.arange(20) + walk, 0.9)
    assert found.status == "carried on" and found.low is None and "carry on" in found.reason


def test_a_day_is_forecast_with_its_interval() -> None:
    rng = np.random.default_rng(3)
    values = 10 + 0.1 * DAYS + rng.normal(0, 0.4, size=len(DAYS))
    found = forecast(DAYS, values, 45, 0.9)
    assert found.status == "forecast"
    assert found.low < 350 < found.high  # type: ignore[operator]
    assert found.high - found.low < 120  # type: ignore[operator]


def test_a_day_too_far_away_is_refused() -> None:
    values = 10 + 0.1 * DAYS
    assert forecast(DAYS, values, 500, 0.9).status == "refused"
    assert forecast(DAYS, values, 20, 0.9).status == "reached"
    assert forecast(DAYS, values, -50, 0.9).day is None


def test_forecast_covers_the_day_that_is_planted() -> None:
    """150 planted lines: the 90 % interval of the day holds the true one at least as often as it says."""
    rng = np.random.default_rng(11)
    held, given = 0, 0
    for _ in range(150):
        values = 3 + 0.05 * DAYS + rng.standard_t(3, size=len(DAYS))
        found = forecast(DAYS, values, 3 + 0.05 * 400, 0.9, limit=50)
        if found.day is not None:
            given += 1
            held += found.low <= 400 <= found.high  # type: ignore[operator]
    assert given > 80 and held / given >= 0.9


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        trend([0, 1], [1, float("nan")], 0.9)
