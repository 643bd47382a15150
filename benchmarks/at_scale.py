"""A lab with ten million rows, from Parquet to laws: seconds by stage, memory, and what a small change costs.

What belongs here: the lab, the stages, the comparison of a changed lab with one made afresh. What does not: the
solver alone (the other benchmarks).

The experiments are curves of latency against load: 8 loads, 5 runs each, 25 rows a run, six families of laws with
200 bootstrap replicates. They are declared in two ways. *Groups*: one declaration, every curve a value of a context
column; one Dagster run takes it through the assets. *Declared*: one YAML file each; these go through the same use
cases without Dagster, whose event log costs more for a partition than everything else (it is timed for 1 %).

Each part is a process of its own. Wall seconds hold on a quiet machine only, so processor seconds stand beside them.
Processor seconds include those of the processes that help to fit; memory is this process's own (what the system
reports of a child begins with what its parent held).

    python -m benchmarks.at_scale [--quick] [--groups 10000] [--declared 1000]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LOADS = 2.0 ** np.arange(8)
RUNS, ROWS = 5, 25
FILES = 10
PER_CURVE = len(LOADS) * RUNS * ROWS
DECLARATION = """
name: {name}
title: Latency against load
hypothesis: Latency grows with a power of the load.
owner: "team:benchmarks"
mode: measured
dimensions:
  - {{name: load, unit: users, values: [1, 2, 4, 8, 16, 32, 64, 128], lower: 1}}
{context}metrics:
  - {{name: latency_ms, unit: ms, direction: lower, lower: 0}}
unit: [run_id]
laws:
  - metric: latency_ms
    by: [load]
    families: [constant, linear, logarithmic, power, power_floor, usl]
    bootstrap: 200
{segment}"""
CONTEXT, SEGMENT = "context:\n  - {name: curve}\n", "    segment: [curve]\n"


def rows(first: int, count: int, *, column: str, run: int = 0) -> pa.Table:
    """Rows of ``count`` curves from the ``first`` on, named in ``column``; ``run`` numbers their first run."""
    rng = np.random.default_rng([7, first, run])
    scale, exponent = rng.uniform(1, 20, count), rng.uniform(0.2, 0.9, count)
    runs = RUNS if run == 0 else 1
    mean = scale[:, None, None] * LOADS[None, :, None] ** exponent[:, None, None]
    mean = mean * np.exp(rng.normal(0, 0.05, (count, len(LOADS), runs)))
    value = mean[..., None] * np.exp(rng.normal(0, 0.1, (*mean.shape, ROWS)))
    curve, level, number, step = (axis.ravel() for axis in np.indices(value.shape))
    names = pa.array([f"c{first + i:05d}" for i in range(count)])
    runs_named = pa.array([f"r{i}_{j + run}" for i in range(len(LOADS)) for j in range(runs)])
    return pa.table({
        column: names.take(pa.array(curve)),
        "run_id": runs_named.take(pa.array(level * runs + number)),
        "step": step,
        "load": LOADS[level],
        "latency_ms": value.ravel(),
    })  # fmt: skip


def make_lab(root: Path, curves: int, *, grouped: bool) -> None:
    """The lab's files."""
    for folder in ("experiments", "landing"):
        (root / folder).mkdir(parents=True)
    (root / "lab.toml").write_text('[lab]\nname = "scale"\n[landing]\nsettle_s = 0.001\n')
    names = ["curves"] if grouped else [f"c{i:05d}" for i in range(curves)]
    for name in names:
        text = DECLARATION.format(
            name=name, context=CONTEXT if grouped else "", segment=SEGMENT if grouped else ""
        )
        (root / "experiments" / f"{name}.yaml").write_text(text)
    each = curves // FILES
    for file in range(FILES):
        drop(root, f"part{file}", rows(file * each, each, column="curve" if grouped else "experiment"))


def drop(root: Path, name: str, table: pa.Table) -> None:
    """A Parquet file in the landing folder, complete and old enough to be taken in."""
    path = root / "landing" / f"{'curves' if 'curve' in table.column_names else 'many'}.{name}.parquet"
    pq.write_table(table, path)
    os.utime(path, (1_700_000_000, 1_700_000_000))


def change(root: Path, curves: int) -> int:
    """One more run at every load for 1 % of the curves, spread over all; returns how many."""
    chosen = range(0, curves, 100)
    column = "experiment" if (root / "experiments" / "c00000.yaml").exists() else "curve"
    drop(root, "change", pa.concat_tables([rows(i, 1, column=column, run=RUNS) for i in chosen]))
    return len(chosen)


# -- parts: each runs in a process of its own and prints one line of JSON a stage --------------------------


@contextmanager
def stage(name: str, **facts: Any) -> Iterator[dict[str, Any]]:
    """Time a stage and print it."""
    wall, cpu = time.perf_counter(), spent()
    yield facts
    tell(name, time.perf_counter() - wall, spent() - cpu, **facts)


def spent() -> float:
    """Processor seconds of this process and of those that it started and that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def tell(name: str, wall: float, cpu: float | None, **facts: Any) -> None:
    """One line for the parent process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"stage": name, "wall_s": wall, "cpu_s": cpu, "peak_bytes": peak, **facts}), flush=True)


def through_dagster(root: Path) -> None:
    """The lineage job over the one partition, in one run: seconds by asset."""
    import dagster as dg

    from scaling_assets.orchestration.build import build_definitions
    from scaling_assets.orchestration.launch import QUIET, surroundings
    from scaling_assets.orchestration.partitions import register
    from scaling_assets.orchestration.schedules import JOB
    from scaling_assets.pipeline.workspace import open_workspace

    ws = open_workspace(root)
    with surroundings(ws), dg.DagsterInstance.get() as instance:
        register(instance, ws.lab.experiments)
        job = build_definitions(lab=str(root)).resolve_job_def(JOB)
        with stage("whole run"):
            result = job.execute_in_process(
                instance=instance, partition_key="curves", run_config=dg.RunConfig(loggers=QUIET)
            )
        started: dict[str, float] = {}
        for record in instance.all_logs(result.run_id):
            event = record.dagster_event
            if event is not None and event.is_step_start:
                started[event.step_key or ""] = record.timestamp
            elif event is not None and event.is_step_success:
                tell(f"asset {event.step_key}", record.timestamp - started[event.step_key or ""], None)


def through_pipeline(root: Path) -> None:
    """The use cases one after another, as the batch job calls them: seconds by stage."""
    from scaling_assets.orchestration import evaluations
    from scaling_assets.pipeline import land, steps
    from scaling_assets.pipeline.due import stale
    from scaling_assets.pipeline.workspace import open_workspace

    with stage("load the lab, open the store"):
        ws = open_workspace(root)
    with stage("land") as facts:
        facts["rows"] = sum(taken.rows_accepted for taken in land.land(ws).appended)
    with stage("what is due") as facts:
        names = [due.experiment for due in stale(ws)]
        facts["experiments"] = len(names)
    with stage("data rules"):
        steps.check_all(ws, names, evaluations.names("observations"))
    with stage("reduce to trials") as facts:
        facts["trials"] = sum(step.count for step in steps.reduce_all(ws, names).values())
    marks: list[tuple[float, float, int]] = []

    def mark(done: int, total: int, text: str) -> None:
        marks.append((time.perf_counter(), spent(), total))

    begin = (time.perf_counter(), spent())
    fitted = steps.fit_all(ws, names, progress=mark)
    end = (time.perf_counter(), spent())
    first, last = marks[0], marks[-1]
    tell("trials to problems", first[0] - begin[0], first[1] - begin[1])
    tell("fit and choose", last[0] - first[0], last[1] - first[1], fits=last[2])
    laws = sum(step.count for step in fitted.values())
    tell("write laws", end[0] - last[0], end[1] - last[1], laws=laws)
    with stage("judge, move heads, publish"):
        steps.judge_all(ws, names)


def through_batch_job(root: Path) -> None:
    """Dagster's batch job over what waits in the landing folder."""
    import dagster as dg

    from scaling_assets.orchestration.build import build_definitions
    from scaling_assets.orchestration.launch import QUIET, surroundings
    from scaling_assets.pipeline.workspace import open_workspace

    ws = open_workspace(root)
    with surroundings(ws), dg.DagsterInstance.get() as instance:
        job = build_definitions(lab=str(root)).resolve_job_def("land_and_refit")
        with stage("batch job"):
            job.execute_in_process(instance=instance, run_config=dg.RunConfig(loggers=QUIET))


def compare(root: Path, other: Path) -> None:
    """Whether two labs' visible laws are the same: how many to the last bit, and the largest difference."""
    from scaling_assets.pipeline.workspace import open_workspace

    mine, theirs = (open_workspace(path).store.read_laws() for path in (root, other))
    same = [(law.law_id, law.status, law.is_leading) for law in mine]
    identical = sum(
        a.parameters == b.parameters and a.draws.tobytes() == b.draws.tobytes()
        for a, b in zip(mine, theirs, strict=True)
    )
    apart = [
        abs(p.value / q.value - 1) if q.value else abs(p.value - q.value)
        for a, b in zip(mine, theirs, strict=True)
        for p, q in zip(a.parameters, b.parameters, strict=True)
        if p.value is not None and q.value is not None
    ]
    tell(
        "compare", 0.0, None, laws=len(mine), to_the_last_bit=identical, largest_relative=max(apart, default=0.0),
        same_identity_status_leader=same == [(law.law_id, law.status, law.is_leading) for law in theirs],
    )  # fmt: skip


PARTS: dict[str, Callable[..., None]] = {
    part.__name__: part for part in (through_dagster, through_pipeline, through_batch_job, compare)
}


# -- the parent ---------------------------------------------------------------------------------------------


def run(title: str, part: Callable[..., None], *folders: Path) -> list[dict[str, Any]]:
    """Run a part in a process of its own and print its stages."""
    command = [sys.executable, "-m", "benchmarks.at_scale", "--part", part.__name__, *map(str, folders)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    print(f"\n{title}\n{'stage':32} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}")
    for line in lines:
        facts = {k: v for k, v in line.items() if k not in ("stage", "wall_s", "cpu_s", "peak_bytes")}
        cpu = "" if line["cpu_s"] is None else f"{line['cpu_s']:.2f}"
        more = ", ".join(f"{name} {value}" for name, value in facts.items())
        print(f"{line['stage']:32} {line['wall_s']:8.2f} {cpu:>8} {line['peak_bytes'] / 1e6:8.0f}  {more}")
    return lines


def total(lines: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Wall and CPU seconds of stages that follow one another."""
    return sum(line["wall_s"] for line in lines), sum(line["cpu_s"] or 0.0 for line in lines)


def main() -> None:
    """Make the labs, run the parts, print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--groups", type=int, default=10_000, help="curves in the lab with one declaration")
    parser.add_argument("--declared", type=int, default=1_000, help="curves in the lab with a file each")
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        PARTS[asked.part[0]](*map(Path, asked.part[1:]))
        return
    shrink = 10 if asked.quick else 1
    groups, declared = asked.groups // shrink, asked.declared // shrink
    print(f"{groups:,} curves in one declaration ({groups * PER_CURVE:,} rows), {declared:,} declared each by itself "
          f"({declared * PER_CURVE:,} rows); {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="at_scale_") as folder:
        root, afresh, each = (Path(folder) / name for name in ("groups", "afresh", "declared"))
        make_lab(root, groups, grouped=True)
        full = total(run("Groups, all new, through the Dagster assets in one run", through_dagster, root)[:1])
        share = change(root, groups) / groups
        small = total(
            run(f"Groups, {share:.0%} changed, through the Dagster assets", through_dagster, root)[:1]
        )
        print(f"{share:.0%} changed costs {small[0] / full[0]:.1%} (CPU {small[1] / full[1]:.1%}) of all new")
        make_lab(afresh, groups, grouped=True)
        change(afresh, groups)
        run("Groups, all new with the change, the use cases without Dagster", through_pipeline, afresh)
        run("Changed lab against the one made afresh", compare, root, afresh)
        make_lab(each, declared, grouped=False)
        full = total(run("Declared, all new, the use cases without Dagster", through_pipeline, each))
        share = change(each, declared) / declared
        small = total(
            run(f"Declared, {share:.0%} changed, the use cases without Dagster", through_pipeline, each)
        )
        print(f"{share:.0%} changed costs {small[0] / full[0]:.1%} (CPU {small[1] / full[1]:.1%}) of all new")
        drop(each, "again", rows(0, max(1, declared // 100), column="experiment", run=RUNS + 1))
        run("Declared, 1 % changed, Dagster's batch job", through_batch_job, each)


if __name__ == "__main__":
    main()
