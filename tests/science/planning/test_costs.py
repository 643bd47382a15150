"""Bills, steps, savings, break-even: the sources' right values, and brute force over ranges."""

import numpy as np
import pytest
from pydantic import ValidationError

from scaling_assets.records.amount import Amount, stated
from scaling_assets.science.planning.break_even import break_even
from scaling_assets.science.planning.costs import CostLine, Saving, Step, bill, saved

PRICE = stated("35")
FLEET = [CostLine(name="infrastructure", per_period=200), CostLine(name="api", per_period=150)]
STEPS = CostLine(name="machines", steps=[Step(units=0, per_period=200), Step(units=50, per_period=2000)])


@pytest.mark.parametrize(("units", "cost", "margin"), [("20", 17.5, 0.5), ("40", 8.75, 0.75)])
def test_the_right_margins(units: str, cost: float, margin: float) -> None:
    found = bill(FLEET, stated(units), PRICE)
    assert found.range_of("unit_cost").value == cost
    assert found.range_of("margin").value == margin
    assert found.shown("margin", as_share=True) == f"(35 - {cost:g}) / 35 = {margin:.0%}".replace("%", " %")


def test_the_arithmetic_names_every_line() -> None:
    assert bill(FLEET, stated("20")).shown("unit_cost") == "200 / 20 + 150 / 20 = 17.5"


def test_a_range_stays_a_range_and_no_wider() -> None:
    lines = [FLEET[0], CostLine(name="api", per_period="50 to 150")]
    found = bill(lines, stated("20 to 40"), PRICE).range_of("margin")
    assert (found.low, found.high) == pytest.approx((1 - 350 / 20 / 35, 1 - 250 / 40 / 35))


def test_a_line_that_nobody_stated_is_in_no_sum_and_named() -> None:
    found = bill([*FLEET, CostLine(name="labour", per_unit="not stated")], stated("20"), PRICE)
    assert found.missing == ("labour",) and found.range_of("total").value == 350


def test_steps_cut_a_range_of_quantities() -> None:
    found = bill([STEPS], stated("40 to 100"), PRICE)
    at = np.concatenate([np.linspace(40, np.nextafter(50, 0), 500), np.linspace(50, 100, 500)])
    cost = np.where(at < 50, 200, 2000)
    margin = 1 - cost / at / 35
    assert (found.range_of("total").low, found.range_of("total").high) == (200, 2000)
    assert (found.range_of("margin").low, found.range_of("margin").high) == pytest.approx(
        (margin.min(), margin.max())
    )
    assert found.range_of("total").value == 2000  # of the middle, 70 units


def test_a_step_counts_from_its_own_quantity_on() -> None:
    assert bill([STEPS], stated("50")).range_of("total").value == 2000
    assert bill([STEPS], stated("49")).range_of("total").value == 200


def test_break_even_and_its_range() -> None:
    lines = [
        FLEET[0],
        CostLine(name="api", per_period="50 to 150"),
        CostLine(name="api_use", per_unit="5 to 10"),
    ]
    found = break_even(lines, stated("30 to 40")).quantity
    assert (found.value, found.low, found.high) == pytest.approx((300 / 27.5, 250 / 35, 350 / 20))


def test_break_even_behind_a_step() -> None:
    found = break_even([STEPS], PRICE)
    assert found.quantity.value == pytest.approx(2000 / 35)
    assert found.relapses == (50.0,)  # 200 / 35 = 5.7 units paid until the step came


def test_a_price_below_the_cost_of_a_unit_never_breaks_even() -> None:
    found = break_even([CostLine(name="api_use", per_unit=40), FLEET[0]], PRICE)
    assert found.quantity.value is None and found.quantity.low == float("inf")


def test_break_even_agrees_with_brute_force() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        starts = np.unique(np.concatenate([[0], rng.integers(1, 80, size=3)]))
        costs = rng.integers(0, 2000, size=len(starts))
        lines = [
            CostLine(
                name="steps",
                steps=[Step(units=s, per_period=float(c)) for s, c in zip(starts, costs, strict=True)],
            )
        ]
        lines.append(CostLine(name="each", per_unit=float(rng.integers(0, 40))))
        each = float(lines[1].per_unit or 0)
        found = break_even(lines, PRICE).quantity.value
        at = np.arange(0, 4000)
        profit = at * (35 - each) - costs[np.searchsorted(starts, at, side="right") - 1]
        bad = np.flatnonzero(profit < 0)
        expected = 0 if not len(bad) else bad[-1] + 1
        if each >= 35 and costs[-1] > 0:
            assert found is None
        else:
            assert found is not None and np.ceil(found - 1e-9) == expected


def test_savings_multiply() -> None:
    def three(share: str) -> list[Saving]:
        cuts = {"haiku": "20 %", "batch": "30 %", "cache": "50 %"}
        return [Saving(name=name, cut=cut, share=share, lines=["api"]) for name, cut in cuts.items()]

    assert saved(three("100 %"))[0].value == pytest.approx(0.72)
    found, shown = saved(three("not stated"))
    assert (found.low, found.high) == pytest.approx((0, 0.72))
    assert shown.endswith("= 0 to 72 %")
    cut = bill(FLEET, stated("20"), PRICE, three("100 %"))
    assert cut.range_of("total").value == pytest.approx(200 + 150 * 0.28)


@pytest.mark.parametrize(
    "line",
    [{"name": "x"}, {"name": "x", "per_unit": 1, "per_period": 1}, {"name": "units", "per_unit": 1},
     {"name": "x", "per_unit": -1}, {"name": "x", "steps": [{"units": 5, "per_period": 1}]}],
)  # fmt: skip
def test_lines_that_are_none(line: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CostLine.model_validate(line)


def test_a_cost_that_a_law_gives_is_a_line() -> None:
    found = bill(FLEET, stated("20"), PRICE, extra={"disk": (Amount("", 2, 1, 3), True)})
    assert (found.range_of("unit_cost").low, found.range_of("unit_cost").high) == (18.5, 20.5)
