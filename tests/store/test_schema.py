"""Two truths that cannot drift: sql/tables is what replaying sql/migrations gives."""

import re
from pathlib import Path

import duckdb
import psycopg
import pytest

from scaling_assets.store import DuckDBStore, PostgresStore, schema
from scaling_assets.store.duckdb import DuckDBSession
from scaling_assets.store.postgres import PostgresSession
from scaling_assets.store.statements import Statement, read, root
from tests.store import made

SHAPE = """
    select table_name, column_name, lower(data_type) as type, is_nullable, ordinal_position
    from information_schema.columns where table_schema = 'ledger' order by table_name, ordinal_position
"""
KEYS = """
    select tc.table_name, tc.constraint_type, kcu.column_name, kcu.ordinal_position
    from information_schema.table_constraints as tc
    inner join information_schema.key_column_usage as kcu
        on kcu.constraint_name = tc.constraint_name and kcu.table_name = tc.table_name
    where tc.table_schema = 'ledger' and tc.constraint_type = 'PRIMARY KEY' order by 1, 2, 4
"""


def shape(session) -> list[list[dict]]:
    return [session.table(Statement("shape", text)).to_pylist() for text in (SHAPE, KEYS)]


def replay(session, statements) -> list[list[dict]]:
    for statement in statements:
        session.run(statement)
    return shape(session)


def migrated() -> list[Statement]:
    return [statement for migration in schema.migrations() for statement in migration.statements]


def tables() -> list[Statement]:
    files = sorted((root() / "tables").glob("*.sql"))
    return [Statement("schema", "create schema ledger"), *(s for path in files for s in read(path))]


def test_tables_are_the_replayed_migrations_in_duckdb() -> None:
    with duckdb.connect() as one, duckdb.connect() as other:
        found = replay(DuckDBSession(one), migrated())
        assert found == replay(DuckDBSession(other), tables())
        assert {line["table_name"] for line in found[0]} == {
            p.stem for p in (root() / "tables").glob("*.sql")
        }
        assert len(found[1]) > 5


@pytest.mark.postgres
def test_tables_are_the_replayed_migrations_in_postgres(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        found = replay(PostgresSession(connection), migrated())
        connection.rollback()
        assert found == replay(PostgresSession(connection), tables())
        assert len(found[1]) > 5


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [m.number for m in schema.migrations()] == list(range(1, len(schema.migrations()) + 1))


def test_every_view_comes_after_those_it_reads() -> None:
    names = [view.name for view in schema.views()]
    for view in schema.views():
        for read_by_it in schema.reads(view) & set(names):
            assert names.index(read_by_it) < names.index(view.name)
        assert set(re.findall(r"(?:from|join) (\w+)\b(?! *\.)", view.text)) & set(names) <= schema.reads(view)


OLD_COLUMNS = """
    observation_id text, source_id text, line bigint, run_id text, seed bigint, step bigint, condition text,
    observed_at timestamp with time zone, is_simulated boolean, elements double precision, project text,
    commit_ms double precision, overrides bigint, operations bigint, is_ok boolean, regen_ms double precision
"""


def test_an_older_store_is_brought_up_to_date_with_its_rows(tmp_path: Path, monkeypatch) -> None:
    """Before the third migration every experiment had a table of its own."""
    every = schema.migrations()
    monkeypatch.setattr(schema, "migrations", lambda: every[:1])
    monkeypatch.setattr(schema, "views", lambda: ())
    monkeypatch.setattr(schema, "adopt", lambda session: None)
    old = DuckDBStore(tmp_path / "w")
    declared = made.experiment()
    values = "'s', i, 'r', 42, 0, 'narrow', now(), false, 10, 'bridge', 1.5, 1, 4, true"
    with old.writing() as session:
        for text in (
            f"create table recorded.locality ({OLD_COLUMNS})",
            f"insert into recorded.locality select 'o' || i, {values}, i from range(3) as t(i)",
            "create view observations.locality as select * from recorded.locality",
            "insert into ledger.contributions values ('s', 'locality', 3, 0, 0)",
        ):
            session.run(Statement("old", text))
        known = "'', 'measured', false, '', $declaration, 'old', now()"
        statement = Statement("old", f"insert into ledger.experiments values ('locality', {known})")
        session.run(statement, {"declaration": declared.model_dump_json()})
    monkeypatch.undo()
    new = DuckDBStore(tmp_path / "w")
    new.prepare()
    assert new.count_observations("locality") == 3
    rows = new.observations(declared)
    assert rows["observation_id"].tolist() == ["o0", "o1", "o2"]
    assert rows["regen_ms"].tolist() == [0.0, 1.0, 2.0] and rows["tvc_ms"].tolist() == [1.5, 2.5, 3.5]
    tables = "select table_name from information_schema.tables where table_schema = 'recorded'"
    assert new.query(tables)["table_name"].str.startswith("rows_").all()
    assert new.query("select count(*) as n from observations.locality")["n"].tolist() == [3]
    assert new.query("select count(*) as n from overrides")["n"].tolist() == [0]
    applied = new.query("select number from ledger.migrations order by number")["number"].tolist()
    assert applied == [0, *[migration.number for migration in every]]


def test_changed_views_are_replaced_and_others_left(tmp_path: Path, monkeypatch) -> None:
    store = DuckDBStore(tmp_path / "w")
    store.prepare()
    before = store.published.stat().st_ino
    DuckDBStore(tmp_path / "w").prepare()
    assert store.published.stat().st_ino == before  # nothing to do, nothing done
    changed = tuple(
        Statement(v.name, v.text.replace("select path,", "select 1 as one, path,"), v.header)
        for v in schema.views()
    )
    monkeypatch.setattr(schema, "views", lambda: changed)
    DuckDBStore(tmp_path / "w").prepare()
    assert "one" in store.query("select * from landings").columns


@pytest.mark.postgres
def test_preparing_postgres_again_changes_nothing(postgres_url: str) -> None:
    PostgresStore(postgres_url).prepare()
    with psycopg.connect(postgres_url) as connection:
        before = connection.execute("select number, applied_at from ledger.migrations order by 1").fetchall()
    PostgresStore(postgres_url).prepare()
    with psycopg.connect(postgres_url) as connection:
        after = connection.execute("select number, applied_at from ledger.migrations order by 1").fetchall()
    assert before == after
