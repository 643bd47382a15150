"""Experiments of the coverage benchmark: planted truths with noise, as problems to fit.

What belongs here: one cell's setting, its noise, its simulated problems. What does not: truths and designs
(``planted_truths``), what intervals hold of them (``coverage``).
"""

import hashlib
from dataclasses import dataclass, field

import numpy as np

from benchmarks.planted_truths import Design, Truth
from scaling_assets.records.experiment import Estimator, LawQuestion
from scaling_assets.science.fitting import Problem
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.laws import FAMILIES

AXES = ("n", "d", "e", "f")
BEYOND = 1.5
INSIDE = np.linspace(0.1, 0.9, 5)  # places inside the data, as shares of its length in ln x
CLUSTER_SHARE = 0.5  # of the variance, shared by all points of a unit in clustered designs
SHAPES = ("normal", "t3", "unequal", "binomial")
TAIL = 3  # degrees of freedom of heavy tails


@dataclass(frozen=True)
class Setting:
    """One cell of the table."""

    truth: Truth
    noise: float
    design: Design
    shape: str = "normal"
    truths: str = "planted"  # the set that the truth is from
    residuals: str = ""
    estimator: Estimator = field(default_factory=Estimator)

    @property
    def scale(self) -> str:
        """The residual scale: logit for probabilities."""
        is_rate = not FAMILIES[self.truth.family].has_scale
        return self.residuals or ("logit" if is_rate or self.shape == "binomial" else "log")

    @property
    def items(self) -> int:
        """Items of a run under binomial noise: at a rate of one half their log odds vary by ``noise``."""
        return int(np.rint(4.0 / self.noise**2))

    def size(self, x: np.ndarray) -> np.ndarray:
        """Standard deviation of each point over the nominal noise: at unequal noise from 1/2 to 2 along axis 1."""
        if self.shape != "unequal":
            return np.ones(len(x))
        low, high = np.log(self.truth.seen[:, 0])
        return np.exp(np.log(4.0) * ((np.log(x[:, 0]) - low) / (high - low) - 0.5))

    def places(self) -> np.ndarray:
        """The diagonal of the measured range and, last, 1.5 times its upper end on every axis: (6, k)."""
        low, high = np.log(self.truth.seen)
        inside = np.exp(low + INSIDE[:, None] * (high - low))
        return np.concatenate([inside, BEYOND * self.truth.seen[1:]])


def problems(setting: Setting, experiments: int, replicates: int, seed: int) -> list[Problem]:
    """Simulated experiments of one cell; the first of many are the same as few."""
    family, truth = FAMILIES[setting.truth.family], setting.truth
    x, number = setting.design.points(truth)
    scale = SCALES[setting.scale]
    eta = scale.forward(family.curve(truth.theta, x))
    unit = np.array([f"u{i:04d}" for i in number], dtype=object)
    estimator = Estimator(name="binomial") if setting.shape == "binomial" else setting.estimator
    asked = LawQuestion(metric="y", by=AXES[: x.shape[1]], families=(truth.family,), bootstrap=replicates,
                        estimator=estimator)  # fmt: skip
    cell = f"{truth.name} {setting.noise} {setting.design} {setting.shape}"  # estimators share their data
    mine = int.from_bytes(hashlib.sha256(cell.encode()).digest()[:4])
    rng = np.random.default_rng(np.random.SeedSequence([seed, mine]))
    out = []
    for i in range(experiments):
        weight = None
        if setting.shape == "binomial":
            y = rng.binomial(setting.items, scale.backward(eta)) / setting.items
            weight = np.full(len(x), float(setting.items))
        else:
            y = scale.backward(eta + setting.noise * _shocks(setting, x, number, rng))
        out.append(Problem("coverage", asked, x, y, unit, residuals=setting.scale, weight=weight,
                           group={"experiment": i}))  # fmt: skip
    return out


def _shocks(setting: Setting, x: np.ndarray, number: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Deviations of variance 1 (n,), larger and smaller ones where the noise is unequal."""
    if setting.shape == "t3":
        return rng.standard_t(TAIL, len(x)) * np.sqrt((TAIL - 2) / TAIL)
    shock = rng.standard_normal(len(x))
    if setting.design.is_clustered:
        own = rng.standard_normal(number.max() + 1)[number]
        shock = np.sqrt(CLUSTER_SHARE) * own + np.sqrt(1 - CLUSTER_SHARE) * shock
    return shock * setting.size(x)
