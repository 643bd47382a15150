"""What the unpartitioned assets share: when they are renewed, how old they may be, what they depend on.

What belongs here: Dagster options. What does not: what any one asset does.
"""

import datetime

import dagster as dg

#: Plain eager() never fires while any experiment lacks an upstream partition: a lab always has some.
WHEN_ANYTHING_CHANGED = dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())
FRESH = dg.FreshnessPolicy.time_window(fail_window=datetime.timedelta(hours=36))


def over_all(asset: dg.AssetsDefinition) -> dg.AssetDep:
    """All partitions of an asset, for one that has none."""
    return dg.AssetDep(asset, partition_mapping=dg.AllPartitionMapping())
