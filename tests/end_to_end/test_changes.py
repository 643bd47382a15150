"""The way of docs/changes.md for a stranger: its declaration, CSV files by commit, run, changes, acknowledge."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from scaling_assets.cli.main import outcome

PAGE = (Path(__file__).parents[2] / "docs" / "changes.md").read_text(encoding="utf-8")
DECLARED = re.search(r"^```yaml file=(\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
CHANGED = 20


def land(lab: Path, first: int, last: int) -> None:
    """A file a commit: one host gets slower by 12 % at a commit, the other stays as it is."""
    for build in range(first, last):
        rng = np.random.default_rng(build)
        path = lab / "landing" / "engine" / f"{build:03d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as target:
            rows = csv.writer(target)
            rows.writerow(["run_id", "commit", "build", "host", "items", "ms"])
            for host, slower in (("a", 1.12), ("b", 1.0)):
                for items in (1_000, 5_000, 25_000, 125_000):
                    for run in range(4):
                        ms = (
                            2
                            * items**0.35
                            * (slower if build >= CHANGED else 1)
                            * np.exp(0.04 * rng.normal())
                        )
                        rows.writerow(
                            [f"{build}-{host}-{items}-{run}", f"{build * 7919:07x}f", build, host, items, ms]
                        )


@pytest.mark.slow
def test_run_files_by_commit_become_one_report(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    monkeypatch.setenv("SCALING_LAB", str(tmp_path))
    (tmp_path / "lab.toml").write_text(
        '[lab]\nname = "stranger"\n[landing]\nsettle_s = 0.001\n', encoding="utf-8"
    )
    assert DECLARED is not None
    declaration = tmp_path / DECLARED[1]
    declaration.parent.mkdir(parents=True)
    declaration.write_text(DECLARED[2], encoding="utf-8")
    land(tmp_path, 0, 24)
    assert outcome(["run", "engine"]) == 0
    land(tmp_path, 24, 30)
    assert outcome(["run", "engine"]) == 0
    capsys.readouterr()
    assert outcome(["changes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    [change] = told["changes"]
    assert (change["hardware"], change["kind"], change["effect"]) == ({"host": "a"}, "level", "worse")
    assert change["point"] == f"{CHANGED * 7919:07x}f" and change["newest"] == f"{23 * 7919:07x}f"
    answers = {series["hardware"]["host"]: series["answer"] for series in told["series"]}
    assert answers == {"a": "changes shown", "b": "no change shown"}
    page = (tmp_path / "reports" / "engine" / "verdict.md").read_text(encoding="utf-8")
    assert "1 open in 2 series" in page
    assert outcome(["acknowledge", change["change_id"], "--by", "ana", "--reason", "known"]) == 0
    assert outcome(["changes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.split("\n", 1)[1])["open"] == 0
