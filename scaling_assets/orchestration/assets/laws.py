"""Laws: which curve, how sure (Dagster concept: partitioned asset)."""

import dagster as dg

from scaling_assets.orchestration import describe
from scaling_assets.orchestration.assets.partitioned import PARTITIONED, materialized
from scaling_assets.orchestration.assets.trials import trials
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import steps


@dg.asset(
    deps=[trials],
    description="Every candidate law of every question, fitted robustly, with intervals by bootstrap over "
    "units, a typed status, and the back-test error that chooses the leading one.",
    kinds={"duckdb", "numpy", "scipy"},
    metadata=describe.columns("laws"),
    **PARTITIONED,
)
def laws(context: dg.AssetExecutionContext, laboratory: Laboratory) -> dg.MaterializeResult:
    """Fit what the present trials and declarations call for."""
    ws = laboratory.open()
    reports = {}
    for name in context.partition_keys:
        step = steps.fit_laws(ws, name, progress=laboratory.progress)
        context.log.info(f"{name}: {step.count} laws {'were there already' if step.skipped else 'fitted'}")
        reports[name] = describe.laws(ws.experiment(name), step)
    return materialized(context, reports)
