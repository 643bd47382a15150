"""Starts that are still moving when their steps run out: which deserve more, and how long valleys are crossed.

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

RESTART = 1e-2  # damping of rows that go on
MOVING = 1e-7  # relative gradient above which a row may still be going down
EXACT = 1e-20  # objectives below this are rounding

Solve = Callable[[np.ndarray, np.ndarray, int, float], Solution]


def promising(found: Solution, problem: np.ndarray, factor: float, *, most: int | None = None) -> np.ndarray:
    """Rows that still move and lie at most ``factor`` above the lowest of their problem; ``most`` a problem."""
    value = np.where(np.isfinite(found.objective), found.objective, np.inf)
    moving = np.flatnonzero((found.gradient > MOVING) & np.isfinite(value))
    order = moving[np.lexsort((value[moving], problem[moving]))]
    lowest = np.full(int(problem.max(initial=0)) + 1, np.inf)
    np.minimum.at(lowest, problem, value)
    order = order[value[order] <= factor * lowest[problem[order]] + EXACT]
    rank = np.arange(len(order)) - np.searchsorted(problem[order], problem[order])
    return order if most is None else order[rank < most]


def put(found: Solution, rows: np.ndarray, more: Solution) -> None:
    """Replace these rows of a solution, in place."""
    found.theta[:, rows], found.objective[rows] = more.theta, more.objective
    found.gradient[rows] = more.gradient
    found.iterations[rows] += more.iterations


def follow(family: Family, found: Solution, rows: np.ndarray, solve: Solve, still: float) -> None:
    """Take these rows of a solution further, in place, for at most ROUNDS rounds.

    A row stops when a round takes it down by less than ``still`` of its objective. ``solve(rows, start, steps,
    damping)`` fits rows from ``start`` (p, len(rows)). An end is only ever replaced by one that is no higher.
    """
    logged = family.logged[:, None]
    before = _searched(found.theta[:, rows], logged)
    for number in range(ROUNDS):
        if not len(rows):
            return
        here = _searched(found.theta[:, rows], logged)
        ahead = AHEAD if number else AHEAD[:1]
        start = np.concatenate([here + factor * (here - before) for factor in ahead], axis=1)
        more = solve(np.tile(rows, len(ahead)), _natural(start, logged), RELAX, RESTART)
        value = more.objective.reshape(len(ahead), -1)
        pick = np.argmin(np.where(np.isnan(value), np.inf, value), axis=0) * len(rows) + np.arange(len(rows))
        old = found.objective[rows]
        kept = more.objective[pick] <= old
        put(found, rows[kept], _some(more, pick[kept]))
        descent = old - found.objective[rows]
        is_moving = kept & (found.gradient[rows] > GRADIENT_GOAL) & (descent > still * np.abs(old))
        rows, before = rows[is_moving], here[:, is_moving]


def _some(a: Solution, rows: np.ndarray) -> Solution:
    return Solution(a.theta[:, rows], a.objective[rows], a.gradient[rows], a.spread[rows], a.iterations[rows])


def _searched(theta: np.ndarray, logged: np.ndarray) -> np.ndarray:
    return np.where(logged, np.log(np.where(logged, np.maximum(theta, 1e-300), 1.0)), theta)


def _natural(u: np.ndarray, logged: np.ndarray) -> np.ndarray:
    return np.where(logged, np.exp(np.where(logged, np.clip(u, -690.0, 690.0), 0.0)), u)
