"""The example of docs/testing.md is a declaration that holds, and uses every kind that the page is about."""

import re
from pathlib import Path

import yaml

from scaling_assets.records.experiment import Experiment
from scaling_assets.science.gates import GATES, problems_of_gate

PAGE = (Path(__file__).parents[3] / "docs" / "testing.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_can_be_declared():
    snippet = yaml.safe_load(re.search(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1])
    declared = Experiment.model_validate({
        "name": "page", "title": "Page", "mode": "measured", "conditions": ["A", "C"], "control_condition": "A",
        "dimensions": [{"name": "size"}], "context": [{"name": "tier"}], "columns": [{"name": "runs"}],
        "metrics": [
            {"name": "top1", "direction": "higher"}, {"name": "cost_usd", "direction": "lower"},
            {"name": "outcome_per_usd", "direction": "higher", "kind": "ratio", "numerator": "runs",
             "denominator": "runs"},
            {"name": "epochs"}, {"name": "is_trained"},
            {"name": "rollback_rate", "kind": "rate", "numerator": "runs", "denominator": "runs"},
        ],
    } | snippet)  # fmt: skip
    assert [problem for gate in declared.gates for problem in problems_of_gate(declared, gate)] == []
    of_laws = {"threshold", "parameter", "prediction", "regression", "completeness"}
    assert {gate.kind for gate in declared.gates} == set(GATES) - of_laws
