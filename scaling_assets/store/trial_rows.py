"""Trial frames as rows of ledger.trials and back.

What belongs here: the translation, exact in both directions. What does not: deriving trials
(``science.trials``).
"""

import json
import math
from typing import Any

import pandas as pd
import pyarrow as pa

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.trial import trial_columns
from scaling_assets.store.session import Session
from scaling_assets.store.statements import identifier, query

_NUMBERS = ("value", "sd", "numerator", "denominator")


def write(session: Session, experiment: Experiment, trials: pd.DataFrame, version: str) -> None:
    """Append the frame's rows under the version.

    Raises:
        KeyError: a column of ``trial_columns`` is missing.
    """
    missing = [name for name in trial_columns(experiment) if name not in trials.columns]
    if missing:
        raise KeyError(f"the trial frame lacks {', '.join(missing)}")
    size = len(trials)
    if not size:
        return
    dimensions = _objects(trials, [d.name for d in experiment.dimensions])
    contexts = _objects(trials, [c.name for c in experiment.context])
    condition = _plain(trials["condition"])
    ids: dict[tuple[Any, ...], str] = {}
    cells = []
    for cell in zip(dimensions, contexts, condition, strict=True):
        if cell not in ids:
            ids[cell] = content_id(*cell)
        cells.append(ids[cell])
    columns = {
        "experiment": pa.array([experiment.name] * size),
        "version": pa.array([version] * size),
        "position": pa.array(range(size), type=pa.int64()),
        "metric": pa.array(_plain(trials["metric"]), type=pa.string()),
        "unit": pa.array(_plain(trials["unit"]), type=pa.string()),
        "seed": pa.array(_plain(trials["seed"]), type=pa.int64()),
        "cell_id": pa.array(cells),
        "dimensions": pa.array(dimensions),
        "contexts": pa.array(contexts),
        "condition": pa.array(condition, type=pa.string()),
        "is_simulated": pa.array(_plain(trials["is_simulated"]), type=pa.bool_()),
        "n": pa.array(_plain(trials["n"]), type=pa.int64()),
        **{name: pa.array(trials[name].astype("float64"), from_pandas=True) for name in _NUMBERS},
        "sample": pa.array([_list(s) for s in trials["sample"]], type=pa.list_(pa.float64())),
    }
    session.insert(identifier("ledger", "trials"), pa.table(columns))


def read(session: Session, experiment: Experiment, version: str) -> pd.DataFrame:
    """The frame as it was written, in its order."""
    statement = query("rows_of_version").compose(table=identifier("ledger", "trials"))
    found = session.table(statement, {"experiment": experiment.name, "version": version})
    dimensions = [json.loads(text) for text in found["dimensions"].to_pylist()]
    contexts = [json.loads(text) for text in found["contexts"].to_pylist()]
    columns: dict[str, pd.Series] = {}
    for name in ("metric", "unit", "condition", "sample"):
        columns[name] = pd.Series(found[name].to_pylist(), dtype="object")
    columns["seed"] = pd.Series(found["seed"].to_pylist(), dtype="Int64")
    columns["is_simulated"] = pd.Series(found["is_simulated"].to_pylist(), dtype="bool")
    columns["n"] = pd.Series(found["n"].to_pylist(), dtype="int64")
    for name in _NUMBERS:
        columns[name] = pd.Series(found[name].to_pylist(), dtype="float64")
    for dimension in experiment.dimensions:
        columns[dimension.name] = pd.Series([d.get(dimension.name) for d in dimensions], dtype="float64")
    for context in experiment.context:
        columns[context.name] = pd.Series([c.get(context.name) for c in contexts], dtype="object")
    return pd.DataFrame({name: columns[name] for name in trial_columns(experiment)})


def _objects(trials: pd.DataFrame, names: list[str]) -> list[str]:
    """One JSON object a row; float64 survives the round trip exactly (shortest representation)."""
    parts = [_plain(trials[name]) for name in names]
    rows = zip(*parts, strict=True) if parts else ((),) * len(trials)
    return [json.dumps(dict(zip(names, row, strict=True)), allow_nan=False) for row in rows]


def _plain(column: pd.Series) -> list[Any]:
    """Python values; every kind of missing one is None."""
    return [None if value is None or value is pd.NA or value != value else value
            for value in column.astype("object").tolist()]  # fmt: skip


def _list(sample: Any) -> list[float] | None:
    if sample is None or (isinstance(sample, float) and math.isnan(sample)):
        return None
    return [float(value) for value in sample]
