"""Which verdicts a gate owes: one for each combination of its ``each`` columns.

What lives here: groups that were found and groups that were planned (a planned group without a trial
still gets its verdict, or a missing condition would pass by absence). What does not: choosing laws.
"""

from itertools import product
from typing import Any

import pandas as pd

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group
from scaling_assets.science.gates.gate import Case
from scaling_assets.science.trials import Pool, pools, select
from scaling_assets.science.trials.select import matches, plain

NAMELESS = "none"  # the group of runs that have no value in a column


def groups_of(experiment: Experiment, gate: Gate, trials: pd.DataFrame) -> list[Group]:
    """Return the groups in planned order, found but unplanned ones behind; [{}] without ``each`` or runs."""
    if not gate.each:
        return [{}]
    found = trials[list(gate.each)].drop_duplicates().dropna()
    seen = [tuple(map(plain, line)) for line in found.itertuples(index=False)]
    planned = [_planned(experiment, column, gate) for column in gate.each]
    # Columns that nobody planned (a free context) come in the combinations found, the others in all.
    free = [i for i, values in enumerate(planned) if not values]
    groups = []
    for combination in dict.fromkeys(tuple(line[i] for i in free) for line in seen) if free else [()]:
        options = [[combination[free.index(i)]] if i in free else values for i, values in enumerate(planned)]
        groups += list(product(*options))
    # Levels are floats and seeds integers wherever they come from, so equal groups compare equal.
    known = set(groups)
    groups += sorted((g for g in seen if g not in known), key=str)
    return [dict(zip(gate.each, g, strict=True)) for g in groups] or [{}]


def pooled(case: Case, metric: str) -> list[tuple[Group, Pool]]:
    """Every group that the gate owes a verdict, with what was measured of a metric in it."""
    chosen = select(case.experiment, case.trials, case.gate.where, metric)
    groups = groups_of(case.experiment, case.gate, chosen)
    found = pools(case.experiment, chosen, case.experiment.metric(metric), groups)
    return list(zip(groups, found, strict=True))


def nameless_named(experiment: Experiment, gate: Gate, trials: pd.DataFrame) -> pd.DataFrame:
    """Trials with NAMELESS where a context or condition that ``each`` splits by is missing.

    A run without a value is a run still: left out of every group, it could fail without anybody seeing.
    """
    texts = {"condition", *(context.name for context in experiment.context)}
    missing = [c for c in gate.each if c in texts and trials[c].isna().any()]
    return trials.assign(**{c: trials[c].where(trials[c].notna(), NAMELESS) for c in missing})


def _planned(experiment: Experiment, column: str, gate: Gate) -> list[Any]:
    """Planned values of a column that the gate's filter lets through."""
    values: tuple[Any, ...] = ()
    if column == "condition":
        values = experiment.conditions
    elif column == "seed":
        values = experiment.seeds
    else:
        for dimension in experiment.dimensions:
            values = dimension.levels if dimension.name == column else values
        for context in experiment.context:
            values = context.included if context.name == column else values
    if column not in gate.where or not values:
        return list(values)
    keep = matches(experiment, column, pd.Series(values), gate.where[column])
    return [v for v, kept in zip(values, keep, strict=True) if kept]


def in_words(group: Group) -> str:
    """The group for a sentence: " at users = 3, condition = a"; "" without one."""
    pairs = ", ".join(f"{k} = {v:g}" if isinstance(v, float) else f"{k} = {v}" for k, v in group.items())
    return f" at {pairs}" if pairs else ""
