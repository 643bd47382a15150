"""What the coverage benchmark found: cells as JSON lines, as a table, as a summary.

What belongs here: the record of a cell, where it is kept, how it is shown. What does not: measuring it (``coverage``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.harness import Cell, Report
from scaling_assets.science.laws import FAMILIES

CURVES = ("mean inside", "mean beyond", "new run beyond")
TARGET = (0.93, 0.97)
LEVEL = 0.95

Key = tuple[str, str, float, str, str, str, int, int]


@dataclass(frozen=True)
class Found:
    """One cell. ``below`` and ``above`` are the shares of usable fits whose interval lies below, above the truth."""

    truths: str
    name: str
    family: str
    noise: float
    shape: str
    design: str
    points: int
    estimator: str
    experiments: int
    replicates: int
    seed: int
    usable: float
    on_a_bound: float
    width: float
    below: Mapping[str, float] = field(default_factory=dict)
    above: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def key(self) -> Key:
        """What makes this cell another one."""
        return (
            self.truths,
            self.name,
            self.noise,
            self.shape,
            self.design,
            self.estimator,
            self.replicates,
            self.seed,
        )

    def covered(self, what: str) -> float:
        """Share of usable fits whose interval holds the truth; NaN where there were none."""
        return 1.0 - self.below[what] - self.above[what] if what in self.below else float("nan")


class Kept:
    """Cells in a file of JSON lines, or nowhere."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.cells = path, dict[Key, Found]()
        if path is not None and path.exists():
            for text in path.read_text(encoding="utf-8").splitlines():
                one = Found(**json.loads(text))
                self.cells[one.key] = one

    def add(self, one: Found) -> None:
        """Keep a further cell."""
        self.cells[one.key] = one
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(one)) + "\n")


def line(one: Found) -> str:
    """One cell in one line."""
    return " | ".join(str(value) for value in _row(one).values())


def table(found: Sequence[Found]) -> Report:
    """All cells."""
    counts = sorted({one.experiments for one in found}) or [0]
    number = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    replicates = ", ".join(str(n) for n in sorted({one.replicates for one in found}))
    estimators = ", ".join(sorted({one.estimator for one in found}))
    said = f"{number} experiments a cell, {replicates} replicates, estimator {estimators}"
    return Report("Coverage of 95 % intervals", [said], [_row(one) for one in found])


def _row(one: Found) -> dict[str, Cell]:
    shares = ", ".join(f"{name} {_share(one.covered(name))}" for name in FAMILIES[one.family].names)
    return {
        "truth": f"`{one.name}`", "design": f"{one.design}, {one.points} points",
        "noise": f"{100 * one.noise:g} %" + (f" {one.shape}" if one.shape != "normal" else ""),
        "parameters": shares, **{what: _share(one.covered(what)) for what in CURVES},
        "usable": f"{one.usable:.2f}", "on a bound": f"{one.on_a_bound:.2f}", "n": one.experiments,
    }  # fmt: skip


def _share(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}".replace("0.", ".", 1)


def shares(found: Sequence[Found], what: str) -> tuple[np.ndarray, np.ndarray]:
    """Coverage of one quantity in all cells, "parameters" for all of theirs, and the usable fits behind each."""
    values, counts = list[float](), list[float]()
    for one in found:
        for name in FAMILIES[one.family].names if what == "parameters" else (what,):
            if name in one.below:
                values.append(one.covered(name))
                counts.append(one.experiments * one.usable)
    return np.array(values), np.array(counts)


def by_design(found: Sequence[Found]) -> Report:
    """By design and quantity: mean coverage, the lowest, the share of cells from 93 to 97 % within two errors."""
    rows: list[dict[str, Cell]] = []
    names = list(dict.fromkeys(one.design for one in found))
    for design in [*names, "all"]:
        mine = [one for one in found if design in (one.design, "all")]
        for what in ("parameters", *CURVES):
            values, counts = shares(mine, what)
            if not len(values):
                continue
            error = 2 * np.sqrt(LEVEL * (1 - LEVEL) / np.maximum(counts, 1))
            inside = (values >= TARGET[0] - 1e-9) & (values <= TARGET[1] + 1e-9)
            near = (values >= TARGET[0] - error) & (values <= TARGET[1] + error)
            rows.append({
                "design": design, "what": what, "cells": len(values), "mean": f"{values.mean():.3f}",
                "lowest": f"{values.min():.3f}", "highest": f"{values.max():.3f}",
                "from .93 to .97": f"{inside.mean():.2f}", "within two errors of it": f"{near.mean():.2f}",
            })  # fmt: skip
    return Report("By design", ["two errors are those of .95 at a cell's number of usable fits"], rows)
