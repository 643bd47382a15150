"""The planning room: one asset a kind of plan (Dagster concept: unpartitioned assets made from a registry)."""

import dagster as dg

from scaling_assets.orchestration import describe
from scaling_assets.orchestration.assets.allocations import allocations
from scaling_assets.orchestration.assets.laws import laws
from scaling_assets.orchestration.assets.partitioned import GROUP, OWNERS
from scaling_assets.orchestration.assets.trials import trials
from scaling_assets.orchestration.assets.verdicts import verdicts
from scaling_assets.orchestration.assets.whole import FRESH, WHEN_ANYTHING_CHANGED, over_all
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import planning as pipeline
from scaling_assets.science.planning import PLAN_KINDS, PlanKind


def planning_assets() -> list[dg.AssetsDefinition]:
    """One asset for each registered kind, named like it."""
    return [_asset_of(kind) for kind in PLAN_KINDS.values()]


def _asset_of(kind: PlanKind) -> dg.AssetsDefinition:
    @dg.asset(
        name=kind.name,
        deps=[over_all(asset) for asset in (trials, laws, verdicts, allocations)],
        description=kind.description,
        kinds={"duckdb", "numpy"},
        group_name=GROUP,
        owners=OWNERS,
        automation_condition=WHEN_ANYTHING_CHANGED,
        freshness_policy=FRESH,
        metadata=describe.columns("plan_figures", table=kind.name),
    )
    def answers(laboratory: Laboratory) -> dg.MaterializeResult:
        """Answer the plans whose declaration, sources or code changed."""
        step = pipeline.plan_all(laboratory.open(), kind.name)
        return dg.MaterializeResult(metadata=describe.plans(step), data_version=dg.DataVersion(step.version))

    return answers
