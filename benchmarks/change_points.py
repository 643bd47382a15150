"""Changes over time: false alarms without a change, planted changes found and told apart. Prints n of each cell.

    python -m benchmarks.change_points            # 500 series a cell, 100 seeds; --quick for a tenth
    python -m benchmarks.change_points --lives    # also series judged anew with each point

What belongs here: planted histories and what is counted. What does not: detection (``science.changes``).

Design of the planted histories: a metric that is 2 x^.35 at six sizes from 1e3 to 3.2e5 (2.5 decades), three
runs at each, 4 % noise a run, a common drift of 3 % over 40 commits; a change at commit 20 to 30. It is looked
for commit by commit, with three commits after it at most, and in the whole history.
"""

import argparse
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.science.changes.case import LOOKS
from scaling_assets.science.changes.null import autoregressive
from scaling_assets.science.changes.segments import Rules, first_p_value
from scaling_assets.science.changes.watch import watch

ALPHA = 0.05
LENGTHS = (30, 100, 300)
RHOS = (0.0, 0.5)
RULES = Rules(least=3, enough=15, has_drift=True, largest_rho=0.6)
SIZES, RUNS, NOISE, DRIFT, COMMITS = 6, 3, 0.04, 0.03, 40
AFTER = 3  # commits after the change within which it has to be found
KINDS = {"level": {"factor": 1.08}, "exponent": {"exponent": 0.40}}


def declared(looks: str) -> Experiment:
    """The experiment whose law is watched."""
    changes = {"by": "commit", "hardware": "host", "looks": looks, "alpha": ALPHA}
    law = {"metric": "ms", "by": ["items"], "families": ["power"], "changes": changes}
    return Experiment.model_validate(
        {
            "name": "engine",
            "title": "Engine",
            "mode": "simulated",
            "dimensions": [{"name": "items", "unit": "items"}],
            "metrics": [{"name": "ms", "unit": "ms", "direction": "lower", "lower": 0}],
            "context": [{"name": "commit"}, {"name": "host"}],
            "laws": [law],
        }
    )


def planted(
    rng: np.random.Generator, commits: int = COMMITS, at: int | None = None, *, factor: float = 1.0,
    exponent: float = 0.35, rho: float = 0.0, common: float = 0.0,
) -> pd.DataFrame:  # fmt: skip
    """Trials of a history; from commit ``at`` on with another factor or exponent. ``common``: noise of a commit."""
    x = np.tile(np.repeat(np.geomspace(1e3, 10**5.5, SIZES), RUNS), commits)
    commit = np.repeat(np.arange(commits), SIZES * RUNS)
    after = np.zeros(len(x), dtype=bool) if at is None else commit >= at
    shared = common * autoregressive(rng.standard_normal((1, commits)), rho)[0][commit]
    noise = NOISE * rng.standard_normal(len(x))
    y = 2 * np.where(after, factor, 1.0) * x ** np.where(after, exponent, 0.35)
    y *= np.exp(DRIFT * commit / commits + shared + noise)
    frame = pd.DataFrame({"unit": [f"r{i}" for i in range(len(x))], "items": x, "value": y})
    return frame.assign(
        metric="ms", commit=[f"c{c:03d}" for c in commit], host="a", seed=None, condition=None, is_simulated=True,
        n=1, sd=np.nan, numerator=np.nan, denominator=np.nan, sample=None,
    )  # fmt: skip


def false_alarms(series: int, lengths: Sequence[int] = LENGTHS, seed: int = 1) -> Iterator[dict[str, object]]:
    """Share of series without a change in which one is reported at ``ALPHA``, a cell a row."""
    rng = np.random.default_rng(seed)
    for n in lengths:
        for rho in RHOS:
            one = autoregressive(rng.standard_normal((series, n)), rho)
            two = autoregressive(rng.standard_normal((2 * series, n)), rho).reshape(series, 2, n)
            yield {
                "points": n, "rho": rho, "series": series,
                "scalar": float(np.mean([_p(z[None]) <= ALPHA for z in one])),
                "level and exponent": float(np.mean([_p(z) <= ALPHA for z in two])),
            }  # fmt: skip


def lives(series: int, first: int = 15, last: int = 60, seed: int = 2) -> Iterator[dict[str, object]]:
    """Share of series without a change in which one is reported at any look from ``first`` to ``last`` points."""
    rng = np.random.default_rng(seed)
    for rho in RHOS:
        z = autoregressive(rng.standard_normal((series, last)), rho)
        alarmed = [
            any(_p(one[None, :n]) <= ALPHA / LOOKS * RULES.enough / n for n in range(first, last + 1))
            for one in z
        ]
        yield {
            "points": f"{first} to {last}",
            "rho": rho,
            "series": series,
            "any report": float(np.mean(alarmed)),
        }


def found(kind: str, seeds: Sequence[int]) -> dict[str, object]:
    """How often a planted change is found and called by its name, commit by commit and in the whole history."""
    early, placed, named, held, wrong = [], [], [], [], []
    for seed in seeds:
        rng = np.random.default_rng([seed, len(kind)])
        at = int(rng.integers(20, 31))
        trials = planted(rng, at=at, **KINDS[kind])
        point = f"c{at:03d}"
        first = next(
            (w for n in range(at + 1, at + AFTER + 1) if (w := _judged(trials, n, "each")).changes), None
        )
        early.append(first is not None)
        whole = _judged(trials, COMMITS, "once").changes
        near = [c for c in whole if abs(int(c.point[1:]) - at) <= AFTER]
        placed.append(bool(near))
        reports = [c.kind for c in (first.changes if first else ())] + [c.kind for c in near]
        named.append(bool(reports) and set(reports) == {kind})
        held.append(bool(near) and near[0].earliest <= point <= near[0].latest)
        wrong.append(len(whole) - len(near))
    return {
        "planted": kind, "seeds": len(early), f"reported within {AFTER} commits": float(np.mean(early)),
        f"placed within {AFTER} commits": float(np.mean(placed)), "called by its name": float(np.mean(named)),
        "interval holds the commit": float(np.mean(held)), "further reports": float(np.mean(wrong)),
    }  # fmt: skip


def _judged(trials: pd.DataFrame, commits: int, looks: str):
    return watch(declared(looks), trials.iloc[: commits * SIZES * RUNS])[0]


def _p(history: np.ndarray) -> float:
    found_p = first_p_value(history, RULES)
    assert found_p is not None
    return found_p


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--lives", action="store_true")
    chosen = parser.parse_args()
    series, seeds = (50, 10) if chosen.quick else (500, 100)
    print(f"False alarms at alpha {ALPHA}, history judged once")
    for row in false_alarms(series):
        print("  " + _line(row), flush=True)
    if chosen.lives:
        print("False alarms over the life of a series, judged anew with each point")
        for row in lives(series):
            print("  " + _line(row), flush=True)
    print("Planted changes")
    for kind in KINDS:
        print("  " + _line(found(kind, range(seeds))), flush=True)


def _line(row: dict[str, object]) -> str:
    return ", ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items())


if __name__ == "__main__":
    main()
