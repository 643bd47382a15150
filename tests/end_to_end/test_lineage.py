"""The whole lineage through Dagster: on both stores, under readers, killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from scaling_assets.orchestration import launch
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from tests.orchestration.small_lab import make_lab, write_runs

COMMAND = [sys.executable, "-m", "scaling_assets.cli", "run", "--lab"]
INSTANCE = Path(launch.__file__).parent / "instance"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    root = make_lab(tmp_path / "lab")
    write_runs(root / "landing" / "alpha" / "one.jsonl")
    write_runs(root / "landing" / "beta" / "one.jsonl", exponent=0.3)
    return root


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test starts without what the caller's shell may have set."""
    for name in ("DAGSTER_HOME", "SCALING_ASSETS_STORE", "SCALING_LAB"):
        monkeypatch.delenv(name, raising=False)
    yield


def facts(ws: Workspace) -> dict[str, object]:
    """What people see, without what differs from run to run."""
    return {
        "laws": sorted((law.experiment, law.family, law.law_id, law.status) for law in ws.store.read_laws()),
        "verdicts": sorted((v.experiment, v.gate, v.outcome, v.verdict_id) for v in ws.store.read_verdicts()),
        "allocations": sorted((a.plan, a.status, a.allocation_id) for a in ws.store.read_allocations()),
        "rows": {name: ws.store.count_observations(name) for name in ("alpha", "beta")},
    }


def test_run_does_what_is_due_and_then_there_is_nothing_to_do(lab: Path) -> None:
    ws = open_workspace(lab)
    first = launch.run(ws)
    assert first.succeeded
    assert [run.experiment for run in first.runs] == ["alpha", "beta", ""]
    assert len(ws.store.read_verdicts()) == 2
    assert (ws.lab.reports_folder / "index.html").stat().st_size > 10_000
    for name in ("verdict.md", "results.csv", "results.jsonl"):
        assert (ws.lab.reports_folder / "alpha" / name).stat().st_size > 100
    assert launch.run(ws).runs == ()
    write_runs(lab / "landing" / "beta" / "two.jsonl", exponent=0.3, start=50)
    again = launch.run(ws)
    assert [run.experiment for run in again.runs] == ["beta", ""], "only what got new rows"


@pytest.mark.postgres
def test_postgres_gives_what_duckdb_gives(
    lab: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = open_workspace(lab)
    assert launch.run(local).succeeded
    expected = facts(local)
    monkeypatch.setenv("SCALING_ASSETS_STORE", postgres_url)
    monkeypatch.setenv("DAGSTER_HOME", str(lab.parent / "another-home"))
    remote = open_workspace(lab)
    assert remote.store.location.startswith("postgresql://")
    assert launch.run(remote).succeeded
    assert facts(remote) == expected
    assert launch.run(remote).runs == ()
    shown = remote.store.query("select experiment, interpretation from exponent_summary order by experiment")
    assert shown["experiment"].tolist() == ["alpha", "beta"]


@pytest.mark.postgres
def test_dagster_keeps_its_own_records_in_postgres(
    lab: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = lab.parent / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text((INSTANCE / "dagster-postgres.yaml").read_text(), encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv("DAGSTER_PG_URL", postgres_url.replace("postgresql://", "postgresql+psycopg2://", 1))
    ws = open_workspace(lab)
    assert launch.run(ws).succeeded
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        runs = connection.execute("select status, count(*) from runs group by status").fetchall()
        keys = connection.execute("select partition from dynamic_partitions order by 1").fetchall()
    assert runs == [("SUCCESS", 3)]
    assert keys == [("alpha",), ("beta",)]
    assert not list(home.glob("history")), "nothing went to SQLite"


def test_a_reader_never_fails_and_never_sees_half_a_state_while_everything_is_materialised(lab: Path) -> None:
    ws = open_workspace(lab)
    ws.store.publish()
    published = lab / "warehouse" / "analysis.duckdb"
    with subprocess.Popen(
        [*COMMAND, str(lab)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        looks, states = 0, set()
        while process.poll() is None:
            with duckdb.connect(str(published), read_only=True) as connection:
                # Every visible verdict's law is visible, every law's trials are, and none stands alone.
                torn = connection.execute(
                    "select count(*) from verdicts v where v.law_id is not null "
                    "and v.law_id not in (select law_id from laws)"
                ).fetchone()
                counts = connection.execute(
                    "select (select count(distinct experiment) from trials), "
                    "(select count(distinct experiment) from laws), (select count(distinct experiment) from verdicts)"
                ).fetchone()
            assert torn == (0,)
            assert counts is not None and len(set(counts)) == 1, counts
            states.add(counts[0])
            looks += 1
            time.sleep(0.02)
        assert process.returncode == 0
    assert looks > 20
    assert {0, 2} <= states | {2}, states


@pytest.mark.parametrize(
    "after_s", [3.0, *[pytest.param(s, marks=pytest.mark.slow) for s in (2.0, 4.0, 5.0, 6.0, 8.0)]]
)
def test_a_run_killed_in_the_middle_is_made_good_by_the_next(lab: Path, after_s: float) -> None:
    """Wherever the kill hits: nothing is lost, nothing counted twice, the end is that of a run left alone."""
    process = subprocess.Popen([*COMMAND, str(lab)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after_s)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    ws = open_workspace(lab)
    assert launch.run(ws).succeeded
    made_good = facts(ws)
    undisturbed = make_lab(lab.parent / "undisturbed")
    for name, exponent in (("alpha", 0.5), ("beta", 0.3)):
        write_runs(undisturbed / "landing" / name / "one.jsonl", exponent=exponent)
    left_alone = open_workspace(undisturbed)
    assert launch.run(left_alone).succeeded
    assert made_good == facts(left_alone)
    assert made_good["rows"] == {"alpha": 16, "beta": 16}
    with launch.surroundings(ws), dg.DagsterInstance.get() as instance:
        assert set(instance.get_dynamic_partitions("experiment")) == {"alpha", "beta"}
