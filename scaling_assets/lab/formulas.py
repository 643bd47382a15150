"""Which columns a declared formula reads, found by DuckDB's own parser; nothing is executed.

What belongs here: checks of formula text. What does not: SQL of ours (``sql/``), running it (``store``).
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import duckdb


@lru_cache(maxsize=1)
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"enable_external_access": "false"})


@lru_cache(maxsize=10_000)
def read_formula(text: str) -> tuple[tuple[str, ...], str]:
    """(columns that the expression reads, what is wrong with it or ""). A formula is one expression
    over the columns of a row: no subquery, no table, no second column, no statement."""
    # In brackets and on one line, as the store uses it: what only works outside them is an error here.
    answer = _parser().cursor().execute("SELECT json_serialize_sql(?)", [f"SELECT ({text})"]).fetchone()
    assert answer is not None
    parsed = json.loads(answer[0])
    if parsed.get("error"):
        return (), f"not a SQL expression: {parsed.get('error_message', 'unreadable')}"
    statements = parsed["statements"]
    node = statements[0]["node"] if statements else {}
    chosen = node.get("select_list", [])
    is_bare = node.get("from_table", {}).get("type") == "EMPTY" and node.get("where_clause") is None
    if len(statements) != 1 or len(chosen) != 1 or not is_bare or chosen[0].get("function_name") == "row":
        return (), "more than one SQL expression"
    columns: dict[str, None] = {}
    for part in _parts(chosen[0]):
        if part.get("class") == "SUBQUERY":
            return (), "a subquery, where only the columns of one row may be used"
        if part.get("class") == "STAR":
            return (), "a star, where columns have to be named"
        if part.get("class") == "COLUMN_REF":
            columns[part["column_names"][-1]] = None
    return tuple(columns), ""


def _parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from _parts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _parts(inner)
