"""Whose rows are these? Folder, column, file name, header; and what is said when nothing fits."""

from pathlib import Path
from typing import Any

import pytest

from scaling_assets.ingest import recognise
from scaling_assets.records.experiment import Column, Dimension, Experiment, Metric

ROWS = "run_id,users,latency\nr1,2,10\nr2,4,12\n"


def made(name: str, metric: str = "latency", columns: tuple[Column, ...] = ()) -> Experiment:
    return Experiment(
        name=name, title=name, mode="measured", dimensions=(Dimension(name="users"),),
        metrics=(Metric(name=metric),), columns=columns,
    )  # fmt: skip


LOAD = {"load": made("load"), "load_test": made("load_test", "throughput"), "wide": made("wide", "accuracy")}


def both(read: Any, landing: Path, content: str, path: str) -> tuple[tuple[str, ...], Any]:
    source = read(content, path=path, experiments=LOAD)
    return recognise(landing / path, landing, LOAD), source


@pytest.mark.parametrize(
    "path",
    [
        "load/any.csv",
        "load/2026/march/any.csv",
        "lab_a/load/any.csv",
        "load.csv",
        "load-monday.csv",
        "load_2.txt",
        "x.csv",
    ],
)
def test_by_folder_by_name_or_by_columns(read: Any, landing: Path, path: str) -> None:
    found, source = both(read, landing, ROWS, path)
    assert found == ("load",)
    assert [(a.experiment, len(a.rows)) for a in source.accepted] == [("load", 2)]


def test_the_longest_name_wins(read: Any, landing: Path) -> None:
    found, source = both(read, landing, ROWS.replace("latency", "throughput"), "load_test_7.csv")
    assert found == ("load_test",)
    assert source.accepted[0].experiment == "load_test"


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.parquet"])
def test_rows_may_name_their_experiment(read: Any, landing: Path, name: str, as_jsonl: Any) -> None:
    rows: list[dict[str, Any]] = [
        {"experiment": "load", "run_id": "a", "users": 1, "latency": 9.0, "accuracy": None},
        {"experiment": "wide", "run_id": "b", "users": 2, "latency": None, "accuracy": 0.5},
        {"experiment": "laod", "run_id": "c", "users": 2, "latency": 3.0, "accuracy": None},
        {"experiment": None, "run_id": "d", "users": 2, "latency": 3.0, "accuracy": None},
    ]
    import pandas as pd

    path = landing / name
    if name.endswith("csv"):
        pd.DataFrame(rows).to_csv(path, index=False)
    elif name.endswith("jsonl"):
        path.write_bytes(as_jsonl(rows))
    else:
        pd.DataFrame(rows).to_parquet(path)
    found, source = recognise(path, landing, LOAD), read(path.read_bytes(), path=name, experiments=LOAD)
    assert found == ("load", "wide")
    assert [(a.experiment, a.rows["run_id"].tolist()) for a in source.accepted] == [
        ("load", ["a"]),
        ("wide", ["b"]),
    ]
    assert [(r.field, r.reason) for r in source.rejected] == [
        ("experiment", "no experiment 'laod' is declared"),
        ("experiment", "the row names no experiment"),
    ]
    assert source.rejected[0].remedy == "Declared: load, load_test, wide."


def test_a_row_may_not_contradict_its_folder(read: Any, landing: Path) -> None:
    text = "experiment,run_id,users,latency\nload,a,1,2\nwide,b,1,2\n,c,1,2\n"
    found, source = both(read, landing, text, "load/rows.csv")
    assert found == ("load",)
    assert [(r.line, r.reason) for r in source.rejected] == [
        (3, "the row names wide, but the file lies in the folder of load")
    ]
    assert source.accepted[0].rows["run_id"].tolist() == ["a", "c"]


def test_the_file_name_stands_in_for_rows_without_a_name(read: Any, landing: Path) -> None:
    text = "experiment,run_id,users,latency\n,a,1,2\nload,b,1,2\n"
    found, source = both(read, landing, text, "load.csv")
    assert (found, source.rejected) == (("load",), ())


def test_columns_that_fit_several_experiments(read: Any, landing: Path) -> None:
    experiments = {"a": made("a"), "b": made("b")}
    source = read(ROWS, path="x.csv", experiments=experiments)
    assert recognise(landing / "x.csv", landing, experiments) == ()
    (rejection,) = source.rejected
    assert (rejection.experiment, rejection.line, rejection.field) == (None, 0, "experiment")
    assert rejection.reason == "the columns fit several experiments: a, b"
    assert rejection.remedy == "Put the file into landing/<experiment>/, or add an 'experiment' column."


def test_columns_that_fit_none_name_the_closest(read: Any, landing: Path) -> None:
    source = read(ROWS.replace("latency", "latncy"), path="x.csv", experiments={"load": made("load")})
    assert (
        source.rejected[0].reason
        == "the columns fit no declared experiment; load comes closest and lacks latency"
    )


def test_a_lab_without_experiments(read: Any) -> None:
    assert read(ROWS, path="x.csv", experiments={}).rejected[0].reason == "the lab declares no experiment"


def test_the_long_shape_is_recognised_by_its_columns(read: Any, landing: Path) -> None:
    text = "run_id,users,metric,value\nr1,2,latency,10\n"
    experiments = {"load": made("load", columns=()), "other": made("other", columns=(Column(name="gpu"),))}
    read(text, path="x.csv", experiments=experiments)
    assert recognise(landing / "x.csv", landing, experiments) == ("load",)


def test_recognising_a_large_file_is_cheap(landing: Path) -> None:
    import time

    path = landing / "rows.csv"
    path.write_text("run_id,users,latency\n" + "r,1,2\n" * 2_000_000)
    start = time.process_time()
    assert recognise(path, landing, LOAD) == ("load",)
    assert time.process_time() - start < 0.2


def test_a_file_that_is_gone(landing: Path) -> None:
    for path in ("load/gone.csv", "gone.csv"):
        with pytest.raises(FileNotFoundError):
            recognise(landing / path, landing, LOAD)
