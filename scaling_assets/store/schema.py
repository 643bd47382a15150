"""Brings a store to this program's schema: migrations forward, views replaced when they changed.

What belongs here: the order of the files in sql/migrations and sql/views. What does not: the tables
of single experiments (``declarations``), locks and roles of one database (``duckdb``, ``postgres``).
"""

import re
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from scaling_assets.errors import StoreTooNew
from scaling_assets.records.identity import content_id
from scaling_assets.store.declarations import adopt
from scaling_assets.store.session import Session, records, run, scalar
from scaling_assets.store.statements import Statement, read, root

_FILE = re.compile(r"(\d{4})_([a-z][a-z0-9_]*)\.sql")
_READS = re.compile(r"^-- Reads:(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Migration:
    """One step of the schema; numbers start at 1 and have no gap."""

    number: int
    name: str
    statements: tuple[Statement, ...]


@cache
def migrations() -> tuple[Migration, ...]:
    """All migrations in order."""
    found = []
    for path in sorted((root() / "migrations").glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{path.name}: a migration is named NNNN_words.sql")
        found.append(Migration(int(match[1]), match[2], tuple(read(path))))
    return tuple(found)


@cache
def views() -> tuple[Statement, ...]:
    """All views for people, each after those that its header says it reads."""
    statements = {path.stem: _single(path) for path in sorted((root() / "views").glob("*.sql"))}
    order = TopologicalSorter(
        {name: {word for word in reads(statement) if word in statements} - {name}
         for name, statement in statements.items()}
    )  # fmt: skip
    return tuple(statements[name] for name in order.static_order())


def reads(statement: Statement) -> set[str]:
    """What the header's ``Reads:`` line names."""
    match = _READS.search(statement.header)
    return set(re.split(r"[,\s]+", match[1].strip())) if match else set()


def number(session: Session) -> int:
    """The schema version that the store has; 0 before the first migration."""
    if not scalar(session, "has_ledger"):
        return 0
    return int(scalar(session, "schema_number"))


def refuse_newer(session: Session, location: str) -> int:
    """The store's schema version.

    Raises:
        StoreTooNew: it is higher than this program knows.
    """
    found, known = number(session), migrations()[-1].number
    if found > known:
        raise StoreTooNew(path=location, found=found, known=known)
    return found


def is_current(session: Session, location: str) -> bool:
    """True when neither a migration nor a changed view is waiting."""
    if refuse_newer(session, location) < migrations()[-1].number:
        return False
    return [r["content_hash"] for r in records(session, "views_hash")] == [_views_hash()]


def bring_up_to_date(session: Session, location: str) -> None:
    """Run what is missing, inside the session's transaction."""
    found = refuse_newer(session, location)
    for migration in migrations():
        if migration.number > found:
            for statement in migration.statements:
                session.run(statement)
            digest = content_id([s.text for s in migration.statements])
            run(session, "note_migration", number=migration.number, name=migration.name, content_hash=digest)
    adopt(session)
    if [r["content_hash"] for r in records(session, "views_hash")] != [_views_hash()]:
        for view in reversed(views()):
            session.run(Statement(view.name, f'drop view if exists "{view.name}"'))
        for view in views():
            session.run(view)
        run(session, "note_migration", number=0, name="views", content_hash=_views_hash())


def _views_hash() -> str:
    return content_id([view.text for view in views()])


def _single(path: Path) -> Statement:
    statements = read(path)
    if len(statements) != 1:
        raise ValueError(f"{path.name} holds {len(statements)} statements; a view's file holds one")
    return statements[0]
