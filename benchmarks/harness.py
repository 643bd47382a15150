"""Honest timing: ways take turns round by round, and ratios are formed inside a round.

What belongs here: rounds, the clock, ratios and their spread, tables, what is said about the machine, the
command line. What does not: any way of doing the work (``ours``, ``peers``), any data (``designs``).

The clock is the CPU time of this process, all threads counted, with the linear algebra held to one thread: on a
machine that is shared, wall time measures the neighbours. A ratio compares two ways within one round, which are
next to each other in time; its median over rounds is quoted with the lowest and the highest.
"""

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

PACKAGES = ("numpy", "scipy", "numba", "lmfit", "autograd")

Cell = str | int | float | None


@dataclass(frozen=True)
class Work:
    """What one turn did: how many pieces of work, and their result."""

    count: int
    result: Any = None


@dataclass(frozen=True)
class Way:
    """A way of doing the work; ``turn`` is called with the number of the round."""

    name: str
    turn: Callable[[int], Work]


@dataclass(frozen=True)
class Timing:
    """CPU seconds a piece of work, one entry a round, and what the turns gave."""

    seconds: np.ndarray
    works: tuple[Work, ...]

    @property
    def median(self) -> float:
        """Median over rounds, in seconds a piece."""
        return float(np.median(self.seconds))

    @property
    def pieces(self) -> int:
        """Pieces of work over all rounds."""
        return sum(work.count for work in self.works)


@dataclass(frozen=True)
class Ratio:
    """How many times slower one way was than another: median, lowest and highest over rounds."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.low)} to {_short(self.high)})"


def interleave(ways: Sequence[Way], rounds: int) -> dict[str, Timing]:
    """Time all ways in turns. A first round is not counted: imports, caches and compilation happen there.

    Each round begins with another way, so that none is always first.
    """
    seconds: dict[str, list[float]] = {way.name: [] for way in ways}
    works: dict[str, list[Work]] = {way.name: [] for way in ways}
    with threadpool_limits(limits=1):
        for way in ways:
            way.turn(0)
        for number in range(rounds):
            first = number % len(ways)
            for way in [*ways[first:], *ways[:first]]:
                start = time.process_time()
                work = way.turn(number)
                seconds[way.name].append((time.process_time() - start) / work.count)
                works[way.name].append(work)
    return {way.name: Timing(np.array(seconds[way.name]), tuple(works[way.name])) for way in ways}


def slower(slow: Timing, fast: Timing) -> Ratio:
    """How many times slower ``slow`` was, round by round."""
    inside = slow.seconds / fast.seconds
    return Ratio(float(np.median(inside)), float(inside.min()), float(inside.max()))


@dataclass(frozen=True)
class Report:
    """A table with what must be known to read it. ``checks`` are the claims that tests hold it to."""

    title: str
    setup: Sequence[str]
    rows: Sequence[Mapping[str, Cell | Ratio]]
    checks: Mapping[str, bool] = field(default_factory=dict)

    def markdown(self) -> str:
        """The table as it is printed."""
        heads = list(dict.fromkeys(head for row in self.rows for head in row))
        lines = [f"## {self.title}", "", *(f"* {line}" for line in self.setup), ""]
        lines += [_line(heads), _line(["---"] * len(heads))]
        lines += [_line([_text(row.get(head)) for head in heads]) for row in self.rows]
        lines += [
            "",
            *(f"* {'holds' if held else 'DOES NOT HOLD'}: {what}" for what, held in self.checks.items()),
        ]
        return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(cell: Cell | Ratio) -> str:
    return "" if cell is None else _short(cell) if isinstance(cell, float) else str(cell)


def _short(value: float) -> str:
    """Three digits, without an exponent where people count."""
    return f"{value:,.0f}" if 100 <= abs(value) < 1e9 else f"{value:.3g}"


def is_installed(package: str) -> bool:
    """True when an optional peer can be imported here."""
    return importlib.util.find_spec(package) is not None


def missing(package: str, what: str) -> list[str]:
    """A line about rows that are not there because an optional peer is not installed; none when it is."""
    return [] if is_installed(package) else [f"{what}: no rows, {package} is not installed here"]


def machine() -> str:
    """The class of machine and the versions, for the line under each title."""
    facts = Path("/proc/cpuinfo")
    text = facts.read_text(encoding="utf-8") if facts.is_file() else ""
    model = next(
        (line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")), ""
    )
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES if is_installed(name)]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    where = f"{model or platform.processor() or platform.machine()}, {os.cpu_count()} cores{load}"
    return f"{where}; Python {platform.python_version()}, {', '.join(versions)}; CPU time of one thread"


def main(
    description: str | None,
    reports: Callable[[argparse.Namespace], Sequence[Report]],
    switches: Mapping[str, str] | None = None,
) -> None:
    """Command line of a benchmark: ``--quick`` for a small run, ``--rounds``, its own switches; prints its tables."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small run that shows that everything works")
    parser.add_argument("--rounds", type=int, default=None, help="counted rounds (default 7, quick: 2)")
    for name, meaning in (switches or {}).items():
        parser.add_argument(f"--{name}", action="store_true", help=meaning)
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (2 if chosen.quick else 7)
    for report in reports(chosen):
        print(report.markdown(), flush=True)
        print()
