"""Kind ``scorecard``: key figures against their targets, trends, progress, phases and goals, gates ticked.

What lives here: the order of the answer. What does not: its declaration and tables (``scorecard_declaration``,
``scorecard_tables``), comparisons (``attainment``), trends (``trend``), time (``roadmap``).
"""

from collections import Counter
from collections.abc import Mapping

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.planned import ANSWERED, WAITING
from scaling_assets.science.planning import phase_tables, ticked, trend_tables
from scaling_assets.science.planning import scorecard_tables as tables
from scaling_assets.science.planning.kind import Answered, PlanCase, PlanKind
from scaling_assets.science.planning.observed import observed_problems
from scaling_assets.science.planning.referred import reference_problems
from scaling_assets.science.planning.scorecard_declaration import ScorecardQuestion


def experiments(question: ScorecardQuestion) -> tuple[str, ...]:
    """Those that figures are observed in, whose gates tick, whose laws are shown."""
    found = [one.observed.experiment for one in question.figures if one.observed is not None]
    found += [one.experiment for one in question.criteria]
    return tuple(dict.fromkeys([*found, *(one.law.experiment for one in question.exponents)]))


def problems(question: ScorecardQuestion, declared: Mapping[str, Experiment]) -> list[str]:
    """Metrics, columns, gates and laws that nobody declares."""
    found = [p for one in question.figures if one.observed for p in observed_problems(one.observed, declared)]
    for one in question.criteria:
        gates = [gate.name for gate in declared[one.experiment].gates]
        if one.gate not in gates:
            found.append(f"{one.gate!r} is no gate of {one.experiment}; it has {', '.join(gates) or 'none'}")
    return found + [p for one in question.exponents for p in reference_problems(one.law, declared)]


def answer(case: PlanCase) -> Answered:
    """The tables: figures by group, trends, progress, phases, tasks, goals, gates, exponents, score."""
    question: ScorecardQuestion = case.question
    today = question.as_of or case.today
    stood = tables.stand(case, today)
    figures = tables.figures(stood, today)
    figures += trend_tables.trends(question, stood, today)
    figures += tables.work(question, today)
    figures += phase_tables.phases(question, today) if question.phases else []
    goals = phase_tables.goals(question, {one.figure.name: one for one in stood}, today)
    ticks = ticked.ticks(case)
    exponents, law_ids, simulated = ticked.exponents(case)
    score = tables.score(stood) if question.figures else []
    counted = Counter(one.status for one in stood)
    said = [f"{counted[status]} {status}" for status in tables.STATUSES if counted[status]]
    passed = sum(f.status == "pass" for f in ticks if f.quantity == "outcome")
    asked = sum(f.quantity == "outcome" for f in ticks)
    parts = [f"key figures: {', '.join(said)}"] if said else []
    parts += [f"{passed} of {asked} gates pass"] if asked else []
    late = phase_tables.late(question, today)
    waiting = (
        asked > 0 and all(f.status == "no verdict" for f in ticks if f.quantity == "outcome") and not stood
    )
    return Answered(
        WAITING if waiting else ANSWERED,
        headline=f"as of {today}: {'; '.join(parts) or 'see the tables'}",
        reason="; ".join([*late, *tables.unknown(stood)]),
        remedy=tables.farthest(stood),
        figures=(*figures, *goals, *tables.actions(question, stood), *ticks, *exponents, *score),
        law_ids=law_ids,
        level=question.level,
        method="",
        is_simulated=simulated or any(one.is_simulated for one in stood) or ticked.simulated_ticks(case),
    )


KIND = PlanKind(
    "scorecard", "Scorecard",
    "Key figures against their targets on a day: attainment, trend and forecast, phases against plan, gates ticked.",
    ScorecardQuestion, experiments, problems, answer,
    is_dated=lambda question: question.as_of is None,
)  # fmt: skip
