"""Several processes and threads at one store; processes killed in the middle."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from scaling_assets.errors import StoreBusy
from scaling_assets.store import DuckDBStore, Store, open_store
from tests.store import made

ROOT = Path(__file__).parents[2]
#: No reader may ever see trials, laws and verdicts of different generations, nor half of one.
INVARIANT = """
    select
        (select trials_version from ledger.heads) as head,
        (select count(*) from trials) as n_trials,
        (select min(value) from trials) as lowest,
        (select max(value) from trials) as highest,
        (select min(law_id) from laws) as law,
        (select count(*) from law_parameters) as n_parameters,
        (select min(law_id) from verdicts) as judged,
        (select count(*) from observations.locality) as n_rows,
        (select sum(rows_accepted) from sources) as n_accepted
"""


def start(verb: str, location: str, *numbers: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.writing", verb, location, *map(str, numbers)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def assert_whole(found: tuple) -> int:
    """The generation of a state, once it is known to be one whole generation (-1: none yet)."""
    head, n_trials, lowest, highest, law, n_parameters, judged, n_rows, n_accepted = found
    assert n_rows == (n_accepted or 0) and n_rows % 6 == 0
    if head is None:
        assert (n_trials, law, judged) == (0, None, None)
        return -1
    n = int(head[1:])
    assert (n_trials, lowest, highest) == (3, n, n)
    assert (law, n_parameters, judged) == (f"law{n}", 2, f"law{n}")
    return n


@pytest.fixture
def declared(store: Store) -> Iterator[Store]:
    store.declare(made.experiment())
    store.publish()
    yield store


def test_readers_never_fail_and_never_see_half_a_state(declared: Store, store_location: str) -> None:
    writer = start("generations", store_location, 0, 8)
    seen = []
    while writer.poll() is None:
        seen.append(
            assert_whole(
                tuple(declared.query(INVARIANT).iloc[0].astype(object).where(lambda v: v == v, None))
            )
        )
    assert writer.wait() == 0, writer.stderr.read() if writer.stderr else ""
    assert seen == sorted(seen) and len(set(seen)) > 2, seen
    assert assert_whole(tuple(declared.query(INVARIANT).iloc[0].astype(object))) == 7


@pytest.mark.slow
def test_a_plain_reader_of_the_published_file(tmp_path: Path) -> None:
    """Somebody else's DuckDB, without a line of ours, while the pipeline writes."""
    store = DuckDBStore(tmp_path / "w")
    store.prepare()
    store.declare(made.experiment())
    store.publish()
    writer = start("generations", str(store.folder), 0, 6)
    seen = []
    while writer.poll() is None:
        with duckdb.connect(str(store.published), read_only=True) as connection:
            seen.append(assert_whole(connection.execute(INVARIANT).fetchone()))
    assert writer.wait() == 0 and seen == sorted(seen) and len(seen) > 5


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_acknowledged(declared: Store, store_location: str) -> None:
    chance, acknowledged = random.Random(5), -1
    for _ in range(5):
        writer = start("generations", store_location, acknowledged + 1, 10_000)
        said = threading.Event()
        lines: list[int] = []

        def listen(writer=writer, lines=lines, said=said) -> None:
            for line in writer.stdout:
                lines.append(int(line))
                said.set()

        listener = threading.Thread(target=listen)
        listener.start()
        assert said.wait(30), writer.stderr.read()
        time.sleep(chance.uniform(0, 0.3))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        listener.join()
        fresh = open_store(store_location)
        fresh.prepare()
        fresh.publish()
        found = fresh.query(INVARIANT).iloc[0].astype(object)
        generation = assert_whole(tuple(found))
        assert generation in (lines[-1], lines[-1] + 1)  # the last one may have been committed, not yet said
        acknowledged = generation
    assert fresh.count_observations("locality") >= 6 * (acknowledged + 1)


@pytest.mark.slow
def test_eight_processes_append_each_row_exactly_once(declared: Store, store_location: str) -> None:
    workers = [start("appends", store_location, worker, 8) for worker in range(8)]
    for worker in workers:
        _, errors = worker.communicate(timeout=120)
        assert worker.returncode == 0, errors
    back = declared.observations(made.experiment())
    ids = back["observation_id"].tolist()
    assert sorted(ids) == sorted(set(ids)) == sorted(f"o{i}" for i in range(3 * 7 + 6))
    declared.publish()
    total = declared.query("select count(*) as n, sum(rows_read) as r, "
                           "sum(rows_accepted + rows_repeated + rows_rejected) as k from sources")  # fmt: skip
    assert total.values.tolist() == [[8, 48, 48]]


def test_threads_of_one_process_take_turns(declared: Store) -> None:
    failures: list[BaseException] = []

    def work(n: int) -> None:
        try:
            declared.append(made.source(made.rows(3, first=3 * n), f"{n}.jsonl"))
            declared.unit_sums(made.experiment())
            declared.publish()
            declared.query("select count(*) from sources")
        except BaseException as failure:  # noqa: BLE001 - handed to the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures and not any(thread.is_alive() for thread in threads)
    assert declared.count_observations("locality") == 18


def test_a_writer_waits_for_its_turn_and_gives_up_after_a_while(declared: Store, store_location: str) -> None:
    holder = start("hold", store_location, 2)
    assert holder.stdout and holder.stdout.readline() == "holding\n"
    hasty = type(declared)(store_location, wait_s=0.2)  # type: ignore[call-arg]
    with pytest.raises(StoreBusy, match="more than"):
        hasty.append(made.source(made.rows(3)))
    assert declared.query("select count(*) as n from sources")["n"].tolist() == [0]  # people never wait
    assert declared.append(made.source(made.rows(3))).rows_accepted == 3  # the default is to wait
    assert holder.wait() == 0
