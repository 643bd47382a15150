"""Coverage of stated intervals: planted truths of every family, three noise levels, three designs and more.

    python -m benchmarks.coverage [--quick] [--family power ...] [--noise-shape t3 ...] [--experiments 300]

A cell is a family, a noise level and a design. Many experiments are simulated in it; coverage is the share of them
in which a stated 95 % interval holds the planted truth: of each parameter, of the mean curve inside the data (five
places evenly apart, their mean) and at 1.5 times the largest x, and of a new run there, whose chance is computed
from the noise, not sampled. Only usable fits count; the share of others stands beside them. The Monte Carlo
standard error of a share near .95 over 300 experiments is .013, of the mean of c cells .013 / sqrt(c).
"""

import argparse
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from benchmarks.harness import Cell, Report
from scaling_assets.records.experiment import Estimator, LawQuestion
from scaling_assets.records.law import Law
from scaling_assets.science.fitting import Problem, curve, fit
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.laws import FAMILIES
from tests.science.laws.planted_laws import PLANTED

NOISE = (0.01, 0.05, 0.2)
LEVEL = 0.95
BEYOND = 1.5
INSIDE = np.linspace(0.1, 0.9, 5)  # places inside the data, as shares of its length in ln x
CURVES = ("mean inside", "mean beyond", "new run beyond")
TARGET = (0.93, 0.97)
SHAPES = ("normal", "t3", "unequal")


@dataclass(frozen=True)
class Design:
    """``scales`` places an axis times ``runs``; clusters: each unit is measured at every scale."""

    name: str
    scales: Mapping[int, int]  # by the number of axes
    runs: int
    is_clustered: bool = False
    is_unequal: bool = False

    def points(self, family: str) -> tuple[np.ndarray, np.ndarray]:
        """Points x (n, k) over the range of the family's planted design, and the unit of each (n,)."""
        seen = PLANTED[family][1]
        k = seen.shape[1]
        axes = [np.geomspace(seen[:, j].min(), seen[:, j].max(), self.scales[k]) for j in range(k)]
        cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, k)
        runs = np.full(len(cells), self.runs)
        if self.is_unequal:
            runs = np.maximum(
                1, (2 * self.runs * (np.arange(len(cells))[::-1] + 0.5) / len(cells)).astype(int)
            )
        x = np.repeat(cells, runs, axis=0)
        numbers = np.concatenate([np.arange(run) for run in runs]) if self.is_clustered else np.arange(len(x))
        return x, numbers


DESIGNS = (
    Design("few", {1: 7, 2: 4, 3: 3}, 1),
    Design("some", {1: 8, 2: 5, 3: 3}, 3),
    Design("many", {1: 8, 2: 6, 3: 4}, 6),
)
MORE_DESIGNS = (
    Design("5 x 1", {1: 5, 2: 3, 3: 3}, 1),
    Design("12 x 1", {1: 12, 2: 5, 3: 3}, 1),
    Design("unequal runs", {1: 7, 2: 4, 3: 3}, 3, is_unequal=True),
    Design("6 units at all scales", {1: 8, 2: 4, 3: 3}, 6, is_clustered=True),
    Design("15 units at all scales", {1: 8, 2: 4, 3: 3}, 15, is_clustered=True),
)
CLUSTER_SHARE = 0.5  # of the variance, shared by all points of a unit in clustered designs


@dataclass(frozen=True)
class Setting:
    """One cell of the table."""

    family: str
    noise: float
    design: Design
    shape: str = "normal"
    residuals: str = ""
    estimator: Estimator = field(default_factory=Estimator)

    @property
    def scale(self) -> str:
        """The residual scale: logit for probabilities."""
        return self.residuals or ("log" if FAMILIES[self.family].has_scale else "logit")

    @property
    def truth(self) -> np.ndarray:
        """Planted parameters in the family's order (p,)."""
        return np.array([PLANTED[self.family][0][name] for name in FAMILIES[self.family].names])


def problems(setting: Setting, experiments: int, replicates: int, seed: int) -> list[Problem]:
    """Simulated experiments of one cell."""
    family = FAMILIES[setting.family]
    x, number = setting.design.points(setting.family)
    eta = SCALES[setting.scale].forward(family.curve(setting.truth, x))
    unit = np.array([f"u{i:03d}" for i in number], dtype=object)
    asked = LawQuestion(metric="y", by=("n", "d", "e")[: x.shape[1]], families=(setting.family,),
                        bootstrap=replicates, estimator=setting.estimator)  # fmt: skip
    cell = f"{setting.family} {setting.noise} {setting.design} {setting.shape}"  # estimators share their data
    mine = int.from_bytes(hashlib.sha256(cell.encode()).digest()[:4])
    rng = np.random.default_rng(np.random.SeedSequence([seed, mine]))
    out = []
    for i in range(experiments):
        y = SCALES[setting.scale].backward(eta + setting.noise * _shocks(setting, x, number, rng))
        out.append(Problem("coverage", asked, x, y, unit, residuals=setting.scale, group={"experiment": i}))
    return out


def _shocks(setting: Setting, x: np.ndarray, number: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Deviations of variance 1 (n,)."""
    if setting.shape == "t3":
        return rng.standard_t(3, len(x)) / np.sqrt(3.0)
    shock = rng.standard_normal(len(x))
    if setting.design.is_clustered:
        own = rng.standard_normal(number.max() + 1)[number]
        shock = np.sqrt(CLUSTER_SHARE) * own + np.sqrt(1 - CLUSTER_SHARE) * shock
    return shock * _size(setting, x)


def _size(setting: Setting, x: np.ndarray) -> np.ndarray:
    """Standard deviation of each point over the nominal noise: at unequal noise from 1/2 to 2 along the first axis."""
    if setting.shape != "unequal":
        return np.ones(len(x))
    seen = PLANTED[setting.family][1][:, 0]
    low, high = np.log(seen.min()), np.log(seen.max())
    return np.exp(np.log(4.0) * ((np.log(x[:, 0]) - low) / (high - low) - 0.5))


def places(setting: Setting) -> np.ndarray:
    """The diagonal of the measured range and, last, 1.5 times its upper end on every axis: (6, k)."""
    seen = PLANTED[setting.family][1]
    low, high = np.log(seen.min(axis=0)), np.log(seen.max(axis=0))
    inside = np.exp(low + INSIDE[:, None] * (high - low))
    return np.concatenate([inside, BEYOND * seen.max(axis=0)[None]])


def held(setting: Setting, law: Law) -> dict[str, float]:
    """What the intervals of one law hold of the truth (1 or 0; the new run: a probability)."""
    scale, at = SCALES[setting.scale], places(setting)
    true = FAMILIES[setting.family].curve(setting.truth, at)
    out = {}
    for p, value in zip(law.parameters, setting.truth, strict=True):
        out[p.name] = float((p.low is None or p.low <= value) and (p.high is None or value <= p.high))
    _, low, high = curve(law, at, level=LEVEL)
    holds = ~(low > true) & ~(high < true)  # an end that is none excludes nothing
    out["mean inside"], out["mean beyond"] = float(np.mean(holds[:-1])), float(holds[-1])
    _, low, high = curve(law, at[-1:], kind="new_run", level=LEVEL)
    size = setting.noise * _size(setting, at[-1:])
    with np.errstate(all="ignore"):
        ends = [(scale.forward(end) - scale.forward(true[-1:])) / size for end in (low, high)]
    cdf = (lambda t: student.cdf(t * np.sqrt(3.0), 3)) if setting.shape == "t3" else norm.cdf
    below = np.where(np.isnan(ends[0]), 0.0, cdf(ends[0]))
    above = np.where(np.isnan(ends[1]), 1.0, cdf(ends[1]))
    out["new run beyond"] = float((above - below)[0])
    out["width"] = float(np.log(high / low)[0]) if setting.scale == "log" else float((high - low)[0])
    return out


def coverage(setting: Setting, experiments: int, replicates: int, seed: int = 1) -> dict[str, float]:
    """Coverage of everything in one cell, with the shares of unusable fits and of estimates on a bound."""
    laws = fit(problems(setting, experiments, replicates, seed))
    found = [held(setting, law) for law in laws if law.is_usable]
    usable = [law for law in laws if law.is_usable]
    out = {name: float(np.mean([one[name] for one in found])) for name in found[0]} if found else {}
    if found:
        out["width"] = float(np.nanmedian([one["width"] for one in found]))
    out["usable"] = len(found) / len(laws)
    out["on a bound"] = (
        float(np.mean([any(p.at_bound for p in law.parameters) for law in usable])) if usable else 0.0
    )
    return out


def row(setting: Setting, found: Mapping[str, float]) -> dict[str, Cell]:
    """One line of the table."""
    names = FAMILIES[setting.family].names
    x = setting.design.points(setting.family)[0]
    shares = ", ".join(f"{name} {found[name]:.3f}" for name in names if name in found)
    more = {key: f"{found[key]:.3f}" if key in found else "" for key in CURVES}
    return {
        "family": setting.family, "noise": f"{100 * setting.noise:g} % {setting.shape}",
        "design": f"{setting.design.name} (n = {len(x)})", "parameters": shares, **more,
        "width of it": f"{found.get('width', float('nan')):.3g}", "usable": f"{found['usable']:.2f}",
        "on a bound": f"{found['on a bound']:.2f}",
    }  # fmt: skip


def settings(families: Sequence[str], noises: Sequence[float], designs: Sequence[Design], shapes: Sequence[str],
             estimator: Estimator) -> Iterator[Setting]:  # fmt: skip
    """All cells whose family can be fitted to the design at all."""
    for family in families:
        for design in designs:
            x = design.points(family)[0] if PLANTED[family][1].shape[1] in design.scales else np.ones((0, 1))
            law = FAMILIES[family]
            scales = min((len(np.unique(column)) for column in x.T), default=0)
            if len(x) < law.min_points or scales < law.min_scales:
                continue
            for noise in noises:
                for shape in shapes:
                    yield Setting(family, noise, design, shape, estimator=estimator)


def main() -> None:
    """The table on standard output, a line as soon as it is measured, and a summary by quantity."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two families, 60 experiments")
    parser.add_argument("--family", nargs="*", default=None, choices=sorted(PLANTED))
    parser.add_argument("--noise", nargs="*", type=float, default=list(NOISE))
    parser.add_argument("--noise-shape", nargs="*", default=["normal"], choices=SHAPES)
    parser.add_argument("--design", nargs="*", default=[d.name for d in DESIGNS])
    parser.add_argument("--estimator", default="huber")
    parser.add_argument("--experiments", type=int, default=300)
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    families = chosen.family or (["power", "usl"] if chosen.quick else list(PLANTED))
    experiments = 60 if chosen.quick else chosen.experiments
    designs = [d for d in (*DESIGNS, *MORE_DESIGNS) if d.name in chosen.design]
    rows, all_found = [], []
    for setting in settings(
        families, chosen.noise, designs, chosen.noise_shape, Estimator(name=chosen.estimator)
    ):
        found = coverage(setting, experiments, chosen.replicates, chosen.seed)
        all_found.append((setting, found))
        rows.append(row(setting, found))
        print(" | ".join(str(value) for value in rows[-1].values()), flush=True)
    error = np.sqrt(LEVEL * (1 - LEVEL) / experiments)
    said = [f"{experiments} experiments a cell, {chosen.replicates} replicates, estimator {chosen.estimator}; "
            f"standard error of a share near .95: {error:.3f}"]  # fmt: skip
    print(Report("Coverage of 95 % intervals", said, rows).markdown())
    print(summary(all_found, experiments).markdown())


def summary(found: Sequence[tuple[Setting, Mapping[str, float]]], experiments: int) -> Report:
    """By design and quantity: mean coverage, the lowest, the share of cells from 93 to 97 % within two errors."""
    error = 2 * np.sqrt(LEVEL * (1 - LEVEL) / experiments)
    rows: list[dict[str, Cell]] = []
    for design in dict.fromkeys(setting.design.name for setting, _ in found):
        mine = [(s, f) for s, f in found if s.design.name == design]
        for what in ("parameters", *CURVES):
            names = [(f, FAMILIES[s.family].names if what == "parameters" else (what,)) for s, f in mine]
            values = np.array([f[name] for f, some in names for name in some if name in f])
            if not len(values):
                continue
            inside = (values >= TARGET[0]) & (values <= TARGET[1])
            near = (values >= TARGET[0] - error) & (values <= TARGET[1] + error)
            rows.append({
                "design": design, "what": what, "cells": len(values), "mean": f"{values.mean():.3f}",
                "lowest": f"{values.min():.3f}", "highest": f"{values.max():.3f}",
                "from .93 to .97": f"{inside.mean():.2f}", "within two errors of it": f"{near.mean():.2f}",
            })  # fmt: skip
    return Report("By design", [f"two errors: {error:.3f}"], rows)


if __name__ == "__main__":
    main()
