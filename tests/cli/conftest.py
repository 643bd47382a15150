"""The command line on a real lab with a real DuckDB: as a process of its own, and in this process.

What a process adds (exit codes, streams, signals, terminals, start-up) is tested on processes; what a
command answers mostly in here, because a process costs seconds before it says anything.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scaling_assets.cli.main import outcome

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess]

SPEED = """
name: speed
title: "Speed [of] a service"
mode: measured
owner: "team:web"
dimensions:
  - {name: users, unit: users, targets: [40]}
metrics:
  - {name: latency_ms, unit: ms, direction: lower, lower: 0}
laws:
  - {metric: latency_ms, by: [users], families: [power, constant], bootstrap: 50}
gates:
  - {name: fast_alone, kind: threshold, metric: latency_ms, where: {users: 1}, operator: "<=", threshold: 20}
  - {name: fast_at_32, kind: threshold, metric: latency_ms, where: {users: 32}, operator: "<=", threshold: 20,
     action: Look at the pool size}
"""
GROWTH = """
name: growth
title: Simulated growth
mode: simulated
dimensions:
  - {name: size, unit: items, values: [1, 10, 100]}
metrics:
  - {name: work_ms, unit: ms, direction: lower, lower: 0}
laws:
  - {metric: work_ms, by: [size], families: [power], bootstrap: 50}
gates:
  - {name: sublinear, kind: parameter, question: work_ms_by_size, parameter: exponent, operator: "<=", threshold: 0.9}
workload:
  kind: simulate
  truths:
    - {column: work_ms, family: power, by: [size], parameters: {a: 2, b: 0.5}, run_noise: 0.03}
  quick: {runs_per_cell: 5, rows_per_run: 1}
"""
PLAN = """
name: users
title: How many users
budget: 100
currency: EUR
combine: sum
direction: lower
dimensions:
  - {name: users, law: {experiment: speed, metric: latency_ms, admission: [fast_alone]}, unit: users, cost: 5,
     minimum: 2, maximum: 30}
"""


def environment(**extra: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SCALING", "DAGSTER", "NO_COLOR"))}
    return {**kept, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "100", **extra}


@pytest.fixture(scope="session")
def command() -> Run:
    """Run a command line in this process, through the same door as the entry point."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = outcome([str(a) for a in arguments])
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def process() -> Run:
    """Run a command line as people do."""

    def run(*arguments: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "scaling_assets.cli", *map(str, arguments)],
            capture_output=True, text=True, timeout=240, cwd=cwd, env=environment(**extra),
        )  # fmt: skip

    return run


def make_lab(root: Path) -> Path:
    for folder in ("experiments", "plans", "landing/speed"):
        (root / folder).mkdir(parents=True)
    (root / "lab.toml").write_text('[lab]\nname = "web"\n[landing]\nsettle_s = 0.01\n')
    (root / "experiments/speed.yaml").write_text(SPEED)
    (root / "experiments/growth.yaml").write_text(GROWTH)
    (root / "plans/users.yaml").write_text(PLAN)
    rng = np.random.default_rng(5)
    lines = ["run_id,users,latency_ms"]
    for users in (1, 2, 4, 8, 16, 32):
        lines += [
            f"r{users}-{i},{users},{10 * users**0.5 * np.exp(rng.normal(0, 0.04)):.6f}" for i in range(6)
        ]
    (root / "landing/speed/first.csv").write_text("\n".join([*lines, "bad,2,fast"]) + "\n")
    return root


@pytest.fixture(scope="session")
def fresh_lab(tmp_path_factory) -> Path:
    """A lab in which nothing has been run: not to be written to."""
    return make_lab(tmp_path_factory.mktemp("fresh") / "web")


@pytest.fixture(scope="session")
def first_run(tmp_path_factory, process) -> tuple[Path, subprocess.CompletedProcess]:
    """A lab after its first ``run``, and what that printed."""
    root = make_lab(tmp_path_factory.mktemp("ran") / "web")
    return root, process("run", "--lab", root)


@pytest.fixture
def lab(first_run) -> Path:
    """The lab after its first run: only read."""
    return first_run[0]


@pytest.fixture
def own_lab(first_run, tmp_path) -> Path:
    """A copy of the lab after its first run, to be changed."""
    return Path(shutil.copytree(first_run[0], tmp_path / "web"))
