"""Allocations: where the next unit of compute goes (Dagster concept: partitioned asset).

A plan may read laws of several experiments. The partition of each of them answers it anew; the
answer's version is the content of the laws it came from, so whichever comes last completes it and
the others change nothing.
"""

import dagster as dg

from scaling_assets.orchestration import describe
from scaling_assets.orchestration.assets.partitioned import PARTITIONED, materialized
from scaling_assets.orchestration.assets.verdicts import verdicts
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import allocating


@dg.asset(
    deps=[verdicts],
    description="Answers to every plan that reads a law of this experiment: whole amounts under the budget "
    "that maximise the predicted outcome, with cost and outcome intervals.",
    kinds={"duckdb", "numpy"},
    metadata=describe.columns("allocations"),
    **PARTITIONED,
)
def allocations(context: dg.AssetExecutionContext, laboratory: Laboratory) -> dg.MaterializeResult:
    """Answer the plans concerned."""
    ws = laboratory.open()
    answered = {}
    reports = {}
    for name in context.partition_keys:
        for plan in allocating.plans_reading(ws, name):
            if plan not in answered:
                answered[plan] = allocating.allocate(ws, plan)
        reports[name] = describe.allocations([answered[p] for p in allocating.plans_reading(ws, name)])
    return materialized(context, reports)
