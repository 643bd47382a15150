"""Knees that can be computed by hand; no dependence on the unit of y; "none" where there is none."""

import numpy as np
import pytest

from scaling_assets.errors import LawNotUsable
from scaling_assets.science.comparing import Step, knee
from scaling_assets.science.fitting import fit
from tests.science.comparing.made import contexts
from tests.science.planted import law

DOUBLE = Step(times=2.0)


def test_a_power_to_a_floor_by_doublings():
    # Achievable: 2 (from x = 1 to the floor). A doubling at x gains 2 (1 - 2^-.7) x^-.7, a tenth of 2 at the knee.
    found = knee(law("power_floor", (1.0, 2.0, 0.7)), step=DOUBLE, share=0.1, higher_is_better=False)
    assert found.value == pytest.approx(((1 - 2**-0.7) / 0.1) ** (1 / 0.7), rel=1e-3)
    assert found.achievable == pytest.approx(2.0)
    assert found.has_limit
    assert (found.low, found.high) == pytest.approx(
        (found.value, found.value), rel=1e-6
    )  # draws without spread


def test_a_law_that_grows_for_ever_is_held_against_the_largest_declared_x():
    # y = 3 + ln x: one more unit gains ln(1 + 1/x), of ln(100) achievable.
    made = law("logarithmic", (3.0, 1.0))
    found = knee(made, step=Step(add=1.0), share=0.05, higher_is_better=True)
    assert found.value == pytest.approx(1 / (np.exp(0.05 * np.log(100)) - 1), rel=1e-3)
    assert not found.has_limit
    later = knee(made, step=Step(add=1.0), share=0.05, higher_is_better=True, largest=10_000.0)
    assert later.value == pytest.approx(1 / (np.exp(0.05 * np.log(10_000)) - 1), rel=1e-3)


def test_none_inside_the_tested_range_is_an_answer():
    found = knee(law("power", (1.0, 1.0), sd=0.01), step=DOUBLE, share=0.05, higher_is_better=True)
    assert (found.value, found.low, found.high, found.share_inside) == (None, None, None, 0.0)
    assert found.reason.startswith("none inside the tested range 1 to 100")


def test_what_only_gets_worse_is_best_at_the_smallest_x():
    found = knee(law("linear", (1.0, 2.0)), step=DOUBLE, share=0.05, higher_is_better=False)
    assert (found.value, found.achievable) == (1.0, 0.0)
    assert found.reason == "nothing is gained beyond the smallest tested x"


@pytest.mark.parametrize("kappa", [0.0, 1e-3])
def test_throughput_with_and_without_a_peak(kappa):
    def throughput(n):
        return 90.0 * n / (1 + 0.03 * (n - 1) + kappa * n * (n - 1))

    best = 90.0 / 0.03 if kappa == 0.0 else throughput(np.sqrt((1 - 0.03) / kappa))
    found = knee(law("usl", (90.0, 0.03, kappa)), step=DOUBLE, share=0.15, higher_is_better=True)
    assert found.has_limit
    assert found.achievable == pytest.approx(best - 90.0, rel=1e-3)
    gain = throughput(2 * found.value) - throughput(found.value)
    assert gain == pytest.approx(0.15 * (best - 90.0), rel=1e-3)


def test_steps_that_are_all_too_small_for_the_share_say_so():
    found = knee(law("usl", (90.0, 0.03, 0.0)), step=DOUBLE, share=0.2, higher_is_better=True)
    assert (found.value, found.reason) == (1.0, "no step of the tested range gains as much")


def test_a_slow_start_is_no_knee():
    # y = x^2: the first step gains 3 of 9999, the last 201. A rule that stops at the first small gain says 1.
    made = law("power", (1.0, 2.0))
    assert knee(made, step=Step(add=1.0), share=0.001, higher_is_better=True).value is None


@pytest.mark.parametrize(
    ("family", "truth", "higher", "unit"),
    [
        ("power_floor", {"E": 1.0, "a": 2.0, "b": 0.7}, False, ("E", "a")),
        ("usl", {"gamma": 90.0, "sigma": 0.03, "kappa": 1e-3}, True, ("gamma",)),
    ],
)
def test_the_unit_of_y_does_not_matter(family, truth, higher, unit):
    laws = [fit(contexts([truth], family, factor=factor))[0] for factor in (1.0, 1e-3, 1e6)]
    found = [knee(one, step=DOUBLE, share=0.1, higher_is_better=higher) for one in laws]
    for other in found[1:]:
        assert (other.value, other.low, other.high) == pytest.approx(
            (found[0].value, found[0].low, found[0].high), rel=1e-4
        )
    assert found[0].low < found[0].value < found[0].high


def test_a_draw_without_a_knee_lies_above_all_others():
    made = law("power_floor", (0.5, 2.0, 0.35), sd=(0.05, 0.05, 0.1))
    found = knee(made, step=DOUBLE, share=0.05, higher_is_better=False)
    assert found.value is not None
    assert 0.5 < found.share_inside < 0.975
    assert found.high is None
    assert found.low < found.value


def test_the_interval_covers_a_planted_knee():
    truth = {"E": 1.0, "a": 2.0, "b": 0.7}
    true = ((1 - 2**-0.7) / 0.1) ** (1 / 0.7)
    laws = fit(contexts([truth] * 10, "power_floor", bootstrap=200, noise=0.03, seed=3))
    found = [knee(one, step=DOUBLE, share=0.1, higher_is_better=False) for one in laws]
    assert sum(one.low <= true <= one.high for one in found) >= 8


def test_what_a_knee_cannot_be_asked_of():
    with pytest.raises(LawNotUsable, match="one axis"):
        knee(law("power", axes=("x", "z")), step=DOUBLE, share=0.1, higher_is_better=True)
    for wrong in ({}, {"add": 1.0, "times": 2.0}, {"add": 0.0}, {"times": 1.0}):
        with pytest.raises(ValueError, match="add"):
            Step(**wrong)
