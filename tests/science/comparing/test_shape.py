"""Turns that are there are found and placed; noise, steps and slopes are not taken for turns."""

import numpy as np
import pytest

from scaling_assets.records.experiment import LawQuestion
from scaling_assets.science.comparing import can_turn, turn
from scaling_assets.science.fitting import Problem
from tests.science.planted import law

TRUTHS = {
    "flat": lambda x: np.ones_like(x),
    "power": lambda x: x**0.4,
    "nearly flat": lambda x: x**0.02,
    "step": lambda x: np.where(x > 10, 2.0, 1.0),
    "to a floor": lambda x: 0.2 + x**-0.8,
}


def measured(curve, scales=6, runs=3, noise=0.05, seed=0):
    x = np.repeat(np.geomspace(1.0, 100.0, scales), runs)
    y = curve(x) * np.exp(noise * np.random.default_rng(seed).normal(size=len(x)))
    question = LawQuestion(metric="y", by=("x",), families=("power",))
    return Problem("lab", question, x[:, None], y, np.arange(len(x)).astype(str).astype(object))


def peak(x):
    return np.exp(-0.3 * np.log(x / 10) ** 2)


@pytest.mark.parametrize(("scales", "runs"), [(3, 5), (6, 3), (9, 1)])
def test_a_peak_is_found_and_placed(scales, runs):
    found = turn(measured(peak, scales, runs), seed=1)
    assert found.is_significant(0.01)
    assert found.rise[0] < 10 < found.fall[1]
    assert found.rise_size > 0 > found.fall_size
    assert found.words.startswith("rises from")


def test_a_valley_is_found_as_well():
    found = turn(measured(lambda x: 1 / peak(x)), seed=1)
    assert found.is_significant(0.01)
    assert found.words.startswith("falls from")


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize(("scales", "runs"), [(6, 3), (8, 1)])
def test_monotone_truths_raise_no_more_alarms_than_stated(name, scales, runs):
    alarms = [
        turn(measured(TRUTHS[name], scales, runs, seed=s), seed=s, samples=300).is_significant(0.05)
        for s in range(120)
    ]
    assert np.mean(alarms) <= 0.075


def test_neither_unit_nor_order_of_the_rows_matters():
    one = measured(peak)
    order = np.random.default_rng(1).permutation(len(one.y))
    other = Problem("lab", one.question, 1e6 * one.x[order], 1e-3 * one.y[order], one.unit[order])
    assert turn(one, seed=2).p_value == turn(other, seed=2).p_value


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (measured(peak, 2, 5), "2 distinct x: a turn needs 3"),
        (measured(peak, 4, 1), "neither replicates nor enough cells to know the noise from"),
        (measured(lambda x: x, noise=0.0), "values are without noise: nothing to test against"),
        (measured(lambda x: -x), "some values do not exist on the residual scale"),
    ],
)
def test_what_cannot_be_tested_says_why(problem, reason):
    found = turn(problem, seed=1)
    assert (found.p_value, found.reason) == (None, reason)
    assert not found.is_significant(0.99)


def test_only_a_curve_that_turns_may_stand_for_data_that_do():
    assert can_turn(law("usl", (90.0, 0.03, 1e-3)))
    assert not can_turn(law("usl", (90.0, 0.03, 1e-5)))  # its peak lies beyond the data
    assert not can_turn(law("power", (1.0, 0.5)))
