"""Which further runs say most about a target for their cost: criteria, and a search that never overspends.

What lives here: covariances updated by runs, the criteria (c, V, D, T), greedy search with exchanges, integer
replicates. What does not: which laws, candidates and targets there are (``believed``, ``next_runs``), other ways to
spend a budget (``spending``).

A *world* holds what is believed before the batch: joint covariance of q targets and of the curve at n candidates, over
draws of laws. A run at candidate i with noise variance v conditions the whole on one noisy value (a rank-1 update):

    K <- K - K[:, i] K[i, :] / (K[i, i] + v)

which is the best linear rule's expected squared error whatever the draws' distribution (Goldstein & Wooff 2007,
Bayes Linear Statistics, chapter 3), exact where curves are linear in normal parameters: there it is the Bayesian
c-optimality of Chaloner & Verdinelli (1995, Statistical Science 10). Nothing is linearised at an estimate.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

Criterion = Literal["variance", "determinant", "separation"]
MAX_RUNS = 500  # of one batch: after so many, ask again
MAX_PASSES = 30
BETTER = 1e-9  # relative gain below which an exchange is none


@dataclass(frozen=True, eq=False)
class World:
    """``joint`` (q + n, q + n) covariance of targets, then candidates; ``noise`` (n,) variance of a run.

    ``targets`` (q,) weighs the targets' variances against each other. ``contrast`` (n, d) holds by how much the curve
    at the candidates differs, in d draws, from what this world expects, were a rival true: only for "separation".
    """

    joint: np.ndarray
    noise: np.ndarray
    targets: np.ndarray
    weight: float = 1.0
    contrast: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def q(self) -> int:
        """Number of targets."""
        return len(self.targets)


@dataclass(frozen=True, eq=False)
class Purse:
    """Candidates' costs and the budget as exact decimals, most runs of each, and the replicates there have to be.

    ``repeats`` (n,) says at which candidates a run has been made already; ``replicates`` is how many degrees of
    freedom of pure error the batch has to add, by runs where there is one already or by several of its own.
    """

    costs: tuple[Fraction, ...]
    budget: Fraction
    most: tuple[int, ...]
    repeats: np.ndarray
    replicates: int = 0

    def spent(self, counts: np.ndarray) -> Fraction:
        """What a batch costs."""
        return sum((self.costs[i] * int(counts[i]) for i in np.flatnonzero(counts)), Fraction(0))

    def affordable(self, counts: np.ndarray) -> np.ndarray:
        """Which candidates one more run can be bought of (n,) bool."""
        left = self.budget - self.spent(counts)
        return np.array([
            c <= left and counts[i] < m for i, (c, m) in enumerate(zip(self.costs, self.most, strict=True))
        ])  # fmt: skip

    def pure_error(self, counts: np.ndarray) -> int:
        """Degrees of freedom of pure error that a batch adds."""
        return int(np.sum(np.where(self.repeats, counts, np.maximum(counts - 1, 0))))


@dataclass(frozen=True, eq=False)
class Question:
    """What is to be made small or large, over which worlds, with which money."""

    criterion: Criterion
    worlds: tuple[World, ...]
    purse: Purse

    @property
    def n(self) -> int:
        """Number of candidates."""
        return len(self.purse.costs)


def conditioned(world: World, counts: np.ndarray) -> World:
    """The world after a batch: ``counts`` (n,) runs at each candidate, replicates taken together."""
    joint, contrast, q = world.joint.copy(), world.contrast.copy(), world.q
    for i in np.flatnonzero(counts):
        row = joint[q + i]
        scale = row[q + i] + world.noise[i] / counts[i]
        if not scale > 0:
            continue
        if contrast.size:
            contrast -= np.outer(row[q:], contrast[i]) / scale
        joint -= np.outer(row, row) / scale
    return World(joint, world.noise, world.targets, world.weight, contrast)


def score(question: Question, counts: np.ndarray) -> float:
    """The criterion after a batch; smaller is better.

    "variance": weighted mean variance of the targets (c-optimality with one, V-optimality with many). "determinant":
    mean ln det of the targets' covariance (D-optimality), a world each family. "separation": minus the mean squared
    distance, in standard deviations, at which the batch sees a rival that its world can mimic as well as its draws
    allow (T-optimality, Atkinson & Fedorov 1975, Biometrika 62).
    """
    total = 0.0
    for world in question.worlds:
        after = conditioned(world, counts)
        if question.criterion == "variance":
            total += world.weight * float(world.targets @ np.diag(after.joint)[: world.q])
        elif question.criterion == "determinant":
            total += world.weight * float(np.linalg.slogdet(after.joint[: world.q, : world.q])[1]) / world.q
        else:
            total -= world.weight * _distance(world, counts)
    return total


def _distance(world: World, counts: np.ndarray) -> float:
    """Mean over contrasts of delta' (C + noise)^-1 delta at the batch's runs."""
    at = np.flatnonzero(counts)
    if not len(at):
        return 0.0
    q = world.q
    spread = world.joint[np.ix_(q + at, q + at)] + np.diag(world.noise[at] / counts[at])
    delta = world.contrast[at]
    return float(np.mean(np.sum(delta * np.linalg.solve(spread, delta), axis=0)))


def gains(question: Question, counts: np.ndarray) -> np.ndarray:
    """By how much one more run at each candidate lowers the score of a batch (n,)."""
    found = np.zeros(question.n)
    for world in question.worlds:
        after, q = conditioned(world, counts), world.q
        scale = np.diag(after.joint)[q:] + world.noise
        across = after.joint[:q, q:]
        if question.criterion == "variance":
            found += world.weight * (world.targets @ across**2) / scale
        elif question.criterion == "determinant":
            inner = np.sum(across * np.linalg.solve(after.joint[:q, :q], across), axis=0) / scale
            found -= world.weight * np.log(np.maximum(1.0 - inner, 1e-300)) / q
        else:
            found += world.weight * np.mean(after.contrast**2, axis=1) / scale
    return found


def best_batch(question: Question) -> np.ndarray:
    """The best batch found (n,) of whole runs, within the budget.

    Greedy by gain for the cost and by gain alone, each followed by exchanges until none helps; the better of both.
    One of both greedy orders alone may be far off where costs differ (Khuller, Moss & Naor 1999, Information Processing
    Letters 70); exchanges are those of Fedorov (1972, Theory of Optimal Experiments, chapter 3) under a budget.
    """
    costs = np.array([max(float(c), 1e-300) for c in question.purse.costs])
    found = [
        _exchanged(question, _greedy(question, _empty(question), by)) for by in (costs, np.ones(question.n))
    ]
    if question.purse.replicates:
        found = [_exchanged(question, _repaired(question, counts)) for counts in found]
    return min(found, key=lambda counts: (_missing(question, counts), score(question, counts)))


def _empty(question: Question) -> np.ndarray:
    return np.zeros(question.n, dtype=int)


def _missing(question: Question, counts: np.ndarray) -> int:
    return max(question.purse.replicates - question.purse.pure_error(counts), 0)


def _greedy(question: Question, counts: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Runs added while they can be afforded and help."""
    counts = counts.copy()
    while counts.sum() < MAX_RUNS:
        gained = np.where(question.purse.affordable(counts), gains(question, counts), 0.0) / by
        best = int(np.argmax(gained))
        if not gained[best] > 0:
            break
        counts[best] += 1
    return counts


def _exchanged(question: Question, counts: np.ndarray) -> np.ndarray:
    """One run given up for others wherever that lowers the score and costs no replicate that is needed."""
    ones = np.ones(question.n)
    standing, missing = score(question, counts), _missing(question, counts)
    for _ in range(MAX_PASSES):
        best: tuple[float, np.ndarray] | None = None
        for i in np.flatnonzero(counts):
            fewer = counts.copy()
            fewer[i] -= 1
            gained = np.where(question.purse.affordable(fewer), gains(question, fewer), 0.0)
            for j in np.argsort(-gained)[:3]:  # the next best ones too: the best may be what was given up
                if not gained[j] > 0 or j == i:
                    continue
                tried = fewer.copy()
                tried[j] += 1
                tried = _greedy(question, tried, ones)
                if _missing(question, tried) > missing:
                    continue
                value = score(question, tried)
                if value < standing - BETTER * abs(standing) and (best is None or value < best[0]):
                    best = (value, tried)
        if best is None:
            return counts
        standing, counts = best
    return counts


def _repaired(question: Question, counts: np.ndarray) -> np.ndarray:
    """Single runs given up for replicates, the least harmful first, until there are as many as there have to be."""
    while _missing(question, counts):
        best: tuple[float, np.ndarray] | None = None
        for i in np.flatnonzero(counts):
            fewer = counts.copy()
            fewer[i] -= 1
            for j in np.flatnonzero(question.purse.affordable(fewer)):
                tried = fewer.copy()
                tried[j] += 1
                if question.purse.pure_error(tried) > question.purse.pure_error(counts):
                    value = score(question, tried)
                    if best is None or value < best[0]:
                        best = (value, tried)
        if best is None:
            break
        counts = best[1]
    return counts
