"""Planned against found: which cells of the declared design are still short of units.

What lives here: the comparison. What does not: the gate that judges it (``gates.completeness``).
"""

from itertools import product

import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.science.trials.select import matches


def completeness(experiment: Experiment, trials: pd.DataFrame) -> pd.DataFrame:
    """Return one line per planned cell: what is planned, what was found.

    Planned are all combinations of the dimensions' levels, the conditions and the seeds;
    ``runs_per_cell`` units in each (one where it is not declared). A unit counts as found when every
    required metric has a value for it there; context columns are not part of the plan.

    Columns: the planned columns, ``planned``, ``found``, ``missing`` (int64). Empty when the
    experiment plans nothing (no levels, conditions, seeds or runs per cell).
    """
    axes: dict[str, list[object]] = {d.name: list(d.levels) for d in experiment.dimensions if d.levels}
    if experiment.conditions:
        axes["condition"] = list(experiment.conditions)
    if experiment.seeds:
        axes["seed"] = list(experiment.seeds)
    if not axes and experiment.runs_per_cell is None:
        return pd.DataFrame(columns=["planned", "found", "missing"]).astype("int64")
    required = [m.name for m in experiment.metrics if m.required] or [m.name for m in experiment.metrics]
    good = trials[trials["value"].notna() & trials["metric"].isin(required)]
    planned = experiment.runs_per_cell or 1
    lines = []
    for cell in product(*axes.values()):
        here = good
        for column, value in zip(axes, cell, strict=True):
            here = here[matches(experiment, column, here[column], value)]  # type: ignore[arg-type]
        metrics_per_unit = here.groupby("unit")["metric"].nunique()
        found = int((metrics_per_unit == len(required)).sum())
        lines.append((*cell, planned, found, max(planned - found, 0)))
    return pd.DataFrame(lines, columns=[*axes, "planned", "found", "missing"])
