"""Workload ``duckdb_aggregation``: real group-by queries on this machine, timed.

What is measured: the wall time of one ``GROUP BY`` with a count, a sum and a mean over generated rows
held in an in-memory DuckDB, the result fetched. Not measured: opening the database, making the rows,
reading files.

How it is measured: the table of each size is made once; every cell (rows, threads) is run
``warmups`` times unrecorded; then come ``repetitions`` blocks, each a pass over all cells in a fresh
random order, so that a machine that grows slower or faster during the sweep disturbs all cells
alike and the disturbance shows as a difference between blocks. One execution is one run. Thread
counts above ``oversubscription`` times the usable cores are left out.
"""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated

import duckdb
import numpy as np
from pydantic import Field

from scaling_assets.records.experiment import Experiment, Scalar
from scaling_assets.records.identity import content_id
from scaling_assets.sweeps.workload import (
    Progress,
    Row,
    WorkloadKind,
    WorkloadSettings,
    bookkeeping,
    run_prefix,
)

VERSION = "1"
NEEDS = ("rows", "threads", "time_ms")

# The multiplications scatter group keys and values deterministically over the whole range.
MAKE_TABLE = """
CREATE TABLE measured AS
SELECT (hash(i) % $groups)::INTEGER AS g, (hash(i * 7) % 100000) / 1000.0 AS v FROM range($rows) AS r(i)
"""
SET_THREADS = "SET threads = $threads"
AGGREGATE = "SELECT g, count(*), sum(v), avg(v) FROM measured GROUP BY g"


class DuckDBAggregationSettings(WorkloadSettings):
    """Which cells are timed, how often, over how many groups.

    Every row count is run with every thread count of ``threads``, except that row counts outside
    ``threaded_rows`` (when given) are run with one thread only: the scan over threads is expensive.
    """

    rows: Annotated[tuple[Annotated[int, Field(ge=1, le=1_000_000_000)], ...], Field(min_length=1)]
    threads: Annotated[tuple[Annotated[int, Field(ge=1, le=1024)], ...], Field(min_length=1)] = (1,)
    threaded_rows: tuple[int, ...] = ()
    repetitions: Annotated[int, Field(ge=1)] = 5
    warmups: Annotated[int, Field(ge=0)] = 1
    groups: Annotated[int, Field(ge=1)] = 1000
    oversubscription: Annotated[float, Field(ge=1)] = 2.0


class DuckDBAggregation(WorkloadKind):
    """Real group-by queries on this machine, timed."""

    name = "duckdb_aggregation"
    version = VERSION
    is_simulated = False
    Settings = DuckDBAggregationSettings

    def problems(self, experiment: Experiment, settings: DuckDBAggregationSettings) -> list[str]:
        """The workload fills dimensions 'rows' and 'threads' and the metric 'time_ms'."""
        found = [f"the experiment needs a column {n!r}" for n in NEEDS if n not in experiment.column_types]
        strange = sorted(set(settings.threaded_rows) - set(settings.rows))
        return found + [f"threaded_rows: {n} is not one of 'rows'" for n in strange]

    def run(
        self,
        experiment: Experiment,
        settings: DuckDBAggregationSettings,
        *,
        seed: int,
        mode: str,
        label: str,
        progress: Progress,
    ) -> Iterator[Row]:
        """Time every cell (see the module) and yield one row an execution."""
        prefix = run_prefix(experiment, mode, label, version=VERSION)
        cores = usable_cores()
        cells = _cells(settings, cores)
        order_rng = np.random.default_rng(int(content_id(seed, experiment.name, mode, label), 16))
        header = {"is_simulated": False, **bookkeeping(experiment, mode, settings.repetitions)}
        facts: dict[str, Scalar] = {
            "engine": f"duckdb {duckdb.__version__}",
            "host": f"{platform.machine()}, {cores} cores",
            "cpu_count": cores,
            "group_count": settings.groups,
        }
        header |= {k: v for k, v in facts.items() if k in experiment.column_types}
        total, done = len(cells) * settings.repetitions, 0
        bench = _Bench(settings.groups)
        try:
            for rows in sorted({rows for rows, _ in cells}):
                bench.prepare(rows)
            for cell in cells:
                for _ in range(settings.warmups):
                    bench.time_ms(*cell)
            for block in range(settings.repetitions):
                for position, choice in enumerate(order_rng.permutation(len(cells))):
                    rows, threads = cells[choice]
                    row: Row = {
                        "run_id": f"{prefix}-{done:05d}",
                        "observed_at": datetime.now(UTC).isoformat(),
                        **header,
                        "rows": rows,
                        "threads": threads,
                        "time_ms": bench.time_ms(rows, threads),
                    }
                    place = {"block": block, "position": position}
                    yield {**row, **{k: v for k, v in place.items() if k in experiment.column_types}}
                    done += 1
                    progress(done, total, f"rows={rows}, threads={threads}")
        finally:
            bench.close()


class _Bench:
    """In-memory databases, one a table size, so that each query's text stays fixed."""

    def __init__(self, groups: int) -> None:
        self.groups = groups
        self.databases: dict[int, duckdb.DuckDBPyConnection] = {}

    def prepare(self, rows: int) -> None:
        self.databases[rows] = duckdb.connect(":memory:")
        self.databases[rows].execute(MAKE_TABLE, {"groups": self.groups, "rows": rows}).fetchall()

    def time_ms(self, rows: int, threads: int) -> float:
        database = self.databases[rows]
        database.execute(SET_THREADS, {"threads": threads}).fetchall()
        start = perf_counter()
        groups = database.execute(AGGREGATE).fetchall()
        elapsed = perf_counter() - start
        counted = sum(group[1] for group in groups)
        if counted != rows:
            raise RuntimeError(f"the query counted {counted} of {rows} rows")
        return elapsed * 1e3

    def close(self) -> None:
        for database in self.databases.values():
            database.close()


def usable_cores() -> int:
    """Cores that this process may run on (its affinity where the system tells, else all)."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else (os.cpu_count() or 1)


def _cells(settings: DuckDBAggregationSettings, cores: int) -> list[tuple[int, int]]:
    most = settings.oversubscription * cores
    allowed = [t for t in settings.threads if t <= most] or [1]
    threaded = set(settings.threaded_rows or settings.rows)
    cells = {(rows, t) for rows in settings.rows for t in (allowed if rows in threaded else (1,))}
    return sorted(cells)
