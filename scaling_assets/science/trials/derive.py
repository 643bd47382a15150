"""Unit sums -> trial frames: the value of each unit in each cell by the metric's kind.

What lives here: the one place where sums become values. What does not: intervals (``estimate``),
SQL that makes the sums (``store``).
"""

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment, Metric
from scaling_assets.records.trial import trial_columns

CODE_VERSION = "2"

_SUMS = ("rate", "count", "ratio")


def derive(experiment: Experiment, unit_sums: pd.DataFrame) -> pd.DataFrame:
    """Return the trial frame (``records.trial``) of an experiment.

    Ratios come from sums, never from means of ratios; a quantile comes from the unit's sample,
    never from quantiles. A value is NaN where it is undefined: no rows with a value, a denominator
    that is not positive, a rate outside [0, 1], a negative count.

    Args:
        experiment: the declaration.
        unit_sums: one line per metric, cell and unit, as ``Store.unit_sums`` gives them. Lines of
            metrics that are not declared are left out, and those of contexts below their ``minimum``.
    """
    found = derive_alike(experiment, unit_sums.assign(experiment=experiment.name))
    return found.drop(columns="experiment")


def derive_alike(experiment: Experiment, unit_sums: pd.DataFrame) -> pd.DataFrame:
    """Return the trial frames of experiments whose declarations say the same, one below the other.

    Args:
        experiment: any of them.
        unit_sums: as for ``derive``, with a further column ``experiment``, which comes back first.
    """
    columns = ["experiment", *trial_columns(experiment)]
    metrics = {m.name: m for m in experiment.metrics}
    known = unit_sums[unit_sums["metric"].isin(list(metrics))]
    for context in experiment.context:
        if context.minimum is not None:
            known = known[known[context.name].isin(context.included)]
    parts = [_of_metric(metrics[str(name)], rows) for name, rows in known.groupby("metric", sort=False)]
    if not parts:
        return _typed(experiment, pd.DataFrame({c: pd.Series(dtype=object) for c in columns}))
    frame = _typed(experiment, pd.concat(parts, ignore_index=True)[columns])
    rank = frame["metric"].map({name: i for i, name in enumerate(metrics)})
    keys = [frame[name] for name in (*experiment.cell_columns, "seed", "unit")]
    order = np.lexsort([_places(key) for key in (*reversed(keys), rank, frame["experiment"])])
    return frame.iloc[order].reset_index(drop=True)


def _places(values: pd.Series) -> np.ndarray:
    """Each value's place among the sorted distinct ones, missing values last."""
    codes, distinct = pd.factorize(values, sort=True)
    return np.where(codes < 0, len(distinct), codes)


def _of_metric(metric: Metric, sums: pd.DataFrame) -> pd.DataFrame:
    rows = sums.copy()
    if metric.kind == "quantile":
        ordered = [_ascending(s) for s in rows["sample"]]
        rows["sample"] = pd.Series(ordered, index=rows.index, dtype=object)
        q = float(metric.q or np.nan)
        rows["value"] = [np.nan if s is None else float(np.quantile(np.array(s), q)) for s in ordered]
    else:
        rows["sample"] = pd.Series([None] * len(rows), index=rows.index, dtype=object)
        rows["value"] = _ratio(metric, rows) if metric.kind in _SUMS else rows["mean"]
    if metric.kind in _SUMS:
        rows["sd"] = np.nan
    else:
        rows["numerator"] = rows["denominator"] = np.nan
    return rows


def _ratio(metric: Metric, rows: pd.DataFrame) -> pd.Series:
    above, below = rows["numerator"].astype(float), rows["denominator"].astype(float)
    defined = below > 0
    if metric.kind in ("rate", "count"):
        defined &= above >= 0
    if metric.kind == "rate":
        defined &= above <= below
    scale = 1.0 if metric.kind == "rate" else metric.scale
    return (scale * above / below.where(defined)).astype(float)


def _ascending(sample: object) -> list[float] | None:
    """The sample sorted, without missing values; None when nothing is left."""
    if not isinstance(sample, list | tuple | np.ndarray):  # null, however the driver spells it
        return None
    values = np.sort(np.asarray(sample, dtype=float))
    values = values[~np.isnan(values)]
    return values.tolist() or None


def _typed(experiment: Experiment, frame: pd.DataFrame) -> pd.DataFrame:
    numbers = [d.name for d in experiment.dimensions]
    numbers += ["value", "sd", "numerator", "denominator"]
    types: dict[str, object] = dict.fromkeys(numbers, "float64")
    types |= {"seed": "Int64", "n": "int64", "is_simulated": "bool"}
    return frame.astype(types)  # type: ignore[arg-type]
