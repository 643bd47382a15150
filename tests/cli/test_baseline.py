"""Baselines on the command line: saved, listed, shown, exported, compared with; exit codes are the answer."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from scaling_assets.pipeline.land import land
from scaling_assets.pipeline.steps import judge
from scaling_assets.pipeline.workspace import open_workspace


@pytest.fixture(scope="module")
def certified(first_run, tmp_path_factory, command) -> tuple[Path, Path]:
    """A lab with the baseline main@1, and the file of it."""
    lab = Path(shutil.copytree(first_run[0], tmp_path_factory.mktemp("certified") / "web"))
    saved = command("baseline", "save", "main", "--by", "team:web", "--reason", "release 1", "--lab", lab)
    assert (saved.returncode, saved.stdout) == (0, "Saved main@1: 2 laws, 9 metric values.\n")
    file = lab / "main.json"
    file.write_text(command("baseline", "export", "main", "--lab", lab).stdout)
    return lab, file


def test_a_baseline_is_listed_shown_and_the_same_in_its_file(command, certified):
    lab, file = certified
    listed = json.loads(command("baseline", "list", "--lab", lab, "--json").stdout)["baselines"]
    assert [(b["name"], b["version"], b["certified_by"], b["reason"]) for b in listed] == [
        ("main", 1, "team:web", "release 1")
    ]
    assert command("baseline", "show", "main", "--lab", lab, "--json").stdout == file.read_text()
    shown = command("baseline", "show", file, "--lab", lab).stdout
    assert "speed: latency_ms_by_users  power   exponent b" in shown and "increase" in shown
    again = command("baseline", "import", file, "--lab", lab)
    assert again.stdout.startswith("Stands already: main@1")


def test_an_edited_file_is_refused(command, certified, tmp_path):
    lab, file = certified
    edited = tmp_path / "edited.json"
    edited.write_text(file.read_text().replace("team:web", "team:abc"))
    for arguments in (("verdict", "--against", edited), ("baseline", "import", edited)):
        done = command(*arguments, "--lab", lab)
        assert done.returncode == 3 and "not what was certified" in done.stderr
    edited.write_text('{"format": "poem"}')
    assert command("baseline", "show", edited, "--lab", lab).returncode == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("baseline", "save", "main", "--by", "me"), "says who vouches for it and why"),
        (("baseline", "save", "a b", "--by", "me", "--reason", "x"), "letters, digits"),
        (("baseline", "show", "nope"), "There is no baseline named 'nope'"),
        (("baseline", "show", "main@7"), "Known: main@1"),
        (("verdict", "--strict"), "belongs to --against"),
        (("verdict", "--against", "main", "--minimum-change", "slope=1"), "slope"),
        (("verdict", "--against", "nope.json"), "No such file"),
    ],
)
def test_what_cannot_be_asked_is_code_3(command, certified, arguments, said):
    done = command(*arguments, "--lab", certified[0])
    assert done.returncode == 3 and said in done.stderr and done.stdout == ""


def test_a_law_that_is_gone_does_not_let_a_revision_pass(command, certified, tmp_path):
    lab = Path(shutil.copytree(certified[0], tmp_path / "web"))
    (lab / "experiments/growth.yaml").unlink()
    done = command("verdict", "--against", certified[1], "--lab", lab)
    assert done.returncode == 2 and "not comparable: growth: " in done.stderr
    assert command("verdict", "speed", "--against", certified[1], "--lab", lab).returncode == 0


def test_no_change_a_regression_and_runs_that_wait(command, certified):
    lab, file = certified
    assert command("verdict", "--against", "main", "--strict", "--lab", lab).returncode == 0
    rng = np.random.default_rng(2)
    lines = [
        f"n{users}-{i},{users},{10 * 2 * (users / 4) ** 0.75 * np.exp(rng.normal(0, 0.04)):.6f}"
        for users in (1, 2, 4, 8, 16, 32)
        for i in range(6)
    ]
    (lab / "landing/speed/second.csv").write_text("\n".join(["run_id,users,latency_ms", *lines]) + "\n")
    ws = open_workspace(lab)
    land(ws)
    behind = command("verdict", "speed", "--against", "main", "--lab", lab)
    assert behind.returncode == 2 and "speed is behind: new runs" in behind.stderr
    refused = command("baseline", "save", "main", "--by", "me", "--reason", "x", "--lab", lab)
    assert refused.returncode == 3 and "newer runs" in refused.stderr
    judge(ws, "speed")
    done = command("verdict", "--against", file, "--lab", lab)
    assert done.returncode == 1
    assert "speed: latency_ms_by_users: regressed, exponent b" in done.stdout
    told = json.loads(command("verdict", "--against", "main", "--lab", lab, "--json").stdout)
    by = {(c["experiment"], c["role"]): c for c in told["comparisons"]}
    assert told["outcome"] == by["speed", "exponent"]["outcome"] == "regressed"
    assert by["growth", "exponent"]["outcome"] == "not_regressed" and by["growth", "exponent"]["is_simulated"]
    assert command("verdict", "growth", "--against", "main", "--lab", lab).returncode == 0
    page = command("verdict", "--against", "main", "--markdown", "--lab", lab)
    assert page.returncode == 1 and page.stdout.startswith("### ❌ Scaling laws: regressed")
    assert (
        command("verdict", "--against", "main", "--minimum-change", "exponent=0.9", "--lab", lab).returncode
        == 0
    )
    accepted = command("baseline", "save", "main", "--by", "team:web", "--reason", "as planned", "--lab", lab)
    assert accepted.stdout.startswith("Saved main@2")
    assert command("verdict", "--against", "main", "--lab", lab).returncode == 0
    assert command("verdict", "--against", "main@1", "--lab", lab).returncode == 1
