"""What the store's verbs need of a database: one transaction on one connection.

What belongs here: the seam between records <-> rows (shared) and the two drivers. What does not:
opening, locking and committing (``duckdb``, ``postgres``).
"""

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from scaling_assets.store.statements import Fragment, Statement, query

#: How a declared type is called in SQL (both databases understand these) and in Arrow.
SQL_TYPES = {
    "number": "double precision",
    "integer": "bigint",
    "boolean": "boolean",
    "text": "text",
    "timestamp": "timestamp with time zone",
}
ARROW_TYPES = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


class Session(Protocol):
    """One open transaction. Values travel as Arrow tables, in and out."""

    backend: str  # "duckdb" or "postgres": the folder of statements that differ
    integer_in_expressions: str  # the SQL type in which declared expressions see integers
    has_cheap_indexes: bool  # else an index makes loading many times slower

    def sha256_of(self, text: str) -> str:
        """The SQL of the hexadecimal SHA-256 of a SQL text."""

    def run(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns nothing."""

    def table(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Run a statement and return its rows."""

    def insert(self, table: Fragment, rows: pa.Table) -> None:
        """Append rows in bulk, columns matched by name; all or nothing."""

    def stage(self, name: str, rows: pa.Table, like: Fragment) -> None:
        """Make rows readable under a name until the session ends, with the column types of a table."""

    def probe(self, statement: Statement) -> list[tuple[str, str]]:
        """Plan a statement that returns no rows; (name, type) of its columns.

        The type is "number", "boolean" or the database's own word.

        Raises:
            ExpressionRefusedError: the database does not accept the statement.
        """


class ExpressionRefusedError(Exception):
    """The database's own words about a statement that it does not accept."""


def run(session: Session, name: str, /, **parameters: Any) -> None:
    """Run the statement of this name."""
    session.run(query(name, session.backend), parameters)


def records(session: Session, name: str, /, **parameters: Any) -> list[dict[str, Any]]:
    """Run the statement of this name; one mapping a row."""
    return session.table(query(name, session.backend), parameters).to_pylist()


def scalar(session: Session, name: str, /, **parameters: Any) -> Any:
    """The one value of a statement that returns one row with one column."""
    return next(iter(records(session, name, **parameters)[0].values()))


def insert(session: Session, table: Fragment, rows: list[dict[str, Any]]) -> None:
    """Append mappings in bulk; every mapping has the same keys."""
    if rows:
        session.insert(table, pa.Table.from_pylist(rows))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Rows for people and for science: the same pandas types whichever database they come from.

    Numbers are float64 (null: NaN), integers int64 or, with nulls, Int64, booleans bool or, with
    nulls, boolean; texts are objects (null: None), arrays lists of Python values.
    """
    frame: dict[str, Any] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_decimal(kind):
            column, kind = column.cast(pa.float64()), pa.float64()
        if pa.types.is_integer(kind):
            frame[name] = pd.Series(column.to_pylist(), dtype="Int64" if column.null_count else "int64")
        elif pa.types.is_boolean(kind):
            frame[name] = pd.Series(column.to_pylist(), dtype="boolean" if column.null_count else "bool")
        elif pa.types.is_floating(kind):
            frame[name] = column.to_numpy().astype("float64")
        elif pa.types.is_timestamp(kind):
            frame[name] = column.to_pandas()
        else:
            frame[name] = pd.Series(column.to_pylist(), dtype="object")
    return pd.DataFrame(frame, columns=table.column_names)
