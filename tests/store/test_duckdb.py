"""What only the DuckDB store promises: files, publication, repair."""

import os
from pathlib import Path

import duckdb
import pytest

from scaling_assets.errors import NothingPublished, QueryProblem, StoreTooNew, StoreUnreachable
from scaling_assets.store import DuckDBStore, Head
from tests.store import made


@pytest.fixture
def duck(tmp_path: Path) -> DuckDBStore:
    store = DuckDBStore(tmp_path / "w")
    store.prepare()
    store.declare(made.experiment())
    return store


def test_nothing_is_published_before_the_first_time(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="scaling-assets run"):
        DuckDBStore(tmp_path / "w").query("select 1")
    assert not (tmp_path / "w").exists()


def test_publishing_again_without_a_change_is_nothing(duck: DuckDBStore) -> None:
    duck.publish()
    before = duck.published.stat().st_ino
    duck.heads()
    duck.publish()
    assert duck.published.stat().st_ino == before
    duck.append(made.source(made.rows(3)))
    duck.publish()
    assert duck.published.stat().st_ino != before


def test_a_write_is_unseen_until_it_is_published(duck: DuckDBStore) -> None:
    duck.publish()
    duck.append(made.source(made.rows(3)))
    assert duck.count_observations("locality") == 3
    assert duck.query("select count(*) as n from sources")["n"].tolist() == [0]
    assert duck.publish() == duck.published
    assert duck.query("select count(*) as n from sources")["n"].tolist() == [1]


def test_a_reader_that_stays_open_does_not_hide_a_later_publication(duck: DuckDBStore) -> None:
    duck.publish()
    with duckdb.connect(str(duck.published), read_only=True) as held:
        duck.append(made.source(made.rows(3)))
        duck.publish()
        assert duck.query("select count(*) as n from sources")["n"].tolist() == [1]
        assert held.execute("select count(*) from sources").fetchall() == [(0,)]


def test_what_a_killed_process_committed_is_published_on_start(duck: DuckDBStore) -> None:
    pid = os.fork()
    if pid == 0:  # commit, and die with the log not folded into the file
        connection = duckdb.connect(str(duck.work))
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("insert into ledger.contributions values ('s', 'locality', 5, 0, 0)")
        os.kill(os.getpid(), 9)
    os.waitpid(pid, 0)
    assert Path(f"{duck.work}.wal").exists()
    (duck.folder / ".analysis.123.tmp").write_bytes(b"half a copy")
    DuckDBStore(duck.folder).prepare()
    assert not Path(f"{duck.work}.wal").exists() and not list(duck.folder.glob("*.tmp"))
    assert duck.query("select sum(rows_accepted) as n from ledger.contributions")["n"].tolist() == [5]


def test_writes_that_nobody_can_see_yet_are_not_published(duck: DuckDBStore, tmp_path: Path) -> None:
    """Every step of a run opens the store; the whole file is copied only when there is something to show."""
    duck.publish()
    before = duck.published.stat().st_ino
    duck.write_laws("locality", [made.law()], "l1")
    DuckDBStore(duck.folder).prepare()
    duck.write_laws("locality", [made.law(law_id="another")], "l2")
    DuckDBStore(duck.folder).prepare()
    assert duck.published.stat().st_ino == before
    duck.write_verdicts(Head("locality", "o", None, "l2", "v"), [])  # seen from here on, published or not
    duck.write_laws("locality", [made.law(law_id="third")], "l3")
    DuckDBStore(duck.folder).prepare()
    assert duck.query("select law_id from laws")["law_id"].tolist() == ["another"]


def test_people_cannot_read_other_files_through_a_query(duck: DuckDBStore, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    duck.publish()
    with pytest.raises(QueryProblem, match=r"(?i)permission|disabled"):
        duck.query(f"select * from read_csv('{tmp_path}/secret.csv')")


def test_a_newer_store_is_refused_and_left_alone(duck: DuckDBStore) -> None:
    with duckdb.connect(str(duck.work)) as connection:
        connection.execute("insert into ledger.migrations values (999, 'later', 'x', now())")
    for ask in (DuckDBStore(duck.folder).prepare, DuckDBStore(duck.folder).heads):
        with pytest.raises(StoreTooNew, match="version 999"):
            ask()


def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "work.duckdb").write_text("something else entirely" * 1000)
    with pytest.raises(StoreUnreachable, match="not a valid DuckDB database"):
        DuckDBStore(tmp_path).prepare()
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreUnreachable):
        DuckDBStore(blocked / "w").heads()


def test_a_python_variable_is_never_taken_for_a_table(duck: DuckDBStore) -> None:
    import pandas as pd

    somewhere = pd.DataFrame({"a": [1]})
    duck.publish()
    with pytest.raises(QueryProblem, match="somewhere"):
        duck.query("select * from somewhere")
    assert len(somewhere) == 1
