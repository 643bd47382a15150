"""Measures of risk over parameter draws, and the choice that is best by one, for amounts on levels.

What lives here: mean, quantile, probability and regret of outcomes, and searching by them. What does not: the
estimate's own optimum (``frontier``), draws (``redraw``), real amounts (``zoom``).

A mean of sums is a sum of means, and the mean of a product of independent terms the product of their means, so
that ``mean`` keeps the exact solver wherever no two blocks share a law. The other measures are no sums over
blocks: all affordable combinations are looked at, or, beyond ``MAX_LISTED``, the best choices under the single
draws, improved block by block until no block can improve.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from scaling_assets.records.purchase import Risk
from scaling_assets.science.allocation.frontier import best_of, choose, choose_all
from scaling_assets.science.allocation.question import Best, Question
from scaling_assets.science.allocation.together import combinations

MAX_LISTED = 100_000
_NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Risky:
    """The best by a measure; ``is_exact`` is False where not every combination was looked at."""

    best: Best
    is_exact: bool
    looked_at: int


def score(risk: Risk, signed: np.ndarray, most: np.ndarray | None, sign: int) -> np.ndarray:
    """The measure (n,) of outcomes (R, n), higher is better.

    Args:
        signed: outcomes, negated where low ones are wanted; NaN and -inf where a draw predicts nothing.
        most: (R,) the best signed outcome under each draw, for regret.
        sign: 1 where a high outcome is wanted, else -1.
    """
    signed = np.where(np.isnan(signed), -np.inf, signed)
    with np.errstate(invalid="ignore"):
        if risk.measure == "mean":
            return np.asarray(signed.mean(axis=0))
        if risk.measure == "quantile":
            return np.asarray(np.quantile(signed, risk.share, axis=0, method="inverted_cdf"))
        if risk.measure == "probability":
            wanted = sign * float(risk.reaching or 0.0)
            return np.asarray((signed >= wanted - 1e-12 * abs(wanted)).mean(axis=0))
        assert most is not None
        lost = np.maximum(most[:, None] - signed, 0.0)
        return np.asarray(-np.quantile(lost, risk.share, axis=0, method="inverted_cdf"))


def signed_outcomes(question: Question, totals: np.ndarray) -> np.ndarray:
    """Outcomes from summed gains, negated where low ones are wanted."""
    return question.sign * question.outcome(totals)


def choose_by(question: Question, gains: Sequence[np.ndarray]) -> Risky | None:
    """The best affordable combination by the plan's measure over draws; None when nothing is affordable.

    Args:
        gains: (R, n_b) of each block under the draws.
    """
    risk, coins = question.plan.risk, [b.coins for b in question.blocks]
    laws = [{t.law.law_id for t in b.terms} for b in question.blocks]
    is_apart = sum(map(len, laws)) == len(set().union(*laws))
    if risk.measure == "mean" and (question.plan.combine == "sum" or is_apart):
        best = choose(question, [_mean(question, g) for g in gains])
        return None if best is None else Risky(_at_estimate(question, best.rows), True, 0)
    most = None
    each = choose_all(question, gains)
    if each[0, 0] < 0:
        return None
    if risk.measure == "regret":
        most = signed_outcomes(question, _totals(gains, each[:, None, :], of_each=True)[:, 0])
    listed = combinations(coins, question.purse.budget, MAX_LISTED)
    if listed is not None:
        return Risky(_first(question, gains, listed[0], most), True, len(listed[0]))
    estimate = choose(question, [b.gains for b in question.blocks])
    assert estimate is not None
    start = np.unique(np.vstack([each, [estimate.rows]]), axis=0)
    best, looked_at = _first(question, gains, start, most), len(start)
    for _ in range(100):
        near = np.unique(np.vstack([*_exchanges(question, best), [best.rows]]), axis=0)
        looked_at += len(near)
        better = _first(question, gains, near, most)
        if better.rows == best.rows:
            break
        best = better
    return Risky(best, False, looked_at)


def measured(question: Question, gains: Sequence[np.ndarray], rows: Sequence[int]) -> float:
    """The plan's measure at one combination, in the outcome's unit (a share for probability)."""
    most = None
    if question.plan.risk.measure == "regret":
        each = choose_all(question, gains)
        most = signed_outcomes(question, _totals(gains, each[:, None, :], of_each=True)[:, 0])
    total = _totals(gains, np.array([rows]))
    found = float(score(question.plan.risk, signed_outcomes(question, total), most, question.sign)[0])
    if question.plan.risk.measure == "probability":
        return found
    return -found if question.plan.risk.measure == "regret" else question.sign * found


def cheapest_by(question: Question, gains: Sequence[np.ndarray]) -> Risky | None:
    """The cheapest combination whose measure (mean or quantile) reaches the plan's target.

    Only where every combination can be looked at; None when none reaches it.

    Raises:
        TooManyCombinations: there are more than MAX_LISTED.
    """
    coins = [b.coins for b in question.blocks]
    listed = combinations(coins, question.purse.budget, MAX_LISTED)
    if listed is None:
        raise TooManyCombinations
    rows, spent = listed
    goal = question.sign * float(question.plan.target or 0.0)
    scores = _scores(question, gains, rows, None)
    reaching = np.flatnonzero(scores >= goal - 1e-12 * abs(goal))
    if len(reaching) == 0:
        return None
    first = reaching[np.lexsort((-scores[reaching], spent[reaching]))[0]]
    return Risky(_at_estimate(question, rows[first]), True, len(rows))


class TooManyCombinations(Exception):
    """A measure that is no sum over dimensions would have to look at too many combinations."""


def _mean(question: Question, gains: np.ndarray) -> np.ndarray:
    if question.plan.combine == "sum":
        return np.asarray(gains.mean(axis=0))
    return np.asarray(question.sign * (logsumexp(question.sign * gains, axis=0) - np.log(len(gains))))


def _totals(gains: Sequence[np.ndarray], rows: np.ndarray, *, of_each: bool = False) -> np.ndarray:
    """Summed gains (R, n) of rows (n, blocks); with ``of_each`` of rows (R, n, blocks) of every draw's own."""
    if of_each:
        return np.asarray(sum(np.take_along_axis(g, rows[:, :, b], axis=1) for b, g in enumerate(gains)))
    return np.asarray(sum(g[:, rows[:, b]] for b, g in enumerate(gains)))


def _scores(
    question: Question, gains: Sequence[np.ndarray], rows: np.ndarray, most: np.ndarray | None
) -> np.ndarray:
    at_once = max(1, _NUMBERS_AT_ONCE // len(gains[0]))
    parts = [
        score(
            question.plan.risk,
            signed_outcomes(question, _totals(gains, rows[i : i + at_once])),
            most,
            question.sign,
        )
        for i in range(0, len(rows), at_once)
    ]
    return np.concatenate(parts)


def _first(
    question: Question, gains: Sequence[np.ndarray], rows: np.ndarray, most: np.ndarray | None
) -> Best:
    """The best by the measure; among equals the best at the estimate, then the cheapest."""
    scores = _scores(question, gains, rows, most)
    near = np.flatnonzero(scores >= scores.max() - 1e-12 * max(1.0, abs(float(scores.max())))) if (
        np.isfinite(scores.max())
    ) else np.arange(len(rows))  # fmt: skip
    estimate = sum(b.gains[rows[near, j]] for j, b in enumerate(question.blocks))
    spent = sum(b.coins[rows[near, j]] for j, b in enumerate(question.blocks))
    return _at_estimate(question, rows[near[np.lexsort((spent, -np.asarray(estimate)))[0]]])


def _at_estimate(question: Question, rows: Sequence[int] | np.ndarray) -> Best:
    found = best_of(np.asarray(rows), [b.coins for b in question.blocks], [b.gains for b in question.blocks])
    assert found is not None
    return found


def _exchanges(question: Question, best: Best) -> list[np.ndarray]:
    """Every affordable combination that differs from the best in one block."""
    found = []
    for j, block in enumerate(question.blocks):
        left = question.purse.budget - best.coins + int(block.coins[best.rows[j]])
        rows = np.flatnonzero(block.coins <= left)
        near = np.tile(best.rows, (len(rows), 1))
        near[:, j] = rows
        found.append(near)
    return found
