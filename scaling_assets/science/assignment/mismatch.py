"""Are the arms of the runs that landed those of the assignment's ratio? Tests of counts against shares.

What lives here: the test of one table of counts. What does not: counting runs (``landed``).

Assignment balances counts, so without losses they vary less than a multinomial's: the test is conservative
there. Losses that have nothing to do with the arm leave it so; losses that depend on the arm are what it finds.
"""

from collections.abc import Sequence
from math import comb

import numpy as np
from scipy import special, stats

EXACT = 50_000  # outcomes that are enumerated
LEAST_EXPECTED = 5.0  # counts below which chi-square is no approximation (Cochran 1954, Biometrics 10)
DRAWS = 200_000
_TIE = 1e-7  # relative: two probabilities this close are the same (as in R's binom.test)


def multinomial_test(observed: Sequence[int], share: Sequence[float], *, seed: int = 0) -> tuple[float, str]:
    """Return the p-value of counts against shares, and the method's name.

    Exact where the outcomes can be enumerated: the probability of all outcomes that are at most as probable
    as the one observed (Read & Cressie 1988, Goodness-of-Fit Statistics, ch. 5). Beyond that Pearson's
    chi-square, or, where an expected count lies below 5, the same probability over 200,000 draws.

    Args:
        observed: units by arm, shape (k,), k >= 2.
        share: positive shares, shape (k,), of any sum.
        seed: of the draws; the same counts and seed give the same answer.

    Raises:
        ValueError: fewer than two arms, shapes that differ, a negative count, or a share that is not positive.
    """
    counts, p = np.asarray(observed, dtype=np.int64), np.asarray(share, dtype=float)
    if counts.ndim != 1 or counts.shape != p.shape or len(counts) < 2:
        raise ValueError("counts and shares have one value each for two arms or more")
    if (counts < 0).any() or not (p > 0).all():
        raise ValueError("counts are not negative and shares are positive")
    p = p / p.sum()
    n, k = int(counts.sum()), len(counts)
    if n == 0:
        return 1.0, "no units"
    if comb(n + k - 1, k - 1) <= EXACT:
        tables = _tables(n, k)
        chances = np.exp(_log_chance(tables, p))
        limit = float(np.exp(_log_chance(counts[None], p))[0]) * (1 + _TIE)
        return min(1.0, float(chances[chances <= limit].sum())), "exact multinomial test"
    if (n * p).min() >= LEAST_EXPECTED:
        return float(stats.chisquare(counts, n * p).pvalue), "chi-square test"
    drawn = np.random.default_rng(seed).multinomial(n, p, size=DRAWS)
    limit = float(_log_chance(counts[None], p)[0]) + _TIE
    beyond = int((_log_chance(drawn, p) <= limit).sum())
    return (beyond + 1) / (DRAWS + 1), f"multinomial test over {DRAWS:,} draws"


def _log_chance(tables: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Logarithm of the multinomial probability of each row, shape (m,)."""
    n = tables[0].sum()
    return special.gammaln(n + 1) - special.gammaln(tables + 1).sum(axis=1) + tables @ np.log(p)


def _tables(n: int, k: int) -> np.ndarray:
    """Every way to place n units in k arms, shape (comb(n + k - 1, k - 1), k)."""
    found, left = np.zeros((1, 0), dtype=np.int64), np.array([n])
    for _ in range(k - 1):
        repeat = left + 1
        starts = np.repeat(np.cumsum(repeat) - repeat, repeat)
        taken = np.arange(int(repeat.sum())) - starts
        found = np.column_stack([np.repeat(found, repeat, axis=0), taken])
        left = np.repeat(left, repeat) - taken
    return np.column_stack([found, left])
