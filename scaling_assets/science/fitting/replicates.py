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
AT_ONCE = 1_000_000  # weights whose designs are looked at together
LEVELS = 64  # distinct scales that are looked for at once
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
        self.values: np.ndarray = np.zeros(shape, dtype=dtype)
        self.is_drawn = np.zeros(shape[1], dtype=bool)


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
        return self._of(of, way, self._exponential if way == "bayesian" else self._resampled)

    def shocks(self, of: np.ndarray, way: str) -> np.ndarray:
        """Webb's weights, one a unit and replicate, of each point (n, P, B); not to be changed."""
        return self._of(of, way, self._webb)

    def lenders(self, of: np.ndarray) -> np.ndarray:
        """Which point's residual each point gets (n, P, B), all points of a problem equally likely."""
        return self._of(of, "lenders", self._lent)

    def _of(
        self, of: np.ndarray, way: str, draw: Callable[[np.ndarray, str, np.ndarray], None]
    ) -> np.ndarray:
        at = self._at[of]
        if way not in self._drawn:
            shape = (len(self.sample.y), len(self.streams), self.count)
            self._drawn[way] = _Drawn(shape, int if way == "lenders" else float)
        drawn = self._drawn[way]
        draw(at[~drawn.is_drawn[at]], way, drawn.values)
        drawn.is_drawn[at] = True
        is_all = len(at) == len(drawn.is_drawn) and bool((np.diff(at) == 1).all())
        return drawn.values if is_all else drawn.values[:, at]

    def _units(self, i: int) -> np.ndarray:
        return np.asarray(self.sample.unit[: int(self.sample.n[i]), i])

    def _webb(self, of: np.ndarray, way: str, out: np.ndarray) -> None:
        for i in of.tolist():
            unit = self._units(i)
            chosen = self.streams[i].rng(way).choice(WEBB, size=(self.count, int(unit.max()) + 1))
            out[: len(unit), i] = chosen[:, unit].T

    def _lent(self, of: np.ndarray, way: str, out: np.ndarray) -> None:
        for i in of.tolist():
            size = int(self.sample.n[i])
            out[:size, i] = self.streams[i].rng(way).integers(0, size, size=(self.count, size)).T

    def _exponential(self, of: np.ndarray, way: str, out: np.ndarray) -> None:
        for i in of.tolist():
            unit = self._units(i)
            found = self.streams[i].rng(way).exponential(size=(self.count, int(unit.max()) + 1))
            out[: len(unit), i] = (found / found.mean(axis=1, keepdims=True))[:, unit].T

    def _resampled(self, of: np.ndarray, way: str, out: np.ndarray) -> None:
        rngs = [self.streams[i].rng(way) for i in of.tolist()]
        sizes = self.sample.n
        units = [np.arange(sizes[i]) if way == "case" else self._units(i) for i in of.tolist()]
        for i, unit, rng in zip(of.tolist(), units, rngs, strict=True):
            out[: len(unit), i] = _times(unit, self.count, rng)
        level = self._levels(of)
        most = np.min(np.max(level, axis=2), axis=0) + 1  # never more scales than the data have
        needed = np.minimum(np.array([self.needed[i] for i in of.tolist()], dtype=int), most)
        at_once = max(1, AT_ONCE // max(1, self.count * len(out)))
        for low in range(0, len(of), at_once):
            some = slice(low, low + at_once)
            short = _is_short(out[:, of[some]], level[:, some], needed[some])
            for place in np.flatnonzero(short.any(axis=1)).tolist():
                i, unit, rng = int(of[low + place]), units[low + place], rngs[low + place]
                pending = np.flatnonzero(short[place])
                for _ in range(TRIES - 1):
                    again = np.zeros((len(out), 1, len(pending)))
                    again[: len(unit), 0] = _times(unit, len(pending), rng)
                    out[:, i, pending] = again[:, 0]
                    here = slice(low + place, low + place + 1)
                    pending = pending[_is_short(again, level[:, here], needed[here])[0]]
                    if not len(pending):
                        break

    def _levels(self, of: np.ndarray) -> np.ndarray:
        """Which distinct value of each axis each point has (k, P, n); -1 for padding."""
        sample, sizes = self.sample, self.sample.n
        found = np.full((len(sample.x), len(of), len(sample.y)), -1)
        for row, i in enumerate(of.tolist()):
            size = int(sizes[i])
            if len(sample.x) == 1:
                found[0, row, :size] = sample.problems[i].cells[:size]
                continue
            for axis, out in zip(sample.x, found[:, row], strict=True):
                out[:size] = cell_numbers(axis[:size, i, None])
        return found


def _times(unit: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """How often each point's unit comes in resamples of as many units (n, count)."""
    units = int(unit.max()) + 1
    chosen = rng.integers(0, units, size=(count, units))
    chosen *= count
    chosen += np.arange(count)[:, None]
    times = np.bincount(chosen.ravel(), minlength=units * count).reshape(units, count)
    return times if units == len(unit) and bool((np.diff(unit) == 1).all()) else times[unit]


def _is_short(weights: np.ndarray, level: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """True for replicates (P, B) whose points of weight (n, P, B) have too few distinct values on an axis (k, P, n).

    Levels are looked for some at a time, until all replicates have enough: a problem may have as many as points.
    """
    by_problem, short = weights.transpose(1, 0, 2), np.zeros(weights.shape[1:], dtype=bool)
    for axis in level:
        found, top = np.zeros(short.shape, dtype=int), int(axis.max(initial=-1)) + 1
        for low in range(0, top, LEVELS):
            member = (axis[:, None] == np.arange(low, min(low + LEVELS, top))[:, None]).astype(float)
            found += np.sum(np.matmul(member, by_problem) > 0, axis=1)
            if (found >= needed[:, None]).all():
                break
        short |= found < needed[:, None]
    return short
