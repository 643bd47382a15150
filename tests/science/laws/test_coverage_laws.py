"""What is special about the laws of repeated attempts: probabilities, counts of attempts, each other's limits."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta as beta_distribution

from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.laws.family import Seen

POWER, MIXTURE = FAMILIES["repeated_sampling"], FAMILIES["beta_binomial"]
K = np.array([1.0, 2.0, 5.0, 30.0, 1000.0])


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 2.0), (4.0, 1.5), (0.05, 40.0)])
def test_the_mixture_is_the_mean_over_problems(alpha, beta):
    spread = beta_distribution(alpha, beta)
    solved = [quad(lambda q, k=k: spread.sf(1 - q ** (1 / k)), 0, 1, limit=400)[0] for k in K]
    # 1 - E (1 - p)^k is the integral of P((1 - p)^k < q) = P(p > 1 - q^(1/k)) over q
    np.testing.assert_allclose(MIXTURE.curve(np.array([alpha, beta]), K[:, None]), solved, rtol=1e-5)


def test_one_attempt_solves_the_mean_and_the_tail_falls_as_k_to_minus_alpha():
    alpha, beta = 0.4, 3.0
    c = MIXTURE.curve(np.array([alpha, beta]), np.array([[1.0], [1e8], [1e9]]))
    assert c[0] == pytest.approx(alpha / (alpha + beta))
    assert np.log10((1 - c[2]) / (1 - c[1])) == pytest.approx(-alpha, abs=1e-6)


def test_a_mixture_of_hard_problems_keeps_its_small_probabilities():
    c = MIXTURE.curve(np.array([0.5, 1e9]), np.array([[1.0], [2.0]]))
    np.testing.assert_allclose(c, [5e-10, 1e-9], rtol=1e-5)


def test_the_power_law_of_coverage_is_one_in_minus_ln_c():
    c = POWER.curve(np.array([1.7, 0.35]), K[:, None])
    np.testing.assert_allclose(-np.log(c), 1.7 * K**-0.35, rtol=1e-12)


@pytest.mark.parametrize("family", [POWER, MIXTURE])
def test_starts_can_be_made_where_every_problem_or_none_is_solved(family):
    z = family.coordinates(K[:, None])[:, :, None]
    for share in (0.0, 1.0):
        cells = family.cells(Seen(z, np.full((5, 1), share), np.ones((5, 1), dtype=bool)))
        assert np.isfinite(cells).all()
        assert (cells >= family.lower[:, None, None]).all()
