"""The long shape: one line per metric becomes one row per observation."""

from typing import Any

import pytest

HEADER = "run_id,condition,agents,task,tokens,is_merged,metric,value"


def line(run: str, metric: str, value: object, agents: object = 2) -> str:
    return f"{run},A,{agents},low,5,yes,{metric},{value}\n"


def findings(source: Any) -> list[tuple[int, str, str]]:
    return [(r.line, r.field, r.reason) for r in source.rejected]


def test_lines_of_one_run_become_one_row(read: Any) -> None:
    source = read(
        HEADER + "\n"
        + line("r1", "accuracy", 0.5) + line("r2", "loss", 7) + line("r1", "loss", 3) + line("r2", "accuracy", 0.25)
    )  # fmt: skip
    assert (source.shape, source.rows_read, source.rejected) == ("long", 2, ())
    frame = source.accepted[0].rows
    assert frame["line"].tolist() == [2, 3]
    assert frame["accuracy"].tolist() == [0.5, 0.25]
    assert frame["loss"].tolist() == [3.0, 7.0]


def test_the_same_rows_in_both_shapes_are_the_same_content(read: Any, experiment: Any) -> None:
    keyed = {"agents_test": experiment.model_copy(update={"key": ("run_id",)})}
    long = read(HEADER + "\n" + line("r1", "accuracy", 0.5) + line("r1", "loss", 3), experiments=keyed)
    wide = read(
        "run_id,condition,agents,task,tokens,is_merged,accuracy,loss\nr1,A,2,low,5,yes,0.5,3\n",
        experiments=keyed,
    )
    ours, theirs = long.accepted[0].rows, wide.accepted[0].rows
    assert ours["observation_id"].tolist() == theirs["observation_id"].tolist()
    assert ours["content"].tolist() == theirs["content"].tolist()


@pytest.mark.parametrize(
    ("bad", "field", "reason"),
    [
        (line("r9", "speed", 0.5), "metric", "there is no measured metric 'speed'"),
        (line("r9", "double_loss", 0.5), "metric", "there is no measured metric 'double_loss'"),
        (line("r9", "", 0.5), "metric", "the metric's name is missing"),
        (line("r1", "accuracy", 0.6), "metric", "accuracy of this observation was given already on line 2"),
        (line("r9", "loss", "3 ms"), "loss", "a number with a unit ('ms')"),
        (line("r9", "accuracy", 7), "accuracy", "above the highest allowed, 1"),
        (line("r9", "accuracy", ""), "accuracy", "a required value is missing"),
        (line("r9", "accuracy", 0.5, agents=-1), "agents", "not above zero"),
        (line("r9", "loss", 3), "accuracy", "a required value is missing"),
    ],
)
def test_a_bad_line_is_named_exactly(read: Any, bad: str, field: str, reason: str) -> None:
    source = read(HEADER + "\n" + line("r1", "accuracy", 0.5) + bad + line("r2", "accuracy", 0.5))
    assert findings(source) == [(3, field, reason)]
    assert source.accepted[0].rows["run_id"].tolist() == ["r1", "r2"]
    assert source.rows_read == 3


def test_the_remedy_names_the_known_metrics(read: Any) -> None:
    source = read(HEADER + "\n" + line("r1", "accuracy", 0.5) + line("r9", "accurcy", 0.5))
    assert source.rejected[0].remedy == "Did you mean accuracy? Known: accuracy, loss."


def test_a_bad_line_of_a_good_run_leaves_the_rest_of_it(read: Any) -> None:
    source = read(HEADER + "\n" + line("r1", "accuracy", 0.5) + line("r1", "loss", "inf"))
    assert findings(source) == [(3, "loss", "not a finite number")]
    frame = source.accepted[0].rows
    assert frame["accuracy"].tolist() == [0.5]
    assert frame["loss"].isna().all()
