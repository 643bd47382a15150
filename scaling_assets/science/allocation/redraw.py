"""How sure an allocation is: the same question under the laws' parameter draws.

What lives here: which draws are used, intervals of outcome, cost and amounts, and how often the same amounts come
out best. What does not: the choice itself (``solution``), draws (``fitting``).

Parameters of one law are drawn together, as its bootstrap found them; terms that share a law share the
draw; different laws are drawn independently.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import numpy as np

from scaling_assets.science.allocation.question import Question
from scaling_assets.science.allocation.solved import Picks, Solution

MAX_DRAWS = 400
SEED = 42  # same laws, same intervals


@dataclass(frozen=True)
class Redrawn:
    """Ranges at the plan's level; ``low``/``high`` hold amounts in the order of dimensions.

    ``reaches`` is the share of draws whose outcome at the chosen amounts reaches the plan's target.
    """

    count: int
    outcome_low: float | None = None
    outcome_high: float | None = None
    cost_low: float | None = None
    cost_high: float | None = None
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    agreement: float | None = None
    reaches: float | None = None


def redraw(question: Question, solution: Solution, picks: Picks | None) -> Redrawn:
    """Evaluate the chosen amounts under every draw, and read the choices made under every draw."""
    if picks is None:
        return Redrawn(0)
    count = len(next(iter(picks.values())))
    total, tail = solution.totals, (1 - question.plan.level) / 2
    low = high = reaches = None
    if np.isfinite(total).all():
        low, high = map(float, np.quantile(question.outcome(total), [tail, 1 - tail]))
    if question.plan.target is not None:
        reaches = float(np.mean(total >= question.total(question.plan.target) - 1e-12))
    # Where some draws have no meaning at the chosen amounts (a product of what is not positive), no end
    # of an interval can be given: leaving those draws out would make it look surer than it is.
    if not len(solution.drawn):
        return Redrawn(count, low, high, reaches=reaches)
    amounts, costs = np.sort(solution.drawn, axis=0), np.sort(solution.drawn_cost)
    # Ranks, not interpolation: an end of the range is an amount that can be bought.
    first, last = floor(tail * (len(amounts) - 1)), ceil((1 - tail) * (len(amounts) - 1))
    return Redrawn(
        count, low, high, float(costs[first]), float(costs[last]), tuple(map(float, amounts[first])),
        tuple(map(float, amounts[last])), float(np.mean(solution.same)), reaches,
    )  # fmt: skip


def draw_rows(question: Question) -> Picks | None:
    """Which draw of each law is used, by law id; None when a law has no draws."""
    sizes = {law.law_id: len(law.draws) for law in question.laws}
    if min(sizes.values()) == 0:
        return None
    names = sorted(sizes)
    return dict(zip(names, _rows(tuple(sizes[n] for n in names)), strict=True))


@lru_cache(maxsize=256)
def _rows(sizes: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """Rows for laws with so many draws: the same for all plans over such laws."""
    count = min(MAX_DRAWS, max(sizes))
    rng = np.random.default_rng(SEED)
    return tuple(_without_repeats(rng, size, count) for size in sizes)


def _without_repeats(rng: np.random.Generator, size: int, count: int) -> np.ndarray:
    """``count`` draws out of ``size``, each as often as any other."""
    rounds = [rng.permutation(size) for _ in range(ceil(count / size))]
    return np.concatenate(rounds)[:count]
