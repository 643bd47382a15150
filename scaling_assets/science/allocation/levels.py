"""Amounts that can be bought, and what they cost, in whole numbers.

What lives here: the exact arithmetic that keeps an allocation inside its budget. What does not: what
amounts yield (``question``).

A price such as 0.003 has no exact binary form, so sums of float costs can pass a budget by rounding.
Declared numbers are read as the decimals that people wrote, and costs become integer multiples of one
small coin; comparison with the budget is then exact.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from scaling_assets.errors import PlanTooLarge
from scaling_assets.records.plan import Plan, PlannedDimension

MAX_LEVELS = 1_000_000  # of one dimension
#: Integers up to here add up over many dimensions without overflow.
MAX_COINS = 2**55


@dataclass(frozen=True, eq=False)
class Levels:
    """The amounts of one dimension, ascending, and their costs in coins."""

    amounts: np.ndarray
    coins: np.ndarray


@dataclass(frozen=True, eq=False)
class Purse:
    """A budget in coins, and the worth of a coin in the plan's currency.

    Where the decimals of a plan are too fine for exact integers, costs are rounded up and the budget
    down to the nearest coin: never over budget, at most MAX_COINS-th parts left unused.
    """

    coin: Fraction
    budget: int

    def money(self, coins: int) -> float:
        """Coins in currency, rounded to the nearest float (monotone: never above the budget's float)."""
        return float(coins * self.coin)


def exact(value: float) -> Fraction:
    """The decimal number that a person wrote for this float."""
    return Fraction(repr(float(value)))


def levels_of(plan: Plan) -> tuple[dict[str, Levels], Purse]:
    """Return the levels of every dimension by name, and the purse.

    Raises:
        PlanTooLarge: a dimension has more than MAX_LEVELS levels.
    """
    prices = {d.name: exact(d.cost) / exact(d.per) for d in plan.dimensions}
    parts = [exact(plan.budget)]
    for d in plan.dimensions:
        parts += [prices[d.name] * exact(d.minimum), prices[d.name] * exact(d.step)]
    coin = Fraction(1, lcm(*(p.denominator for p in parts)))
    dearest = max(exact(plan.budget), *(prices[d.name] * exact(d.maximum) for d in plan.dimensions))
    if dearest / coin > MAX_COINS:
        coin = dearest / MAX_COINS
    purse = Purse(coin, int(exact(plan.budget) / coin))
    return {d.name: _levels(d, prices[d.name], coin) for d in plan.dimensions}, purse


def _levels(dimension: PlannedDimension, price: Fraction, coin: Fraction) -> Levels:
    minimum, step = exact(dimension.minimum), exact(dimension.step)
    count = int((exact(dimension.maximum) - minimum) / step) + 1
    if count > MAX_LEVELS:
        raise PlanTooLarge(what=f"dimension {dimension.name!r} has {count:,} levels", limit=f"{MAX_LEVELS:,}")
    k = np.arange(count)
    first, each = price * minimum / coin, price * step / coin
    if first.denominator == each.denominator == 1:
        coins = int(first) + k * int(each)
    else:  # a coarse coin: each level's cost is rounded up
        coins = np.array([-int(-(first + i * each) // 1) for i in range(count)], dtype=np.int64)
    common = lcm(minimum.denominator, step.denominator)
    amounts = (int(minimum * common) + k * int(step * common)) / common
    return Levels(amounts, coins.astype(np.int64))


def coins_for(dimension: PlannedDimension, amount: float, purse: Purse) -> int:
    """Cost of any amount of a dimension in coins, rounded up."""
    cost = exact(dimension.cost) / exact(dimension.per) * exact(amount) / purse.coin
    return int(-(-cost // 1))
