"""Case bootstrap of the Chinchilla law: our batched refits against the published one-at-a-time method.

    python -m benchmarks.chinchilla_bootstrap

Both sides minimise the same sum of Huber losses (delta 1e-3) over the same resamples of the same points. Ours takes
all resamples in one call, point fit included. A peer takes some of them each round, others in the next;
``--all`` lets the exact-gradient peer refit every resample once more, untimed, to compare all objectives.
"""

import argparse
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks import ours
from benchmarks.designs import Runs, case_weights, chinchilla_runs, planted_runs
from benchmarks.harness import Report, Timing, Way, Work, interleave, machine, main, missing, slower
from benchmarks.peers import chinchilla_bfgs as published

REPLICATES = 4000
PARAMETERS = ("A", "B", "E", "alpha", "beta")
#: Standard errors of the parameters from 4,000 resamples of the published points, and the share by which
#: they may be missed (B has a heavy tail).
KNOWN_ERRORS = np.array([124.5, 1293.0, 0.0257, 0.0154, 0.0206])
TOLERANCE = np.array([0.03, 0.05, 0.03, 0.03, 0.03])
ROUNDING = 1e-9  # relative difference of objectives that decides nothing
WORSE = 1e-6  # relative difference from which on an objective counts as worse


def report(rounds: int, *, quick: bool = False, compare_all: bool = False) -> Report:
    """CPU time a refit, how many times slower than ours, and whose objective is lower."""
    runs = chinchilla_runs()
    weight = case_weights(len(runs.loss), 200 if quick else REPLICATES)
    each = 2 if quick else 20
    mine = {f"ours, {engine}": _ours(runs, weight, engine) for engine in ours.ENGINES}
    peers = {name: _peer(runs, weight, refit, each) for name, refit in published.REFITS.items()}
    timed = interleave([Way(name, turn) for name, turn in (mine | peers).items()], rounds)
    found = {name: timed[name].works[-1].result for name in mine}
    reached = {name: published.objectives(theta, runs, weight) for name, theta in found.items()}
    rows = [
        {"way": name, "n": timed[name].pieces, "CPU us a refit": 1e6 * timed[name].median,
         f"{len(weight)} refits, CPU s": timed[name].median * len(weight)}
        | {f"slower than {other}": slower(timed[name], timed[other]) for other in mine}
        | ({} if name in mine else _compared(timed[name], runs, weight, reached))
        for name in timed
    ]  # fmt: skip
    if compare_all:
        rows.append(_compared_all(runs, weight, reached))
    return Report(
        f"Chinchilla bootstrap, {len(weight)} resamples",
        [machine(), runs.origin, *_spread_lines(runs, found), *missing("autograd", "the published gradient")],
        rows,
        _checks(rows, runs, found, len(weight)),
    )


def growth(rounds: int, *, quick: bool = False) -> Report:
    """How the ratio shrinks with the number of points: planted designs, fewer resamples."""
    rows: list[dict] = []
    for points in (240, 2400) if quick else (240, 2400, 24_000):
        runs = planted_runs(points, "growth")
        weight = case_weights(points, 20 if quick else 200)
        mine = {f"ours, {engine}": _ours(runs, weight, engine) for engine in ours.ENGINES}
        peers = {name: _peer(runs, weight, refit, 1) for name, refit in published.REFITS.items()}
        timed = interleave([Way(name, turn) for name, turn in (mine | peers).items()], rounds)
        reached = {name: published.objectives(timed[name].works[-1].result, runs, weight) for name in mine}
        for name, timing in timed.items():
            rows.append(
                {"points": points, "way": name, "n": timing.pieces, "CPU us a refit": 1e6 * timing.median}
                | {f"slower than {other}": slower(timing, timed[other]) for other in mine}
                | ({} if name in mine else _compared(timing, runs, weight, reached))
            )
    above = [v for row in rows for head, v in row.items() if head.endswith("above it, at most")]
    setup = [machine(), f"planted points, {len(weight)} resamples a call of ours, point fit included"]
    checks = {
        f"our objective is never above a peer's by more than {ROUNDING:g} of it": max(above) <= ROUNDING
    }
    return Report("Chinchilla bootstrap by number of points", setup, rows, checks)


def _ours(runs: Runs, weight: np.ndarray, engine: str) -> Callable[[int], Work]:
    asked = ours.problem(runs.x, runs.loss, ("chinchilla",), ours.HUBER)
    return lambda _: Work(
        len(weight), ours.refits([asked], "chinchilla", weight=weight[None], engine=engine)[0]
    )


def _peer(
    runs: Runs, weight: np.ndarray, refit: Callable[[published.Loss], np.ndarray], each: int
) -> Callable[[int], Work]:
    def turn(number: int) -> Work:
        at = np.arange(number * each, (number + 1) * each) % len(weight)
        found = [refit(published.Loss(runs, published.resample(weight[k]))) for k in at]
        return Work(each, (at, published.natural(np.array(found))))

    return turn


def _compared(
    timing: Timing, runs: Runs, weight: np.ndarray, reached: dict[str, np.ndarray]
) -> dict[str, float]:
    at = np.concatenate([work.result[0] for work in timing.works])
    theta = np.concatenate([work.result[1] for work in timing.works])
    return _against(published.objectives(theta, runs, weight[at]), at, reached)


def _against(theirs: np.ndarray, at: np.ndarray, reached: dict[str, np.ndarray]) -> dict[str, float]:
    """Largest relative amount by which ours lies above, share of resamples in which the peer lies above."""
    theirs = np.where(np.isfinite(theirs), theirs, np.inf)
    over = {f"{name} above it, at most": float(np.max(f[at] / theirs - 1)) for name, f in reached.items()}
    lowest = np.min([f[at] for f in reached.values()], axis=0)
    return over | {f"it above ours by > {WORSE:g}": float(np.mean(theirs > lowest * (1 + WORSE)))}


def _compared_all(runs: Runs, weight: np.ndarray, reached: dict[str, np.ndarray]) -> dict[str, str | float]:
    found = [published.refit_exact(published.Loss(runs, published.resample(row))) for row in weight]
    theirs = published.objectives(published.natural(np.array(found)), runs, weight)
    row: dict[str, str | float] = {
        "way": "BFGS, exact gradient, every resample (not timed)",
        "n": len(weight),
    }
    return row | _against(theirs, np.arange(len(weight)), reached)


def _spread_lines(runs: Runs, found: dict[str, np.ndarray]) -> list[str]:
    lines = []
    for name, theta in found.items():
        pairs = zip(PARAMETERS, _spread(theta), strict=True)
        lines.append(f"standard errors, {name}: {', '.join(f'{label} {sd:.6g}' for label, sd in pairs)}")
    return lines if runs.is_published else []


def _spread(theta: np.ndarray) -> np.ndarray:
    return np.std(theta, axis=0, ddof=1)


def _checks(
    rows: Sequence[dict], runs: Runs, found: dict[str, np.ndarray], replicates: int
) -> dict[str, bool]:
    above = [
        row[f"{name} above it, at most"]
        for row in rows
        for name in found
        if f"{name} above it, at most" in row
    ]
    checks = {
        f"our objective is never above a peer's by more than {ROUNDING:g} of it": max(above) <= ROUNDING
    }
    if runs.is_published and replicates == REPLICATES:
        for name, theta in found.items():
            close = np.abs(_spread(theta) / KNOWN_ERRORS - 1) <= TOLERANCE
            checks[f"the published standard errors are met, {name}"] = bool(close.all())
    return checks


def _reports(chosen: argparse.Namespace) -> list[Report]:
    first = report(chosen.rounds, quick=chosen.quick, compare_all=chosen.all)
    return [first, growth(chosen.rounds, quick=chosen.quick)]


if __name__ == "__main__":
    main(__doc__, _reports, {"all": "compare the objectives of all resamples (about a minute)"})
