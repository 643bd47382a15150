"""A sweep is whole or not there, and is the same sweep for the same reasons."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scaling_assets.errors import UnknownName, WorkloadFailed
from scaling_assets.records.experiment import Experiment
from scaling_assets.sweeps import (
    WORKLOADS,
    WorkloadKind,
    WorkloadSettings,
    run_sweep,
    sweep_id,
    workload_problems,
)
from tests.sweeps.declared import simulated, truths_of


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_file_is_named_by_the_sweep_and_holds_every_planned_row(tmp_path: Path) -> None:
    experiment = simulated()
    path = run_sweep(experiment, mode="quick", label="first", folder=tmp_path)
    assert path == tmp_path / "planted" / f"{sweep_id(experiment, 'quick', 'first')}.jsonl"
    rows = rows_of(path)
    assert len(rows) == 3 * 2 * 2 * 3  # sizes x kinds x runs x rows
    assert len({r["run_id"] for r in rows}) == 12
    assert {(r["configuration"], r["runs_per_cell"], r["is_simulated"]) for r in rows} == {("quick", 2, True)}


def test_same_declaration_mode_and_label_give_the_same_bytes(tmp_path: Path) -> None:
    one = run_sweep(simulated(), mode="full", label="2026-01-30", folder=tmp_path / "one")
    two = run_sweep(simulated(), mode="full", label="2026-01-30", folder=tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("change", "mode", "label"),
    [
        ({}, "full", "first"),
        ({}, "quick", "second"),
        ({"workload": {"seed": 43}}, "quick", "first"),
        ({"dimensions": [{"name": "size", "values": [1, 10, 100, 1000]}]}, "quick", "first"),
    ],
    ids=["mode", "label", "seed", "levels"],
)
def test_whatever_makes_other_runs_makes_another_sweep(
    tmp_path: Path, change: Any, mode: str, label: str
) -> None:
    base, other = simulated(), simulated(**change)
    assert sweep_id(other, mode, label) != sweep_id(base, "quick", "first")
    names = [
        {r["run_id"] for r in rows_of(run_sweep(e, mode=m, label=n, folder=tmp_path))}
        for e, m, n in ((base, "quick", "first"), (other, mode, label))
    ]
    assert not names[0] & names[1], "runs of two sweeps share an id and would be merged into one unit"


def test_rewording_does_not_cause_new_runs() -> None:
    base = simulated()
    reworded = simulated(title="Other words", gates=[{"name": "g", "kind": "threshold"}], hypothesis="h")
    assert sweep_id(reworded, "quick", "first") == sweep_id(base, "quick", "first")
    # A change to full mode leaves the quick sweep what it is.
    other_full = simulated({"full": {"runs_per_cell": 9}})
    assert sweep_id(other_full, "quick", "first") == sweep_id(base, "quick", "first")
    assert sweep_id(other_full, "full", "first") != sweep_id(base, "full", "first")


def test_progress_counts_runs_up_to_the_plan(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    run_sweep(simulated(), mode="quick", label="p", folder=tmp_path, progress=lambda *a: seen.append(a))
    assert [done for done, _, _ in seen] == list(range(1, 13))
    assert {total for _, total, _ in seen} == {12}
    assert seen[0][2] == "size=1.0, kind=plain"


def test_a_sweep_that_is_there_is_not_run_again(tmp_path: Path) -> None:
    path = run_sweep(simulated(), mode="quick", label="first", folder=tmp_path)
    before = path.stat().st_mtime_ns
    calls: list[int] = []
    again = run_sweep(
        simulated(), mode="quick", label="first", folder=tmp_path, progress=lambda *a: calls.append(1)
    )
    assert (again, again.stat().st_mtime_ns, calls) == (path, before, [])


class Rows(WorkloadKind):
    """Yields given rows, then raises when told to: spoils one thing at a time."""

    name = "rows"
    version = "1"
    is_simulated = True
    Settings = WorkloadSettings

    def __init__(self, rows: list[dict[str, Any]], error: Exception | None = None) -> None:
        self.rows, self.error = rows, error

    def run(self, experiment: Experiment, settings: Any, **_: Any) -> Iterator[dict[str, Any]]:
        yield from self.rows
        if self.error is not None:
            raise self.error


GOOD = {
    "run_id": "r1", "is_simulated": True, "size": 1.0, "kind": "plain", "configuration": "quick",
    "runs_per_cell": 1, "items": 5, "hits": 2, "is_good": True, "time_ms": 1.5,
}  # fmt: skip


def run_rows(
    monkeypatch: pytest.MonkeyPatch, folder: Path, rows: Any, error: Exception | None = None
) -> Path:
    monkeypatch.setitem(WORKLOADS, "rows", Rows(rows, error))
    experiment = Experiment.model_validate(simulated().model_dump() | {"workload": {"kind": "rows"}})
    return run_sweep(experiment, mode="quick", label="first", folder=folder)


def test_good_rows_of_any_kind_are_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert rows_of(run_rows(monkeypatch, tmp_path, [GOOD])) == [GOOD]


@pytest.mark.parametrize(
    ("rows", "error", "reason"),
    [
        ([], None, "ValueError: it made no row"),
        ([GOOD, {**GOOD, "colour": 1}], None, "row 2 has columns the experiment does not declare: colour"),
        (
            [{k: v for k, v in GOOD.items() if k != "size"}],
            None,
            "row 1 lacks columns the experiment requires: size",
        ),
        (
            [{**GOOD, "is_simulated": False}],
            None,
            "row 1 says is_simulated False, the experiment is simulated",
        ),
        ([{**GOOD, "time_ms": float("nan")}], None, "ValueError: Out of range float values"),
        ([GOOD], OSError("the disk is gone"), "OSError: the disk is gone"),
    ],
    ids=["no row", "undeclared", "missing", "wrong flag", "not a number", "raises"],
)
def test_a_failed_sweep_says_why_and_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: Any, error: Exception | None, reason: str
) -> None:
    with pytest.raises(WorkloadFailed) as caught:
        run_rows(monkeypatch, tmp_path, rows, error)
    assert reason in str(caught.value)
    assert "The rows sweep of planted failed" in str(caught.value)
    assert [p for p in tmp_path.rglob("*") if p.suffix != ".lock" and p.is_file()] == []


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, {checkout!r})
from tests.sweeps.declared import simulated
from scaling_assets.sweeps import run_sweep

def slowly(done, total, text):
    if done == 10:
        print("ten", flush=True)
    if done >= 10:
        time.sleep(60)

experiment = simulated({{"full": {{"runs_per_cell": 500}}}})
run_sweep(experiment, mode="full", label="first", folder=Path({folder!r}), progress=slowly)
"""


def test_a_killed_sweep_leaves_nothing_that_looks_whole_and_the_next_one_starts_over(tmp_path: Path) -> None:
    script = KILLED.format(checkout=str(Path(__file__).parents[2]), folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ten\n"
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert list(tmp_path.rglob("*.jsonl")) == []
    experiment = simulated({"full": {"runs_per_cell": 500}})
    start = time.monotonic()
    path = run_sweep(experiment, mode="full", label="first", folder=tmp_path)
    assert time.monotonic() - start < 30, "the killed sweep's lock still holds"
    assert len(rows_of(path)) == 3 * 2 * 500 * 3
    assert list(tmp_path.rglob("*.part")) == []


def test_unknown_kind_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="simulate"):
        run_sweep(simulated(workload={"kind": "telepathy"}), mode="quick", label="x", folder=tmp_path)
    assert workload_problems(simulated(workload={"kind": "telepathy"}))[0].startswith("There is no workload")


def test_an_experiment_without_a_workload_cannot_be_swept(tmp_path: Path) -> None:
    data = simulated().model_dump(mode="json") | {"workload": None}
    experiment = Experiment.model_validate(data)
    assert workload_problems(experiment) == []
    with pytest.raises(WorkloadFailed, match="declares no workload"):
        run_sweep(experiment, mode="quick", label="x", folder=tmp_path)


def test_simulated_rows_never_serve_a_measured_experiment(tmp_path: Path) -> None:
    experiment = simulated(mode="measured")
    expected = "workload 'simulate' makes simulated runs, the experiment is measured"
    assert workload_problems(experiment) == [expected]
    with pytest.raises(WorkloadFailed, match=expected):
        run_sweep(experiment, mode="quick", label="x", folder=tmp_path)


def spoiled(place: int, **changes: Any) -> Experiment:
    truths = truths_of(simulated())
    truths[place] |= changes
    return simulated({"truths": truths})


@pytest.mark.parametrize(
    ("experiment", "problem"),
    [
        (spoiled(0, family="magic"), "truths: time_ms: there is no law family 'magic'; known: "),
        (spoiled(0, parameters={"a": 2}), "truths: time_ms: parameters: family 'power' also needs b"),
        (
            spoiled(0, cases=[{"where": {"kind": "fancy"}, "parameters": {"z": 1}}]),
            "truths: time_ms: a case: family 'power' has no parameter z",
        ),
        (spoiled(0, by=["colour"]), "truths: time_ms: 'colour' is no dimension"),
        (spoiled(2, trials="is_good"), "truths: hits: 'is_good' is not drawn before it"),
        (spoiled(1, column="colour"), "truths: 'colour' is no declared column or metric"),
        (simulated({"levels": {"colour": [1]}}), "levels: 'colour' is no dimension"),
        (simulated({"crossed": {"kind": ["plain", "odd"]}}), "context 'kind' does not list 'odd'"),
        (simulated({"crossed": {}}), "column 'kind' is required, but nothing makes it"),
        (simulated({"sums": {"time_ms": ["hits"]}}), "time_ms: a column is drawn or summed once"),
        (simulated({"tied": {"size": {"A": 1}}}), "tied: 'size' must give one value for each"),
        (
            simulated({"quick": {"runs_per_cell": 0}}),
            "quick: runs_per_cell: Input should be greater than or equal to 1",
        ),
        (simulated({"colour": 1}), "colour: Extra inputs are not permitted"),
    ],
    ids=lambda v: "" if isinstance(v, Experiment) else v[:40],
)
def test_every_problem_of_a_declared_workload_is_named(experiment: Experiment, problem: str) -> None:
    assert any(problem in found for found in workload_problems(experiment)), workload_problems(experiment)


def test_a_good_declaration_has_no_problem() -> None:
    assert workload_problems(simulated()) == []
