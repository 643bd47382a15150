"""Processes that write, read and get killed: run as ``python -m tests.store.writing VERB LOCATION ...``.

What belongs here: the other side of the concurrency tests, over the public contract. What does not:
assertions (the tests that start these).
"""

import sys
import time

from scaling_assets.store import Head, open_store
from tests.store import made

EXPERIMENT = made.experiment()


def generations(location: str, first: int, last: int) -> None:
    """Land and refit again and again; say so on the standard output once a generation is published."""
    store = open_store(location)
    for n in range(first, last):
        store.append(made.source(made.rows(6, first=6 * n), f"{n}.jsonl"))
        store.write_trials(EXPERIMENT, made.trials(EXPERIMENT, [float(n)] * 3), f"t{n}")
        store.write_laws("locality", [made.law(law_id=f"law{n}", data_version=f"t{n}")], f"l{n}")
        head = Head("locality", f"o{n}", f"t{n}", f"l{n}", f"v{n}")
        store.write_verdicts(head, [made.verdict(law_id=f"law{n}", data_version=f"l{n}")])
        print(n, flush=True)
        store.publish()


def appends(location: str, worker: int, sources: int) -> None:
    """Land the sources that all workers land, each in an order of its own."""
    store = open_store(location)
    for i in range(sources):
        n = (i + worker) % sources
        store.append(
            made.source(made.rows(6, first=3 * n, seed=n // 1000), f"{n}.jsonl", source_id=f"source{n}")
        )


def hold(location: str, seconds: float) -> None:
    """Keep the writers' lock for a while."""
    with open_store(location).writing():  # type: ignore[attr-defined]
        print("holding", flush=True)
        time.sleep(seconds)


if __name__ == "__main__":
    verb, location, *numbers = sys.argv[1:]
    {"generations": generations, "appends": appends, "hold": hold}[verb](location, *map(int, numbers))
