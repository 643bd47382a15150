"""A declared assignment: what is wrong with it, at its line, with a remedy."""

import re
from pathlib import Path

import pytest

from scaling_assets.lab import load_lab

GOOD = """\
context:
  - {name: site, values: [north, south]}
  - {name: level, order: [low, high]}
assignment:
  arm: users
  blocks: [site]
  ratio: {1: 2, 2: 1, 4: 1, 8: 1}
  context_filter: {min_level: high}
  min_samples_per_value: 30
"""
OLD = "context:\n  - {name: site, values: [north, south]}\n"


def test_a_right_one_is_read(root):
    path = root / "experiments/load.yaml"
    path.write_text(path.read_text().replace(OLD, GOOD))
    design = load_lab(root).experiments["load"].assignment
    assert (design.arm, design.blocks, design.ratio["1"]) == ("users", ("site",), 2)
    assert (design.seed, design.mismatch_level) == (42, 0.001)


def test_the_one_in_the_docs_is_right(root):
    page = Path(__file__).parents[2] / "docs/registering.md"
    (text,) = re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    path = root / "experiments/load.yaml"
    known = "context:\n  - {name: complexity, order: [low, medium, high]}\n"
    shown = text.replace("agents", "users").replace("{1: 2, 2: 1, 4: 1}", "{1: 2, 2: 1, 4: 1, 8: 1}")
    path.write_text(path.read_text().replace(OLD, OLD + known.partition("\n")[2] + shown))
    design = load_lab(root).experiments["load"].assignment
    assert design.batch.units_per_block == 60 and design.blocks == ("complexity",)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("arm: users", "arm: user", (":13", "assignment.arm", "Did you mean 'users'?")),
        ("blocks: [site]", "blocks: [sites]", (":14", "assignment.blocks.0", "Did you mean 'site'?")),
        ("8: 1}", "9: 1}", (":15", "assignment.ratio.9", "Declared: 1, 2, 4, 8.")),
        ("min_level: high", "min_level: top", (":16", "assignment.context_filter.min_level", "low, high")),
        ("min_level: high", "min_site: north", (":16", "assignment.context_filter.min_site", "Declare what")),
        ("min_samples_per_value: 30", "min_samples: 30", (":17", "assignment.min_samples", "Did you mean")),
        ("8: 1}", "8: 0}", (":15", "assignment.ratio.8", "greater than or equal to 1")),
    ],
)
def test_one_thing_wrong_is_told_at_its_line(root, problems, old, new, found):
    path = root / "experiments/load.yaml"
    path.write_text(path.read_text().replace(OLD, GOOD.replace(old, new)))
    at, field, remedy = found
    told = [(p.facts["at"], p.facts["field"], p.remedy) for p in problems()]
    assert any((a, f) == (at, field) and remedy in r for a, f, r in told), told
