"""The page about stale laws: its Python runs, its tests are those of the code."""

import re
from pathlib import Path

import numpy as np

from scaling_assets.science.comparing.shift import Inputs, asked

PAGE = (Path(__file__).parents[3] / "docs" / "stale.md").read_text(encoding="utf-8")


def test_the_snippets_run():
    snippets = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert snippets
    for snippet in snippets:
        assert "assert " in snippet
        exec(compile(snippet, "docs/stale.md", "exec"), {})


def test_the_table_lists_the_tests_of_the_code():
    section = PAGE.split("## 2.")[1].split("## 3.")[0]
    named = re.findall(r"^\| ([a-z]+) \|", section, re.MULTILINE)
    every = asked(Inputs({"x": np.empty(0)}, {"place": np.empty(0)}))
    assert tuple(name for name in named if name != "test") == every
