"""Published optima of training compute, with and without serving."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from scaling_assets.errors import LawNotUsable
from scaling_assets.science.allocation import allocate
from scaling_assets.science.allocation.compute_optimal import frontier, optimum
from tests.science.allocation.planned import CHINCHILLA, chinchilla, compute, power

HOFFMANN = (406.4, 410.7, 1.69, 0.34, 0.28)  # Hoffmann et al. 2022, appendix D.3


def test_hoffmanns_exponents_and_optimum():
    found = frontier(chinchilla(HOFFMANN, sd=0.01), np.array([1e21, 5.76e23]))
    assert found.parameter_exponent.value == pytest.approx(0.28 / 0.62)  # printed .46 to .454
    assert found.token_exponent.value == pytest.approx(0.34 / 0.62)
    gopher = found.points[1]
    assert gopher.parameters.value == pytest.approx(
        3.2e10, rel=0.02
    )  # 32 billion, not the 70 that were trained
    assert gopher.parameters.low < gopher.parameters.value < gopher.parameters.high
    assert gopher.tokens_per_parameter.value == pytest.approx(gopher.tokens.value / gopher.parameters.value)
    assert 6 * gopher.parameters.value * gopher.tokens.value == pytest.approx(5.76e23, rel=1e-12)


def test_besiroglus_tokens_a_parameter():
    """Besiroglu et al. 2024, arXiv:2404.10102: about 20 tokens a parameter at Chinchilla's compute."""
    found = frontier(chinchilla(CHINCHILLA, sd=0.002), np.array([5.76e23]))
    assert found.points[0].tokens_per_parameter.value == pytest.approx(20, rel=0.15)
    assert found.parameter_exponent.value == pytest.approx(0.513, abs=0.001)


@pytest.mark.parametrize("served", [0.0, 1e11, 1e13])
@pytest.mark.parametrize("budget", [1e20, 1e24])
def test_the_optimum_equals_a_search_along_the_budget(budget, served):
    a, b, e, alpha, beta = CHINCHILLA
    n, d = optimum(np.array(CHINCHILLA), np.array([budget]), served)

    def loss(log_n: float) -> float:
        size = np.exp(log_n)
        trained = (budget / size - 2 * served) / 6
        return e + a * size**-alpha + b * trained**-beta if trained > 0 else np.inf

    top = np.log(budget / (2 * served)) if served else np.log(budget)
    grid = np.linspace(np.log(1e3), top, 20_001)[:-1]
    start = grid[np.argmin([loss(x) for x in grid])]
    best = minimize_scalar(
        loss, bounds=(start - 0.01, min(start + 0.01, top)), method="bounded", options={"xatol": 1e-12}
    )
    assert loss(np.log(n[0])) <= best.fun * (1 + 1e-12)
    assert np.log(n[0]) == pytest.approx(best.x, abs=1e-3)
    assert 6 * n[0] * d[0] + 2 * n[0] * served == pytest.approx(budget, rel=1e-9)


def test_serving_makes_models_smaller_and_trained_longer():
    """Sardana et al. 2023: the more is served, the smaller the best model and the more tokens a parameter."""
    found = [optimum(np.array(CHINCHILLA), np.array([1e23]), t) for t in (0.0, 1e11, 1e12, 1e13)]
    assert np.all(np.diff([n[0] for n, _ in found]) < 0)
    assert np.all(np.diff([(d / n)[0] for n, d in found]) > 0)


@pytest.mark.parametrize("served", [0.0, 1e12])
def test_a_plan_with_a_product_price_has_the_same_answer(served):
    answer = allocate(compute(1e23, served=served), [chinchilla(sd=0.01)])
    n, d = optimum(np.array(CHINCHILLA), np.array([1e23]), served)
    assert answer.amounts[0].amount == pytest.approx(n[0], rel=1e-4)
    assert answer.amounts[1].amount == pytest.approx(d[0], rel=1e-4)
    assert answer.amounts[0].low < n[0] < answer.amounts[0].high


def test_what_lies_beyond_the_data_is_said():
    near = replace(chinchilla(sd=0.01), domain=((1e9, 2e9), (1e10, 1e11)))
    inside, outside, far = frontier(near, 6 * np.array([1.4e9 * 2.9e10, 2.4e9 * 4.5e10, 1e11 * 1e12])).points
    assert (inside.is_extrapolated, inside.is_refused) == (False, False)
    assert outside.is_extrapolated and not outside.is_refused and far.is_refused


def test_a_draw_without_an_optimum_opens_the_interval():
    bad = chinchilla(sd=0.01)
    draws = bad.draws.copy()
    draws[:100, 3] = 0.0
    found = frontier(replace(bad, draws=draws), np.array([1e21])).points[0]
    assert found.parameters.low == -np.inf and found.parameters.high == np.inf


def test_other_laws_are_refused():
    with pytest.raises(LawNotUsable, match="of the family chinchilla"):
        frontier(power("n", 0.3), np.array([1e21]))
