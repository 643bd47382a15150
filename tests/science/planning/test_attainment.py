"""Targets, gaps, feasibility, exponents, progress."""

import math

import pytest

from scaling_assets.records.amount import stated
from scaling_assets.science.planning.attainment import attainment, change_needed, change_since, status
from scaling_assets.science.planning.feasible import compared, enough, payback
from scaling_assets.science.planning.implied_exponent import cost_exponent, implied_exponent
from scaling_assets.science.planning.progress import progress
from scaling_assets.science.planning.sheet import one_number
from scaling_assets.science.ranges import Range


def test_the_gap_of_two_ranges_is_two_thirds_only_at_the_top() -> None:
    found = attainment(stated("10 to 30"), stated("30 to 50"), "higher")
    assert (found.gap.low, found.gap.high) == pytest.approx((0, 4))
    assert found.gap.value == pytest.approx(1.0)  # of the middles
    assert found.status == "undecided"
    assert "from bottom to bottom 200 %, middle 100 %, top to top 66.67 %" in found.shown


@pytest.mark.parametrize(
    ("current", "target", "direction", "expected"),
    [("40", "100+", "higher", "not met"), ("100", "100+", "higher", "met"), ("10 to 30", "30+", "higher", "undecided"),
     ("0.9 %", "0.1 %", "lower", "not met"), ("~500", "100", "lower", "not met"), ("80", "100", "lower", "met"),
     ("90 to 110", "100", "lower", "undecided"), ("60", "30 to 50", "higher", "met")],
)  # fmt: skip
def test_status_knows_its_direction(current: str, target: str, direction: str, expected: str) -> None:
    assert status(stated(current), stated(target), direction) == expected  # type: ignore[arg-type]


def test_attainment_of_what_is_to_fall() -> None:
    found = attainment(stated("500"), stated("100"), "lower")
    assert found.attained.value == pytest.approx(0.2) and found.gap.value == pytest.approx(-0.8)


def test_changes_against_a_baseline() -> None:
    assert change_needed(stated("150"), stated("-30 %")).value == pytest.approx(105)
    found, shown = change_since(stated("50 to 150"), stated("100"))
    assert (found.low, found.high) == pytest.approx((100 / 150 - 1, 1.0))
    assert shown == "100 / (50 to 150) - 1 = -33.33 to 100 %"


def test_enough_has_three_answers() -> None:
    assert enough(Range(10, 9, 11), Range(12, 11, 13)) == "feasible"
    assert enough(Range(10, 9, 11), Range(8, 7, 8.9)) == "not feasible"
    assert enough(Range(10, 9, 11), Range(10, 9, 11)) == "undecided"
    assert compared(one_number(350), one_number(200), "usd") == "350 > 200 usd"


def test_payback() -> None:
    assert payback(stated("10K"), stated("800 to 1250"))[0].high == pytest.approx(12.5)
    assert payback(stated("0"), stated("-5"))[0].value == 0
    assert payback(stated("10K"), stated("-5"))[0].value is None
    open_end, shown = payback(stated("100"), stated("-50 to 150"))
    assert open_end.value == pytest.approx(2) and math.isinf(open_end.high) and "never" in shown


def test_exponents_that_worker_plans_imply() -> None:
    first = implied_exponent(stated("7"), stated("49.8 %"), stated("10"), stated("70 %"))
    second = implied_exponent(stated("7"), stated("49.8 %"), stated("15"), stated("90 %"))
    assert (round(first.value or 0, 2), round(second.value or 0, 2)) == (0.95, 0.78)
    assert implied_exponent(stated("7"), stated("1"), stated("7"), stated("2")).value is None


def test_the_cost_exponent_of_three_scenarios() -> None:
    found = cost_exponent([40, 100, 500], [one_number(275), one_number(500), one_number(1500)])
    assert found.value.value == pytest.approx(0.67, abs=0.005)
    assert [round(b.value or 0, 2) for b in found.between] == [0.65, 0.68]
    assert "no interval" in found.method
    planted = cost_exponent([3, 1, 10], [one_number(2 * q**0.8) for q in (3, 1, 10)])
    assert planted.value.value == pytest.approx(0.8)
    with pytest.raises(ValueError, match="two different"):
        cost_exponent([5, 5], [one_number(1), one_number(2)])


def test_progress() -> None:
    found = progress(stated("157K"), stated("315K"), stated("4K to 8K"), 30)
    assert found.share.value == pytest.approx(0.4984, abs=5e-5) and "= 49.84 %" in found.share_shown
    assert found.days_left is not None and (found.days_left.low, found.days_left.high) == (19.75, 39.5)
    assert found.status == "undecided"
    assert found.rate_needed is not None and found.rate_needed.value == pytest.approx(158_000 / 30)
    assert progress(stated("157K"), stated("315K"), None, 30).status == "no rate"
    assert progress(stated("315K"), stated("315K"), None, 30).status == "done"


def test_amounts_below_zero_have_no_share_of_a_target():
    found = attainment(stated("-50"), stated("100"), "higher")
    assert (found.attained.value, found.gap.value, found.status) == (None, None, "not met")
    assert "below 0" in found.shown
    assert attainment(stated("-50"), stated("-80"), "higher").status == "met"
