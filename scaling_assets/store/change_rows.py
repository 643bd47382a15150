"""Watched series, changes and decisions as rows and back.

What belongs here: the translation, and which rows a look replaces. What does not: finding changes and matching
them with reports (``science.changes``).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scaling_assets.records.change import (
    Change,
    ChangeDecision,
    ChangeStatus,
    PartChange,
    PointValue,
    Series,
    SeriesKey,
)
from scaling_assets.store.declarations import observations_view
from scaling_assets.store.law_rows import plain, to_json
from scaling_assets.store.session import Session, insert, records
from scaling_assets.store.statements import identifier, query

_CHANGE = ("change_id", "series_id", "kind", "direction", "effect", "point", "previous", "earliest", "latest", "ratio",
           "level", "p_value", "reason", "method", "severity", "newest", "n_points", "is_simulated", "is_shown",
           "reported_at")  # fmt: skip
_PART = ("name", "unit", "before", "difference", "low", "high", "p_value")
_SERIES = ("series_id", "family", "n_points", "newest", "answer", "reason", "method", "alpha", "is_simulated")
_POINT = ("series_id", "position", "point", "part", "value", "n_runs")
REPLACED = ("changes", "change_parts", "watched_series", "watched_points")


def replace(
    session: Session,
    experiment: str,
    version: str,
    series: Sequence[Series],
    points: Sequence[PointValue],
    changes: Sequence[Change],
) -> None:
    """Make these all that is known of an experiment's series and changes; decisions stay."""
    for table in REPLACED:
        session.run(
            query("drop_watched").compose(table=identifier("ledger", table)), {"experiment": experiment}
        )
    insert(session, identifier("ledger", "watched_series"), [
        {
            **_of(one.key), "version": version, "position": i, "by_column": one.by, "oldest": one.first,
            "autocorrelation": to_json(one.autocorrelation), **{f: plain(getattr(one, f)) for f in _SERIES},
        }
        for i, one in enumerate(series)
    ])  # fmt: skip
    insert(session, identifier("ledger", "watched_points"), [
        {"experiment": experiment, **{f: plain(getattr(one, f)) for f in _POINT}} for one in points
    ])  # fmt: skip
    insert(session, identifier("ledger", "changes"), [
        {**_of(one.key), "position": i, "by_column": one.by, **{f: plain(getattr(one, f)) for f in _CHANGE}}
        for i, one in enumerate(changes)
    ])  # fmt: skip
    insert(session, identifier("ledger", "change_parts"), [
        {
            "experiment": experiment, "change_id": one.change_id, "position": i,
            **{f: plain(getattr(part, f)) for f in _PART},
        }
        for one in changes
        for i, part in enumerate(one.parts)
    ])  # fmt: skip


def changes(session: Session, experiment: str | None) -> list[Change]:
    """The reports of an experiment, or of all, oldest first within each."""
    parts: dict[tuple[str, str], list[PartChange]] = {}
    for row in records(session, "change_parts_of", experiment=experiment):
        part = PartChange(**{field: row[field] for field in _PART})
        parts.setdefault((row["experiment"], row["change_id"]), []).append(part)
    return [
        Change(
            key=_key(row), by=row["by_column"], parts=tuple(parts.get((row["experiment"], row["change_id"]), ())),
            **{field: row[field] for field in _CHANGE},
        )
        for row in records(session, "changes_of", experiment=experiment)
    ]  # fmt: skip


def series(session: Session, experiment: str | None) -> tuple[list[Series], dict[str, str]]:
    """The series of an experiment, or of all, and the version of each experiment's last look."""
    found, versions = [], {}
    for row in records(session, "watched_series_of", experiment=experiment):
        versions[row["experiment"]] = row["version"]
        found.append(
            Series(
                key=_key(row), by=row["by_column"], first=row["oldest"],
                autocorrelation=json.loads(row["autocorrelation"]), **{field: row[field] for field in _SERIES},
            )
        )  # fmt: skip
    return found, versions


def first_seen(session: Session, experiment: str, column: str) -> dict[str, datetime]:
    """When each value of a context column was observed first; values without a time are left out."""
    statement = query("first_seen").compose(
        observations=observations_view(experiment), column=identifier(column)
    )
    return {row["point"]: row["first_at"] for row in session.table(statement, {}).to_pylist()}


def decide(session: Session, decision: ChangeDecision) -> None:
    """Keep a decision beside those that there are."""
    fields = ("experiment", "change_id", "author", "reason", "decided_at")
    row = {field: getattr(decision, field) for field in fields}
    insert(session, identifier("ledger", "change_decisions"), [{**row, "status": decision.status.value}])


def decisions(session: Session, experiment: str | None) -> list[ChangeDecision]:
    """What was decided about changes of an experiment, or of all, oldest first."""
    fields = ("experiment", "change_id", "author", "reason", "decided_at")
    return [
        ChangeDecision(status=ChangeStatus(row["status"]), **{field: row[field] for field in fields})
        for row in records(session, "change_decisions_of", experiment=experiment)
    ]


def _of(key: SeriesKey) -> dict[str, Any]:
    return {
        "experiment": key.experiment,
        "question": key.question,
        "metric": key.metric,
        "segment": to_json(key.group),
        "hardware": to_json(key.hardware),
    }


def _key(row: Mapping[str, Any]) -> SeriesKey:
    return SeriesKey(
        row["experiment"],
        row["question"],
        row["metric"],
        json.loads(row["segment"]),
        json.loads(row["hardware"]),
    )
