"""Takes in a source exactly once: its rows, its quarantine, its line in the manifest.

What belongs here: telling new rows from repeated and contradicting ones, and counting them. What
does not: reading files and judging single rows (``ingest``).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from scaling_assets.errors import ColumnsNotDeclared, IntakeMismatch
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.observation import (
    AcceptedRows,
    Appended,
    FileStamp,
    LandingStatus,
    Rejection,
    Source,
)
from scaling_assets.store.declarations import recorded_types, rows_table
from scaling_assets.store.screening import screen
from scaling_assets.store.session import ARROW_TYPES, Session, insert, records, run
from scaling_assets.store.statements import Fragment, columns, identifier, query

_PLACE = ("observation_id", "source_id", "line")  # where a row is from; everything else is content


@dataclass(frozen=True)
class _Judged:
    accepted: int
    repeated: int
    contradicting: tuple[Rejection, ...]


def append(session: Session, source: Source, rules: Mapping[str, Experiment]) -> Appended:
    """Take in one source, inside the session's transaction; see ``Store.append``."""
    known = records(session, "known_source", source_id=source.source_id)
    if known:
        message = f"the same content came in before as {known[0]['path']}"
        note_landing(session, source.stamp, LandingStatus.DUPLICATE, message, source.source_id)
        rejected = int(known[0]["rows_rejected"])
        repeated = source.rows_read - rejected
        return Appended(source.source_id, source.stamp.path, LandingStatus.DUPLICATE, source.rows_read,
                        0, repeated, rejected, (), message)  # fmt: skip
    judged = {
        a.experiment: _screened(session, source, a, _take_in(session, source, a, i), rules)
        for i, a in enumerate(source.accepted)
    }
    contradicting = [r for outcome in judged.values() for r in outcome.contradicting]
    accepted = sum(outcome.accepted for outcome in judged.values())
    repeated = sum(outcome.repeated for outcome in judged.values())
    judged_rows = sum(len(a.rows) for a in source.accepted)
    rejected = source.rows_read - judged_rows + len(contradicting)
    quarantined = [*source.rejected, *contradicting]
    _quarantine(session, source.source_id, quarantined)
    _contribute(session, source, judged)
    status = LandingStatus.REJECTED if quarantined and not accepted + repeated else LandingStatus.LANDED
    counts = f"{accepted} accepted, {repeated} repeated, {rejected} rejected of {source.rows_read} rows"
    message = "; ".join([counts, *source.notes])
    run(
        session,
        "note_source",
        source_id=source.source_id,
        path=source.stamp.path,
        origin=source.origin,
        format=source.format,
        shape=source.shape,
        size_bytes=source.stamp.size_bytes,
        mtime_ns=source.stamp.mtime_ns,
        rows_read=source.rows_read,
        rows_accepted=accepted,
        rows_repeated=repeated,
        rows_rejected=rejected,
    )
    note_landing(session, source.stamp, status, message, source.source_id)
    experiments = tuple(name for name, outcome in judged.items() if outcome.accepted)
    return Appended(source.source_id, source.stamp.path, status, source.rows_read,
                    accepted, repeated, rejected, experiments, message)  # fmt: skip


def note_landing(
    session: Session, stamp: FileStamp, status: LandingStatus, message: str, source_id: str
) -> None:
    """One line of the manifest; the newest look at a path and content replaces the one before."""
    run(
        session,
        "note_landing",
        path=stamp.path,
        source_id=source_id,
        size_bytes=stamp.size_bytes,
        mtime_ns=stamp.mtime_ns,
        status=str(status),
        message=message,
    )


def stamps(session: Session) -> Mapping[str, FileStamp]:
    """The newest stamp of every path in the manifest."""
    return {line["path"]: FileStamp(**line) for line in records(session, "stamps")}


def observation_version(session: Session, experiment: str) -> str | None:
    """Identity of the accepted rows: which sources they are from, and how many from each."""
    parts = [
        (r["source_id"], r["rows_accepted"]) for r in records(session, "contributions", experiment=experiment)
    ]
    return _identity(experiment, parts) if parts else None


def observation_versions(session: Session) -> dict[str, str]:
    """The same for every experiment that has rows."""
    parts: dict[str, list[tuple[str, int]]] = {}
    for line in records(session, "all_contributions"):
        parts.setdefault(line["experiment"], []).append((line["source_id"], line["rows_accepted"]))
    return {experiment: _identity(experiment, given) for experiment, given in parts.items()}


def _identity(experiment: str, parts: list[tuple[str, int]]) -> str:
    return content_id("observations", experiment, parts)


def retract(session: Session, experiment: str, paths: Sequence[str]) -> int:
    """Take the sources of these paths out again, with all that was noted of them; how many there were."""
    found = [line["source_id"] for path in paths for line in records(session, "sources_of_path", path=path)]
    rows = rows_table(experiment)
    for source_id in found:
        session.run(
            query("drop_rows_of_source", session.backend).compose(rows=rows), {"source_id": source_id}
        )
        for name in ("drop_contributions", "drop_quarantine", "drop_landings", "drop_source"):
            run(session, name, source_id=source_id)
    return len(found)


def _take_in(session: Session, source: Source, accepted: AcceptedRows, position: int) -> _Judged:
    types = recorded_types(session, accepted.experiment)
    rows = _typed(source, accepted, types)
    table = rows_table(accepted.experiment)
    if not accepted.has_key:
        session.insert(table, rows)
        _account(session, source, accepted, rows.num_rows, rows.num_rows)
        return _Judged(rows.num_rows, 0, ())
    incoming, judged = identifier(f"incoming_{position}"), identifier(f"judged_{position}")
    content = [name for name in types if name not in _PLACE]
    is_same = " and ".join(
        f"{columns([name], 'numbered').text} is not distinct from {columns([name], 'reference').text}"
        for name in content
    )
    session.stage(f"incoming_{position}", rows, table)
    statement = query("judge_incoming").compose(
        judged=judged, incoming=incoming, rows=table, content=columns(content), is_same=Fragment(is_same)
    )
    session.run(statement)
    fates = Counter({
        line["fate"]: int(line["n_rows"])
        for line in session.table(query("fates").compose(judged=judged)).to_pylist()
    })  # fmt: skip
    contradicting: tuple[Rejection, ...] = ()
    if fates["contradicting"]:
        statement = query("contradictions").compose(
            judged=judged,
            incoming=incoming,
            rows=table,
            ours=_aliased("incoming", content, "ours"),
            theirs=_aliased("earlier", content, "theirs"),
        )
        found = session.table(statement, {"path": source.stamp.path}).to_pylist()
        contradicting = tuple(_contradiction(accepted.experiment, content, line) for line in found)
    session.run(
        query("accept_judged").compose(rows=table, columns=columns(types), incoming=incoming, judged=judged)
    )
    _account(session, source, accepted, fates.total(), fates["new"])
    return _Judged(fates["new"], fates["repeated"], contradicting)


def _screened(
    session: Session, source: Source, accepted: AcceptedRows, judged: _Judged, rules: Mapping[str, Experiment]
) -> _Judged:
    if accepted.experiment not in rules or not judged.accepted:
        return judged
    broken = screen(session, source.source_id, rules[accepted.experiment], accepted.rows)
    return _Judged(judged.accepted - len(broken), judged.repeated, (*judged.contradicting, *broken))


def _account(session: Session, source: Source, accepted: AcceptedRows, judged: int, new: int) -> None:
    """Every row was judged, and every new one is there; raising undoes the whole intake.

    Raises:
        IntakeMismatch: otherwise.
    """
    statement = query("rows_of_source").compose(rows=rows_table(accepted.experiment))
    held = int(session.table(statement, {"source_id": source.source_id}).to_pylist()[0]["n_rows"])
    for found, given in ((judged, len(accepted.rows)), (held, new)):
        if found != given:
            raise IntakeMismatch(
                given=given, path=source.stamp.path, experiment=accepted.experiment, found=found
            )


def _typed(source: Source, accepted: AcceptedRows, types: Mapping[str, str]) -> pa.Table:
    """The rows as an Arrow table with the recorded types, in order of line."""
    frame = accepted.rows.sort_values("line", kind="stable")
    unknown = [str(name) for name in frame.columns if name not in types and name != "content"]
    if unknown:
        raise ColumnsNotDeclared(experiment=accepted.experiment, columns=", ".join(sorted(unknown)))
    arrays = {
        name: pa.array(frame[name], type=ARROW_TYPES[kind], from_pandas=True)
        if name in frame.columns
        else pa.nulls(len(frame), type=ARROW_TYPES[kind])
        for name, kind in types.items()
    }
    arrays["source_id"] = pa.array([source.source_id] * len(frame), type=pa.string())
    return pa.table(arrays)


def _aliased(table: str, names: list[str], prefix: str) -> Fragment:
    return Fragment(", ".join(f"{columns([n], table).text} as {prefix}_{i}" for i, n in enumerate(names)))


def _contradiction(experiment: str, content: list[str], line: Mapping[str, Any]) -> Rejection:
    ours = {name: line[f"ours_{i}"] for i, name in enumerate(content)}
    theirs = {name: line[f"theirs_{i}"] for i, name in enumerate(content)}
    different = [name for name in content if ours[name] != theirs[name]]
    was = ", ".join(f"{name} {theirs[name]}" for name in different)
    return Rejection(
        experiment=experiment,
        line=int(line["line"]),
        field=", ".join(different),
        value=", ".join(str(ours[name]) for name in different),
        reason=(
            f"the same key came in before, at line {line['earlier_line']} of {line['earlier_path']}, "
            f"with other content ({was})"
        ),
        remedy="If this row is right, give it a key of its own; a row that was taken in is never changed.",
        raw=json.dumps({k: v for k, v in ours.items() if v is not None}, default=str),
    )


def _quarantine(session: Session, source_id: str, rejected: list[Rejection]) -> None:
    texts = ("field", "value", "reason", "remedy", "raw")
    lines = [
        {
            "source_id": source_id,
            "position": position,
            "experiment": rejection.experiment,
            "line": rejection.line,
            **{name: _storable(getattr(rejection, name)) for name in texts},
        }
        for position, rejection in enumerate(rejected)
    ]
    insert(session, identifier("ledger", "quarantine"), lines)


def _contribute(session: Session, source: Source, judged: Mapping[str, _Judged]) -> None:
    rejected = Counter(r.experiment for r in source.rejected if r.experiment is not None and r.line > 0)
    lines = []
    for name in sorted({*judged, *rejected}):
        outcome = judged.get(name, _Judged(0, 0, ()))
        lines.append({
            "source_id": source.source_id,
            "experiment": name,
            "rows_accepted": outcome.accepted,
            "rows_repeated": outcome.repeated,
            "rows_rejected": rejected[name] + len(outcome.contradicting),
        })  # fmt: skip
    insert(session, identifier("ledger", "contributions"), lines)


def _storable(text: str) -> str:
    """Bad rows may hold what no text column takes: NUL and lone surrogates become visible signs."""
    return text.replace("\x00", "\u2400").encode("utf-8", "replace").decode("utf-8")
