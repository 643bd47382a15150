"""Averaging laws: the test of a law's form, who enters, weights, weighted medians, new-run intervals."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from scaling_assets.science.fitting.averaged import Average, BackTested, average, inflation, new_run
from scaling_assets.science.fitting.averaging import (
    backtest_error,
    can_be_emphasised,
    emphasis,
    enters_emphasised,
    independent_origins,
    origin_steps,
    some_law_fits,
    weigh,
    weighted_median,
)
from scaling_assets.science.fitting.serial import serial_correlation_p as serial_p

LN2 = np.log(2.0)


def least_squares(basis, y):
    """Residuals of y on the columns of basis."""
    return y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]


def serial_correlation_p(residual, slopes):
    """Of one fit."""
    return serial_p(residual[None], slopes[None], np.array([len(residual)]))[0]


def steps_of(scales, horizon):
    """How many scales each origin of one problem fits."""
    found = origin_steps(scales, np.array([len(scales)]), np.array([horizon]))
    return tuple(np.flatnonzero(found[:, 0]).tolist())


# --- the Durbin-Watson test


@pytest.mark.parametrize(("n", "p"), [(6, 2), (10, 3), (40, 5)])
def test_right_forms_are_doubted_as_often_as_stated(n, p):
    """2,000 fits with independent errors: the share of p-values below a level is the level (3.5 standard errors)."""
    rng = np.random.default_rng(n)
    basis = np.vander(np.linspace(0, 1, n), p)
    found = np.array(
        [serial_correlation_p(least_squares(basis, rng.standard_normal(n)), basis) for _ in range(2000)]
    )
    for level in (0.05, 0.157, 0.5):
        assert np.mean(found < level) == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / 2000))


def test_a_wrong_form_leaves_structure():
    """A power law through a curve with a floor, 1 % noise: rejected; the right curvature is not."""
    rng = np.random.default_rng(0)
    t = np.linspace(0, 4, 30)
    y = np.log(1.0 + 3.0 * np.exp(-0.6 * t)) + 0.01 * rng.standard_normal(30)
    line, cubic = np.vander(t, 2), np.vander(t, 4)
    assert serial_correlation_p(least_squares(line, y), line) < 1e-6
    assert serial_correlation_p(least_squares(cubic, y), cubic) > 0.01


def test_the_unit_of_a_parameter_does_not_change_the_test():
    basis = np.vander(np.linspace(0, 1, 12), 3)
    r = least_squares(basis, np.sin(np.linspace(0, 7, 12)))
    expected = serial_correlation_p(r, basis)
    assert serial_correlation_p(5.0 * r, basis * [1e9, 1.0, 1e-9]) == pytest.approx(expected, rel=1e-9)
    dead = np.column_stack([basis, np.zeros(12)])  # a floor at 0 has no slope: one parameter fewer
    assert serial_correlation_p(r, dead) == pytest.approx(expected, rel=1e-9)


def test_nothing_is_said_without_residuals_or_degrees_of_freedom():
    basis = np.vander(np.linspace(0, 1, 5), 3)
    assert serial_correlation_p(np.zeros(5), basis) == 1.0
    assert serial_correlation_p(np.array([1.0, 1.0, -1.0, -1.0, 0.0]), basis) == 1.0
    assert serial_correlation_p(np.full(5, np.nan), basis) == 1.0


# --- emphasis on large scales


def test_one_horizon_back_counts_a_tenth_in_any_unit():
    x = np.array([1.0, 5.0, 50.0])
    w = emphasis(np.log(x[-1] / x), np.log(10.0))
    assert w == pytest.approx([10 ** -np.log10(50), 0.1, 1.0])
    assert emphasis(np.log(3e6 * x[-1] / (3e6 * x)), np.log(10.0)) == pytest.approx(w)


def test_scales_that_double_are_never_emphasised_and_dense_ones_are():
    doubling, dense = np.arange(40) * LN2, np.linspace(0, 6, 200)
    parameters = np.array([1, 3, 6])
    assert not can_be_emphasised(doubling, LN2, parameters).any()
    assert can_be_emphasised(dense, LN2, parameters).all()
    assert can_be_emphasised(np.linspace(0, 6, 25), LN2, parameters).tolist() == [False, False, False]
    assert can_be_emphasised(np.linspace(0, 6, 60), LN2, parameters).tolist() == [True, True, False]


@pytest.mark.parametrize(("p", "enters"), [(1e-5, True), (0.15, True), (0.16, False), (0.9, False)])
def test_laws_enter_emphasised_when_no_law_fits_and_the_design_allows_it(p, enters):
    assert enters_emphasised(np.array([1e-5, p]), np.array([True, True])).tolist() == [enters, enters]
    assert enters_emphasised(np.array([1e-5, p]), np.array([True, False])).tolist() == [enters, False]


# --- back-test origins


def test_dense_designs_are_cut_around_the_questions_horizon():
    scales = np.linspace(0, 5, 500)
    steps = steps_of(scales, LN2)
    back = (scales[-1] - scales[np.array(steps) - 1]) / LN2
    assert back == pytest.approx([1.5, 1.25, 1.0, 0.75, 0.5], abs=0.02)
    assert independent_origins(scales, steps, LN2) == pytest.approx(2.0, abs=0.02)


def test_sparse_designs_take_the_latest_scales():
    assert steps_of(np.arange(9) * LN2, LN2) == (4, 5, 6, 7, 8)
    assert steps_of(np.arange(4) * LN2, LN2) == (2, 3)
    assert steps_of(np.arange(2) * LN2, LN2) == ()
    assert independent_origins(np.arange(9) * LN2, (4, 5, 6, 7, 8), LN2) == pytest.approx(5.0)
    assert independent_origins(np.arange(2) * LN2, (), LN2) == 1.0


def test_every_origin_counts_alike():
    errors = np.array([[3.0, 3.0, 3.0, 1.0], [1.0, 1.0, 1.0, np.nan]])
    found = backtest_error(errors, np.array([0, 0, 0, 1]))
    assert found[0] == pytest.approx(np.sqrt((9 + 1) / 2))
    assert np.isnan(found[1])


# --- weights


def good(**change):
    """Three laws, all admitted, none told from another; one fact may be changed."""
    facts = {
        "names": ("power", "power_floor", "linear"),
        "parameters": np.array([2, 3, 2]),
        "points": 12,
        "p_fit": np.array([0.5, 0.5, 0.5]),
        "errors": np.array([[0.1, -0.1, 0.2], [0.05, 0.2, -0.2], [-0.3, 0.1, -0.2]]),
        "origin": np.array([0, 1, 2]),
    }
    return weigh(**(facts | change))


def test_weights_are_proportional_to_one_over_the_error():
    found = good()
    assert found.error == pytest.approx(np.sqrt(np.array([0.06, 0.0825, 0.14]) / 3))
    assert found.weights == pytest.approx((1 / found.error) / np.sum(1 / found.error))
    assert (found.best, found.close, found.separates) == ("power", ("power_floor", "linear"), False)
    assert not found.excluded


@pytest.mark.parametrize(
    ("change", "law", "reason"),
    [
        ({"points": 11}, "power_floor", "11 points are fewer than 4 a parameter"),
        (
            {"p_fit": np.array([0.5, 1e-5, 0.5])},
            "power_floor",
            "misses the data (p = 1e-05) where another law fits",
        ),
        (
            {"errors": np.array([[0.1] * 3, [np.nan, 0.1, 0.1], [0.2, 0.05, 0.05]])},
            "power_floor",
            "gives no value",
        ),
        (
            {"errors": np.array([[0.1] * 3, [0.1] * 3, [0.41] * 3])},
            "linear",
            "back-test error 0.41, more than 4 times",
        ),
    ],
)
def test_a_law_is_excluded_for_one_stated_reason(change, law, reason):
    found = good(**change)
    assert list(found.excluded) == [law]
    assert reason in found.excluded[law]
    assert found.weights[found.names.index(law)] == 0
    assert found.weights.sum() == pytest.approx(1.0)


def test_laws_that_back_tests_tell_apart_lose_their_say_only_where_a_law_fits():
    errors = np.array([[0.1, 0.11, 0.1], [0.2, 0.21, 0.2], [0.3, 0.3, 0.31]])
    fits = good(errors=errors)
    assert fits.weights.tolist() == [1.0, 0.0, 0.0]
    assert fits.excluded["linear"] == "back-tests tell it from power, and a law fits"
    none_fits = good(errors=errors, p_fit=np.array([0.1, 0.1, 0.1]))
    assert not none_fits.excluded
    assert (none_fits.best, none_fits.close, none_fits.separates) == ("power", (), True)


def test_laws_that_miss_are_kept_when_no_law_fits():
    assert not some_law_fits(np.array([0.1, 1e-5, 0.1]))
    assert not good(p_fit=np.array([0.1, 1e-5, 0.1])).excluded


def test_the_one_law_left_by_few_points_is_no_average():
    found = good(parameters=np.array([1, 2, 2]), points=7)
    assert not found.exists
    assert not found.separates
    assert found.excluded["power"] == "left over: the points are too few for every other law"
    alone = weigh(("power",), np.array([2]), 12, np.array([0.5]), np.array([[0.1, 0.1]]), np.array([0, 1]))
    assert alone.weights.tolist() == [1.0]
    assert alone.separates


def test_without_held_out_cells_there_is_no_average():
    found = good(errors=np.empty((3, 0)), origin=np.empty(0, dtype=int))
    assert not found.exists
    assert set(found.excluded) == {"power", "power_floor", "linear"}


def test_an_exact_law_has_the_only_say():
    found = good(errors=np.array([[0.0] * 3, [0.1] * 3, [0.2] * 3]))
    assert found.weights.tolist() == [1.0, 0.0, 0.0]


# --- the averaged curve


@pytest.mark.parametrize("k", [1, 2, 3, 6, 7])
def test_equal_weights_give_the_median(k):
    values = np.random.default_rng(k).standard_normal((k, 5))
    assert weighted_median(values, np.full(k, 0.3)) == pytest.approx(np.median(values, axis=0))


def test_one_runaway_law_does_not_move_the_curve_far():
    weights = np.array([0.3, 0.3, 0.3, 0.1])
    calm = weighted_median(np.array([[1.0], [1.1], [1.2], [1.3]]), weights)
    assert weighted_median(np.array([[1.0], [1.1], [1.2], [1e9]]), weights) == pytest.approx(calm)
    gone = weighted_median(np.array([[1.0], [1.1], [1.2], [-np.inf]]), weights)
    assert gone == pytest.approx([1.1])  # a law without a value has no say


def test_the_average_moves_with_its_laws_and_continuously_with_the_weights():
    rng = np.random.default_rng(1)
    values, weights = rng.standard_normal((5, 7)), rng.uniform(0.1, 1, 5)
    found = weighted_median(values, weights)
    assert weighted_median(values + 3.0, 9.0 * weights) == pytest.approx(found + 3.0)
    for i in range(5):
        nudged = weights.copy()
        nudged[i] *= 1 + 1e-9
        assert weighted_median(values, nudged) == pytest.approx(found, abs=1e-7)
    assert weighted_median(values[[0, 1, 2, 3, 4, 4]], np.append(weights, 0.0)) == pytest.approx(found)


def test_no_average_where_half_of_the_weight_is_silent():
    values = np.array([[1.0, 1.0], [np.nan, np.nan], [2.0, np.nan]])
    found = weighted_median(values, np.array([0.4, 0.4, 0.2]))
    assert found[0] == pytest.approx(4 / 3)
    assert np.isnan(found[1])


def test_dispersion_estimates_the_spread_of_laws():
    values = np.random.default_rng(2).normal(0.0, 0.3, (2001, 1))
    averaged = average(values, values[:, None, :], np.ones(2001))
    assert averaged.dispersion == pytest.approx([0.3], rel=0.06)
    same = average(np.ones((3, 2)), np.ones((3, 4, 2)), np.ones(3))
    assert same.dispersion.tolist() == [0.0, 0.0]
    assert same.draws.shape == (4, 2)


# --- a new run


def certain(dispersion=0.0):
    """A curve at 0 without parameter errors."""
    return Average(np.zeros(1), np.zeros((200, 1)), np.array([dispersion]))


def backtests(error, fits=True, independent=2.0, size=1):
    return BackTested(np.full(6, error), np.repeat([0, 1, 2], 2), np.full(6, size), independent, fits)


def test_a_new_run_has_four_parts():
    draws = np.random.default_rng(0).normal(0, 0.2, (20_000, 1))
    averaged = Average(np.zeros(1), draws, np.array([0.3]))
    found = new_run(averaged, np.array([0.01, 0.01]), np.array([0.5, 0.5]), backtests(0.5))
    assert found.parameter == pytest.approx([0.04], rel=0.05)
    assert found.noise == pytest.approx([0.01])
    assert found.dispersion == pytest.approx([0.09])
    assert found.backtest == pytest.approx([0.25 * (0.25 - 0.01 - found.parameter[0])])
    assert found.variance == pytest.approx(found.parameter + 0.1 + found.backtest)


def test_only_back_test_errors_beyond_the_noise_of_the_cells_widen():
    one = np.array([1.0])
    assert new_run(certain(), np.array([0.01]), one, backtests(0.1)).backtest == pytest.approx(
        [0.0], abs=1e-12
    )
    assert new_run(certain(), np.array([0.01]), one, backtests(0.05)).backtest.tolist() == [0.0]
    assert new_run(certain(), np.array([0.01]), one, backtests(0.1, size=4)).backtest == pytest.approx(
        [0.25 * 0.0075]
    )


def test_few_origins_inflate_the_excess_when_no_law_fits():
    found = new_run(certain(), np.array([0.01]), np.array([1.0]), backtests(0.2, fits=False))
    assert found.backtest == pytest.approx([inflation(2.0) * 0.03])
    t2, t5 = 4.302653, 2.570582  # tabled 97.5 % points
    assert inflation(2.0) == pytest.approx((t2 / t5) ** 2 * 5 / 3, rel=1e-5)
    assert inflation(1e6) == 1.0


def test_one_runaway_draw_does_not_own_the_interval():
    draws = np.random.default_rng(0).normal(0, 0.2, (2000, 1))
    wild = draws.copy()
    wild[0] = 1e12
    parts = [
        new_run(
            Average(np.zeros(1), d, np.zeros(1)), np.array([0.01]), np.array([1.0]), backtests(0.1)
        ).parameter
        for d in (draws, wild)
    ]
    assert parts[0] == pytest.approx(parts[1], rel=0.01)


def test_the_interval_holds_its_share_of_its_own_density():
    found = new_run(certain(0.3), np.array([0.04]), np.array([1.0]), backtests(0.1))
    grid = np.linspace(-40, 40, 400_001)
    density = np.exp(found.log_density(grid))
    assert trapezoid(density, grid) == pytest.approx(1.0, abs=1e-5)
    assert trapezoid(density * grid**2, grid) == pytest.approx(found.variance[0], rel=1e-3)
    low, high = found.interval(0.9)
    inside = (grid >= low) & (grid <= high)
    assert trapezoid(density[inside], grid[inside]) == pytest.approx(0.9, abs=1e-3)


# --- the whole rule on planted truths


def experiment(rng, curve, noise, scales=9, runs=3, horizon=LN2):
    """Three laws (constant, power, log-quadratic) on doubling scales; the average, the leader and an interval at 2x."""
    t = np.arange(scales) * horizon
    y = curve(t) + noise * rng.standard_normal((runs, scales)).mean(axis=0)
    spread = noise**2 * rng.chisquare(scales * (runs - 1)) / (scales * (runs - 1))
    laws = [np.vander(np.append(t, t[-1] + horizon), p) for p in (1, 2, 3)]
    shaken = y + np.sqrt(spread / runs) * rng.standard_normal((200, scales))
    fitted = [np.linalg.lstsq(b[:-1], np.vstack([y, shaken]).T, rcond=None)[0] for b in laws]
    values = np.array([b[-1] @ f for b, f in zip(laws, fitted, strict=True)])
    p_fit = np.array(
        [serial_correlation_p(y - b[:-1] @ f[:, 0], b[:-1]) for b, f in zip(laws, fitted, strict=True)]
    )
    steps = [s for s in steps_of(t, horizon) if s >= 4]
    errors = np.array(
        [[b[s] @ np.linalg.lstsq(b[:s], y[:s], rcond=None)[0] - y[s] for s in steps] for b in laws]
    )
    names, origin = ("constant", "power", "curved"), np.arange(len(steps))
    found = weigh(names, np.array([1, 2, 3]), scales * runs, p_fit, errors, origin)
    averaged = average(values[:, :1], values[:, 1:, None], found.weights)
    past = BackTested(
        weighted_median(errors, found.weights),
        origin,
        np.full(len(steps), runs),
        independent_origins(t, steps, horizon),
        some_law_fits(p_fit),
    )
    run = new_run(averaged, np.full(3, spread), found.weights, past)
    truth = float(curve(t[-1] + horizon))
    low, high = run.interval()
    new = truth + noise * rng.standard_normal(100)
    leader = values[names.index(found.best), 0]
    return averaged.value[0] - truth, leader - truth, float(np.mean((new >= low) & (new <= high)))


TRUTHS = {
    "constant": lambda t: 0.0 * t,
    "power": lambda t: 1.0 - 0.4 * t,
    "curved": lambda t: 1.0 - 0.6 * t + 0.05 * t**2,
}


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_average_is_not_materially_worse_than_the_leader(truth):
    rng = np.random.default_rng(5)
    found = np.array([experiment(rng, TRUTHS[truth], 0.05) for _ in range(60)])
    ours, leaders = np.sqrt(np.mean(found[:, :2] ** 2, axis=0))
    assert ours < 1.35 * leaders


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.02, 0.05])
@pytest.mark.parametrize("truth", TRUTHS)
def test_new_run_intervals_cover_what_they_say(truth, noise):
    rng = np.random.default_rng(6)
    cover = np.mean([experiment(rng, TRUTHS[truth], noise)[2] for _ in range(600)])
    assert 0.93 <= cover <= 0.97
