"""The examples of docs/economics.md are plans that hold, and are answered as the page says."""

import re
from pathlib import Path

import pytest
import yaml

from scaling_assets.report.plan_page import cell_text
from scaling_assets.science.planning import PLAN_KINDS, PlanCase, answer

PAGE = (Path(__file__).parents[3] / "docs" / "economics.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```\n\n```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_kind_of_the_page_has_an_example() -> None:
    kinds = [yaml.safe_load(plan)["kind"] for plan, _ in EXAMPLES]
    assert kinds == ["unit_economics", "scenarios", "scorecard"]
    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []


@pytest.mark.parametrize(("plan", "told"), EXAMPLES)
def test_an_example_is_answered_as_it_is_told(plan: str, told: str) -> None:
    declared = yaml.safe_load(plan)
    found = answer(PlanCase(PLAN_KINDS[declared["kind"]].Question.model_validate(declared)))
    said = {f"{f.part} / {f.item} / {f.quantity}": cell_text(f) for f in found.figures}
    said["headline"] = found.headline
    lines = told.strip().splitlines()
    assert len(lines) >= 3
    for line in lines:
        place = next(p for p in said if line.startswith(f"{p}: "))
        assert line == f"{place}: {said[place]}"
