"""What must hold for all data: units, order, thresholds, noise, families."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.compare import decide
from scaling_assets.science.testing import newcombe, paired, relabelled, sign_flips, stratified, two_sample
from scaling_assets.science.testing.multiplicity import adjusted, levels
from scaling_assets.science.testing.sequences import mean_contrast, proportion, proportion_contrast

VALUES = st.lists(st.integers(-5000, 5000).map(lambda v: v / 1000), min_size=4, max_size=6).filter(
    lambda v: max(v) - min(v) > 0.1
)


def designs(x, y):
    n = min(len(x), len(y))
    yield two_sample(x, y)
    yield relabelled(x, y)
    if np.ptp(x[:n] - y[:n]) > 1e-6:
        yield paired(x[:n] - y[:n])
        yield sign_flips(x[:n] - y[:n])
    yield mean_contrast(x, 10)
    yield stratified({"a": (x, y), "b": (2 * x, y)}, {"a": 1, "b": 2})


@settings(max_examples=30, deadline=None)
@given(VALUES, VALUES, st.sampled_from([1e-3, 7.0, 1e4]), st.integers(0, 99))
def test_neither_the_unit_nor_the_order_matters(x, y, scale, seed):
    x, y = np.array(x), np.array(y)
    rng = np.random.default_rng(seed)
    for plain, scaled in zip(designs(x, y), designs(x * scale, y * scale), strict=True):
        assert plain.p_values(0.5) == pytest.approx(scaled.p_values(0.5 * scale), rel=1e-6)
        for ours, theirs in zip(plain.bounds(0.06, 1), scaled.bounds(0.06, 1), strict=True):
            assert ours == theirs == None or ours * scale == pytest.approx(theirs)  # noqa: E711
    shuffled = rng.permutation(x), rng.permutation(y)
    for design in (two_sample, relabelled):
        assert design(x, y).p_values(0.5) == pytest.approx(design(*shuffled).p_values(0.5))


@settings(max_examples=30, deadline=None)
@given(VALUES, VALUES, st.sampled_from([">", ">=", "<", "<="]))
def test_an_estimate_exactly_on_the_threshold_is_inconclusive(x, y, operator):
    for found in designs(np.array(x), np.array(y)):
        bounds = found.bounds(0.05, 1)
        if None not in bounds:
            assert decide(operator, (found.value,), *bounds) is Outcome.INCONCLUSIVE
        assert min(found.p_values(found.value)) > 0.05


@settings(max_examples=30, deadline=None)
@given(VALUES, VALUES, st.floats(1, 30), st.floats(-2, 2))
def test_more_noise_never_turns_inconclusive_into_pass(x, y, louder, gain):
    x, y = np.array(x) - np.mean(x), np.array(y) - np.mean(y)
    for quiet, loud in zip(designs(x + gain, y), designs(x * louder + gain, y * louder), strict=True):
        if quiet.method.startswith("exact"):  # a sharp null has no noise to grow apart from the effect
            continue
        outcomes = [decide(">", (0.0,), *found.bounds(0.05, 1)) for found in (quiet, loud)]
        assert not (outcomes[0] is Outcome.INCONCLUSIVE and outcomes[1] is Outcome.PASS)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.sampled_from(["holm", "hochberg", "bh", "by"]))
def test_each_member_judged_at_its_level_gives_what_the_family_gives(p, method):
    p = np.array(p)
    family, each = adjusted(p, method) <= 0.05, p <= levels(p, method, 0.05)
    near = np.abs(p - levels(p, method, 0.05)) < 1e-12
    assert np.all((family == each) | near)
    assert np.all(adjusted(p, method) >= p - 1e-15)


def test_no_spread_is_no_certainty():
    flat = np.ones(6)
    two = [design(flat, flat + 1) for design in (two_sample, relabelled)]
    for found in (*two, paired(flat), sign_flips(flat), mean_contrast(flat)):
        assert found.bounds is None and "spread" in found.reason
        assert found.p_values(0.0) == (1.0, 1.0)
    low, high = newcombe((30, 0), (30, 30)).bounds(0.05, 1)
    assert 0.8 < low < high == 1.0


@given(st.integers(1, 200), st.data())
@settings(max_examples=50, deadline=None)
def test_always_valid_bounds_hold_the_estimate_and_are_wider_than_fixed_ones(n, data):
    k = data.draw(st.integers(0, n) | st.sampled_from([1, n - 1]))
    low, high = proportion(k, n, 0.05)
    assert 0 <= low <= k / n <= high <= 1
    assert proportion_contrast(k, n).p_values(k / n) == (1.0, 1.0)


def test_a_bound_closer_to_an_end_than_any_number_is_that_end():
    for k, n in ((186, 187), (1, 187), (10**6 - 1, 10**6)):
        assert proportion_contrast(k, n).p_values(k / n) == (1.0, 1.0)
        low, high = proportion(k, n, 1e-300)
        assert 0.0 <= low < k / n < high <= 1.0
