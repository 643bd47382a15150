"""Verdicts: may we rely on it, does it pass (Dagster concept: partitioned asset)."""

import dagster as dg

from scaling_assets.orchestration import describe, evaluations
from scaling_assets.orchestration.assets.changes import changes
from scaling_assets.orchestration.assets.laws import laws
from scaling_assets.orchestration.assets.partitioned import PARTITIONED, materialized
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import reports as pages
from scaling_assets.pipeline import steps


@dg.asset(
    deps=[laws, changes],
    description="Every gate of the experiment judged: pass, fail, inconclusive or insufficient data, with "
    "the interval, the reason and what to do. Moves the head: trials, laws and verdicts become visible together.",
    kinds={"duckdb", "markdown"},
    metadata=describe.columns("verdicts"),
    check_specs=[evaluations.SAMPLE_RATIO_SPEC, evaluations.NEW_RUNS_SPEC, evaluations.GATES_SPEC],
    **PARTITIONED,
)
def verdicts(context: dg.AssetExecutionContext, laboratory: Laboratory) -> dg.MaterializeResult:
    """Judge, move the head, and write verdict.md, results and plots."""
    ws = laboratory.open()
    keys = list(context.partition_keys)
    reports = {}
    judged = steps.judge_all(ws, keys)
    for name, step in judged.items():
        is_written = step.version is not None and len(keys) <= describe.DETAILED
        reports[name] = describe.verdicts(ws, step, pages.write_experiment(ws, name) if is_written else None)
    checks = [
        evaluations.sample_ratio({name: step.arms for name, step in judged.items()}),
        evaluations.new_runs({name: step.stale for name, step in judged.items()}),
        evaluations.gates({name: step.verdicts for name, step in judged.items()}),
    ]
    return materialized(context, reports, checks)
