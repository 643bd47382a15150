"""What a plan whose amounts are real numbers chooses: under a budget or for a target, at the estimate or by a measure.

What lives here: how the search (``zoom``) is asked. What does not: the search, amounts on levels (``solution``).
"""

from fractions import Fraction

import numpy as np

from scaling_assets.errors import LawNotUsable
from scaling_assets.science.allocation import zoom
from scaling_assets.science.allocation.box import Box, box_of
from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.allocation.question import Infeasible, Question
from scaling_assets.science.allocation.risk import score, signed_outcomes
from scaling_assets.science.allocation.solved import Picks, Solution

_HALVINGS = 44  # of the budget's logarithm, to reach a target
_TARGET_DRAWS = 100


def by_zoom(question: Question, picks: Picks | None) -> Solution | None:
    """The choice of real amounts, and what would be chosen under each draw; None when no law answers anywhere.

    Raises:
        Infeasible: the target lies out of reach, or what keeps the limits is too dear.
        LawNotUsable: another strategy than the frontier, or a limit over several real amounts.
    """
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
        "real amounts by shrinking grids and descent", _better(question, box, judge, v, limit),
    )  # fmt: skip


def _best(question: Question, box: Box, judge: zoom.Score, budget: float) -> tuple[np.ndarray, float]:
    first = zoom.FIRST if question.plan.risk.measure == "estimate" else zoom.RISKY
    v, value = zoom.search(box, judge, np.array([budget]), first=first, starts=zoom.STARTS)
    best, reached = zoom.sharpened(box, judge, budget, v[0], float(value[0]))
    best, reached = zoom.polished(box, judge, budget, best, reached)
    return zoom.sharpened(box, judge, budget, best, reached)


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
            f"no amounts reach the target {plan.target:g}{within}{question.kept}; the best outcome is {best:.4g}"
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
