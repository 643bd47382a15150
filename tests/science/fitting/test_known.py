"""Pins hold parameters, priors add knowledge, likelihoods take rates of 0 and 1 and counts of 0."""

from dataclasses import replace

import numpy as np
import pytest

from scaling_assets.records.experiment import Estimator, LawQuestion
from scaling_assets.records.law import LawStatus
from scaling_assets.science.fitting import Problem, fit
from tests.science.fitting.cases import planted

LADDER = np.repeat(np.round(np.geomspace(1, 300, 8)), 4)


def likelihood(name, y, weight, families=("power",), kind="rate", **question):
    asked = LawQuestion(metric="m", by=("n",), families=families, estimator=Estimator(name=name),
                        **({"bootstrap": 200} | question))  # fmt: skip
    units = np.array([f"r{i}" for i in range(len(y))], dtype=object)
    residuals = {"binomial": "logit", "poisson": "log"}[name]
    return Problem(
        "demo", asked, LADDER[:, None], y, units, residuals=residuals, metric_kind=kind, weight=weight
    )


@pytest.mark.parametrize(("name", "value"), [("E", 1.8), ("b", 0.4), ("a", 4.0)])
def test_a_pinned_parameter_is_held_and_narrows_the_others(name, value):
    free = fit([planted("power_floor", 0.05, bootstrap=200)])[0]
    law = fit([planted("power_floor", 0.05, bootstrap=200, pins={"power_floor": {name: value}})])[0]
    held = law.parameter(name)
    assert (held.low, held.high, held.method) == (held.value, held.value, "pinned by declaration")
    assert held.value == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(law.draws[:, [p.name for p in law.parameters].index(name)], value, rtol=1e-12)
    assert law.status is LawStatus.CONVERGED
    if name == "a":  # with E + a known at x = 1, the rest may come out wider or narrower
        return
    for other in {"E", "a", "b"} - {name}:
        width = law.parameter(other).high - law.parameter(other).low
        assert width < 1.25 * (free.parameter(other).high - free.parameter(other).low)


@pytest.mark.parametrize(("name", "mean"), [("E", 1.8), ("b", 0.4), ("a", 4.0)])
def test_a_sharp_prior_acts_like_a_pin_and_a_wide_one_like_none(name, mean):
    def fitted(sd=None):
        known = {} if sd is None else {"priors": {"power_floor": {name: {"mean": mean, "sd": sd}}}}
        return fit([planted("power_floor", 0.05, bootstrap=200, **known)])[0]

    free, wide, sharp = fitted(), fitted(1e6), fitted(1e-6)
    for p in ("E", "a", "b"):
        assert wide.parameter(p).value == pytest.approx(free.parameter(p).value, rel=1e-4)
    assert sharp.parameter(name).value == pytest.approx(mean, rel=1e-4)
    assert sharp.parameter(name).high - sharp.parameter(name).low < 1e-4


def test_a_prior_as_sharp_as_the_data_meets_them_halfway():
    free = fit([planted("power_floor", 0.05, bootstrap=400)])[0]
    e = free.parameter("E")
    sd = (e.high - e.low) / 3.92
    known = {"power_floor": {"E": {"mean": e.value + 2 * sd, "sd": sd}}}
    both = fit([planted("power_floor", 0.05, bootstrap=400, priors=known)])[0].parameter("E")
    assert both.value == pytest.approx(e.value + sd, abs=0.45 * sd)
    assert 0.5 < (both.high - both.low) / (e.high - e.low) < 0.95


def test_binomial_rates_of_0_and_1_are_data():
    rng = np.random.default_rng(2)
    rate = np.exp(-2.0 * LADDER**-0.6)
    items = np.full(len(LADDER), 12)
    y = rng.binomial(items, rate) / items
    assert (y == 1).any() and (y == 0).any()
    law = fit([likelihood("binomial", y, items.astype(float), ("repeated_sampling",))])[0]
    assert law.is_usable, law.reason
    assert law.parameter("a").low < 2.0 < law.parameter("a").high
    assert law.parameter("b").low < 0.6 < law.parameter("b").high


def test_poisson_counts_of_0_are_data_and_exposure_counts():
    rng = np.random.default_rng(3)
    exposure = rng.uniform(1, 20, len(LADDER))
    events = rng.poisson(exposure * 0.05 * LADDER**0.4)
    assert (events == 0).any()
    law = fit([likelihood("poisson", events / exposure, exposure, kind="count")])[0]
    assert law.is_usable, law.reason
    assert law.parameter("b").low < 0.4 < law.parameter("b").high


def test_a_rate_has_no_ceiling_above_1_and_a_line_that_leaves_it_is_no_law():
    """Twelve rates from 0 to 1 of ten items each: Hill ends at 1, a line through 0 has no interval."""
    y = np.array([0, 1, 1, 2, 3, 2, 5, 6, 8, 9, 10, 10]) / 10
    asked = likelihood("binomial", np.repeat(y, 1), np.full(12, 10.0), ("hill", "linear", "constant"))
    asked = replace(asked, x=np.arange(1.0, 13.0)[:, None])
    hill, linear, _ = fit([asked])
    assert hill.parameter("hi").value == 1.0
    assert hill.parameter("h").value == pytest.approx(3.60, abs=0.01)
    assert hill.is_leading
    assert linear.status is LawStatus.NOT_IDENTIFIED
    assert "ends where the metric does" in linear.reason


def test_a_rare_count_keeps_its_lower_side():
    """Five events of one run in twelve: the interval holds smaller rates, and none below 0."""
    asked = likelihood("poisson", np.array([0.0] * 11 + [5.0]), np.full(12, 10.0), ("constant",))
    (law,) = fit([replace(asked, x=np.arange(1.0, 13.0)[:, None])])
    c = law.parameter("c")
    assert c.value == pytest.approx(5 / 12)
    assert 0.0 <= c.low < 0.2 < c.value < c.high
    assert law.evidence["bootstrap_lost"] == 0.0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["binomial", "poisson"])
def test_likelihood_intervals_cover(name):
    """200 planted experiments: a 95 % interval holds the exponent in 90 to 99 %."""
    rng, problems = np.random.default_rng(5), []
    for _ in range(200):
        weight = rng.uniform(5, 40, len(LADDER)).round()
        mean = 0.05 * LADDER**0.4
        counts = rng.binomial(weight.astype(int), mean) if name == "binomial" else rng.poisson(weight * mean)
        problems.append(likelihood(name, counts / weight, weight, kind="rate"))
    laws = fit(problems)
    held = [law.parameter("b").low < 0.4 < law.parameter("b").high for law in laws if law.is_usable]
    assert len(held) > 190
    assert 0.90 <= np.mean(held) <= 0.99
