"""Within-run and run-to-run variance apart, and the weights that follow."""

import numpy as np
import pytest

from scaling_assets.records.experiment import Estimator
from scaling_assets.science.fitting import fit
from scaling_assets.science.fitting.components import CAP, components
from scaling_assets.science.synthetic import simulate_values
from tests.science.fitting.cases import TRUTHS, problem

CELLS = np.repeat(np.arange(1.0, 41.0), 6)[:, None]


def test_both_components_come_back():
    rng = np.random.default_rng(1)
    within = rng.uniform(0.001, 0.09, len(CELLS))
    eta = np.log(CELLS[:, 0]) + rng.normal(0, 0.1, len(CELLS)) + rng.normal(size=len(CELLS)) * np.sqrt(within)
    found = components(CELLS, eta, within)
    assert found.degrees == 200
    assert found.between == pytest.approx(0.01, abs=0.006)
    order = np.argsort(within)
    assert (np.diff(found.weight[order]) <= 1e-12).all()
    assert found.weight.mean() == pytest.approx(1.0)


def test_no_run_weighs_more_than_the_cap():
    within = np.full(len(CELLS), 1.0)
    within[0] = 1e-9
    eta = np.random.default_rng(2).normal(size=len(CELLS)) * 0.5
    weight = components(CELLS, eta, within).weight
    assert weight[0] == pytest.approx(CAP * np.median(weight))


def test_unknown_spreads_count_like_the_median():
    within = np.array([0.1, np.nan, 0.3, 0.2, np.nan, 0.2])
    weight = components(np.arange(6.0)[:, None], np.zeros(6), within).weight
    assert weight[1] == weight[4] == weight[3] == weight[5]
    assert (components(np.arange(6.0)[:, None], np.zeros(6), np.full(6, np.nan)).weight == 1.0).all()


def test_weights_make_estimates_sharper():
    """One run in two has ten times the noise: over 60 experiments the weighted exponent varies clearly less."""
    x = np.repeat(np.geomspace(1, 300, 8), 4)
    sd = np.tile([0.02, 0.2, 0.02, 0.2], 8)
    plain, weighted = [], []
    for seed in range(60):
        y = simulate_values("power", TRUTHS["power"], x[:, None], 0.0, np.random.default_rng(0))
        y = y * np.exp(sd * np.random.default_rng(seed).standard_normal(len(x)))
        asked = problem(x, y, estimator=Estimator(name="least_squares"), bootstrap=50)
        plain.append(asked)
        weight = components(x[:, None], np.log(y), sd**2).weight
        weighted.append(type(asked)(**{**_fields(asked), "weight": weight}))
    errors = [np.std([law.parameter("b").value for law in fit(ps)]) for ps in (plain, weighted)]
    assert errors[1] < 0.5 * errors[0]


def _fields(asked):
    return {name: getattr(asked, name) for name in asked.__dataclass_fields__}
