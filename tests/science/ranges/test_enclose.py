"""Ranges of formulas: never too narrow, and as tight as they can be."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scaling_assets.science.ranges.enclose import enclose
from scaling_assets.science.ranges.expression import read_formula
from scaling_assets.science.ranges.interval import Interval

BOX = {"p": Interval(34.5, 35.5), "c": Interval(17.0, 18.0), "s": Interval(-1.0, 2.0)}
CENTRE = {"p": 35.0, "c": 17.5, "s": 0.5}
TIGHT = {  # ends by hand
    "(p - c) / p": ((34.5 - 18) / 34.5, (35.5 - 17) / 35.5),  # a name twice
    "p - p": (0.0, 0.0),
    "s ** 2": (0.0, 4.0),
    "s * s": (-0.0, 4.0),
    "s ** 3": (-1.0, 8.0),
    "s * (1 - s)": (-2.0, 0.25),  # the top lies inside
    "c / (c + p)": (17 / 52.5, 18 / 52.5),
    "max(s, 1) - min(s, 1)": (0.0, 2.0),
    "sqrt(p / c) + log(c)": None,
}


@pytest.mark.parametrize("text", [t for t in TIGHT if TIGHT[t]])
def test_ends_are_those_found_by_hand(text: str) -> None:
    found = enclose(read_formula(text), CENTRE, BOX)
    low, high = TIGHT[text]  # type: ignore[misc]
    slack = 2e-3 * (high - low) + 1e-12  # an inner turn is approached by splitting
    assert low - slack <= found.low <= low and high <= found.high <= high + slack


@pytest.mark.parametrize(
    ("text", "is_known"),
    [("1 / s", False), ("sqrt(s)", False), ("log(s)", False), ("s ** 0.5", False), ("s ** -2", False),
     ("1 / (s - s + 1)", True), ("1 / (p - c)", True), ("0 ** s", False), ("p ** s", True)],
)  # fmt: skip
def test_a_formula_that_may_not_exist_is_not_known(text: str, is_known: bool) -> None:
    assert enclose(read_formula(text), CENTRE, BOX).is_known == is_known


LEAVES = st.sampled_from(["x", "y", "z", "2", "7"])
TREES = st.recursive(
    LEAVES, lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    max_leaves=6,
)  # fmt: skip
TENTHS = st.integers(1, 200).map(lambda n: Fraction(n, 10))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    text=TREES,
    ends=st.tuples(*[st.tuples(TENTHS, st.integers(0, 5))] * 3),
    at=st.tuples(*[st.integers(0, 8)] * 3),
)
def test_no_value_that_the_formula_takes_is_left_out(text: str, ends, at) -> None:
    """Computed in exact fractions at a point of the box."""
    low = dict(zip("xyz", (e[0] for e in ends), strict=True))
    high = {name: low[name] + Fraction(e[1], 10) for name, e in zip("xyz", ends, strict=True)}
    point = {n: low[n] + (high[n] - low[n]) * Fraction(k, 8) for n, k in zip("xyz", at, strict=True)}
    try:
        exact = eval(
            text.replace("2", "Fraction(2)").replace("7", "Fraction(7)"), {"Fraction": Fraction, **point}
        )
    except ZeroDivisionError:
        return
    box = {
        n: Interval(math.nextafter(float(low[n]), -math.inf), math.nextafter(float(high[n]), math.inf))
        for n in "xyz"
    }
    found = enclose(read_formula(text), {n: float(point[n]) for n in "xyz"}, box)
    assert found.low == -math.inf or Fraction(found.low) <= exact
    assert found.high == math.inf or exact <= Fraction(found.high)
