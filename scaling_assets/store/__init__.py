"""Records <-> tables: one contract (``store``), two databases, one SQL text where both understand it.

What belongs here: everything that knows SQL. What does not: statistics, files that come in, Dagster.
"""

from pathlib import Path

from scaling_assets.errors import UnknownName
from scaling_assets.store.duckdb import DuckDBStore
from scaling_assets.store.postgres import PostgresStore
from scaling_assets.store.store import Head, Offenders, Override, Store

__all__ = ["STORES", "DuckDBStore", "Head", "Offenders", "Override", "PostgresStore", "Store", "open_store"]

#: What stands before "://" in a location; a location without it is the folder of a DuckDB store.
STORES: dict[str, type[DuckDBStore] | type[PostgresStore]] = {
    "duckdb": DuckDBStore,
    "postgresql": PostgresStore,
    "postgres": PostgresStore,
}


def open_store(location: str | Path) -> Store:
    """The store at a location: a ``postgresql://`` URL, or the folder of a DuckDB store.

    Nothing is opened or created before the first call that needs it.

    Raises:
        UnknownName: the location begins with another scheme.
        StoreUnreachable: the URL cannot be read.
    """
    scheme, separator, rest = str(location).partition("://")
    if not separator:
        return DuckDBStore(location)
    if scheme not in STORES:
        raise UnknownName(kind="store", name=scheme, known=", ".join(STORES))
    return DuckDBStore(rest) if scheme == "duckdb" else PostgresStore(str(location))
