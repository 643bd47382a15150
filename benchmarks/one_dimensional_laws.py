"""Bootstrap refits of single-variable laws: ours in batches against one call of curve_fit or lmfit a data set.

    python -m benchmarks.one_dimensional_laws

The job is 10,000 experiments x 6 families x 200 bootstrap replicates of 8 level means; it is timed on a sample and
the total is the sum over families of median CPU time a fit times two million. All sides minimise the same sum of
squares of the same replicates, once of ln y and once of y itself. Where curve_fit leaves the domain that our family
declares (a negative floor, say) the objectives are no comparison; such fits are counted and left out of it. A fit
for which our side reports no optimum counts as worse than any peer's.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks import ours
from benchmarks.designs import TRUTHS, Replicates, replicates
from benchmarks.harness import Report, Timing, Way, Work, interleave, machine, main, missing, slower
from benchmarks.peers import one_dimensional as usual
from scaling_assets.science.fitting import Problem, fit
from scaling_assets.science.laws import FAMILIES

EXPERIMENTS, BOOTSTRAPS = 10_000, 200
JOB = (
    "linear",
    "logarithmic",
    "power",
    "power_floor",
    "saturating_exponential",
    "hill",
)  # others are timed beside it
WORSE = 1e-6  # relative difference from which on an objective counts as worse
EXACT = 1e-12  # sums of squares below this are rounding
OFTEN = 0.999
MINE = {f"ours, {engine}": engine for engine in ours.ENGINES}
WHOLE = "ours, whole laws by fit()"

Timings = Mapping[tuple[str, str], Timing]


@dataclass(frozen=True)
class Sample:
    """How much of the job is timed: experiments a turn of ours, fits a turn of each peer."""

    experiments: int
    replicates: int
    fits: int


@dataclass(frozen=True)
class Compared:
    """Counts over the fits of one peer: who ended higher, where no comparison was possible."""

    family: str
    fits: int
    gave_up: int
    outside: int
    compared: int
    ours_above: int
    peer_above: int

    def cells(self) -> dict[str, float | int]:
        """The columns of this peer's row."""
        return {
            "gave up": self.gave_up / self.fits,
            "outside the domain": self.outside / self.fits,
            f"it above ours by > {WORSE:g}": self.peer_above / max(1, self.compared),
            f"ours above it by > {WORSE:g}": self.ours_above,
        }


def report(rounds: int, residuals: str, *, quick: bool = False) -> Report:
    """One residual scale: CPU time a fit by family and way, the whole job, and whose objective is lower."""
    sample = Sample(2, 20, 4) if quick else Sample(200, BOOTSTRAPS, 60)
    names = [name for name in usual.CURVES if name in FAMILIES]
    data = {name: _planted(name, sample, seed) for seed, name in enumerate(names)}
    turns: dict[tuple[str, str], Callable[[int], Work]] = {}
    for name in names:
        turns |= {(name, way): _ours(name, residuals, data[name], e) for way, e in MINE.items()}
        turns[name, WHOLE] = _ours_whole(name, residuals, data[name])
        turns |= {
            (name, way): _peer(name, residuals, data[name], f, sample.fits) for way, f in usual.FITS.items()
        }
    timed = interleave([Way("|".join(key), turn) for key, turn in turns.items()], rounds)
    timings = {key: timed["|".join(key)] for key in turns}
    rows, counted = [], []
    for (name, way), timing in timings.items():
        row = _row(name, way, timings)
        if way in usual.FITS:
            compared = _compare(
                name, residuals, data[name], timing, _highest(name, residuals, data[name], timings)
            )
            counted.append(compared)
            row |= compared.cells()
        rows.append(row)
    absent = [f"{n}: no rows, the family is not registered" for n in usual.CURVES if n not in FAMILIES]
    setup = [
        machine(),
        "8 level means, 1 % noise, planted from the family itself",
        *absent,
        *missing("lmfit", "lmfit"),
    ]
    what = "ln y" if residuals == "log" else "y"
    title = f"Single-variable laws, residuals of {what}"
    return Report(title, setup, rows + _totals(names, timings), _checks(counted))


def _planted(name: str, sample: Sample, seed: int) -> Replicates:
    return replicates(usual.CURVES[name].formula, TRUTHS[name], sample.experiments, sample.replicates, seed)


def _totals(names: list[str], timings: Timings) -> list[dict]:
    """The whole job by way: a round's seconds are added over families before ratios are formed."""
    ways = list(dict.fromkeys(way for _, way in timings))
    counted = [name for name in names if name in JOB]
    whole = {way: _sum([timings[name, way] for name in counted]) for way in ways}
    job = f"{EXPERIMENTS:,} x {len(counted)} x {BOOTSTRAPS}: CPU s"
    return [
        {"family": f"the {len(counted)} of the job", "way": way, "n": timing.pieces,
         "CPU us a fit": 1e6 * timing.median / len(counted), job: EXPERIMENTS * BOOTSTRAPS * timing.median}
        | {f"slower than {other}": slower(timing, whole[other]) for other in MINE}
        for way, timing in whole.items()
    ]  # fmt: skip


def _checks(counted: list[Compared]) -> dict[str, bool]:
    """One claim a family, over all peers; a fit that ours gave up counts against it."""
    claims = {}
    for name in dict.fromkeys(c.family for c in counted):
        mine = [c for c in counted if c.family == name]
        above, compared = sum(c.ours_above for c in mine), sum(c.compared for c in mine)
        what = f"{name}: ours is not above a peer's objective by more than {WORSE:g} of it in {OFTEN:.1%} of fits"
        claims[f"{what} ({compared - above} of {compared})"] = above <= (1 - OFTEN) * compared
    return claims


def _problems(name: str, residuals: str, data: Replicates) -> list[Problem]:
    return [ours.problem(x, y, (name,), residuals=residuals) for x, y in zip(data.x, data.means, strict=True)]


def _ours(name: str, residuals: str, data: Replicates, engine: str) -> Callable[[int], Work]:
    asked, count = _problems(name, residuals, data), data.y.shape[0] * data.y.shape[1]
    return lambda _: Work(count, ours.refits(asked, name, y=data.y, engine=engine))


def _ours_whole(name: str, residuals: str, data: Replicates) -> Callable[[int], Work]:
    """Everything that a law is: point fit, back-tests, evidence, and as many replicates, drawn by our own rule."""
    asked = _problems(name, residuals, data)
    return lambda _: Work(len(asked) * BOOTSTRAPS, fit(asked))


def _peer(name: str, residuals: str, data: Replicates, fit: Callable, each: int) -> Callable[[int], Work]:
    curve = usual.CURVES[name]
    order = np.random.default_rng(3).permutation(data.y.shape[0] * data.y.shape[1])

    def turn(number: int) -> Work:
        at = order[np.arange(number * each, (number + 1) * each) % len(order)]
        e, r = np.unravel_index(at, data.y.shape[:2])
        found = [fit(curve, residuals, data.x[i], data.y[i, j]) for i, j in zip(e, r, strict=True)]
        return Work(each, (e, r, np.array(found)))

    return turn


def _row(name: str, way: str, timings: Timings) -> dict:
    timing = timings[name, way]
    row: dict = {"family": name, "way": way, "n": timing.pieces, "CPU us a fit": 1e6 * timing.median}
    return row | {f"slower than {other}": slower(timing, timings[name, other]) for other in MINE}


def _sum(timings: list[Timing]) -> Timing:
    """One fit of each family: seconds added within each round."""
    return Timing(np.sum([t.seconds for t in timings], axis=0), tuple(w for t in timings for w in t.works))


def _highest(name: str, residuals: str, data: Replicates, timings: Timings) -> np.ndarray:
    """The highest objective (experiments, replicates) of our engines, infinity where one gave up."""
    t = usual.target(data.y, residuals)
    found = []
    for way in MINE:
        theta = timings[name, way].works[-1].result
        curves = np.stack([FAMILIES[name].curve(theta[e], x[:, None]) for e, x in enumerate(data.x)])
        found.append(np.sum((usual.target(curves, residuals) - t) ** 2, axis=-1))
    highest = np.max(found, axis=0)  # NaN when one of them is
    return np.where(np.isfinite(highest), highest, np.inf)


def _compare(name: str, residuals: str, data: Replicates, timing: Timing, reached: np.ndarray) -> Compared:
    curve = usual.CURVES[name]
    counts = dict.fromkeys(("fits", "gave_up", "outside", "compared", "ours_above", "peer_above"), 0)
    for work in timing.works:
        for e, r, theta in zip(*work.result, strict=True):
            counts["fits"] += 1
            theirs = usual.sums_of_squares(curve, residuals, data.x[e], data.y[e, r], theta)
            if not np.isfinite(theirs):
                counts["gave_up"] += 1
                continue
            if not ours.in_domain(name, curve.names, theta):
                counts["outside"] += 1
                continue
            counts["compared"] += 1
            counts["ours_above"] += bool(reached[e, r] > theirs * (1 + WORSE) + EXACT)
            counts["peer_above"] += bool(theirs > reached[e, r] * (1 + WORSE) + EXACT)
    return Compared(name, **counts)


def _reports(chosen: argparse.Namespace) -> list[Report]:
    return [report(chosen.rounds, residuals, quick=chosen.quick) for residuals in ("log", "identity")]


if __name__ == "__main__":
    main(__doc__, _reports)
