"""The measuring workloads really measure, say what they did, and keep their design."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scaling_assets.records.experiment import Experiment
from scaling_assets.sweeps import run_sweep, workload_problems
from scaling_assets.sweeps.duckdb_aggregation import DuckDBAggregationSettings, _cells, usable_cores
from scaling_assets.sweeps.learning_curve import IMAGES


def measured(
    workload: dict[str, Any], dimensions: list[str], columns: list[str], metrics: list[str]
) -> Experiment:
    return Experiment.model_validate(
        {
            "name": "measured_here",
            "title": "Measured",
            "mode": "measured",
            "dimensions": [{"name": n} for n in dimensions],
            "columns": [{"name": n, "type": "text" if n == "engine" else "integer"} for n in columns],
            "metrics": [{"name": n} for n in metrics]
            or [{"name": "error_rate", "kind": "rate", "numerator": "errors", "denominator": "test_items"}],
            "workload": workload,
        }
    )


def aggregation(**changes: Any) -> Experiment:
    workload = {"kind": "duckdb_aggregation", "rows": [1000, 50000], "threads": [1, 2], "threaded_rows": [50000],
                "repetitions": 4, "groups": 10, **changes}  # fmt: skip
    return measured(workload, ["rows", "threads"], ["block", "position", "cpu_count", "engine"], ["time_ms"])


def digits(**changes: Any) -> Experiment:
    workload = {"kind": "learning_curve", "sizes": [20, 400], "seeds": 3, **changes}
    return measured(workload, ["training_examples"], ["test_items", "errors"], [])


def sweep(experiment: Experiment, folder: Path, label: str = "first", progress: Any = None) -> pd.DataFrame:
    path = run_sweep(experiment, mode="quick", label=label, folder=folder, progress=progress)
    return pd.DataFrame([json.loads(line) for line in path.read_text().splitlines()])


def test_aggregation_times_every_cell_once_a_block_in_random_order(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    rows = sweep(aggregation(), tmp_path, progress=lambda *a: seen.append(a))
    cells = {(1000, 1), (50000, 1), (50000, 2)}
    assert seen[-1][:2] == (12, 12)
    for _, block in rows.groupby("block"):
        assert set(zip(block["rows"], block["threads"], strict=True)) == cells
        assert list(block["position"]) == [0, 1, 2]
    assert rows["run_id"].is_unique
    assert (rows["time_ms"] > 0).all()
    assert not rows["is_simulated"].any()
    assert pd.to_datetime(rows["observed_at"]).is_monotonic_increasing
    assert rows["engine"].str.startswith("duckdb 2").all()
    assert rows["cpu_count"].eq(usable_cores()).all()


def test_block_orders_differ_between_blocks_and_between_labels(tmp_path: Path) -> None:
    experiment = aggregation(rows=[100, 200, 300, 400, 500], threads=[1], threaded_rows=[], repetitions=3)
    orders = set()
    for label in ("one", "two"):
        rows = sweep(experiment, tmp_path, label)
        orders |= {tuple(block["rows"]) for _, block in rows.groupby("block")}
    assert len(orders) >= 5, "six shuffles of five cells: two alike would be a rare accident"


def test_more_rows_take_longer(tmp_path: Path) -> None:
    rows = sweep(aggregation(rows=[1000, 2_000_000], threads=[1], threaded_rows=[]), tmp_path)
    fastest = rows.groupby("rows")["time_ms"].min()
    assert fastest[2_000_000] > 2 * fastest[1000]


@pytest.mark.parametrize(("cores", "expected"), [(1, [1, 2]), (2, [1, 2, 4]), (8, [1, 2, 4, 8, 16])])
def test_threads_are_limited_by_what_the_machine_has(cores: int, expected: list[int]) -> None:
    settings = DuckDBAggregationSettings(rows=(10,), threads=(1, 2, 4, 8, 16, 32), oversubscription=2)
    assert [threads for _, threads in _cells(settings, cores)] == expected


def test_aggregation_says_what_it_needs() -> None:
    experiment = aggregation(threaded_rows=[7])
    assert workload_problems(experiment) == ["threaded_rows: 7 is not one of 'rows'"]
    lacking = measured({"kind": "duckdb_aggregation", "rows": [10]}, ["rows"], ["threads"], ["speed"])
    assert workload_problems(lacking) == ["the experiment needs a column 'time_ms'"]


def test_more_examples_make_fewer_errors(tmp_path: Path) -> None:
    rows = sweep(digits(), tmp_path)
    assert len(rows) == 6
    assert rows["test_items"].eq(597).all()
    errors = rows.groupby("training_examples")["errors"].sum()
    assert errors[400] < errors[20] / 3
    # Ten classes: guessing would be wrong nine times out of ten, a learner of 400 images rarely.
    assert errors[400] / (3 * 597) < 0.1


def test_learning_repeats_itself_and_another_label_brings_other_splits(tmp_path: Path) -> None:
    columns = ["seed", "training_examples", "errors"]
    one, again = (sweep(digits(), tmp_path / name)[columns] for name in ("one", "again"))
    pd.testing.assert_frame_equal(one, again)
    other = sweep(digits(), tmp_path, label="second")
    assert not set(other["seed"]) & set(one["seed"]), "the same splits would count twice as evidence"


def test_learning_curve_knows_how_many_images_there_are() -> None:
    problems = workload_problems(digits(sizes=[1201]))
    assert problems == [f"sizes: 1201 is more than the {IMAGES - 597} images left for training"]
