"""One contract, every family: the registry is the list of cases."""

import numpy as np
import pytest

from scaling_assets.errors import WrongFamily
from scaling_assets.science.laws import FAMILIES, Parameter, register
from scaling_assets.science.laws.family import Family, probe
from scaling_assets.science.laws.power import Power

every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


def random_case(family: Family, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    theta = probe(family) * rng.uniform(0.5, 1.0, (4, len(family.parameters)))
    return theta, rng.uniform(0.2, 3.0, (4, family.axes, 7))


@every_family
def test_gradient_is_the_derivative(family):
    theta, z = random_case(family, 1)
    _, dy = family.evaluate(theta, z)
    for j in range(theta.shape[1]):
        step = 1e-6 * np.eye(theta.shape[1])[j]
        slope = (family.evaluate(theta + step, z)[0] - family.evaluate(theta - step, z)[0]) / 2e-6
        np.testing.assert_allclose(dy[:, j], slope, rtol=2e-6, atol=1e-8)


@every_family
def test_curvature_is_the_derivative_of_the_gradient(family):
    theta, z = random_case(family, 2)
    v = np.random.default_rng(3).normal(size=(4, 7))
    _, dy = family.evaluate(theta, z)
    curvature = family.curvature(theta, z, dy, v)
    p = theta.shape[1]
    curvature = np.zeros((4, p, p)) if curvature is None else curvature
    for j in range(p):
        step = 1e-6 * np.eye(p)[j]
        up, down = family.evaluate(theta + step, z)[1], family.evaluate(theta - step, z)[1]
        change = np.einsum("rpn,rn->rp", up - down, v) / 2e-6
        np.testing.assert_allclose(curvature[:, j], change, rtol=5e-6, atol=1e-6)


@every_family
def test_value_and_evaluate_give_one_curve(family):
    theta, z = random_case(family, 4)
    np.testing.assert_allclose(family.value(theta, z), family.evaluate(theta, z)[0], rtol=1e-13)


@every_family
def test_broadcasts_parameters_against_one_set_of_points(family):
    theta, z = random_case(family, 5)
    one = family.value(theta, z[0])
    assert one.shape == (4, 7)
    np.testing.assert_allclose(one[2], family.value(theta[2], z[0]))


@every_family
def test_rechart_there_and_back(family):
    theta, _ = random_case(family, 6)
    raw = family.covariate == "raw"
    centre = np.zeros(family.axes) if raw else np.full(family.axes, 0.7)
    scale = np.full(family.axes, 2.5) if family.covariate == "linear" else np.ones(family.axes)
    there = family.rechart(theta, centre, scale, 5.0)
    np.testing.assert_allclose(family.rechart(there, -centre / scale, 1 / scale, 0.2), theta, rtol=1e-10)


@every_family
def test_finite_and_positive_on_its_domain(family):
    x = np.stack([np.geomspace(1.0, 1e9, 30)] * family.axes, axis=1)
    lower, upper = np.maximum(family.lower, -1.0), np.minimum(family.upper, 1.0)
    for share in (0.0, 0.3, 1.0):
        value = family.curve(lower + share * (upper - lower), x)
        assert np.isfinite(value).all()


@every_family
def test_every_parameter_says_what_it_is(family):
    for parameter in family.parameters:
        assert parameter.meaning
        assert parameter.unit_for("ms", ("elements", "tokens")).count("{") == 0


def test_limits_hold():
    floor = FAMILIES["power_floor"].curve(np.array([1.5, 2.0, 0.5]), np.array([[1e30]]))
    assert floor == pytest.approx([1.5])
    usl = FAMILIES["usl"].curve(np.array([3.0, 0.1, 0.0]), np.array([[1.0], [1e12]]))
    assert usl == pytest.approx([3.0, 30.0], rel=1e-6)


@pytest.mark.parametrize(
    ("y", "x", "family", "name", "unit"),
    [
        ("ms", "elements", "power", "a", "ms/elements^b"),
        ("ms", "", "power", "a", "ms"),
        ("ms", "elements", "power", "b", ""),
        ("ms", "users", "linear", "b", "ms/users"),
        ("", "users", "linear", "b", "1/users"),
        ("", "", "linear", "b", ""),
        ("ops/s", "workers", "usl", "gamma", "ops/s/workers"),
        ("ops/s", "workers", "usl", "sigma", ""),
        ("ms", "tokens", "power_floor", "E", "ms"),
    ],
)
def test_units_follow_from_metric_and_axis(y, x, family, name, unit):
    parameter = next(p for p in FAMILIES[family].parameters if p.name == name)
    assert parameter.unit_for(y, (x,)) == unit


# ---- a wrong declaration is refused, with every difference named ----


def spoiled(**changes):
    return type("Spoiled", (Power,), {"name": "spoiled", **changes})()


def test_a_good_declaration_is_accepted():
    assert list(register(spoiled())) == ["spoiled"]


def wrong_gradient(self, theta, z):
    y, dy = Power.evaluate(self, theta, z)
    return y, dy * np.array([[1.0], [1.01]])


def wrong_curve(self, q, z):
    return Power.basis(self, q, z) * 1.001


def wrong_shape(self, theta, z):
    y, dy = Power.evaluate(self, theta, z)
    return y, dy[..., :1, :]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"evaluate": wrong_gradient}, "the gradient by 'b' is not the derivative of the curve"),
        ({"basis": wrong_curve}, "evaluate and basis give different curves"),
        ({"evaluate": wrong_shape}, r"evaluate gives shapes \(5,\) and \(1, 5\), not \(5,\) and \(2, 5\)"),
        ({"curvature": lambda *_: None}, "the curvature by 'a' is not the derivative of the gradient"),
        ({"rechart": lambda self, theta, *_: theta}, "rechart does not describe the same curve"),
        ({"linear": ("a", "c")}, "'c' is in 'linear' or 'grids' but no parameter"),
        ({"grids": {}}, "parameter 'b' is neither in 'linear' nor in 'grids'"),
        ({"grids": {"b": (0.1, 99.0)}}, "the grid of 'b' leaves its domain at 99"),
        ({"linear": ("a", "b")}, "'b' is both in 'linear' and in 'grids'"),
        ({"min_points": 1}, "1 points cannot determine 2 parameters"),
        ({"citation": " "}, "'citation' is empty"),
        ({"parameters": (Power.parameters[0], Parameter("b", "m", "speed"))}, "the unknown role 'speed'"),
        ({"parameters": (Power.parameters[0], Parameter("b", "m", lower=1.0, upper=1.0))}, "an empty domain"),
        ({"parameters": (*Power.parameters, Power.parameters[1])}, "parameter 'b' is declared twice"),
    ],
)
def test_a_spoiled_declaration_says_why(changes, reason):
    with pytest.raises(WrongFamily, match=reason):
        register(spoiled(**changes))


def test_a_name_is_taken_once():
    with pytest.raises(WrongFamily, match="'power' is taken twice"):
        register(Power(), Power())
