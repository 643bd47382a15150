"""Price lists, mixes, quotas and fallbacks."""

from typing import Any

import pytest
from pydantic import ValidationError

from scaling_assets.records.amount import stated
from scaling_assets.science.planning.pricing import (
    ModelUse,
    blend,
    price_of,
    quota_use,
    token_cost,
    tokens_bought,
    too_small,
)

MONTH_HOURS = 730.0
LIST = {
    "name": "router", "version": "2026-01", "valid_from": "2026-01-29", "source": "S4",
    "models": [
        {"name": "haiku", "input_per_million": 0.02, "output_per_million": 0.02},
        {"name": "sonnet", "input_per_million": 0.024, "output_per_million": 0.072, "context_tokens": "200K"},
        {"name": "opus", "input_per_million": 0, "output_per_million": 0},
        {"name": "router", "input_per_million": "not stated", "output_per_million": "not stated"},
    ],
}  # fmt: skip
MIX = [
    {"model": "haiku", "share": "60 %"},
    {"model": "sonnet", "share": "35 %"},
    {"model": "opus", "share": "5 %"},
]
QUOTA = {"name": "proxy", "models": ["haiku", "sonnet"], "tokens": "800M", "window_hours": 5}


def use(**fields: Any) -> ModelUse:
    return ModelUse.model_validate(
        {"prices": LIST, "mix": MIX, "quotas": [QUOTA], "fallback": ["router"]} | fields
    )


def test_blended_price() -> None:
    found = blend(use())
    assert (found.input.value, found.output.value) == pytest.approx((0.0204, 0.0372))
    assert (found.both.low, found.both.high) == pytest.approx((0.0204, 0.0372))  # output share not stated
    assert blend(use(output_share="25 %")).both.value == pytest.approx(0.75 * 0.0204 + 0.25 * 0.0372)
    assert found.shown.startswith("in 60 % x 0.02 + 35 % x 0.024 + 5 % x 0 = 0.0204")


def test_a_model_without_a_price_is_missing_from_the_blend() -> None:
    found = blend(use(mix=[{"model": "haiku", "share": "90 %"}, {"model": "router", "share": "10 %"}]))
    assert found.missing == ("router",) and price_of(use(), "router") is None


def test_cost_of_a_unit_and_tokens_that_a_bill_buys() -> None:
    assert token_cost(use()) is None
    found = token_cost(use(tokens_per_unit="100M", output_share="0 %"))
    assert found is not None and found.value == pytest.approx(2.04)
    bought = tokens_bought(use(), stated("150"))
    assert (bought.low, bought.high) == pytest.approx((150e6 / 0.0372, 150e6 / 0.0204))


def test_a_quota_that_suffices_and_one_that_does_not() -> None:
    lean = use(tokens_per_unit="100M")
    (small,) = quota_use(lean, stated("40"), MONTH_HOURS)
    assert small.outcome == "feasible" and small.over.high == 0
    assert small.needed.value == pytest.approx(40 * 100e6 * 0.95 * 5 / 730)
    assert small.units_at_most.value == pytest.approx(800e6 / (100e6 * 0.95 * 5 / 730))
    (large,) = quota_use(use(tokens_per_unit="100M", peak_factor=3), stated("500"), MONTH_HOURS)
    assert large.outcome == "not feasible"
    assert large.over.value == pytest.approx(500 * 100e6 * 0.95 * 3 * 5 / 730 - 800e6)
    assert large.taken[0][0] == "router" and large.taken[0][1].value == pytest.approx(large.over.value)
    assert large.unserved.value == 0
    (open_,) = quota_use(use(tokens_per_unit="100M", peak_factor="1 to 40"), stated("40"), MONTH_HOURS)
    assert open_.outcome == "undecided"


def test_fallback_models_fill_up_in_order_and_the_rest_is_not_served() -> None:
    quotas = [QUOTA, {"name": "claude", "models": ["opus"], "tokens": "300M", "window_hours": 5},
              {"name": "last", "models": ["router"], "tokens": "100M", "window_hours": 5}]  # fmt: skip
    wide = use(tokens_per_unit="100M", peak_factor=3, quotas=quotas, fallback=["opus", "router"])
    found = quota_use(wide, stated("600"), MONTH_HOURS)[0]
    each = 600 * 100e6 * 3 * 5 / 730
    over = each * 0.95 - 800e6
    room = 300e6 - each * 0.05  # what the mix itself leaves of the second quota
    assert [round(t[1].value or 0) for t in found.taken] == pytest.approx([room, 100e6], abs=1)
    assert found.unserved.value == pytest.approx(over - room - 100e6)


def test_a_context_that_does_not_hold_the_largest_request() -> None:
    assert too_small(use(largest_request_tokens="300K")) == ["sonnet"]
    assert too_small(use(largest_request_tokens="200K")) == []


@pytest.mark.parametrize(
    "wrong",
    [{"mix": MIX[:2]}, {"mix": [{"model": "gpt", "share": 1}]}, {"fallback": ["nobody"]}, {"peak_factor": 0.5},
     {"mix": [{"model": "haiku", "share": "50 to 100 %"}]}, {"output_share": 2}],
)  # fmt: skip
def test_uses_that_do_not_add_up(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        use(**wrong)
