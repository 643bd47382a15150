"""Records <-> tables: one contract (``store``), two databases, one SQL text where both understand it.

What belongs here: everything that knows SQL. What does not: statistics, files that come in, Dagster.
"""

from pathlib import Path

from scaling_assets.store.duckdb import DuckDBStore
from scaling_assets.store.store import Head, Offenders, Store

__all__ = ["STORES", "DuckDBStore", "Head", "Offenders", "Store", "open_store"]

STORES = {"duckdb": DuckDBStore}


def open_store(location: str | Path) -> Store:
    """The store at a location: a ``postgresql://`` URL, or the folder of a DuckDB store.

    Nothing is opened or created before the first call that needs it.
    """
    return DuckDBStore(location)
