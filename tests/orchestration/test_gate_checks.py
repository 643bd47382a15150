"""What the gates answered, as asset checks: an error for a failure, a warning for what is not settled."""

import dagster as dg
import pytest

from scaling_assets.orchestration import evaluations
from scaling_assets.records.verdict import Outcome
from tests.report.test_pages import a_verdict

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


@pytest.mark.parametrize(
    ("outcome", "severity", "passed", "level"),
    [
        (Outcome.PASS, "blocker", True, WARN), (Outcome.NOT_APPLICABLE, "blocker", True, WARN),
        (Outcome.FAIL, "blocker", False, ERROR), (Outcome.INCONCLUSIVE, "blocker", False, WARN),
        (Outcome.INSUFFICIENT_DATA, "blocker", False, WARN), (Outcome.FAIL, "warning", True, WARN),
    ],
)  # fmt: skip
def test_one_experiment(outcome, severity, passed, level):
    found = [
        a_verdict(),
        a_verdict(outcome, gate="other", severity=severity, reason="because", group={"tier": "a"}),
    ]
    whole = evaluations.gates({"locality": found})
    one = evaluations.gates_evaluation("locality", found)
    assert (whole.passed, one.passed) == (passed, passed)
    assert passed or (whole.severity, one.severity) == (level, level)
    told = {name: value.value for name, value in one.metadata.items()}
    assert told["experiment"] == "locality"
    reasons = {k: v for k, v in told.items() if k.startswith("locality: ")}
    words = outcome.value.replace("_", " ")
    assert reasons == ({} if passed else {"locality: other (tier=a)": f"{words}: because"})


def test_one_failing_experiment_is_told_among_many_and_long_lists_are_cut():
    found = {
        "good": [a_verdict()],
        "bad": [a_verdict(Outcome.FAIL, gate=f"g{i}") for i in range(12)],
        "empty": [],
    }
    check = evaluations.gates(found)
    assert not check.passed and check.severity is ERROR
    assert check.metadata["bad"].value == "fail" and "good" not in check.metadata
    assert check.metadata["further verdicts that do not pass"].value == "2"
