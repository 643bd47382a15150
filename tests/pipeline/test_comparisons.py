"""From run records to findings: contexts compared, drift since the former law, pages that tell it."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from scaling_assets.pipeline import answers, reports
from scaling_assets.pipeline.land import land
from scaling_assets.pipeline.steps import judge
from scaling_assets.pipeline.workspace import open_workspace
from tests.orchestration.small_lab import make_lab

DECLARED = """
name: places
title: Latency at several places
mode: measured
dimensions:
  - {name: size, unit: items}
context:
  - {name: place, values: [attic, barn, cellar]}
metrics:
  - {name: latency_ms, unit: ms, direction: lower, lower: 0}
laws:
  - metric: latency_ms
    by: [size]
    families: [power]
    segment: [place]
    bootstrap: 100
    compare: {contexts: [place], knee: {share: 0.1, times: 2}}
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    root = make_lab(tmp_path / "lab", names=("alpha",))
    (root / "experiments" / "places.yaml").write_text(DECLARED, encoding="utf-8")
    return root


def measure(lab: Path, name: str, exponents: dict[str, float], runs: int = 3) -> None:
    rng = np.random.default_rng(len(name))
    rows = [
        {
            "experiment": "places",
            "run_id": f"{name}-{place}-{size}-{run}",
            "place": place,
            "size": size,
            "latency_ms": 2.0 * size**exponent * float(np.exp(0.03 * rng.normal())),
        }
        for place, exponent in exponents.items()
        for size in (1, 3, 10, 30, 100)
        for run in range(runs)
    ]
    path = lab / "landing" / f"{name}.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    os.utime(path, ns=(1_700_000_000_000_000_000, 1_700_000_000_000_000_000))  # long complete
    ws = open_workspace(lab)
    assert land(ws, [path]).experiments == ("places",)
    judge(ws, "places")


def test_findings_reach_the_store_the_pages_and_the_next_refit(lab: Path) -> None:
    measure(lab, "first", {"attic": 0.4, "barn": 0.4, "cellar": 0.8})
    ws = open_workspace(lab)
    found = answers.law_findings(ws, "places")
    answer = {(f.subject, f.name): f.answer for f in found if not f.group}
    assert answer["interaction", "b"] == "differs between contexts"
    assert answer["curve", ""] == "differs between contexts"
    classes = {f.group["place"]: f.answer for f in found if f.subject == "exponent_class"}
    assert classes == dict.fromkeys(("attic", "barn", "cellar"), "sub-linear")
    assert not [f for f in found if f.subject == "drift"]

    page = (reports.write_experiment(ws, "places") / "verdict.md").read_text(encoding="utf-8")
    assert "## Laws compared" in page and "differs between contexts" in page
    assert "b differs between contexts" in reports.write_index(ws).read_text(encoding="utf-8")

    measure(lab, "second, much later", {"attic": 0.4, "barn": 0.8, "cellar": 0.8}, runs=9)
    ws = open_workspace(lab)
    drift = {(f.group["place"], f.name): f.answer for f in answers.law_findings(ws) if f.subject == "drift"}
    assert drift["barn", "b"] == "changed"
    assert drift["attic", "b"] == drift["cellar", "b"] == "no change shown"
    history = ws.store.query("select segment, value, replaced_at from law_history where name = 'b'")
    assert history["replaced_at"].isna().sum() == 3 == len(history) / 2


def test_an_experiment_that_asks_for_nothing_has_no_findings(lab: Path) -> None:
    (lab / "experiments" / "places.yaml").write_text(
        "\n".join(line for line in DECLARED.splitlines() if "compare" not in line), encoding="utf-8"
    )
    measure(lab, "first", {"attic": 0.4, "barn": 0.4, "cellar": 0.8})
    ws = open_workspace(lab)
    assert answers.law_findings(ws) == []
    assert "Laws compared" not in (reports.write_experiment(ws, "places") / "verdict.md").read_text()
