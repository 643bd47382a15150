"""What is computed for many experiments or groups together is what each would get alone; only what changed is."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from scaling_assets.pipeline import land, steps
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from scaling_assets.records.law import Law
from tests.orchestration.small_lab import EXPERIMENT, make_lab, write_runs

NAMES = ("alpha", "beta", "gamma")
GROUPED = EXPERIMENT.replace("metrics:\n", "context:\n  - {{name: task}}\nmetrics:\n").replace(
    "    bootstrap: 60\n", "    bootstrap: 60\n    segment: [task]\n"
)


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)


def lab_of(root: Path, names: tuple[str, ...] = NAMES) -> Workspace:
    return open_workspace(make_lab(root, names=names))


def plain(law: Law) -> dict[str, object]:
    """A law as values that compare; draws to the last bit."""
    return {**{k: v for k, v in asdict(law).items() if k != "draws"}, "draws": law.draws.tobytes()}


def agree(mine: Workspace, theirs: Workspace) -> None:
    """The same laws by identity, status and choice; numbers to what the order of additions leaves."""
    pairs = list(zip(mine.store.read_laws(), theirs.store.read_laws(), strict=True))
    assert pairs
    for one, other in pairs:
        for name in ("law_id", "data_version", "status", "is_leading", "group", "n_points", "domain"):
            assert getattr(one, name) == getattr(other, name), name
        assert [p.value for p in one.parameters] == pytest.approx(
            [p.value for p in other.parameters], rel=1e-6
        )
        np.testing.assert_allclose(one.draws, other.draws, rtol=1e-5)


def laws_of(ws: Workspace, task: str) -> list[dict[str, object]]:
    return [plain(law) for law in ws.store.read_laws() if law.group["task"] == task]


def runs_of_task(ws: Workspace, name: str, task: str, start: int, exponent: float) -> None:
    path = write_runs(ws.lab.landing / "alpha" / name, start=start, exponent=exponent)
    path.write_text(path.read_text().replace('{"run_id"', f'{{"task": "{task}", "run_id"'), encoding="utf-8")


def fill(ws: Workspace) -> None:
    for position, name in enumerate(ws.lab.experiments):
        write_runs(ws.lab.landing / name / "one.jsonl", exponent=0.3 + 0.2 * position, start=10 * position)


def test_experiments_together_get_what_each_gets_alone(tmp_path: Path) -> None:
    together, alone = lab_of(tmp_path / "a"), lab_of(tmp_path / "b")
    for ws in (together, alone):
        fill(ws)
        land.land(ws)
    asked: list[int] = []
    steps.judge_all(together, NAMES, progress=lambda done, total, text: asked.append(total))
    assert set(asked) == {9}, "three families of three experiments are one call"
    for name in NAMES:
        steps.judge(alone, name)
    agree(together, alone)
    assert together.store.heads() == alone.store.heads()
    for name in NAMES:
        mine, theirs = (
            ws.store.read_trials(ws.experiment(name), ws.store.heads()[name].trials or "")
            for ws in (together, alone)
        )
        assert mine.equals(theirs)


def test_only_the_experiment_with_new_rows_is_computed_again(tmp_path: Path) -> None:
    ws, afresh = lab_of(tmp_path / "a"), lab_of(tmp_path / "b")
    fill(ws)
    land.land(ws)
    steps.judge_all(ws, NAMES)
    before = ws.store.heads()
    for each in (ws, afresh):
        write_runs(each.lab.landing / "beta" / "two.jsonl", exponent=0.5, start=50)
        land.land(each)
    done = steps.judge_all(ws, NAMES)
    assert [step.skipped for step in done.values()] == [True, False, True]
    assert {name for name in NAMES if ws.store.heads()[name] != before[name]} == {"beta"}
    fill(afresh)
    land.land(afresh)
    steps.judge_all(afresh, NAMES)
    agree(ws, afresh)


def test_only_the_group_with_new_rows_is_fitted_again(tmp_path: Path) -> None:
    ws, afresh = (lab_of(tmp_path / folder, ("alpha",)) for folder in "ab")
    for each in (ws, afresh):
        (each.lab.root / "plans" / "sizes.yaml").unlink()  # it would have to say which group it means
        (each.lab.root / "experiments" / "alpha.yaml").write_text(
            GROUPED.format(name="alpha"), encoding="utf-8"
        )
    ws, afresh = (open_workspace(each.lab.root) for each in (ws, afresh))
    for task, exponent in (("a", 0.2), ("b", 0.4), ("c", 0.6)):
        runs_of_task(ws, f"{task}.jsonl", task, 0, exponent)
    land.land(ws)
    steps.judge(ws, "alpha")
    before = {task: laws_of(ws, task) for task in "abc"}
    runs_of_task(ws, "more.jsonl", "b", 20, 0.4)
    land.land(ws)
    asked: list[int] = []
    steps.fit_laws(ws, "alpha", progress=lambda done, total, text: asked.append(total))
    assert set(asked) == {3}, "three families of one group"
    steps.judge(ws, "alpha")
    for task, exponent in (("a", 0.2), ("b", 0.4), ("c", 0.6)):
        runs_of_task(afresh, f"{task}.jsonl", task, 0, exponent)
    runs_of_task(afresh, "more.jsonl", "b", 20, 0.4)
    land.land(afresh)
    steps.judge(afresh, "alpha")
    agree(ws, afresh)
    assert {task: laws_of(ws, task) == before[task] for task in "abc"} == {"a": True, "b": False, "c": True}


def test_an_edited_declaration_counts_although_no_row_came(tmp_path: Path) -> None:
    ws = lab_of(tmp_path / "a", ("alpha",))
    fill(ws)
    land.land(ws)
    steps.judge(ws, "alpha")
    text = EXPERIMENT.format(name="alpha").replace(
        "laws:\n", "  - {name: double_ms, unit: ms, formula: 2 * latency_ms}\nlaws:\n"
    )
    (ws.lab.root / "experiments" / "alpha.yaml").write_text(text, encoding="utf-8")
    edited = open_workspace(ws.lab.root)
    frame = steps.reduce_trials(edited, "alpha").trials
    values = {name: np.sort(rows["value"].to_numpy()) for name, rows in frame.groupby("metric")}
    assert values["double_ms"] == pytest.approx(2 * values["latency_ms"])


def test_averages_stay_with_their_experiments_and_groups(tmp_path: Path) -> None:
    """Some problems have an average and others none: every law still belongs to the problem it was fitted to."""
    ws = lab_of(tmp_path / "a")
    for position, name in enumerate(ws.lab.experiments):
        path = ws.lab.root / "experiments" / f"{name}.yaml"
        path.write_text(
            EXPERIMENT.format(name=name).replace(
                "[constant, linear, power]", "[power, power_floor, logarithmic]"
            )
        )
        write_runs(
            ws.lab.landing / name / "one.jsonl", exponent=-0.02 - 0.3 * position, factor=10.0**position
        )
    ws = open_workspace(ws.lab.root)
    land.land(ws)
    steps.judge_all(ws, NAMES)
    for position, name in enumerate(NAMES):
        laws = ws.store.read_laws(name)
        assert [law.family for law in laws][:3] == ["power", "power_floor", "logarithmic"]
        assert {law.family for law in laws[3:]} <= {"average"}
        assert {law.experiment for law in laws} == {name}
        power = laws[0]
        assert power.parameter("a").value == pytest.approx(2.0 * 10.0**position, rel=0.1)
