"""What Dagster's run records say about the batches that sensors have asked for."""

import dagster as dg
from dagster import DagsterRunStatus, RunsFilter

from scaling_assets.orchestration.sensors.reconcile import RunSeen

#: Run tags. The fingerprint is 24 characters: far below the length that a Postgres index can hold.
BATCH_TAG = "scaling/batch"
KIND_TAG = "scaling/kind"

UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.MANAGED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def seen(instance: dg.DagsterInstance, kinds: tuple[str, ...], fingerprint: str | None) -> list[RunSeen]:
    """Unfinished runs of these kinds, then every run of this batch, each group newest first."""
    found = [
        run
        for kind in kinds
        for run in instance.get_runs(filters=RunsFilter(tags={KIND_TAG: kind}, statuses=UNFINISHED))
    ]
    if fingerprint is not None:
        found += instance.get_runs(filters=RunsFilter(tags={BATCH_TAG: fingerprint}))
    return [
        RunSeen(
            run_id=run.run_id,
            fingerprint=run.tags.get(BATCH_TAG, ""),
            is_finished=run.is_finished,
            succeeded=run.is_success,
        )
        for run in {run.run_id: run for run in found}.values()
    ]
