"""Other ways to spend a budget for runs: evenly, at random, far apart, or until something is reached.

What lives here: what a design is held against, and the start where no law is usable. What does not: the design
(``design``).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from scaling_assets.science.planning.design import MAX_RUNS, Purse, Question, gains, score


def uniform_batch(question: Question) -> np.ndarray:
    """What is bought when nothing is known: candidates evenly spaced in their order, as many as the budget allows."""
    purse, n = question.purse, question.n
    for k in range(n, 0, -1):
        counts = np.zeros(n, dtype=int)
        counts[evenly(n, k)] = 1
        if purse.spent(counts) <= purse.budget and all(counts <= np.array(purse.most)):
            while k == n and counts.sum() < MAX_RUNS:
                more = counts + 1
                if purse.spent(more) > purse.budget or any(more > np.array(purse.most)):
                    break
                counts = more
            return counts
    return np.zeros(n, dtype=int)


def evenly(n: int, k: int) -> np.ndarray:
    """k of n positions, evenly spaced, ends included."""
    return np.unique(np.round(np.linspace(0, n - 1, k)).astype(int)) if k > 1 else np.array([n // 2])


def random_batch(question: Question, rng: np.random.Generator) -> np.ndarray:
    """Candidates in random order, each bought while it can be."""
    counts = np.zeros(question.n, dtype=int)
    while counts.sum() < MAX_RUNS:
        able = np.flatnonzero(question.purse.affordable(counts))
        if not len(able):
            return counts
        counts[rng.choice(able)] += 1
    return counts


def spread_batch(places: np.ndarray, purse: Purse, first: Sequence[int] = ()) -> np.ndarray:
    """A start where no law is usable: far from one another first, then replicates of what was bought.

    ``places`` (n, k) on scales on which distance means something (logarithms, each axis of width 1). The first are
    those given, then the ends, then always the candidate farthest from all chosen ones (maximin; Johnson, Moore &
    Ylvisaker 1990, Journal of Statistical Planning and Inference 26), as the budget allows.
    """
    n = len(places)
    counts = np.zeros(n, dtype=int)
    order = [*first, int(np.argmin(places.sum(axis=1))), int(np.argmax(places.sum(axis=1)))]
    for i in dict.fromkeys(order):
        if purse.affordable(counts)[i]:
            counts[i] += 1
    while counts.sum() < MAX_RUNS:
        able = purse.affordable(counts)
        chosen = np.flatnonzero((counts > 0) | purse.repeats)
        far = (
            np.min(np.linalg.norm(places[:, None] - places[None, chosen], axis=2), axis=1)
            if len(chosen) else np.ones(n)
        )  # fmt: skip
        far = np.where(able, far, -1.0)
        if far.max() > 1e-9:
            counts[int(np.argmax(far))] += 1
        elif able.any():  # every place has one: replicates, evenly
            counts[int(np.argmin(np.where(able, counts, MAX_RUNS + 1)))] += 1
        else:
            break
    return counts


def even_runs_for(question: Question, goal: float) -> np.ndarray | None:
    """The fewest evenly spread runs (n,) whose score is no worse than the goal; None beyond MAX_RUNS."""
    n = question.n
    for k in range(1, MAX_RUNS + 1):
        counts = np.full(n, k // n)
        if k % n:
            counts[evenly(n, k % n)] += 1
        if score(question, counts) <= goal + 1e-12 * abs(goal):
            return counts
    return None


def extended(
    question: Question, counts: np.ndarray, enough: Callable[[np.ndarray], bool]
) -> np.ndarray | None:
    """The batch with the best runs for their cost added, whatever they cost in all, until it is enough; None: never."""
    rich = replace(question, purse=replace(question.purse, budget=Fraction(10) ** 15))
    costs = np.array([float(c) for c in rich.purse.costs])
    counts = counts.copy()
    while not enough(counts):
        gained = np.where(rich.purse.affordable(counts), gains(rich, counts), 0.0) / costs
        if counts.sum() >= MAX_RUNS or not gained.max() > 0:
            return None
        counts[int(np.argmax(gained))] += 1
    return counts
