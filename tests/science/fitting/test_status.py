"""One all-good problem, then one thing spoiled at a time: the exact status and reason."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scaling_assets.records.experiment import Estimator
from scaling_assets.records.law import LawStatus
from scaling_assets.science.fitting import fit
from scaling_assets.science.laws import FAMILIES
from tests.science.fitting.cases import TRUTHS, planted, problem

SCALE_NAMES = ("log", "identity", "logit")
SCALES = np.repeat([1.0, 3.0, 10.0, 30.0, 100.0], 4)
rng = np.random.default_rng(11)
GOOD = 2.0 * SCALES**0.5 * np.exp(0.03 * rng.standard_normal(20))


def only(asked):
    (law,) = fit([asked])
    return law


def test_the_good_one():
    law = only(problem(SCALES, GOOD))
    assert law.status is LawStatus.CONVERGED
    assert law.reason == ""
    assert law.is_leading
    assert law.leading_reason == "the only usable law"


def changed(at, value):
    y = GOOD.copy()
    y[at] = value
    return y


FOUR = slice(0, 16, 4)
NOT_ON_LOG = "do not exist on the log scale; declare 'residuals: identity' or another metric"
SAME = "every value is 7: their spread cannot be estimated, so no law has an interval; add runs until values differ"
CASES = {
    "constant y": (
        (SCALES, np.full(20, 7.0), "power"),
        ("not_identified", SAME),
    ),
    "a zero on a log scale": (
        (SCALES, changed(3, 0.0), "power"),
        ("non_finite", f"1 of 20 values (first 0) {NOT_ON_LOG}"),
    ),
    "a negative on a log scale": (
        (SCALES, changed(3, -2.0), "constant"),
        ("non_finite", f"1 of 20 values (first -2) {NOT_ON_LOG}"),
    ),
    "NaN": (
        (SCALES, changed(3, np.nan), "power"),
        ("non_finite", "the data hold values that are not finite numbers"),
    ),
    "inf": (
        (SCALES, changed(3, np.inf), "power"),
        ("non_finite", "the data hold values that are not finite numbers"),
    ),
    "x = 0 under a logarithm": (
        (SCALES - 1.0, GOOD, "power"),
        ("non_finite", "the power law takes the logarithm of x, and some x are not above 0"),
    ),
    "two distinct x": (
        (np.repeat([1.0, 9.0], 10), GOOD, "power"),
        ("underdetermined", "2 distinct value(s) of n; the power law needs at least 3"),
    ),
    "three x for a floor": (
        (np.repeat([1.0, 9.0, 12.0], [6, 6, 8]), GOOD, "power_floor"),
        ("underdetermined", "3 distinct value(s) of n; the power_floor law needs at least 4"),
    ),
    "one x": (
        (np.full(20, 5.0), GOOD, "linear"),
        ("underdetermined", "1 distinct value(s) of n; the linear law needs at least 3"),
    ),
    "four points": (
        (SCALES[FOUR], GOOD[FOUR], "power"),
        ("underdetermined", "4 points; the power law needs at least 5"),
    ),
    "nothing": ((SCALES[:0], GOOD[:0], "power"), ("underdetermined", "there is no measured value")),
    "too few axes": (
        (SCALES, GOOD, "chinchilla"),
        ("underdetermined", "the chinchilla law has 2 axes, the question has 1 (n)"),
    ),
}


@pytest.mark.parametrize(("given_data", "expected"), CASES.values(), ids=CASES)
def test_one_thing_spoiled(given_data, expected):
    x, y, family = given_data
    law = only(problem(x, y, (family,)))
    assert (law.status.value, law.reason) == expected
    assert all(p.value is None and p.low is None and p.high is None for p in law.parameters)
    assert law.draws.shape == (0, len(FAMILIES[family].parameters))
    assert not law.is_leading


def test_too_few_independent_units():
    law = only(problem(SCALES, GOOD, unit=["a", "b"] * 10))
    assert law.status is LawStatus.UNDERDETERMINED
    assert law.reason == (
        "2 independent unit(s) (20 points): the spread between units cannot be known from fewer than 3"
    )


@pytest.mark.parametrize("family", ["constant", "linear", "power", "power_floor", "usl"])
@pytest.mark.parametrize("residuals", SCALE_NAMES)
def test_identical_values_are_no_law(family, residuals):
    """Not even a constant one, and not when rounding makes them differ in the last digit."""
    y = np.full(20, 0.7) * (1 + 1e-15 * np.arange(20))
    law = only(problem(SCALES, y, (family,), residuals=residuals))
    assert (law.status.value, law.reason) == ("not_identified", SAME.replace("7", "0.7", 1))
    assert not law.is_leading
    assert law.evidence == {"identical_values": 1.0}
    assert law.parameters[0].high is None


@pytest.mark.parametrize(
    ("kind", "value", "residuals", "reason"),
    [
        ("count", 0.0, "identity", "no event was seen in 20 unit(s): that is no measurement of 0"),
        ("count", 0.0, "log", "no event was seen in 20 unit(s): that is no measurement of 0"),
        ("rate", 0.0, "logit", "no event was seen in 20 unit(s): that is no measurement of 0"),
        ("rate", 1.0, "logit", "every item is a success in 20 unit(s): that is no measurement of 1"),
    ],
)
def test_no_event_is_no_measurement_of_zero(kind, value, residuals, reason):
    asked = replace(
        problem(SCALES, np.full(20, value), ("constant", "linear"), residuals=residuals), metric_kind=kind
    )
    for law in fit([asked]):
        assert law.status is LawStatus.NOT_IDENTIFIED
        assert law.reason == (
            f"{reason}, and no law has an interval there; "
            "a threshold gate on latency bounds it by exact counts (rule of three)"
        )
        assert not law.is_leading


@pytest.mark.parametrize(("kind", "way_out"), [("count", True), ("quantile", True), ("ratio", False)])
def test_identical_values_name_a_gate_only_where_it_has_an_answer(kind, way_out):
    law = only(replace(problem(SCALES, np.full(20, 7.0)), metric_kind=kind))
    assert law.reason == SAME + (", or judge latency by a threshold gate" if way_out else "")


def test_a_floor_that_the_data_do_not_need_is_reported_at_its_bound():
    y = (
        50.0
        * SCALES**-0.5
        * np.exp(0.02 * np.random.default_rng(2).standard_normal(20))
        / (1 + 0.02 * np.log(SCALES))
    )
    law = only(problem(SCALES, y, ("power_floor",)))
    assert law.status is LawStatus.BOUND_HIT
    assert law.reason == "E = 0 on its bound: a simpler law says the same"
    floor = law.parameter("floor")
    assert floor.at_bound
    assert floor.value == 0.0
    assert floor.low is None
    assert 0.0 < floor.high < y.min()
    assert law.evidence["floor_includes_zero"] == 1.0


def test_a_rising_curve_has_no_decaying_power():
    law = only(problem(SCALES, GOOD, ("power_floor",)))
    assert law.status is LawStatus.NOT_IDENTIFIED
    assert law.reason.startswith("different parameters give the same curve on these data")


def test_outliers_are_counted_not_dropped():
    law = only(problem(SCALES, changed(7, GOOD[7] * 40)))
    assert law.n_points == 20
    assert law.evidence["n_outliers"] >= 1
    assert law.parameter("exponent").value == pytest.approx(0.5, abs=0.03)
    assert law.evidence["main_without_worst_1"] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("family", TRUTHS)
@pytest.mark.parametrize("residuals", ["log", "identity"])
def test_exact_recovery_of_planted_data(family, residuals):
    law = only(planted(family, 0.0, residuals=residuals))
    if family == "constant":
        assert law.status is LawStatus.NOT_IDENTIFIED
        return
    assert law.status is LawStatus.CONVERGED
    for parameter in law.parameters:
        assert parameter.value == pytest.approx(TRUTHS[family][parameter.name], rel=1e-5)
    assert law.evidence["hit_rate"] > 0.3


@pytest.mark.parametrize("family", TRUTHS)
@pytest.mark.parametrize("estimator", ["huber", "huber_free_scale", "least_squares"])
def test_every_estimator_recovers_noisy_truths(family, estimator):
    law = only(planted(family, 0.01, estimator=Estimator(name=estimator), bootstrap=50))
    assert law.is_usable, law.reason
    at = np.array(law.domain).mean(axis=1)[None]
    truth = FAMILIES[family].curve(np.array([TRUTHS[family][n] for n in FAMILIES[family].names]), at)
    found = FAMILIES[family].curve(np.array([p.value for p in law.parameters]), at)
    assert found == pytest.approx(truth, rel=0.02)


nasty = st.one_of(
    st.floats(1e-300, 1e300),
    st.floats(-10, 10),
    st.sampled_from([0.0, 1.0, -1.0, np.nan, np.inf, 1e308, 5e-324]),
)
sane = st.floats(1e-3, 1e3)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    data=st.data(),
    family=st.sampled_from(sorted(FAMILIES)),
    residuals=st.sampled_from(["log", "identity", "logit"]),
)
def test_never_raises_and_always_says_how_it_ended(data, family, residuals):
    n = data.draw(st.integers(0, 12))
    axes = FAMILIES[family].axes
    values = data.draw(st.sampled_from([nasty, sane, st.sampled_from([1.0, 2.0, 4.0, 8.0])]))
    x = np.array(data.draw(st.lists(values, min_size=n * axes, max_size=n * axes))).reshape(n, axes)
    y = np.array(
        data.draw(st.lists(data.draw(st.sampled_from([nasty, sane])), min_size=n, max_size=n)), dtype=float
    )
    estimator = Estimator(name=data.draw(st.sampled_from(["huber", "huber_free_scale", "least_squares"])))
    law = only(problem(x, y, (family,), residuals=residuals, estimator=estimator, bootstrap=50))
    assert isinstance(law.status, LawStatus)
    assert bool(law.reason) == (law.status is not LawStatus.CONVERGED)
    lower, upper = FAMILIES[family].lower, FAMILIES[family].upper
    for j, parameter in enumerate(law.parameters):
        assert (parameter.value is None) == (not law.is_usable)
        if law.is_usable:
            assert np.isfinite(parameter.value)
            for end in (parameter.value, parameter.low, parameter.high):
                assert end is None or lower[j] <= end <= upper[j]
            assert parameter.low is None or parameter.low <= parameter.value
            assert parameter.high is None or parameter.high >= parameter.value
    assert np.isfinite(law.draws).all()
