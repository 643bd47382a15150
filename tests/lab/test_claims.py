"""Claims as declared: every mistake has its file, line, field and remedy."""

from pathlib import Path
from typing import Any

import pytest

from scaling_assets.lab import load_lab
from scaling_assets.science.claims import audit

FILE = "claims/report.yaml"
CLAIMS = """\
name: report
title: A report
source: "Quarterly report"
stated:
  price: =35
  cost: 17.50
claims:
  - name: margin
    kind: arithmetic
    text: "Margin: 50 %"
    formula: (price - cost) / price
    states: 50 %
  - name: law
    kind: law
    text: "It doubles"
    family: linear
    parameters: {a: 0, b: 2}
    points:
      - {x: 1, y: 2.0}
      - {x: 2, y: 4.0}
  - name: users
    kind: lab_verdict
    text: "It passes"
    experiment: load
    gate: GATE
"""


@pytest.fixture
def claims(root: Path) -> Path:
    (root / "claims").mkdir()
    gate = load_lab(root).experiments["load"].gates[0].name
    path = root / FILE
    path.write_text(CLAIMS.replace("GATE", gate))
    return path


CASES: dict[str, tuple[str, str, str, str, str, str]] = {
    "kind": ("kind: arithmetic", "kind: aritmetic", ":9", "claims.0.kind", "there is no claim kind 'aritmetic'",
             "Did you mean 'arithmetic'?"),
    "no text": ('    text: "Margin: 50 %"\n', "", ":8", "claims.0.text", "a required field is missing", "text"),
    "number": ("states: 50 %", "states: half", ":12", "claims.0.states", "'half' is no printed number", "Correct"),
    "number of the document": ("cost: 17.50", "cost: cheap", ":6", "stated.cost", "'cheap' is no printed number", ""),
    "a value that is a formula": ("cost: 17.50", "cost: price / 2", ":6", "stated.cost", "is no printed number", ""),
    "unknown setting": ("states: 50 %", "stats: 50 %\n    states: 50 %", ":12", "claims.0.stats", "no such field",
                        "Did you mean 'states'?"),
    "missing setting": ("    states: 50 %\n", "", ":8", "claims.0.states", "a required field is missing", "states"),
    "name not stated": ("(price - cost)", "(prise - cost)", ":11", "claims.0.formula",
                        "the formula reads 'prise', which is not stated", "prise: not stated"),
    "attribute": ("(price - cost) / price", "price.__class__", ":11", "claims.0.formula",
                  "is not part of a formula", ""),
    "call": ("(price - cost) / price", "open('x')", ":11", "claims.0.formula", "no function of a formula", "min"),
    "family": ("family: linear", "family: liner", ":16", "claims.1.family", "there is no law family 'liner'", "linear"),
    "parameter": ("b: 2}", "c: 2}", ":17", "claims.1.parameters.c", "the linear law has no parameter 'c'", "a, b"),
    "axes": ("{x: 1, y: 2.0}", "{x: [1, 2], y: 2.0}", ":19", "claims.1.points.0.x", "x has 2 value(s)", "each axis"),
    "experiment": ("experiment: load", "experiment: laod", ":24", "claims.2.experiment", 
                   "there is no experiment 'laod'", "Known: load."),
    "gate": ("    gate: ", "    gate: x", ":25", "claims.2.gate", "load has no gate", "Gates:"),
    "twice": ("name: law", "name: margin", ":8", "claims.0", "claim 'margin' is declared twice", "Rename one"),
    "file's name": ("name: report", "name: paper", ":1", "name", "the name is 'paper'", "Rename"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "at", "field", "problem", "remedy"), CASES.values(), ids=CASES)
def test_one_thing_spoiled(
    claims: Path, spoil: Any, old: str, new: str, at: str, field: str, problem: str, remedy: str
) -> None:
    found = spoil(FILE, old, new)
    assert len(found) == 1, found
    found_at, found_field, found_problem, found_remedy = found[0]
    assert (found_at, found_field) == (at, field)
    assert problem in found_problem and remedy in found_remedy


def test_numbers_are_taken_as_they_are_written(claims: Path, root: Path) -> None:
    sheet = load_lab(root).claims["report"]
    assert sheet.stated["cost"] == "17.50"  # not 17.5, which stands for ten times as much
    assert sheet.claims[1].settings["points"][0] == {"x": "1", "y": "2.0"}
    assert [one.outcome.value for one in audit(sheet)] == ["consistent", "consistent", "not_derivable"]


HOSTILE = {
    "a cycle": (
        "stated:\n  price: =35\n  cost: 17.50\n",
        "stated: &s\n  price: =35\n  cost: 17.50\n  more: *s\n",
    ),
    "a tag": ("  cost: 17.50\n", "  cost: !!python/object/apply:os.system ['true']\n"),
    "a very long formula": ("(price - cost) / price", " + ".join(["price"] * 200)),
    "a deep formula": ("(price - cost) / price", "-" * 300 + "price"),
    "a huge number": ("cost: 17.50", "cost: 1e999999"),
    "a long number": ("cost: 17.50", f'cost: "{"9" * 99}"'),
}


@pytest.mark.parametrize(("old", "new"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused_with_a_place(
    claims: Path, root: Path, problems: Any, old: str, new: str
) -> None:
    text = claims.read_text()
    assert old in text
    claims.write_text(text.replace(old, new))
    found = problems()
    assert {p.facts["file"] for p in found} == {FILE}
    assert all(p.facts["at"] for p in found)


def test_huge_exponents_and_division_by_zero_are_answers(claims: Path, root: Path) -> None:
    for formula in ("price ** 9 ** 9 ** 9", "1 / (cost - cost)", "(price - 35) ** -1", "sqrt(0 - price)"):
        claims.write_text(CLAIMS.split("  - name: law")[0].replace("(price - cost) / price", formula))
        (found,) = audit(load_lab(root).claims["report"])
        assert found.outcome.value == "not_derivable" and found.missing


def test_claims_are_not_blamed_for_a_broken_experiment(claims: Path, root: Path, problems: Any) -> None:
    path = root / "experiments/load.yaml"
    path.write_text(path.read_text().replace("mode: simulated", "mode: other"))
    assert {p.facts["file"] for p in problems()} == {"experiments/load.yaml"}
    assert load_lab(root, partial=True).claims == {}  # they compare with an experiment that is left out


def test_a_broken_file_of_claims_leaves_the_rest_of_a_partial_lab(claims: Path, root: Path) -> None:
    claims.write_text(claims.read_text().replace("states: 50 %", "states: half"))
    lab = load_lab(root, partial=True)
    assert lab.claims == {} and set(lab.experiments) == {"load"} and len(lab.problems) == 1
