"""Takes in a source exactly once: its rows, its quarantine, its line in the manifest.

What belongs here: what is noted about a source, and taking it out again. What does not: telling new rows
from repeated ones (``incoming``), reading files and judging single rows (``ingest``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.observation import (
    Appended,
    FileStamp,
    LandingStatus,
    Rejection,
    Source,
)
from scaling_assets.store.declarations import rows_table
from scaling_assets.store.incoming import Judged, take_in
from scaling_assets.store.session import Session, insert, records, run
from scaling_assets.store.statements import identifier, query


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
    judged = take_in(session, source, rules)
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
    rows = rows_table(session, experiment)
    for source_id in found:
        session.run(
            query("drop_rows_of_source", session.backend).compose(rows=rows), {"source_id": source_id}
        )
        for name in ("drop_contributions", "drop_quarantine", "drop_landings", "drop_source"):
            run(session, name, source_id=source_id)
    return len(found)


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


def _contribute(session: Session, source: Source, judged: Mapping[str, Judged]) -> None:
    rejected = Counter(r.experiment for r in source.rejected if r.experiment is not None and r.line > 0)
    lines = []
    for name in sorted({*judged, *rejected}):
        outcome = judged.get(name, Judged(0, 0, ()))
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
