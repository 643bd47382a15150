"""Data of the benchmarks: the published Chinchilla points, or planted ones of the same size; planted curves.

What belongs here: points. What does not: fits of them. The published points are read where SCALING_SHARED_DATA
says, and never stored here.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from scaling_assets.science.synthetic import simulate_values

DROPPED = 5  # highest losses left out, as published (Besiroglu et al. 2024, section 2)
PLANTED = {"A": 482.01, "B": 2085.43, "E": 1.8172, "alpha": 0.3478, "beta": 0.3658}
POINTS = 240


@dataclass(frozen=True, eq=False)
class Runs:
    """Model sizes ``n``, tokens ``d`` and losses, each (points,), and where they come from."""

    n: np.ndarray
    d: np.ndarray
    loss: np.ndarray
    origin: str
    is_published: bool

    @property
    def x(self) -> np.ndarray:
        """Sizes and tokens (points, 2)."""
        return np.stack([self.n, self.d], axis=1)


def chinchilla_runs() -> Runs:
    """The 240 published points, or as many planted ones where they are not on this machine."""
    folder = os.environ.get("SCALING_SHARED_DATA")
    path = Path(folder) / "chinchilla_points.csv" if folder else None
    if path is None or not path.is_file():
        return planted_runs(POINTS, "SCALING_SHARED_DATA is not set: no published ones here")
    frame = pd.read_csv(path)
    n, compute, loss = (frame[name].to_numpy() for name in ("Model Size", "Training FLOP", "loss"))
    keep = np.argsort(np.argsort(-loss)) >= DROPPED
    origin = f"{keep.sum()} published points (Hoffmann et al. 2022, figure 4; the {DROPPED} highest losses left out)"
    return Runs(n[keep], (compute / 6 / n)[keep], loss[keep], origin, True)


def planted_runs(points: int, why: str) -> Runs:
    """Points of a planted Chinchilla law with 0.5 % noise, sizes and compute over the published ranges."""
    rng = np.random.default_rng(2022)
    compute = 10 ** rng.uniform(18.8, 21.5, points)
    n = np.clip(0.1 * np.sqrt(compute) * 10 ** rng.uniform(-0.7, 0.7, points), 4e7, 2e10)
    d = compute / 6 / n
    loss = simulate_values("chinchilla", PLANTED, np.stack([n, d], axis=1), 0.005, rng)
    return Runs(n, d, loss, f"{points} planted points ({why})", False)


def case_weights(points: int, replicates: int) -> np.ndarray:
    """How often each point comes in each case bootstrap (replicates, points).

    numpy's legacy generator with seed 42: on the 240 published points these are the published resamples.
    """
    chosen = np.random.RandomState(42).choice(points, (replicates, points))
    weight = np.zeros((replicates, points))
    np.add.at(weight, (np.arange(replicates)[:, None], chosen), 1.0)
    return weight


#: Curves that replicates are planted around, in the parameters of ``peers.one_dimensional``.
TRUTHS: dict[str, tuple[float, ...]] = {
    "linear": (1.0, 0.01),
    "logarithmic": (1.0, 0.3),
    "power": (2.0, 0.4),
    "power_floor": (0.5, 3.0, 0.4),
    "saturating_exponential": (5.0, -4.0, 1 / 60),
    "hill": (3.0, 20.0, 1.5),
    "log_sigmoid": (1.0, 3.0, 20.0, 1.5),
}


@dataclass(frozen=True, eq=False)
class Replicates:
    """Levels x (experiments, levels), means y (experiments, levels), replicates (experiments, replicates, levels)."""

    x: np.ndarray
    means: np.ndarray
    y: np.ndarray


def replicates(
    formula: Callable[..., np.ndarray],
    truth: Sequence[float],
    experiments: int,
    count: int,
    seed: int,
    levels: int = 8,
) -> Replicates:
    """Level means with 1 % noise around the truth, and ``count`` resampled versions of them, again with 1 %.

    Levels lie at random between 1 and 400, log-uniformly, other ones in each experiment.
    """
    rng = np.random.default_rng(seed)
    x = np.sort(np.exp(rng.uniform(0.0, 6.0, (experiments, levels))), axis=1)
    means = formula(x, *truth) * np.exp(0.01 * rng.standard_normal(x.shape))
    shock = 0.01 * rng.standard_normal((experiments, count, levels))
    return Replicates(x, means, means[:, None] * np.exp(shock))
