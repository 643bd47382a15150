"""An experiment with an assignment, and frames of runs that landed."""

from typing import Any

import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.trial import trial_columns

AGENTS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)


def experiment(**changes: Any) -> Experiment:
    """Agents by complexity and project: six arms in blocks of complexity, medium tasks and harder ones."""
    assignment = {
        "arm": "agents",
        "blocks": ["complexity"],
        "context_filter": {"min_complexity": "medium"},
        **changes.pop("assignment", {}),
    }
    declared: dict[str, Any] = {
        "name": "agent_count",
        "title": "Agents on a task",
        "mode": "measured",
        "dimensions": [{"name": "agents", "values": AGENTS, "control": 1}],
        "context": [
            {"name": "complexity", "order": ["low", "medium", "high"]},
            {"name": "project", "required": False},
        ],
        "metrics": [{"name": "speed", "direction": "higher"}, {"name": "cost", "direction": "lower"}],
        "laws": [{"metric": "speed", "by": ["agents"], "families": ["power"]}],
        "gates": [
            {"name": "grows", "kind": "parameter", "metric": "speed", "parameter": "exponent", "operator": ">",
             "threshold": 0.2},
            {"name": "alone", "kind": "threshold", "metric": "speed", "where": {"agents": 1}, "operator": ">",
             "threshold": 1},
            {"name": "each_alone", "kind": "threshold", "metric": "cost", "each": ["agents"], "operator": "<",
             "threshold": 9},
            {"name": "overall", "kind": "threshold", "metric": "cost", "operator": "<", "threshold": 9},
            {"name": "all_there", "kind": "completeness"},
        ],
        "assignment": assignment,
    }  # fmt: skip
    return Experiment(**{**declared, **changes})


def trials(declared: Experiment, runs: list[tuple[str, object, str | None]]) -> pd.DataFrame:
    """One trial of ``speed`` for each (unit, recorded arm, complexity)."""
    size = len(runs)
    frame = pd.DataFrame({
        "metric": ["speed"] * size,
        "unit": [unit for unit, _, _ in runs],
        "seed": pd.array([None] * size, dtype="Int64"),
        "agents": [arm for _, arm, _ in runs] if declared.conditions == () else 1.0,
        "complexity": [complexity for _, _, complexity in runs],
        "project": None,
        "condition": None if declared.conditions == () else [arm for _, arm, _ in runs],
        "is_simulated": False,
        "n": 1,
        "value": 1.0,
        "sd": float("nan"),
        "numerator": float("nan"),
        "denominator": float("nan"),
        "sample": None,
    })  # fmt: skip
    return frame[list(trial_columns(declared))]
