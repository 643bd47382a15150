"""What a plan's strategy chooses at the estimate and under every parameter draw, whatever kind its amounts are.

What lives here: which solver answers which question (levels or real amounts, a budget or a target, the estimate or
a measure of risk). What does not: the solvers, baselines, words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from scaling_assets.errors import LawNotUsable
from scaling_assets.science.allocation import zoom
from scaling_assets.science.allocation.box import Box, box_of
from scaling_assets.science.allocation.fixed import equal_split, fixed
from scaling_assets.science.allocation.frontier import best_of, cheapest_all, choose, choose_all, next_better
from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.allocation.question import Best, Infeasible, Question, drawn_gains
from scaling_assets.science.allocation.risk import (
    TooManyCombinations,
    cheapest_by,
    choose_by,
    measured,
    score,
    signed_outcomes,
)

Strategy = Callable[[Question, Sequence[np.ndarray]], Best | None]

STRATEGIES: dict[str, Strategy] = {"frontier": choose, "fixed": fixed, "equal_split": equal_split}

Picks = Mapping[str, np.ndarray]
_HALVINGS = 44  # of the budget's logarithm, to reach a target with real amounts
_TARGET_DRAWS = 100


@dataclass(frozen=True, eq=False)
class Solution:
    """What was chosen.

    ``amounts`` by dimension; ``totals`` (R,) their summed gains under the draws; ``drawn`` (R, D) in declared order
    what would be chosen under those draws that have a choice, ``drawn_cost`` (R,) what that costs; ``same`` says
    of each whether it is the choice at the estimate. ``measure`` is the plan's measure of risk at the choice, None
    for the estimate; ``method`` names the search; ``better`` is cost and gain of the next better choice.
    """

    amounts: dict[str, float]
    cost: Fraction
    gain: float
    totals: np.ndarray
    drawn: np.ndarray
    drawn_cost: np.ndarray
    same: np.ndarray
    measure: float | None
    method: str
    better: tuple[Fraction, float] | None


def solve(question: Question, picks: Picks | None) -> Solution | None:
    """The plan's choice, and its choice under each draw; None when nothing affordable exists.

    Raises:
        Infeasible: the target lies out of reach, or what keeps the limits is too dear.
        LawNotUsable: a measure over draws is asked of laws without any.
    """
    plan = question.plan
    if picks is None and plan.risk.measure != "estimate":
        problem = f"the measure {plan.risk.measure!r} is over parameter draws, and a law has none"
        raise LawNotUsable(law=plan.name, problem=problem, remedy="Declare 'bootstrap' in its law question.")
    return _by_zoom(question, picks) if plan.is_continuous else _by_levels(question, picks)


def _by_levels(question: Question, picks: Picks | None) -> Solution | None:
    plan, blocks = question.plan, question.blocks
    gains = None if picks is None else [drawn_gains(question, b, picks) for b in blocks]
    best, method = _chosen(question, gains)
    if best is None:
        return None
    coins = [b.coins for b in blocks]
    rows, totals = np.empty((0, len(blocks)), dtype=np.int64), np.empty(0)
    if gains is not None:
        totals = np.sum([g[:, row] for g, row in zip(gains, best.rows, strict=True)], axis=0)
        rows = _under_draws(question, gains, best)
        rows = rows[rows[:, 0] >= 0]
    order = [d.name for d in plan.dimensions]
    columns = {n: (b, j) for b, block in enumerate(blocks) for j, n in enumerate(block.names)}
    drawn = np.array([blocks[b].amounts[rows[:, b], j] for b, j in (columns[n] for n in order)]).T
    spent = np.sum([c[rows[:, b]] for b, c in enumerate(coins)], axis=0)
    better = None
    if plan.strategy == "frontier":
        found = next_better(coins, [b.gains for b in blocks], best)
        better = None if found is None else (found.coins * question.purse.coin, found.gain)
    return Solution(
        {n: float(blocks[columns[n][0]].amounts[best.rows[columns[n][0]], columns[n][1]]) for n in order},
        best.coins * question.purse.coin, best.gain, totals, drawn.reshape(-1, len(order)),
        spent * float(question.purse.coin), np.all(rows == np.array(best.rows), axis=1),
        None if plan.risk.measure == "estimate" or gains is None else measured(question, gains, best.rows),
        method, better,
    )  # fmt: skip


def _chosen(question: Question, gains: Sequence[np.ndarray] | None) -> tuple[Best | None, str]:
    plan, estimate = question.plan, [b.gains for b in question.blocks]
    if plan.strategy != "frontier":
        return STRATEGIES[plan.strategy](question, estimate), f"{plan.strategy} policy"
    if plan.risk.measure == "estimate" or gains is None:
        if plan.target is None:
            return choose(question, estimate), "exact over all levels"
        rows = cheapest_all(question, [g[None, :] for g in estimate], question.total(plan.target))
        found = best_of(rows[0], [b.coins for b in question.blocks], estimate)
        return _reached(question, found), "exact over all levels"
    if plan.target is not None:
        try:
            risky = cheapest_by(question, gains)
        except TooManyCombinations:
            problem = (
                f"a target by its {plan.risk.measure} looks at every combination, and there are too many"
            )
            raise LawNotUsable(law=plan.name, problem=problem, remedy="Choose larger steps.") from None
        return _reached(question, None if risky is None else risky.best), "exact over all combinations"
    chosen = choose_by(question, gains)
    if chosen is None:
        return None, ""
    words = "exact" if chosen.is_exact else f"best of {chosen.looked_at:,} candidates, improved by exchange"
    return chosen.best, words


def _reached(question: Question, found: Best | None) -> Best:
    plan = question.plan
    if found is not None:
        return found
    within = "" if plan.budget is None else f" within {plan.budget:g} {plan.currency}"
    by = "" if plan.risk.measure == "estimate" else f" by its {plan.risk.measure}"
    raise Infeasible(f"no amounts reach the target {plan.target:g}{by}{within}{_nearest(question)}")


def _nearest(question: Question) -> str:
    best = choose(question, [b.gains for b in question.blocks])
    if best is None:
        return ""
    return f"; the best outcome is {float(question.outcome(best.gain)):.4g}"


def _under_draws(question: Question, gains: Sequence[np.ndarray], best: Best) -> np.ndarray:
    """Rows (R, blocks) that would be chosen if a draw were the truth."""
    plan = question.plan
    if plan.strategy != "frontier":
        return np.tile(best.rows, (len(gains[0]), 1))
    if plan.target is not None:
        return cheapest_all(question, gains, question.total(plan.target))
    return choose_all(question, gains)


# -- real amounts ----------------------------------------------------------------------------------------


def _by_zoom(question: Question, picks: Picks | None) -> Solution | None:
    plan = question.plan
    if plan.strategy != "frontier":
        problem = f"the strategy {plan.strategy!r} chooses among steps"
        raise LawNotUsable(
            law=plan.name, problem=problem, remedy="Use 'frontier', or give every dimension steps."
        )
    box = box_of(question)
    point = {law.law_id: np.array([[p.value for p in law.parameters]], dtype=float) for law in question.laws}
    at_estimate = zoom.gains_score(question, box, point)
    judge = (
        at_estimate if plan.risk.measure == "estimate" or picks is None else _risk_score(question, box, picks)
    )
    dearest = float(box.cost(box.high))
    limit = dearest if plan.budget is None else min(plan.budget, dearest)
    if plan.target is None:
        v, value = _best(question, box, judge, limit)
    else:
        v, value = _least(question, box, judge, limit)
    if not np.isfinite(value):
        return None
    if plan.budget is not None:
        v = zoom.within(question, box, v, exact(plan.budget))
    order = [box.names.index(d.name) for d in plan.dimensions]
    amounts = {d.name: float(v[i]) for d, i in zip(plan.dimensions, order, strict=True)}
    drawn, totals = np.empty((0, len(order))), np.empty(0)
    if picks is not None:
        totals = question.drawn_gain({n: np.array([a]) for n, a in amounts.items()}, picks)[:, 0]
        drawn = _drawn_amounts(question, box, picks, limit)
    gain = float(question.gain({n: np.array([a]) for n, a in amounts.items()})[0])
    same = np.all(np.abs(drawn[:, order] / v[order] - 1) < 0.05, axis=1)
    measure = (
        None
        if plan.risk.measure == "estimate" or picks is None
        else _in_unit(question, judge(v[None, None])[0, 0])
    )
    return Solution(
        amounts, question.purse.tariff.cost(amounts), gain, totals, drawn[:, order], box.cost(drawn), same, measure,
        "real amounts by shrinking grids", _better(question, box, judge, v, limit),
    )  # fmt: skip


def _best(question: Question, box: Box, judge: zoom.Score, budget: float) -> tuple[np.ndarray, float]:
    first = zoom.FIRST if question.plan.risk.measure == "estimate" else zoom.RISKY
    v, value = zoom.search(box, judge, np.array([budget]), first=first, starts=zoom.STARTS)
    return zoom.polished(box, judge, budget, v[0], float(value[0]))


def _goal(question: Question) -> float:
    """The score that reaches the plan's target."""
    target = float(question.plan.target or 0.0)
    return question.total(target) if question.plan.risk.measure == "estimate" else question.sign * target


def _least(question: Question, box: Box, judge: zoom.Score, limit: float) -> tuple[np.ndarray, float]:
    """The cheapest amounts that reach the target: the budget is halved, in logarithms, onto the least that does."""
    goal = _goal(question)
    goal -= 1e-12 * max(1.0, abs(goal))
    v, value = _best(question, box, judge, limit)
    if value < goal:
        plan = question.plan
        within = "" if plan.budget is None else f" within {plan.budget:g} {plan.currency}"
        best = _in_unit(question, value)
        raise Infeasible(
            f"no amounts reach the target {plan.target:g}{within}; the best outcome is {best:.4g}"
        )
    low, high = max(float(box.cost(box.low)), limit * 1e-12), limit
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(low * high))
        w, found = zoom.search(box, judge, np.array([middle]), starts=2)
        if found[0] >= goal:
            v, value, high = w[0], float(found[0]), middle
        else:
            low = middle
    return v, value


def _risk_score(question: Question, box: Box, picks: Picks) -> zoom.Score:
    """The plan's measure over draws of amounts (1, n, D) as a score (1, n)."""
    most: np.ndarray | None = None
    if question.plan.risk.measure == "regret":
        thetas = {law.law_id: law.draws[picks[law.law_id]] for law in question.laws}
        each = zoom.gains_score(question, box, thetas)
        limit = question.plan.budget or float(box.cost(box.high))
        _, totals = zoom.search(box, each, np.full(len(next(iter(picks.values()))), limit))
        most = signed_outcomes(question, totals)

    def read(v: np.ndarray) -> np.ndarray:
        totals = question.drawn_gain({n: v[0, :, i] for i, n in enumerate(box.names)}, picks)
        return score(question.plan.risk, signed_outcomes(question, totals), most, question.sign)[None]

    return read


def _in_unit(question: Question, value: float) -> float:
    """A score in the unit that people read."""
    measure = question.plan.risk.measure
    if measure == "estimate":
        return float(question.outcome(value))
    return float(
        value if measure == "probability" else -value if measure == "regret" else question.sign * value
    )


def _drawn_amounts(question: Question, box: Box, picks: Picks, limit: float) -> np.ndarray:
    """Amounts (R, D) that would be chosen if a draw were the truth; draws without a choice are left out."""
    thetas = {law.law_id: law.draws[picks[law.law_id]] for law in question.laws}
    if question.plan.target is None:
        each = zoom.gains_score(question, box, thetas)
        v, value = zoom.search(box, each, np.full(len(next(iter(picks.values()))), limit))
        return v[np.isfinite(value)]
    thetas = {name: theta[:_TARGET_DRAWS] for name, theta in thetas.items()}
    each, count = zoom.gains_score(question, box, thetas), len(next(iter(thetas.values())))
    goal = question.total(float(question.plan.target))
    low, high = np.full(count, max(float(box.cost(box.low)), limit * 1e-12)), np.full(count, limit)
    v, value = zoom.search(box, each, high)
    reaches = value >= goal
    for _ in range(24):
        middle = np.sqrt(low * high)
        w, found = zoom.search(box, each, middle)
        good = found >= goal
        v[good], high, low = w[good], np.where(good, middle, high), np.where(good, low, middle)
    return v[reaches]


def _better(
    question: Question, box: Box, judge: zoom.Score, v: np.ndarray, limit: float
) -> tuple[Fraction, float] | None:
    """What one per cent more money would yield at the estimate; None where it buys nothing."""
    plan = question.plan
    spent = float(box.cost(v))
    more = (spent if plan.target is not None else limit) * 1.01
    if plan.target is None and (spent < limit * (1 - 1e-9) or more > float(box.cost(box.high)) * 1.02):
        return None
    w, value = zoom.search(box, judge, np.array([more]), starts=2)
    at = {n: np.array([w[0, i]]) for i, n in enumerate(box.names)}
    gain = float(question.gain(at)[0])
    now = float(question.gain({n: np.array([v[i]]) for i, n in enumerate(box.names)})[0])
    if not np.isfinite(value[0]) or gain <= now + 1e-13 * max(1.0, abs(now)):
        return None
    cost = Fraction(float(box.cost(w[0])))
    return (cost, gain) if cost > Fraction(spent) else None
