"""The page about comparing says what the code does: its declaration is valid, its sections are the files."""

import re
from pathlib import Path

import yaml

from scaling_assets.records.comparison import Compare
from scaling_assets.records.question import LawQuestion
from scaling_assets.science import comparing
from scaling_assets.science.comparing import BANDS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8")


def test_the_example_is_a_valid_question_and_uses_every_setting():
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    question = LawQuestion(**yaml.safe_load(text)["laws"][0])
    assert question.compare is not None
    assert question.compare.model_fields_set == set(Compare.model_fields)


def test_every_file_with_mathematics_is_named():
    files = {path.name for path in Path(comparing.__path__[0]).glob("*.py")}
    named = set(re.findall(r"\(`(\w+\.py)`", PAGE))
    assert files - named == {"__init__.py", "findings.py", "over_groups.py"}
    assert named <= files


def test_the_bands_of_the_page_are_those_of_the_code():
    ends = [f"{band.high:g}".replace("0.", ".") for band in BANDS[:-1]]
    section = PAGE.split("## 6.")[1].split("## 7.")[0]
    assert [end for end in ends if f"${end}$" not in section] == []
    assert [band.name for band in BANDS if band.name not in section] == []
