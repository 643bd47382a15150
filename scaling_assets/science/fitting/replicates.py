"""The random part of the bootstrap: which units come how often, and the shocks of the wild bootstrap.

What belongs here: random numbers, one stream a problem, shared by all its families so that replicate b of every
law of a question sees the same resampled units. What does not: fits (``resample``).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.special import chdtri

from scaling_assets.science.fitting.sample import Sample

FEW_UNITS = 12  # below this the case bootstrap repeats too few designs
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])  # Webb (2014)
PURPOSES = ("order", "case", "units", "bayesian", "wild", "exchanged", "lenders")
TRIES = 50  # redraws of a resample whose design could not determine a curve


@lru_cache(maxsize=256)
def student_factor(degrees: int, count: int) -> np.ndarray:
    """``count`` equally likely values of sqrt(nu / chi2_nu), ascending: what turns normal into Student quantiles."""
    factor: np.ndarray = np.sqrt(degrees / chdtri(degrees, (np.arange(count) + 0.5) / count))
    return factor


class _Stream:
    """The random numbers of one problem; what has been drawn is kept for the problem's other families."""

    def __init__(self, seed: list[int], count: int) -> None:
        self.seed = seed
        self.order = self.rng("order").permutation(count)  # which Student factor each replicate gets
        self.kept: dict[str, np.ndarray] = {}

    def rng(self, what: str) -> np.random.Generator:
        """Random numbers for one purpose, whatever else was drawn before."""
        return np.random.default_rng(np.random.SeedSequence([*self.seed, PURPOSES.index(what) + 3]))


class Replicates:
    """``count`` bootstrap replicates of every problem of a sample.

    ``seeds`` holds a seed sequence's entropy a problem, ``needed`` the distinct scales that a resample must have
    on every axis. Replicates whose design could not determine the curve are drawn again: the interval is
    conditional on a design that can be fitted, as the fit itself is.
    """

    def __init__(self, sample: Sample, count: int, seeds: Sequence[list[int]], needed: Sequence[int]) -> None:
        self.sample, self.count, self.needed = sample, count, needed
        self.streams = [_Stream(seed, count) for seed in seeds]

    def take(self, of: np.ndarray) -> "Replicates":
        """The same replicates of some of the problems."""
        some = Replicates(self.sample.take(of), self.count, (), [self.needed[i] for i in of])
        some.streams = [self.streams[i] for i in of]
        return some

    def factor(self, i: int, degrees: int) -> np.ndarray:
        """The Student factor of each replicate of problem ``i`` (B,)."""
        return student_factor(degrees, self.count)[self.streams[i].order]

    def normals(self, i: int, p: int) -> np.ndarray:
        """Standard normal numbers (p, B) of problem ``i``, apart from its resampled units."""
        rng = np.random.default_rng(np.random.SeedSequence([*self.streams[i].seed, 2]))
        return rng.standard_normal((p, self.count))

    def seed(self, i: int) -> list[int]:
        """The entropy of problem ``i``."""
        return self.streams[i].seed

    def weights(self, of: np.ndarray, way: str) -> np.ndarray:
        """How often each point of these problems comes (n, P, B), all points of a unit together.

        ``way``: "units", "case" (every point is a unit of its own), "bayesian" (exponential weights of mean 1).
        """
        out = np.zeros((len(self.sample.y), len(of), self.count))
        for column, i in enumerate(of):
            stream = self.streams[i]
            if way not in stream.kept:
                stream.kept[way] = self._weights(int(i), way, stream.rng(way))
            out[: stream.kept[way].shape[1], column] = stream.kept[way].T
        return out

    def shocks(self, of: np.ndarray, way: str) -> np.ndarray:
        """Webb's weights, one a unit and replicate, of each point (n, P, B)."""
        out = np.zeros((len(self.sample.y), len(of), self.count))
        for column, i in enumerate(of):
            stream, size = self.streams[i], int(self.sample.n[i])
            if way not in stream.kept:
                units = int(self.sample.units[i])
                stream.kept[way] = stream.rng(way).choice(WEBB, size=(self.count, units))
            out[:size, column] = stream.kept[way][:, self.sample.unit[:size, i]].T
        return out

    def lenders(self, of: np.ndarray) -> np.ndarray:
        """Which point's residual each point gets (n, P, B), all points of a problem equally likely."""
        out = np.zeros((len(self.sample.y), len(of), self.count), dtype=int)
        for column, i in enumerate(of):
            stream, size = self.streams[i], int(self.sample.n[i])
            if "lenders" not in stream.kept:
                stream.kept["lenders"] = stream.rng("lenders").integers(0, size, size=(self.count, size))
            out[:size, column] = stream.kept["lenders"].T
        return out

    def _weights(self, i: int, way: str, rng: np.random.Generator) -> np.ndarray:
        sample, size = self.sample, int(self.sample.n[i])
        unit = np.arange(size) if way == "case" else sample.unit[:size, i]
        units = int(unit.max()) + 1
        if way == "bayesian":
            exponential = rng.exponential(size=(self.count, units))
            return (exponential / exponential.mean(axis=1, keepdims=True))[:, unit]
        levels = [np.unique(axis[:size, i], return_inverse=True)[1].ravel() for axis in sample.x]
        needed = min(self.needed[i], *(int(level.max()) + 1 for level in levels))
        weight = np.zeros((self.count, size))
        pending = np.arange(self.count)
        for _ in range(TRIES):
            chosen = rng.integers(0, units, size=(len(pending), units))
            chosen += np.arange(len(pending))[:, None] * units
            times = np.bincount(chosen.ravel(), minlength=len(pending) * units).reshape(-1, units)
            weight[pending] = times[:, unit]
            pending = pending[_fewest(weight[pending] > 0, levels) < needed]
            if not len(pending):
                break
        return weight


def _fewest(present: np.ndarray, levels: list[np.ndarray]) -> np.ndarray:
    """Distinct levels among the points present (B, n) on the axis that has the fewest: (B,)."""
    fewest = np.full(len(present), present.shape[1])
    for level in levels:
        member = level[:, None] == np.arange(int(level.max()) + 1)
        fewest = np.minimum(fewest, (present.astype(float) @ member > 0).sum(axis=1))
    return fewest
