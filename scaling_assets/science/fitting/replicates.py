"""The random part of the bootstrap: which units come how often, and the shocks of the wild bootstrap.

What belongs here: random numbers, one stream a problem, shared by all its families so that replicate b of every
law of a question sees the same resampled units. What does not: fits (``resample``).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from scipy.special import chdtri

from scaling_assets.science.fitting.distinct import cell_numbers
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
    """The random numbers of one problem."""

    def __init__(self, seed: list[int], count: int) -> None:
        self.seed = seed
        self.order = self.rng("order").permutation(count)  # which Student factor each replicate gets

    def rng(self, what: str) -> np.random.Generator:
        """Random numbers for one purpose, whatever else was drawn before."""
        return np.random.default_rng(np.random.SeedSequence([*self.seed, PURPOSES.index(what) + 3]))


class _Drawn:
    """What has been drawn for the problems of a sample (n, P, B), kept for their other families."""

    def __init__(self, shape: tuple[int, int, int], dtype: type) -> None:
        self.values, self.is_drawn = np.zeros(shape, dtype=dtype), np.zeros(shape[1], dtype=bool)


class Replicates:
    """``count`` bootstrap replicates of every problem of a sample.

    ``seeds`` holds a seed sequence's entropy a problem, ``needed`` the distinct scales that a resample must have
    on every axis. Replicates whose design could not determine the curve are drawn again: the interval is
    conditional on a design that can be fitted, as the fit itself is.
    """

    def __init__(self, sample: Sample, count: int, seeds: Sequence[list[int]], needed: Sequence[int]) -> None:
        self.sample, self.count, self.needed = sample, count, needed
        self.streams = [_Stream(seed, count) for seed in seeds]
        self._at = np.arange(len(self.streams))  # these problems among those of the first sample
        self._drawn: dict[str, _Drawn] = {}

    def take(self, of: np.ndarray) -> "Replicates":
        """The same replicates of some of the problems."""
        some = Replicates(self.sample, self.count, (), self.needed)
        some.streams, some._at, some._drawn = self.streams, self._at[of], self._drawn
        return some

    def factor(self, i: int, degrees: int) -> np.ndarray:
        """The Student factor of each replicate of problem ``i`` (B,)."""
        return student_factor(degrees, self.count)[self.streams[self._at[i]].order]

    def normals(self, i: int, p: int) -> np.ndarray:
        """Standard normal numbers (p, B) of problem ``i``, apart from its resampled units."""
        rng = np.random.default_rng(np.random.SeedSequence([*self.seed(i), 2]))
        return rng.standard_normal((p, self.count))

    def seed(self, i: int) -> list[int]:
        """The entropy of problem ``i``."""
        return self.streams[self._at[i]].seed

    def weights(self, of: np.ndarray, way: str) -> np.ndarray:
        """How often each point of these problems comes (n, P, B), all points of a unit together; not to be changed.

        ``way``: "units", "case" (every point is a unit of its own), "bayesian" (exponential weights of mean 1).
        """
        return self._of(of, way, self._exponential if way == "bayesian" else self._times)

    def shocks(self, of: np.ndarray, way: str) -> np.ndarray:
        """Webb's weights, one a unit and replicate, of each point (n, P, B); not to be changed."""

        def webb(i: int, way: str) -> np.ndarray:
            units = int(self.sample.units[i])
            chosen = self.streams[i].rng(way).choice(WEBB, size=(self.count, units))
            return np.asarray(chosen[:, self._units(i)].T)

        return self._of(of, way, webb)

    def lenders(self, of: np.ndarray) -> np.ndarray:
        """Which point's residual each point gets (n, P, B), all points of a problem equally likely."""

        def points(i: int, way: str) -> np.ndarray:
            size = int(self.sample.n[i])
            return self.streams[i].rng(way).integers(0, size, size=(self.count, size)).T

        return self._of(of, "lenders", points)

    def _of(self, of: np.ndarray, way: str, draw: Callable[[int, str], np.ndarray]) -> np.ndarray:
        at = self._at[of]
        if way not in self._drawn:
            shape = (len(self.sample.y), len(self.streams), self.count)
            self._drawn[way] = _Drawn(shape, int if way == "lenders" else float)
        drawn = self._drawn[way]
        for i in at[~drawn.is_drawn[at]]:
            found = draw(int(i), way)
            drawn.values[: len(found), i] = found
        drawn.is_drawn[at] = True
        is_all = len(at) == drawn.values.shape[1] and bool((np.diff(at) == 1).all())
        return drawn.values if is_all else drawn.values[:, at]

    def _units(self, i: int) -> np.ndarray:
        return np.asarray(self.sample.unit[: int(self.sample.n[i]), i])

    def _exponential(self, i: int, way: str) -> np.ndarray:
        units = int(self.sample.units[i])
        exponential = self.streams[i].rng(way).exponential(size=(self.count, units))
        return np.asarray((exponential / exponential.mean(axis=1, keepdims=True))[:, self._units(i)].T)

    def _times(self, i: int, way: str) -> np.ndarray:
        sample, size, rng = self.sample, int(self.sample.n[i]), self.streams[i].rng(way)
        unit = np.arange(size) if way == "case" else self._units(i)
        units, is_each = int(unit.max()) + 1, bool((unit == np.arange(size)).all())
        members = [_members(axis[:size, i]) for axis in sample.x]
        needed = min(self.needed[i], *(len(member) for member in members))
        weight = np.zeros((size, self.count))
        pending = np.arange(self.count)
        for _ in range(TRIES):
            chosen = rng.integers(0, units, size=(len(pending), units))
            place = chosen * len(pending) + np.arange(len(pending))[:, None]
            times = np.bincount(place.ravel(), minlength=units * len(pending)).reshape(units, -1)
            weight[:, pending] = times if is_each else times[unit]
            pending = pending[_fewest(weight[:, pending] > 0, members) < needed]
            if not len(pending):
                break
        return weight


def _members(axis: np.ndarray) -> np.ndarray:
    """Which points (n,) have each distinct value of an axis: (values, n) of 0 and 1."""
    level = cell_numbers(axis[:, None])
    return (level == np.arange(int(level.max()) + 1)[:, None]).astype(float)


def _fewest(present: np.ndarray, members: list[np.ndarray]) -> np.ndarray:
    """Distinct values among the points present (n, B) on the axis that has the fewest: (B,)."""
    shown = present.astype(float)
    return np.min([np.sum(member @ shown > 0, axis=0) for member in members], axis=0)
