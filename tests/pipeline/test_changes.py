"""From run files by commit to one report a change, its decision, and the pages that tell it."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from scaling_assets.cli.main import outcome
from scaling_assets.errors import UnknownName
from scaling_assets.pipeline import changing, reports, versions
from scaling_assets.pipeline.due import stale
from scaling_assets.pipeline.land import land
from scaling_assets.pipeline.steps import judge
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from scaling_assets.records.change import ChangeStatus
from tests.orchestration.small_lab import make_lab

DECLARED = """
name: engine
title: Time of the engine, commit by commit
mode: measured
dimensions:
  - {name: items, unit: items}
context:
  - {name: commit}
  - {name: host}
metrics:
  - {name: ms, unit: ms, direction: lower, lower: 0}
laws:
  - metric: ms
    by: [items]
    families: [power]
    bootstrap: 50
    changes: {by: commit, order: observed_at, hardware: host, severity: blocker}
"""
CHANGED = 18


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    root = make_lab(tmp_path / "lab", names=("alpha",))
    (root / "experiments" / "engine.yaml").write_text(DECLARED, encoding="utf-8")
    return root


def commit_id(number: int) -> str:
    return f"{number * 7919 + 1_000_000:x}f"


def landed(lab: Path, first: int, last: int) -> Workspace:
    """Runs of these commits as one file: the exponent grows at one of them."""
    rng = np.random.default_rng(first)
    rows = [
        {
            "experiment": "engine", "run_id": f"{c}-{items}-{run}", "commit": commit_id(c), "host": "a", "items": items,
            "observed_at": f"2026-01-{c + 1:02d}T08:00:{run:02d}Z",
            "ms": 2 * items ** (0.42 if c >= CHANGED else 0.35) * float(np.exp(0.03 * rng.normal())),
        }
        for c in range(first, last)
        for items in (1000, 3000, 10_000, 30_000, 100_000)
        for run in range(3)
    ]  # fmt: skip
    path = lab / "landing" / f"until{last}.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    os.utime(path, ns=(1_700_000_000_000_000_000, 1_700_000_000_000_000_000))  # long complete
    ws = open_workspace(lab)
    assert land(ws, [path]).experiments == ("engine",)
    return ws


def test_a_change_is_reported_once_acknowledged_and_made_the_new_normal(lab: Path, capsys) -> None:
    ws = landed(lab, 0, 16)
    step = changing.watch(ws, "engine")
    assert [s.answer for s in step.watched.series] == ["no change shown"] and not step.watched.changes
    assert changing.watch(ws, "engine").skipped

    ws = landed(lab, 16, 21)
    [report] = changing.watch(ws, "engine").watched.open
    assert (report.kind, report.direction, report.effect, report.point) == (
        "exponent", "up", "worse", commit_id(CHANGED),
    )  # fmt: skip

    ws = landed(lab, 21, 28)
    known = changing.watch(ws, "engine").watched
    [again] = known.changes
    assert (again.change_id, again.reported_at, again.newest) == (
        report.change_id,
        report.reported_at,
        commit_id(20),
    )
    assert again.n_points == 28

    judge(ws, "engine")
    page = (reports.write_experiment(ws, "engine") / "verdict.md").read_text(encoding="utf-8")
    assert "## Changes over time" in page and "1 open in 1 series" in page and "exponent up, worse" in page
    assert "exponent up, worse" in reports.write_index(ws).read_text(encoding="utf-8")
    before = reports.index_version(ws)

    asked = ["verdict", "engine", "--lab", str(lab)]
    assert outcome(asked) == 2  # a blocker that nobody has decided about holds back
    assert "engine: open change: blocker: ms_by_items [host=a]: exponent up, worse" in capsys.readouterr().err

    with pytest.raises(UnknownName, match="change named 'nope'"):
        changing.decide(ws, "nope", author="ana", reason="x")
    changing.decide(ws, report.change_id[:6], author="ana", reason="new index <b>", is_new_normal=False)
    known = changing.watched(ws, "engine")
    assert known.open == () and known.status(known.changes[0]) is ChangeStatus.ACKNOWLEDGED
    assert outcome(asked) == 0 and "open change" not in capsys.readouterr().err
    assert reports.index_version(ws) != before
    page = (reports.write_experiment(ws, "engine") / "verdict.md").read_text(encoding="utf-8")
    assert "1 acknowledged in 1 series" in page and "new index &lt;b&gt;" in page

    changing.decide(ws, report.change_id, author="ana", reason="accepted", is_new_normal=True)
    known = changing.watched(ws, "engine")
    [series] = known.series
    assert (series.answer, series.first, series.n_points) == ("not enough points", commit_id(CHANGED), 10)
    assert [known.status(c) for c in known.changes] == [ChangeStatus.REBASELINED]
    assert known.changes[0].is_shown and len(known.decisions) == 2
    assert ws.store.query("select count(*) as n from watched_points")["n"].tolist() == [20]


def test_a_new_rule_of_watching_judges_anew_without_a_refit(lab: Path) -> None:
    ws = landed(lab, 0, 16)
    changing.watch(ws, "engine")
    judge(ws, "engine")
    assert not [d for d in stale(ws) if d.experiment == "engine"]
    before = versions.wanted(ws.experiment("engine"), ws.store.observation_version("engine"))
    declared = DECLARED.replace("severity: blocker", "alpha: 0.01")
    (lab / "experiments" / "engine.yaml").write_text(declared, encoding="utf-8")
    ws = open_workspace(lab)
    now = versions.wanted(ws.experiment("engine"), ws.store.observation_version("engine"))
    assert (now.trials, now.laws) == (before.trials, before.laws) and now.verdicts != before.verdicts
    assert [d.experiment for d in stale(ws)] == ["engine"]
    assert not changing.watch(ws, "engine").skipped


def test_an_experiment_without_the_declaration_costs_nothing(lab: Path) -> None:
    ws = open_workspace(lab)
    step = changing.watch(ws, "alpha")
    assert (step.version, step.skipped, step.watched.series) == (None, True, ())
    text = (lab / "experiments" / "engine.yaml").read_text(encoding="utf-8")
    wrong = text.replace("by: commit, order", "by: comit, order")
    (lab / "experiments" / "engine.yaml").write_text(wrong, encoding="utf-8")
    assert "'changes' names 'comit', which is no context column" in str(
        open_workspace(lab, partial=True).lab.problems
    )
    unknown = text.replace("severity: blocker", "minimum_change: {exponent: 0.01, slope: 0.1}")
    (lab / "experiments" / "engine.yaml").write_text(unknown, encoding="utf-8")
    assert "no listed law has a part 'slope'" in str(open_workspace(lab, partial=True).lab.problems)
