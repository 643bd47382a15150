"""docs/planning.md holds: its example is a declaration without mistakes, its code runs, every kind has a page."""

import re
from pathlib import Path

import pytest
import yaml

from scaling_assets.records.experiment import Experiment
from scaling_assets.science.planning import PLAN_KINDS

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "planning.md").read_text(encoding="utf-8")
EXPERIMENT = {
    "name": "search", "title": "Search", "mode": "measured", "dimensions": [{"name": "items"}],
    "metrics": [{"name": "latency_ms", "unit": "ms", "direction": "lower"}],
    "laws": [{"metric": "latency_ms", "by": ["items"], "families": ["power"]}],
}  # fmt: skip


@pytest.mark.parametrize("snippet", re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
def test_snippets_run(snippet):
    assert "assert " in snippet
    exec(compile(snippet, "docs/planning.md", "exec"), {})


@pytest.mark.parametrize("text", re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
def test_examples_are_declarations(text):
    declared = yaml.safe_load(text)
    kind = PLAN_KINDS[declared["kind"]]
    question = kind.Question.model_validate(declared)
    assert kind.experiments(question) == ("search",)
    assert kind.problems(question, {"search": Experiment.model_validate(EXPERIMENT)}) == []


def test_every_kind_of_plan_is_named_in_the_docs():
    pages = "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    assert [kind for kind in PLAN_KINDS if f"`{kind}`" not in pages and f"kind: {kind}" not in pages] == []
