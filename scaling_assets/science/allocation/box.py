"""Coordinates in which a budget is a box: dimensions filled one after the other.

What lives here: ends, prices and limits of dimensions that may take real amounts, and the way from the unit cube to
amounts that the budget pays for. What does not: searching in the cube (``zoom``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scaling_assets.errors import LawNotUsable
from scaling_assets.science.allocation.finding import Refused
from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.allocation.limits import allowed_range
from scaling_assets.science.allocation.question import Infeasible, Question
from scaling_assets.science.allocation.terms import limit_words

MAX_DIMENSIONS = 5


@dataclass(frozen=True, eq=False)
class Box:
    """Dimensions in the order in which they are filled: ends (D,), levels where there are any, prices.

    ``products`` holds the exact price and the columns of each product; ``gaps`` the intervals of a dimension
    outside of which a limit is broken.
    """

    names: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    levels: tuple[np.ndarray | None, ...]
    prices: np.ndarray
    products: tuple[tuple[float, tuple[int, ...]], ...]
    allowed: Mapping[int, tuple[tuple[float, float], ...]]

    def cost(self, v: np.ndarray) -> np.ndarray:
        """Cost (...) of amounts (..., D)."""
        found = v @ self.prices
        for price, columns in self.products:
            found = found + price * np.prod(v[..., columns], axis=-1)
        return np.asarray(found)

    def slope(self, v: np.ndarray, i: int) -> np.ndarray:
        """Cost (...) of one more of dimension i, the others held: exact, because costs are linear in each."""
        found = np.full(v.shape[:-1], self.prices[i])
        for price, columns in self.products:
            if i in columns:
                found = found + price * np.prod(v[..., [c for c in columns if c != i]], axis=-1)
        return found

    def amounts(self, u: np.ndarray, budget: np.ndarray) -> np.ndarray:
        """Amounts (W, n, D) at places (W, n, D) of the unit cube, for budgets (W, 1)."""
        v = np.broadcast_to(self.low, u.shape).copy()
        for i, levels in enumerate(self.levels):
            v[..., i] = 0.0
            spent, each = self.cost(v), self.slope(v, i)
            with np.errstate(divide="ignore", invalid="ignore"):
                top = np.where(each > 0, (budget - spent) / each, self.high[i])
            top = np.clip(top, self.low[i], self.high[i])
            if levels is None:
                v[..., i] = np.minimum(self.low[i] * (top / self.low[i]) ** u[..., i], top)
            else:
                count = np.searchsorted(levels, top * (1 + 1e-12), side="right")
                v[..., i] = levels[np.minimum((u[..., i] * count).astype(int), count - 1)]
        return v

    def keeps(self, v: np.ndarray) -> np.ndarray:
        """Which amounts lie in the intervals that limits leave."""
        good = np.ones(v.shape[:-1], dtype=bool)
        for i, intervals in self.allowed.items():
            good &= np.any([(v[..., i] >= a) & (v[..., i] <= b) for a, b in intervals], axis=0)
        return good


def box_of(question: Question) -> Box:
    """Ends and prices of the dimensions.

    Raises:
        LawNotUsable: more than MAX_DIMENSIONS, or a limit over several of which one has no steps.
        Refused, Infeasible: a law's reach or a limit leaves nothing.
    """
    plan = question.plan
    if len(plan.dimensions) > MAX_DIMENSIONS:
        problem = (
            f"{len(plan.dimensions)} dimensions, of which some have no steps; the limit is {MAX_DIMENSIONS}"
        )
        raise LawNotUsable(law=plan.name, problem=problem, remedy="Give every dimension a 'step'.")
    # Real amounts that are paid for come last: the last one takes what is left to the last coin.
    order = sorted(
        plan.dimensions, key=lambda d: (d.step == 0) + (d.step == 0 and _is_paid(question, d.name))
    )
    names, low, high, levels = [], [], [], []
    allowed: dict[int, tuple[tuple[float, float], ...]] = {}
    for i, d in enumerate(order):
        ends, steps, intervals = _ends(question, d.name)
        names.append(d.name)
        low.append(ends[0])
        high.append(ends[1])
        levels.append(steps)
        if len(intervals) > 1:
            allowed[i] = intervals
    tariff = question.purse.tariff
    products = tuple((float(price), tuple(names.index(n) for n in of)) for price, of in tariff.products)
    prices = np.array([float(tariff.prices[n]) for n in names])
    box = Box(tuple(names), np.array(low), np.array(high), tuple(levels), prices, products, allowed)
    if plan.budget is not None and question.purse.tariff.cost(
        dict(zip(names, map(float, box.low), strict=True))
    ) > exact(plan.budget):
        least = float(question.purse.tariff.cost(dict(zip(names, map(float, box.low), strict=True))))
        raise Infeasible(_too_dear(question, least))
    return box


def _too_dear(question: Question, least: float) -> str:
    plan = question.plan
    floor = float(question.purse.tariff.cost({d.name: d.minimum for d in plan.dimensions}))
    if plan.budget is not None and floor <= plan.budget and not question.held and not question.pins:
        raise Refused(
            f"what {plan.budget:g} {plan.currency} can buy lies beyond the extrapolation limits; "
            f"the cheapest allowed choice costs {least:g}"
        )
    what = "even the minimum of every dimension" if floor > (plan.budget or 0) else "what keeps the limits"
    return f"{what} costs {least:g}, the budget is {plan.budget:g} {plan.currency}"


def _is_paid(question: Question, name: str) -> bool:
    d = next(d for d in question.plan.dimensions if d.name == name)
    return d.unit_cost > 0 or any(name in p.of and p.cost > 0 for p in question.plan.products)


def _ends(
    question: Question, name: str
) -> tuple[tuple[float, float], np.ndarray | None, tuple[tuple[float, float], ...]]:
    """Range, levels and allowed intervals of a dimension."""
    d = next(d for d in question.plan.dimensions if d.name == name)
    term = next(t for t in question.terms if name in t.names)
    low, high = (float(end) for end in term.reach(name))
    low, high = max(low, d.minimum), min(high, d.maximum)
    if low > high:
        raise Refused(f"{name}: every level lies beyond the limit of {limit_words(term.law)}")
    if name in question.pins:
        pin = question.pins[name]
        if not d.minimum <= pin.amount <= d.maximum:
            raise Infeasible(f"{name} is fixed at {pin.amount:g} by {pin.source}, outside its range")
        if not low <= pin.amount <= high:
            raise Refused(
                f"{name}: the {pin.source} at {pin.amount:g} lies beyond the limit of {limit_words(term.law)}"
            )
        low = high = pin.amount
    steps = None
    if d.step != 0:
        steps = question.levels[name].amounts
        steps = steps[(steps >= low * (1 - 1e-12)) & (steps <= high * (1 + 1e-12))]
        if not len(steps):
            raise Refused(f"{name}: every level lies beyond the limit of {limit_words(term.law)}")
    intervals: tuple[tuple[float, float], ...] = ((low, high),)
    for held in question.held:
        if name not in held.term.names:
            continue
        if len(held.term.names) > 1:
            problem = f"the limit {held.limit.name} holds {' and '.join(held.term.names)} together"
            raise LawNotUsable(
                law=held.term.law.family, problem=problem, remedy="Give every dimension a 'step'."
            )
        if steps is not None:
            steps = steps[held.keeps({name: steps})]
            kept = len(steps) > 0
        else:
            found = allowed_range(held, name, low, high)
            intervals = tuple(
                (max(a, p), min(b, q)) for a, b in intervals for p, q in found if max(a, p) <= min(b, q)
            )
            kept = len(intervals) > 0
        if not kept:
            raise Infeasible(f"no amount of {name} keeps the limit {held.words}")
    if steps is not None:
        return (float(steps[0]), float(steps[-1])), steps, ((low, high),)
    return (intervals[0][0], intervals[-1][1]), None, intervals
