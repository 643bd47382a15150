"""Wide raw rows of one experiment -> typed, checked rows with their identity.

What belongs here: checks of rows against the declaration. What does not: parsing one cell
(``cells``), what is expected of a column (``expected``), the long shape (``shape``).
"""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scaling_assets.ingest import identity
from scaling_assets.ingest.cells import parse
from scaling_assets.ingest.expected import Expected, expected_columns
from scaling_assets.ingest.problems import Batch, Problems
from scaling_assets.ingest.whole import ARROW_TYPES, Whole, check_whole
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.observation import AcceptedRows, Rejection


def check_rows(
    experiment: Experiment, batch: Batch, whole: Whole | None = None
) -> tuple[AcceptedRows | None, list[Rejection]]:
    """Every row is either accepted or rejected with the first thing that is wrong with it.

    Args:
        whole: the batch's columns, where they have been checked whole already (``whole``).
    """
    if whole is None and batch.typed is not None:
        expected = expected_columns(experiment).values()
        whole = check_whole(expected, batch.typed, is_simulated=experiment.is_simulated)
    problems = Problems(experiment.name, batch)
    if whole is None:
        typed = _cell_by_cell(experiment, batch, problems)
    else:
        typed = _looked_at(experiment, batch, whole, problems)
    if experiment.key:
        return _keyed(experiment, batch, typed, problems)
    rejected = problems.rejections()
    kept = np.ones(len(batch), dtype=bool)
    kept[problems.rows()] = False
    if not kept.any():
        return None, rejected
    return AcceptedRows(experiment.name, _frame(experiment, batch, typed, kept), has_key=False), rejected


def _cell_by_cell(experiment: Experiment, batch: Batch, problems: Problems) -> dict[str, pa.Array]:
    typed = {}
    for name, column in expected_columns(experiment).items():
        if name == "is_simulated":
            values = _flags(experiment, column, batch, problems)
        else:
            values = check_column(column, batch.columns.get(name), problems, len(batch))
        typed[name] = pa.array(values, type=ARROW_TYPES[column.type])
    return typed


def _looked_at(experiment: Experiment, batch: Batch, whole: Whole, problems: Problems) -> dict[str, pa.Array]:
    """The whole columns, with the suspected rows' cells as the cell-by-cell checks read them."""
    suspected = np.flatnonzero(whole.suspected).tolist()
    if not suspected:
        return whole.columns
    inner = Problems(experiment.name, batch, suspected)
    values = _cell_by_cell(experiment, batch.part(suspected), inner)
    problems.take(inner)
    mask = pa.array(whole.suspected)
    return {name: pc.replace_with_mask(column, mask, values[name]) for name, column in whole.columns.items()}


def _keyed(
    experiment: Experiment, batch: Batch, typed: dict[str, pa.Array], problems: Problems
) -> tuple[AcceptedRows | None, list[Rejection]]:
    bad = set(problems.rows())
    good = [row for row in range(len(batch)) if row not in bad]
    values = {name: column.to_pylist() for name, column in typed.items()}
    ids, contents = identity.keyed(experiment, values, good)
    good, ids, contents = _first_of_each_key(experiment, batch, problems, good, ids, contents)
    if not good:
        return None, problems.rejections()
    kept = np.zeros(len(batch), dtype=bool)
    kept[good] = True
    frame = _frame(experiment, batch, typed, kept)
    frame["observation_id"] = pd.array(ids, dtype="string")
    frame["content"] = pd.array(contents, dtype="string")
    return AcceptedRows(experiment.name, frame, has_key=True), problems.rejections()


def _frame(
    experiment: Experiment, batch: Batch, typed: dict[str, pa.Array], kept: np.ndarray
) -> pd.DataFrame:
    if isinstance(batch.lines, range):  # as an iterable it would cost more than all the other columns
        lines = np.arange(batch.lines.start, batch.lines.stop, batch.lines.step, dtype="int64")
    else:
        lines = np.array(batch.lines, dtype="int64")
    frame: dict[str, Any] = {"line": lines if kept.all() else lines[kept]}
    chosen = None if kept.all() else pa.array(kept)
    for name, column in expected_columns(experiment).items():
        values = typed[name] if chosen is None else typed[name].filter(chosen)
        frame[name] = _array(values, column.type)
    return pd.DataFrame(frame, copy=False)


def check_column(column: Expected, raw: list[Any] | None, problems: Problems, length: int = 0) -> list[Any]:
    """Typed values of one column, None where absent or bad; what is bad goes to ``problems``."""
    if raw is None:
        raw = [None] * length
    values, findings = parse(raw, column.type)
    for row, finding in findings.items():
        problems.add(row, column.name, raw[row], finding.reason, finding.remedy)
    if column.required and None in values:
        for row, value in enumerate(values):
            if value is None and row not in findings:
                problems.add(row, column.name, None, "a required value is missing", _fill(column))
    if column.allowed and not {None, *column.allowed}.issuperset(values):
        known = ", ".join(map(str, column.allowed))
        for row, value in enumerate(values):
            if value is not None and value not in column.allowed:
                problems.add(
                    row, column.name, raw[row], "not among the declared values", f"Declared: {known}."
                )
    if column.is_positive or column.lower is not None or column.upper is not None:
        _check_range(column, raw, values, problems)
    return values


BOUNDS = "Correct the value, or the bounds in the declaration."


def _fill(column: Expected) -> str:
    unit = f" in {column.unit}" if column.unit else ""
    return f"Give every row a value of {column.name} ({column.type}{unit})."


def _check_range(column: Expected, raw: list[Any], values: list[Any], problems: Problems) -> None:
    numbers = np.array([np.nan if v is None else v for v in values], dtype=float)
    unit = f" {column.unit}" if column.unit else ""
    checks = []
    if column.is_positive:
        checks.append((numbers <= 0, "not above zero", "A dimension is a positive number."))
    if column.lower is not None:
        checks.append((numbers < column.lower, f"below the lowest allowed, {column.lower:g}{unit}", BOUNDS))
    if column.upper is not None:
        checks.append((numbers > column.upper, f"above the highest allowed, {column.upper:g}{unit}", BOUNDS))
    for bad, reason, remedy in checks:
        for row in np.flatnonzero(bad):
            problems.add(
                int(row),
                column.name,
                raw[row],
                reason,
                remedy or "Correct the value, or the bounds in the declaration.",
            )


def _flags(experiment: Experiment, column: Expected, batch: Batch, problems: Problems) -> list[bool | None]:
    """is_simulated must say what the experiment's mode says; without the column, rows count as measured."""
    raw = batch.columns.get(column.name)
    if raw is None and not experiment.is_simulated:
        return [False] * len(batch)
    required = Expected(column.name, column.type, required=True)
    values = check_column(required, raw, problems, len(batch))
    for row, value in enumerate(values):
        if value is not None and value != experiment.is_simulated:
            kind = "simulated" if value else "measured"
            problems.add(
                row, column.name, value, f"a {kind} row for an experiment whose mode is {experiment.mode}",
                f"Land it for an experiment with mode: {kind}; the two are never mixed.",
            )  # fmt: skip
    return values


def _first_of_each_key(
    experiment: Experiment,
    batch: Batch,
    problems: Problems,
    good: list[int],
    ids: list[str],
    contents: list[str],
) -> tuple[list[int], list[str], list[str]]:
    """Reject rows that contradict an earlier row of the same key. Rows that repeat one with the same
    content stay: the store counts them as repeated, within a file as across files."""
    first: dict[str, int] = {}
    kept: list[int] = []
    for position, (row, key) in enumerate(zip(good, ids, strict=True)):
        earlier = first.setdefault(key, position)
        if contents[earlier] == contents[position]:
            kept.append(position)
            continue
        key_text = ", ".join(f"{name}={batch.columns[name][row]}" for name in experiment.key)
        reason = f"the same key as line {batch.lines[good[earlier]]}, with other values"
        remedy = "Keep the right one of both, or make the key tell them apart."
        problems.add(row, experiment.key[0], key_text, reason, remedy)
    if len(kept) == len(good):
        return good, ids, contents
    return [good[p] for p in kept], [ids[p] for p in kept], [contents[p] for p in kept]


_FROM_ARROW: dict[str, Any] = {
    "integer": pd.Int64Dtype(),
    "boolean": pd.BooleanDtype(),
    "text": pd.StringDtype(),
    "timestamp": pd.DatetimeTZDtype("us", "UTC"),
}


def _array(values: pa.Array, kind: str) -> Any:
    if kind == "number":
        return values.to_numpy(zero_copy_only=False)
    return _FROM_ARROW[kind].__from_arrow__(values)
