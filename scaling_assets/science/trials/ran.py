"""What was run of what was asked: levels seen, units, planned units found.

What lives here: the count for people. What does not: the gate that judges it (``gates.completeness``).
"""

from math import prod

import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.provenance import Ran
from scaling_assets.science.trials.completeness import completeness
from scaling_assets.science.trials.select import plain

MOST_CELLS = 2_000  # of a plan: more are not gone through for a page


def ran(experiment: Experiment, trials: pd.DataFrame) -> Ran:
    """Return what a trial frame (``records.trial``) shows of the declared design."""
    levels = {}
    for column in (*experiment.cell_columns, "seed"):
        seen = sorted(trials[column].dropna().unique().tolist())
        levels[column] = tuple(_text(value) for value in seen)
    axes = [len(d.levels) for d in experiment.dimensions if d.levels]
    axes += [len(group) for group in (experiment.conditions, experiment.seeds) if group]
    units = int(trials["unit"].nunique())
    if not axes and experiment.runs_per_cell is None:
        return Ran(levels, units)
    cells = prod(axes)
    planned = cells * (experiment.runs_per_cell or 1)
    if cells > MOST_CELLS:
        return Ran(levels, units, planned)
    missing = int(completeness(experiment, trials)["missing"].sum())
    return Ran(levels, units, planned, planned - missing)


def _text(value: object) -> str:
    known = plain(value)
    return f"{known:g}" if isinstance(known, float) else str(known)
