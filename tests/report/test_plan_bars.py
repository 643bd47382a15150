"""Numbers of an answer are drawn beside one another: which column, where the bars stand."""

from scaling_assets.records.planned import ANSWERED, Figure, PlanAnswer
from scaling_assets.report.plan_page import tables


def answer(*figures: Figure) -> PlanAnswer:
    return PlanAnswer(
        answer_id="a", plan="p", kind="scenarios", title="P", status=ANSWERED, headline="", reason="", remedy="",
        figures=figures, law_ids=(), level=0.9, method="", is_simulated=False, data_version="v",
    )  # fmt: skip


def figure(item: str, quantity: str, value: float | None, ends: tuple[float, float] = (0.0, 0.0)) -> Figure:
    low, high = ends if ends != (0.0, 0.0) else (None, None)
    return Figure("months", item, quantity, value, low, high, "usd")


def test_the_column_with_intervals_is_drawn_on_a_scale_from_zero():
    [table] = tables(answer(
        figure("small", "units", 40.0), figure("small", "profit", 50.0, (40.0, 60.0)),
        figure("large", "units", 90.0), figure("large", "profit", 100.0, (80.0, 100.0)),
        Figure("months", "none", "profit", text="not stated"),
    ))  # fmt: skip
    assert table.header[table.drawn] == "profit (usd)" and len(table.bars) == len(table.rows) == 3
    small, large, none = table.bars
    assert none is None and small is not None and large is not None
    # 0 to 100 with a margin of 4 each side: a value v stands at (v + 4) / 108
    assert (small.dot, large.dot) == (50.0, round(100 * 104 / 108, 2))
    assert (small.left, small.width) == (round(100 * 44 / 108, 2), round(round(100 * 64 / 108, 2) - 40.74, 2))


def test_a_loss_stands_left_of_zero():
    [table] = tables(answer(figure("a", "profit", -50.0), figure("b", "profit", 50.0)))
    left, right = table.bars
    assert left is not None and right is not None and left.dot < 50.0 < right.dot
    assert left.width == right.width == 0.0  # no interval is not an endless one


def test_one_number_is_not_drawn_nor_are_words():
    [table] = tables(answer(figure("a", "profit", 1.0), Figure("months", "b", "profit", text="n/a")))
    assert table.bars == ()


def test_numbers_of_different_units_are_not_drawn_on_one_scale():
    mixed = [Figure("m", "a", "use", 1.0, unit="GB"), Figure("m", "b", "use", 2.0, unit="cores")]
    assert tables(answer(*mixed))[0].bars == ()
