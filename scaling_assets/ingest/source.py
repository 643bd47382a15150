"""Reads one landed file or sweep into a ``Source``: the door of this room that puts the parts together."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from scaling_assets.ingest.content import HEAD, decompress, hash_file, load
from scaling_assets.ingest.expected import (
    EXPERIMENT,
    METRIC,
    VALUE,
    expected_columns,
    is_long,
    missing_columns,
    wanted_columns,
)
from scaling_assets.ingest.formats import reader_for
from scaling_assets.ingest.problems import Problems
from scaling_assets.ingest.reader import Columns, FileRejected, Limits, Table
from scaling_assets.ingest.recognise import by_file_name, by_folder, one_experiment
from scaling_assets.ingest.rows import Batch, check_rows
from scaling_assets.ingest.shape import to_wide
from scaling_assets.ingest.whole import Whole, check_whole
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.observation import AcceptedRows, FileStamp, Rejection, Source

DEFAULT_LIMITS = Limits()
SHOWN_COLUMNS = 12
SHOWN_EXPERIMENTS = 50


def read_source(
    path: Path,
    stamp: FileStamp,
    experiments: Mapping[str, Experiment],
    *,
    origin: str = "landing",
    limits: Limits = DEFAULT_LIMITS,
) -> Source:
    """Read a file that ``scan`` called ready. The file itself is only ever read.

    Every row ends among the accepted or the rejected; a file of which nothing can be taken in gives
    one rejection of line 0. ``stamp.path`` decides about folder and file name.

    Raises:
        FileNotFoundError: it is gone.
        UnreadableFile: the operating system refuses; FileChanging (a subclass): it changed meanwhile.
    """
    source_id, reader_name, shape = "", "unknown", "wide"
    try:
        content = load(path, stamp, limits)
        source_id = content.source_id
        data = decompress(content.data, limits)
        reader = reader_for(data[:HEAD])
        reader_name = reader.name
        table = reader.read(data, wanted_columns(experiments), limits)
        shape = "long" if is_long(table.seen) else "wide"
        parts, strays = _by_experiment(stamp.path, origin, table, experiments)
        _check_header(parts, table, experiments)
    except FileRejected as finding:
        name = by_folder(stamp.path, experiments) or by_file_name(stamp.path, experiments)
        rejection = Rejection(name, 0, finding.field, finding.value, finding.reason, finding.remedy)
        # A file refused for its size needs an identity too, so that it is refused only once.
        return Source(
            source_id or hash_file(path), stamp, origin, reader_name, shape, 1, rejected=(rejection,)
        )
    accepted: list[AcceptedRows] = []
    rejected = [*table.rejected, *strays]
    if len(parts) == 1:  # a line that is no row belongs to the file's experiment, when there is one
        only = next(iter(parts))
        rejected = [Rejection(r.experiment or only, *_rest(r)) for r in rejected]
    checked = {} if shape == "long" else _checked_together(parts, experiments)
    for name, batch in parts.items():
        if shape == "long":
            batch, bad_lines = to_wide(experiments[name], batch)
            rejected += bad_lines
        rows, bad_rows = check_rows(experiments[name], batch, checked.get(name))
        rejected += bad_rows
        if rows is not None:
            accepted.append(rows)
    rejected.sort(key=lambda r: r.line)
    return Source(
        source_id, stamp, origin, reader_name, shape,
        sum(len(part.rows) for part in accepted) + len(rejected),
        tuple(accepted), tuple(rejected), _notes(table, parts, experiments),
    )  # fmt: skip


def _by_experiment(
    path: str, origin: str, table: Table, experiments: Mapping[str, Experiment]
) -> tuple[dict[str, Batch], list[Rejection]]:
    """Rows per experiment, and rejections of rows that belong to none."""
    if not len(table):
        if table.rejected:
            return {}, []
        raise FileRejected("file", "", "the file has no rows", "Land it with rows, under a new name.")
    whole = Batch(table.columns, table.lines, table.raw, table.typed)
    if origin == "sweep" and len(experiments) == 1:
        return {next(iter(experiments)): whole}, []
    if EXPERIMENT not in table.columns:
        return {one_experiment(path, table.seen, experiments): whole}, []
    folder = by_folder(path, experiments)
    default = folder or by_file_name(path, experiments)
    problems = Problems(None, whole)
    rows: dict[str, list[np.ndarray]] = {}
    known = ", ".join(list(experiments)[:SHOWN_EXPERIMENTS])
    for raw, there in _places(table, EXPERIMENT):
        name = str(raw).strip() if raw is not None else ""
        if not name and default:
            name = default
        if name not in experiments:
            reason = f"no experiment {name!r} is declared" if name else "the row names no experiment"
            remedy = f"Declared: {known}{' …' if len(experiments) > SHOWN_EXPERIMENTS else ''}."
        elif folder is not None and name != folder:
            reason = f"the row names {name}, but the file lies in the folder of {folder}"
            remedy = "Move the file out of the folder, or correct the row."
        else:
            rows.setdefault(name, []).append(there)
            continue
        for row in there.tolist():
            problems.add(row, EXPERIMENT, raw, reason, remedy)
    parts = {name: np.sort(np.concatenate(places)) for name, places in rows.items()}
    return {name: _part(whole, chosen) for name, chosen in parts.items()}, problems.rejections()


def _places(table: Table, column: str) -> Iterator[tuple[Any, np.ndarray]]:
    """Each distinct value of a column, in order of appearance, with the rows that have it."""
    if table.typed is not None:
        given = table.typed.column(column).combine_chunks()
        if pa.types.is_dictionary(given.type):
            given = given.cast(given.type.value_type)
        encoded = given.dictionary_encode("encode")
        codes, values = encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
    else:
        values, seen, known = [], {}, []
        for value in table.columns[column]:
            key = repr(value)  # a cell of JSON may be a list
            if key not in seen:
                seen[key] = len(values)
                values.append(value)
            known.append(seen[key])
        codes = np.array(known)
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(values)))
    yield from zip(values, np.split(order, ends[:-1]), strict=True)


def _part(whole: Batch, rows: np.ndarray) -> Batch:
    if len(rows) == len(whole):
        return whole
    if whole.typed is None:
        return whole.part(rows.tolist())
    first, size = int(rows[0]), len(rows)
    if int(rows[-1]) - first + 1 == size:  # they follow one another: nothing is copied
        typed, lines = whole.typed.slice(first, size), whole.lines[first : first + size]
    else:
        typed, lines = whole.typed.take(pa.array(rows)), (np.asarray(whole.lines)[rows]).tolist()
    return Batch(Columns(typed), lines, lambda i: whole.raw(int(rows[i])), typed)


def _checked_together(parts: Mapping[str, Batch], experiments: Mapping[str, Experiment]) -> dict[str, Whole]:
    """Experiments whose rows have to look alike are checked in one go: a file may hold a thousand."""
    alike: dict[Any, list[str]] = {}
    for name, batch in parts.items():
        if batch.typed is not None:
            experiment = experiments[name]
            signature = (tuple(expected_columns(experiment).values()), experiment.is_simulated)
            alike.setdefault(signature, []).append(name)
    found: dict[str, Whole] = {}
    for (expected, is_simulated), names in alike.items():
        together = pa.concat_tables([parts[name].typed for name in names])
        whole = check_whole(expected, together, is_simulated=is_simulated)
        if whole is None:
            continue
        start = 0
        for name in names:
            found[name] = whole.slice(start, len(parts[name]))
            start += len(parts[name])
    return found


def _check_header(parts: Mapping[str, Batch], table: Table, experiments: Mapping[str, Experiment]) -> None:
    """A file of one experiment whose header lacks a required column is rejected once, not row by row."""
    if not table.has_header or len(parts) != 1:
        return
    name = next(iter(parts))
    missing = missing_columns(experiments[name], table.seen)
    if missing:
        found = ", ".join(table.seen[:SHOWN_COLUMNS])
        raise FileRejected(
            missing[0], "", f"the header lacks {', '.join(missing)}, which {name} requires",
            f"Add the column(s), or rename one of: {found}.",
        )  # fmt: skip


def _notes(
    table: Table, parts: Mapping[str, Batch], experiments: Mapping[str, Experiment]
) -> tuple[str, ...]:
    used = set(wanted_columns({name: experiments[name] for name in parts}))
    used -= set() if is_long(table.seen) else {METRIC, VALUE}
    extra = [name for name in table.seen if name not in used]
    if not extra or not parts:
        return ()
    shown = ", ".join(extra[:SHOWN_COLUMNS]) + (" …" if len(extra) > SHOWN_COLUMNS else "")
    return (f"{len(extra)} column(s) not declared and not kept: {shown}",)


def _rest(r: Rejection) -> tuple[int, str, str, str, str, str]:
    return r.line, r.field, r.value, r.reason, r.remedy, r.raw
