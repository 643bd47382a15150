"""What a plan's strategy chooses at the estimate and under every parameter draw, whatever kind its amounts are.

What lives here: which solver answers which question on levels (a budget or a target, the estimate or a measure of
risk). What does not: real amounts (``real_amounts``), the solvers, baselines, words.
"""

from collections.abc import Callable, Sequence

import numpy as np

from scaling_assets.errors import LawNotUsable
from scaling_assets.science.allocation.fixed import equal_split, fixed
from scaling_assets.science.allocation.frontier import cheapest, cheapest_all, choose, choose_all, next_better
from scaling_assets.science.allocation.question import Best, Infeasible, Question, drawn_gains
from scaling_assets.science.allocation.real_amounts import by_zoom
from scaling_assets.science.allocation.risk import (
    TooManyCombinations,
    cheapest_by,
    choose_by,
    measured,
)
from scaling_assets.science.allocation.solved import Picks, Solution

Strategy = Callable[[Question, Sequence[np.ndarray]], Best | None]

STRATEGIES: dict[str, Strategy] = {"frontier": choose, "fixed": fixed, "equal_split": equal_split}


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
    return by_zoom(question, picks) if plan.is_continuous else _by_levels(question, picks)


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
    drawn = drawn.reshape(-1, len(order))
    if question.purse.is_exact:
        spent = np.sum([c[rows[:, b]] for b, c in enumerate(coins)], axis=0) * float(question.purse.coin)
    else:  # coins are rounded up, by much where one dimension is far dearer than what is chosen
        spent = question.purse.tariff.costs(drawn, order)
    better = None
    if plan.strategy == "frontier":
        found = next_better(coins, [b.gains for b in blocks], best)
        better = None if found is None else (found.coins * question.purse.coin, found.gain)
    amounts = question.amounts_at(best.rows)
    return Solution(
        amounts, question.purse.tariff.cost(amounts), best.gain, totals, drawn,
        spent, np.all(rows == np.array(best.rows), axis=1),
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
        found = cheapest(question, estimate, question.total(plan.target))
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
    raise Infeasible(
        f"no amounts reach the target {plan.target:g}{by}{within}{question.kept}{_nearest(question)}"
    )


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
