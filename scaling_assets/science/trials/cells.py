"""One line a cell: what it amounts to and how sure that is.

What lives here: the table for reports, plots and people. What does not: the estimators (``kinds``).
"""

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment, Filter
from scaling_assets.science.trials.estimate import Confidence
from scaling_assets.science.trials.kinds import estimate
from scaling_assets.science.trials.select import plain, select

_MEASURES = ("n_units", "n_rows", "estimate", "low", "high", "confidence", "method", "reason")


def cell_estimates(
    experiment: Experiment,
    trials: pd.DataFrame,
    metric: str,
    where: Filter | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return one line per cell of a metric: estimate and two-sided interval, both in its unit.

    Columns: metric, the cell columns, is_simulated, n_units, n_rows, estimate, low, high (NaN where
    not estimable), confidence, method, reason (why a bound is missing, "" when none is).

    Raises:
        KeyError: no such metric, or ``where`` names no cell column.
    """
    declared = experiment.metric(metric)
    chosen = select(experiment, trials, where or {}, metric)
    keys = [*experiment.cell_columns, "is_simulated"]
    lines = []
    for values, cell in chosen.groupby(keys, dropna=False, sort=True):
        found = estimate(declared, cell, Confidence(confidence))
        numbers = [np.nan if v is None else v for v in (found.value, found.low, found.high)]
        lines.append(
            (
                metric,
                *map(plain, values),
                found.n_units,
                found.n_rows,
                *numbers,
                confidence,
                found.method,
                found.reason,
            )
        )
    return pd.DataFrame(lines, columns=["metric", *keys, *_MEASURES])
