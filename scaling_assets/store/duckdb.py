"""The store in one DuckDB file, with a copy for analysts that is readable at any moment.

What belongs here: files, locks, publication, the DuckDB driver. What does not: SQL, rows.

``work.duckdb`` is private: every session, reading ones too, opens it under ``work.lock`` and closes
it before letting go. DuckDB lets one process write and then nobody else read, so a read of the work
file has to take turns anyway; the pipeline reads its own newest writes there, in some tens of
milliseconds. People read ``analysis.duckdb``: a byte copy made aside and renamed, without any lock.

Two facts of the platform shape this file. Closing *any* descriptor of a file drops all POSIX locks
that the process holds on it, DuckDB's included: the work file is copied only when no connection of
this process is open on it, which the lock ensures. And DuckDB shares one instance a path within a
process, so a second reader would be shown the file as it was when the first one opened it: readers
attach the published file to an instance of their own instead.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from scaling_assets.errors import NothingPublished, QueryProblem, StoreBusy, StoreUnreachable
from scaling_assets.store import schema
from scaling_assets.store.files import generation, replace_whole
from scaling_assets.store.relational import RelationalStore
from scaling_assets.store.session import ExpressionRefusedError, Session, to_frame
from scaling_assets.store.statements import Fragment, Statement, columns, literal, split

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
            "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "BIGNUM")  # fmt: skip


_LARGE = 100_000  # rows, about a row group
ATTACHED = "scaling_store"  # the work file's name inside the engine


class DuckDBSession:
    """A transaction on one connection."""

    backend = "duckdb"
    integer_in_expressions = ""  # DuckDB's / divides integers truly by itself
    has_cheap_indexes = False  # measured: loading 7 times slower, the file 3 times larger

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._probed: dict[str, list[tuple[str, str]]] = {}

    def sha256_of(self, text: str) -> str:
        """See ``Session.sha256_of``."""
        return f"sha256({text})"

    def run(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns nothing."""
        self._connection.execute(statement.text, statement.take(parameters)).fetchall()

    def table(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Run a statement and return its rows."""
        try:
            relation = self._connection.sql(statement.text, params=statement.take(parameters) or None)
            return relation.to_arrow_table()
        except duckdb.DataError as failure:
            raise ExpressionRefusedError(_first_line(failure)) from None

    def insert(self, table: Fragment, rows: pa.Table) -> None:
        """Append rows in bulk, columns matched by name."""
        names = columns(rows.column_names).text
        self._connection.register("incoming_arrow", rows)
        try:
            statement = f"insert into {table.text} ({names}) select {names} from incoming_arrow"
            if rows.num_rows > _LARGE:
                # With two threads 1 M rows took 0.9 s of processor time and 19 MB, with one 0.5 s and 10 MB.
                self._connection.execute("set threads = 1")
            self._connection.execute(statement).fetchall()
        finally:
            self._connection.execute("reset threads")
            self._connection.unregister("incoming_arrow")

    def stage(self, name: str, rows: pa.Table, like: Fragment) -> None:
        """Read the Arrow table where it lies: no copy.

        A temporary table would be a trap: in DuckDB 2.0.0 one that was created empty by a SELECT and then
        filled with more rows than a row group holds (122,880) is read as empty by an ordered scan.
        """
        self._connection.register(name, rows)

    def probe(self, statement: Statement) -> list[tuple[str, str]]:
        """Plan a statement that returns no rows; (name, type) of its columns."""
        if statement.text not in self._probed:  # a thousand declarations may ask the same
            try:
                relation = self._connection.sql(statement.text)
            except duckdb.Error as refused:
                raise ExpressionRefusedError(_first_line(refused)) from None
            described = zip(relation.columns, relation.types, strict=True)
            self._probed[statement.text] = [(name, _kind(str(kind))) for name, kind in described]
        return self._probed[statement.text]


class DuckDBStore(RelationalStore):
    """A folder with a private work file and a published one.

    ``wait_s`` bounds how long a session waits for its turn before it raises StoreBusy.
    """

    def __init__(self, folder: Path | str, *, wait_s: float = 60.0) -> None:
        self.folder = Path(folder).expanduser()
        self.location = str(self.folder)
        self.wait_s = wait_s
        self.work = self.folder / "work.duckdb"
        self.published = self.folder / "analysis.duckdb"
        self._shown = (
            self.folder / "work.shown"
        )  # the state of the work file that shows what the published one does
        self._is_prepared = False
        self._engine: duckdb.DuckDBPyConnection | None = None

    def prepare(self) -> None:
        """Migrate, and publish what a killed process committed but did not publish."""
        with self._turn():
            self._migrate()
            self._publish()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on the work file; it takes its turn like a writer."""
        with self._turn():
            self._migrate()
            with self._connected() as connection:
                yield DuckDBSession(connection)

    @contextlib.contextmanager
    def writing(self, *, is_hidden: bool = False) -> Iterator[Session]:
        """A transaction on the work file, committed on leaving.

        Whoever opens the store next publishes what is committed and not published. Hidden writes would make that
        a copy of the whole file for nothing, so it is noted that the published one shows all there is to see.
        """
        with self._turn():
            self._migrate()
            is_shown = is_hidden and self._is_shown()
            with self._connected() as connection, _transaction(connection):
                yield DuckDBSession(connection)
            if is_shown:
                self._shown.write_bytes(generation(self.work))

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Read the published file; no lock, no waiting, nothing outside the file can be read.

        Raises:
            NothingPublished: there is no published file yet.
            QueryProblem: the statement is not one SELECT that the file can answer.
        """
        if not self.published.exists():
            raise NothingPublished(path=self.published)
        statements = list(split(sql))
        if len(statements) != 1:
            raise QueryProblem(problem=f"{len(statements)} statements instead of one")
        statement = Statement("query", statements[0])
        with contextlib.closing(duckdb.connect(config=_config())) as connection:
            try:
                connection.execute(f"attach {literal(str(self.published)).text} as lab (read_only)")
                connection.execute("use lab; set timezone = 'UTC'; set enable_external_access = false")
                relation = connection.sql(statement.text, params=statement.take(parameters) or None)
                if relation is None:
                    raise QueryProblem(problem="the statement returns no rows")
                return to_frame(relation.to_arrow_table())
            except duckdb.Error as failure:
                raise QueryProblem(problem=_first_line(failure)) from None
            except KeyError as missing:
                raise QueryProblem(problem=f"no value for ${missing.args[0]}") from None

    def publish(self) -> Path | None:
        """Copy the work file aside and put it in the place of the published one; cheap when unchanged."""
        with self._turn():
            self._migrate()
            self._publish()
        return self.published

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """The writer's lock; the kernel lets go of it when a process dies, however it dies."""
        # A lock object of its own for each session: threads then take turns like processes do.
        path = self.folder / "work.lock"
        lock = FileLock(path, timeout=self.wait_s, poll_interval=0.01, thread_local=False)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise StoreBusy(path=self.location, seconds=self.wait_s) from None
        except OSError as failure:
            raise StoreUnreachable(path=self.location, problem=failure.strerror or str(failure)) from None
        try:
            yield
        finally:
            lock.release()

    def _migrate(self) -> None:
        """Once a store object: bring the schema up to date; the caller holds the lock."""
        if self._is_prepared and self.work.exists():
            return
        with self._connected() as connection:
            session = DuckDBSession(connection)
            if not schema.is_current(session, self.location):
                with _transaction(connection):
                    schema.bring_up_to_date(session, self.location)
        self._is_prepared = True

    @contextlib.contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The work file attached to this store's engine; the caller holds the lock.

        Starting an engine costs some 20 ms, attaching a file to one that runs 3 ms. Detaching writes the
        log into the file, so that the file alone is the store, and lets go of DuckDB's own file lock.
        """
        if self._engine is None:
            self._engine = duckdb.connect(config=_config())
        connection = self._engine.cursor()
        try:
            connection.execute(f"attach {literal(str(self.work)).text} as {ATTACHED}")
            connection.execute(f"use {ATTACHED}")
            connection.execute("set timezone = 'UTC'")
        except duckdb.Error as failure:
            connection.close()
            raise StoreUnreachable(path=self.location, problem=_first_line(failure)) from None
        try:
            yield connection
        finally:
            connection.close()
            with contextlib.closing(self._engine.cursor()) as leaving:
                leaving.execute(f"detach {ATTACHED}")

    def _publish(self) -> None:
        """The caller holds the lock and no connection is open on the work file."""
        if Path(f"{self.work}.wal").exists():  # a killed writer left its log: fold it in first
            with self._connected() as connection:
                connection.execute("checkpoint")
        for stale in self.folder.glob(".analysis.*.tmp"):
            stale.unlink()
        if self._is_shown():
            return
        replace_whole(self.work, self.published)

    def _is_shown(self) -> bool:
        """True when the published file shows all that people may see of the work file; the caller holds the lock."""
        if not self.published.exists() or Path(f"{self.work}.wal").exists():
            return False
        now = generation(self.work)
        return generation(self.published) == now or (self._shown.exists() and self._shown.read_bytes() == now)


@contextlib.contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin transaction")
    try:
        yield
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # an error may have ended the transaction already
            connection.execute("rollback")
        raise
    connection.execute("commit")


def _config() -> dict[str, str | bool | int | float | list[str]]:
    """Nothing is fetched from a network, no Python variable is taken for a table, memory is bounded."""
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "default_block_size": "65536",  # a table takes a block at least: see decision 0001
        "memory_limit": f"{_half_of_memory_mb()}MB",
    }


def _half_of_memory_mb() -> int:
    return max(512, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2 // 1_000_000)


def _kind(word: str) -> str:
    if word in _NUMBERS or word.startswith("DECIMAL"):
        return "number"
    return word.lower()


def _first_line(failure: Exception) -> str:
    return next((line.strip() for line in str(failure).splitlines() if line.strip()), type(failure).__name__)
