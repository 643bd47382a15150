"""``register`` and ``assign``: what is printed, to which stream, with which exit code."""

import io
import json
import sys
from pathlib import Path

import pytest

AGENTS = """
name: agents
title: Agents on a task
mode: measured
dimensions:
  - {name: agents, values: [1, 2, 4]}
context:
  - {name: complexity, order: [low, medium, high]}
metrics:
  - {name: speed, direction: higher}
gates:
  - {name: quick, kind: threshold, metric: speed, operator: ">", threshold: 1}
assignment:
  arm: agents
  blocks: [complexity]
  context_filter: {min_complexity: medium}
  min_samples_per_value: 2
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    (tmp_path / "experiments").mkdir()
    (tmp_path / "landing").mkdir()
    (tmp_path / "lab.toml").write_text('[lab]\nname = "small"\n[landing]\nsettle_s = 0.001\n')
    (tmp_path / "experiments/agents.yaml").write_text(AGENTS)
    return tmp_path


def test_assign_prints_the_arm_alone_and_the_same_one_again(command, small):
    ask = ("assign", "agents", "--unit", "t1", "--context", "complexity=high", "--lab", small)
    first = command(*ask)
    assert first.returncode == 0 and first.stdout.strip() in ("1", "2", "4") and first.stderr == ""
    assert command(*ask).stdout == first.stdout
    told = json.loads(command(*ask, "--json").stdout)
    assert told["format"] == "scaling-assets/assignments/1"
    (answer,) = told["answers"]
    assert (answer["status"], answer["block"], answer["position"]) == ("assigned", {"complexity": "high"}, 1)
    assert told["units_by_arm"] == {first.stdout.strip(): 1}
    checked = command("assign", "agents", "--unit", "t1", "--arm", first.stdout.strip(), "--lab", small)
    assert checked.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ("--unit", "t2", "--context", "complexity=low"),
            1,
            "t2: the context does not match: complexity low",
        ),
        (
            ("--unit", "t2", "--context", "colour=red"),
            3,
            "'colour' is no context column; declared: complexity",
        ),
        (("--unit", "t2", "--context", "complexity=hard"), 3, "complexity is never 'hard'"),
        (("--unit", "t2"), 3, "the context lacks complexity"),
        (
            ("--unit", "t2", "--arm", "3", "--context", "complexity=high"),
            3,
            "there is no arm '3'; arms: 1, 2, 4",
        ),
        (("--unit", "t2", "--arm", "2", "--context", "complexity=high"), 4, "has no arm yet"),
        (
            ("--unit", "t1", "--context", "complexity=medium"),
            4,
            "under another context: complexity high, now medium",
        ),
        (("--unit", "t2", "--n", "-"), 3, "one of them"),
        (("--n", "none.txt"), 3, "cannot be read"),
    ],
)
def test_a_refusal_says_why_and_has_its_exit_code(command, small, arguments, code, words):
    command("assign", "agents", "--unit", "t1", "--context", "complexity=high", "--lab", small)
    done = command("assign", "agents", *arguments, "--lab", small)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr and "Traceback" not in done.stderr


def test_a_file_of_units_and_the_end_of_it(command, small, monkeypatch):
    (small / "units.csv").write_text(
        "unit,complexity\n" + "".join(f"c{i},high\n" for i in range(4)) + "x,low\n"
    )
    done = command("assign", "agents", "--n", small / "units.csv", "--lab", small)
    assert done.returncode == 1 and "x: the context does not match" in done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [unit for unit, _ in lines] == ["c0", "c1", "c2", "c3"]
    assert len({arm for _, arm in lines[:3]}) == 3
    monkeypatch.setattr(sys, "stdin", io.StringIO("d0\n\nd1\nd2\nd3\n"))
    done = command("assign", "agents", "--n", "-", "--context", "complexity=medium", "--lab", small)
    assert done.returncode == 2 and "d3: every arm has its 2 units" in done.stderr
    (small / "broken.csv").write_text("unit,complexity\nc9\n")
    assert (
        "has not 2 cells" in command("assign", "agents", "--n", small / "broken.csv", "--lab", small).stderr
    )
    refused = json.loads(
        command("query", "select reason from assignment_refusals", "--lab", small, "--json").stdout
    )
    assert [row["reason"] for row in refused["rows"]][:1] == ["context_does_not_match"]


def test_assign_needs_an_assignment(command, small):
    path = small / "experiments/agents.yaml"
    path.write_text(AGENTS.partition("assignment:")[0])
    done = command("assign", "agents", "--unit", "t1", "--lab", small)
    assert done.returncode == 3 and "agents declares no assignment" in done.stderr


def test_register_and_its_history(command, small):
    empty = command("register", "--history", "agents", "--lab", small)
    assert empty.stdout == "Registrations of agents: none yet\n" and empty.returncode == 0
    done = command("register", "agents", "--lab", small)
    assert done.returncode == 0 and "quick  confirmatory" in done.stdout
    path = small / "experiments/agents.yaml"
    path.write_text(AGENTS.replace("threshold: 1", "threshold: 2"))
    command("register", "agents", "--lab", small)
    (small / "landing/agents").mkdir()
    (small / "landing/agents/a.csv").write_text("run_id,agents,complexity,speed\nr1,1,high,3\nr2,2,high,4\n")
    command("ingest", "--lab", small)
    path.write_text(AGENTS.replace("threshold: 1", "threshold: 3"))
    out = command("register", "agents", "--lab", small).stdout
    assert "gates.quick.threshold changed from 1 to 2" in out and "Verdicts are held against no. 2." in out
    assert "exploratory" in out and "gates.quick.threshold changed from 2 to 3" in out
    told = json.loads(command("register", "--history", "agents", "--lab", small, "--json").stdout)
    assert told["format"] == "scaling-assets/registration/1" and told["plan"] == 2
    assert [r["is_after_data"] for r in told["registrations"]] == [False, False, True]
    assert told["changes"] == [{"part": "gates.quick.threshold", "old": 2.0, "new": 3.0}]
    assert [g["standing"] for g in told["gates"]] == ["exploratory"]
    assert command("register", "none", "--lab", small).returncode == 3
