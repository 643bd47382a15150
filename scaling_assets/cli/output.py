"""How answers, messages and progress reach people and programs.

What belongs here: stdout, stderr, tables, colour. What does not: what is said (each command).

The answer goes to stdout, everything else to stderr. On a terminal tables have lines and colour
(NO_COLOR turns colour off); in a pipe they are plain text in columns, never cut and never coloured.
"""

import json
import math
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

QUIET_S = 2.0  # nothing is said about work shorter than this
REPEAT_S = 5.0  # between lines in a log
STYLES = {
    "pass": "green",
    "consistent": "green",
    "converged": "green",
    "optimal": "green",
    "answered": "green",
    "infeasible": "red",
    "fail": "red",
    "inconsistent": "red",
    "failed": "red",
    "rejected": "red",
    "inconclusive": "yellow",
    "insufficient data": "yellow",
    "not derivable": "yellow",
    "waiting": "yellow",
    "bound hit": "yellow",
}


class Tell(Protocol):
    """Reports progress: what, how many of how many, and a word about the present one."""

    def __call__(self, what: str, done: int, total: int, text: str) -> None:
        """Say where the work stands."""


def answer(text: str) -> None:
    """A line of the answer."""
    sys.stdout.write(text + "\n")


def message(text: str) -> None:
    """A line beside the answer."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def document(value: Any) -> None:
    """The answer as one JSON document; a number that JSON cannot hold becomes null."""
    answer(json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False))


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], empty: str = "none yet") -> None:
    """A titled table, or the title with a word when there is nothing in it."""
    if not rows:
        answer(f"{title}: {empty}")
    elif sys.stdout.isatty():
        _rich_table(title, header, rows)
    else:
        _plain_table(title, header, rows)


def _plain_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [list(header), *[[" ".join(str(cell).split()) for cell in row] for row in rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    answer(title)
    for line in lines:
        answer("  " + "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip())


def _rich_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(
        title=Text(title), title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for name in header:
        shown.add_column(name, overflow="fold")
    for row in rows:
        # Text, not markup: a square bracket in a group's name is a square bracket.
        shown.add_row(*[Text(cell, style=STYLES.get(cell, "")) for cell in row])
    Console().print(shown)


@contextmanager
def progress() -> Iterator[Tell]:
    """Show on stderr what is going on once work has taken longer than two seconds.

    A terminal gets one line that renews itself, anything else a line every few seconds. The lines come
    from a clock, so that a step which reports nothing is still seen to be alive.
    """
    latest = ""
    ended = threading.Event()
    is_terminal = sys.stderr.isatty()

    def tell(what: str, done: int, total: int, text: str) -> None:
        nonlocal latest
        count = f" {done}/{total}" if total else ""
        latest = ": ".join(part for part in (f"{what}{count}", " ".join(text.split())) if part)

    def show() -> None:
        started = time.monotonic()
        wait = QUIET_S
        while not ended.wait(wait):
            wait = 0.25 if is_terminal else REPEAT_S
            line = f"[{time.monotonic() - started:4.0f} s] {latest or 'working'}"
            sys.stderr.write(
                f"\r\x1b[2K{line[: shutil.get_terminal_size().columns - 1]}" if is_terminal else line + "\n"
            )
            sys.stderr.flush()
        if is_terminal and wait != QUIET_S:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    clock = threading.Thread(target=show, daemon=True)
    clock.start()
    try:
        yield tell
    finally:
        ended.set()
        clock.join()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def program() -> str:
    """How the reader can call this program again: by name where the shell finds it, else by its path."""
    if shutil.which("scaling-assets"):
        return "scaling-assets"
    own = Path(sys.argv[0]).absolute()
    if own.name != "scaling-assets":
        return f"{sys.executable} -m scaling_assets.cli"
    here = Path.cwd()
    return str(own.relative_to(here)) if own.is_relative_to(here) else str(own)
