"""docs/changes.md: its declaration holds, its run records fit it, its snippet runs, its numbers are the code's."""

import json
import re
from pathlib import Path

import yaml

from scaling_assets.records.change import Watch
from scaling_assets.records.experiment import STANDARD_COLUMNS, Experiment
from scaling_assets.science.changes import null, scan
from scaling_assets.science.changes.case import LOOKS
from scaling_assets.science.changes.segments import KNOWN, STRONG

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "changes.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    return re.search(rf"^```{kind}.*?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]


def test_the_declaration_of_the_page_holds_and_its_records_fit_it():
    declared = Experiment.model_validate(yaml.safe_load(block("yaml")))
    [law] = declared.laws
    assert set(block("yaml").split("changes:")[1].replace(":", " ").split()) >= {
        "by",
        "order",
        "hardware",
        "alpha",
    }
    defaults = Watch(by="commit")
    for field in ("minimum_segment", "minimum_points", "alpha", "severity"):
        assert getattr(law.changes, field) == getattr(defaults, field)
    for line in block("jsonl").splitlines():
        assert set(json.loads(line)) <= {*declared.column_types, *STANDARD_COLUMNS}


def test_the_snippet_of_the_page_runs():
    assert "assert " in block("python")
    exec(compile(block("python"), "docs/changes.md", "exec"), {})


def test_constants_and_files_of_the_page_are_those_of_the_code():
    assert rf"\alpha/{LOOKS}" in PAGE and f"{null.SERIES:,} AR(1) series" in PAGE
    assert (scan.n_taken(39), scan.n_taken(40), scan.n_taken(79), scan.n_taken(80)) == (1, 2, 2, 3)
    assert f"from {KNOWN} points on at least {STRONG:g}".replace("0.", ".") in PAGE
    named = re.findall(r"`(\w+\.py)`", PAGE)
    assert len(named) >= 6
    assert [n for n in named if not (ROOT / "scaling_assets" / "science" / "changes" / n).exists()] == []
