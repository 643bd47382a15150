"""Whole Arrow columns checked at once: the rows that nothing speaks against need no look at their cells.

What belongs here: the same checks as ``rows.check_column`` makes, on columns that have a type already
(Parquet). What does not: saying what is wrong. A row that fails any of them is only *suspected* here; the
cell-by-cell checks then decide, and word the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scaling_assets.ingest.cells import INT64, parse
from scaling_assets.ingest.expected import Expected

ARROW_TYPES: dict[str, pa.DataType] = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, eq=False)
class Whole:
    """Typed columns of equal length, and which rows (n,) somebody has to look at cell by cell."""

    columns: dict[str, pa.Array]
    suspected: np.ndarray

    def slice(self, start: int, length: int) -> "Whole":
        """Some rows that follow one another; nothing is copied."""
        columns = {name: column.slice(start, length) for name, column in self.columns.items()}
        return Whole(columns, self.suspected[start : start + length])


def check_whole(expected: Iterable[Expected], table: pa.Table, *, is_simulated: bool) -> Whole | None:
    """Check every expected column; None when one has another type than the declared one, or is not there
    though every row needs it."""
    found: dict[str, pa.Array] = {}
    suspected = np.zeros(table.num_rows, dtype=bool)
    for column in expected:
        raw = _array(table, column.name)
        is_flag = column.name == "is_simulated"
        if raw is None:
            if column.required:
                return None
            size = table.num_rows
            found[column.name] = pa.repeat(is_simulated, size) if is_flag else _nothing(column, size)
            continue
        typed = _TYPED[column.type](raw)
        if typed is None:
            return None
        found[column.name], doubts = typed
        missing = found[column.name].is_null().to_numpy(zero_copy_only=False)
        suspected |= doubts
        if column.required or is_flag:
            suspected |= missing
        if is_flag:
            suspected |= ~_same(found[column.name], is_simulated)
        if column.allowed:
            known = pc.is_in(found[column.name], pa.array(column.allowed, found[column.name].type))
            suspected |= ~missing & ~known.to_numpy(zero_copy_only=False)
        suspected |= _out_of_range(column, found[column.name])
    return Whole(found, suspected)


def _array(table: pa.Table, name: str) -> pa.Array | None:
    if name not in table.column_names or pa.types.is_null(table.schema.field(name).type):
        return None
    return table.column(name).combine_chunks()


def _nothing(column: Expected, size: int) -> pa.Array:
    return pa.nulls(size, type=ARROW_TYPES[column.type])


def _same(values: pa.Array, wanted: bool) -> np.ndarray:
    return pc.equal(values, wanted).fill_null(False).to_numpy(zero_copy_only=False)


def _out_of_range(column: Expected, values: pa.Array) -> np.ndarray:
    bad = np.zeros(len(values), dtype=bool)
    if not column.is_positive and column.lower is None and column.upper is None:
        return bad
    numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if column.is_positive:
        bad |= numbers <= 0
    if column.lower is not None:
        bad |= numbers < column.lower
    if column.upper is not None:
        bad |= numbers > column.upper
    return bad


Typed = tuple[pa.Array, np.ndarray] | None


def _number(raw: pa.Array) -> Typed:
    if not (pa.types.is_floating(raw.type) or pa.types.is_integer(raw.type)):
        return None
    values = raw.cast(pa.float64(), safe=False)
    numbers = values.to_numpy(zero_copy_only=False)
    return values, ~np.isfinite(numbers) & raw.is_valid().to_numpy(zero_copy_only=False)


def _integer(raw: pa.Array) -> Typed:
    valid = raw.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_integer(raw.type) and raw.type != pa.uint64():
        return raw.cast(pa.int64()), np.zeros(len(raw), dtype=bool)
    if not pa.types.is_floating(raw.type):
        return None
    numbers = raw.cast(pa.float64()).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        whole = (np.floor(numbers) == numbers) & (numbers >= INT64.start) & (numbers < INT64.stop)
        values = np.where(whole, numbers, 0.0).astype(np.int64)
    return pa.array(values, mask=~whole), ~whole & valid


def _boolean(raw: pa.Array) -> Typed:
    return (raw, np.zeros(len(raw), dtype=bool)) if pa.types.is_boolean(raw.type) else None


def _text(raw: pa.Array) -> Typed:
    """Each distinct text is looked at once."""
    kind = raw.type.value_type if pa.types.is_dictionary(raw.type) else raw.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return None
    encoded = raw if pa.types.is_dictionary(raw.type) else raw.dictionary_encode()
    given = encoded.dictionary.to_pylist()
    clean, findings = parse(given, "text") if given else ([], {})
    bad = np.zeros(len(given), dtype=bool)
    bad[list(findings)] = True
    codes = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    valid = encoded.indices.is_valid().to_numpy(zero_copy_only=False)
    doubts = bad[codes] & valid if len(given) else ~valid & False
    if pa.types.is_string(raw.type) and clean == given:
        return raw, doubts
    words = pa.array(clean, type=pa.string())
    return words.take(encoded.indices), doubts


def _timestamp(raw: pa.Array) -> Typed:
    """Moments to the microsecond; finer ones and other types are for the cell-by-cell checks."""
    if not pa.types.is_timestamp(raw.type) or raw.type.unit == "ns":
        return None
    try:
        values = raw.cast(ARROW_TYPES["timestamp"])
    except pa.ArrowInvalid:  # beyond what microseconds can hold
        return None
    count = values.cast(pa.int64()).to_numpy(zero_copy_only=False)
    first, last = (np.datetime64(f"{year}-01-01", "us").astype(np.int64) for year in ("0001", "9999"))
    return values, (count < first) | (count >= last)


_TYPED = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "text": _text,
    "timestamp": _timestamp,
}
