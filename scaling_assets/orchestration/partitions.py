"""The one partition dimension: an experiment (Dagster concept: dynamic partitions)."""

from collections.abc import Iterable

import dagster as dg

experiments = dg.DynamicPartitionsDefinition(name="experiment")


def register(instance: dg.DagsterInstance, names: Iterable[str]) -> list[str]:
    """Make sure that every name is a partition; returns those that were new."""
    known = set(instance.get_dynamic_partitions(experiments.name or ""))
    new = sorted(set(names) - known)
    if new:
        instance.add_dynamic_partitions(experiments.name or "", new)
    return new
