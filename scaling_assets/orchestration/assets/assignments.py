"""Assignments: which unit runs which arm (Dagster concept: partitioned asset with checks)."""

import dagster as dg

from scaling_assets.orchestration import describe
from scaling_assets.orchestration.assets.partitioned import PARTITIONED, materialized
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import assigning

BALANCED = "assignments_are_balanced"


@dg.asset(
    description="Which arm each unit of an experiment's planned batch runs: balanced at random within blocks, "
    "each unit once and for good. Units that callers asked for at run time are in the same table.",
    kinds={"duckdb"},
    metadata=describe.columns("assignments"),
    check_specs=[
        dg.AssetCheckSpec(
            BALANCED,
            asset="assignments",
            description="In every block no arm is farther than one unit from its share.",
        )
    ],
    **PARTITIONED,
)
def assignments(context: dg.AssetExecutionContext, laboratory: Laboratory) -> dg.MaterializeResult:
    """Give the planned units that have none their arm."""
    ws = laboratory.open()
    steps = {name: assigning.plan_batch(ws, name) for name in context.partition_keys}
    worst = max(steps.values(), key=lambda step: step.largest_deviation)
    check = dg.AssetCheckResult(
        asset_key="assignments",
        check_name=BALANCED,
        passed=worst.largest_deviation <= 1,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"experiment": worst.experiment, "largest deviation": worst.largest_deviation},
    )
    return materialized(context, {name: describe.assignments(ws, s) for name, s in steps.items()}, [check])
