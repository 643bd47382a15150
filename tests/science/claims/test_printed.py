"""What a printed number stands for."""

import math

import pytest

from scaling_assets.records.printed import LARGEST, LONGEST, read_printed

STANDS_FOR = {
    "2.35": (2.35, 2.345, 2.355),
    "2.350": (2.35, 2.3495, 2.3505),
    "62.0": (62.0, 61.95, 62.05),
    "-5.3 %": (-0.053, -0.0535, -0.0525),
    "43%": (0.43, 0.425, 0.435),
    "1,400": (1400, 1399.5, 1400.5),
    "12_846": (12846, 12845.5, 12846.5),
    "157K": (157_000, 156_500, 157_500),
    "17.5k": (17_500, 17_450, 17_550),
    "3M": (3e6, 2.5e6, 3.5e6),
    "1.2e6": (1.2e6, 1.15e6, 1.25e6),
    "~100": (100, 50, 150),
    "~43 %": (0.43, 0.425, 0.435),
    "~15,966": (15966, 15965.5, 15966.5),
    "~0": (0, -0.5, 0.5),
    "28 to 30 %": (0.29, 0.275, 0.305),
    "28-30%": (0.29, 0.275, 0.305),
    "28 % – 30 %": (0.29, 0.275, 0.305),
    "-3 to -1": (-2, -3.5, -0.5),
    "30+": (30, 29.5, math.inf),
    "=40": (40, 40, 40),
    "= 99 %": (0.99, 0.99, 0.99),
}


@pytest.mark.parametrize("text", STANDS_FOR)
def test_a_printed_number_stands_for_its_interval(text: str) -> None:
    found = read_printed(text)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx(STANDS_FOR[text], rel=1e-15, abs=1e-300)
    assert found.low <= found.value <= found.high


def test_ends_are_never_inside_the_decimal_ones() -> None:
    """0.425 and 0.435 are no binary numbers: the ends lie outside or on them."""
    from decimal import Decimal

    for text in ("0.43", "2.35", "0.1", "123.4567", "-0.07"):
        found = read_printed(text)
        assert found is not None
        half = Decimal(5).scaleb(int(Decimal(text).as_tuple().exponent) - 1)
        assert Decimal(found.low) <= Decimal(text) - half and Decimal(text) + half <= Decimal(found.high)


def test_not_stated_is_nothing_and_never_zero() -> None:
    assert read_printed("not stated") is None


@pytest.mark.parametrize(
    "text",
    ["", "about 5", "1e999", f"1e{LARGEST + 1}", "1,40", "--3", "30-10", "=", "+", "%", "nan", "inf", "0x10", "1 2",
     "5 %%", "9" * (LONGEST + 1), "x", "1/2", "٣"],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_printed(text)


def test_a_value_is_shown_in_the_texts_own_unit() -> None:
    percent, thousands = read_printed("43 %"), read_printed("157K")
    assert percent is not None and thousands is not None
    assert percent.shown(0.5) == pytest.approx(50) and thousands.shown(2000) == pytest.approx(2)
