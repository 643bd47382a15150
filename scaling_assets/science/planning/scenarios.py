"""Kind ``scenarios``: what quantities would cost and leave, whether they can be made, when they pay back.

What lives here: the order of the answer. What does not: its declaration and tables (``scenario_declaration``,
``scenario_tables``), bills (``costs``), comparisons (``feasible``), what-if (``what_if``).
"""

from collections.abc import Mapping

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.plan import LawReference
from scaling_assets.records.planned import ANSWERED, REFUSED, WAITING
from scaling_assets.science.planning import scenario_tables as tables
from scaling_assets.science.planning.asked import law_ids
from scaling_assets.science.planning.feasible import FEASIBLE, NOT_FEASIBLE, UNDECIDED
from scaling_assets.science.planning.kind import Answered, PlanCase, PlanKind
from scaling_assets.science.planning.referred import reference_problems
from scaling_assets.science.planning.scenario_declaration import ScenariosQuestion


def references(question: ScenariosQuestion) -> list[LawReference]:
    """All laws that the plan names."""
    found = [cost.asked.law for cost in question.law_costs]
    found += [need.law.law for one in question.scenarios for need in one.needs if need.law is not None]
    return found + [growth.law for growth in question.growth if growth.law is not None]


def experiments(question: ScenariosQuestion) -> tuple[str, ...]:
    """Those whose laws give costs, capacities or growth."""
    return tuple(dict.fromkeys(reference.experiment for reference in references(question)))


def problems(question: ScenariosQuestion, declared: Mapping[str, Experiment]) -> list[str]:
    """Laws that nobody fits."""
    return [p for reference in references(question) for p in reference_problems(reference, declared)]


def answer(case: PlanCase) -> Answered:
    """The tables: projection, bills, what does not agree, needs, payback, exponents."""
    question: ScenariosQuestion = case.question
    bills = {one.name: tables.billed(question, one, case.laws) for one in question.scenarios}
    figures = [f for one in question.scenarios for f in tables.projection(question, one, bills[one.name])]
    figures += [f for one in question.scenarios for f in tables.lines(question, one, bills[one.name])]
    consistency = [f for one in question.scenarios for f in tables.limits(question, one, bills[one.name])]
    needs, heard = tables.needs(question, case.laws)
    growth, grown = tables.growth(question, case.laws)
    payback = tables.paybacks(question, bills)
    figures += [*consistency, *needs, *payback, *tables.exponents(question, bills), *growth]
    tolds = [t for one in bills.values() for t in one.tolds] + heard + grown
    silent = [t for t in tolds if t.amount is None]
    judged = [figure for figure in [*consistency, *needs] if figure.quantity == "answer"]
    status = ANSWERED if not silent else REFUSED if any(t.is_refused for t in silent) else WAITING
    missing = list(dict.fromkeys(name for one in bills.values() for name in one.bill.missing))
    used = [t for t in tolds if t.law is not None]
    no = [f for f in judged if f.status == NOT_FEASIBLE]
    open_ = [f for f in judged if f.status not in (NOT_FEASIBLE, FEASIBLE)]
    reasons = [f"{f.item.replace('_', ' ')} is not feasible: {f.text}" for f in no]
    reasons += [f"{f.item.replace('_', ' ')} is undecided: {f.text}" for f in open_]
    if missing:
        reasons.append(
            f"Not in any sum, because not stated: {', '.join(missing)}; profits are at most what is shown"
        )
    return Answered(
        status,
        headline=_headline(question, bills, len(no), len(open_)),
        reason=". ".join([*reasons, *dict.fromkeys(t.reason for t in silent)]),
        remedy=_remedy(bool(no), missing, bool(silent)),
        figures=tuple(figures),
        law_ids=law_ids(used),
        level=question.level if used else None,
        method="; ".join(dict.fromkeys(t.method for t in used if t.method)),
        is_simulated=any(t.law.is_simulated for t in used if t.law),
    )


def _headline(question: ScenariosQuestion, bills: Mapping[str, tables.Billed], no: int, open_: int) -> str:
    left = "; ".join(tables.sentence(question, one, bills[one.name]) for one in question.scenarios)
    counted = [f"{n} {word}" for n, word in ((no, NOT_FEASIBLE), (open_, UNDECIDED)) if n]
    return f"a {question.period} leaves: {left}" + (
        f"; of what they need, {', '.join(counted)}" if counted else ""
    )


def _remedy(is_contradicted: bool, missing: list[str], is_silent: bool) -> str:
    said = []
    if is_contradicted:
        said.append("Raise what the scenario allows itself, or lower its quantity.")
    if missing:
        said.append(f"State {', '.join(missing)} in the plan.")
    if is_silent:
        said.append("Run the experiments whose laws are asked, or measure closer to where they are asked.")
    return " ".join(said)


KIND = PlanKind(
    "scenarios", "Scenarios",
    "Declared quantities with their bills, margins and paybacks; what contradicts itself or lacks the capacity.",
    ScenariosQuestion, experiments, problems, answer,
)  # fmt: skip
