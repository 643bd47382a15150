"""Strategies that look at no law: ``fixed`` (the control) and ``equal_split`` (equal shares).

What lives here: the policies that an allocator must beat. What does not: the source's closed form,
which may pass the budget and is a baseline only (``closed_form``).
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.allocation.question import Best, Block, Question


def fixed(question: Question, gains: Sequence[np.ndarray]) -> Best | None:
    """Every dimension at its control, or at the nearest level to it; None when that is too dear."""
    rows = []
    for block in question.blocks:
        span = np.maximum(np.abs(block.amounts).max(axis=0), 1e-300)
        control = np.array([question.control[n][0] for n in block.names])
        rows.append(int(np.argmin(np.abs((block.amounts - control) / span).sum(axis=1))))
    return _affordable(question, rows, gains)


def equal_split(question: Question, gains: Sequence[np.ndarray]) -> Best | None:
    """An equal share of the budget for each dimension, spent on its highest affordable amount.

    None where a share buys not even the least, where dimensions are paid for together, or without a budget.
    """
    if question.plan.products or question.plan.budget is None:
        return None
    rows = []
    for block in question.blocks:
        caps = np.array(_caps(question, block))
        row = np.flatnonzero(np.all(block.amounts <= caps, axis=1))
        if len(row) == 0:
            return None
        rows.append(int(row[np.argmax(block.amounts[row].sum(axis=1))]))
    return _affordable(question, rows, gains)


def _caps(question: Question, block: Block) -> list[float]:
    """The amount of each dimension of the block that its share of the budget buys."""
    share = exact(question.plan.budget or 0.0) / len(question.plan.dimensions)
    return [_bought(share, question.purse.tariff.prices[name]) for name in block.names]


def _bought(share: Fraction, price: Fraction) -> float:
    return float(share / price) if price else np.inf


def _affordable(question: Question, rows: list[int], gains: Sequence[np.ndarray]) -> Best | None:
    coins = sum(int(b.coins[r]) for b, r in zip(question.blocks, rows, strict=True))
    if coins > question.purse.budget:
        return None
    return Best(tuple(rows), coins, float(sum(g[r] for g, r in zip(gains, rows, strict=True))))
