"""Baselines of a lab: groups, hardware, changes that matter by flag, experiment and lab; from an empty checkout."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from scaling_assets.pipeline import baselines
from scaling_assets.pipeline.land import land
from scaling_assets.pipeline.steps import judge
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from scaling_assets.records.baseline import Moved, overall
from scaling_assets.records.monitor import MinimumChange
from tests.orchestration.small_lab import make_lab

DECLARED = """
name: places
title: Latency at several places
mode: measured
dimensions:
  - {name: size, unit: items, values: [1, 3, 10, 30, 100]}
context:
  - {name: place, values: [attic, barn]}
  - {name: machine}
metrics:
  - {name: latency_ms, unit: ms, direction: lower, lower: 0}
laws:
  - {metric: latency_ms, by: [size], families: [power, constant], segment: [place], bootstrap: 60}
monitor:
  hardware: [machine]
  minimum_change: {exponent: 0.03}
"""


def checkout(root: Path, exponents: dict[str, float], machine: str, seed: int) -> Workspace:
    """A lab of its own with one release's runs, fitted."""
    make_lab(root, names=())
    shutil.rmtree(root / "plans")
    with (root / "lab.toml").open("a") as settings:
        settings.write("[monitor]\nminimum_change = {level = 0.2, exponent = 0.5}\n")
    (root / "experiments").mkdir(exist_ok=True)
    (root / "experiments/places.yaml").write_text(DECLARED, encoding="utf-8")
    rng = np.random.default_rng(seed)
    rows = [
        {"experiment": "places", "run_id": f"{place}-{size}-{run}", "place": place, "machine": machine, "size": size,
         "latency_ms": 2.0 * (size / 10) ** exponent * float(np.exp(0.03 * rng.normal()))}
        for place, exponent in exponents.items() for size in (1, 3, 10, 30, 100) for run in range(4)
    ]  # fmt: skip
    path = root / "landing/places.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    os.utime(path, ns=(1_700_000_000_000_000_000, 1_700_000_000_000_000_000))
    ws = open_workspace(root)
    land(ws)
    judge(ws, "places")
    return ws


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A baseline as it would be committed."""
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    ws = checkout(tmp_path / "then", {"attic": 0.4, "barn": 0.5}, "m1", 1)
    saved = baselines.save(ws, "main", None, certified_by="team:a", reason="release")
    assert saved.is_new and saved.skipped == () and len(saved.baseline.laws) == 2
    assert saved.baseline.metrics[0].method and saved.baseline.metrics[0].low is not None
    path = tmp_path / "main.json"
    path.write_text(baselines.to_text(saved.baseline), encoding="utf-8")
    return path


def test_a_release_is_held_against_a_committed_file(tmp_path: Path, file: Path) -> None:
    ws = checkout(tmp_path / "now", {"attic": 0.4, "barn": 0.6}, "m1", 2)
    found = baselines.compare(ws, str(file))
    by = {(c.group["place"], c.role): c for c in found.comparisons}
    assert by["barn", "exponent"].outcome is Moved.REGRESSED
    assert by["barn", "exponent"].minimum_change == 0.03  # the experiment's, not the lab's
    assert by["barn", "level"].minimum_change == pytest.approx(np.log(1.2))  # the lab's
    assert {c.outcome for key, c in by.items() if key != ("barn", "exponent")} == {Moved.NOT_REGRESSED}
    forgiving = baselines.compare(ws, str(file), minimum=MinimumChange(exponent=0.3))
    assert overall(forgiving.comparisons) is Moved.NOT_REGRESSED
    assert len(baselines.compare(ws, str(file), parts=["exponent"]).comparisons) == 2


def test_another_machine_is_not_compared(tmp_path: Path, file: Path) -> None:
    ws = checkout(tmp_path / "now", {"attic": 0.4}, "m2", 2)
    by = {c.group["place"]: c.reason for c in baselines.compare(ws, str(file)).comparisons}
    assert by["attic"] == "other hardware (machine: m1 then, m2 now)" and by["barn"].startswith("missing")
