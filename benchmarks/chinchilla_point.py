"""Global point fit of the Chinchilla law: ours against the published grid of 4,500 starts.

    python -m benchmarks.chinchilla_point

A peer takes some of its starts each round, drawn without repetition; the time of all 4,500 is its median time a
start times 4,500 and says so. ``--all`` runs the exact-gradient grid whole, untimed, for the best it can find.
"""

import argparse
from collections.abc import Callable

import numpy as np

from benchmarks import ours
from benchmarks.designs import Runs, chinchilla_runs
from benchmarks.harness import Report, Timing, Way, Work, interleave, machine, main, slower
from benchmarks.peers import chinchilla_bfgs as published

OPTIMUM = 0.0010182740178  # of the published points
ROUNDING = 1e-9
SAME = 1e-6  # relative difference of objectives below which a start reached the optimum

Cells = dict[str, str | int | float | None]


def report(rounds: int, *, quick: bool = False, compare_all: bool = False) -> Report:
    """CPU time a global fit, how many times slower than ours, and the best objective seen."""
    runs = chinchilla_runs()
    each, repeats = (3, 1) if quick else (40, 5)
    order = np.random.default_rng(7).permutation(len(published.GRID))
    mine = {f"ours, {engine}": _ours(runs, repeats, engine) for engine in ours.ENGINES}
    peers = {name: _peer(runs, order, search, each) for name, search in published.POINTS.items()}
    timed = interleave([Way(name, turn) for name, turn in (mine | peers).items()], rounds)
    reached = {name: float(_objectives(timed[name].works[-1].result, runs)[0]) for name in mine}
    best = min(reached.values())
    grid = len(published.GRID)
    rows: list = [
        {"way": name, "n": timed[name].pieces, "CPU ms a global fit": 1e3 * timed[name].median}
        | {f"slower than {other}": slower(timed[name], timed[other]) for other in mine}
        | {"objective": _exact(reached[name])}
        for name in mine
    ]
    for name in peers:
        whole = Timing(timed[name].seconds * grid, timed[name].works)
        found = _objectives(np.concatenate([work.result for work in timed[name].works]), runs)
        rows.append(
            {"way": f"{name}: {grid} starts, from {timed[name].pieces}", "n": timed[name].pieces,
             "CPU ms a global fit": 1e3 * whole.median}
            | {f"slower than {other}": slower(whole, timed[other]) for other in mine}
            | _seen(found, best)
        )  # fmt: skip
    if compare_all:
        with np.errstate(all="ignore"):
            ends = [published.point_exact(published.Loss(runs), start) for start in published.GRID]
        seen_all = _seen(_objectives(published.natural(np.array(ends)), runs), best)
        rows.append({"way": "grid, exact gradient, every start (not timed)", "n": grid} | seen_all)
    seen = [row["lowest / ours - 1"] for row in rows if "lowest / ours - 1" in row]
    checks = {
        f"no start of a peer ends lower than ours by more than {ROUNDING:g} of it": min(seen) >= -ROUNDING
    }
    if runs.is_published:
        for name, value in reached.items():
            checks[f"{name}: the known optimum {OPTIMUM:.13f} is met to 1e-8"] = (
                abs(value / OPTIMUM - 1) < 1e-8
            )
    return Report("Chinchilla point fit, global", [machine(), runs.origin], rows, checks)


def _ours(runs: Runs, repeats: int, engine: str) -> Callable[[int], Work]:
    asked = ours.problem(runs.x, runs.loss, ("chinchilla",), ours.HUBER)

    def turn(_: int) -> Work:
        found = [ours.point_fit(asked, "chinchilla", engine=engine)[0] for _ in range(repeats)]
        return Work(repeats, np.array(found))

    return turn


def _peer(
    runs: Runs, order: np.ndarray, search: Callable[[published.Loss, np.ndarray], np.ndarray], each: int
) -> Callable[[int], Work]:
    def turn(number: int) -> Work:
        at = order[np.arange(number * each, (number + 1) * each) % len(order)]
        with np.errstate(all="ignore"):  # some searches run away, and come back or not
            found = [search(published.Loss(runs), published.GRID[k]) for k in at]
        return Work(each, published.natural(np.array(found)))

    return turn


def _objectives(theta: np.ndarray, runs: Runs) -> np.ndarray:
    with np.errstate(all="ignore"):  # a search that ran away has no curve
        found = published.objectives(theta, runs, np.ones((1, len(runs.loss))))
    return np.where(np.isfinite(found), found, np.inf)


def _seen(found: np.ndarray, best: float) -> Cells:
    return {
        "objective": _exact(float(found.min())),
        "lowest / ours - 1": float(found.min() / best - 1),
        "share of starts at the optimum": float(np.mean(found <= best * (1 + SAME))),
    }


def _exact(value: float) -> str:
    return f"{value:.13f}"


def _reports(chosen: argparse.Namespace) -> list[Report]:
    return [report(chosen.rounds, quick=chosen.quick, compare_all=chosen.all)]


if __name__ == "__main__":
    main(__doc__, _reports, {"all": "run every start of the grid once, untimed (about half a minute)"})
