"""JSON shapes that need no lab: what differs between conditions, evidence of a verdict."""

from scaling_assets.cli import shapes
from scaling_assets.records.experiment import Experiment
from tests.report.test_pages import a_verdict

MANIFEST = {
    "varies": ["data"],
    "conditions": {
        "A": {"data": 1, "warm_up": 5},
        "B": {"data": 2, "warm_up": 9},
        "C": {"data": 3, "warm_up": 5},
    },
}
DECLARED = {
    "name": "abc", "title": "ABC", "mode": "measured", "conditions": ["A", "B", "C"], "control_condition": "A",
    "dimensions": [{"name": "size"}], "metrics": [{"name": "y"}],
}  # fmt: skip


def test_confounders_are_listed_by_condition():
    found = shapes.differences(Experiment.model_validate(DECLARED | {"manifest": MANIFEST}))
    assert found == [{"condition": "B", "control": "A", "name": "warm_up", "values": [9, 5]}]
    assert shapes.differences(Experiment.model_validate(DECLARED)) == []


def test_a_verdict_carries_its_evidence():
    assert shapes.verdict(a_verdict(evidence={"confounders": 2.0}))["evidence"] == {"confounders": 2.0}
