"""Claims: do published numbers follow from what is printed beside them (Dagster concept: unpartitioned asset)."""

import dagster as dg

from scaling_assets.orchestration import describe
from scaling_assets.orchestration.assets.laws import laws
from scaling_assets.orchestration.assets.partitioned import GROUP, OWNERS
from scaling_assets.orchestration.assets.verdicts import verdicts
from scaling_assets.orchestration.assets.whole import FRESH, WHEN_ANYTHING_CHANGED, over_all
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import claims as pipeline

CHECK = "published_claims_are_consistent"


@dg.asset(
    deps=[over_all(laws), over_all(verdicts)],
    description="The audit of published claims: each recomputed from what its document prints, or compared with "
    "this lab's own laws and verdicts; consistent, inconsistent with the right value, or not derivable.",
    kinds={"duckdb", "markdown"},
    group_name=GROUP,
    owners=OWNERS,
    automation_condition=WHEN_ANYTHING_CHANGED,
    freshness_policy=FRESH,
    metadata=describe.columns("claims"),
    check_specs=[
        dg.AssetCheckSpec(
            name=CHECK,
            asset="claims",
            description="Warns of claims that no values within their digits reconcile.",
        )
    ],
)
def claims(laboratory: Laboratory) -> dg.MaterializeResult:
    """Recompute what declarations, laws and verdicts call for. A wrong source fails no run."""
    ws = laboratory.open()
    step = pipeline.audit(ws)
    metadata, wrong = describe.claims(ws, step)
    return dg.MaterializeResult(
        metadata=metadata,
        data_version=dg.DataVersion(step.version),
        check_results=[
            dg.AssetCheckResult(
                check_name=CHECK,
                passed=not wrong,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"inconsistent claims": len(wrong), "names": ", ".join(wrong) or "none"},
            )
        ],
    )
