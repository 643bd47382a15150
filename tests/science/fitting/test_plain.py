"""What is computed for many problems at once equals its plain definition, one problem at a time."""

import numpy as np
import pytest
import scipy.linalg
from scipy.optimize import brentq
from scipy.special import betainc, ndtr, ndtri

from scaling_assets.science.fitting import fit
from scaling_assets.science.fitting.averaging import CUTS
from scaling_assets.science.fitting.backtest import back_tests
from scaling_assets.science.fitting.batch import batch_of
from scaling_assets.science.fitting.calibrate import END, RANGE, factors
from scaling_assets.science.fitting.cells import cells_of
from scaling_assets.science.fitting.fit import fit_each
from scaling_assets.science.fitting.interval import intervals, quantile
from scaling_assets.science.fitting.origins import MAX_ORIGINS, origins_of
from scaling_assets.science.fitting.replicates import Replicates
from scaling_assets.science.fitting.sample import sample_of
from scaling_assets.science.fitting.serial import serial_correlation_p
from scaling_assets.science.laws import FAMILIES
from tests.science.fitting.cases import planted, problem


def plain_factor(slopes, weights):
    """From the definition: (Q'WQ)^-1 Q'W - Q' of each resample, and the root of the mixture's share."""
    q = np.linalg.qr(slopes / np.linalg.norm(slopes, axis=0))[0]
    sizes = []
    for weight in weights.T:
        stiffness = q.T @ np.diag(weight) @ q
        if np.linalg.cond(stiffness) < 1e8:
            moved = np.linalg.solve(stiffness, q.T * weight) - q.T
            sizes.append(np.sqrt(np.sum(moved**2, axis=1)))

    def beyond(factor):
        with np.errstate(divide="ignore"):  # a resample that is the data moves nothing
            return np.mean(ndtr(ndtri(END) / (factor * np.stack(sizes)))) - END

    if beyond(1 / RANGE) <= 0:
        return 1 / RANGE
    return RANGE if beyond(RANGE) >= 0 else brentq(beyond, 1 / RANGE, RANGE, xtol=1e-14, rtol=1e-14)


@pytest.mark.parametrize(("n", "p", "resamples"), [(6, 1, 40), (12, 3, 60), (40, 3, 200), (30, 5, 50)])
def test_calibration_is_the_end_of_the_mixture_it_says(n, p, resamples):
    rng = np.random.default_rng(n)
    slopes = rng.normal(size=(7, n, p)) * 10.0 ** rng.integers(-6, 6, size=(7, 1, p))
    weights = rng.multinomial(n, np.ones(n) / n, size=(7, resamples)).transpose(0, 2, 1).astype(float)
    found = factors(slopes, weights)
    plain = [plain_factor(s, w) for s, w in zip(slopes, weights, strict=True)]
    np.testing.assert_allclose(found, plain, rtol=1e-10)
    for i in range(7):
        assert factors(slopes[i : i + 1], weights[i : i + 1])[0] == found[i]


def test_calibration_leaves_out_resamples_that_determine_no_curve():
    rng = np.random.default_rng(1)
    x = np.repeat([1.0, 2.0, 4.0], 4)
    slopes = np.stack([np.ones(12), x, x**2], axis=1)[None]
    weights = rng.multinomial(12, np.ones(12) / 12, size=(1, 50)).transpose(0, 2, 1).astype(float)
    weights[0, x == 2.0, 0] = 0.0  # two scales for three parameters
    weights[0, x == 2.0, 1] = 1e-9  # all but that
    assert factors(slopes, weights)[0] == pytest.approx(plain_factor(slopes[0], weights[0]), rel=1e-10)
    assert factors(slopes, weights)[0] == pytest.approx(factors(slopes, weights[:, :, 2:])[0], rel=1e-12)


def test_calibration_ends_at_its_range():
    """Resamples that are the data have no spread to scale up; of none that determines the curve nothing is known."""
    slopes = np.random.default_rng(2).normal(size=(1, 9, 2))
    assert factors(slopes, np.ones((1, 9, 30)))[0] == RANGE
    assert factors(slopes, np.zeros((1, 9, 30)))[0] == 1.0


# --- ragged problems side by side: other numbers of points and scales, ties, several points a unit


def ragged():
    rng = np.random.default_rng(3)
    found = []
    for n, scales in ((8, 4), (24, 7), (31, 5), (40, 12), (24, 3)):
        x = np.sort(rng.choice(np.round(np.geomspace(1, 300, scales)), n))
        y = np.maximum(1.0, np.round(5.0 * x**0.4 * np.exp(rng.normal(0, 0.1, n)), 1))
        found.append(problem(x, y, ("constant", "power"), unit=[f"r{i % 10}" for i in range(n)]))
    return found


def test_sums_over_cells_are_those_of_each_problem():
    asked = ragged()
    sample = sample_of(asked)
    cells, r = cells_of(sample), np.random.default_rng(0).normal(size=sample.y.shape)
    _, means, sizes = cells.means(r)
    medians = cells.medians(cells.flat(r), np.arange(len(sizes)))
    at = 0
    for i, one in enumerate(asked):
        for x in np.unique(one.x):
            mine = np.flatnonzero(one.x[:, 0] == x)
            by_unit = [np.mean(r[mine[one.unit[mine] == u], i]) for u in np.unique(one.unit[mine])]
            assert (means[at], sizes[at]) == (pytest.approx(np.mean(by_unit)), len(by_unit))
            assert (medians[at], cells.sizes[at]) == (pytest.approx(np.median(r[mine, i])), len(mine))
            at += 1
    assert at == len(sizes)
    broken = np.where(np.arange(len(r))[:, None] == 3, np.nan, r)
    lost = cells.medians(cells.flat(broken), np.arange(len(sizes)))
    assert np.isnan(lost).sum() == len(asked)


def plain_p(residual, slopes):
    """Durbin & Watson's moments from the matrices of their definition."""
    n = len(residual)
    basis = scipy.linalg.orth(slopes / np.linalg.norm(slopes, axis=0))
    differences = np.diff(np.eye(n), axis=0)
    left = (np.eye(n) - basis @ basis.T) @ differences.T @ differences
    free = n - basis.shape[1]
    mean = np.trace(left) / free
    variance = 2.0 * (np.trace(left @ left) - mean * np.trace(left)) / (free * (free + 2))
    d = np.sum(np.diff(residual) ** 2) / np.sum(residual**2)
    both = mean * (4.0 - mean) / variance - 1.0
    return betainc(both * mean / 4.0, both * (1.0 - mean / 4.0), d / 4.0)


def test_serial_correlation_is_that_of_each_fit():
    rng = np.random.default_rng(4)
    count = np.array([6, 12, 9, 30])
    residual, slopes = np.zeros((4, 30)), np.zeros((4, 30, 3))
    for i, n in enumerate(count):
        residual[i, :n], slopes[i, :n] = rng.normal(size=n), np.vander(np.linspace(0, 1, n), 3)
    slopes[1, :, 2] = 0.0  # held at its bound
    slopes[2, :, 1] = 3.0 * slopes[2, :, 2]  # two parameters that say the same
    plain = [
        plain_p(residual[i, :n], slopes[i, :n][:, kept])
        for i, (n, kept) in enumerate(zip(count, ([0, 1, 2], [0, 1], [0, 2], [0, 1, 2]), strict=True))
    ]
    np.testing.assert_allclose(serial_correlation_p(residual, slopes, count), plain, rtol=1e-9)


def plain_origins(asked, families):
    """For each split: fitted points, held-out cells, how far beyond the fitted range each lies."""
    size = np.log(asked.x[:, 0])
    scales = np.unique(np.round(size, 9))
    cuts = {int(np.sum(scales <= scales[-1] - cut * asked.horizon + 1e-9)) for cut in CUTS}
    if len(cuts) < len(CUTS) or min(cuts) < 2:
        cuts = set(range(2, len(scales)))
    found = []
    for step in sorted(cuts | set(range(2, min(cuts, default=2))), reverse=True):
        fitted = size <= scales[step - 1] + 1e-9
        enough = all(
            len(np.unique(asked.x[fitted])) >= max(1, f.min_scales - 1) and fitted.sum() >= len(f.parameters)
            for f in families
        )
        if not enough or len(np.unique(asked.y[fitted])) < 2 or len(found) == MAX_ORIGINS:
            continue
        reach = scales[step - 1] + np.log(asked.question.extrapolation_limit)
        held = [s for k, s in enumerate(scales) if k == step or (k > step and s <= reach + 1e-9)]
        cells = [np.flatnonzero(np.abs(size - s) < 1e-6) for s in held]
        found.append((fitted, cells, np.exp(np.array(held) - scales[step - 1])))
    return found[::-1]


def test_origins_are_those_of_each_problem():
    rng = np.random.default_rng(5)
    flat = problem(np.repeat([1.0, 2.0, 4.0, 8.0], 4), [3.0] * 8 + [*rng.uniform(4, 5, 8)], ("power",))
    dense = problem(np.geomspace(1, 60, 60), rng.uniform(1, 2, 60), ("power",), extrapolation_limit=4.0)
    asked, families = [*ragged(), flat, dense], [FAMILIES["constant"], FAMILIES["power"]]
    sample = sample_of(asked)
    cells = cells_of(sample)
    found = origins_of(sample, cells, [*([families] * (len(asked) - 1)), [FAMILIES["power"]]])
    for i, one in enumerate(asked):
        plain = plain_origins(one, families[-1:] if i == len(asked) - 1 else families)
        assert found.count[i] == len(plain)
        for origin, (fitted, members, distance) in enumerate(plain):
            np.testing.assert_array_equal(found.fitted[origin, : len(fitted), i], fitted)
            assert not found.fitted[origin, len(fitted) :, i].any()
            mine = (found.held.problem == i) & (found.held.origin == origin)
            np.testing.assert_allclose(found.held.distance[mine], distance, rtol=1e-8)
            for cell, points in zip(found.held.cell[mine], members, strict=True):
                np.testing.assert_array_equal(cells.point[:, cells.point_cell == cell][0], points)
    assert found.count.tolist()[-2:] == [1, MAX_ORIGINS]  # nothing varies before the third scale; dense
    of = np.array([1, 3, 6])
    some = cells_of(sample.take(of))
    part, alone = (
        found.take(of, cells, some),
        origins_of(sample.take(of), some, [families, families, families[1:]]),
    )
    for one, other in zip(vars(part.held).values(), vars(alone.held).values(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(part.fitted, alone.fitted)


def test_back_tests_beside_longer_problems_are_those_alone():
    asked, families = ragged(), [FAMILIES["power"]]
    errors = []
    for some in (asked, *([one] for one in asked)):
        sample = sample_of(some)
        cells = cells_of(sample)
        origins = origins_of(sample, cells, [families] * len(some))
        errors.append(back_tests(batch_of(families[0], sample), cells, origins))
    for together, (alone,) in zip(errors[0], errors[1:], strict=True):
        assert (together is None) == (alone is None)
        if alone is not None:
            np.testing.assert_allclose(together.errors, alone.errors, rtol=1e-6, atol=1e-9)
            assert together.error == pytest.approx(np.sqrt(np.mean(alone.errors**2)), rel=1e-6)


def test_intervals_are_quantiles_of_the_draws():
    rng = np.random.default_rng(6)
    draws, value = rng.normal(size=(3, 4, 99)), rng.normal(size=(3, 4))
    level = np.array([0.5, 0.9, 0.95])
    at_lower, at_upper, limited = np.zeros((3, 3, 4), dtype=bool)
    at_lower[:, 1], at_upper[:, 2:], limited[:, :3] = True, True, True
    lowest = np.array([-0.2, -np.inf, -np.inf, -np.inf])
    low, high = intervals(draws, value, level, at_lower, at_upper, limited, lowest)
    for i, tail in enumerate(1.0 - level):
        ends = quantile(draws[i, 0], tail / 2), quantile(draws[i, 0], 1 - tail / 2)
        assert low[i, 0] == pytest.approx(max(min(ends[0], value[i, 0]), -0.2))
        assert high[i, 0] == pytest.approx(max(ends[1], value[i, 0]))
        assert np.isnan(low[i, 1])
        assert high[i, 1] == pytest.approx(max(quantile(draws[i, 1], 1 - tail / 2), value[i, 1]))
        assert np.isnan(high[i, 2])
        assert low[i, 2] == pytest.approx(min(quantile(draws[i, 2], tail / 2), value[i, 2]))
    assert np.isnan(low[:, 3]).all()
    assert np.isnan(high[:, 3]).all()


def test_replicates_are_those_of_each_problem_and_show_enough_scales():
    asked = ragged()
    seeds = [[7, i] for i in range(len(asked))]
    together = Replicates(sample_of(asked), 60, seeds, [3] * len(asked))
    for way in ("units", "case", "bayesian"):
        weights = together.weights(np.arange(len(asked)), way)
        for i, one in enumerate(asked):
            alone = Replicates(sample_of([one]), 60, [seeds[i]], [3]).weights(np.zeros(1, dtype=int), way)
            np.testing.assert_array_equal(weights[: len(one.y), [i]], alone)
            assert not weights[len(one.y) :, i].any()
            if way != "bayesian":
                shown = [len(np.unique(one.x[column > 0])) for column in alone[:, 0].T]
                assert min(shown) >= 3
                assert way == "units" or (alone.sum(axis=0) == len(one.y)).all()
            for u in np.unique(one.unit):
                if way != "case":
                    assert np.ptp(alone[one.unit == u, 0], axis=0).max() == 0.0
        some = together.take(np.array([4, 1]))
        np.testing.assert_array_equal(some.weights(np.array([1, 0]), way), weights[:, [1, 4]])


def test_a_problem_alone_is_the_problem_in_a_batch():
    """A refit of what changed says what a refit of all says, rounding apart."""
    asked = [
        planted("power", 0.1, seed, families=("constant", "power", "usl"), scales=6) for seed in range(5)
    ]
    few = [planted("power", 0.1, seed, families=("power",), scales=7, replicates=1) for seed in range(3)]
    together = fit_each([*asked, *few])
    for one, laws in zip([*asked, *few], together, strict=True):
        for law, alone in zip(laws, fit([one]), strict=True):
            assert (law.family, law.law_id, law.leading_reason) == (
                alone.family,
                alone.law_id,
                alone.leading_reason,
            )
            np.testing.assert_allclose(law.draws, alone.draws, rtol=1e-7, atol=1e-9)
