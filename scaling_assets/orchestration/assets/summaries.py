"""Summaries over all experiments (Dagster concept: unpartitioned assets under declarative automation)."""

import dagster as dg

from scaling_assets.orchestration import describe
from scaling_assets.orchestration.assets.allocations import allocations
from scaling_assets.orchestration.assets.claims import claims
from scaling_assets.orchestration.assets.laws import laws
from scaling_assets.orchestration.assets.partitioned import GROUP, OWNERS
from scaling_assets.orchestration.assets.verdicts import verdicts
from scaling_assets.orchestration.assets.whole import FRESH, WHEN_ANYTHING_CHANGED, over_all
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import reports
from scaling_assets.science.planning import PLAN_KINDS


@dg.asset(
    deps=[over_all(laws), over_all(verdicts)],
    description="Exponent of every leading law with its interval and what it means (constant, sub-linear, "
    "linear, super-linear, undecided): one line a question and group.",
    kinds={"duckdb"},
    group_name=GROUP,
    owners=OWNERS,
    automation_condition=WHEN_ANYTHING_CHANGED,
    freshness_policy=FRESH,
    metadata=describe.columns("exponent_summary"),
)
def exponent_summary(laboratory: Laboratory) -> dg.MaterializeResult:
    """Read the published view and show it."""
    ws = laboratory.open()
    return dg.MaterializeResult(**describe.table(ws, "exponent_summary"))


@dg.asset(
    deps=[over_all(allocations), exponent_summary, claims, *PLAN_KINDS],
    description="The report: one offline page over all experiments, with a folder each (verdict.md, "
    "results, plots).",
    kinds={"html"},
    group_name=GROUP,
    owners=OWNERS,
    automation_condition=WHEN_ANYTHING_CHANGED,
    freshness_policy=FRESH,
)
def report(laboratory: Laboratory) -> dg.MaterializeResult:
    """Write the page from what is visible now."""
    ws = laboratory.open()
    path = reports.write_index(ws)
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(str(path)),
            "experiments": len(ws.store.heads()),
            "dagster/row_count": len(ws.store.heads()),
        },
        data_version=dg.DataVersion(reports.index_version(ws)),
    )
