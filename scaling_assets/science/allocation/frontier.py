"""Strategy ``frontier``: the exact optimum, by merging Pareto frontiers block by block.

What lives here: the solver. What does not: where gains and costs come from (``question``).

The objective is a sum over blocks, so a combination can only be best if its part in every block is on
that block's Pareto frontier of (cost, gain), and its part in any set of blocks on the frontier of that
set: a cheaper or better part could replace it (Nemhauser & Ullmann 1969). Frontiers are therefore
merged pairwise and pruned; the largest one is not merged but searched, so that a dimension of 100,000
steps costs one binary search for each point of the others. No rounding, no relaxation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scaling_assets.errors import PlanTooLarge
from scaling_assets.science.allocation.question import Best, Question
from scaling_assets.science.allocation.together import cheapest_each, choose_each

MAX_PAIRS = 40_000_000
_CHUNK = 4_000_000


@dataclass(frozen=True, eq=False)
class Front:
    """Points with ascending cost and strictly ascending gain; ``rows`` (n, blocks) says which levels."""

    coins: np.ndarray
    gains: np.ndarray
    rows: np.ndarray


def choose(question: Question, gains: Sequence[np.ndarray]) -> Best | None:
    """The best affordable rows under these gains; None when nothing is affordable."""
    found = _best_within(question, gains, question.purse.budget)
    if question.slack == 0:
        return found
    wide = _best_within(question, gains, question.purse.budget + question.slack)
    is_better = wide is not None and (found is None or wide.gain > found.gain)
    return wide if wide is not None and is_better and question.affords(wide.rows) else found


def _best_within(question: Question, gains: Sequence[np.ndarray], budget: int) -> Best | None:
    coins = [b.coins for b in question.blocks]
    rows = choose_each(coins, [g[None, :] for g in gains], budget)
    return solve(coins, gains, budget) if rows is None else best_of(rows[0], coins, gains)


def choose_all(question: Question, gains: Sequence[np.ndarray]) -> np.ndarray:
    """Rows (R, blocks) of the best choice under each draw; -1 where nothing is affordable."""
    coins, budget = [b.coins for b in question.blocks], question.purse.budget
    rows = choose_each(coins, gains, budget)
    if rows is not None:
        return rows
    each = [solve(coins, [g[r] for g in gains], budget) for r in range(len(gains[0]))]
    return np.array([[-1] * len(coins) if best is None else list(best.rows) for best in each])


def cheapest(question: Question, gains: Sequence[np.ndarray], goal: float) -> Best | None:
    """The cheapest affordable rows whose gains reach the goal; None where none do."""
    coins, each = [b.coins for b in question.blocks], [g[None, :] for g in gains]
    found = best_of(cheapest_all(question, each, goal)[0], coins, gains)
    if found is not None or question.slack == 0:
        return found
    wide = best_of(cheapest_all(question, each, goal, question.slack)[0], coins, gains)
    return wide if wide is not None and question.affords(wide.rows) else None


def cheapest_all(question: Question, gains: Sequence[np.ndarray], goal: float, slack: int = 0) -> np.ndarray:
    """Rows (R, blocks) of the cheapest choice that reaches the goal under each draw; -1 where none does.

    ``slack`` are coins beyond the budget.
    """
    coins, budget = [b.coins for b in question.blocks], question.purse.budget + slack
    rows = cheapest_each(coins, gains, goal, budget)
    if rows is not None:
        return rows
    goal -= 1e-12 * max(1.0, abs(goal))
    each = [_cheapest(coins, [g[r] for g in gains], goal, budget) for r in range(len(gains[0]))]
    return np.array(
        [[-1] * len(coins) if best is None or best.coins > budget else list(best.rows) for best in each]
    )


def best_of(rows: np.ndarray, coins: Sequence[np.ndarray], gains: Sequence[np.ndarray]) -> Best | None:
    """A row of ``choose_all`` with its cost and gain; None where nothing was affordable."""
    if rows[0] < 0:
        return None
    spent = sum(int(c[r]) for c, r in zip(coins, rows, strict=True))
    return Best(tuple(map(int, rows)), spent, float(sum(g[r] for g, r in zip(gains, rows, strict=True))))


def prune(coins: np.ndarray, gains: np.ndarray, rows: np.ndarray) -> Front:
    """Keep what no cheaper (or equally dear) point equals or beats."""
    if len(coins) == 0:
        return Front(coins, gains, rows)
    order = np.lexsort((-gains, coins))
    coins, gains, rows = coins[order], gains[order], rows[order]
    before = np.concatenate([[-np.inf], np.maximum.accumulate(gains)[:-1]])
    keep = gains > before
    return Front(coins[keep], gains[keep], rows[keep])


def solve(coins: Sequence[np.ndarray], gains: Sequence[np.ndarray], budget: int) -> Best | None:
    """Return the best combination of one level a block within the budget, the cheapest of equals.

    None when even the cheapest levels cost more than the budget.

    Raises:
        PlanTooLarge: more than MAX_PAIRS combinations would have to be looked at.
    """
    merged, last, order = _fronts(coins, gains, budget)
    if not len(last.coins):
        return None
    left = np.searchsorted(last.coins, budget - merged.coins, side="right") - 1
    possible = left >= 0
    if not possible.any():
        return None
    total = np.where(possible, merged.gains + last.gains[left], -np.inf)
    cost = merged.coins + last.coins[left]
    best = np.lexsort((cost, -total))[0]
    return Best(
        _in_order(merged, last, int(best), int(left[best]), order), int(cost[best]), float(total[best])
    )


def next_better(coins: Sequence[np.ndarray], gains: Sequence[np.ndarray], than: Best) -> Best | None:
    """Return the cheapest combination that is better than ``than``; None when there is none."""
    steps = []
    for c, g, row in zip(coins, gains, than.rows, strict=True):
        better = c[g > g[row]]
        if len(better):
            steps.append(int(better.min()) - int(c[row]))
    if not steps:
        return None
    return _cheapest(coins, gains, _above(than.gain), than.coins + max(0, min(steps)))


def _cheapest(
    coins: Sequence[np.ndarray], gains: Sequence[np.ndarray], goal: float, limit: int
) -> Best | None:
    """The cheapest combination whose gains reach a goal; None where none within the limit does."""
    merged, last, order = _fronts(coins, gains, limit)
    at = np.searchsorted(last.gains, goal - merged.gains, side="left")
    possible = at < len(last.gains)
    if not possible.any():
        return None
    spot = np.minimum(at, len(last.gains) - 1)
    cost = np.where(possible, merged.coins + last.coins[spot], np.iinfo(np.int64).max)
    total = merged.gains + last.gains[spot]
    best = int(np.lexsort((-total, cost))[0])
    return Best(_in_order(merged, last, best, int(spot[best]), order), int(cost[best]), float(total[best]))


def _above(gain: float) -> float:
    """The smallest gain that counts as better: sums of logarithms carry rounding in the last digits."""
    return gain + 1e-12 * max(1.0, abs(gain))


def _fronts(
    coins: Sequence[np.ndarray], gains: Sequence[np.ndarray], limit: int
) -> tuple[Front, Front, list[int]]:
    """Return the merged frontier of all blocks but the largest, the largest, and the order of blocks."""
    fronts = [prune(c, g, np.arange(len(c))[:, None]) for c, g in zip(coins, gains, strict=True)]
    order = sorted(range(len(fronts)), key=lambda i: len(fronts[i].coins))
    start = Front(np.zeros(1, dtype=np.int64), np.zeros(1), np.empty((1, 0), dtype=np.int64))
    for i in order[:-1]:
        start = _merge(start, fronts[i], limit)
    return start, fronts[order[-1]], order


def _merge(a: Front, b: Front, limit: int) -> Front:
    if len(a.coins) * len(b.coins) > MAX_PAIRS:
        what = f"{len(a.coins):,} x {len(b.coins):,} combinations of amounts remain after pruning"
        raise PlanTooLarge(what=what, limit=f"{MAX_PAIRS:,}")
    nothing = np.zeros(0, dtype=np.int64)
    front = Front(nothing, np.zeros(0), nothing.reshape(0, 2))
    rows_at_once = max(1, _CHUNK // len(b.coins))
    for at in range(0, len(a.coins), rows_at_once):
        part = slice(at, at + rows_at_once)
        coins = (a.coins[part, None] + b.coins[None, :]).ravel()
        gains = (a.gains[part, None] + b.gains[None, :]).ravel()
        size = len(a.coins[part])
        pairs = np.column_stack([
            np.repeat(np.arange(at, at + size), len(b.coins)), np.tile(np.arange(len(b.coins)), size)
        ])  # fmt: skip
        inside = coins <= limit
        front = prune(
            np.concatenate([front.coins, coins[inside]]),
            np.concatenate([front.gains, gains[inside]]),
            np.concatenate([front.rows, pairs[inside]]),
        )
    rows = np.hstack([a.rows[front.rows[:, 0]], b.rows[front.rows[:, 1]]])
    return Front(front.coins, front.gains, rows)


def _in_order(merged: Front, last: Front, i: int, j: int, order: list[int]) -> tuple[int, ...]:
    rows = [0] * len(order)
    for block, row in zip(order, [*merged.rows[i], last.rows[j, 0]], strict=True):
        rows[block] = int(row)
    return tuple(rows)
