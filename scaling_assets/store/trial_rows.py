"""Trial frames as rows of ledger.trials and back.

What belongs here: the translation, exact in both directions. What does not: deriving trials
(``science.trials``).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.trial import trial_columns
from scaling_assets.store.session import Session
from scaling_assets.store.statements import identifier, query

_NUMBERS = ("value", "sd", "numerator", "denominator")


def write(
    session: Session, experiment: Experiment, trials: pd.DataFrame, versions: Mapping[str, str]
) -> None:
    """Append the rows of experiments that have the same columns, each under its version.

    Args:
        experiment: any of them.
        trials: their frames one below the other, with a column ``experiment``.

    Raises:
        KeyError: a column of ``trial_columns`` is missing.
    """
    missing = [name for name in trial_columns(experiment) if name not in trials.columns]
    if missing:
        raise KeyError(f"the trial frame lacks {', '.join(missing)}")
    if not len(trials):
        return
    names = trials["experiment"].to_numpy(dtype=object)
    dimensions = _objects(trials, [d.name for d in experiment.dimensions])
    contexts = _objects(trials, [c.name for c in experiment.context])
    condition = pa.array(trials["condition"], type=pa.string(), from_pandas=True)
    columns = {
        "experiment": pa.array(names, type=pa.string()),
        "version": pa.array([versions[name] for name in names], type=pa.string()),
        "position": pa.array(_position(names)),
        "metric": pa.array(trials["metric"], type=pa.string()),
        "unit": pa.array(trials["unit"], type=pa.string()),
        "seed": pa.array(trials["seed"], type=pa.int64(), from_pandas=True),
        "cell_id": _cells(dimensions, contexts, condition),
        "dimensions": dimensions.cast(pa.string()),
        "contexts": contexts.cast(pa.string()),
        "condition": condition,
        "is_simulated": pa.array(trials["is_simulated"], type=pa.bool_()),
        "n": pa.array(trials["n"], type=pa.int64()),
        **{name: pa.array(trials[name].astype("float64"), from_pandas=True) for name in _NUMBERS},
        "sample": _samples(trials["sample"]),
    }
    session.insert(identifier("ledger", "trials"), pa.table(columns))


def read(
    session: Session, experiments: Sequence[Experiment], versions: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Each experiment's frame of its version, as it was written, in its order."""
    statement = query("rows_of_versions").compose(table=identifier("ledger", "trials"))
    asked = {"experiments": list(versions), "versions": list(versions.values())}
    found = session.table(statement, asked)
    groups: dict[tuple[str, ...], list[Experiment]] = {}
    for experiment in experiments:
        groups.setdefault(trial_columns(experiment), []).append(experiment)
    frames: dict[str, pd.DataFrame] = {}
    for group in groups.values():
        rows = found
        if len(groups) > 1:
            wanted = pa.array([e.name for e in group], type=pa.string())
            rows = found.filter(pc.is_in(found["experiment"], wanted))
        frames |= split(group, _frame(group[0], rows), rows["experiment"].to_numpy())
    return frames


def split(group: Sequence[Experiment], frame: pd.DataFrame, names: np.ndarray) -> dict[str, pd.DataFrame]:
    """Each experiment's own frame, of frames that lie one below the other; ``names`` says whose a row is."""
    cuts = (np.flatnonzero(names[1:] != names[:-1]) + 1).tolist()
    bounds = [0, *cuts, len(names)] if len(names) else []
    found = {names[a]: frame.iloc[a:b].reset_index(drop=True) for a, b in pairwise(bounds)}
    return {e.name: found[e.name] if e.name in found else frame.iloc[:0] for e in group}


def _frame(experiment: Experiment, found: pa.Table) -> pd.DataFrame:
    dimensions, contexts = _parsed(found["dimensions"]), _parsed(found["contexts"])
    columns: dict[str, Any] = {"seed": pd.array(found["seed"], dtype="Int64")}
    for name in ("metric", "unit", "condition"):
        columns[name] = _texts(found[name])
    sample = found["sample"]
    all_null = sample.null_count == len(sample)
    columns["sample"] = pd.Series([None] * len(sample) if all_null else sample.to_pylist(), dtype="object")
    for name in ("is_simulated", "n", *_NUMBERS):
        columns[name] = found[name].to_numpy()
    for dimension in experiment.dimensions:
        columns[dimension.name] = dimensions(dimension.name).astype("float64")
    for context in experiment.context:
        columns[context.name] = pd.Series(contexts(context.name), dtype="object")
    return pd.DataFrame({name: columns[name] for name in trial_columns(experiment)})


def _texts(column: pa.ChunkedArray) -> pd.Series:
    """Python texts, each distinct one made once."""
    encoded = column.combine_chunks().dictionary_encode("encode")
    words = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)[:-1]
    return pd.Series(words[encoded.indices.to_numpy()], dtype="object")


def _parsed(column: pa.ChunkedArray) -> Callable[[str], np.ndarray]:
    """The column of a field of JSON objects; each distinct object is read once."""
    encoded = column.combine_chunks().dictionary_encode("encode")
    objects = [json.loads(text) for text in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy()

    def field(name: str) -> np.ndarray:
        return np.array([*(found.get(name) for found in objects), None], dtype=object)[:-1][codes]

    return field


def _position(names: np.ndarray) -> np.ndarray:
    """Each row's place among those of its experiment."""
    codes = pd.factorize(names)[0]
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return place


def _objects(trials: pd.DataFrame, names: list[str]) -> pa.DictionaryArray:
    """One JSON object a row; float64 survives the round trip exactly (shortest representation)."""
    codes = np.zeros(len(trials), dtype=np.int64)
    for name in names:
        here, values = pd.factorize(trials[name], use_na_sentinel=False)
        codes = np.unique(codes * (len(values) + 1) + here, return_inverse=True)[1]
    _, first = np.unique(codes, return_index=True)
    parts = [_plain(trials[name].iloc[first]) for name in names]
    rows = zip(*parts, strict=True) if parts else ((),) * len(first)
    texts = [json.dumps(dict(zip(names, row, strict=True)), allow_nan=False) for row in rows]
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(texts, type=pa.string()))


def _cells(dimensions: pa.DictionaryArray, contexts: pa.DictionaryArray, condition: pa.Array) -> pa.Array:
    """content_id(dimensions, contexts, condition) of each row; a cell is hashed once."""
    third = condition.dictionary_encode("encode")
    sizes = [len(part.dictionary) + 1 for part in (dimensions, contexts, third)]
    at = [part.indices.to_numpy().astype(np.int64) for part in (dimensions, contexts, third)]
    _, first, inverse = np.unique(
        (at[0] * sizes[1] + at[1]) * sizes[2] + at[2], return_index=True, return_inverse=True
    )
    words = [part.dictionary.to_pylist() for part in (dimensions, contexts, third)]
    ids = [content_id(*(word[int(a[row])] for word, a in zip(words, at, strict=True))) for row in first]
    return pa.array(ids, type=pa.string()).take(pa.array(inverse))


def _plain(column: pd.Series) -> list[Any]:
    """Python values; every kind of missing one is None."""
    return [None if value is None or value is pd.NA or value != value else value
            for value in column.astype("object").tolist()]  # fmt: skip


def _samples(column: pd.Series) -> pa.Array:
    if column.isna().all():
        return pa.nulls(len(column), type=pa.list_(pa.float64()))
    return pa.array([_list(s) for s in column], type=pa.list_(pa.float64()))


def _list(sample: Any) -> list[float] | None:
    if sample is None or (isinstance(sample, float) and np.isnan(sample)):
        return None
    return [float(value) for value in sample]
