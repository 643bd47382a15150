"""Kind ``capacity``: how much load is carried under which limits, and what growth asks for.

What lives here: the order of the answer and what a declaration can get wrong. What does not: the declaration
(``capacity_question``), limits (``capacity_limits``), decisions (``growth``), tables (``capacity_tables``,
``capacity_details``, ``capacity_workers``).
"""

from collections.abc import Mapping

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.planned import ANSWERED, REFUSED, WAITING
from scaling_assets.science.gates.compare import number
from scaling_assets.science.planning import growth
from scaling_assets.science.planning.capacity_details import (
    bottleneck_table,
    concurrency_table,
    resource_tables,
    stage_table,
    stated_tables,
)
from scaling_assets.science.planning.capacity_limits import Limits, limits_of
from scaling_assets.science.planning.capacity_question import CapacityQuestion, numbers, references
from scaling_assets.science.planning.capacity_reads import Missing, Reads
from scaling_assets.science.planning.capacity_tables import (
    Decided,
    capacity_table,
    decided,
    growth_table,
    headline,
)
from scaling_assets.science.planning.capacity_workers import scaling_table, speedup_table
from scaling_assets.science.planning.kind import Answered, PlanCase, PlanKind
from scaling_assets.science.planning.referred import reference_problems
from scaling_assets.science.planning.throughput import FAMILIES_READ

REMEDIES = {
    growth.REFUSED: "measure closer to this load ({what}), or record an override with 'beyond' and 'beyond_reason'.",
    growth.NOT_SUFFICIENT: "measure the throughput with more of {what}; only a curve tells what more brings.",
    growth.UNDECIDED: "more runs or narrower ranges would decide.",
    growth.REDESIGN: "adding to what is there does not carry it; lower what limits it, or split the load.",
}


def experiments(question: CapacityQuestion) -> tuple[str, ...]:
    """All experiments whose laws or runs are read, each once."""
    named = [reference.experiment for reference in references(question)]
    named += [one.experiment for one in numbers(question) if one.experiment is not None]
    if question.speedup is not None and question.speedup.experiment is not None:
        named.append(question.speedup.experiment)
    return tuple(dict.fromkeys(named))


def problems(question: CapacityQuestion, declared: Mapping[str, Experiment]) -> list[str]:
    """Names that the experiments do not know, and laws that no capacity can be read from."""
    found = [what for reference in references(question) for what in reference_problems(reference, declared)]
    if question.curve is not None and question.curve.law.family not in (None, *FAMILIES_READ):
        found.append(
            f"{question.curve.law.family!r} is no throughput law; a 'curve' reads {', '.join(FAMILIES_READ)}"
        )
    asked = [(n.experiment, n.metric, n.where) for n in numbers(question) if n.experiment is not None]
    speed = question.speedup
    if speed is not None and speed.experiment is not None:
        asked.append((speed.experiment, speed.metric, speed.where))
        if speed.workers not in [d.name for d in declared[speed.experiment].dimensions]:
            found.append(f"{speed.workers!r} is no dimension of {speed.experiment}")
    for name, metric, where in asked:
        experiment = declared[name or ""]
        if metric not in [m.name for m in experiment.metrics]:
            known = ", ".join(m.name for m in experiment.metrics)
            found.append(f"{metric!r} is no metric of {name}; it has {known}")
        known_columns = {*experiment.cell_columns, "seed"}
        found += [
            f"{column!r} is no cell column of {name}" for column in where if column not in known_columns
        ]
    return found


def answer(case: PlanCase) -> Answered:
    """Growth first, then what each limit carries, then everything behind it."""
    question: CapacityQuestion = case.question
    reads = Reads(case)
    try:
        found = limits_of(question, reads)
        scenarios = decided(question, found)
        figures = [
            *growth_table(question, found, scenarios),
            *capacity_table(question, found),
            *concurrency_table(question, found),
            *bottleneck_table(question, found),
            *resource_tables(question, reads, found),
            *stage_table(question, reads),
            *speedup_table(question, reads),
            *scaling_table(question, found),
            *stated_tables(question, reads),
        ]
    except Missing as what:
        return Answered(
            WAITING, "no capacity yet", str(what), "Run the experiments that are named, then ask again."
        )
    except LawNotUsable as what:
        return Answered(WAITING, "no capacity yet", what.message, what.remedy)
    silent = all(s.decision.status == growth.REFUSED for s in scenarios)
    return Answered(
        REFUSED if silent else ANSWERED,
        headline(question, found, scenarios),
        _today(question, found),
        _remedy(found, scenarios),
        tuple(figures),
        tuple(reads.law_ids),
        question.level,
        "bounds decide: the doubting ends of load and limit are held against one another",
        reads.is_simulated,
    )


def _today(question: CapacityQuestion, found: Limits) -> str:
    """How much of the tightest limit today's load uses."""
    now = Decided(
        "today", found.load, "", {n: growth.decide(found.load, limit) for n, limit in found.limits.items()}
    )
    used, capacity = now.decision.utilisation, found.limits[now.deciding].capacity
    load = number(found.load.value or 0.0, question.unit)
    margin = f", {question.margin:.0%} kept free" if question.margin else ""
    if used.value is not None and capacity.value is not None:
        known = "" if used.is_known else ", by numbers without intervals"
        all_ = number(capacity.value, question.unit)
        return f"Today's {load} is {100 * used.value:.0f} % of the {all_} that {now.deciding} carries{margin}{known}"
    if used.high is not None and capacity.low is not None:
        some = f"{number(capacity.low, question.unit)} or more"
        return f"Today's {load} is at most {100 * used.high:.0f} % of what {now.deciding} carries, {some}{margin}"
    return f"Today's {load} cannot be held against {now.deciding}: {used.reason}"


def _remedy(found: Limits, scenarios: list[Decided]) -> str:
    named: dict[str, list[str]] = {}
    for scenario in scenarios:
        if scenario.decision.status in REMEDIES:
            units = found.units.get(scenario.deciding)
            said = REMEDIES[scenario.decision.status].format(what=units.name if units else scenario.deciding)
            if scenario.decision.status == growth.NOT_SUFFICIENT and units is None:
                said = f"declare or measure what adding to {scenario.deciding} brings."
            named.setdefault(said, []).append(scenario.name)
    return " ".join(f"{', '.join(names)}: {said}" for said, names in named.items())


KIND = PlanKind(
    "capacity",
    "Capacity and growth",
    "Answers to plans of the kind capacity: the load that is carried under declared limits, and what growth asks for.",
    CapacityQuestion,
    experiments,
    problems,
    answer,
)
