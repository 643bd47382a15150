"""Long narrow valleys: ends of starts that are still moving when their steps run out are taken on to the bottom.

What belongs here: what is done with rows that are not stationary yet. What does not: the steps themselves
(``solve``), which rows there are (``point``).

Where parameters trade off against each other, the floor of the objective bends, and a damped Newton step is no
longer than that bend allows: hundreds of steps lead a short way. Two places on the floor give its direction, so a
place far ahead along it, put back on the floor by a few Newton steps, saves the way between: the pattern move of
Hooke and Jeeves (1961), Journal of the ACM 8, section 2.
"""

from collections.abc import Callable

import numpy as np

from scaling_assets.science.fitting.newton import GRADIENT_GOAL
from scaling_assets.science.fitting.solve import Solution
from scaling_assets.science.laws import Family

AHEAD = (0.0, 1.0, 3.0, 10.0, 30.0)  # how far ahead, in lengths of the last way
RELAX = 40  # Newton steps that put a place back on the floor
ROUNDS = 12
STILL = 1e-12  # relative descent in a round below which a row lies still

Solve = Callable[[np.ndarray, np.ndarray, int], Solution]


def follow(family: Family, found: Solution, rows: np.ndarray, solve: Solve) -> None:
    """Take these rows of a solution further, in place, until they lie still or ROUNDS are over.

    ``solve(rows, start, steps)`` fits rows from ``start`` (p, len(rows)). An end is only ever replaced by one that
    is no higher.
    """
    logged = family.logged[:, None]
    before = _searched(found.theta[:, rows], logged)
    for number in range(ROUNDS):
        here = _searched(found.theta[:, rows], logged)
        ahead = AHEAD if number else AHEAD[:1]
        start = np.concatenate([here + factor * (here - before) for factor in ahead], axis=1)
        more = solve(np.tile(rows, len(ahead)), _natural(start, logged), RELAX)
        value = more.objective.reshape(len(ahead), -1)
        pick = np.argmin(np.where(np.isnan(value), np.inf, value), axis=0) * len(rows) + np.arange(len(rows))
        old = found.objective[rows]
        kept = more.objective[pick] <= old
        at, chosen = rows[kept], pick[kept]
        found.theta[:, at], found.objective[at] = more.theta[:, chosen], more.objective[chosen]
        found.gradient[at], found.iterations[at] = more.gradient[chosen], more.iterations[chosen]
        descent = old - found.objective[rows]
        is_moving = kept & (found.gradient[rows] > GRADIENT_GOAL) & (descent > STILL * np.abs(old))
        rows, before = rows[is_moving], here[:, is_moving]
        if not len(rows):
            return


def _searched(theta: np.ndarray, logged: np.ndarray) -> np.ndarray:
    return np.where(logged, np.log(np.where(logged, np.maximum(theta, 1e-300), 1.0)), theta)


def _natural(u: np.ndarray, logged: np.ndarray) -> np.ndarray:
    return np.where(logged, np.exp(np.where(logged, np.clip(u, -690.0, 690.0), 0.0)), u)
