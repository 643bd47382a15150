"""Choosing under many parameter draws at once, for amounts on levels.

What lives here: the exact optimum of every draw in a few array operations. What does not: the solver for
problems too wide for that (``frontier``), what the draws are (``redraw``).

Every combination of all blocks but the largest is listed once; of the largest, each draw needs only the best
level up to a cost, a running maximum. So a draw costs additions in the number of those combinations and of the
largest block's levels, and nothing is sorted twice.
"""

from collections.abc import Sequence

import numpy as np

MAX_COMBINATIONS = 100_000  # of all blocks but the largest
_NUMBERS_AT_ONCE = 2_000_000


def choose_each(coins: Sequence[np.ndarray], gains: Sequence[np.ndarray], budget: int) -> np.ndarray | None:
    """Rows (R, blocks) of the best affordable combination under each draw, the cheapest of equals.

    Args:
        coins: cost (n_b,) of each block's levels.
        gains: term (R, n_b) of each block's levels under each draw.
        budget: most that may be spent.

    Returns:
        -1 in every column where nothing is affordable; None when there are too many combinations.
    """
    listed = _listed(coins, budget)
    if listed is None:
        return None
    order, by_cost, last_coins, rows, spent = listed
    last = order[-1]
    count = len(gains[0])
    found = np.full((count, len(coins)), -1, dtype=np.int64)
    if len(spent) == 0:
        return found
    top = np.searchsorted(last_coins, budget - spent, side="right") - 1
    at_once = max(1, _NUMBERS_AT_ONCE // (len(spent) + len(last_coins)))
    for start in range(0, count, at_once):
        part = slice(start, start + at_once)
        tail = gains[last][part][:, by_cost]
        best = np.maximum.accumulate(tail, axis=1)
        total = best[:, top]
        for j, b in enumerate(order[:-1]):
            total = total + gains[b][part][:, rows[:, j]]
        first = _first_best(total, tail, best, spent, last_coins, top)
        which = np.arange(len(first))
        for j, b in enumerate(order[:-1]):
            found[part, b] = rows[first, j]
        reached = tail == best[which, top[first]][:, None]
        found[part, last] = by_cost[np.argmax(reached, axis=1)]
        found[part][~np.isfinite(total[which, first])] = -1
    return found


def _listed(
    coins: Sequence[np.ndarray], budget: int
) -> tuple[list[int], np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """The combinations of all blocks but the largest that leave enough for its cheapest level.

    Returns:
        The blocks in ascending size, the largest one's levels in ascending cost and what these cost, the rows (n,
        blocks - 1) of the combinations and what these cost (n,); None when there are too many.
    """
    order = sorted(range(len(coins)), key=lambda b: len(coins[b]))
    by_cost = np.argsort(coins[order[-1]], kind="stable")
    last_coins = coins[order[-1]][by_cost]
    merged = combinations([coins[b] for b in order[:-1]], budget - int(last_coins[0]), MAX_COMBINATIONS)
    return None if merged is None else (order, by_cost, last_coins, *merged)


def _first_best(
    total: np.ndarray, tail: np.ndarray, best: np.ndarray, spent: np.ndarray, last_coins: np.ndarray,
    top: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """The column of each draw's best combination; among equals the cheapest."""
    first = np.argmax(total, axis=1)
    ties = np.sum(total == total[np.arange(len(total)), first][:, None], axis=1) > 1
    for r in np.flatnonzero(ties):
        equal = np.flatnonzero(total[r] == total[r, first[r]])
        reached = np.searchsorted(best[r], best[r, top[equal]], side="left")  # running maxima ascend
        first[r] = equal[np.argmin(spent[equal] + last_coins[reached])]
    return first


def combinations(coins: Sequence[np.ndarray], limit: int, most: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows (n, blocks) and cost (n,), ascending, of every combination within a limit; None beyond ``most``."""
    rows, spent = np.zeros((1, 0), dtype=np.int64), np.zeros(1, dtype=np.int64)
    if limit < 0:
        return rows[:0].reshape(0, len(coins)), spent[:0]
    rest = [int(c.min()) for c in coins]
    for b, c in enumerate(coins):
        left = limit - sum(rest[b + 1 :])
        if len(spent) * len(c) > 4 * most:
            return None
        cost = spent[:, None] + c[None, :]
        i, j = np.nonzero(cost <= left)
        if len(i) > most:
            return None
        rows, spent = np.column_stack([rows[i], j]), cost[i, j]
    order = np.argsort(spent, kind="stable")
    return rows[order], spent[order]


def cheapest_each(
    coins: Sequence[np.ndarray], gains: Sequence[np.ndarray], goal: float, budget: int
) -> np.ndarray | None:
    """Rows (R, blocks) of the cheapest combination whose gains reach ``goal`` under each draw.

    -1 where none within the budget does; None when there are too many combinations. Among equals in cost the
    one that gains most.
    """
    listed = _listed(coins, budget)
    if listed is None:
        return None
    order, by_cost, last_coins, rows, spent = listed
    last = order[-1]
    found = np.full((len(gains[0]), len(coins)), -1, dtype=np.int64)
    goal -= 1e-12 * max(1.0, abs(goal))
    for r in range(len(found)):
        tail = gains[last][r][by_cost]
        best = np.maximum.accumulate(tail)
        have = sum((gains[b][r][rows[:, j]] for j, b in enumerate(order[:-1])), np.zeros(len(spent)))
        at = np.searchsorted(best, goal - have, side="left")
        reaches = at < len(best)
        at = np.minimum(at, len(best) - 1)
        cost = np.where(reaches, spent + last_coins[at], np.iinfo(np.int64).max)
        if not len(cost) or cost.min() > budget:
            continue
        # Equal costs may hold a better level of the last block behind the first that reaches the goal.
        equal = np.flatnonzero(cost == cost.min())
        top = np.searchsorted(last_coins, last_coins[at[equal]], side="right") - 1
        first = int(np.argmax(have[equal] + best[top]))
        for j, b in enumerate(order[:-1]):
            found[r, b] = rows[equal[first], j]
        found[r, last] = by_cost[int(np.argmax(tail == best[top[first]]))]
    return found
