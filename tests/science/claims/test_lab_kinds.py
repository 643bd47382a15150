"""Claims against the lab's own laws and verdicts."""

from dataclasses import replace

import numpy as np
import pytest

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.claims import experiments_of, objections_to
from tests.science.claims.sheets import answer, sheet

LAW = Law(
    "law1", "engine", "work_by_size", "work_ms", ("size",), {}, "power", LawStatus.CONVERGED, "",
    (ParameterEstimate("a", 1.05, 1.0, 1.1, 0.95, "case bootstrap", "ms", "coefficient"),
     ParameterEstimate("b", 0.35, 0.34, 0.36, 0.95, "case bootstrap", "", "exponent")),
    "huber", "log", np.tile([[1.05, 0.35]], (50, 1)), ((1.0, 100.0),), 0.02, 30, 30, 5, 2.0, 42, "1", "v",
    is_leading=True, evidence={},
)  # fmt: skip
VERDICT = Verdict(
    "v1", "engine", "limit", "parameter", {}, Outcome.PASS, "b is 0.35", "", 0.35, 0.34, 0.36, 0.95, "<=", (0.5,), "",
    30, "case bootstrap", "blocker", "", "team:x",
)  # fmt: skip
ENGINE = Experiment.model_validate({
    "name": "engine", "title": "t", "mode": "measured", "dimensions": [{"name": "size"}],
    "metrics": [{"name": "work_ms", "direction": "lower"}],
    "laws": [{"metric": "work_ms", "by": ["size"], "families": ["power"]}],
    "gates": [{"name": "limit", "kind": "parameter", "metric": "work_ms", "parameter": "exponent", "operator": "<=",
               "threshold": 0.5}],
})  # fmt: skip
ASKED = {"experiment": "engine", "metric": "work_ms", "parameter": "exponent", "states": "0.35"}

CASES = {
    "same": ({}, [LAW], "consistent", "0.34 to 0.36 by its interval"),
    "digits reach the interval": ({"states": "0.4"}, [LAW], "consistent", "stated is 0.4"),
    "outside": ({"states": "0.40"}, [LAW], "inconsistent", "0.05 too high"),
    "limit": ({"operator": "<", "states": "=0.5"}, [LAW], "consistent", "below 0.5"),
    "simulated": ({}, [replace(LAW, is_simulated=True)], "consistent", "from simulated runs"),
    "none": ({}, [], "not_derivable", "no usable law"),
    "unusable": ({}, [replace(LAW, status=LawStatus.NOT_IDENTIFIED, reason="flat")], "not_derivable", "flat"),
    "other parameter": ({"parameter": "floor"}, [LAW], "not_derivable", "no parameter 'floor'"),
    "two answer": ({}, [LAW, replace(LAW, question="other")], "not_derivable", "2 laws"),
    "one of two": ({"question": "other"}, [LAW, replace(LAW, question="other")], "consistent", "0.35"),
    "another group": ({"segment": {"site": "north"}}, [LAW], "not_derivable", "no usable law"),
    "group": ({"segment": {"site": "3"}}, [replace(LAW, group={"site": 3})], "consistent", "0.35"),
    "not leading": ({}, [replace(LAW, is_leading=False)], "not_derivable", "no usable law"),
    "prediction": ({"parameter": None, "at": {"size": 10}, "states": "2.35"}, [LAW], "consistent", "at size = 10"),
    "prediction off": ({"parameter": None, "at": {"size": 10}, "states": "4.00"}, [LAW], "inconsistent", "too high"),
    "too far": ({"parameter": None, "at": {"size": 1e6}, "states": "100"}, [LAW], "not_derivable", "no prediction"),
    "not stated": ({"states": "not stated"}, [LAW], "not_derivable", "no number is stated"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_number_against_the_labs_law(case: str) -> None:
    change, laws, outcome, words = CASES[case]
    found = answer("lab_law", laws=laws, **{**ASKED, **change})
    assert found.outcome.value == outcome, found.reason
    assert words in found.reason and found.experiment == "engine"
    assert found.is_simulated == any(law.is_simulated for law in laws)


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [([VERDICT], "consistent"), ([], "not_derivable"), ([replace(VERDICT, outcome=Outcome.FAIL)], "inconsistent"),
     ([replace(VERDICT, outcome=Outcome.INCONCLUSIVE)], "not_derivable"),
     ([VERDICT, replace(VERDICT, group={"site": "n"}, outcome=Outcome.FAIL)], "inconsistent"),
     ([replace(VERDICT, gate="other")], "not_derivable")],
)  # fmt: skip
def test_a_word_against_the_labs_verdict(verdicts, outcome) -> None:
    assert (
        answer("lab_verdict", verdicts=verdicts, experiment="engine", gate="limit").outcome.value == outcome
    )
    turned = answer("lab_verdict", verdicts=verdicts, experiment="engine", gate="limit", outcome="fail")
    assert (turned.outcome == "not_derivable") == (outcome == "not_derivable")


OBJECTIONS = {
    "experiment": ("lab_law", {**ASKED, "experiment": "engin"}, "no experiment 'engin'"),
    "metric": ("lab_law", {**ASKED, "metric": "work"}, "no law of 'work'"),
    "question": ("lab_law", {**ASKED, "question": "other"}, "no law question 'other'"),
    "family": ("lab_law", {**ASKED, "family": "linear"}, "does not fit the family 'linear'"),
    "parameter": ("lab_law", {**ASKED, "family": "power", "parameter": "floor"}, "no parameter 'floor'"),
    "experiment of a verdict": (
        "lab_verdict",
        {"experiment": "engin", "gate": "limit"},
        "no experiment 'engin'",
    ),
    "gate": ("lab_verdict", {"experiment": "engine", "gate": "limits"}, "no gate 'limits'"),
}


@pytest.mark.parametrize("case", OBJECTIONS)
def test_names_that_the_lab_does_not_have(case: str) -> None:
    kind, asked, words = OBJECTIONS[case]
    declared = sheet(kind, **asked)
    (found,) = objections_to(declared, declared.claims[0], {"engine": ENGINE})
    assert words in found.problem and found.remedy
    known_as_broken = objections_to(declared, declared.claims[0], {"engine": None, "engin": None})
    assert known_as_broken == []


def test_the_experiments_that_claims_are_compared_with() -> None:
    assert experiments_of(sheet("lab_law", **ASKED)) == ("engine",)
