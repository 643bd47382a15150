"""The nightly sweep: every declared workload makes fresh runs, one run a partition (Dagster schedule)."""

import dagster as dg

from scaling_assets.orchestration.assets.observations import ObservationsConfig
from scaling_assets.orchestration.partitions import experiments
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.orchestration.sensors.runs import KIND_TAG

JOB = "lineage"
CRON = "0 2 * * *"

lineage = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.assets(
        "assignments", "observations", "trials", "laws", "changes", "verdicts", "allocations"
    ),
    description="assignments -> observations -> trials -> laws -> changes -> verdicts -> allocations, of one "
    "experiment.",
)


@dg.schedule(
    job=lineage,
    name="nightly_sweeps",
    cron_schedule=CRON,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Runs every declared sweep once a night, by partition, and refits what it touched.",
)
def nightly_sweeps(
    context: dg.ScheduleEvaluationContext, laboratory: Laboratory
) -> list[dg.RunRequest] | dg.SkipReason:
    """One run for each experiment with a workload; a night's sweep is labelled by its date."""
    ws = laboratory.open()
    night = context.scheduled_execution_time.date().isoformat()
    known = set(context.instance.get_dynamic_partitions(experiments.name or ""))
    names = [e.name for e in ws.chosen(None) if e.workload is not None and e.name in known]
    if not names:
        return dg.SkipReason("no experiment with a workload is registered yet")
    config = ObservationsConfig(sweep="label", label=night)
    return [
        dg.RunRequest(
            run_key=f"{name}@{night}",
            partition_key=name,
            run_config=dg.RunConfig(ops={"observations": config}),
            tags={KIND_TAG: "sweep", "dagster/max_retries": "2"},
        )
        for name in names
    ]
