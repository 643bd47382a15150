"""A small lab without a mistake; tests spoil one line of it at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scaling_assets.errors import DeclarationErrors, DeclarationProblem
from scaling_assets.lab import load_lab

LAB = '[lab]\nname = "small"\n\n[landing]\nsettle_s = 0.5\n'

EXPERIMENT = """\
name: load
title: Throughput against users
mode: simulated
dimensions:
  - name: users
    unit: users
    values: [1, 2, 4, 8]
    control: 1
context:
  - {name: site, values: [north, south]}
columns:
  - {name: requests, type: integer}
  - {name: failures, type: integer}
metrics:
  - name: throughput
    direction: higher
  - name: failure_rate
    kind: rate
    numerator: failures
    denominator: requests
rules:
  - {name: sane, condition: failures <= requests}
unit: [run_id]
laws:
  - metric: throughput
    by: [users]
    segment: [site]
    families: [power, usl]
gates:
  - name: enough
    kind: threshold
    metric: throughput
    where: {users: 8}
    operator: ">="
    threshold: 10
  - name: later
    kind: prediction
    metric: throughput
    where: {site: north}
    at: {users: 16}
    operator: ">="
    threshold: 1e1
"""

PLAN = """\
name: spend
title: How many users?
budget: 10
currency: usd
dimensions:
  - name: users
    law: {experiment: load, metric: throughput, segment: {site: north}}
    unit: users
    cost: 1
    maximum: 8
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("experiments", "plans"):
        (tmp_path / folder).mkdir()
    (tmp_path / "lab.toml").write_text(LAB)
    (tmp_path / "experiments/load.yaml").write_text(EXPERIMENT)
    (tmp_path / "plans/spend.yaml").write_text(PLAN)
    return tmp_path


Problems = Callable[[], list[DeclarationProblem]]


@pytest.fixture
def problems(root: Path) -> Problems:
    """Load the lab, which must fail, and give back what is wrong."""

    def run() -> list[DeclarationProblem]:
        with pytest.raises(DeclarationErrors) as caught:
            load_lab(root)
        for problem in caught.value.problems:
            assert problem.remedy
            assert problem.message in str(caught.value)
        return list(caught.value.problems)

    return run


@pytest.fixture
def spoil(root: Path, problems: Problems) -> Callable[[str, str, str], list[tuple[str, str, str, str]]]:
    """Replace one piece of a file that occurs once; give (at, field, problem, remedy) of each problem."""

    def run(file: str, old: str, new: str) -> list[tuple[str, str, str, str]]:
        path = root / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        path.write_text(text.replace(old, new))
        found = problems()
        assert {p.facts["file"] for p in found} == {file}
        return [(p.facts["at"], p.facts["field"], p.facts["problem"], p.remedy) for p in found]

    return run
