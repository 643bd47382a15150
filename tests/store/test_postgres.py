"""What only the Postgres store promises: roles, connections, secrets."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from scaling_assets.errors import QueryProblem, StoreTooNew, StoreUnreachable
from scaling_assets.store import PostgresStore, open_store
from tests.conftest import url_of
from tests.store import made

pytestmark = pytest.mark.postgres
SECRET = "correct horse/battery@staple"


@pytest.fixture
def pg(postgres_url: str) -> PostgresStore:
    store = PostgresStore(postgres_url)
    store.prepare()
    store.declare(made.experiment())
    store.append(made.source(made.rows(3)))
    return store


def as_member(url: str, role: str, name: str) -> str:
    """URL of a new login that has a role and nothing else."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"drop role if exists {name}")
        connection.execute(f"create role {name} login in role {role}")
    return url_of({**conninfo_to_dict(url), "user": name})


def test_analysts_read_the_views_and_nothing_else(pg: PostgresStore, postgres_url: str) -> None:
    url = as_member(postgres_url, "scaling_analyst", "ann_analyst")
    analyst = open_store(url)
    assert analyst.query("select count(*) as n from sources")["n"].tolist() == [1]
    assert analyst.query("select count(*) as n from observations.locality")["n"].tolist() == [3]
    pg.declare(made.experiment(name="later"))  # a view made after the rights were given
    assert analyst.query("select count(*) as n from observations.later")["n"].tolist() == [0]
    for hidden in ("ledger.trials", "recorded.locality"):
        with pytest.raises(QueryProblem, match="permission denied"):
            analyst.query(f"select * from {hidden}")
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("delete from ledger.heads")


def test_members_of_the_writers_own_the_tables_together(pg: PostgresStore, postgres_url: str) -> None:
    for name in ("wanda_writer", "walt_writer"):
        member = open_store(as_member(postgres_url, "scaling_writer", name))
        member.prepare()
        member.declare(made.experiment(name=name))  # a new table
        wider = made.experiment(metrics=[*made.experiment().metrics, {"name": f"{name}_ms"}])
        member.declare(wider)  # a column and a view of somebody else's table
        assert member.count_observations("locality") == 3


def test_preparing_twice_and_at_once_is_no_change(postgres_url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: PostgresStore(postgres_url).prepare(), range(4)))
    with psycopg.connect(postgres_url) as connection:
        [found] = connection.execute(
            "select count(*), count(distinct number) from ledger.migrations"
        ).fetchall()
    assert found[0] == found[1] >= 3


def test_a_newer_store_is_refused(pg: PostgresStore, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("insert into ledger.migrations values (999, 'later', 'x', now())")
    with pytest.raises(StoreTooNew, match="version 999"):
        PostgresStore(postgres_url).heads()


def test_a_dropped_connection_is_a_clear_error_and_the_next_call_works(
    pg: PostgresStore, postgres_url: str
) -> None:
    with pytest.raises(StoreUnreachable, match="role may connect"), pg.writing() as session:
        pid = session._connection.info.backend_pid  # type: ignore[attr-defined]
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", [pid])
        from scaling_assets.store.session import run

        run(session, "drop_source", source_id="s")
    assert pg.count_observations("locality") == 3


@pytest.mark.parametrize(
    "spoil", [{"host": "/nowhere"}, {"dbname": "no_such_database"}, {"user": "nobody_here"}]
)
def test_no_error_holds_the_password(pg: PostgresStore, postgres_url: str, spoil: dict[str, str]) -> None:
    store = open_store(url_of({**conninfo_to_dict(postgres_url), "password": SECRET, **spoil}))
    assert SECRET not in store.location
    with pytest.raises(StoreUnreachable) as caught:
        store.heads()
    chain = [caught.value, caught.value.__cause__]
    assert all(SECRET not in str(failure) for failure in chain) and caught.value.__suppress_context__
    assert "SCALING_ASSETS_STORE" in str(caught.value)


def test_a_url_that_cannot_be_read_shows_nothing_of_itself() -> None:
    with pytest.raises(StoreUnreachable) as caught:
        open_store(f"postgresql://ada:{SECRET} @@host:port/db")
    assert SECRET.split("/")[0] not in str(caught.value)


def test_a_query_cannot_write_even_where_the_role_may(pg: PostgresStore) -> None:
    with pytest.raises(QueryProblem, match="read-only"):
        pg.query("insert into ledger.heads (experiment, moved_at) values ('x', now()) returning 1")


def test_nul_in_a_row_leaves_no_trace(pg: PostgresStore) -> None:
    with pytest.raises(psycopg.DataError):
        pg.append(made.source(made.rows(3, first=3).assign(project="a\x00b"), "nul.jsonl"))
    assert pg.count_observations("locality") == 3
