"""The mathematics page keeps up with the registries, and its code runs."""

import re
from pathlib import Path
from typing import get_args

import pytest

from scaling_assets.records.experiment import Estimator, Metric
from scaling_assets.science.allocation import STRATEGIES
from scaling_assets.science.claims import CLAIM_KINDS
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.gates import GATES
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.trials import ESTIMATORS
from scaling_assets.sweeps import WORKLOADS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "mathematics.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLAIMS = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
REGISTRIES = {
    "law family": FAMILIES,
    "gate kind": GATES,
    "claim kind": CLAIM_KINDS,
    "metric kind": get_args(Metric.model_fields["kind"].annotation),
    "metric estimator": ESTIMATORS,
    "strategy": STRATEGIES,
    "workload": WORKLOADS,
    "residual scale": SCALES,
    "estimator": get_args(Estimator.model_fields["name"].annotation),
}
LONGEST = 350


@pytest.mark.parametrize(("what", "names"), REGISTRIES.items(), ids=REGISTRIES)
def test_everything_registered_is_named_in_the_docs(what, names):
    assert len(names) >= 3
    assert [name for name in names if f"`{name}`" not in PAGE + README + CLAIMS] == []


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_least_design_of_each_family_is_the_one_that_is_asked_for(family):
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{family.name}` |"))
    assert re.search(rf"\| {family.min_scales}( an axis)? / {family.min_points} \|", line)


def test_there_is_a_snippet():
    assert SNIPPETS


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippets_run(snippet):
    assert "assert " in snippet
    exec(compile(snippet, "docs/mathematics.md", "exec"), {})


def test_the_page_can_be_read_in_one_sitting():
    assert len(PAGE.splitlines()) <= LONGEST
    assert re.findall(r"@@|/home/", PAGE) == []


def test_files_that_the_page_names_exist():
    science = ROOT / "scaling_assets" / "science"
    named = re.findall(r"`((?:science/)?(?:fitting|trials|gates|allocation|laws)(?:/\w+\.py)?)`", PAGE)
    assert len(named) >= 5
    assert [n for n in named if not (science / n.removeprefix("science/")).exists()] == []
