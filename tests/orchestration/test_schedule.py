"""The nightly sweep: one run for each declared workload, by partition, the same night never twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from scaling_assets.orchestration.assets.observations import ObservationsConfig
from scaling_assets.orchestration.build import build_definitions
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.orchestration.schedules import nightly_sweeps
from scaling_assets.pipeline.workspace import open_workspace
from tests.orchestration.small_lab import EXPERIMENT, make_lab

SIMULATED = (
    EXPERIMENT.replace("mode: measured", "mode: simulated")
    + """
workload:
  kind: simulate
  default_mode: quick
  quick: {{runs_per_cell: 3}}
  truths:
    - {{column: latency_ms, family: power, by: [size], parameters: {{a: 2.0, b: 0.5}}, run_noise: 0.02}}
"""
)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    root = make_lab(tmp_path / "lab", names=("alpha",))
    (root / "experiments" / "made.yaml").write_text(SIMULATED.format(name="made"), encoding="utf-8")
    return root


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """On disk: a schedule looks its instance up by reference."""
    with dg.instance_for_test() as made:
        yield made


def requests(lab: Path, instance: dg.DagsterInstance, night: datetime) -> list[dg.RunRequest]:
    context = dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=night,
        resources={"laboratory": Laboratory(lab=str(lab))},
        repository_def=build_definitions(lab=str(lab)).get_repository_def(),
    )
    return list(nightly_sweeps.evaluate_tick(context).run_requests or [])


def test_every_experiment_with_a_workload_gets_a_run_of_its_own_partition(
    lab: Path, instance: dg.DagsterInstance
) -> None:
    instance.add_dynamic_partitions("experiment", ["alpha", "made"])
    [request] = requests(lab, instance, datetime(2026, 3, 4, 2, tzinfo=UTC))
    assert (request.partition_key, request.run_key) == ("made", "made@2026-03-04")
    assert request.run_config["ops"]["observations"]["config"]["label"] == "2026-03-04"


def test_without_a_registered_workload_it_skips(lab: Path, instance: dg.DagsterInstance) -> None:
    assert requests(lab, instance, datetime(2026, 3, 4, 2, tzinfo=UTC)) == []


def test_a_night_adds_runs_once_and_another_night_adds_more(lab: Path, instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("experiment", ["made"])
    job = build_definitions(lab=str(lab)).resolve_job_def("lineage")
    counts = []
    for night in ("2026-03-04", "2026-03-04", "2026-03-05"):
        config = dg.RunConfig(
            ops={"observations": ObservationsConfig(sweep="label", label=night)},
            loggers={"console": {"config": {"log_level": "CRITICAL"}}},
        )
        assert job.execute_in_process(instance=instance, partition_key="made", run_config=config).success
        counts.append(open_workspace(lab).store.count_observations("made"))
    assert counts == [12, 12, 24]
