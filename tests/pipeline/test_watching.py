"""From run records to stale laws: new runs that disagree are seen, told everywhere, and stay so until somebody acts."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from scaling_assets.cli.main import outcome
from scaling_assets.orchestration.evaluations import new_runs, new_runs_evaluation
from scaling_assets.pipeline import reports, watching
from scaling_assets.pipeline.land import land
from scaling_assets.pipeline.steps import judge
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from tests.orchestration.small_lab import make_lab

DECLARED = """
name: places
title: Latency at several places
mode: measured
dimensions:
  - {name: size, unit: items, values: [1, 3, 10, 30, 100]}
context:
  - {name: place, values: [attic, barn]}
metrics:
  - {name: latency_ms, unit: ms, direction: lower, lower: 0}
laws:
  - {metric: latency_ms, by: [size], families: [power], bootstrap: 60}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    root = make_lab(tmp_path / "lab", names=("alpha",))
    (root / "experiments" / "places.yaml").write_text(DECLARED, encoding="utf-8")
    return root


def landed(root: Path, name: str, *, factor: float = 1.0, place: str = "", runs: int = 4) -> Workspace:
    """The lab after one more landing and its refit."""
    rng = np.random.default_rng(sum(map(ord, name)))
    rows = [
        {
            "experiment": "places",
            "run_id": f"{name}-{size}-{run}",
            "place": place or ("attic", "barn")[run % 2],
            "size": size,
            "latency_ms": factor * 2.0 * size**0.5 * float(np.exp(0.03 * rng.normal())),
        }
        for size in (1, 3, 10, 30, 100)
        for run in range(runs)
    ]
    path = root / "landing" / f"{name}.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    os.utime(path, ns=(1_700_000_000_000_000_000, 1_700_000_000_000_000_000))  # long complete
    ws = open_workspace(root)
    land(ws)
    judge(ws, "places")
    return ws


@pytest.mark.parametrize(("factor", "n_stale"), [(1.0, 0), (1.3, 1)])
def test_a_law_watched_over_time_is_stale_by_its_values_not_by_its_commits(
    root: Path, factor: float, n_stale: int
) -> None:
    """The places are commits here: none of them runs twice."""
    path = root / "experiments" / "places.yaml"
    declared = path.read_text(encoding="utf-8").replace(", values: [attic, barn]", "")
    declared = declared.replace("bootstrap: 60}", "bootstrap: 60, changes: {by: place}}")
    path.write_text(declared, encoding="utf-8")
    for commit in (1, 2, 3):
        ws = landed(root, f"c{commit}", place=f"v{commit}", runs=6)
    assert watching.stale(ws) == []
    ws = landed(root, "c4", place="v4", runs=6, factor=factor)
    assert len(watching.stale(ws)) == n_stale


def test_a_shift_is_flagged_told_and_stays_until_it_is_acknowledged(root: Path, capsys) -> None:
    ws = landed(root, "one")
    assert ws.store.read_looks(["places"])["places"] == []  # nothing to compare with
    ws = landed(root, "two")
    (look,) = ws.store.read_looks(["places"])["places"]
    assert (look.look, look.n_former, look.n_new, look.is_stale) == (1, 20, 20, False)
    assert set(look.tests) == {"level", "slope", "spread", "context"}  # sizes are declared: no shift
    assert judge(ws, "places").stale == () and watching.stale(ws) == []
    ws = landed(root, "three", factor=1.3)
    (stale,) = watching.stale(ws)
    assert (
        stale.reason.startswith("new runs lie above the former ones")
        and stale.e_value > stale.threshold == 20
    )
    step = judge(ws, "places")  # nothing is due: the flag stands all the same
    assert step.skipped and list(step.stale) == [stale]
    assert (
        not new_runs({"places": step.stale}).passed and not new_runs_evaluation("places", step.stale).passed
    )
    assert new_runs({"places": ()}).passed
    assert stale.reason in (reports.write_experiment(ws, "places") / "verdict.md").read_text(encoding="utf-8")
    ws = landed(root, "four", factor=1.15)  # a refit that holds both regimes clears nothing
    assert watching.stale(ws)[0].look == 3
    history = ws.store.query("select distinct version, stale from law_history where experiment = 'places'")
    assert history["stale"].notna().sum() == 2 and len(history) == 4

    assert outcome(["stale", "--lab", str(root), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["stale"][0]["question"] == "latency_ms_by_size"
    assert outcome(["laws", "places", "--lab", str(root)]) == 0
    assert "is stale: new runs lie" in capsys.readouterr().out
    assert outcome(["stale", "places", "--acknowledge", "--by", "team:a", "--lab", str(root)]) == 3  # why?
    arguments = ["--acknowledge", "--by", "team:a", "--reason", "a slower machine, as planned"]
    assert outcome(["stale", "places", *arguments, "--lab", str(root)]) == 0
    assert outcome(["stale", "--lab", str(root)]) == 0
    ws = landed(root, "five", factor=1.15)
    assert ws.store.read_looks(["places"])["places"][0].look == 1  # looks start anew


def test_a_question_that_is_declared_otherwise_starts_anew(root: Path) -> None:
    landed(root, "one")
    ws = landed(root, "two", factor=1.3)
    assert len(watching.stale(ws)) == 1
    edited = DECLARED.replace("families: [power]", "where: {place: barn}, families: [power]")
    (root / "experiments" / "places.yaml").write_text(edited, encoding="utf-8")
    ws = open_workspace(root)
    assert watching.stale(ws) == []
    judge(ws, "places")
    (look,) = ws.store.read_looks(["places"])["places"]
    assert look.look == 0 and not look.is_stale and ws.store.query("select * from stale_laws").empty


def test_another_mix_of_contexts_is_a_shift_of_inputs(root: Path) -> None:
    landed(root, "one", runs=6)
    ws = landed(root, "two", place="barn", runs=6)
    (stale,) = watching.stale(ws)
    assert "another mix of place" in stale.reason
