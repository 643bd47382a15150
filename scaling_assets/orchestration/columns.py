"""Column schemas of the assets, as the Dagster UI shows them.

A test compares each with the columns that the store really has, so that they cannot drift.
"""

import dagster as dg

_SCHEMAS: dict[str, tuple[tuple[str, str, str], ...]] = {}


def schema_of(asset: str) -> dg.TableSchema:
    """The declared columns of an asset with a fixed table."""
    return dg.TableSchema([dg.TableColumn(n, t, description=d) for n, t, d in _SCHEMAS[asset]])


def schema_of_frame(dtypes: dict[str, str]) -> dg.TableSchema:
    """The columns of a table whose shape follows a declaration (name -> type)."""
    return dg.TableSchema([dg.TableColumn(name, kind) for name, kind in dtypes.items()])
