"""The store in a Postgres database, for teams.

What belongs here: connections, the writers' lock, roles, the psycopg driver. What does not: SQL
that both databases understand, rows.

Every session is one transaction on a connection of its own: nothing is shared between threads or
inherited by a forked process. Writers take turns by an advisory lock, as they do in DuckDB, so that
"is this row there already?" and the insert that follows see the same state. Readers never wait: a
transaction is the publication.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_loads

from scaling_assets.errors import QueryProblem, StoreBusy, StoreUnreachable
from scaling_assets.store import schema
from scaling_assets.store.relational import RelationalStore
from scaling_assets.store.session import ExpressionRefusedError, Session, run, scalar, to_frame
from scaling_assets.store.statements import Fragment, Statement, columns, identifier, query, split

_LOCK = 0x5CA1  # the writers' lock; advisory locks are counted per database
_BOOLEAN, _NUMBERS, _JSON = 16, {20, 21, 23, 700, 701, 1700}, {114, 3802}
_ARROW = {
    16: pa.bool_(), 20: pa.int64(), 21: pa.int64(), 23: pa.int64(), 700: pa.float64(), 701: pa.float64(),
    1700: pa.float64(), 1184: pa.timestamp("us", tz="UTC"), 1022: pa.list_(pa.float64()),
    1009: pa.list_(pa.string()),
}  # fmt: skip


class PostgresSession:
    """A transaction on one connection."""

    backend = "postgres"
    integer_in_expressions = "numeric"  # a declared overrides / operations must not divide whole numbers
    has_cheap_indexes = True

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._probed: dict[str, list[tuple[str, str]]] = {}

    def sha256_of(self, text: str) -> str:
        """See ``Session.sha256_of``."""
        return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"

    def run(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns nothing."""
        self._execute(statement, parameters)

    def table(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Run a statement and return its rows."""
        try:
            cursor = self._execute(statement, parameters)
        except psycopg.DataError as failure:
            raise ExpressionRefusedError(_first_line(failure)) from None
        described = cursor.description
        if described is None:
            raise QueryProblem(problem="the statement returns no rows")
        values = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(described)
        arrays = [_array(column.type_code, of) for column, of in zip(described, values, strict=True)]
        return pa.Table.from_arrays(arrays, names=[column.name for column in described])

    def insert(self, table: Fragment, rows: pa.Table) -> None:
        """Append rows by COPY, in the target's own types."""
        names = columns(rows.column_names).text
        shape = self._execute(Statement("shape", f"select {names} from {table.text} where 1 = 0"))
        types = [column.type_code for column in shape.description or ()]
        form = "" if _JSON & set(types) else " with (format binary)"  # our JSON is text already
        text = f"copy {table.text} ({names}) from stdin{form}"
        with self._connection.cursor() as cursor, cursor.copy(text) as copy:
            if form:
                copy.set_types(types)
            for batch in rows.to_batches(max_chunksize=50_000):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    copy.write_row(row)

    def stage(self, name: str, rows: pa.Table, like: Fragment) -> None:
        """Copy into a temporary table shaped like the target; it goes with the transaction's session."""
        self.run(query("stage_incoming").compose(incoming=identifier(name), rows=like))
        self.insert(identifier(name), rows)

    def probe(self, statement: Statement) -> list[tuple[str, str]]:
        """Plan a statement that returns no rows; (name, type) of its columns."""
        if statement.text not in self._probed:  # a thousand declarations may ask the same
            try:
                described = self._execute(statement).description or ()
            except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as refused:
                raise ExpressionRefusedError(_first_line(refused)) from None
            self._probed[statement.text] = [
                (column.name, _kind(self._connection, column.type_code)) for column in described
            ]
        return self._probed[statement.text]

    def _execute(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> psycopg.Cursor:
        text = statement.for_psycopg()
        return self._connection.execute(text, statement.take(parameters))


class PostgresStore(RelationalStore):
    """A database with the schemas ledger, recorded and observations, and views in public.

    ``wait_s`` bounds how long a writer waits for its turn before it raises StoreBusy.
    """

    def __init__(self, url: str, *, wait_s: float = 60.0) -> None:
        self._url = url
        self.wait_s = wait_s
        self.location = without_password(url)
        self._is_prepared = False

    def prepare(self) -> None:
        """Create or migrate the tables, the views and, where permitted, the roles."""
        with self._connected() as connection:
            session = PostgresSession(connection)
            self._take_turn(session)
            if not schema.is_current(session, self.location):
                run(session, "make_roles")
                run(session, "become_writer")
                schema.bring_up_to_date(session, self.location)
                if scalar(session, "has_roles"):
                    run(session, "grant_tables")
                    for view in schema.views():
                        session.run(
                            query("grant_view", "postgres").compose(view=identifier("public", view.name))
                        )
        self._is_prepared = True

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only session on one committed state."""
        self._ensure_prepared()
        with self._connected() as connection:
            session = PostgresSession(connection)
            run(session, "read_only")
            run(session, "become_writer")
            yield session

    @contextlib.contextmanager
    def writing(self, *, is_hidden: bool = False) -> Iterator[Session]:
        """A transaction, committed on leaving; it waits for the writers before it."""
        self._ensure_prepared()
        with self._connected() as connection:
            session = PostgresSession(connection)
            self._take_turn(session)
            run(session, "become_writer")
            yield session

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Read what people see, as the role that connects and read only.

        Raises:
            QueryProblem: the statement is not one SELECT that the database can answer.
        """
        statements = list(split(sql))
        if len(statements) != 1:
            raise QueryProblem(problem=f"{len(statements)} statements instead of one")
        with self._connected() as connection:
            session = PostgresSession(connection)
            run(session, "read_only")
            try:
                return to_frame(session.table(Statement("query", statements[0]), parameters))
            except KeyError as missing:
                raise QueryProblem(problem=f"no value for ${missing.args[0]}") from None
            except ExpressionRefusedError as failure:
                raise QueryProblem(problem=str(failure)) from None
            except psycopg.OperationalError:
                raise
            except psycopg.Error as failure:
                raise QueryProblem(problem=_first_line(failure)) from None

    def publish(self) -> Path | None:
        """Nothing to do: whatever is committed is visible."""
        return None

    def _ensure_prepared(self) -> None:
        if not self._is_prepared:
            self.prepare()

    def _take_turn(self, session: Session) -> None:
        run(session, "bound_wait", milliseconds=str(int(self.wait_s * 1000)))
        try:
            run(session, "wait_for_turn", key=_LOCK)
        except errors.LockNotAvailable:
            raise StoreBusy(path=self.location, seconds=self.wait_s) from None

    @contextlib.contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        """A transaction that commits on leaving; no text of an error holds the password."""
        try:
            with psycopg.connect(self._url, connect_timeout=10, options=_OPTIONS) as connection:
                set_json_loads(_as_text, connection)
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError, errors.InsufficientPrivilege) as failure:
            raise StoreUnreachable(path=self.location, problem=self._without_secret(failure)) from None

    def _without_secret(self, failure: Exception) -> str:
        secret = conninfo_to_dict(self._url).get("password")
        text = _first_line(failure)
        return text.replace(str(secret), "***") if secret else text


_OPTIONS = "-c search_path=public -c timezone=UTC -c client_min_messages=warning"


def without_password(url: str) -> str:
    """The connection as people may see it: host or socket folder, port, database, user.

    Raises:
        StoreUnreachable: the text is no connection URL.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise StoreUnreachable(path="postgresql://", problem="the URL cannot be read") from None
    user = f"{parts['user']}@" if parts.get("user") else ""
    host, port = str(parts.get("host") or "localhost"), parts.get("port")
    database = parts.get("dbname") or ""
    if host.startswith("/"):
        return f"postgresql://{user}/{database}?host={host}"
    return f"postgresql://{user}{host}{f':{port}' if port else ''}/{database}"


def _array(type_code: int, values: tuple[Any, ...]) -> pa.Array:
    kind = _ARROW.get(type_code, pa.string())
    if type_code == 1700:
        values = tuple(None if value is None else float(value) for value in values)
    elif kind == pa.string():
        values = tuple(None if value is None else str(value) for value in values)
    return pa.array(values, type=kind)


def _kind(connection: psycopg.Connection, type_code: int) -> str:
    if type_code in _NUMBERS:
        return "number"
    if type_code == _BOOLEAN:
        return "boolean"
    found = connection.adapters.types.get(type_code)
    return found.name if found else f"type {type_code}"


def _as_text(data: str | bytes) -> str:
    """JSON stays text, as DuckDB gives it."""
    return data if isinstance(data, str) else bytes(data).decode()


def _first_line(failure: Exception) -> str:
    return next((line.strip() for line in str(failure).splitlines() if line.strip()), type(failure).__name__)
