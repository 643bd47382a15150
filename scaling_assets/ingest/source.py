"""Reads one landed file or sweep into a ``Source``: the door of this room that puts the parts together."""

from collections.abc import Mapping
from pathlib import Path

from scaling_assets.ingest.content import HEAD, decompress, hash_file, load
from scaling_assets.ingest.expected import EXPERIMENT, METRIC, VALUE, is_long, missing_columns, wanted_columns
from scaling_assets.ingest.formats import reader_for
from scaling_assets.ingest.problems import Problems
from scaling_assets.ingest.reader import FileRejected, Limits, Table
from scaling_assets.ingest.recognise import by_file_name, by_folder, one_experiment
from scaling_assets.ingest.rows import Batch, check_rows
from scaling_assets.ingest.shape import to_wide
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.observation import AcceptedRows, FileStamp, Rejection, Source

DEFAULT_LIMITS = Limits()
SHOWN_COLUMNS = 12


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
    for name, batch in parts.items():
        if shape == "long":
            batch, bad_lines = to_wide(experiments[name], batch)
            rejected += bad_lines
        rows, bad_rows = check_rows(experiments[name], batch, source_id)
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
    whole = Batch(table.columns, table.lines, table.raw)
    if origin == "sweep" and len(experiments) == 1:
        return {next(iter(experiments)): whole}, []
    named = table.columns.get(EXPERIMENT)
    if named is None:
        return {one_experiment(path, table.seen, experiments): whole}, []
    folder = by_folder(path, experiments)
    default = folder or by_file_name(path, experiments)
    problems = Problems(None, whole)
    rows: dict[str, list[int]] = {}
    known = ", ".join(experiments)
    for row, raw in enumerate(named):
        name = str(raw).strip() if raw is not None else ""
        if not name and default:
            name = default
        if name not in experiments:
            reason = f"no experiment {name!r} is declared" if name else "the row names no experiment"
            problems.add(row, EXPERIMENT, raw, reason, f"Declared: {known}.")
        elif folder is not None and name != folder:
            problems.add(
                row, EXPERIMENT, raw, f"the row names {name}, but the file lies in the folder of {folder}",
                "Move the file out of the folder, or correct the row.",
            )  # fmt: skip
        else:
            rows.setdefault(name, []).append(row)
    return {name: _part(whole, chosen) for name, chosen in rows.items()}, problems.rejections()


def _part(whole: Batch, rows: list[int]) -> Batch:
    if len(rows) == len(whole):
        return whole
    columns = {name: [values[row] for row in rows] for name, values in whole.columns.items()}
    return Batch(columns, [whole.lines[row] for row in rows], lambda i: whole.raw(rows[i]))


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
