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
    keys = list(context.partition_keys)
    fitted = steps.fit_all(ws, keys, progress=laboratory.progress)
    for name, step in fitted.items():
        context.log.info(f"{name}: {step.count} laws {'were there already' if step.skipped else 'fitted'}")
    drawn = len(keys) <= describe.DETAILED
    reports = {n: describe.laws(ws.experiment(n), step, drawn=drawn) for n, step in fitted.items()}
    return materialized(context, reports)
