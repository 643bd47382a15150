"""Wide raw rows of one experiment -> typed, checked rows with their identity.

What belongs here: checks of rows against the declaration. What does not: parsing one cell
(``cells``), what is expected of a column (``expected``), the long shape (``shape``).
"""

from typing import Any

import numpy as np
import pandas as pd

from scaling_assets.ingest import identity
from scaling_assets.ingest.cells import parse
from scaling_assets.ingest.expected import Expected, expected_columns
from scaling_assets.ingest.problems import Batch, Problems
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.observation import AcceptedRows, Rejection


def check_rows(
    experiment: Experiment, batch: Batch, source_id: str
) -> tuple[AcceptedRows | None, list[Rejection]]:
    """Every row is either accepted or rejected with the first thing that is wrong with it."""
    problems = Problems(experiment.name, batch)
    typed: dict[str, list[Any]] = {}
    for name, column in expected_columns(experiment).items():
        if name == "is_simulated":
            typed[name] = _flags(experiment, column, batch, problems)
        else:
            typed[name] = check_column(column, batch.columns.get(name), problems, len(batch))
    good = [row for row in range(len(batch)) if row not in problems]
    ids = contents = None
    if experiment.key:
        ids, contents = identity.keyed(experiment, typed, good)
        good, ids, contents = _first_of_each_key(experiment, batch, problems, good, ids, contents)
    rejected = problems.rejections()
    if not good:
        return None, rejected
    lines = [batch.lines[row] for row in good]
    if ids is None:
        ids = identity.by_line(source_id, lines)
    frame = {"observation_id": pd.array(ids, dtype="string"), "line": np.array(lines, dtype="int64")}
    for name, column in expected_columns(experiment).items():
        values = typed[name] if len(good) == len(batch) else [typed[name][row] for row in good]
        frame[name] = _array(values, column.type)
    if contents is not None:
        frame["content"] = pd.array(contents, dtype="string")
    return AcceptedRows(experiment.name, pd.DataFrame(frame), experiment.key != ()), rejected


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


_DTYPES: dict[str, Any] = {"number": "float64", "integer": "Int64", "boolean": "boolean", "text": "string"}


def _array(values: list[Any], kind: str) -> Any:
    if kind == "timestamp":
        naive = [None if v is None else v.replace(tzinfo=None) for v in values]
        moments = np.array(naive, dtype="datetime64[us]")
        return pd.DatetimeIndex(moments).tz_localize("UTC")
    if kind == "number":
        return np.array([np.nan if v is None else v for v in values], dtype="float64")
    return pd.array(values, dtype=_DTYPES[kind])
