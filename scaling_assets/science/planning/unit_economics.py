"""Kind ``unit_economics``: what one unit costs, from which price and quantity on it pays, what models cost.

What lives here: the declaration and its tables. What does not: bills (``costs``), break-even (``break_even``),
models and quotas (``pricing``).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.amount import StatedAmount, read_amount, stated
from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.planned import ANSWERED, REFUSED, WAITING, Figure
from scaling_assets.science.planning.asked import Told, law_ids
from scaling_assets.science.planning.break_even import BreakEven, break_even
from scaling_assets.science.planning.costs import Bill, CostLine, Saving, bill, saved
from scaling_assets.science.planning.kind import Answered, PlanCase, PlanKind, PlanQuestion
from scaling_assets.science.planning.law_costs import LawCost, laws_told, line_problems
from scaling_assets.science.planning.model_tables import model_figures, token_line, tokens_missing
from scaling_assets.science.planning.money_tables import (
    arithmetic,
    hundredfold,
    merged,
    money,
    percent,
)
from scaling_assets.science.planning.pricing import ModelUse
from scaling_assets.science.planning.referred import reference_problems
from scaling_assets.science.planning.sheet import figure, number_text, range_text
from scaling_assets.science.ranges.enclose import Range

MONTH_HOURS = 365.2425 / 12 * 24


class EconomicsCase(Declared):
    """A quantity a period, with lines that replace the plan's own of the same name, or come on top.

    ``savings`` names those of the plan's savings that are taken for granted in this case.
    """

    name: Identifier
    units: StatedAmount
    price: StatedAmount | None = None
    costs: tuple[CostLine, ...] = ()
    savings: tuple[Identifier, ...] = ()


class UnitEconomicsQuestion(PlanQuestion):
    """What one ``unit`` costs at some quantities a ``period``, and what it leaves at ``price``.

    ``models`` says what language models cost; their tokens are a cost line of their own, unless ``paid_by`` names
    the line that pays for them already.
    """

    kind: Literal["unit_economics"] = "unit_economics"
    currency: str
    unit: str
    period: str = "month"
    period_hours: Annotated[float, Field(gt=0)] = MONTH_HOURS
    price: StatedAmount
    cases: Annotated[tuple[EconomicsCase, ...], Field(min_length=1)]
    costs: tuple[CostLine, ...] = ()
    law_costs: tuple[LawCost, ...] = ()
    savings: tuple[Saving, ...] = ()
    models: ModelUse | None = None
    paid_by: Identifier | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for case in self.cases:
            if stated(case.units).low <= 0:
                raise ValueError(f"case {case.name!r} has no units; a cost per unit needs more than 0")
        names = [case.name for case in self.cases]
        problems = line_problems(
            {"plan": self.costs} | {c.name: c.costs for c in self.cases},
            self.law_costs,
            self.savings,
            self.paid_by,
        )
        known = {saving.name for saving in self.savings}
        problems += [f"there is no saving {n!r}" for c in self.cases for n in c.savings if n not in known]
        if len(set(names)) < len(names):
            problems.append("two cases have one name")
        payer = next((line for line in self.costs if line.name == self.paid_by), None)
        if payer is not None and payer.per_period is None:
            problems.append(f"'paid_by' names {payer.name!r}, which is no line with 'per_period'")
        prices = [self.price, *(case.price for case in self.cases if case.price is not None)]
        if any(stated(price).low <= 0 for price in prices):
            problems.append("'price' is above 0; a margin is a share of it")
        if problems:
            raise ValueError(problems[0])
        return self


def experiments(question: UnitEconomicsQuestion) -> tuple[str, ...]:
    """Those whose laws give costs."""
    return tuple(dict.fromkeys(cost.asked.law.experiment for cost in question.law_costs))


def problems(question: UnitEconomicsQuestion, declared: Mapping[str, Experiment]) -> list[str]:
    """Laws that nobody fits."""
    return [p for cost in question.law_costs for p in reference_problems(cost.asked.law, declared)]


def answer(case: PlanCase) -> Answered:
    """The tables: per unit, break-even, lines of the bill, savings, models, quotas."""
    question: UnitEconomicsQuestion = case.question
    figures: list[Figure] = []
    sentences: list[str] = []
    missing: list[str] = []
    heard: list[Told] = []
    for one in question.cases:
        units, price = stated(one.units), stated(one.price or question.price)
        lines = merged(question.costs, one.costs)
        savings = [saving for saving in question.savings if saving.name in one.savings]
        tolds = laws_told(question.law_costs, case.laws, question.level, units)
        extra = {name: (t.amount, is_unit) for name, (t, is_unit) in tolds.items() if t.amount is not None}
        extra |= token_line(question.models, question.paid_by)
        heard += [t for t, _ in tolds.values()]
        made = bill(lines, units, price, savings, extra)
        silent_lines = [name for name, (t, _) in tolds.items() if t.amount is None]
        unknown = (*made.missing, *silent_lines, *tokens_missing(question.models, question.paid_by))
        found = replace(made, missing=unknown)
        figures += _case(question, one.name, found)
        figures += _break_even(question, one.name, found, break_even(lines, price, savings, extra))
        missing += unknown
        sentences.append(_sentence(question, one.name, found))
    figures += _savings(question)
    if question.models is not None:
        quantities = {one.name: stated(one.units) for one in question.cases}
        payer = next((c for c in question.costs if c.name == question.paid_by), None)
        figures += model_figures(question, question.models, quantities, payer)
    silent = [t for t in heard if t.amount is None]
    status = ANSWERED if not silent else REFUSED if any(t.is_refused for t in silent) else WAITING
    used = [t for t in heard if t.law is not None]
    return Answered(
        status,
        headline=f"one {question.unit} costs {'; '.join(sentences)}",
        reason=_reason(missing, silent),
        remedy=_remedy(missing, silent),
        figures=tuple(figures),
        law_ids=law_ids(used),
        level=question.level if used else None,
        method="; ".join(dict.fromkeys(t.method for t in used if t.method)),
        is_simulated=any(t.law.is_simulated for t in used if t.law),
    )


def _sentence(question: UnitEconomicsQuestion, name: str, found: Bill) -> str:
    cost, margin = (
        range_text(found.range_of("unit_cost")),
        range_text(found.range_of("margin"), as_share=True),
    )
    if found.missing:
        cost, margin = f"at least {cost}", f"at most {margin}"
    return f"{cost} {question.currency} ({name.replace('_', ' ')}: margin {margin})"


def _case(
    question: UnitEconomicsQuestion, name: str, found: Bill
) -> list[Figure]:  # fmt: skip
    """The row of a case in the tables per unit, and its column in the bill."""
    unit, period = question.currency, question.period
    each, part = f"{unit}/{question.unit}", f"bill_of_a_{period}"
    figures = [
        figure("per_unit", name, "quantity", found.range_of("units"), f"{question.unit}/{period}"),
        money(found, "per_unit", name, "fixed_cost", "unit_fixed", each),
        money(found, "per_unit", name, "variable_cost", "variable", each),
        money(found, "per_unit", name, "total_cost", "unit_cost", each),
        figure("per_unit", name, "price", found.range_of("price"), each),
        percent(found, "per_unit", name, "margin", "margin"),
        money(found, "per_unit", name, f"profit_a_{period}", "profit", unit),
        arithmetic(found, "per_unit", name, "unit_cost", "margin", "profit"),
    ]
    figures += [money(found, part, line, name, formula, unit) for line, formula in found.lines]
    figures += [Figure(part, line, name, status="not stated") for line in found.missing]
    return [*figures, money(found, part, "all_lines", name, "total", unit)]


def _break_even(question: UnitEconomicsQuestion, name: str, found: Bill, even: BreakEven) -> list[Figure]:
    each = f"{question.currency}/{question.unit}"
    said = ""
    if any(cost.asked.asks_for_units for cost in question.law_costs):
        text = "a law's cost changes with the quantity"
        return [
            money(found, "break_even", name, "price", "unit_cost", each),
            Figure("break_even", name, "quantity", text=text, status="not derivable"),
        ]
    if even.quantity.value is None:
        said = "no quantity: the price does not cover a unit's own costs"
    elif even.relapses:
        said = f"a step makes a loss again at {', '.join(map(number_text, even.relapses))}"
    quantity = Range(
        even.quantity.value, even.quantity.low, math.inf if found.missing else even.quantity.high
    )
    return [
        money(found, "break_even", name, "price", "unit_cost", each),
        figure("break_even", name, "quantity", quantity, f"{question.unit}/{question.period}", text=said),
    ]


def _savings(question: UnitEconomicsQuestion) -> list[Figure]:
    found = []
    for line in dict.fromkeys(name for saving in question.savings for name in saving.lines):
        mine = [saving for saving in question.savings if line in saving.lines]
        found += [_saved(f"{line}: {one.name}", [one]) for one in mine]
        found.append(_saved(f"{line}: together", mine))
    return found


def _saved(item: str, savings: Sequence[Saving]) -> Figure:
    """A share that is not stated has no middle that would say anything."""
    found, shown = saved(savings)
    open_ = [one.name for one in savings if read_amount(one.share) is None]
    status = f"share of {', '.join(open_)} not stated" if open_ else ""
    known = replace(found, value=None) if open_ else found
    return figure("savings", item, "saved", hundredfold(known), "%", text=shown, status=status)


def _reason(missing: Sequence[str], silent: Sequence[Told]) -> str:
    said = list(dict.fromkeys(t.reason for t in silent))
    if missing:
        names = ", ".join(dict.fromkeys(missing))
        said.append(
            f"Not in any sum, because not stated: {names}. Costs are at least, margins at most what is shown."
        )
    return "; ".join(said)


def _remedy(missing: Sequence[str], silent: Sequence[Told]) -> str:
    if silent:
        return "Run the experiments whose laws are asked, or measure closer to where they are asked."
    return f"State {', '.join(dict.fromkeys(missing))} in the plan." if missing else ""


KIND = PlanKind(
    "unit_economics", "Unit economics",
    "What one unit costs at declared quantities, its break-even and margin, what models and savings do to it.",
    UnitEconomicsQuestion, experiments, problems, answer,
)  # fmt: skip
