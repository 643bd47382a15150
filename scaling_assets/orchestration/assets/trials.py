"""Trials: what each run amounted to in each cell (Dagster concept: partitioned asset)."""

import dagster as dg

from scaling_assets.orchestration import describe, evaluations
from scaling_assets.orchestration.assets.observations import observations
from scaling_assets.orchestration.assets.partitioned import PARTITIONED, materialized
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import steps

CHECKS = evaluations.names("trials")


@dg.asset(
    deps=[observations],
    description="What each independent unit (run, seed) amounted to in each cell, for each metric, with its "
    "noise. Becomes visible to analysts together with the laws and verdicts of the same refit.",
    kinds={"duckdb", "pandas"},
    metadata=describe.columns("trials"),
    check_specs=evaluations.specs("trials"),
    **PARTITIONED,
)
def trials(context: dg.AssetExecutionContext, laboratory: Laboratory) -> dg.MaterializeResult:
    """Reduce observations to trials and run the data rules on them."""
    ws = laboratory.open()
    keys = list(context.partition_keys)
    reports = {name: describe.trials(step) for name, step in steps.reduce_all(ws, keys).items()}
    found = steps.check_all(ws, keys, CHECKS)
    checks = [evaluations.result("trials", [found[n][i] for n in found]) for i in range(len(CHECKS))]
    return materialized(context, reports, checks)
