"""Many gates at once: adjusted p-values, and the level at which each member of a family is then judged.

What lives here: Holm (1979, Scand. J. Statistics 6), Hochberg (1988, Biometrika 75), Benjamini & Hochberg
(1995, JRSS B 57) and Benjamini & Yekutieli (2001, Annals of Statistics 29) as R's ``p.adjust`` computes
them. What does not: which gates are a family (declared), p-values.
"""

from typing import Literal

import numpy as np
from scipy import stats

Method = Literal["holm", "hochberg", "bh", "by", "none"]


def adjusted(p: np.ndarray, method: Method) -> np.ndarray:
    """Adjusted p-values, in the given order; shape (m,), each between its p-value and 1.

    Raises:
        ValueError: a p-value outside [0, 1].
    """
    p = np.asarray(p, dtype=float)
    if np.any(~((p >= 0) & (p <= 1))):
        raise ValueError("p-values lie between 0 and 1")
    if method == "none" or len(p) == 0:
        return p.copy()
    if method in ("bh", "by"):
        return stats.false_discovery_control(p, method=method)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * np.arange(len(p), 0, -1)
    holm, hochberg = np.maximum.accumulate(scaled), np.minimum.accumulate(scaled[::-1])[::-1]
    scaled = holm if method == "holm" else hochberg
    found = np.empty_like(p)
    found[order] = np.minimum(scaled, 1.0)
    return found


def levels(p: np.ndarray, method: Method, level: float) -> np.ndarray:
    """Return the error probability at which each member is judged alone, shape (m,).

    Judging each member by its own bounds at this level gives what the family's correction gives: p <= its
    level just where the adjusted p-value is at most ``level``. So the bounds that are shown are those that
    decided.
    """
    p = np.asarray(p, dtype=float)
    m = len(p)
    if method == "none" or m == 0:
        return np.full(m, level)
    passed = int(np.sum(adjusted(p, method) <= level))
    rank = np.empty(m, dtype=int)
    rank[np.argsort(p, kind="stable")] = np.arange(m)
    if method == "holm":
        # Step down: each is tested at level / (those not yet passed); all tests end at the first that fails.
        return level / (m - np.minimum(rank, passed))
    if method == "hochberg":
        # Step up: all up to the largest that meets its own level pass at that one.
        return level / (m - np.where(rank < passed, max(passed - 1, 0), rank))
    share = level if method == "bh" else level / float(np.sum(1 / np.arange(1, m + 1)))
    return share * np.where(rank < passed, passed, rank + 1) / m
