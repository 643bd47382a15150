"""Amounts and days as people write them, and formulas over them."""

import math

import pytest

from scaling_assets.records.amount import exact_amount, read_amount, stated
from scaling_assets.records.calendar import day_number, iso_day
from scaling_assets.science.planning.sheet import Sheet, figure, number_text, range_text
from scaling_assets.science.ranges import Range

FORMS = {
    "35": (35, 35, 35), "1,400": (1400, 1400, 1400), "43 %": (0.43, 0.43, 0.43), "800M": (8e8, 8e8, 8e8),
    "50 to 150": (100, 50, 150), "30 to 50 %": (0.4, 0.3, 0.5), "100K to 2M": (1_050_000, 1e5, 2e6),
    "30+": (30, 30, math.inf), "~800": (800, 750, 850), "-30 %": (-0.3, -0.3, -0.3),
}  # fmt: skip


@pytest.mark.parametrize("text", FORMS)
def test_forms(text: str) -> None:
    found = stated(text)
    assert (found.value, found.low, found.high) == pytest.approx(FORMS[text])
    assert found.is_share == ("%" in text)


@pytest.mark.parametrize(
    "text", ["", "abc", "150 to 50", "=3", "1 to", "~", "3 to 4+", "1 to 2 to 3", "nan", "inf"]
)
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"no amount|no printed number|ends below"):
        read_amount(text)


def test_not_stated_is_no_amount() -> None:
    assert read_amount("not stated") is None


def test_days_are_counted_and_read_back() -> None:
    assert iso_day(day_number("2026-01-29") + 30.9) == "2026-02-28"
    assert iso_day(0) == iso_day(5e6) == ""
    with pytest.raises(ValueError, match="day"):
        day_number("2026-02-30")


def test_an_amount_that_enters_twice_is_one_number() -> None:
    """(p - c) / p with p in 30 to 40 and c in 10 to 20 lies from 1/3 to 3/4; ends taken apart: 0.25 to 1."""
    sheet = Sheet({"p": stated("30 to 40"), "c": stated("10 to 20")}, {"left": "p - c"})
    found = sheet.range_of("left / p")
    assert (found.low, found.high) == pytest.approx((1 / 3, 0.75))
    assert sheet.shown("left / p", as_share=True) == "(10 to 30) / (30 to 40) = 33.33 to 75 %"


def test_exact_arithmetic_has_no_interval() -> None:
    cell = figure("t", "i", "q", Sheet({"a": exact_amount(0.1)}).range_of("a * 3"))
    assert (cell.value, cell.low, cell.high) == (0.3, None, None)


def test_what_does_not_exist_is_no_number() -> None:
    cell = figure("t", "i", "q", Sheet({"a": stated("0 to 1")}).range_of("1 / a"))
    assert cell.value is None and cell.status == "not derivable"


def test_a_range_without_an_end() -> None:
    found = Sheet({"units": stated("2000+"), "price": stated("35")}).range_of("units * price")
    cell = figure("t", "i", "revenue", found)
    assert (cell.value, cell.low, cell.high) == (70_000, 70_000, None)
    assert range_text(found) == "at least 70,000"


def test_numbers_for_sentences() -> None:
    assert [number_text(v) for v in (0.0, 17.5, 0.0204, 1125.0, 2e-5)] == [
        "0",
        "17.5",
        "0.0204",
        "1,125",
        "2e-05",
    ]
    assert number_text(0.804, as_share=True) == "80.4 %"
    assert range_text(Range(None, 0, 1)) == "not derivable"
