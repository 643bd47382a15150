"""Sweeps through the pipeline: once a label, and never two truths in one law."""

from pathlib import Path

import pytest

from scaling_assets.pipeline.steps import judge
from scaling_assets.pipeline.sweep import sweep
from scaling_assets.pipeline.workspace import open_workspace
from tests.orchestration.small_lab import EXPERIMENT, make_lab

WORKLOAD = """
workload:
  kind: simulate
  quick: {{runs_per_cell: 4}}
  full: {{runs_per_cell: 8}}
  truths:
    - {{column: latency_ms, family: power, by: [size], parameters: {{a: 2.0, b: 0.5}}, run_noise: 0.02}}
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    root = make_lab(tmp_path / "lab", names=("alpha",))
    declare(root, EXPERIMENT + WORKLOAD)
    return root


def declare(root: Path, text: str, mode: str = "simulated") -> None:
    filled = text.replace("mode: measured", f"mode: {mode}").format(name="made")
    (root / "experiments" / "made.yaml").write_text(filled, encoding="utf-8")


def exponent(root: Path) -> float:
    ws = open_workspace(root)
    judge(ws, "made")
    [law] = [law for law in ws.store.read_laws("made") if law.family == "power"]
    value = law.parameter("exponent").value
    assert value is not None
    return value


def test_a_sweep_runs_once_a_label_and_modes_add_up(lab: Path) -> None:
    ws = open_workspace(lab)
    assert sweep(ws, "made", mode="quick").appended is not None
    assert sweep(ws, "made", mode="quick").appended is None
    assert ws.store.count_observations("made") == 16
    assert sweep(ws, "made", mode="full").appended is not None
    assert ws.store.count_observations("made") == 16 + 32


def test_a_newly_declared_truth_takes_the_place_of_the_former(lab: Path) -> None:
    sweep(open_workspace(lab), "made")
    assert exponent(lab) == pytest.approx(0.5, abs=0.03)
    declare(lab, EXPERIMENT + WORKLOAD.replace("b: 0.5", "b: 0.9"))
    ws = open_workspace(lab)
    assert sweep(ws, "made").appended is not None
    assert ws.store.count_observations("made") == 16, "the former truth's rows are gone"
    assert exponent(lab) == pytest.approx(0.9, abs=0.03)
    declare(lab, EXPERIMENT + WORKLOAD)
    assert sweep(open_workspace(lab), "made").appended is not None, "and it can be made again"
    assert exponent(lab) == pytest.approx(0.5, abs=0.03)


def test_rewording_or_moving_a_threshold_runs_nothing_again(lab: Path) -> None:
    sweep(open_workspace(lab), "made")
    declare(
        lab,
        EXPERIMENT.replace("threshold: 0.9", "threshold: 0.4").replace("Latency against", "Time against")
        + WORKLOAD,
    )
    assert sweep(open_workspace(lab), "made").appended is None
