"""The door: a plan and laws in, an allocation out.

What lives here: the registry of strategies, intervals over parameter draws, baselines, what bound each
amount, and the words. What does not: reading the plan (``question``), choosing (one strategy a file).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from scaling_assets.errors import UnknownName
from scaling_assets.records.allocation import AllocatedAmount, Allocation, AllocationStatus
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law
from scaling_assets.records.plan import Plan
from scaling_assets.science.allocation.baselines import baselines
from scaling_assets.science.allocation.fixed import equal_split, fixed
from scaling_assets.science.allocation.frontier import choose, next_better
from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.allocation.question import Best, Block, Question, Refused, Waiting, question_of
from scaling_assets.science.allocation.redraw import Redrawn, redraw

CODE_VERSION = "2"

Strategy = Callable[[Question, list[np.ndarray]], Best | None]

STRATEGIES: dict[str, Strategy] = {"frontier": choose, "fixed": fixed, "equal_split": equal_split}


def allocate(plan: Plan, laws: Sequence[Law]) -> Allocation:
    """Return the best affordable amounts, with cost, outcome and intervals.

    Only usable laws enter, and no amount beyond a law's extrapolation limit. Cost never exceeds the
    budget. ``shadow_price`` is the slope to the next better choice: gain in the outcome per unit of
    currency spent beyond this allocation's cost.

    Raises:
        UnknownName: the plan's strategy is not registered.
        LawNotUsable: the plan does not fit a law's axes.
        PlanTooLarge: the exact search would look at too many combinations.
    """
    if plan.strategy not in STRATEGIES:
        raise UnknownName(kind="strategy", name=plan.strategy, known=", ".join(STRATEGIES))
    read = [law for law in laws if law.experiment in plan.experiments]
    version = content_id("allocation", CODE_VERSION, plan, sorted((w.law_id, w.data_version) for w in read))
    try:
        question = question_of(plan, laws)
    except Waiting as waiting:
        return _unanswered(plan, version, AllocationStatus.WAITING, f"waiting for laws: {waiting}", read)
    except Refused as refused:
        return _unanswered(plan, version, AllocationStatus.REFUSED, str(refused), read)
    used = [b.law for b in question.blocks]
    gains = [b.gains for b in question.blocks]
    best = STRATEGIES[plan.strategy](question, gains)
    if best is None:
        return _too_dear(question, version, used)
    return _answer(question, version, used, best, redraw(question, best, STRATEGIES[plan.strategy]))


def _unanswered(
    plan: Plan, version: str, status: AllocationStatus, reason: str, laws: Sequence[Law]
) -> Allocation:
    return Allocation(
        allocation_id=version, plan=plan.name, status=status, reason=reason,
        amounts=tuple(AllocatedAmount(d.name, None, None, None, d.unit, None, None) for d in plan.dimensions),
        budget=plan.budget, cost=None, leftover=None, currency=plan.currency,
        outcome=None, outcome_low=None, outcome_high=None, outcome_unit="", level=plan.level,
        method=plan.strategy, shadow_price=None, agreement=None,
        is_simulated=any(law.is_simulated for law in laws), data_version=version,
    )  # fmt: skip


def _too_dear(question: Question, version: str, laws: list[Law]) -> Allocation:
    """Nothing affordable: because of prices, or because a limit took the affordable levels away."""
    plan, purse = question.plan, question.purse
    cheapest = purse.money(sum(int(b.coins.min()) for b in question.blocks))
    floor = sum(d.unit_cost * d.minimum for d in plan.dimensions)
    if cheapest <= plan.budget:
        reason = f"the {plan.strategy} policy costs more than the budget of {plan.budget:g} {plan.currency}"
        return _unanswered(plan, version, AllocationStatus.INFEASIBLE, reason, laws)
    if floor <= plan.budget:
        reason = (
            f"what {plan.budget:g} {plan.currency} can buy lies beyond the extrapolation limits; "
            f"the cheapest allowed choice costs {cheapest:g}"
        )
        return _unanswered(plan, version, AllocationStatus.REFUSED, reason, laws)
    reason = f"even the minimum of every dimension costs {cheapest:g}, the budget is {plan.budget:g} {plan.currency}"
    return _unanswered(plan, version, AllocationStatus.INFEASIBLE, reason, laws)


def _answer(question: Question, version: str, laws: list[Law], best: Best, drawn: Redrawn) -> Allocation:
    plan, purse = question.plan, question.purse
    better = next_better([b.coins for b in question.blocks], [b.gains for b in question.blocks], best)
    cost, leftover = purse.money(best.coins), purse.money(purse.budget - best.coins)
    outcome, price = float(question.outcome(best.gain)), None
    words = [f"{plan.strategy}: {cost:g} of {plan.budget:g} {plan.currency} spent"]
    if better is not None:
        gain = float(question.outcome(better.gain)) - outcome
        price = abs(gain) / purse.money(better.coins - best.coins) if better.coins > best.coins else None
        words.append(f"the next better choice costs {purse.money(better.coins):g}")
    else:
        words.append("more money would buy nothing better")
    if drawn.agreement is not None:
        words.append(f"{drawn.agreement:.0%} of the parameter draws choose the same amounts")
    words += _simulated_words(laws)
    unit = "x control" if plan.combine == "product" else ", ".join(dict.fromkeys(w.metric for w in laws))
    answer = _unanswered(plan, version, AllocationStatus.OPTIMAL, "; ".join(words), laws)
    return replace(
        answer, amounts=_amounts(question, best, drawn), cost=cost, leftover=leftover, outcome=outcome,
        outcome_low=drawn.outcome_low, outcome_high=drawn.outcome_high, outcome_unit=unit,
        method=f"{plan.strategy}; intervals over {drawn.count} parameter draws", shadow_price=price,
        agreement=drawn.agreement, baselines=baselines(question),
    )  # fmt: skip


def _simulated_words(laws: list[Law]) -> list[str]:
    simulated = sorted({law.experiment for law in laws if law.is_simulated})
    if not simulated:
        return []
    measured = sorted({law.experiment for law in laws if not law.is_simulated})
    mixed = f", mixed with measured laws of {', '.join(measured)}" if measured else ""
    return [f"rests on simulated laws of {', '.join(simulated)}{mixed}"]


def _amounts(question: Question, best: Best, drawn: Redrawn) -> tuple[AllocatedAmount, ...]:
    found: dict[str, AllocatedAmount] = {}
    for i, (block, row) in enumerate(zip(question.blocks, best.rows, strict=True)):
        for j, dimension in enumerate(block.dimensions):
            amount = float(block.amounts[row, j])
            cost = float(exact(amount) * exact(dimension.cost) / exact(dimension.per))
            low, high = (
                (None, None)
                if drawn.low is None or drawn.high is None
                else (drawn.low[i][j], drawn.high[i][j])
            )
            found[dimension.name] = AllocatedAmount(
                dimension.name, amount, low, high, dimension.unit, cost,
                block.law.law_id, _bound_by(block, row, j),
            )  # fmt: skip
    return tuple(found[d.name] for d in question.plan.dimensions)


def _bound_by(block: Block, row: int, j: int) -> str:
    """What stopped this dimension, the others of its block held where they are."""
    amount, others = block.amounts[row, j], np.delete(block.amounts, j, axis=1)
    same = np.all(others == others[row], axis=1)
    higher = same & (block.amounts[:, j] > amount)
    if np.any(block.gains[higher] > block.gains[row]):
        return "budget"
    if not higher.any():
        return "extrapolation limit" if block.cut[j] else "maximum"
    lower = same & (block.amounts[:, j] < amount)
    return "no gain" if lower.any() else "minimum"
