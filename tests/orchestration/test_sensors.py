"""The sensors on a real lab, a real store and a real Dagster instance: every transition, run for run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus

from scaling_assets.orchestration.build import build_definitions
from scaling_assets.orchestration.sensors import landing, stale
from scaling_assets.orchestration.sensors.reconcile import MAX_ATTEMPTS
from scaling_assets.orchestration.sensors.runs import BATCH_TAG
from scaling_assets.pipeline import allocating
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from tests.orchestration.small_lab import EXPERIMENT, write_runs

ECONOMICS = """
name: cost
kind: unit_economics
title: What one report costs
currency: usd
unit: report
price: 35
cases: [{name: now, units: 20}]
costs: [{name: machines, per_period: 200}]
"""
QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}


def launch(ws: Workspace, instance: dg.DagsterInstance, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
    """What the daemon does with a request, in this process."""
    job = build_definitions(lab=str(ws.lab.root)).resolve_job_def(request.job_name or "")
    config = {**dict(request.run_config or {}), "loggers": QUIET}
    return job.execute_in_process(
        instance=instance, run_config=config, tags=dict(request.tags), raise_on_error=False
    )


def record(
    instance: dg.DagsterInstance, ws: Workspace, request: dg.RunRequest, status: DagsterRunStatus
) -> str:
    """A run as it stands in the records while it is under way, or after its process died."""
    job = build_definitions(lab=str(ws.lab.root)).resolve_job_def(request.job_name or "")
    return instance.create_run_for_job(job, tags=dict(request.tags), status=status).run_id


def refitted(instance: dg.DagsterInstance, asset: str = "laws") -> list[str]:
    events = instance.fetch_materializations(dg.AssetKey(asset), limit=100).records
    return sorted(e.partition_key or "" for e in events)


def test_an_empty_landing_folder_is_skipped_in_words_and_registers_declared_experiments(
    ws: Workspace, instance: dg.DagsterInstance
) -> None:
    found = landing.evaluate(instance, ws)
    assert found.run_requests == []
    assert found.skip_reason is not None
    assert "nothing new" in str(found.skip_reason.skip_message)
    [added] = found.dynamic_partitions_requests or []
    assert added.partition_keys == ["alpha", "beta"]


def test_a_new_file_refits_exactly_the_experiment_that_got_runs(
    ws: Workspace, instance: dg.DagsterInstance
) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    [request] = landing.evaluate(instance, ws).run_requests or []
    assert request.run_key and request.run_key.endswith("#1")
    assert launch(ws, instance, request).success
    assert refitted(instance) == ["alpha"]
    assert refitted(instance, "allocations") == ["alpha"]
    [law] = [law for law in ws.store.read_laws("alpha") if law.family == "power"]
    exponent = law.parameter("exponent")
    assert exponent.low is not None and exponent.high is not None
    assert exponent.low < 0.5 < exponent.high
    again = landing.evaluate(instance, ws)
    assert again.run_requests == []
    assert "nothing new" in str(again.skip_reason and again.skip_reason.skip_message)


def test_unchanged_data_never_refits(ws: Workspace, instance: dg.DagsterInstance) -> None:
    path = write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    launch(ws, instance, (landing.evaluate(instance, ws).run_requests or [])[0])
    before = ws.store.heads()["alpha"]
    (ws.lab.landing / "alpha" / "copy.jsonl").write_bytes(path.read_bytes())
    [request] = landing.evaluate(instance, ws).run_requests or []
    assert launch(ws, instance, request).success
    assert refitted(instance) == ["alpha"], "the copy holds nothing new"
    assert ws.store.heads()["alpha"] == before
    assert ws.store.count_observations("alpha") == 16
    assert stale.evaluate(instance, ws).run_requests == []


def test_crash_between_decision_and_run_asks_for_the_same_run(
    ws: Workspace, instance: dg.DagsterInstance
) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    [first] = landing.evaluate(instance, ws).run_requests or []
    [second] = landing.evaluate(instance, ws).run_requests or []
    assert first.run_key == second.run_key


def test_a_run_in_flight_is_waited_for(ws: Workspace, instance: dg.DagsterInstance) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    [request] = landing.evaluate(instance, ws).run_requests or []
    run_id = record(instance, ws, request, DagsterRunStatus.STARTED)
    waiting = landing.evaluate(instance, ws)
    assert waiting.run_requests == []
    assert run_id[:8] in str(waiting.skip_reason and waiting.skip_reason.skip_message)


def test_a_killed_run_is_retried_and_gives_up_after_the_last_attempt(
    ws: Workspace, instance: dg.DagsterInstance
) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    keys = []
    for _ in range(MAX_ATTEMPTS):
        [request] = landing.evaluate(instance, ws).run_requests or []
        keys.append(request.run_key)
        record(instance, ws, request, DagsterRunStatus.FAILURE)
    assert [key and key[-2:] for key in keys] == ["#1", "#2", "#3"]
    last = landing.evaluate(instance, ws)
    assert last.run_requests == []
    assert "did not settle" in str(last.skip_reason and last.skip_reason.skip_message)
    write_runs(ws.lab.landing / "alpha" / "two.jsonl", start=10)
    [request] = landing.evaluate(instance, ws).run_requests or []
    assert request.run_key and request.run_key.endswith("#1"), "another batch starts over"


def test_several_files_for_several_experiments_are_one_run(
    ws: Workspace, instance: dg.DagsterInstance
) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    write_runs(ws.lab.landing / "beta" / "one.jsonl", exponent=0.3)
    [request] = landing.evaluate(instance, ws).run_requests or []
    assert request.tags["scaling/files"] == "2"
    assert launch(ws, instance, request).success
    assert refitted(instance) == ["alpha", "beta"]


def test_a_broken_file_does_not_keep_a_good_one_out(ws: Workspace, instance: dg.DagsterInstance) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    (ws.lab.landing / "beta").mkdir()
    (ws.lab.landing / "beta" / "bad.jsonl").write_text('{"size": 1}\nnot json\n', encoding="utf-8")
    [request] = landing.evaluate(instance, ws).run_requests or []
    assert launch(ws, instance, request).success
    assert refitted(instance) == ["alpha"]
    assert ws.store.count_quarantined("beta") == 2
    assert landing.evaluate(instance, ws).run_requests == []


def test_an_edited_file_is_reported_once_and_its_rows_are_not_counted_twice(
    ws: Workspace, instance: dg.DagsterInstance
) -> None:
    path = write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    launch(ws, instance, (landing.evaluate(instance, ws).run_requests or [])[0])
    write_runs(path, runs=6, factor=2.0)
    [request] = landing.evaluate(instance, ws).run_requests or []
    assert launch(ws, instance, request).success
    assert ws.store.count_observations("alpha") == 16
    assert refitted(instance) == ["alpha"]
    assert landing.evaluate(instance, ws).run_requests == []


def test_an_edited_declaration_is_refitted_by_the_stale_sensor(
    ws: Workspace, instance: dg.DagsterInstance, lab_root: Path
) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    launch(ws, instance, (landing.evaluate(instance, ws).run_requests or [])[0])
    text = EXPERIMENT.format(name="alpha").replace("threshold: 0.9", "threshold: 0.1")
    (lab_root / "experiments" / "alpha.yaml").write_text(text, encoding="utf-8")
    edited = open_workspace(lab_root)
    laws_before = edited.store.heads()["alpha"].laws
    [request] = stale.evaluate(instance, edited).run_requests or []
    assert request.tags["scaling/experiments"] == "1"
    assert launch(edited, instance, request).success
    [verdict] = edited.store.read_verdicts("alpha")
    assert verdict.outcome == "fail"
    assert edited.store.heads()["alpha"].laws == laws_before, "a threshold change re-judges without refitting"
    assert stale.evaluate(instance, edited).run_requests == []


def test_an_edited_plan_and_an_override_at_its_end_are_answered_by_the_stale_sensor(
    ws: Workspace, instance: dg.DagsterInstance, lab_root: Path
) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    launch(ws, instance, (landing.evaluate(instance, ws).run_requests or [])[0])
    path = lab_root / "plans" / "sizes.yaml"
    path.write_text(path.read_text().replace("budget: 50", "budget: 40"), encoding="utf-8")
    edited = open_workspace(lab_root)
    laws = refitted(instance)
    [request] = stale.evaluate(instance, edited).run_requests or []
    assert launch(edited, instance, request).success
    assert [a.budget for a in edited.store.read_allocations("sizes")] == [40]
    assert edited.store.heads()["alpha"].laws == ws.store.heads()["alpha"].laws and laws == ["alpha"]
    assert stale.evaluate(instance, edited).run_requests == []

    soon = datetime.now(UTC) + timedelta(seconds=30)
    allocating.override(edited, "sizes", "size", 7, reason="for half a minute", until=soon)
    fixed = allocating.allocate(edited, "sizes").allocation
    assert fixed.amounts[0].bound_by == "override" and stale.evaluate(instance, edited).run_requests == []
    allocating.override(edited, "sizes", "size", 7, reason="over", until=datetime.now(UTC))
    [request] = stale.evaluate(instance, edited).run_requests or []
    assert launch(edited, instance, request).success
    assert edited.store.read_allocations("sizes")[0].amounts[0].bound_by != "override"

    (lab_root / "plans" / "cost.yaml").write_text(ECONOMICS, encoding="utf-8")
    edited = open_workspace(lab_root)
    [request] = stale.evaluate(instance, edited).run_requests or []
    assert launch(edited, instance, request).success
    assert [a.plan for a in edited.store.read_plan_answers("unit_economics")] == ["cost"]
    assert stale.evaluate(instance, edited).run_requests == []


def test_the_stale_sensor_waits_for_a_landing_run(ws: Workspace, instance: dg.DagsterInstance) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    [request] = landing.evaluate(instance, ws).run_requests or []
    from scaling_assets.pipeline.land import land

    land(ws)  # the landing run has taken the rows in and is about to refit
    record(instance, ws, request, DagsterRunStatus.STARTED)
    found = stale.evaluate(instance, ws)
    assert found.run_requests == []
    assert "under way" in str(found.skip_reason and found.skip_reason.skip_message)


def test_a_landing_run_killed_before_its_refit_is_made_good(
    ws: Workspace, instance: dg.DagsterInstance
) -> None:
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    [request] = landing.evaluate(instance, ws).run_requests or []
    from scaling_assets.pipeline.land import land

    land(ws)
    record(instance, ws, request, DagsterRunStatus.FAILURE)
    assert landing.evaluate(instance, ws).run_requests == [], "the rows are in: nothing waits"
    [refit] = stale.evaluate(instance, ws).run_requests or []
    assert launch(ws, instance, refit).success
    assert refitted(instance) == ["alpha"]


@pytest.mark.parametrize("count", [1, 500])
def test_tags_stay_short_however_large_the_batch(
    ws: Workspace, instance: dg.DagsterInstance, count: int
) -> None:
    folder = ws.lab.landing / "alpha"
    folder.mkdir()
    for number in range(count):
        write_runs(folder / f"{'long_name_' * 15}{number}.jsonl", runs=1, start=number)
    [request] = landing.evaluate(instance, ws).run_requests or []
    assert len(request.tags[BATCH_TAG]) == 24
    assert sum(len(k) + len(v) for k, v in request.tags.items()) < 255


def test_a_mistyped_declaration_stops_only_itself(
    ws: Workspace, instance: dg.DagsterInstance, lab_root: Path
) -> None:
    good = (lab_root / "experiments" / "beta.yaml").read_text(encoding="utf-8")
    (lab_root / "experiments" / "beta.yaml").write_text(good + "\nbroken: [", encoding="utf-8")
    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    write_runs(ws.lab.landing / "beta" / "one.jsonl", exponent=0.3)
    partial = open_workspace(lab_root, partial=True)
    assert [found.facts["file"] for found in partial.lab.problems] == ["experiments/beta.yaml"]
    [request] = landing.evaluate(instance, partial).run_requests or []
    assert request.tags["scaling/files"] == "1", "the file for the broken declaration waits"
    assert launch(partial, instance, request).success
    assert refitted(instance) == ["alpha"]
    waiting = landing.evaluate(instance, partial)
    assert waiting.run_requests == []
    assert "experiments/beta.yaml" in str(waiting.skip_reason and waiting.skip_reason.skip_message)
    (lab_root / "experiments" / "beta.yaml").write_text(good, encoding="utf-8")
    mended = open_workspace(lab_root, partial=True)
    [request] = landing.evaluate(instance, mended).run_requests or []
    assert launch(mended, instance, request).success
    assert refitted(instance) == ["alpha", "beta"]
    assert mended.store.count_observations("beta") == 16


def test_a_rule_that_earlier_rows_break_names_rule_file_and_line(ws: Workspace, lab_root: Path) -> None:
    from scaling_assets.orchestration import launch as launcher

    write_runs(ws.lab.landing / "alpha" / "one.jsonl")
    assert launcher.run(ws, ["alpha"]).succeeded
    text = (lab_root / "experiments" / "alpha.yaml").read_text(encoding="utf-8")
    strict = text.replace("laws:\n", "rules:\n  - {name: short, condition: latency_ms < 50}\nlaws:\n")
    (lab_root / "experiments" / "alpha.yaml").write_text(strict, encoding="utf-8")
    write_runs(ws.lab.landing / "alpha" / "two.jsonl", start=30)
    edited = open_workspace(lab_root)
    failed = [run for run in launcher.run(edited, ["alpha"]).runs if not run.succeeded]
    assert len(failed) == 1
    for word in ("declared_rules_hold", "one.jsonl", "line 4", "Correct the rule"):
        assert word in failed[0].problem
    assert edited.store.count_quarantined("alpha") == 4, "the new file's rows that break it were put aside"
    assert len(edited.store.read_laws("alpha")) == 3, "earlier laws still stand"


def test_many_experiments_are_one_run(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from scaling_assets.orchestration import launch as launcher

    monkeypatch.setattr(launcher, "TOGETHER", 1)
    for name, exponent in (("alpha", 0.5), ("beta", 0.3)):
        write_runs(ws.lab.landing / name / "one.jsonl", exponent=exponent)
    summary = launcher.run(ws)
    assert summary.succeeded
    assert [run.reasons for run in summary.runs] == [("files wait in the landing folder",), ("summaries",)]
    assert sorted(ws.store.heads()) == ["alpha", "beta"]
    assert launcher.run(ws).runs == (), "nothing is left to do"
