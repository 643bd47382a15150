"""Changes: from when on is a law another one, and in which part (Dagster concept: partitioned asset with a check)."""

import dagster as dg

from scaling_assets.orchestration import describe, evaluations
from scaling_assets.orchestration.assets.laws import laws
from scaling_assets.orchestration.assets.partitioned import PARTITIONED, materialized
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import changing


@dg.asset(
    deps=[laws],
    description="Laws over time, where a question declares 'changes': level, exponent and floor by commit, release or "
    "day, and one report for each change of them. Acknowledged changes stay in the history.",
    kinds={"duckdb", "numpy"},
    metadata=describe.columns("changes"),
    check_specs=[evaluations.NO_OPEN_CHANGES_SPEC],
    **PARTITIONED,
)
def changes(context: dg.AssetExecutionContext, laboratory: Laboratory) -> dg.MaterializeResult:
    """Judge the watched series that got new runs, new declarations or decisions."""
    ws = laboratory.open()
    looked = changing.watch_all(ws, list(context.partition_keys))
    check = evaluations.no_open_changes({name: step.watched for name, step in looked.items()})
    return materialized(context, {name: describe.changes(step) for name, step in looked.items()}, [check])
