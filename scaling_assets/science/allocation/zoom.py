"""Amounts that are real numbers: the optimum by looking ever closer, for many parameter draws at once.

What lives here: the search. What does not: the coordinates (``box``), amounts on levels (``frontier``), measures
(``risk``), the words.

Idea. Dimensions are filled one after the other: each takes a share between its least amount and what the rest of
the budget still buys of it. A cost that is linear in every single amount (sums and products are) makes that end
exact, so that every point of the unit cube is affordable and the budget's edge is a face of the cube: an optimum
on the edge is an optimum of a box. The cube is looked at on a grid, then around the best few places on grids
that shrink by a constant factor, down to 1e-10 of the range. Amounts are spaced by equal ratios. Dimensions on
steps take part as the level that a share falls on; at the end each neighbouring level is tried too, and a descent
(SLSQP) sharpens what the grids found.

Not proven global: a basin narrower than a cell of the first grid may be missed. The first grid has 4,097 places
for one dimension, 16,641 for two and two to four times as many for more.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
from scipy.optimize import minimize

from scaling_assets.science.allocation.box import Box
from scaling_assets.science.allocation.question import Question
from scaling_assets.science.allocation.terms import along, counted

FIRST = {1: 4_097, 2: 129, 3: 33, 4: 15, 5: 9}  # places a dimension on the first grid at the estimate
RISKY = {1: 257, 2: 41, 3: 11, 4: 7, 5: 5}  # where every place is judged over all draws
DRAWN = {1: 257, 2: 33, 3: 13, 4: 7, 5: 5}  # the same for parameter draws
CLOSER = {1: 17, 2: 9, 3: 7, 4: 5, 5: 5}  # on grids around a place
STARTS = 4
_NARROWEST = 1e-10
_DESCENT = {"ftol": 1e-15, "maxiter": 300}
_NUMBERS_AT_ONCE = 2_000_000

Score = Callable[[np.ndarray], np.ndarray]  # amounts (W, n, D) -> (W, n), higher is better


def gains_score(question: Question, box: Box, thetas: Mapping[str, np.ndarray]) -> Score:
    """Summed gains (W, n) of amounts (W, n, D), each window under its own parameters (W, p) by law."""

    def read(v: np.ndarray) -> np.ndarray:
        total = np.zeros(v.shape[:2])
        columns = {name: v[..., i] for i, name in enumerate(box.names)}
        for term in question.terms:
            theta = thetas[term.law.law_id]
            control = np.broadcast_to(term.points(question.control), (len(theta), 1, len(term.by)))
            with np.errstate(all="ignore"):
                values = along(term.law, term.points(columns), theta)
                total = total + counted(question.plan, values, along(term.law, control, theta))
        return total

    return read


def search(
    box: Box, score: Score, budget: np.ndarray, *, first: Mapping[int, int] = DRAWN, starts: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """The best amounts (W, D) and their score (W,) for budgets (W,), which all pay for ``box.low``."""
    d, count = len(box.names), len(budget)
    free = [i for i in range(d) if box.high[i] > box.low[i]]
    if not free:
        v = np.broadcast_to(box.low, (count, 1, d))
        return v[:, 0].copy(), score(v)[:, 0]
    per, closer = first[len(free)], CLOSER[len(free)]
    grid = _places(np.linspace(0.0, 1.0, per), free, d)
    found = _scored(box, score, np.broadcast_to(grid, (1, *grid.shape)), budget)
    best_v, best = np.zeros((count, d)), np.full(count, -np.inf)
    around = _places(np.linspace(-1.0, 1.0, closer), free, d)[None]
    for centre in _starts(grid, found, starts, 3.0 / (per - 1)):
        width = 1.5 / (per - 1)
        while width > _NARROWEST:
            u = np.clip(centre[:, None, :] + width * around, 0.0, 1.0)
            scores = _scored(box, score, u, budget)
            centre = u[np.arange(count), np.argmax(scores, axis=1)]
            width *= min(2.6 / (closer - 1), 0.65)
        v = box.amounts(centre[:, None, :], budget[:, None])
        last = np.where(box.keeps(v), score(v), -np.inf)[:, 0]
        is_better = last > best
        best_v[is_better], best[is_better] = v[is_better, 0], last[is_better]
    return best_v, best


def _places(along_each: np.ndarray, free: list[int], d: int) -> np.ndarray:
    """All places (n, D) with these coordinates in the free dimensions, 0 in the others."""
    found = np.zeros((len(along_each) ** len(free), d))
    found[:, free] = np.array(list(product(along_each, repeat=len(free))))
    return found


def _scored(box: Box, score: Score, u: np.ndarray, budget: np.ndarray) -> np.ndarray:
    """Scores (W, n) at places (W or 1, n, D), in parts that fit into memory."""
    count, n = len(budget), u.shape[1]
    at_once = max(1, _NUMBERS_AT_ONCE // (count * u.shape[2]))
    parts = []
    for i in range(0, n, at_once):
        part = np.broadcast_to(u[:, i : i + at_once], (count, min(at_once, n - i), u.shape[2]))
        v = box.amounts(part, budget[:, None])
        parts.append(np.where(box.keeps(v), score(v), -np.inf))
    return np.concatenate(parts, axis=1)


def _starts(grid: np.ndarray, scores: np.ndarray, starts: int, apart: float) -> list[np.ndarray]:
    """Places (W, D) to look closer at: the best, and the best farther from it than ``apart``."""
    left, found = scores.copy(), []
    for _ in range(starts):
        at = np.argmax(left, axis=1)
        found.append(grid[at])
        near = np.max(np.abs(grid[None] - grid[at][:, None]), axis=2) <= apart if starts > 1 else None
        if near is not None:
            left = np.where(near, -np.inf, left)
    return found


def sharpened(box: Box, score: Score, budget: float, v: np.ndarray, value: float) -> tuple[np.ndarray, float]:
    """Amounts (D,) and score after a descent from them in the real amounts' logarithms (SLSQP), if that is better.

    Grids that shrink stall on ridges in three and more dimensions; where the score is smooth a descent does not.
    """
    real = [i for i, levels in enumerate(box.levels) if levels is None and box.high[i] > box.low[i]]
    if not real or not np.isfinite(value):
        return v, value
    unit = max(1.0, abs(value))

    def amounts(x: np.ndarray) -> np.ndarray:
        found = v.copy()
        found[real] = np.exp(x)
        return found

    def loss(x: np.ndarray) -> float:
        found = float(score(amounts(x)[None, None])[0, 0])
        return -found / unit if np.isfinite(found) else 1e6

    bounds = list(zip(np.log(box.low[real]), np.log(box.high[real]), strict=True))
    start = np.clip(np.log(v[real]), *np.array(bounds).T)

    def left(x: np.ndarray) -> float:
        return float(np.log(budget) - np.log(max(float(box.cost(amounts(x))), 1e-300)))

    room = {"type": "ineq", "fun": left}
    found = minimize(loss, start, method="SLSQP", bounds=bounds, constraints=[room], options=_DESCENT)
    w = np.clip(amounts(found.x), box.low, box.high)
    w = _affordable(box, w, budget, real)
    reached = float(np.where(box.keeps(w[None, None]), score(w[None, None]), -np.inf)[0, 0])
    return (w, reached) if reached > value else (v, value)


def _affordable(box: Box, v: np.ndarray, budget: float, real: list[int]) -> np.ndarray:
    """The amounts with the real ones lowered, last first, until the budget pays for them."""
    v = v.copy()
    for i in reversed(real):
        over, each = float(box.cost(v)) - budget, float(box.slope(v, i))
        if over > 0 and each > 0:
            v[i] = max(v[i] - over / each, box.low[i])
    return v


def polished(box: Box, score: Score, budget: float, v: np.ndarray, value: float) -> tuple[np.ndarray, float]:
    """Amounts (D,) and score after trying the neighbouring levels of every dimension that has levels."""
    stepped = [i for i, levels in enumerate(box.levels) if levels is not None and len(levels) > 1]
    for _ in range(50):
        best_v, best = v, value
        for i in stepped:
            levels = box.levels[i]
            assert levels is not None
            at = int(np.argmin(np.abs(levels - v[i])))
            for near in range(max(at - 2, 0), min(at + 3, len(levels))):
                fixed = _fixed(box, i, float(levels[near]), v, stepped)
                if fixed.cost(fixed.low) > budget:
                    continue
                w, found = search(fixed, score, np.array([budget]))
                if found[0] > best + 1e-13 * max(1.0, abs(best)):
                    best_v, best = w[0], float(found[0])
        if best <= value:
            break
        v, value = best_v, best
    return v, value


def _fixed(box: Box, i: int, amount: float, v: np.ndarray, stepped: list[int]) -> Box:
    """The box with dimension i at an amount, and the other stepped ones where they are."""
    low, high = box.low.copy(), box.high.copy()
    for j in stepped:
        low[j] = high[j] = amount if j == i else v[j]
    levels = tuple(np.array([low[j]]) if j in stepped else own for j, own in enumerate(box.levels))
    return replace(box, low=low, high=high, levels=levels)


def _exact(question: Question, box: Box, v: np.ndarray) -> Fraction:
    return question.purse.tariff.cost(dict(zip(box.names, map(float, v), strict=True)))


def within(question: Question, box: Box, v: np.ndarray, budget: Fraction) -> np.ndarray:
    """The amounts with the last free one lowered by as many last digits as keep the exact cost within the budget.

    Four digits more are given up, so that the amounts' binary values keep it as well as their decimals.
    """
    v, budget = v.copy(), budget * (1 - Fraction(1, 2**50))
    movable = [i for i in reversed(range(len(v))) if box.levels[i] is None and box.prices[i] + sum(
        price for price, columns in box.products if i in columns) > 0]  # fmt: skip
    for i in movable:
        step = np.spacing(v[i])
        while v[i] > box.low[i] and _exact(question, box, v) > budget:
            v[i] = max(v[i] - step, box.low[i])
            step *= 2
    return v
