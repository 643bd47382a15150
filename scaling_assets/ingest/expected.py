"""What a run record of an experiment has to carry, column by column, as the declaration says it.

What belongs here: the translation of a declaration into checks on columns. What does not: checking.

Two decisions that are not obvious:
- A context value below the declared ``minimum`` is a valid measurement. Its row is accepted; leaving
  it out of an analysis is a filter on cells, and a filter can be changed later, a lost row cannot.
- A missing seed is allowed although seeds are declared, unless ``unit`` or ``key`` needs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scaling_assets.records.experiment import STANDARD_COLUMNS, Experiment

#: Columns that tell a file's shape or its rows' experiment and are no part of a row.
EXPERIMENT, METRIC, VALUE = "experiment", "metric", "value"


@dataclass(frozen=True)
class Expected:
    """One column: its type, whether every row needs it, and what its values may be."""

    name: str
    type: str
    required: bool
    lower: float | None = None
    upper: float | None = None
    is_positive: bool = False
    allowed: tuple[str | int, ...] = ()
    unit: str = ""


def expected_columns(experiment: Experiment) -> dict[str, Expected]:
    """Every column of the experiment's rows in order: standard, dimensions, context, columns, metrics."""
    identifying = {*experiment.unit, *experiment.key}
    needed = identifying | ({"condition"} if experiment.conditions else set())
    needed |= {"is_simulated"} if experiment.is_simulated else set()
    allowed: dict[str, tuple[str | int, ...]] = {"condition": experiment.conditions, "seed": experiment.seeds}
    found = [
        Expected(name, kind, name in needed, allowed=allowed.get(name, ()))
        for name, kind in STANDARD_COLUMNS.items()
    ]
    found += [
        Expected(d.name, "number", True, d.lower, d.upper, is_positive=True, unit=d.unit)
        for d in experiment.dimensions
    ]
    found += [
        Expected(c.name, "text", c.required or c.name in identifying, allowed=c.allowed)
        for c in experiment.context
    ]
    found += [
        Expected(c.name, c.type, c.required or c.name in identifying, c.lower, c.upper, unit=c.unit)
        for c in experiment.columns
    ]
    found += [
        Expected(m.column, "number", m.required or m.column in identifying, *m.bounds, unit=m.unit)
        for m in experiment.metrics
        if m.column
    ]
    return {column.name: column for column in found}


def measured_columns(experiment: Experiment) -> tuple[str, ...]:
    """Metrics that run records carry themselves: columns when wide, names in ``metric`` when long."""
    return tuple(m.column for m in experiment.metrics if m.column)


def missing_columns(experiment: Experiment, seen: tuple[str, ...]) -> tuple[str, ...]:
    """Required columns that a file lacks altogether."""
    there = {*seen, *(measured_columns(experiment) if is_long(seen) else ())}
    return tuple(c.name for c in expected_columns(experiment).values() if c.required and c.name not in there)


def is_long(seen: tuple[str, ...]) -> bool:
    """True for the long shape: one line per metric, in the columns ``metric`` and ``value``."""
    return METRIC in seen and VALUE in seen


def wanted_columns(experiments: Mapping[str, Experiment]) -> tuple[str, ...]:
    """Every column that any of the experiments has a use for."""
    names = dict.fromkeys((EXPERIMENT, METRIC, VALUE, *STANDARD_COLUMNS))
    for experiment in experiments.values():
        names |= dict.fromkeys(experiment.column_types)
    return tuple(names)
