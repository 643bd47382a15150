"""Verdicts: may we rely on it, does it pass (Dagster concept: partitioned asset)."""

import dagster as dg

from scaling_assets.orchestration import describe
from scaling_assets.orchestration.assets.laws import laws
from scaling_assets.orchestration.assets.partitioned import PARTITIONED, materialized
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import reports as pages
from scaling_assets.pipeline import steps


@dg.asset(
    deps=[laws],
    description="Every gate of the experiment judged: pass, fail, inconclusive or insufficient data, with "
    "the interval, the reason and what to do. Moves the head: trials, laws and verdicts become visible together.",
    kinds={"duckdb", "markdown"},
    metadata=describe.columns("verdicts"),
    **PARTITIONED,
)
def verdicts(context: dg.AssetExecutionContext, laboratory: Laboratory) -> dg.MaterializeResult:
    """Judge, move the head, and write verdict.md, results and plots."""
    ws = laboratory.open()
    reports = {}
    for name in context.partition_keys:
        step = steps.judge(ws, name)
        folder = pages.write_experiment(ws, name) if step.version else None
        reports[name] = describe.verdicts(ws, step, folder)
    return materialized(context, reports)
