"""Which trials a filter means.

What lives here: the one reading of ``where`` filters over cell columns. What does not: choosing
laws by group (``gates``), SQL filters (``store``).
"""

from typing import Any

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment, Filter, Scalar

#: Levels travel through text files: two floats this close (relative) are the same level.
SAME_LEVEL = 1e-9


def select(
    experiment: Experiment, trials: pd.DataFrame, where: Filter, metric: str | None = None
) -> pd.DataFrame:
    """Return the trials that fit every condition of ``where`` (and belong to ``metric``).

    A condition is a value or a list of values; a dimension's level may be given by its tier's name.

    Raises:
        KeyError: ``where`` names a column that is no cell column of the experiment (nor ``seed``).
    """
    keep = np.ones(len(trials), dtype=bool)
    if metric is not None:
        keep &= (trials["metric"] == metric).to_numpy()
    for column, wanted in where.items():
        if column not in (*experiment.cell_columns, "seed"):
            raise KeyError(column)
        keep &= matches(experiment, column, trials[column], wanted)
    return trials[keep]


def matches(
    experiment: Experiment, column: str, values: pd.Series, wanted: Scalar | list[Scalar]
) -> np.ndarray:
    """Return which values equal one of those wanted, as a boolean array; null equals nothing."""
    options = wanted if isinstance(wanted, list) else [wanted]
    tiers = next((d.tiers for d in experiment.dimensions if d.name == column), None)
    found = np.zeros(len(values), dtype=bool)
    if tiers is None and column != "seed":
        return values.isin([str(o) for o in options]).to_numpy(dtype=bool)
    numbers = values.astype("float64").to_numpy()
    for option in options:
        level = _level(option, tiers or {})
        if level is not None:
            found |= np.isclose(numbers, level, rtol=SAME_LEVEL, atol=0)
    return found


def _level(option: Scalar, tiers: dict[str, float]) -> float | None:
    if isinstance(option, str) and option in tiers:
        return tiers[option]
    try:
        return float(option)
    except ValueError:
        return None


def plain(value: Any) -> Any:
    """Return a frame's cell as a plain Python value: null is None, a whole number stays whole."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
