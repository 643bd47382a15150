"""Printed digits: textbooks, R's documentation, published tables."""

import numpy as np
import pytest
from scipy import stats

from scaling_assets.science.testing import (
    clopper_pearson,
    newcombe,
    paired,
    relabelled,
    sign_flips,
    two_sample,
    wilson,
)
from scaling_assets.science.testing.multiplicity import adjusted
from scaling_assets.science.testing.power import (
    proportion_items,
    proportion_power,
    t_effect,
    t_power,
    t_units,
)
from scaling_assets.science.testing.spending import boundaries, nominal_levels

FIRST = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SECOND = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_t_on_student_sleep_data_as_r_prints_it():
    found = paired(FIRST - SECOND)
    assert found.value / found.evidence["se"] == pytest.approx(-4.0621, abs=5e-5)
    assert found.bounds(0.025, 1) == (
        pytest.approx(-2.4598858, abs=5e-8),
        pytest.approx(-0.7001142, abs=5e-8),
    )
    assert 2 * min(found.p_values(0)) == pytest.approx(0.002833, abs=5e-7)
    welch = two_sample(FIRST, SECOND)
    assert welch.bounds(0.025, 1) == (pytest.approx(-3.3654832, abs=5e-8), pytest.approx(0.2054832, abs=5e-8))


def test_exact_tests_agree_with_scipy():
    flips = stats.permutation_test(
        (FIRST, SECOND), _mean_difference, permutation_type="samples", alternative="less"
    )
    assert sign_flips(FIRST - SECOND).p_values(0)[1] == pytest.approx(flips.pvalue) == 2 / 1024
    x, y = FIRST[:6], SECOND[:5]
    swaps = stats.permutation_test((x, y), _mean_difference, alternative="less", n_resamples=np.inf)
    assert relabelled(x, y).p_values(0)[1] == pytest.approx(swaps.pvalue)


def _mean_difference(x, y, axis):
    return np.mean(x, axis=axis) - np.mean(y, axis=axis)


@pytest.mark.parametrize("exact", [lambda v: sign_flips(v), lambda v: relabelled(v[:5], v[5:])])
def test_bounds_of_exact_tests_invert_their_p_values(exact):
    found = exact(SECOND - np.arange(10) / 7)
    low, high = found.bounds(0.05, 1)
    assert found.p_values(low + 1e-6)[0] > 0.05 >= found.p_values(low - 1e-6)[0]
    assert found.p_values(high - 1e-6)[1] > 0.05 >= found.p_values(high + 1e-6)[1]


# R: x <- c(.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .324, .4262, .5719, .6528, .759, 1);
# the example of Benjamini & Hochberg 1995. p.adjust of five equally spaced values is in many textbooks.
THROMBOLYSIS = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
                0.6528, 0.7590, 1.0]  # fmt: skip


@pytest.mark.parametrize(
    ("p", "method", "answer"),
    [
        ([0.01, 0.02, 0.03, 0.04, 0.05], "holm", [0.05, 0.08, 0.09, 0.09, 0.09]),
        ([0.01, 0.02, 0.03, 0.04, 0.05], "hochberg", [0.05] * 5),
        ([0.01, 0.02, 0.03, 0.04, 0.05], "bh", [0.05] * 5),
        ([0.01, 0.02, 0.03, 0.04, 0.05], "by", [0.1141667] * 5),
        ([0.04, 0.001, 0.03], "holm", [0.06, 0.003, 0.06]), ([0.04, 0.001, 0.03], "none", [0.04, 0.001, 0.03]),
        (THROMBOLYSIS[:4], "hochberg", [0.0004, 0.0012, 0.0038, 0.0095]),
    ],
)  # fmt: skip
def test_adjusted_p_values_as_r(p, method, answer):
    assert adjusted(np.array(p), method) == pytest.approx(answer, abs=5e-8)


def test_benjamini_and_hochbergs_own_example():
    found = adjusted(np.array(THROMBOLYSIS), "bh")
    assert int(np.sum(found <= 0.05)) == 4  # they reject four, Bonferroni three
    assert int(np.sum(adjusted(np.array(THROMBOLYSIS), "holm") <= 0.05)) == 3


def test_power_as_r():
    assert t_power(20, 1, 1, 0.025) == pytest.approx(
        0.8689528, abs=5e-8
    )  # power.t.test(n = 20, delta = 1, sd = 1)
    assert t_units(0.90, 1, 1, 0.025) == pytest.approx(22.02110, abs=5e-6)
    assert t_units(0.90, 1, 1, 0.05) == pytest.approx(
        17.84713, abs=2e-5
    )  # one.sided; its root has that error
    assert t_power(20, t_effect(20, 0.9, 1, 0.025), 1, 0.025) == pytest.approx(0.9)
    assert proportion_power(50, 0.50, 0.75, 0.05) == pytest.approx(0.7401659, abs=5e-8)  # power.prop.test
    assert proportion_items(0.90, 0.50, 0.75, 0.05) == pytest.approx(76.7, abs=0.05)
    assert proportion_power(30, 0.50, 0.65, 0.05) == pytest.approx(0.21, abs=0.005)  # S1's 30 a group


@pytest.mark.parametrize(
    ("spending", "answer"),
    [  # Lan-DeMets with five equal looks, one-sided .025: the tables of the ld98 program
        ("obrien_fleming", [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        ("pocock", [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
    ],
)
def test_boundaries_as_tabulated(spending, answer):
    assert boundaries(np.arange(1, 6) / 5, 0.025, spending) == pytest.approx(answer, abs=2e-4)


def test_one_look_is_a_plain_test_and_uneven_looks_spend_no_more():
    assert nominal_levels([1.0], 0.05, "pocock") == pytest.approx([0.05])
    rng = np.random.default_rng(3)
    t = np.array([0.2, 0.25, 0.7, 1.0])
    z = np.cumsum(rng.normal(size=(100_000, 4)) * np.sqrt(np.diff(t, prepend=0)), axis=1) / np.sqrt(t)
    for spending in ("obrien_fleming", "pocock"):
        crossed = np.mean(np.any(z > boundaries(t, 0.05, spending), axis=1))
        assert crossed == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 100_000))
    with pytest.raises(ValueError, match="ascend"):
        boundaries([0.5, 0.4], 0.05, "pocock")


def test_proportions_as_published():
    # Newcombe 1998 (Statistics in Medicine 17, 857 and 873): 81 of 263, and 56/70 against 48/80.
    assert wilson(81, 263, 0.025) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert clopper_pearson(81, 263, 0.025) == (
        pytest.approx(0.2527, abs=5e-5),
        pytest.approx(0.3676, abs=5e-5),
    )
    assert clopper_pearson(30, 30, 0.025)[0] == pytest.approx(0.8843, abs=5e-5)  # S2: 100 % of 30
    low, high = newcombe((56, 48), (70, 80)).bounds(0.025, 1)
    assert (low, high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
    for k, n in ((0, 7), (3, 11), (40, 40), (17, 200)):
        for ours, name in ((wilson, "wilson"), (clopper_pearson, "exact")):
            theirs = stats.binomtest(k, n).proportion_ci(0.9, method=name)
            assert ours(k, n, 0.05) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
