"""Many groups at once: each group's units, out of one pass over the trials.

What lives here: splitting a metric's trials by groups without a table for each of them (a hundred thousand
groups are judged in seconds that way). What does not: estimates (``kinds``), which groups there are (``gates``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment, Metric
from scaling_assets.science.trials.estimate import Units, units_of, weighted_sample
from scaling_assets.science.trials.select import matches


@dataclass(frozen=True)
class Pool:
    """What one group amounts to: its units, how many cells they lie in, where they come from."""

    units: Units
    n_cells: int
    is_simulated: bool
    is_mixed: bool  # simulated and measured trials, which are never pooled


def pools(
    experiment: Experiment, trials: pd.DataFrame, metric: Metric, groups: Sequence[Mapping[str, Any]]
) -> list[Pool]:
    """Return one pool a group, in the groups' order; an empty one where no trial matches.

    Args:
        trials: those of this metric.
        groups: values of cell columns or seed, all groups over the same columns.
    """
    columns = list(groups[0]) if groups else []
    unit = pd.factorize(trials["unit"], sort=True)[0]
    if not columns:
        table = _Columns(experiment, trials, metric, np.argsort(unit, kind="stable"), unit)
        return [table.pool(0, len(trials)) for _ in groups]
    codes = np.zeros(len(trials), dtype=np.int64)
    places: list[Mapping[Any, int]] = []
    for column in columns:
        options = list(dict.fromkeys(group[column] for group in groups))
        of_row = _code(experiment, column, trials[column], options)
        codes = np.where((codes < 0) | (of_row < 0), -1, codes * len(options) + of_row)
        places.append({option: i for i, option in enumerate(options)})
    order = np.lexsort([unit, codes])
    ordered = codes[order]
    wanted = np.zeros(len(groups), dtype=np.int64)
    for column, place in zip(columns, places, strict=True):
        wanted = wanted * len(place) + np.array([place[group[column]] for group in groups])
    starts, ends = (np.searchsorted(ordered, wanted, side).tolist() for side in ("left", "right"))
    table = _Columns(experiment, trials, metric, order, unit)
    return [table.pool(start, end) for start, end in zip(starts, ends, strict=True)]


def _code(experiment: Experiment, column: str, values: pd.Series, options: Sequence[Any]) -> np.ndarray:
    """Place of each row's value among the options, -1 for none; a level matches as in ``select``."""
    codes, distinct = pd.factorize(values)
    place = np.full(len(distinct) + 1, -1, dtype=np.int64)  # the last one is that of missing values
    exact = {option: i for i, option in enumerate(options)}
    for j, value in enumerate(distinct):
        place[j] = exact.get(value, -1)
    for j in np.flatnonzero(
        place[:-1] < 0
    ).tolist():  # levels that travelled through text: equal up to rounding
        near = [
            i for i, o in enumerate(options) if matches(experiment, column, pd.Series([distinct[j]]), o)[0]
        ]
        place[j] = near[0] if near else -1
    return place[codes]


class _Columns:
    """The trials' columns as arrays, in an order in which every group's rows lie together, by unit."""

    def __init__(
        self, experiment: Experiment, trials: pd.DataFrame, metric: Metric, order: np.ndarray, unit: np.ndarray
    ) -> None:  # fmt: skip
        self.trials, self.order, self.unit = trials, order, unit[order]
        self.value, self.rows, self.above, self.below = (
            trials[c].to_numpy(dtype=float)[order] for c in ("value", "n", "numerator", "denominator")
        )
        self.good = ~np.isnan(self.value) & (self.rows > 0)
        self.simulated = trials["is_simulated"].to_numpy(dtype=bool)[order]
        cell = np.zeros(len(trials), dtype=np.int64)
        for column in experiment.cell_columns:
            codes, distinct = pd.factorize(trials[column])
            cell = cell * (len(distinct) + 1) + codes + 1
        self.cell = cell[order]
        self.samples = trials["sample"].to_numpy(dtype=object)[order] if metric.kind == "quantile" else None
        # Counts up to each row, so that a group's own is a difference of two.
        self.bad_before = np.append(0, np.cumsum(~self.good)).tolist()
        self.simulated_before = np.append(0, np.cumsum(self.simulated)).tolist()
        self.repeats_before = np.append(
            0, np.cumsum(np.append(False, self.unit[1:] == self.unit[:-1]))
        ).tolist()

    def pool(self, start: int, end: int) -> Pool:
        """The pool of these rows."""
        simulated = self.simulated_before[end] - self.simulated_before[start]
        rows: slice | np.ndarray = slice(start, end)
        if self.bad_before[end] > self.bad_before[start]:
            rows = start + np.flatnonzero(self.good[start:end])
        if end > start and self.repeats_before[end] > self.repeats_before[start + 1]:
            units = units_of(self.trials.iloc[self.order[rows]])
        else:
            samples: tuple[np.ndarray, ...] = ()
            if self.samples is not None:
                samples = tuple(map(weighted_sample, self.samples[rows], self.rows[rows]))
            units = Units(self.value[rows], self.rows[rows], self.above[rows], self.below[rows], samples)
        n_cells = len(set(self.cell[start:end].tolist()))
        return Pool(units, n_cells, simulated > 0, 0 < simulated < end - start)
