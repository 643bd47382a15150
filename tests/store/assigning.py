"""Processes that ask for arms at the same time, and get killed: ``python -m tests.store.assigning VERB LOCATION ...``.

What belongs here: the other side of the tests of assignments. What does not: assertions. Workers are forked
from one process that has imported everything and opened nothing: twenty interpreters would take longer to
start than to ask.
"""

import multiprocessing
import sys
import time
from datetime import UTC, datetime

from scaling_assets.records.assignment import Assignment, Decision, Tally
from scaling_assets.science.assignment import Request, decide
from scaling_assets.store import design_rows, open_store
from tests.science.assignment import designs

EXPERIMENT = designs.experiment()
BLOCKS = ("medium", "high")


def request(unit: str) -> Request:
    """A unit's question; its block follows from its name."""
    return Request(unit, {"complexity": BLOCKS[sum(unit.encode()) % 2]})


def asked(unit: str, tally: Tally) -> Decision:
    """The decision about one unit."""
    return decide(EXPERIMENT, [request(unit)], tally, now=datetime.now(UTC))


def worker(location: str, number: int, units: int) -> None:
    """Ask for units of one's own, and in between for units that every worker asks for; say each answer."""
    store = open_store(location)
    store.wait_s = 300.0  # type: ignore[attr-defined]
    for i in range(units):
        unit = f"shared-{i}" if i % 5 == 0 else f"worker{number}-{i}"
        (answer,) = store.assign(EXPERIMENT.name, [unit], lambda tally, unit=unit: asked(unit, tally)).answers  # type: ignore[misc]
        assert isinstance(answer, Assignment)
        sys.stdout.write(f"{unit} {answer.arm}\n")
        sys.stdout.flush()


def fleet(location: str, workers: int, units: int) -> None:
    """That many workers at once; the exit code is the number of those that failed."""
    context = multiprocessing.get_context("fork")
    started = [context.Process(target=worker, args=(location, n, units)) for n in range(workers)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    sys.exit(sum(process.exitcode != 0 for process in started))


def stall(location: str, is_written: int) -> None:
    """Stop in the middle of an assignment: before its rows are written, or after that and before the commit."""

    def stopping(tally: Tally) -> Decision:
        if not is_written:
            wait()
        return asked("stalled", tally)

    def wait() -> None:
        sys.stdout.write("in the middle\n")
        sys.stdout.flush()
        time.sleep(120)

    with open_store(location).writing() as session:  # type: ignore[attr-defined]
        design_rows.assign(session, EXPERIMENT.name, ["stalled"], stopping)
        wait()


if __name__ == "__main__":
    verb, location, *numbers = sys.argv[1:]
    {"fleet": fleet, "stall": stall}[verb](location, *map(int, numbers))
