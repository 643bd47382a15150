"""Numbers of distinct values: which points share an x, which a unit.

What belongs here: numbering. What does not: sums over points that share a number (``cells``).
"""

from collections.abc import Iterable

import numpy as np


def cell_numbers(x: np.ndarray) -> np.ndarray:
    """Which distinct x (n, k) each point has, counted upwards (n,)."""
    if x.shape[1] > 1:
        return np.unique(x, axis=0, return_inverse=True)[1].ravel()
    first, second = x[:-1, 0], x[1:, 0]
    if not (second >= first).all():
        return np.unique(x[:, 0], return_inverse=True)[1].ravel()
    number = np.zeros(len(x), dtype=int)
    np.cumsum(second > first, out=number[1:])
    return number


def unit_numbers(names: Iterable[str]) -> np.ndarray:
    """Which distinct name each point has, in the order of names (n,)."""
    texts = [str(name) for name in names]
    number = {name: i for i, name in enumerate(sorted(set(texts)))}
    return np.array([number[name] for name in texts], dtype=int)


def but_for_rounding(values: np.ndarray) -> np.ndarray:
    """Values with 44 bits of their 53, whatever the last ones are.

    Sums that a database adds up in parallel end in other last bits now and then; that makes no other data of them.
    """
    part, power = np.frexp(np.asarray(values, dtype=float))
    return np.ascontiguousarray(np.ldexp(np.rint(np.ldexp(part, 44)), power - 44) + 0.0)
