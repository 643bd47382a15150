"""Choosing a law by rolling origins: our back-tests against a loop of curve_fit.

    python -m benchmarks.rolling_origin

The job is 10,000 experiments of 8 levels; every family is fitted to the first levels and scored on the next ones,
from each origin. Both sides use the origins and held-out points that our rule gives, residuals of ln y and least
squares; fits of a peer that leave the domain of our family are counted, not compared. It is timed on a sample; the
total is the median CPU time an experiment times 10,000.
"""

import argparse
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks import ours
from benchmarks.designs import TRUTHS, replicates
from benchmarks.harness import Report, Timing, Way, Work, interleave, machine, main, slower
from benchmarks.peers import one_dimensional as usual
from scaling_assets.science.fitting import Problem
from scaling_assets.science.laws import FAMILIES

EXPERIMENTS = 10_000
WORSE = 1e-6  # relative difference from which on an objective counts as worse
EXACT = 1e-12  # sums of squares below this are rounding
OFTEN = 0.999
PEERS = ("curve_fit, start from data", "curve_fit, start of ones")


def report(rounds: int, *, quick: bool = False) -> Report:
    """CPU time an experiment by way, and how fits, errors and choices compare."""
    names = [name for name in usual.CURVES if name in FAMILIES]
    asked = _problems(names, 1 if quick else 20)
    origins = [ours.origins(one, names) for one in asked]
    mine = {f"ours, {engine}": _ours(asked, names, engine) for engine in ours.ENGINES}
    each = 1 if quick else 6
    peers = {way: _peer(asked, names, origins, way, each) for way in PEERS}
    timed = interleave([Way(name, turn) for name, turn in (mine | peers).items()], rounds)
    fits = len(names) * float(np.mean([len(splits) for splits in origins]))
    reached = [_objectives_of_ours(one, names, splits) for one, splits in zip(asked, origins, strict=True)]
    rows, claims = [], {name: np.zeros(2, dtype=int) for name in names}
    for name, timing in timed.items():
        row = {
            "way": name, "n": timing.pieces, "CPU us a fit": 1e6 * timing.median / fits,
            "CPU ms an experiment": 1e3 * timing.median,
            f"{EXPERIMENTS:,} experiments: CPU s": EXPERIMENTS * timing.median,
        } | {f"slower than {other}": slower(timing, timed[other]) for other in mine}  # fmt: skip
        if name in peers:
            row |= _compared(timing, reached, timed[next(iter(mine))], names, claims)
        rows.append(row)
    setup = f"8 levels, {len(names)} families ({', '.join(names)}), {fits:.0f} fits an experiment, 1 % noise"
    silent = np.mean(np.concatenate([np.isinf(f).ravel() for f in reached]))
    ridge = f"ours reports no optimum for {silent:.1%} of fits (they lie on ridges towards a simpler law): not compared"
    return Report("Selection by rolling origins", [machine(), setup, ridge], rows, _checks(claims))


def _checks(claims: dict[str, np.ndarray]) -> dict[str, bool]:
    what = f"ours is not above a peer's objective by more than {WORSE:g} of it in {OFTEN:.1%} of fits"
    return {
        f"{name}: {what} ({compared - above} of {compared})": bool(above <= (1 - OFTEN) * compared)
        for name, (above, compared) in claims.items()
    }


def _compared(
    timing: Timing,
    reached: list[np.ndarray],
    mine: Timing,
    names: Sequence[str],
    claims: dict[str, np.ndarray],
) -> dict[str, float | int]:
    """The peer's columns; adds to ``claims`` how many of its fits lie below ours, and how many were compared."""
    gave_up = outside = peer_above = ours_above = fair = total = 0
    for work in timing.works:
        for i, theirs in zip(work.result[0], work.result[1], strict=True):
            own = reached[i]
            usable = np.isfinite(theirs) & np.isfinite(own)
            worse = usable & (own > theirs * (1 + WORSE) + EXACT)
            total, fair = total + theirs.size, fair + int(usable.sum())
            gave_up, outside = gave_up + int(np.isinf(theirs).sum()), outside + int(np.isnan(theirs).sum())
            peer_above += int((usable & (theirs > own * (1 + WORSE) + EXACT)).sum())
            ours_above += int(worse.sum())
            for name, row, count in zip(names, worse, usable, strict=True):
                claims[name] += (int(row.sum()), int(count.sum()))
    return {
        "gave up": gave_up / total, "outside the domain": outside / total,
        f"it above ours by > {WORSE:g}": peer_above / max(1, fair), f"ours above it by > {WORSE:g}": ours_above,
        "same choice": _same_choice(timing, mine),
    }  # fmt: skip


def _problems(names: Sequence[str], each: int) -> list[Problem]:
    found = []
    for seed, name in enumerate(names):
        data = replicates(usual.CURVES[name].formula, TRUTHS[name], each, 1, 100 + seed)
        found += [ours.problem(x, y[0], names) for x, y in zip(data.x, data.y, strict=True)]
    return found


def _ours(asked: Sequence[Problem], names: Sequence[str], engine: str) -> Callable[[int], Work]:
    return lambda _: Work(len(asked), ours.back_test_errors(asked, names, engine=engine))


def _peer(
    asked: Sequence[Problem], names: Sequence[str], origins: Sequence, way: str, each: int
) -> Callable[[int], Work]:
    order = np.random.default_rng(5).permutation(len(asked))

    def turn(number: int) -> Work:
        at = order[np.arange(number * each, (number + 1) * each) % len(order)]
        found = [[_scored(asked[i], name, origins[i], way) for name in names] for i in at]
        objectives = [[f[0] for f in row] for row in found]
        errors = [[f[1] for f in row] for row in found]
        return Work(each, (at, np.array(objectives), np.array(errors)))

    return turn


def _scored(asked: Problem, name: str, origins: Sequence, way: str) -> tuple[list[float], float]:
    """The objective of each origin's fit (infinity: gave up, NaN: left our domain), and the held-out error."""
    curve, x, y = usual.CURVES[name], asked.x[:, 0], asked.y
    scaled, objectives, errors = usual.on_scale(curve, "log"), [], []
    for origin in origins:
        theta = usual.FITS[way](curve, "log", x[origin.fitted], y[origin.fitted])
        found = usual.sums_of_squares(curve, "log", x[origin.fitted], y[origin.fitted], theta)
        is_outside = np.isfinite(found) and not ours.in_domain(name, curve.names, theta)
        objectives.append(np.nan if is_outside else found)
        held = np.concatenate(origin.cells)
        with np.errstate(all="ignore"):
            errors.append(scaled(x[held], *theta) - np.log(y[held]))
    error = float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))
    return objectives, error if np.isfinite(error) else np.inf


def _objectives_of_ours(asked: Problem, names: Sequence[str], origins: Sequence) -> np.ndarray:
    """Sums of squares (families, origins) of our fits to each origin, infinity where it reports no optimum."""
    weight = np.stack([origin.fitted for origin in origins]).astype(float)
    found = []
    for name in names:
        curves = FAMILIES[name].curve(ours.fits_of_subsets(asked, name, weight), asked.x)
        with np.errstate(all="ignore"):
            r = np.log(curves) - np.log(asked.y)
        found.append(np.sum(np.where(weight > 0, r, 0.0) ** 2, axis=1))
    return np.where(np.isfinite(found), found, np.inf)


def _same_choice(theirs: Timing, mine: Timing) -> float:
    """Share of experiments in which the lowest back-test error is the same family's."""
    errors = mine.works[-1].result
    return float(np.mean([
        np.argmin(errors[i]) == np.argmin(row)
        for work in theirs.works for i, row in zip(work.result[0], work.result[2], strict=True)
    ]))  # fmt: skip


def _reports(chosen: argparse.Namespace) -> list[Report]:
    return [report(chosen.rounds, quick=chosen.quick)]


if __name__ == "__main__":
    main(__doc__, _reports)
