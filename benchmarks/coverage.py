"""Coverage of stated intervals: planted truths of every family, three noise levels, three designs and more.

    python -m benchmarks.coverage [--quick] [--family power ...] [--truths fresh] [--noise-shape t3 ...]
                                  [--experiments 300] [--keep cells.jsonl] [--seconds 120]

A cell is a truth, a noise level and a design. Many experiments are simulated in it; coverage is the share of them
in which a stated 95 % interval holds the planted truth: of each parameter, of the mean curve inside the data (five
places evenly apart, their mean) and at 1.5 times the largest x, and of a new run there, whose chance is computed
from the noise, not sampled. Only usable fits count; the share of others stands beside them. The Monte Carlo
standard error of a share near .95 over 300 experiments is .013, of the mean of c cells .013 / sqrt(c).

``--keep`` names a file of JSON lines, one a cell: cells that stand there are not measured again, so that a long run
can be stopped at any time. ``--seconds`` bounds the CPU time of a cell; one that reaches it has fewer experiments,
and its line says how many.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import binom, norm
from scipy.stats import t as student

from benchmarks.coverage_table import Found, Kept, by_design, line, table
from benchmarks.planted_experiments import SHAPES, TAIL, Setting, problems
from benchmarks.planted_truths import DESIGNS, FRESH_DESIGNS, MORE_DESIGNS, TRUTHS, Design
from scaling_assets.records.experiment import Estimator
from scaling_assets.records.law import Law
from scaling_assets.science.fitting import curve, fit
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.laws import FAMILIES

NOISE = (0.01, 0.05, 0.2)
LEVEL = 0.95
PIECE = 25  # experiments between two looks at the clock


def held(setting: Setting, law: Law) -> dict[str, tuple[float, float]]:
    """What the intervals of one law miss of the truth, below and above it (1 or 0; the new run: probabilities)."""
    truth, at = setting.truth, setting.places()
    true = FAMILIES[truth.family].curve(truth.theta, at)
    out = {}
    for p, value in zip(law.parameters, truth.theta, strict=True):
        out[p.name] = (
            float(p.high is not None and p.high < value),
            float(p.low is not None and p.low > value),
        )
    _, low, high = curve(law, at, level=LEVEL)
    below, above = high < true, low > true  # an end that is none excludes nothing
    out["mean inside"] = float(np.mean(below[:-1])), float(np.mean(above[:-1]))
    out["mean beyond"] = float(below[-1]), float(above[-1])
    _, low, high = curve(law, at[-1:], kind="new_run", level=LEVEL)
    out["new run beyond"] = _new_run(setting, at[-1:], true[-1:], low, high)
    return out


def _new_run(
    setting: Setting, at: np.ndarray, true: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[float, float]:
    """The chance that a run lies above the interval, or below it: that the interval is too low, or too high."""
    if setting.shape == "binomial":
        over = (
            0.0 if np.isnan(high[0]) else binom.sf(np.floor(high[0] * setting.items), setting.items, true[0])
        )
        under = (
            0.0
            if np.isnan(low[0])
            else binom.cdf(np.ceil(low[0] * setting.items) - 1, setting.items, true[0])
        )
        return float(over), float(under)
    scale, size = SCALES[setting.scale], setting.noise * setting.size(at)
    with np.errstate(all="ignore"):
        ends = [(scale.forward(end) - scale.forward(true)) / size for end in (low, high)]
    heavy = np.sqrt(TAIL / (TAIL - 2))
    cdf = (lambda t: student.cdf(t * heavy, TAIL)) if setting.shape == "t3" else norm.cdf
    under = np.where(np.isnan(ends[0]), 0.0, cdf(ends[0]))
    over = np.where(np.isnan(ends[1]), 0.0, 1.0 - cdf(ends[1]))
    return float(over[0]), float(under[0])


def width(setting: Setting, law: Law) -> float:
    """Length of the interval of a new run at 1.5 times the largest x, on a log scale where residuals are."""
    _, low, high = curve(law, setting.places()[-1:], kind="new_run", level=LEVEL)
    return float(np.log(high / low)[0]) if setting.scale == "log" else float((high - low)[0])


def coverage(
    setting: Setting, experiments: int, replicates: int, seed: int = 1, seconds: float = float("inf")
) -> Found:
    """Coverage of everything in one cell, with the shares of unusable fits and of estimates on a bound."""
    asked = problems(setting, experiments, replicates, seed)
    start, laws = time.process_time(), list[Law]()
    piece = experiments if seconds == float("inf") else PIECE
    for first in range(0, experiments, piece):
        laws += fit(asked[first : first + piece])
        if time.process_time() - start > seconds:
            break
    usable = [law for law in laws if law.is_usable]
    missed = [held(setting, law) for law in usable]
    names = list(missed[0]) if missed else []
    means = {name: np.mean([one[name] for one in missed], axis=0) for name in names}
    return Found(
        truths=setting.truths, name=setting.truth.name, family=setting.truth.family,
        noise=setting.noise, shape=setting.shape,
        design=setting.design.name, points=len(asked[0].y), estimator=setting.estimator.name,
        experiments=len(laws), replicates=replicates, seed=seed,
        usable=len(usable) / len(laws),
        on_a_bound=float(np.mean([any(p.at_bound for p in law.parameters) for law in usable])) if usable else 0.0,
        width=float(np.nanmedian([width(setting, law) for law in usable])) if usable else float("nan"),
        below={name: float(mean[0]) for name, mean in means.items()},
        above={name: float(mean[1]) for name, mean in means.items()},
        seconds=round(time.process_time() - start, 2),
    )  # fmt: skip


def settings(
    truths: str, families: Sequence[str], noises: Sequence[float], designs: Sequence[Design], shapes: Sequence[str],
    estimator: Estimator,
) -> Iterator[Setting]:  # fmt: skip
    """All cells of a set of truths, by truth; of some families or, where none is named, of all."""
    for truth in (t for t in TRUTHS[truths] if t.family in families or not families):
        for design in designs:
            for noise in noises:
                for shape in shapes:
                    yield Setting(truth, noise, design, shape, truths=truths, estimator=estimator)


def main() -> None:
    """A line a cell as soon as it is measured, then the table and a summary by design."""
    chosen = _switches().parse_args()
    families = chosen.family or (["power", "usl"] if chosen.quick else [])
    experiments = 60 if chosen.quick else chosen.experiments
    standard = FRESH_DESIGNS if chosen.truths in ("fresh", "near bounds") else [d.name for d in DESIGNS]
    designs = [d for d in (*DESIGNS, *MORE_DESIGNS) if d.name in (chosen.design or standard)]
    kept = Kept(Path(chosen.keep)) if chosen.keep else Kept(None)
    found = []
    estimator = Estimator(name=chosen.estimator)
    for cell in settings(chosen.truths, families, chosen.noise, designs, chosen.noise_shape, estimator):
        mine = (cell.truths, cell.truth.name, cell.noise, cell.shape, cell.design.name, cell.estimator.name,
                chosen.replicates, chosen.seed)  # fmt: skip
        one = kept.cells.get(mine)
        if one is None:
            one = coverage(cell, experiments, chosen.replicates, chosen.seed, chosen.seconds)
            kept.add(one)
            print(line(one), flush=True)
        found.append(one)
    print(table(found).markdown())
    print(by_design(found).markdown())


def _switches() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two families, 60 experiments")
    parser.add_argument("--truths", default="planted", choices=list(TRUTHS))
    parser.add_argument("--family", nargs="*", default=None, choices=sorted(FAMILIES))
    parser.add_argument("--noise", nargs="*", type=float, default=list(NOISE))
    parser.add_argument("--noise-shape", nargs="*", default=["normal"], choices=SHAPES)
    parser.add_argument(
        "--design", nargs="*", default=None, choices=[d.name for d in (*DESIGNS, *MORE_DESIGNS)]
    )
    parser.add_argument("--estimator", default="huber")
    parser.add_argument("--experiments", type=int, default=300)
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="CPU time of a cell at most")
    parser.add_argument(
        "--keep", default=None, help="file of JSON lines; cells that stand there are taken from it"
    )
    return parser


if __name__ == "__main__":
    main()
