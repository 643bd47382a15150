"""What the partitioned assets share: partitions, group, owners, and how a run reports on its partitions.

What belongs here: Dagster options. What does not: what any one asset does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from scaling_assets.orchestration.partitions import experiments

GROUP = "scaling"
OWNERS = ["team:scaling"]

#: One run may cover any contiguous range of experiments; the work is batched inside it.
PARTITIONED: dict[str, Any] = {
    "partitions_def": experiments,
    "group_name": GROUP,
    "owners": OWNERS,
    "backfill_policy": dg.BackfillPolicy.single_run(),
}

Report = tuple[Mapping[str, Any], str | None]  # metadata of one partition, its data version


def materialized(
    context: dg.AssetExecutionContext,
    reports: Mapping[str, Report],
    checks: Sequence[dg.AssetCheckResult] = (),
) -> dg.MaterializeResult:
    """The result of a step: metadata for each partition by itself, and the data version of a single one.

    A range run copies one MaterializeResult to all its partitions, so what differs between them is
    attached by partition key. Dagster has no per-partition data version there: the store's own
    versions decide what is refitted in any case.
    """
    if len(reports) == 1:
        metadata, version = next(iter(reports.values()))
        return dg.MaterializeResult(
            metadata=metadata,
            data_version=dg.DataVersion(version) if version else None,
            check_results=list(checks),
        )
    for key, (metadata, _) in reports.items():
        context.add_asset_metadata(dict(metadata), partition_key=key)
    return dg.MaterializeResult(check_results=list(checks))
