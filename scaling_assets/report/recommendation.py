"""An allocation in words: what to buy, what it costs, what it yields, why not more, what else there was, how sure.

What belongs here: sentences and table rows about one allocation, for pages and the command line, and its own page in
Markdown. What does not: choosing (``science.allocation``), escaping and tables themselves (``verdict_page``).
"""

from scaling_assets.records.allocation import AllocatedAmount, Allocation, AllocationStatus
from scaling_assets.report import wording
from scaling_assets.report.verdict_page import escape, table

POLICIES = {
    "control": "stay at the control",
    "minimum": "the least of everything",
    "equal_split": "equal shares of the budget",
    "closed_form": "shares in proportion to exponents",
    "training_law_exponents": "grow as training laws do",
}
RISKS = {
    "mean": "the mean outcome over the draws",
    "quantile": "the outcome in bad draws",
    "probability": "the probability of reaching the wanted outcome",
    "regret": "the loss against each draw's own best choice",
}
FIXED = ("override", "A/B verdict")
BASELINE_HEADER = ("policy", "outcome", "cost", "beside the recommendation")


def headline(a: Allocation) -> str:
    """``Buy 4 agents and 3 rounds for 2.6 of 5 usd.``, or what is missing."""
    if a.status is not AllocationStatus.OPTIMAL:
        return f"No recommendation ({a.status.value}): {a.reason}."
    amounts = [f"{wording.exactly(p.amount)} {wording.unit_text(p.unit)}".strip() + _named(p.dimension, p.unit)
               for p in a.amounts]  # fmt: skip
    bought = amounts[0] if len(amounts) == 1 else f"{', '.join(amounts[:-1])} and {amounts[-1]}"
    cost = (
        f"{wording.exactly(a.cost)} of {wording.exactly(a.budget)}"
        if a.budget is not None
        else wording.exactly(a.cost)
    )
    return f"Buy {bought} for {cost} {a.currency}."


def _named(dimension: str, unit: str) -> str:
    return "" if dimension in (unit, f"{unit}s") else f" ({dimension})"


def paragraphs(a: Allocation) -> list[tuple[str, str]]:
    """(question, answer) in the order in which somebody who pays asks; empty where there is no recommendation."""
    if a.status is not AllocationStatus.OPTIMAL:
        return []
    found = [
        ("What it yields", _yield(a)),
        ("Why not more", " ".join(a.explanation) or "Nothing is recorded."),
    ]
    if a.cost_low is not None and a.cost_high is not None:
        low, high = wording.exactly(a.cost_low), wording.exactly(a.cost_high)
        span = f"{low} {a.currency}" if low == high else f"between {low} and {high} {a.currency}"
        text = f"Were the laws' other draws true, one would spend {span} ({a.level:.0%} of draws)."
        found.append(("What it might cost", f"The price of these amounts is exact. {text}"))
    found.append(("How sure", _sureness(a)))
    return found


def _yield(a: Allocation) -> str:
    outcome = wording.with_interval(a.outcome, a.outcome_low, a.outcome_high, a.outcome_unit)
    text = f"{outcome} expected ({a.level:.0%} interval over the laws' uncertainty)"
    control = a.baselines.get("control")
    if control is not None and a.outcome is not None and control != 0 and a.outcome_unit != "x control":
        text += f"; the control yields {wording.with_interval(control, None, None, a.outcome_unit)}"
    text += "."
    if a.target is not None:
        text += f" The target is {wording.number(a.target)}"
        text += "." if a.reaches is None else f"; {a.reaches:.0%} of the draws reach it with these amounts."
    if a.risk != "estimate" and a.risk_value is not None:
        text += f" What was optimised is {RISKS[a.risk]}: {wording.number(a.risk_value)}."
    return text


def _sureness(a: Allocation) -> str:
    if a.amounts and all(p.bound_by in FIXED for p in a.amounts):
        text = "Every amount is fixed, none was chosen by the laws: they say only what to expect."
    elif a.agreement is None:
        text = "The laws have no parameter draws, so that nothing can be said about how sure this is."
    elif a.agreement >= 0.8:
        text = (
            f"{a.agreement:.0%} of the laws' draws would choose the same: the choice hardly depends on what is "
            "uncertain."
        )
    else:
        text = f"{a.agreement:.0%} of the laws' draws would choose the same; the ranges show what the others would buy."
    if a.is_simulated:
        text += " It rests on simulated runs: it shows the method and is no advice about a real system."
    return text


def baseline_rows(a: Allocation) -> list[tuple[str, str, str, str]]:
    """One row a policy, with what it would do to the budget and to the outcome."""
    names = [n for n in a.baselines if not n.endswith(("_cost", "_overspend"))]
    rows = []
    for name in names:
        outcome, cost = a.baselines[name], a.baselines.get(f"{name}_cost")
        label = POLICIES.get(name, "as declared")
        rows.append(
            (
                f"{name.replace('_', ' ')} ({label})",
                wording.with_interval(outcome, None, None, a.outcome_unit if outcome is not None else ""),
                f"{wording.exactly(cost)} {a.currency}" if cost is not None else "–",
                _beside(a, outcome, cost),
            )
        )
    return rows


def _beside(a: Allocation, outcome: float | None, cost: float | None) -> str:
    if cost is None:
        return "has no answer here"
    notes = []
    if a.budget is not None and cost > a.budget * (1 + 1e-12):
        notes.append(f"over budget by {wording.number(cost - a.budget)} {a.currency}")
    if outcome is None:
        notes.append("no law answers there")
    elif a.outcome is not None and a.outcome != 0:
        change = outcome / a.outcome - 1
        better = change > 0 if a.direction == "higher" else change < 0
        notes.append(
            "the same outcome"
            if abs(change) < 5e-4
            else f"{abs(change):.1%} {'better' if better else 'worse'}"
        )
    return "; ".join(notes)


def input_rows(a: Allocation) -> list[tuple[str, str, str]]:
    """(what it decided, experiment, what it says), a row a law, verdict or override."""
    return [(one.role, one.experiment, one.text) for one in a.inputs]


def cost_of(part: AllocatedAmount, currency: str) -> str:
    """What one dimension costs by itself; in words where it is paid for only together with others."""
    if part.cost is not None:
        return f"{wording.exactly(part.cost)} {currency}"
    return "–" if part.amount is None else "with others"


def page(a: Allocation, explain: str) -> str:
    """The page of one plan in Markdown; ``explain`` is the query that leads back to the observations."""
    lines = [f"# {escape(a.title or a.plan)}", "", f"**{escape(headline(a))}**", ""]
    mode = "simulated" if a.is_simulated else "measured"
    lines += [f"Plan `{a.plan}`{', owner ' + escape(a.owner) if a.owner else ''}; from {mode} laws.", ""]
    for question, answer in paragraphs(a):
        lines += [f"## {question}", "", escape(answer), ""]
    if a.cost is not None:
        header = ("what", "amount", f"{a.level:.0%} of draws", "cost", "stopped by")
        rows = [
            (escape(p.dimension), f"{wording.exactly(p.amount)} {escape(p.unit)}", wording.interval(p.low, p.high),
             escape(cost_of(p, a.currency)), p.bound_by)
            for p in a.amounts
        ]  # fmt: skip
        lines += ["## The amounts", "", table(header, rows), ""]
    if a.baselines:
        rows_of = [tuple(map(escape, row)) for row in baseline_rows(a)]
        lines += ["## What else there was", "", table(BASELINE_HEADER, rows_of), ""]
    if a.inputs:
        made = [tuple(map(escape, row)) for row in input_rows(a)]
        lines += ["## What it rests on", "", table(("what", "experiment", "says"), made), ""]
    lines += ["## From here back to the runs", "", "```", explain, "```", "", escape(a.method), ""]
    return "\n".join(lines)
