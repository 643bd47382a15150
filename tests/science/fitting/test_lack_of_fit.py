"""Laws that miss the cells by more than the cells' own noise."""

import numpy as np
import pytest

from scaling_assets.records.law import Distance
from scaling_assets.science.fitting import fit, predict
from scaling_assets.science.fitting.batch import batch_of
from scaling_assets.science.fitting.cells import cells_of
from scaling_assets.science.fitting.evidence import lack_of_fit
from scaling_assets.science.fitting.point import fit_points
from scaling_assets.science.fitting.sample import sample_of
from scaling_assets.science.laws import FAMILIES
from tests.science.fitting.cases import planted, problem

LADDER = np.repeat(np.round(np.geomspace(1, 128, 8)), 3)


def noisy(y, seed=0, spread=0.05):
    return y * np.exp(spread * np.random.default_rng(seed).standard_normal(len(y)))


def u_shaped(**rest):
    families = rest.pop("families", ("constant", "linear", "logarithmic", "power", "power_floor"))
    return fit([problem(LADDER, noisy(1 + (np.log(LADDER) - 2.4) ** 2), families, **rest)])


def p_value(asked, r, free):
    return lack_of_fit(cells_of(sample_of([asked])), np.asarray(r)[:, None], np.array([free]))[0]


def test_f_statistic_by_hand():
    """Cell means 1, -1, 0 of 2 units each, 1 apart: misfit 4 / (3 - 1), noise 1.5 / 3, F(2, 3) = 4."""
    asked = problem(np.repeat([1.0, 2, 3], 2), np.arange(1.0, 7))
    r = np.array([0.5, 1.5, -1.5, -0.5, -0.5, 0.5])
    expected = (1 + 2 * 4.0 / 3) ** -1.5  # the tail of F(2, v) is (1 + 2 F / v)^(-v / 2)
    assert p_value(asked, r, 1) == pytest.approx(expected)
    assert np.isnan(p_value(asked, r, 3))
    assert np.isnan(p_value(problem([1.0, 1, 2, 2, 3], np.arange(1.0, 6)), r[:5], 1))


def test_a_law_of_the_right_form_is_rejected_in_few_of_many():
    """200 planted power laws: p below .05 in about 10 (at most 20), below .001 in at most 2."""
    sample = sample_of([planted("power", 0.05, seed, replicates=3) for seed in range(200)])
    batch = batch_of(FAMILIES["power"], sample)
    p = lack_of_fit(cells_of(sample), batch.residual(fit_points(batch).theta), np.full(200, 2))
    assert (p < 0.05).sum() <= 20
    assert (p < 1e-3).sum() <= 2


@pytest.mark.parametrize("at", [256.0, 0.6])
def test_monotone_laws_of_u_shaped_data_say_so_and_are_not_extrapolated(at):
    laws = u_shaped()
    (law,) = [law for law in laws if law.is_leading]
    assert law.leading_reason.startswith("misses the cells by more than their own noise (lack-of-fit p = ")
    outside = predict(law, {"n": at})
    assert (outside.distance, outside.value) == (Distance.REFUSED, None)
    assert "misses the cells by more than their own noise" in outside.reason
    assert predict(law, {"n": 20.0}).value is not None


def test_a_declared_law_that_misses_the_cells_leads_and_says_so():
    (law,) = [law for law in u_shaped(declared="power") if law.is_leading]
    assert law.family == "power"
    assert law.leading_reason.startswith("declared; misses the cells by more than their own noise")


def test_a_law_that_follows_the_cells_is_preferred():
    laws = fit(
        [problem(LADDER, noisy(1.8 + 4 * LADDER**-0.4, spread=0.02), ("constant", "power", "power_floor"))]
    )
    (law,) = [law for law in laws if law.is_leading]
    assert law.family == "power_floor"
    assert law.leading_reason.endswith("constant, power set aside for lack of fit")


def test_an_outlier_makes_no_lack_of_fit():
    y = noisy(2 * LADDER**0.5)
    y[-1] *= 1000
    assert fit([problem(LADDER, y, ("power",))])[0].evidence["lack_of_fit_p"] > 0.01
