"""docs/allocation.md is true: its code runs, its example is a plan, and the words that it uses exist."""

import re
from pathlib import Path

import pytest
import yaml

from scaling_assets.records.plan import Plan
from scaling_assets.records.purchase import Risk
from scaling_assets.science.allocation.baselines import baselines
from scaling_assets.science.allocation.finding import laws_of
from scaling_assets.science.allocation.question import question_of
from tests.science.allocation.planned import dimension, plan, power

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "allocation.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippets_run(snippet):
    assert "assert " in snippet
    exec(compile(snippet, "docs/allocation.md", "exec"), {})


def test_the_example_is_a_plan():
    examples = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (example,) = [text for text in examples if "\nkind: " not in text]  # other kinds have tests of their own
    found = Plan.model_validate(yaml.safe_load(example))
    assert found.dimensions[1].unit_cost == 0.00002 and found.risk.measure == "quantile"
    assert found.experiments == ("agents", "context", "load", "agents_ab")


def test_measures_fields_and_baselines_are_named():
    for name in Risk.model_fields["measure"].annotation.__args__:
        assert re.search(rf"\b{name}\b", PAGE), name
    for field in ("products", "subject_to", "direct", "policies", "risk", "assumed_exponents"):
        assert f"`{field}`" in PAGE and field in Plan.model_fields
    asked = plan(dimension("a"), budget=3)
    question = question_of(asked, laws_of(asked, [power("a", 0.3)], ()), {})
    for name in baselines(question):
        if name == "training_law_exponents":
            assert f"`{name}`" in PAGE
    assert "closed form" in PAGE and "equal shares" in PAGE


def test_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
