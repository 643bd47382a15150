"""The door: a plan, laws and verdicts in, an allocation out.

What lives here: the order of the steps, and turning each way they can end into a record. What does not: finding
laws (``finding``), reading the plan (``question``), choosing (``solution``), intervals (``redraw``), words
(``binding``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from scaling_assets.errors import UnknownName
from scaling_assets.records.allocation import AllocatedAmount, Allocation, AllocationStatus
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law
from scaling_assets.records.plan import Plan
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.allocation.baselines import baselines
from scaling_assets.science.allocation.binding import binding, sentences, simulated_words, stopped_by
from scaling_assets.science.allocation.finding import (
    Pin,
    Refused,
    Waiting,
    evidence_of,
    inputs_of,
    laws_of,
    pins_of,
)
from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.allocation.question import Infeasible, Question, question_of
from scaling_assets.science.allocation.redraw import Redrawn, draw_rows, redraw
from scaling_assets.science.allocation.solution import STRATEGIES, solve
from scaling_assets.science.allocation.solved import Solution

CODE_VERSION = "4"


def allocate(
    plan: Plan, laws: Sequence[Law], verdicts: Sequence[Verdict] = (), overrides: Sequence[Pin] = ()
) -> Allocation:
    """Return the best affordable amounts (or the cheapest that reach the target), with cost, outcome, intervals.

    Only usable laws that passed their gates enter, and no amount beyond a law's extrapolation limit. Cost never
    exceeds the budget. ``shadow_price`` is the slope to the next better choice: gain in the outcome per unit of
    currency spent beyond this allocation's cost (of real amounts, to one per cent more money).

    Args:
        laws: of the plan's experiments; others are ignored.
        verdicts: of the same experiments; gates that admit a law, and verdicts on a change, are read from them.
        overrides: dimensions that a person has fixed, those in force.

    Raises:
        UnknownName: the plan's strategy is not registered.
        LawNotUsable: the plan does not fit a law's axes, or asks for draws of a law without any.
        PlanTooLarge: the exact search would look at too many combinations.
    """
    if plan.strategy not in STRATEGIES:
        raise UnknownName(kind="strategy", name=plan.strategy, known=", ".join(STRATEGIES))
    read = [law for law in laws if law.experiment in plan.experiments]
    fixed = [(p.dimension, p.amount, p.words) for p in overrides]
    version = content_id("allocation", CODE_VERSION, plan, evidence_of(plan, laws, verdicts), sorted(fixed))
    question: Question | None = None
    try:
        found = laws_of(plan, laws, verdicts)
        pins = pins_of(plan, verdicts, overrides)
        question = question_of(plan, found, pins)
        picks = draw_rows(question)
        solution = solve(question, picks)
        if solution is None:
            return replace(_too_dear(question, version), baselines=baselines(question))
    except Waiting as waiting:
        return _unanswered(plan, version, AllocationStatus.WAITING, str(waiting), read)
    except Refused as refused:
        return _unanswered(plan, version, AllocationStatus.REFUSED, str(refused), read)
    except Infeasible as impossible:
        answer = _unanswered(plan, version, AllocationStatus.INFEASIBLE, str(impossible), read)
        return answer if question is None else replace(answer, baselines=baselines(question))
    answer = _answer(question, version, solution, redraw(question, solution, picks))
    return replace(answer, inputs=inputs_of(plan, found, verdicts, pins))


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
        title=plan.title, owner=plan.owner, direction=plan.direction, target=plan.target, risk=plan.risk.measure,
    )  # fmt: skip


def _too_dear(question: Question, version: str) -> Allocation:
    """Nothing affordable: because of prices, or because a limit took the affordable levels away."""
    plan, purse, laws = question.plan, question.purse, question.laws
    coins = sum(int(b.coins.min()) for b in question.blocks)
    minimum = purse.tariff.cost({d.name: d.minimum for d in plan.dimensions})
    limit = exact(plan.budget or 0.0)
    # Compared exactly: a float of either could hide a budget that falls short by its last digit.
    within, least = minimum <= limit, minimum if minimum > limit else coins * purse.coin
    cheapest, most = _told_apart(float(least), float(limit))
    budget = f"{most} {plan.currency}"
    if coins <= purse.budget:
        reason = f"the {plan.strategy} policy costs more than the budget of {budget}"
        return _unanswered(plan, version, AllocationStatus.INFEASIBLE, reason, laws)
    status, reason = AllocationStatus.INFEASIBLE, ""
    if question.pins and within:
        fixed = ", ".join(f"{p.dimension} = {p.amount:g} ({p.source})" for p in question.pins.values())
        reason = f"with {fixed} the cheapest choice costs {cheapest}, the budget is {budget}"
    elif question.held and within:
        limits = " and ".join(h.words for h in question.held)
        reason = f"what keeps {limits} costs at least {cheapest}, the budget is {budget}"
    elif within:
        status = AllocationStatus.REFUSED
        reason = (
            f"what {budget} can buy lies beyond the extrapolation limits; "
            f"the cheapest allowed choice costs {cheapest}"
        )
    else:
        reason = f"even the minimum of every dimension costs {cheapest}, the budget is {budget}"
    return _unanswered(plan, version, status, reason, laws)


def _told_apart(cost: float, budget: float) -> tuple[str, str]:
    """Both numbers in as many digits as show which is larger, six at least."""
    for digits in (6, 9, 12, 17):
        shown = f"{cost:.{digits}g}", f"{budget:.{digits}g}"
        if float(shown[0]) > float(shown[1]):
            break
    return shown


def _answer(question: Question, version: str, solution: Solution, drawn: Redrawn) -> Allocation:
    plan, laws = question.plan, question.laws
    outcome, price = float(question.outcome(solution.gain)), None
    cost = float(solution.cost)
    spent = (
        f"{cost:.10g} of {plan.budget:.10g} {plan.currency} spent"
        if plan.budget
        else f"{cost:.10g} {plan.currency} spent"
    )
    words = [f"{plan.strategy}: {spent}"]
    if solution.better is not None:
        more, gain = solution.better
        change = abs(float(question.outcome(gain)) - outcome)
        price = change / float(more - solution.cost) if more > solution.cost else None
        if not plan.is_continuous:
            words.append(f"the next better choice costs {float(more):.10g}")
    elif plan.strategy == "frontier" and not all(n in question.pins for n in solution.amounts):
        words.append("more money would buy nothing better")
    if drawn.agreement is not None:
        same = "the same amounts" if not plan.is_continuous else "amounts within 5 % of these"
        words.append(f"{drawn.agreement:.0%} of the parameter draws choose {same}")
    words += simulated_words(laws)
    metrics = ", ".join(dict.fromkeys(t.law.metric for t in question.terms))
    stops = stopped_by(question, solution.amounts)
    answer = _unanswered(plan, version, AllocationStatus.OPTIMAL, "; ".join(words), laws)
    return replace(
        answer, amounts=_amounts(question, solution, drawn, stops), cost=cost,
        leftover=None if plan.budget is None else float(exact(plan.budget) - solution.cost), outcome=outcome,
        outcome_low=drawn.outcome_low, outcome_high=drawn.outcome_high,
        outcome_unit="x control" if plan.combine == "product" else metrics,
        method=f"{plan.strategy}, {solution.method}; intervals over {drawn.count} parameter draws",
        shadow_price=price, agreement=drawn.agreement, baselines=baselines(question),
        cost_low=drawn.cost_low, cost_high=drawn.cost_high, risk_value=solution.measure, reaches=drawn.reaches,
        binding=binding(stops, plan.target is not None), explanation=sentences(question, solution, stops, price),
    )  # fmt: skip


def _amounts(
    question: Question, solution: Solution, drawn: Redrawn, stops: Mapping[str, str]
) -> tuple[AllocatedAmount, ...]:
    found = []
    for i, d in enumerate(question.plan.dimensions):
        amount = solution.amounts[d.name]
        low, high = (None, None) if drawn.low is None or drawn.high is None else (drawn.low[i], drawn.high[i])
        law = next(t.law for t in question.terms if d.name in t.names)
        # What is paid for only together with others has no cost of its own (``products``).
        is_priced = d.cost is not None or d.priced is not None
        cost = float(exact(amount) * question.purse.tariff.prices[d.name]) if is_priced else None
        found.append(AllocatedAmount(d.name, amount, low, high, d.unit, cost, law.law_id, stops[d.name]))
    return tuple(found)
