"""Runs without a value in a column that a gate splits by get a verdict of their own."""

import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.science.gates import judge
from scaling_assets.science.trials import derive


def test_slow_runs_without_a_task_do_not_hide_behind_fast_ones_with_one() -> None:
    declared = Experiment.model_validate({
        "name": "tasks", "title": "Tasks", "mode": "measured", "dimensions": [{"name": "size"}],
        "context": [{"name": "task", "required": False}],
        "metrics": [{"name": "time_ms", "unit": "ms"}],
        "gates": [{"name": "fast", "kind": "threshold", "metric": "time_ms", "operator": "<", "threshold": 100,
                   "each": ["task"]}],
    })  # fmt: skip
    times = [9.8, 10.1, 10.0, 10.2, 498.0, 505.0, 500.0, 497.0]
    sums = pd.DataFrame({
        "metric": "time_ms", "unit": [f"r{i}" for i in range(8)], "seed": pd.array([None] * 8, dtype="Int64"),
        "size": 1.0, "task": ["a"] * 4 + [None] * 4, "condition": None, "is_simulated": False, "n": 1,
        "mean": times, "sd": float("nan"), "numerator": float("nan"), "denominator": float("nan"),
        "sample": [None] * 8,
    })  # fmt: skip
    found = {
        v.group["task"]: v.outcome for v in judge(declared, derive(declared, sums), [], data_version="v")
    }
    assert found == {"a": "pass", "none": "fail"}
