"""How sure an allocation is: the same question under the laws' parameter draws.

What lives here: intervals of outcome and amounts, and how often the same amounts come out best. What
does not: the choice itself (strategies), draws (``fitting``).

Parameters of one law are drawn together, as its bootstrap found them; blocks that share a law share the
draw; different laws are drawn independently.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from scaling_assets.science.allocation.question import Best, Question, drawn_gains

MAX_DRAWS = 400
SEED = 42  # same laws, same intervals
_NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Redrawn:
    """Ranges at the plan's level; ``low``/``high`` hold amounts by block and dimension."""

    count: int
    outcome_low: float | None
    outcome_high: float | None
    low: tuple[tuple[float, ...], ...] | None
    high: tuple[tuple[float, ...], ...] | None
    agreement: float | None


def redraw(
    question: Question, best: Best, choose: Callable[[Question, list[np.ndarray]], Best | None]
) -> Redrawn:
    """Evaluate the chosen amounts under every draw, and choose again under every draw."""
    picks = _draw_rows(question)
    if picks is None:
        return Redrawn(0, None, None, None, None, None)
    count = len(next(iter(picks.values())))
    total = np.zeros(count)
    for block, row in zip(question.blocks, best.rows, strict=True):
        total = total + drawn_gains(question, block, picks[block.law.law_id], np.array([row]))[:, 0]
    tail = (1 - question.plan.level) / 2
    low = high = None
    if np.isfinite(total).all():
        low, high = map(float, np.quantile(question.outcome(total), [tail, 1 - tail]))
    # Where some draws have no meaning at the chosen amounts (a product of what is not positive), no end
    # of an interval can be given: leaving those draws out would make it look surer than it is.
    chosen = _choices(question, picks, count, choose)
    if not chosen:
        return Redrawn(count, low, high, None, None, None)
    lows, highs = [], []
    for i, block in enumerate(question.blocks):
        amounts = np.sort(block.amounts[[c.rows[i] for c in chosen]], axis=0)
        # Ranks, not interpolation: an end of the range is an amount that can be bought.
        lows.append(tuple(map(float, amounts[floor(tail * (len(amounts) - 1))])))
        highs.append(tuple(map(float, amounts[ceil((1 - tail) * (len(amounts) - 1))])))
    same = sum(c.rows == best.rows for c in chosen) / count
    return Redrawn(count, low, high, tuple(lows), tuple(highs), same)


def _draw_rows(question: Question) -> dict[str, np.ndarray] | None:
    """Which draw of each law is used, by law id; None when a law has no draws."""
    sizes = {b.law.law_id: len(b.law.draws) for b in question.blocks}
    if min(sizes.values()) == 0:
        return None
    count = min(MAX_DRAWS, max(sizes.values()))
    rng = np.random.default_rng(SEED)
    return {law: _without_repeats(rng, size, count) for law, size in sorted(sizes.items())}


def _without_repeats(rng: np.random.Generator, size: int, count: int) -> np.ndarray:
    """``count`` draws out of ``size``, each as often as any other."""
    rounds = [rng.permutation(size) for _ in range(ceil(count / size))]
    return np.concatenate(rounds)[:count]


def _choices(
    question: Question, picks: dict[str, np.ndarray], count: int,
    choose: Callable[[Question, list[np.ndarray]], Best | None],
) -> list[Best]:  # fmt: skip
    """The choice under each draw; a draw under which nothing can be chosen is left out."""
    widest = sum(len(b.coins) for b in question.blocks)
    at_once = max(1, _NUMBERS_AT_ONCE // widest)
    chosen = []
    for start in range(0, count, at_once):
        part = slice(start, min(start + at_once, count))
        gains = [drawn_gains(question, b, picks[b.law.law_id][part]) for b in question.blocks]
        for i in range(part.stop - part.start):
            found = choose(question, [g[i] for g in gains])
            if found is not None:
                chosen.append(found)
    return chosen
