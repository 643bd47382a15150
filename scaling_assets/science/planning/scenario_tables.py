"""Tables of the kind ``scenarios``.

What lives here: figures of bills, limits, needs, paybacks, exponents. What does not: the declaration, the answer
(``scenarios``), arithmetic (``costs``, ``feasible``, ``growth``).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scaling_assets.records.amount import Amount, read_amount, stated
from scaling_assets.records.law import Law
from scaling_assets.records.planned import Figure
from scaling_assets.science.planning.asked import Told, each_level, ratio_told, told
from scaling_assets.science.planning.costs import Bill, bill
from scaling_assets.science.planning.feasible import UNDECIDED, compared, enough, payback
from scaling_assets.science.planning.implied_exponent import cost_exponent, implied_exponent
from scaling_assets.science.planning.law_costs import laws_told
from scaling_assets.science.planning.money_tables import arithmetic, merged, money, open_end, percent
from scaling_assets.science.planning.scenario_declaration import Growth, Need, Scenario, ScenariosQuestion
from scaling_assets.science.planning.sheet import Sheet, amount_of, figure, number_text, range_text
from scaling_assets.science.ranges.enclose import Range

MONTHS = "months"


@dataclass(frozen=True)
class Billed:
    """A scenario's bill, and what laws said for it."""

    bill: Bill
    tolds: tuple[Told, ...]


def billed(question: ScenariosQuestion, one: Scenario, laws: Sequence[Law]) -> Billed:
    """The bill of a scenario; a line whose law has no answer is missing from it like one that nobody stated."""
    units, price = stated(one.units), stated(one.price or question.price)
    heard = laws_told(question.law_costs, laws, question.level, units)
    extra = {name: (t.amount, is_unit) for name, (t, is_unit) in heard.items() if t.amount is not None}
    savings = [saving for saving in question.savings if saving.name in one.savings]
    found = bill(merged(question.costs, one.costs), units, price, savings, extra)
    silent = tuple(name for name, (t, _) in heard.items() if t.amount is None)
    return Billed(
        Bill(found.pieces, (*found.missing, *silent), found.lines), tuple(t for t, _ in heard.values())
    )


def sentence(question: ScenariosQuestion, one: Scenario, of: Billed) -> str:
    """``aggressive 3,000 usd (85.71 %)``: what a scenario leaves."""
    missing = of.bill.missing
    profit, margin = (open_end(of.bill.range_of(name), name, missing) for name in ("profit", "margin"))
    name = one.name.replace("_", " ")
    if profit.interval.is_whole:
        return f"{name} nobody can say without {', '.join(missing)}"
    return f"{name} {range_text(profit)} {question.currency} ({range_text(margin, as_share=True)})"


def projection(question: ScenariosQuestion, one: Scenario, of: Billed) -> list[Figure]:
    """The scenario's row: quantity, revenue, costs, profit, margin, with the arithmetic."""
    unit, part = question.currency, "projection"
    return [
        figure(part, one.name, "quantity", of.bill.range_of("units"), f"{question.unit}/{question.period}"),
        money(of.bill, part, one.name, "revenue", "revenue", unit),
        money(of.bill, part, one.name, "costs", "total", unit),
        money(of.bill, part, one.name, "profit", "profit", unit),
        percent(of.bill, part, one.name, "margin", "margin"),
        arithmetic(of.bill, part, one.name, "revenue", "total", "profit"),
    ]


def lines(question: ScenariosQuestion, one: Scenario, of: Billed) -> list[Figure]:
    """The scenario's bill, a row a line."""
    found = [
        money(of.bill, "bill", line, one.name, formula, question.currency) for line, formula in of.bill.lines
    ]
    return found + [Figure("bill", line, one.name, status="not stated") for line in of.bill.missing]


def limits(question: ScenariosQuestion, one: Scenario, of: Billed) -> list[Figure]:
    """Each line that the scenario allows itself only so much of: needed, allowed, the answer."""
    found = []
    formulas = {"total": "total", **dict(of.bill.lines)}
    for line, allowed in one.at_most.items():
        limit, item = stated(allowed), f"{one.name}: {line}"
        there = Range(limit.value, limit.low, limit.high)
        if line in of.bill.missing:
            needed, outcome, text = None, UNDECIDED, f"what {line} needs is not stated"
        else:
            needed = open_end(of.bill.range_of(formulas[line]), line, of.bill.missing)
            outcome, text = enough(needed, there), compared(needed, there, question.currency)
            found.append(figure("allowed", item, "needed", needed, question.currency))
        found += [
            figure("allowed", item, "allowed", there, question.currency),
            Figure("allowed", item, "answer", text=text, status=outcome),
        ]
    return found


def needs(question: ScenariosQuestion, laws: Sequence[Law]) -> tuple[list[Figure], list[Told]]:
    """Each need of each scenario against its capacity, and what laws said about capacities."""
    figures: list[Figure] = []
    heard: list[Told] = []
    count = sum(need.law is not None for one in question.scenarios for need in one.needs)
    for one in question.scenarios:
        for need in one.needs:
            there, said = _capacity(need, laws, each_level(question.level, count), stated(one.units))
            heard += [said] if said else []
            figures += _need(one, need, there, said)
    return figures, heard


def _capacity(
    need: Need, laws: Sequence[Law], level: float, units: Amount
) -> tuple[Amount | None, Told | None]:
    if need.law is None:
        return read_amount(need.capacity), None
    said = told(need.law, laws, level, units)
    return said.amount, said


def _need(one: Scenario, need: Need, there: Amount | None, said: Told | None) -> list[Figure]:
    item = f"{one.name}: {need.name}"
    if need.amount is not None:
        amount = stated(need.amount)
        needed, text = Range(amount.value, amount.low, amount.high), ""
    else:
        sheet = Sheet({"units": stated(one.units), "each": stated(need.per_unit or "")})
        needed, text = sheet.range_of("units * each"), sheet.shown("units * each")
    found = [figure("needs", item, "needed", needed, need.unit, text=text)]
    if there is None:
        why = said.reason if said else "what there is, is not stated"
        return [*found, Figure("needs", item, "answer", text=why, status=UNDECIDED)]
    capacity = Range(there.value, there.low, there.high)
    method = said.method if said else ""
    return [
        *found,
        figure("needs", item, "there", capacity, need.unit, method=method),
        Figure(
            "needs",
            item,
            "answer",
            text=compared(needed, capacity, need.unit),
            status=enough(needed, capacity),
        ),
    ]


def paybacks(question: ScenariosQuestion, bills: Mapping[str, Billed]) -> list[Figure]:
    """When each scenario's investment is back out of what it earns more than the baseline."""
    if question.baseline is None:
        return []
    found = []
    before = bills[question.baseline].bill
    for one in question.scenarios:
        investment = read_amount(one.investment)
        if one.name == question.baseline or (investment is not None and investment.high == 0):
            continue
        if investment is None:
            found.append(Figure("payback", one.name, "investment", status="not stated"))
            continue
        gain = _gain(question, one.name, before, bills[one.name].bill)
        back, text = payback(investment, gain)
        missing = list(dict.fromkeys([*before.missing, *bills[one.name].bill.missing]))
        more = Range(gain.value, gain.low, gain.high)
        if missing:
            back, text = Range(None, -math.inf, math.inf), f"{', '.join(missing)} not stated"
        found += [
            figure("payback", one.name, "investment", Range(investment.value, investment.low, investment.high),
                   question.currency),
            figure("payback", one.name, f"more_profit_a_{question.period}", more, question.currency,
                   status=f"without {', '.join(missing)}" if missing else ""),
            figure("payback", one.name, "payback", back, f"{question.period}s", text=text,
                   status=UNDECIDED if missing else _in_time(back, one.months)),
        ]  # fmt: skip
    return found


def _gain(question: ScenariosQuestion, name: str, before: Bill, after: Bill) -> Amount:
    """The difference in profit, line by line, so that what both share (price, unchanged lines) cancels."""
    shared = {
        n for n, amount in before.pieces[0].amounts.items()
        if n != "units" and after.pieces[0].amounts.get(n) == amount
    }  # fmt: skip
    if len(before.pieces) > 1 or len(after.pieces) > 1:
        ranges = [b.range_of("profit") for b in (before, after)]
        sheet = Sheet({"before": amount_of(ranges[0]), "after": amount_of(ranges[1])})
        return amount_of(sheet.range_of("after - before"))
    amounts: dict[str, Amount] = {}
    formulas: dict[str, str] = {}
    for prefix, of in (("was_", before.pieces[0]), ("will_", after.pieces[0])):
        named = {n: n if n in shared else prefix + n for n in of.amounts}
        amounts |= {named[n]: amount for n, amount in of.amounts.items()}
        formulas[f"{prefix}profit"] = of.renamed("profit", named)
    return amount_of(Sheet(amounts, formulas).range_of("will_profit - was_profit"))


def _in_time(found: Range, months: float | None) -> str:
    if found.value is None and math.isinf(found.low):
        return "never"
    if months is None:
        return ""
    if found.high <= months:
        return f"within the {months:g} {MONTHS}"
    return f"not within the {months:g} {MONTHS}" if found.low > months else UNDECIDED


def exponents(question: ScenariosQuestion, bills: Mapping[str, Billed]) -> list[Figure]:
    """How total cost grows with quantity over the scenarios whose bills are whole and quantities exact."""
    whole = [
        (stated(one.units).value, bills[one.name].bill.range_of("total"), one.name)
        for one in question.scenarios
        if stated(one.units).is_exact and not bills[one.name].bill.missing
    ]
    by_quantity = {q: (q, cost, name) for q, cost, name in reversed(whole) if cost.low > 0}
    points = sorted(by_quantity.values())
    left_out = [one.name for one in question.scenarios if one.name not in {name for *_, name in points}]
    note = f"without {', '.join(left_out)}" if left_out else ""
    if len(points) < 2:
        text = "fewer than two scenarios with a whole bill and an exact quantity"
        return [Figure("cost_exponent", "all", "exponent", status="not derivable", text=text)]
    found = cost_exponent([q for q, *_ in points], [cost for _, cost, _ in points])
    rows = [
        figure("cost_exponent", f"{a[2]} to {b[2]}", "exponent", between, "1",
               text=f"log({range_text(b[1])} / {range_text(a[1])}) / log({number_text(b[0])} / {number_text(a[0])})")
        for a, b, between in zip(points, points[1:], found.between, strict=False)
    ]  # fmt: skip
    return [
        *rows,
        figure("cost_exponent", "all", "exponent", found.value, "1", text=found.method, status=note,
               method=found.method),
    ]  # fmt: skip


def growth(question: ScenariosQuestion, laws: Sequence[Law]) -> tuple[list[Figure], list[Told]]:
    """What each plan to grow takes for granted, and what its law says."""
    figures: list[Figure] = []
    heard: list[Told] = []
    count = sum(one.law is not None for one in question.growth)
    for one in question.growth:
        rows, said = _grown(one, laws, each_level(question.level, count))
        figures += rows
        heard += [said] if said else []
    return figures, heard


def _grown(one: Growth, laws: Sequence[Law], level: float) -> tuple[list[Figure], Told | None]:
    x, y, to_x, to_y = (stated(text) for text in (one.x, one.y, one.to_x, one.to_y))
    plan = f"{one.axis} {x.text} to {to_x.text}: {y.text} to {to_y.text} {one.unit}"
    text = f"log({to_y.text} / {y.text}) / log({to_x.text} / {x.text})"
    found = [
        Figure("growth", one.name, "plan", text=plan.strip()),
        figure("growth", one.name, "implied_exponent", implied_exponent(x, y, to_x, to_y), "1", text=text),
        Figure("growth", one.name, "by", text=one.by or "no date"),
    ]
    if one.law is None:
        return [
            *found,
            Figure("growth", one.name, "answer", status="not tested", text="no law is named"),
        ], None
    if not (x.is_exact and to_x.is_exact):
        said = Told(None, f"growth {one.name} asks its law between ranges")
    else:
        said = ratio_told(one.law, one.axis, x.value, to_x.value, laws, level)
    if said.amount is None:
        return [*found, Figure("growth", one.name, "answer", status=UNDECIDED, text=said.reason)], said
    expected = Sheet({"y": y, "ratio": said.amount}).range_of("y * ratio")
    wanted = Range(to_y.value, to_y.low, to_y.low)
    shown = compared(wanted, expected, one.unit, as_share=y.is_share)
    return [
        *found,
        figure("growth", one.name, "expected", expected, one.unit, method=said.method),
        Figure("growth", one.name, "answer", status=enough(wanted, expected), text=shown),
    ], said
