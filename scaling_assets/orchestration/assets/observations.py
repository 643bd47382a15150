"""Observations: what was measured (Dagster concept: partitioned asset with blocking checks)."""

from typing import Literal

import dagster as dg

from scaling_assets.orchestration import describe, evaluations
from scaling_assets.orchestration.assets.assignments import assignments
from scaling_assets.orchestration.assets.partitioned import PARTITIONED, materialized
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import land, steps, sweep
from scaling_assets.pipeline.workspace import Workspace

CHECKS = evaluations.names("observations")


class ObservationsConfig(dg.Config):
    """Whether the declared workload makes runs: only when none were made yet, for a label, or never."""

    sweep: Literal["first", "label", "never"] = "first"
    label: str = ""
    mode: Literal["quick", "full", "declared"] = "declared"


@dg.asset(
    deps=[assignments],
    description="What was measured: run records of one experiment, validated, each taken in once. "
    "Takes in what lies in the landing folder for it, and runs its declared sweep if none ran yet.",
    kinds={"duckdb", "parquet"},
    check_specs=evaluations.specs("observations"),
    **PARTITIONED,
)
def observations(
    context: dg.AssetExecutionContext, config: ObservationsConfig, laboratory: Laboratory
) -> dg.MaterializeResult:
    """Land files, sweep, and run the data rules."""
    ws = laboratory.open()
    keys = list(context.partition_keys)
    landed = land.land(ws, only=keys, progress=laboratory.progress)
    for name in landed.unsettled:
        context.log.info(f"left for later, still being written: {name}")
    for name in keys:
        _sweep(context, ws, name, config, laboratory)
    ws.store.publish()
    found = steps.check_all(ws, keys, CHECKS)
    reports = describe.observations_of(ws, keys, details=len(keys) <= describe.DETAILED)
    checks = [
        evaluations.result("observations", [found[name][i] for name in keys]) for i in range(len(CHECKS))
    ]
    return materialized(context, reports, checks)


def _sweep(
    context: dg.AssetExecutionContext,
    ws: Workspace,
    name: str,
    config: ObservationsConfig,
    laboratory: Laboratory,
) -> None:
    if config.sweep == "never" or ws.experiment(name).workload is None:
        return
    label = config.label if config.sweep == "label" else sweep.FIRST
    mode = None if config.mode == "declared" else config.mode
    done = sweep.sweep(ws, name, mode=mode, label=label, progress=laboratory.progress)
    if done.appended is None:
        context.log.info(f"{name}: sweep {done.sweep_id} ({done.mode}, {label}) ran before")
    else:
        context.log.info(
            f"{name}: sweep {done.sweep_id} ({done.mode}, {label}): {done.appended.rows_accepted} rows"
        )
