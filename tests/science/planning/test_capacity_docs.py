"""docs/capacity.md runs, and its examples are declarations that hold."""

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from scaling_assets.science.planning import growth
from scaling_assets.science.planning.capacity_question import CapacityQuestion
from scaling_assets.science.planning.declared_limits import Servers

PAGE = (Path(__file__).parents[3] / "docs" / "capacity.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippets_run(snippet):
    assert "assert " in snippet
    exec(compile(snippet, "docs/capacity.md", "exec"), {})


def test_the_examples_can_be_declared_and_show_every_field():
    whole, part = EXAMPLES
    question = CapacityQuestion.model_validate(whole)
    Servers.model_validate(part["queue"])
    left = set(CapacityQuestion.model_fields) - question.model_fields_set
    assert left == {"description", "owner", "queue", "levels"}
    assert get_args(CapacityQuestion.model_fields["kind"].annotation) == (question.kind,)


def test_every_status_is_explained():
    assert [status for status in growth.ORDER if f"| {status} |" not in PAGE] == []
    assert len(PAGE.splitlines()) <= 200
