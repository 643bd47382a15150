"""Classes are decided by the whole interval, or not at all."""

import numpy as np
import pytest

from scaling_assets.records.law import LawStatus
from scaling_assets.science.comparing import BANDS, Band, classify, exponent_class
from tests.science.planted import law


@pytest.mark.parametrize(
    ("low", "high", "name"),
    [
        (-0.9, -0.1, "inverse"),
        (-0.04, 0.04, "constant"),
        (0.06, 0.9, "sub-linear"),
        (0.97, 1.03, "linear"),
        (1.06, 4.0, "super-linear"),
    ],
)
def test_an_interval_inside_a_band_has_its_class(low, high, name):
    found = classify((low + high) / 2, low, high)
    assert (found.name, found.may_be) == (name, (name,))


def test_an_interval_over_an_edge_is_undecided_and_says_between_what():
    found = classify(0.5, 0.02, 0.99)
    assert found.name == "undecided"
    assert found.may_be == ("constant", "sub-linear", "linear")
    assert classify(0.5, None, 0.6).may_be == ("inverse", "constant", "sub-linear")


def test_a_decaying_law_is_told_by_its_growth():
    found = exponent_class(law("power_floor", (1.0, 2.0, 0.7), sd=0.02))
    assert (found.name, found.value) == ("inverse", -0.7)
    assert found.low < -0.7 < found.high
    assert exponent_class(law("power", (2.0, -0.7), sd=0.02)).name == "inverse"
    assert exponent_class(law("power", (2.0, 0.7), sd=0.02)).name == "sub-linear"


def test_laws_without_an_exponent_have_no_class():
    assert exponent_class(law("logarithmic", (1.0, 2.0))) is None
    assert exponent_class(law("power", status=LawStatus.FAILED)) is None


def test_bands_are_configuration_and_are_checked():
    own = (Band("falls", -np.inf, 0.0), Band("grows", 0.0, np.inf))
    assert classify(0.4, 0.3, 0.5, own).name == "grows"
    for wrong in (own[:1], (own[0], Band("grows", 0.1, np.inf)), BANDS[:-1]):
        with pytest.raises(ValueError, match="bands"):
            classify(0.4, 0.3, 0.5, wrong)
    with pytest.raises(ValueError, match="same name"):
        classify(0.4, 0.3, 0.5, (own[0], Band("falls", 0.0, np.inf)))
