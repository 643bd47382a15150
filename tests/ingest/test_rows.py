"""One all-good file per format; then one field spoiled at a time, with the exact line, field, reason."""

from typing import Any

import pandas as pd
import pytest

from scaling_assets.ingest import READERS
from scaling_assets.records.experiment import Experiment


def test_every_format_is_under_test() -> None:
    from tests.ingest.conftest import WRITERS

    assert set(WRITERS) == set(READERS)


def test_good_rows_are_all_accepted_with_their_types(
    read: Any, written: Any, rows: Any, file_format: str
) -> None:
    write, first = written
    source = read(write(rows))
    assert (source.format, source.shape, source.rejected, source.notes) == (file_format, "wide", (), ())
    (accepted,) = source.accepted
    frame = accepted.rows
    assert accepted.experiment == "agents_test"
    assert not accepted.has_key
    assert frame["line"].tolist() == [first + i for i in range(4)]
    assert frame["agents"].tolist() == [1.0, 2.0, 4.0, 8.0]
    assert frame["tokens"].tolist() == [0, 100, 200, 300]
    assert frame["is_merged"].tolist() == [True, False, True, False]
    assert frame["is_simulated"].tolist() == [False] * 4
    assert frame["accuracy"].tolist() == pytest.approx([0.5, 0.6, 0.7, 0.8])
    assert frame["ended_at"].tolist() == [pd.Timestamp("2026-03-01T11:00:00Z")] * 4
    assert frame["condition"].tolist() == ["A", "B", "A", "B"]
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "line": "int64",
        "run_id": "string",
        "seed": "Int64",
        "step": "Int64",
        "condition": "string",
        "observed_at": "datetime64[us, UTC]",
        "is_simulated": "boolean",
        "agents": "float64",
        "task": "string",
        "tokens": "Int64",
        "is_merged": "boolean",
        "note": "string",
        "ended_at": "datetime64[us, UTC]",
        "accuracy": "float64",
        "loss": "float64",
    }


def test_a_context_below_its_minimum_is_a_valid_measurement(read: Any, as_csv: Any, rows: Any) -> None:
    """Excluding it is a filter on cells, which can change; a row that was refused is lost."""
    rows[0]["task"] = "low"
    assert read(as_csv(rows)).accepted[0].rows["task"].tolist()[0] == "low"


SPOILED: list[tuple[str, Any, str]] = [
    ("run_id", None, "a required value is missing"),
    ("seed", 7, "not among the declared values"),
    ("seed", "many", "not a number"),
    ("step", 1.5, "not a whole number"),
    ("step", "1e30", "too large for 64 bits"),
    ("condition", "C", "not among the declared values"),
    ("condition", None, "a required value is missing"),
    ("observed_at", "yesterday", "not a time in ISO 8601"),
    ("observed_at", "1772366400", "a plain number where a time belongs"),
    ("agents", None, "a required value is missing"),
    ("agents", 0, "not above zero"),
    ("agents", -3, "not above zero"),
    ("agents", 128, "above the highest allowed, 64 agents"),
    ("agents", "inf", "not a finite number"),
    ("agents", "1e999", "too large for a number"),
    ("task", "huge", "not among the declared values"),
    ("task", None, "a required value is missing"),
    ("tokens", -1, "below the lowest allowed, 0"),
    ("tokens", "1,200", "a number with thousands separators"),
    ("is_merged", "maybe", "neither true nor false"),
    ("note", "x" * 1001, "text longer than 1000 characters"),
    ("ended_at", "2026-13-01", "not a time in ISO 8601"),
    ("accuracy", 1.01, "above the highest allowed, 1"),
    ("accuracy", "nan", "not a finite number"),
    ("accuracy", "85 %", "a number with a unit ('%')"),
    ("accuracy", "0,85", "a number with a decimal comma"),
    ("loss", "12ms", "a number with a unit ('ms')"),
    ("loss", "low", "not a number"),
]


@pytest.mark.parametrize(("field", "value", "reason"), SPOILED)
def test_one_spoiled_field_rejects_its_row_alone(
    read: Any, written: Any, rows: Any, field: str, value: Any, reason: str
) -> None:
    write, first = written
    rows[2][field] = value
    source = read(write(rows))
    (rejection,) = source.rejected
    assert (rejection.experiment, rejection.line, rejection.field, rejection.reason) == (
        "agents_test", first + 2, field, reason,
    )  # fmt: skip
    assert rejection.remedy
    assert "r2" in rejection.raw or field == "run_id"
    assert source.accepted[0].rows["line"].tolist() == [first, first + 1, first + 3]


def test_optional_fields_may_be_empty_in_every_usual_spelling(read: Any, as_csv: Any, rows: Any) -> None:
    for row, spelling in zip(rows, ("", "NA", "null", "N/A"), strict=True):
        row |= {"loss": spelling, "note": "", "ended_at": spelling, "observed_at": spelling, "seed": spelling}
    source = read(as_csv(rows))
    assert source.rejected == ()
    frame = source.accepted[0].rows
    assert frame[["loss", "note", "ended_at", "observed_at", "seed"]].isna().all().all()


def test_na_is_a_name_in_a_text_column(read: Any, as_csv: Any, rows: Any) -> None:
    rows[0]["note"] = "NA"
    assert read(as_csv(rows)).accepted[0].rows["note"].tolist()[0] == "NA"


@pytest.mark.parametrize("spelling", ["true", "TRUE", "yes", "Y", "1", "t", "on"])
def test_booleans_in_the_usual_spellings(read: Any, as_csv: Any, rows: Any, spelling: str) -> None:
    rows[1]["is_merged"] = spelling
    assert read(as_csv(rows)).accepted[0].rows["is_merged"].tolist() == [True, True, True, False]


def test_a_time_without_a_zone_is_utc(read: Any, as_csv: Any, rows: Any) -> None:
    rows[0]["observed_at"] = "2026-03-01 12:00:00"
    assert read(as_csv(rows)).accepted[0].rows["observed_at"][0] == pd.Timestamp("2026-03-01T12:00:00Z")


def test_several_bad_fields_are_one_rejection_that_names_them_all(read: Any, as_csv: Any, rows: Any) -> None:
    rows[1] |= {"agents": -1, "accuracy": 2, "task": "none"}
    (rejection,) = read(as_csv(rows)).rejected
    assert (rejection.field, rejection.reason) == ("agents", "not above zero (also wrong: task, accuracy)")


def test_remedies_say_what_to_write(read: Any, as_csv: Any, rows: Any) -> None:
    rows[0]["tokens"] = "1,200"
    rows[1]["accuracy"] = "0,5"
    rows[2]["task"] = "hard"
    remedies = [r.remedy for r in read(as_csv(rows)).rejected]
    assert remedies == ["Write plain digits: 1200.", "Write a point: 0.5.", "Declared: low, mid, high."]


# -- simulated and measured are never mixed ------------------------------------------------------------


def test_a_simulated_row_is_no_measurement(read: Any, written: Any, rows: Any) -> None:
    write, first = written
    for row in rows:
        row["is_simulated"] = row["run_id"] == "r1"
    (rejection,) = read(write(rows)).rejected
    assert (rejection.line, rejection.field) == (first + 1, "is_simulated")
    assert rejection.reason == "a simulated row for an experiment whose mode is measured"


def test_a_flag_that_is_there_must_be_filled_in(read: Any, as_csv: Any, rows: Any) -> None:
    for row in rows:
        row["is_simulated"] = "" if row["run_id"] == "r1" else "false"
    (rejection,) = read(as_csv(rows)).rejected
    assert (rejection.line, rejection.field, rejection.reason) == (
        3,
        "is_simulated",
        "a required value is missing",
    )


def test_a_simulated_experiment_needs_the_flag(
    read: Any, as_csv: Any, rows: Any, experiment: Experiment
) -> None:
    simulated = experiment.model_copy(update={"mode": "simulated"})
    (rejection,) = read(as_csv(rows), experiments={"agents_test": simulated}).rejected
    assert (rejection.line, rejection.field) == (0, "is_simulated")
    for row in rows:
        row["is_simulated"] = True
    rows[3]["is_simulated"] = False
    source = read(as_csv(rows), experiments={"agents_test": simulated})
    assert [(r.line, r.reason) for r in source.rejected] == [
        (5, "a measured row for an experiment whose mode is simulated")
    ]


# -- keys ----------------------------------------------------------------------------------------------


def test_the_same_key_with_other_values_is_rejected_and_names_the_line(
    read: Any, as_csv: Any, rows: Any, experiment: Experiment
) -> None:
    keyed = experiment.model_copy(update={"key": ("run_id", "step")})
    rows += [dict(rows[1]), {**rows[2], "accuracy": 0.99}]
    source = read(as_csv(rows), experiments={"agents_test": keyed})
    (rejection,) = source.rejected
    assert (rejection.line, rejection.field, rejection.value) == (7, "run_id", "run_id=r2, step=2")
    assert rejection.reason == "the same key as line 4, with other values"
    frame = source.accepted[0].rows
    assert source.accepted[0].has_key
    assert frame["line"].tolist() == [2, 3, 4, 5, 6]  # the repeated row stays: the store counts it
    assert frame["content"][1] == frame["content"][4]
    assert frame["observation_id"][1] == frame["observation_id"][4]


def test_a_key_column_is_required(read: Any, as_csv: Any, rows: Any, experiment: Experiment) -> None:
    keyed = experiment.model_copy(update={"key": ("run_id", "note")})
    rows[0]["note"] = ""
    (rejection,) = read(as_csv(rows), experiments={"agents_test": keyed}).rejected
    assert (rejection.line, rejection.field) == (2, "note")
