"""Observations as tables in the one DuckDB file, against immutable Parquet segments with views.

Both ways land the same sources in short write sessions (open, one transaction, close), reduce an
experiment to units, and publish by copying the DuckDB file aside, syncing and renaming it. The two
ways take turns source by source, so that a busy machine slows both. Prints one table; see
docs/decisions/0001-observations-as-tables.md.

    python benchmarks/observation_storage.py --rows 10000000 --experiments 1000
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

ROW = "observation_id text, source_id text, line bigint, run_id text, elements double, regen_ms double"
REDUCE = "select run_id, elements, count(*), avg(regen_ms), stddev_samp(regen_ms) from {rows} group by run_id, elements"


class Tables:
    """One typed table an experiment, inside the file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder, folder / "work.duckdb"
        self.folder.mkdir()
        # A table takes at least one block; the smallest blocks (16 KiB) make landing slower.
        with duckdb.connect(str(self.work), config={"default_block_size": "65536"}) as connection:
            connection.execute("create table manifest (experiment text, source_id text)")

    def declare(self, experiments: list[str]) -> None:
        with duckdb.connect(str(self.work)) as connection:
            connection.execute("begin")
            for name in experiments:
                connection.execute(f"create table {name} ({ROW})")
            connection.execute("commit")

    def land(self, experiment: str, source: str, rows: pa.Table) -> None:
        with duckdb.connect(str(self.work)) as connection:
            connection.register("incoming", rows)
            connection.execute("begin")
            connection.execute(f"insert into {experiment} select * from incoming").fetchall()
            connection.execute("insert into manifest values (?, ?)", [experiment, source]).fetchall()
            connection.execute("commit")

    def reduce(self, experiment: str) -> int:
        with duckdb.connect(str(self.work)) as connection:
            return len(connection.execute(REDUCE.format(rows=experiment)).fetchall())

    def publish(self) -> None:
        aside = self.folder / "aside.tmp"
        shutil.copyfile(self.work, aside)
        descriptor = os.open(aside, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        aside.replace(self.folder / "analysis.duckdb")

    def size_mb(self) -> float:
        files = [f for f in self.folder.rglob("*") if f.is_file() and f.name != "analysis.duckdb"]
        return sum(f.stat().st_size for f in files) / 1e6


class Segments(Tables):
    """One Parquet file a source, written aside and renamed; a view an experiment; the manifest in the file."""

    def declare(self, experiments: list[str]) -> None:
        for name in experiments:
            (self.folder / name).mkdir()

    def land(self, experiment: str, source: str, rows: pa.Table) -> None:
        final = self.folder / experiment / f"{source}.parquet"
        with duckdb.connect(str(self.work)) as connection:
            connection.register("incoming", rows)
            connection.execute(
                f"copy incoming to '{final}.tmp' (format parquet, compression zstd)"
            ).fetchall()
            descriptor = os.open(f"{final}.tmp", os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
            Path(f"{final}.tmp").replace(final)
            view = f"create or replace view {experiment} as select * from read_parquet('{final.parent}/*.parquet')"
            connection.execute("begin")
            connection.execute(view)
            connection.execute("insert into manifest values (?, ?)", [experiment, source]).fetchall()
            connection.execute("commit")


def rows_of(source: str, n: int, first: int) -> pa.Table:
    query = """
        select 'o' || (i + $first) as observation_id, $source as source_id, i as line, 'r' || (i // 10) as run_id,
            10.0 ** (i % 4) as elements, random() * 10 as regen_ms
        from range($n) as numbers(i)"""
    with duckdb.connect() as connection:
        return connection.sql(query, params={"first": first, "source": source, "n": n}).to_arrow_table()


def seconds(what: Callable[[], object]) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def compare(folder: Path, rows: int, sources: int, experiments: int) -> None:
    ways = {"tables": Tables(folder / f"t{experiments}"), "segments": Segments(folder / f"s{experiments}")}
    names = [f"e{i}" for i in range(experiments)]
    for way in ways.values():
        way.declare(names)
    landed: dict[str, list[float]] = {label: [] for label in ways}
    for i in range(sources):
        batch = rows_of(f"source{i}", rows // sources, i * (rows // sources))
        for label in sorted(ways, reverse=bool(i % 2)):
            land = partial(ways[label].land, names[i % experiments], f"s{i}", batch)
            landed[label].append(seconds(land))
    print(f"\n{experiments} experiment(s), {rows} rows in {sources} sources")
    print(
        f"{'':10}{'land all s':>12}{'last 10 %: ms a source':>24}{'reduce one ms':>15}{'publish ms':>12}{'MB':>8}"
    )
    reduced: dict[str, list[float]] = {label: [] for label in ways}
    published: dict[str, list[float]] = {label: [] for label in ways}
    for _ in range(5):
        for label, way in ways.items():
            reduced[label].append(seconds(lambda w=way: w.reduce(names[0])))
            published[label].append(seconds(way.publish))
    for label, way in ways.items():
        tail = landed[label][-max(1, sources // 10) :]
        print(
            f"{label:10}{sum(landed[label]):12.1f}{1e3 * statistics.median(tail):24.1f}"
            f"{1e3 * statistics.median(reduced[label]):15.1f}{1e3 * statistics.median(published[label]):12.1f}"
            f"{way.size_mb():8.0f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows in the one large experiment")
    parser.add_argument("--sources", type=int, default=100, help="sources that they come in")
    parser.add_argument("--experiments", type=int, default=1_000, help="experiments in the second scenario")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        compare(Path(temporary), chosen.rows, chosen.sources, 1)
        compare(Path(temporary), 100 * chosen.experiments, chosen.experiments, chosen.experiments)
