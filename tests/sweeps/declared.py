"""Small declared experiments that the tests of this room run."""

from typing import Any

from scaling_assets.records.experiment import Experiment


def simulated(workload: dict[str, Any] | None = None, **changes: Any) -> Experiment:
    """A power law over three sizes with a count beside it; ``changes`` replace whole fields."""
    declared: dict[str, Any] = {
        "name": "planted",
        "title": "Planted",
        "mode": "simulated",
        "dimensions": [{"name": "size", "values": [1, 10, 100]}],
        "context": [{"name": "kind", "values": ["plain", "fancy"]}],
        "columns": [
            {"name": "configuration", "type": "text"},
            {"name": "runs_per_cell", "type": "integer"},
            {"name": "items", "type": "integer"},
            {"name": "hits", "type": "integer"},
            {"name": "is_good", "type": "boolean"},
        ],
        "metrics": [{"name": "time_ms", "unit": "ms"}],
        "workload": {
            "kind": "simulate",
            "crossed": {"kind": ["plain", "fancy"]},
            "truths": [
                {
                    "column": "time_ms",
                    "family": "power",
                    "by": ["size"],
                    "parameters": {"a": 2, "b": 0.5},
                    "run_noise": 0.05,
                    "row_noise": 0.1,
                },
                {"column": "items", "parameters": {"c": 50}},
                {"column": "hits", "draw": "binomial", "trials": "items", "parameters": {"c": 0.3}},
                {"column": "is_good", "draw": "binomial", "parameters": {"c": 0.9}},
            ],
            "rows_per_run": 3,
            "quick": {"runs_per_cell": 2},
            "full": {"runs_per_cell": 5},
            **(workload or {}),
        },
    }
    return Experiment.model_validate({**declared, **changes})


def truths_of(experiment: Experiment) -> list[dict[str, Any]]:
    """The declared truths, to be spoiled one at a time."""
    assert experiment.workload is not None
    return [dict(t) for t in experiment.workload.settings["truths"]]
