"""Amounts that can be bought, and what they cost, in whole numbers.

What lives here: the exact arithmetic that keeps an allocation inside its budget. What does not: what
amounts yield (``question``).

A price such as 0.003 has no exact binary form, so sums of float costs can pass a budget by rounding.
Declared numbers are read as the decimals that people wrote, and costs become integer multiples of one
small coin; comparison with the budget is then exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import lcm, prod

import numpy as np

from scaling_assets.errors import PlanTooLarge
from scaling_assets.records.plan import Plan, PlannedDimension, ProductCost

MAX_LEVELS = 1_000_000  # of one dimension
#: Integers up to here add up over many dimensions without overflow.
MAX_COINS = 2**55
#: Coins a budget has where its decimals are too fine for an exact coin.
COARSE = 2**45
#: More coins than rounding up adds to any combination.
_ROUNDING = 1024


@dataclass(frozen=True, eq=False)
class Levels:
    """The amounts of one dimension, ascending, and their costs in coins.

    ``whole`` (n,) are the amounts times ``common``, whole numbers, where steps are equal.
    """

    amounts: np.ndarray
    coins: np.ndarray
    whole: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    common: int = 1


@dataclass(frozen=True, eq=False)
class Tariff:
    """Exact prices: of a unit of each dimension, and of each product of amounts that is 1."""

    prices: Mapping[str, Fraction]
    products: tuple[tuple[Fraction, tuple[str, ...]], ...]

    def cost(self, amounts: Mapping[str, float]) -> Fraction:
        """What amounts (by dimension) cost, in currency."""
        found = sum((price * exact(amounts[n]) for n, price in self.prices.items()), Fraction(0))
        for price, of in self.products:
            found += price * prod(exact(amounts[n]) for n in of)
        return found

    def costs(self, amounts: np.ndarray, names: Sequence[str]) -> np.ndarray:
        """What rows of amounts (R, D) of these dimensions cost, (R,), in floating point."""
        found = amounts @ np.array([float(self.prices[n]) for n in names])
        for price, of in self.products:
            found = found + float(price) * np.prod(amounts[:, [names.index(n) for n in of]], axis=1)
        return np.asarray(found)


@dataclass(frozen=True, eq=False)
class Purse:
    """A budget in coins, and the worth of a coin in the plan's currency.

    Where the decimals of a plan are too fine for exact integers, costs are rounded up and the budget
    down to the nearest coin: never over budget, at most MAX_COINS-th parts left unused. A plan without a
    budget has a purse that pays for every amount there is.
    """

    coin: Fraction
    budget: int
    tariff: Tariff
    is_exact: bool = True

    def money(self, coins: int) -> float:
        """Coins in currency, rounded to the nearest float (monotone: never above the budget's float)."""
        return float(coins * self.coin)


@lru_cache(maxsize=4096)
def exact(value: float) -> Fraction:
    """The decimal number that a person wrote for this float."""
    return Fraction(repr(float(value)))


def price_of(dimension: PlannedDimension) -> Fraction:
    """Cost of one unit; 0 where only products are paid for."""
    if dimension.priced is not None:
        return dimension.priced.cost / dimension.priced.per
    return exact(dimension.cost or 0.0) / exact(dimension.per)


def price_of_product(product: ProductCost) -> Fraction:
    """Cost of a product of amounts that is 1."""
    return exact(product.factor) * exact(product.times) * exact(product.cost) / exact(product.per)


def tariff_of(plan: Plan) -> Tariff:
    """The plan's prices."""
    return Tariff(
        {d.name: price_of(d) for d in plan.dimensions},
        tuple((price_of_product(p), p.of) for p in plan.products),
    )


def levels_of(plan: Plan) -> tuple[dict[str, Levels], Purse]:
    """Return the levels of every dimension by name, and the purse.

    Raises:
        PlanTooLarge: a dimension has more than MAX_LEVELS levels.
    """
    tariff = tariff_of(plan)
    dearest = tariff.cost({d.name: d.maximum for d in plan.dimensions})
    # What exceeds the price of everything would only make the coin coarser.
    budget = dearest if plan.budget is None else min(exact(plan.budget), dearest)
    fine = _exact_coin(plan, tariff, budget)
    if fine is not None and dearest / fine <= MAX_COINS:
        purse = Purse(fine, int(budget / fine), tariff)
    else:
        coin = (
            budget / COARSE if budget > 0 and dearest * COARSE <= budget * MAX_COINS else dearest / MAX_COINS
        ) or Fraction(1)  # all free: any coin will do
        spare = _ROUNDING if budget == dearest else 0
        purse = Purse(coin, int(budget / coin) + spare, tariff, is_exact=False)
    return {d.name: _levels(d, tariff.prices[d.name], purse) for d in plan.dimensions}, purse


def _exact_coin(plan: Plan, tariff: Tariff, budget: Fraction) -> Fraction | None:
    """The largest coin that every cost is a multiple of; None for steps of equal ratio."""
    if any(d.ratio is not None or d.step == 0 for d in plan.dimensions):
        return None
    parts, common = [budget], {d.name: _common(d) for d in plan.dimensions}
    for d in plan.dimensions:
        parts += [tariff.prices[d.name] * exact(d.minimum), tariff.prices[d.name] * exact(d.step)]
    parts += [price / prod(common[n] for n in of) for price, of in tariff.products]
    return Fraction(1, lcm(*(p.denominator for p in parts)))


def _common(dimension: PlannedDimension) -> int:
    return lcm(exact(dimension.minimum).denominator, exact(dimension.step).denominator)


def _levels(dimension: PlannedDimension, price: Fraction, purse: Purse) -> Levels:
    if dimension.step == 0:
        return Levels(np.empty(0), np.empty(0, dtype=np.int64))
    if dimension.ratio is not None:
        return _ratio_levels(dimension, price, purse)
    minimum, step, coin = exact(dimension.minimum), exact(dimension.step), purse.coin
    count = int((exact(dimension.maximum) - minimum) / step) + 1
    _refuse_many(dimension, count)
    k = np.arange(count)
    if count == 1:
        step = Fraction(0)  # one wider than the range has no meaning, and may have too many coins
    first, each = price * minimum / coin, price * step / coin
    if first.denominator == each.denominator == 1:
        coins = int(first) + k * int(each)
    else:  # a coarse coin: each level's cost is rounded up
        coins = np.array([-int(-(first + i * each) // 1) for i in range(count)], dtype=np.int64)
    common = _common(dimension)
    whole = int(minimum * common) + k * int(step * common)
    return Levels(whole / common, coins.astype(np.int64), whole, common)


def _ratio_levels(dimension: PlannedDimension, price: Fraction, purse: Purse) -> Levels:
    """Steps of equal ratio from the minimum on, and the maximum."""
    ratio = dimension.ratio or 1.0
    count = int(np.log(dimension.maximum / dimension.minimum) / np.log(ratio) + 1e-9) + 1
    _refuse_many(dimension, count)
    steps = dimension.minimum * ratio ** np.arange(count)
    amounts = np.append(steps[steps < dimension.maximum * (1 - 1e-9)], dimension.maximum)
    each = price / purse.coin
    coins = np.array([-int(-(exact(float(a)) * each) // 1) for a in amounts], dtype=np.int64)
    return Levels(amounts, coins)


def _refuse_many(dimension: PlannedDimension, count: int) -> None:
    if count > MAX_LEVELS:
        raise PlanTooLarge(what=f"dimension {dimension.name!r} has {count:,} levels", limit=f"{MAX_LEVELS:,}")


def offers(plan: Plan, name: str, amount: float) -> bool:
    """True when a dimension can be given this amount: one of its levels, or any real one between its ends."""
    d = next(d for d in plan.dimensions if d.name == name)
    if d.step == 0:
        return d.minimum <= amount <= d.maximum
    return bool(np.isclose(levels_of(plan)[0][name].amounts, amount, rtol=1e-9, atol=0).any())


def combined_coins(
    plan: Plan, names: Sequence[str], at: Sequence[np.ndarray], levels: Mapping[str, Levels], purse: Purse
) -> np.ndarray:
    """What combinations cost, (n,) in coins: rows ``at[j]`` (n,) of the levels of ``names[j]``, with their products."""
    coins = np.sum([levels[n].coins[rows] for n, rows in zip(names, at, strict=True)], axis=0)
    own = [(price, of) for price, of in purse.tariff.products if set(of) <= set(names)]
    if not own:
        return np.asarray(coins, dtype=np.int64)
    rows_of = dict(zip(names, at, strict=True))
    for worth, of in own:
        price = worth / purse.coin
        if purse.is_exact:
            each = price / prod(levels[n].common for n in of)
            coins = coins + int(each) * np.prod([levels[n].whole[rows_of[n]] for n in of], axis=0)
        else:  # a float has 53 bits, the budget 45: half a coin covers its rounding
            amount = np.prod([levels[n].amounts[rows_of[n]] for n in of], axis=0)
            coins = coins + np.ceil(np.minimum(float(price) * amount + 0.5, 2.0**60)).astype(np.int64)
    if not purse.is_exact and plan.budget is not None and set(names) == {d.name for d in plan.dimensions}:
        # Rounded up piece by piece, a combination that costs just the budget would be lost.
        near = np.flatnonzero((coins > purse.budget) & (coins <= purse.budget + 4 * (len(names) + len(own))))
        for i in near:
            amounts = {n: float(levels[n].amounts[rows_of[n][i]]) for n in names}
            if purse.tariff.cost(amounts) <= exact(plan.budget):
                coins[i] = purse.budget
    return np.asarray(coins, dtype=np.int64)
