"""Registration and assignment end to end: files land, declarations are edited, verdicts say how they stand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scaling_assets.pipeline import answers, assigning, due, land, registering, reports, steps, sweep
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.assignment import Request
from tests.orchestration.small_lab import EXPERIMENT, make_lab, write_runs

START = datetime(2026, 1, 30, 11, 25, tzinfo=UTC)
SECOND_GATE = """\
  - {name: quick_alone, kind: threshold, metric: latency_ms, where: {size: 1}, operator: "<", threshold: 50}
"""
ASSIGNMENT = """\
context:
  - {name: task, values: [a, b]}
assignment:
  arm: size
  blocks: [task]
  seed: 7
  batch: {units_per_block: 40}
"""


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)


def clock() -> Iterator[datetime]:
    """An hour later every time it is asked."""
    now = START
    while True:
        yield now
        now += timedelta(hours=1)


def lab_of(root: Path, text: str = "") -> Workspace:
    make_lab(root, ("alpha",))
    (root / "plans/sizes.yaml").unlink()
    return edited(root, text or EXPERIMENT.format(name="alpha") + SECOND_GATE)


def edited(root: Path, text: str) -> Workspace:
    (root / "experiments/alpha.yaml").write_text(text, encoding="utf-8")
    ticks = clock()
    return replace(open_workspace(root), clock=lambda: next(ticks))


def at(ws: Workspace, hour: int) -> Workspace:
    return replace(ws, clock=lambda: START + timedelta(hours=hour))


def standings(ws: Workspace) -> dict[str, tuple[str, datetime | None]]:
    return {v.gate: (v.standing, v.standing_since) for v in ws.store.read_verdicts("alpha")}


def test_the_first_rows_register_and_a_later_edit_spoils_one_gate_everywhere(tmp_path: Path) -> None:
    ws = at(lab_of(tmp_path / "lab"), 0)
    write_runs(ws.lab.landing / "alpha/one.jsonl")
    land.land(ws)
    (first,) = ws.store.registrations(["alpha"])["alpha"]
    assert (first.sequence, first.is_after_data, first.registered_at) == (1, False, START)
    steps.judge(at(ws, 1), "alpha")
    assert standings(ws) == {
        "exponent_limit": ("confirmatory", START), "quick_alone": ("confirmatory", START),
    }  # fmt: skip
    text = EXPERIMENT.format(name="alpha") + SECOND_GATE.replace("threshold: 50", "threshold: 60")
    late = at(edited(ws.lab.root, text), 5)
    assert [d.reasons for d in due.stale(late)] == [
        ("its gates or another registered part, or the code that judges, changed",)
    ]
    steps.judge(late, "alpha")
    assert standings(late) == {
        "exponent_limit": ("confirmatory", START),
        "quick_alone": ("exploratory", START + timedelta(hours=5)),
    }
    assert [law.data_version for law in late.store.read_laws()] == [
        law.data_version for law in ws.store.read_laws()
    ]
    seen = late.store.query(
        "select gate, standing, standing_reason from verdicts order by gate"
    ).values.tolist()
    assert seen[0] == ["exponent_limit", "confirmatory", None]
    assert "gates.quick_alone.threshold changed from 50 to 60 (seen 2026-01-30 16:25 UTC)" in seen[1][2]
    (summary,) = late.store.query("select * from standing_verdicts").to_dict("records")
    assert (summary["n_confirmatory"], summary["n_exploratory"]) == (1, 1)
    assert summary["exploratory_since"] == START + timedelta(hours=5)
    folder = reports.write_experiment(late, "alpha")
    assert folder is not None
    page = (folder / "verdict.md").read_text()
    assert "Registration: 1 of 2 verdicts confirmatory, registered 2026-01-30 11:25 UTC" in page
    assert "exploratory since 2026-01-30 16:25 UTC" in page and "changed from 50 to 60" in page
    index = reports.write_index(late).read_text()
    assert "changed from 50 to 60" in index and "confirmatory" in index
    # Taken back, the plan stands as it was; nothing of the history is lost.
    back = at(edited(ws.lab.root, EXPERIMENT.format(name="alpha") + SECOND_GATE), 9)
    steps.judge(back, "alpha")
    assert {standing for standing, _ in standings(back).values()} == {"confirmatory"}
    assert [r.sequence for r in back.store.registrations(["alpha"])["alpha"]] == [1, 2, 3]


def test_an_edit_of_the_hypothesis_alone_is_seen(tmp_path: Path) -> None:
    ws = lab_of(tmp_path / "lab")
    write_runs(ws.lab.landing / "alpha/one.jsonl")
    land.land(ws)
    steps.judge(ws, "alpha")
    text = (ws.lab.root / "experiments/alpha.yaml").read_text()
    renamed = edited(ws.lab.root, text.replace("title: Latency against size", "title: Latency"))
    assert due.stale(renamed) == []
    other = edited(ws.lab.root, text.replace("grows with a power", "does not grow with a power"))
    steps.judge(other, "alpha")
    assert {standing for standing, _ in standings(other).values()} == {"exploratory"}


def test_edits_before_the_first_rows_and_registration_by_hand(tmp_path: Path) -> None:
    ws = lab_of(tmp_path / "lab")
    first = registering.registered(at(ws, 0), "alpha")
    text = (ws.lab.root / "experiments/alpha.yaml").read_text()
    second = registering.registered(
        at(edited(ws.lab.root, text.replace("threshold: 50", "threshold: 70")), 2), "alpha"
    )
    assert [r.sequence for r in second.history] == [1, 2] and second.changes == ()
    assert second.plan == second.history[1] and first.plan == second.history[0]
    assert {one.standing for one in second.gates.values()} == {"confirmatory"}
    dropped = edited(ws.lab.root, text.replace(SECOND_GATE, ""))
    write_runs(dropped.lab.landing / "alpha/one.jsonl")
    land.land(edited(ws.lab.root, text))
    assert registering.registered(dropped, "alpha").gone == ("quick_alone",)


def test_rows_that_came_before_any_registration_confirm_nothing(tmp_path: Path) -> None:
    ws = lab_of(tmp_path / "lab")
    write_runs(ws.lab.landing / "alpha/one.jsonl")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(land, "register", lambda *_: {})  # as a store from before registrations would be
        land.land(ws)
    steps.judge(ws, "alpha")
    assert {v.standing for v in ws.store.read_verdicts()} == {"exploratory"}
    assert "when 16 rows had been taken in" in ws.store.read_verdicts()[0].standing_reason


def test_a_simulated_truth_that_is_declared_anew_is_no_fresh_start(tmp_path: Path) -> None:
    text = EXPERIMENT.format(name="alpha").replace("mode: measured", "mode: simulated") + (
        "workload:\n  kind: simulate\n  truths:\n"
        "    - {column: latency_ms, family: power, by: [size], parameters: {a: 2, b: 0.5}, run_noise: 0.03}\n"
        "  quick: {runs_per_cell: 3, rows_per_run: 1}\n"
    )
    ws = lab_of(tmp_path / "lab", text)
    sweep.sweep(ws, "alpha")
    steps.judge(ws, "alpha")
    assert standings(ws)["exponent_limit"][0] == "confirmatory"
    other = edited(ws.lab.root, text.replace("b: 0.5", "b: 0.3"))
    sweep.sweep(other, "alpha")
    steps.judge(other, "alpha")
    (verdict,) = other.store.read_verdicts()
    assert verdict.standing == "exploratory" and "workload.settings changed" in verdict.standing_reason


def with_assignment(root: Path) -> Workspace:
    return lab_of(root, EXPERIMENT.format(name="alpha") + SECOND_GATE + ASSIGNMENT)


def write_assigned(ws: Workspace, keep: float = 1.0, swap: int = 0) -> None:
    """Runs of all assigned units; of the largest arm only a share, and the first few in another arm."""
    made = ws.store.assignments("alpha")
    large = [a.unit for a in made if a.arm == "1000"]
    lost = set(large[int(keep * len(large)) :])
    lines = []
    for position, one in enumerate(a for a in made if a.unit not in lost):
        size = 10.0 if position < swap else float(one.arm)
        wobble = 1 + 0.02 * (position % 5 - 2)
        record = {"run_id": one.unit, "size": size, "latency_ms": 2 * size**0.5 * wobble, **one.context}
        lines.append(json.dumps(record))
    path = ws.lab.landing / "alpha/assigned.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_planned_batch_is_due_once_and_callers_continue_it(tmp_path: Path) -> None:
    ws = with_assignment(tmp_path / "lab")
    assert [d.reasons for d in due.due(ws)] == [("units of its batch have no arm yet",)]
    step = assigning.plan_batch(ws, "alpha")
    assert (len(step.answers), step.new, step.largest_deviation) == (80, 80, 0.0)
    assert due.due(ws) == [] and assigning.plan_batch(ws, "alpha").new == 0
    more = assigning.assign(ws, "alpha", [Request(f"u{i}", {"task": "a"}) for i in range(3)])
    assert [a.position for a in more] == [41, 42, 43] and len({a.arm for a in more}) == 3
    assert assigning.assign(ws, "alpha", [Request("u1", {"task": "a"})]) == [more[1]]
    planned = ws.store.query("select is_planned, count(*) as n from assignments group by 1 order by 1")
    assert planned.values.tolist() == [[True, 80]]  # what people see is published with the next step
    ws.store.publish()
    assert ws.store.query("select count(*) as n from assignments")["n"].tolist() == [83]


def test_runs_as_assigned_pass_and_a_lost_arm_holds_back_what_compares_arms(tmp_path: Path) -> None:
    whole, lossy = (with_assignment(tmp_path / name) for name in ("whole", "lossy"))
    for ws, keep, swap in ((whole, 1.0, 2), (lossy, 0.1, 0)):
        assigning.plan_batch(ws, "alpha")
        write_assigned(ws, keep, swap)
        land.land(ws)
    good = steps.judge(whole, "alpha")
    assert good.arms is not None and not good.arms.is_mismatch
    crossed = len(good.arms.crossovers)
    assert 0 < crossed <= 2
    outcomes = {v.gate: v for v in good.verdicts}
    assert outcomes["exponent_limit"].outcome is Outcome.PASS
    assert f"{crossed} of 80 units ran another arm than theirs" in outcomes["exponent_limit"].reason
    assert outcomes["exponent_limit"].evidence["crossovers"] == crossed
    held = steps.judge(lossy, "alpha")
    assert held.arms is not None and held.arms.is_mismatch
    outcomes = {v.gate: v for v in held.verdicts}
    assert outcomes["exponent_limit"].outcome is Outcome.INCONCLUSIVE
    assert outcomes["exponent_limit"].reason.startswith(
        "sample-ratio mismatch: the units that landed are 1: 20"
    )
    assert outcomes["quick_alone"].outcome is Outcome.PASS  # it looks at one arm alone
    assert [v.reason for v in answers.verdicts(lossy, "alpha")] == [v.reason for v in held.verdicts]
    again = steps.judge(lossy, "alpha")
    assert again.skipped and again.arms == held.arms
    folder = reports.write_experiment(lossy, "alpha")
    assert folder is not None
    page = (folder / "verdict.md").read_text()
    assert "## Assignment" in page and "Verdicts that compare arms are held back" in page
    assert "| all | 1000 | 2 | 15.5 |" in page
