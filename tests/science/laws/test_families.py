"""One contract, every family: the registry is the list of cases."""

import itertools
import math

import numpy as np
import pytest

from scaling_assets.errors import WrongFamily
from scaling_assets.science.laws import FAMILIES, Parameter, register
from scaling_assets.science.laws.family import Family, Seen
from scaling_assets.science.laws.power import Power
from tests.science.laws.planted_laws import PLANTED

every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


def domain(family: Family, far: float) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the domain (p,); ``far`` stands for infinity, 1e-6 for the open end of a positive parameter."""
    low = np.where(np.isfinite(family.lower), family.lower, -far)
    low = np.where(family.logged, np.maximum(low, 1e-6), low)
    return low, np.where(np.isfinite(family.upper), family.upper, far)


def random_case(family: Family, seed: int, rows: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Parameters (p, rows) within the domain and covariates (k, 7, rows)."""
    rng = np.random.default_rng(seed)
    low, high = domain(family, 3.0)
    low, high = np.maximum(low, -3.0), np.minimum(high, 3.0)
    theta = low[:, None] + rng.uniform(0.1, 0.9, (len(low), rows)) * (high - low)[:, None]
    return theta, rng.uniform(0.2, 3.0, (family.axes, 7, rows))


def planted(family: Family) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Known parameters (p,), points x (n, k) and exact values y (n,)."""
    values, x = PLANTED[family.name]
    theta = np.array([values[name] for name in family.names])
    return theta, x, family.curve(theta, x)


def charted(family: Family, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariates (k, n, 1) in the family's frame, and the frame (k, 1), (k, 1)."""
    raw = family.coordinates(x)[:, :, None]
    centre, scale = family.frame(raw, np.ones(raw.shape[1:], dtype=bool))
    return (raw - centre[:, None]) / scale[:, None], centre, scale


def steps(theta: np.ndarray, j: int) -> np.ndarray:
    """A small change of parameter j: (p, rows)."""
    size = 1e-6 * np.maximum(np.abs(theta[j]), 0.1)
    return np.where(np.arange(len(theta))[:, None] == j, size, 0.0)


# ---- the formula, its derivatives and its shapes ----


@every_family
def test_gradient_is_the_derivative(family):
    theta, z = random_case(family, 1)
    y, dy = family.evaluate(theta, z)
    for j in range(len(theta)):
        step = steps(theta, j)
        slope = (family.evaluate(theta + step, z)[0] - family.evaluate(theta - step, z)[0]) / (2 * step[j])
        np.testing.assert_allclose(
            dy[j], slope, rtol=1e-5, atol=1e-8 * np.abs(y).max() / step[j].min() * 1e-6
        )


@every_family
def test_second_derivatives_are_those_of_the_gradient(family):
    if family.second is None:
        pytest.skip("declares no second derivatives: the solver differences the gradient")
    theta, z = random_case(family, 2)
    _, dy = family.evaluate(theta, z)
    p = len(theta)
    second = np.zeros((p, p, *dy.shape[1:]))
    d2 = np.empty((len(family.second), *dy.shape[1:]))
    if family.second:
        family.bend(theta, z, dy, d2)
    for pair, values in zip(family.second, d2, strict=True):
        i, j = family.index(pair)
        second[i, j] = second[j, i] = values
    for j in range(p):
        step = steps(theta, j)
        change = (family.evaluate(theta + step, z)[1] - family.evaluate(theta - step, z)[1]) / (2 * step[j])
        size = np.abs(dy).max(axis=(1, 2))
        for i in range(p):
            np.testing.assert_allclose(second[i, j], change[i], rtol=2e-5, atol=1e-7 * max(size[i], 1e-9))


@every_family
def test_a_batch_gives_what_single_curves_give(family):
    theta, z = random_case(family, 3)
    y, dy = family.evaluate(theta, z)
    assert y.shape == (7, 5)
    assert dy.shape == (len(theta), 7, 5)
    shared, d_shared = family.evaluate(theta, z[:, :, :1])
    for r in range(5):
        one, d_one = family.evaluate(theta[:, r], z[:, :, r])
        np.testing.assert_allclose(y[:, r], one, rtol=1e-12)
        np.testing.assert_allclose(dy[:, :, r], d_one, rtol=1e-11, atol=1e-300)
        one, d_one = family.evaluate(theta[:, r], z[:, :, 0])
        np.testing.assert_allclose(shared[:, r], one, rtol=1e-12)
        np.testing.assert_allclose(d_shared[:, :, r], d_one, rtol=1e-11, atol=1e-300)


@every_family
def test_a_curve_takes_stacked_parameters(family):
    theta, x, y = planted(family)
    np.testing.assert_allclose(
        family.curve(np.stack([theta, theta])[None], x), np.stack([y, y])[None], rtol=1e-12
    )


@pytest.mark.slow  # about a second of compilation a family
@every_family
def test_compiled_formula_is_the_same(family):
    numba = pytest.importorskip("numba", reason="numba is not installed: there is nothing to compile with")
    if not family.is_compilable:
        pytest.skip("the formula needs functions that only numpy or scipy have")
    compiled, bent = numba.njit(family.formula), numba.njit(family.bend)
    theta, z = random_case(family, 4)
    for r in range(theta.shape[1]):
        one, points = np.ascontiguousarray(theta[:, r]), np.ascontiguousarray(z[:, :, r])
        y, dy = family.evaluate(one, points)
        filled = np.empty_like(dy)
        np.testing.assert_allclose(compiled(one, points, filled), y, rtol=1e-13)
        np.testing.assert_allclose(filled, dy, rtol=1e-12, atol=1e-300)
        if family.second:
            d2 = np.empty((len(family.second), points.shape[1]))
            family.bend(one, points, dy, d2)
            filled = np.empty_like(d2)
            bent(one, points, dy, filled)
            np.testing.assert_allclose(filled, d2, rtol=1e-12, atol=1e-14 * np.abs(d2).max())


@every_family
def test_finite_at_every_corner_of_its_domain(family):
    x = np.stack([np.geomspace(1.0, 1e9, 10)] * family.axes, axis=1)
    corners = np.array(list(itertools.product(*zip(*domain(family, 1.0), strict=True))))
    y, dy = family.evaluate(corners.T, family.coordinates(x)[:, :, None])
    assert np.isfinite(y).all()
    assert np.isfinite(dy).all()


# ---- the chart ----


@every_family
def test_rechart_describes_the_same_curve(family):
    theta, x, y = planted(family)
    z, centre, scale = charted(family, x)
    y_scale = 0.2 if family.has_scale else 1.0
    there = family.rechart(theta, -centre[:, 0] / scale[:, 0], 1 / scale[:, 0], 1 / y_scale)
    np.testing.assert_allclose(family.evaluate(there, z[:, :, 0])[0], y / y_scale, rtol=1e-9)
    np.testing.assert_allclose(family.rechart(there, centre[:, 0], scale[:, 0], y_scale), theta, rtol=1e-9)


@every_family
def test_rechart_takes_a_batch(family):
    theta, _ = random_case(family, 6)
    centre, scale = charted(family, planted(family)[1])[1:]
    batch = family.rechart(theta, centre, scale, 1.0)
    assert batch.shape == theta.shape
    for r in range(theta.shape[1]):
        one = family.rechart(theta[:, r], centre[:, 0], scale[:, 0], 1.0)
        np.testing.assert_allclose(batch[:, r], one, rtol=1e-13)


# ---- starts ----


@every_family
def test_every_start_cell_is_inside_the_domain(family):
    _, x, y = planted(family)
    z, _, _ = charted(family, x)
    used = np.ones((len(x), 3), dtype=bool)
    used[::4, 1] = False
    noise = np.random.default_rng(7).uniform(0.7, 1.3, len(x))
    seen = Seen(np.repeat(z, 3, axis=2), np.stack([y, 0.9 * y, y * noise], axis=1), used)
    cells = family.cells(seen)
    assert cells.shape[0] == len(family.nonlinear)
    assert cells.shape[-1] in (1, 3)
    cells = cells.reshape(len(cells), math.prod(cells.shape[1:-1]), cells.shape[-1])
    bent = family.index(family.nonlinear)
    assert np.isfinite(cells).all()
    assert (cells >= family.lower[bent, None, None]).all()
    assert (cells <= family.upper[bent, None, None]).all()


# ---- what people read ----


def test_every_family_has_a_known_curve():
    assert set(PLANTED) == set(FAMILIES)


@every_family
def test_every_parameter_says_what_it_is(family):
    for parameter in family.parameters:
        assert parameter.meaning
        assert "{" not in parameter.unit_for("ms", ("elements", "tokens", "steps", "layers"))


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
        ("ms", "", "power_floor", "a", "ms"),
        ("ms", "users", "linear", "b", "ms/users"),
        ("", "users", "linear", "b", "1/users"),
        ("", "", "linear", "b", ""),
        ("ms", "1k tokens", "linear", "b", "ms/1k tokens"),
        ("ops/s", "workers", "usl", "gamma", "ops/s/workers"),
        ("ops/s", "workers", "usl", "sigma", ""),
        ("ms", "tokens", "power_floor", "E", "ms"),
    ],
)
def test_units_follow_from_metric_and_axis(y, x, family, name, unit):
    parameter = next(p for p in FAMILIES[family].parameters if p.name == name)
    assert parameter.unit_for(y, (x,)) == unit


# ---- published values ----


@pytest.mark.parametrize("name", ["data_constrained", "data_constrained_untied"])
def test_published_data_constrained_losses(name):
    """The authors' coefficients and two losses, as printed with their repository (Figure 1, right)."""
    a, b, e, alpha, r_d, r_n = 6.255414, 7.3049974, 0.6254804, 0.3526596, 15.387756, 5.309743
    exponents = (alpha,) if name == "data_constrained" else (alpha, alpha)
    theta = np.array([np.exp(a), np.exp(b), np.exp(e), *exponents, r_d, r_n])
    x = np.array([[6.34e9, 242e9, 25e9], [8.67e9, 178e9, 25e9]])
    assert FAMILIES[name].curve(theta, x) == pytest.approx(
        [2.2256440889984477, 2.2269634075087867], rel=1e-12
    )


def test_data_without_repetition_follow_chinchilla():
    theta = np.array([480.0, 2085.0, 1.82, 0.348, 0.366])
    size, tokens = np.array([1e8, 1e9]), np.array([1e11, 1e12])  # below the compute-optimal size
    once = np.stack([size, tokens, tokens], axis=1)
    law = FAMILIES["data_constrained_untied"].curve(np.array([*theta, 15.0, 5.0]), once)
    np.testing.assert_allclose(law, FAMILIES["chinchilla"].curve(theta, once[:, :2]), rtol=1e-13)


@pytest.mark.parametrize("breaks", [1, 2])
def test_broken_power_equals_its_published_form(breaks):
    family = FAMILIES[f"broken_power_{breaks}"]
    theta, x, y = planted(family)
    x = x[:, 0]
    product = np.ones_like(x)
    for c, d, f in theta[3:].reshape(-1, 3):
        product *= (1 + (x / d) ** (1 / f)) ** (-c * f)
    np.testing.assert_allclose(y, theta[0] + theta[1] * x ** -theta[2] * product, rtol=1e-12)


def test_saturating_experts_count_from_start_to_most():
    family = FAMILIES["experts_saturating"]
    theta, _, _ = planted(family)
    bilinear = FAMILIES["experts_bilinear"]
    law = family.curve(theta, np.array([[1e8, 1.0], [1e8, 1e12]]))
    counted = bilinear.curve(theta[:4], np.array([[1e8, theta[4]], [1e8, theta[5]]]))
    np.testing.assert_allclose(law, counted, rtol=1e-7)


def test_one_expert_is_a_dense_model():
    dense = FAMILIES["power_floor"].curve(np.array([1.5, 35.0, 0.18]), np.array([[1e8], [1e9]]))
    routed = FAMILIES["experts_power"].curve(
        np.array([35.0, 1.5, 0.18, 0.4, 0.08]), np.array([[1e8, 1.0], [1e9, 1.0]])
    )
    np.testing.assert_allclose(routed, dense, rtol=1e-14)


# ---- a wrong declaration is refused, with every difference named ----


def spoiled(**changes):
    return type("Spoiled", (Power,), {"name": "spoiled", **changes})()


def test_a_good_declaration_is_accepted():
    assert list(register(spoiled())) == ["spoiled"]


@staticmethod
def wrong_gradient(theta, z, dy):
    y = Power.formula(theta, z, dy)
    dy[1] *= 1.01
    return y


@staticmethod
def wrong_shape(theta, z, dy):
    return Power.formula(theta, z, dy)[:-1]


@staticmethod
def two_axes(theta, z, dy):
    return Power.formula(theta, z, dy) + z[1]


@staticmethod
def not_finite(theta, z, dy):
    return Power.formula(theta, z, dy) * np.nan


@staticmethod
def wrong_bend(theta, z, dy, d2):
    Power.bend(theta, z, dy, d2)
    d2[1] *= 1.01


A, B = Power.parameters


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"formula": wrong_gradient}, "the gradient by 'b' is not the derivative of the curve"),
        ({"formula": wrong_shape}, r"the formula gives the shape \(4,\), not \(5,\)"),
        ({"formula": two_axes}, "the formula cannot be evaluated: index 1 is out of bounds"),
        ({"formula": not_finite}, "the formula is not finite at {'a': "),
        ({"bend": wrong_bend}, "the second derivatives by 'b' are not those of the gradient"),
        ({"second": (("b", "b"),), "bend": staticmethod(lambda *_: None)}, "the second derivatives by 'a'"),
        ({"bend": staticmethod(Family.bend)}, "'second' names second derivatives, but there is no 'bend'"),
        ({"rechart": lambda self, theta, *_: theta}, "rechart does not describe the same curve"),
        ({"rechart": lambda self, theta, *_: theta[:1]}, r"rechart gives the shape \(1,\), not \(2,\)"),
        ({"linear": ("a", "c")}, "'c' is in 'linear', 'grids' or 'second' but no parameter"),
        ({"second": (("a", "c"),)}, "'c' is in 'linear', 'grids' or 'second' but no parameter"),
        ({"grids": {}}, "parameter 'b' is neither in 'linear' nor in 'grids'"),
        ({"grids": {"b": (0.1, 99.0)}}, "the grid of 'b' leaves its domain at 99"),
        ({"linear": ("a", "b")}, "'b' is both in 'linear' and in 'grids'"),
        ({"linear": ("a", "b"), "grids": {}}, "the curve is not linear in 'b'"),
        ({"min_points": 1}, "1 points cannot determine 2 parameters"),
        ({"citation": " "}, "'citation' is empty"),
        ({"parameters": (A, Parameter("b", "m", "speed"))}, "parameter 'b' has the unknown role 'speed'"),
        ({"parameters": (A, Parameter("b", "m", lower=1.0, upper=1.0))}, "parameter 'b' has an empty domain"),
        (
            {"parameters": (A, Parameter("b", "m", positive=True))},
            "'b' is positive, but its domain goes below 0",
        ),
        ({"parameters": (A, B, B)}, "parameter 'b' is declared twice"),
    ],
)
def test_a_spoiled_declaration_says_why(changes, reason):
    with pytest.raises(WrongFamily, match=reason):
        register(spoiled(**changes))


def test_every_difference_is_named():
    with pytest.raises(WrongFamily) as refused:
        register(spoiled(citation="", title="", min_points=1, linear=("a", "c")))
    for reason in ("'citation'", "'title'", "1 points", "'c' is in"):
        assert reason in str(refused.value)


def test_a_name_is_taken_once():
    with pytest.raises(WrongFamily, match="'power' is taken twice"):
        register(Power(), Power())
