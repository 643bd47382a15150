"""What a family promises once it is fitted: known curves come back, in any units, inside the domain."""

import numpy as np
import pytest

from scaling_assets.records.experiment import Estimator, LawQuestion
from scaling_assets.science.fitting.batch import Batch, batch_of
from scaling_assets.science.fitting.point import PointFits, fit_points
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.sample import sample_of
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.laws.family import Family
from tests.science.laws.planted_laws import PLANTED

every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)

LEAST_SQUARES = Estimator(name="least_squares")


def planted(family: Family) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Known parameters (p,), points x (n, k) and exact values y (n,)."""
    values, x = PLANTED[family.name]
    theta = np.array([values[name] for name in family.names])
    return theta, x, family.curve(theta, x)


def fitted(
    family: Family, *data: tuple[np.ndarray, np.ndarray], estimator=LEAST_SQUARES
) -> tuple[Batch, PointFits]:
    """Points (x, y) of one or more problems, fitted as one batch."""
    question = LawQuestion(metric="y", by=("n", "d", "s", "w")[: family.axes], families=(family.name,),
                           estimator=estimator)  # fmt: skip
    residuals = "log" if family.has_scale else "logit"
    batch = batch_of(family, sample_of([
        Problem("demo", question, x, y, np.arange(len(y)).astype(str).astype(object), residuals=residuals)
        for x, y in data
    ]))  # fmt: skip
    return batch, fit_points(batch)


def movable(family: Family, x: np.ndarray) -> np.ndarray:
    """Axes whose unit is free (k,): those that the family centres or scales; 1 means something on the others."""
    frames = [family.frame(family.coordinates(points)[:, :, None], np.ones((len(x), 1), dtype=bool))
              for points in (x, 10.0 * x)]  # fmt: skip
    (centre, scale), (other_centre, other_scale) = frames
    return ((centre != other_centre) | (scale != other_scale))[:, 0]


@every_family
@pytest.mark.parametrize(
    "estimator", [LEAST_SQUARES, Estimator(name="huber", delta=1e-3)], ids=["ls", "huber"]
)
def test_exact_data_give_the_parameters_back(family, estimator):
    theta, x, y = planted(family)
    batch, fit = fitted(family, (x, y), estimator=estimator)
    np.testing.assert_allclose(batch.natural(fit.theta)[:, 0], theta, rtol=1e-5)


@every_family
def test_units_change_nothing(family):
    _, x, y = planted(family)
    y = y * np.exp(0.02 * np.random.default_rng(3).normal(size=len(y))) if family.has_scale else y
    factors = np.where(movable(family, x), 1000.0, 1.0)
    y_factor = 60.0 if family.has_scale else 1.0
    batch, fit = fitted(family, (x, y), (x * factors, y * y_factor))
    mine, theirs = batch.natural(fit.theta).T
    ahead = x * np.where(movable(family, x), 2.0, 1.0)
    np.testing.assert_allclose(
        family.curve(theirs, ahead * factors), y_factor * family.curve(mine, ahead), rtol=1e-5
    )


@every_family
def test_estimates_stay_in_the_domain(family):
    _, x, y = planted(family)
    rng = np.random.default_rng(4)
    if family.has_scale:
        wild = [
            y * np.exp(rng.normal(size=len(y))),
            y[::-1],
            1.0 / y,
            np.full(len(y), 3.0) + 1e-3 * rng.random(len(y)),
        ]
    else:
        wild = [rng.uniform(0.05, 0.95, len(y)), y[::-1], 1.0 - y]
    batch, fit = fitted(family, *((x, values) for values in wild if (values > 0).all()))
    natural = batch.natural(fit.theta)
    slack = 1e-9 * np.maximum(1.0, np.abs(natural))
    assert np.isfinite(fit.objective).all()
    assert (natural >= family.lower[:, None] - slack).all()
    assert (natural <= family.upper[:, None] + slack).all()


def test_breaks_are_found_inside_the_data():
    family = FAMILIES["broken_power_1"]
    x = np.geomspace(1.0, 1e4, 24)[:, None]
    straight = 3.0 * x[:, 0] ** -0.4 * np.exp(0.05 * np.random.default_rng(5).normal(size=24))
    batch, fit = fitted(family, (x, straight))
    place = batch.natural(fit.theta)[family.index(["d1"])[0], 0]
    assert 1.0 - 1e-9 <= place <= 1e4 * (1 + 1e-9)


def test_two_problems_of_one_batch_do_not_touch():
    family = FAMILIES["data_constrained"]
    _, x, y = planted(family)
    few = x[::2], y[::2] * 3.0
    batch, fit = fitted(family, (x, y), few)
    alone = [fitted(family, points) for points in ((x, y), few)]
    together = batch.natural(fit.theta)
    for i, (one, its_fit) in enumerate(alone):
        np.testing.assert_allclose(together[:, i], one.natural(its_fit.theta)[:, 0], rtol=1e-6)
