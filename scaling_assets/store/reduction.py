"""Reduces an experiment's rows to units, in the database.

What belongs here: which statement serves which kind of metric, and the frame that comes out. What
does not: what a unit's value means and how sure it is (``science.trials``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from scaling_assets.records.experiment import Experiment, Metric
from scaling_assets.records.trial import MAX_SAMPLE
from scaling_assets.store.declarations import columns_of, observations_view, tables_of
from scaling_assets.store.expressions import (
    DIVIDE_SAFELY,
    ROW_COLUMNS,
    alike,
    numeric,
    per_row,
    problem,
    row_value,
    scope,
)
from scaling_assets.store.session import ExpressionRefusedError, Session, records, to_frame
from scaling_assets.store.statements import Fragment, columns, identifier, query

_SUMS = ("n", "mean", "sd", "numerator", "denominator", "sample")


def unit_sums(
    session: Session, experiments: Sequence[Experiment]
) -> list[tuple[list[Experiment], pd.DataFrame]]:
    """One line per experiment, metric, unit, seed, cell and is_simulated, for experiments that are alike together.

    Columns: experiment and those of ``Store.unit_sums``. ``mean`` and ``sd`` (sample standard deviation)
    are NaN for metrics made of sums, ``numerator`` and ``denominator`` NaN for the others; ``sample`` is a
    list for quantile metrics, else None. A unit in which no row has a value of the metric has no line.
    Beyond some hundred thousand rows the last bits of a sum may differ between two calls: the databases
    add in parallel.

    Raises:
        UnknownName: an experiment has not been declared to this store.
        DeclarationProblem: the database refuses an expression.
    """
    tables = tables_of(session, [experiment.name for experiment in experiments])
    found = []
    for table, group in alike(experiments, tables):
        types = columns_of(session, table)
        frames = [_of_metric(session, group, table, metric, types) for metric in group[0].metrics]
        found.append((group, pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]))
    return found


def observations(session: Session, experiment: Experiment, limit: int | None) -> pd.DataFrame:
    """All accepted rows with derived metrics, in order of arrival and line."""
    rows = tables_of(session, [experiment.name])[experiment.name]
    shown = [*ROW_COLUMNS, *experiment.column_types, *[m.name for m in per_row(experiment)]]
    statement = query("observations_of", session.backend).compose(
        observations=observations_view(experiment.name), columns=columns(shown, "rows_of")
    )
    try:
        return to_frame(session.table(statement, _first_rows(session, experiment.name, rows, limit)))
    except ExpressionRefusedError as failure:
        raise problem(experiment, "metrics", str(failure), DIVIDE_SAFELY) from None


def _first_rows(session: Session, name: str, rows: Fragment, limit: int | None) -> dict[str, Any]:
    """Where the first rows lie: to order ten million of them for the sake of ten costs many seconds."""
    everywhere = {"limit": limit, "sources": None, "last": "", "line": 0}
    if limit is None:
        return everywhere
    chosen: list[str] = []
    left = limit
    for source in records(session, "sources_of", experiment=name):
        chosen.append(source["source_id"])
        if source["rows_accepted"] >= left:
            statement = query("line_of_row").compose(rows=rows)
            asked = {"experiment": name, "source_id": chosen[-1], "rows": left}
            (line,) = session.table(statement, asked)["line"].to_pylist()
            return {"limit": limit, "sources": chosen, "last": chosen[-1], "line": line or 0}
        left -= source["rows_accepted"]
    return everywhere


def _of_metric(
    session: Session, group: Sequence[Experiment], table: Fragment, metric: Metric, types: Mapping[str, str]
) -> pd.DataFrame:
    experiment = group[0]
    keys = ["experiment", "unit", "seed", *experiment.cell_columns, "is_simulated"]
    named = ["experiment", f"{_unit(experiment, types)} as unit", *(identifier(k).text for k in keys[2:])]
    parts = {"keys": columns(keys), "named_keys": Fragment(", ".join(named))}
    parts["scope"] = scope(session, experiment, table)
    label = f"metrics.{metric.name}"

    def number(part: str, text: str) -> Fragment:
        return numeric(session, experiment, table, f"{label}.{part}", text)

    value = row_value(metric)
    if value is not None:
        parts["value"] = number("formula", value)
        name = "samples_of_metric" if metric.kind == "quantile" else "means_of_metric"
    else:
        parts["numerator"] = number("numerator", metric.numerator or "")
        parts["denominator"] = number("denominator", metric.denominator or "")
        name = "sums_of_metric"
    statement = query(name, session.backend).compose(**parts)
    asked = {"largest": MAX_SAMPLE, "experiments": [e.name for e in group]}
    try:
        frame = to_frame(session.table(statement, asked))
    except ExpressionRefusedError as failure:
        raise problem(experiment, label, str(failure), DIVIDE_SAFELY) from None
    return _shaped(experiment, metric, frame)


def _unit(experiment: Experiment, types: Mapping[str, str]) -> str:
    """The unit columns' texts joined by '/'; whole numbers read the same in both databases."""
    texts = []
    for name in experiment.unit:
        text = f"cast({identifier(name).text} as text)"
        if types[name] == "number":
            text = rf"regexp_replace({text}, '\.0$', '')"
        texts.append(f"coalesce({text}, '')")
    return " || '/' || ".join(texts)


def _shaped(experiment: Experiment, metric: Metric, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every promised column, whatever the statement gave."""
    frame = frame.copy()
    frame["metric"] = pd.Series([metric.name] * len(frame), dtype="object")
    for name in _SUMS:
        if name == "sample":
            values = frame["sample"].tolist() if name in frame else [None] * len(frame)
            frame[name] = pd.Series(values, dtype="object")
        elif name not in frame:
            frame[name] = float("nan")
    dtypes = {"seed": "Int64", "n": "int64", "is_simulated": "bool", "unit": "object"}
    dtypes |= {d.name: "float64" for d in experiment.dimensions}
    dtypes |= dict.fromkeys(("mean", "sd", "numerator", "denominator"), "float64")
    ordered = ["experiment", "metric", "unit", "seed", *experiment.cell_columns, "is_simulated", *_SUMS]
    return frame[ordered].astype(dtypes)
