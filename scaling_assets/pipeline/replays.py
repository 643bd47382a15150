"""Questions beside a plan's answer: a replay of recorded tasks, and the compute-optimal frontier of its law.

What belongs here: reading what these questions need and asking science. What does not: the mathematics
(``science.allocation``), printing.
"""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scaling_assets.errors import LawNotUsable, UnreadableFile
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.science.allocation.compute_optimal import ComputeFrontier, frontier
from scaling_assets.science.allocation.finding import law_for
from scaling_assets.science.allocation.replay import Replay, ReplayedTask, replay

COLUMNS = ("task", "policy", "outcome", "cost")
POLICIES = ("dynamic", "fixed")


def replay_file(path: Path) -> Replay:
    """Judge recorded tasks: a CSV with the columns task, policy (dynamic or fixed), outcome, cost.

    Raises:
        UnreadableFile: it cannot be read, lacks a column, or a row is no task; nothing is judged then.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
            if missing:
                raise UnreadableFile(path=path, format="a replay", problem=f"no column {', '.join(missing)}")
            return replay([_task(path, line, row) for line, row in enumerate(reader, start=2)])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(path=path, format="a replay", problem=str(error)) from None


def _task(path: Path, line: int, row: dict[str, str]) -> ReplayedTask:
    policy = row["policy"]
    if policy not in POLICIES:
        problem = f"line {line}: the policy is {policy!r}, not dynamic or fixed"
        raise UnreadableFile(path=path, format="a replay", problem=problem)
    return ReplayedTask(
        row["task"], policy, _number(path, line, row, "outcome"), _number(path, line, row, "cost")
    )


def _number(path: Path, line: int, row: dict[str, str], column: str) -> float:
    try:
        value = float(row[column])
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        problem = f"line {line}: {column} is {row[column]!r}, no number"
        raise UnreadableFile(path=path, format="a replay", problem=problem)
    return value


def compute_frontier(ws: Workspace, name: str, compute: Sequence[float], served: float) -> ComputeFrontier:
    """N*(C) and D*(C) from the Chinchilla law that a plan reads.

    Raises:
        LawNotUsable: the plan reads no such law, or it is not usable.
    """
    plan = ws.plan(name)
    laws = [law for experiment in plan.experiments for law in ws.store.read_laws(experiment)]
    found = [law_for(d.law, laws) for d in plan.dimensions]
    usable = [law for law in found if not isinstance(law, str)]
    law = next((law for law in usable if law.family == "chinchilla"), None)
    if law is None:
        said = [words for words in found if isinstance(words, str)]
        problem = "; ".join(dict.fromkeys(said)) or "it reads no law of the family chinchilla"
        raise LawNotUsable(law=name, problem=problem)
    return frontier(law, np.array(compute, dtype=float), served=served, level=plan.level)
