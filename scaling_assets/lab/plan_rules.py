"""Rules between plans and experiments: a plan may only name what some experiment answers."""

from collections.abc import Iterator, Mapping

from scaling_assets.errors import DeclarationProblem
from scaling_assets.lab.findings import did_you_mean, problem
from scaling_assets.lab.yaml_file import Document, Place
from scaling_assets.records.experiment import Experiment, LawQuestion, Metric
from scaling_assets.records.plan import DirectVerdict, LawReference, Limit, Plan, PlannedDimension

COMPARING = ("comparison", "non_inferiority", "equivalence", "improvement")


def plan_problems(
    document: Document, plan: Plan, experiments: Mapping[str, Experiment], broken: frozenset[str]
) -> Iterator[DeclarationProblem]:
    """What a plan names and nobody declares. Experiments in ``broken`` exist, but could not be read:
    what a plan says about them is not judged."""
    for i, dimension in enumerate(plan.dimensions):
        place: Place = ("dimensions", i, "law")
        found = _experiment(document, (*place, "experiment"), dimension.law.experiment, experiments, broken)
        if isinstance(found, DeclarationProblem):
            yield found
        elif found is not None:
            yield from _law_problems(document, place, dimension.law, found, dimension, plan)
    yield from _outcome_problems(document, plan, experiments)
    for i, limit in enumerate(plan.subject_to):
        yield from _limit_problems(document, i, limit, plan, experiments)
        place = ("subject_to", i, "law")
        found = _experiment(document, (*place, "experiment"), limit.law.experiment, experiments, broken)
        if isinstance(found, DeclarationProblem):
            yield found
        elif found is not None:
            yield from _law_problems(document, place, limit.law, found, None, plan)
    for i, direct in enumerate(plan.direct):
        found = _experiment(document, ("direct", i, "experiment"), direct.experiment, experiments, broken)
        if isinstance(found, DeclarationProblem):
            yield found
        elif found is not None:
            yield from _direct_problems(document, i, direct, found)


def _metric(law: LawReference, experiments: Mapping[str, Experiment]) -> Metric | None:
    """The metric, where experiment and metric are there."""
    found = experiments.get(law.experiment)
    return None if found is None else next((m for m in found.metrics if m.name == law.metric), None)


def _outcome_problems(
    document: Document, plan: Plan, experiments: Mapping[str, Experiment]
) -> Iterator[DeclarationProblem]:
    """Outcomes that are added have one unit; what is to be high must not be a metric of which less is better."""
    first: Metric | None = None
    for i, dimension in enumerate(plan.dimensions):
        metric = _metric(dimension.law, experiments)
        if metric is None:
            continue
        if metric.direction not in ("none", plan.direction):
            what = f"of {metric.name} {metric.direction} is better, but the plan's direction is {plan.direction!r}"
            remedy = f"Write 'direction: {metric.direction}'."
            yield problem(document, ("dimensions", i, "law", "metric"), what, remedy)
        if first is None:
            first = metric
        elif plan.combine == "sum" and metric.unit != first.unit:
            what = f"{first.name} in {first.unit or '1'!r} and {metric.name} in {metric.unit or '1'!r} cannot be added"
            remedy = "Bring both into one unit, or write 'combine: product' (ratios have none)."
            yield problem(document, ("dimensions", i, "law", "metric"), what, remedy)


def _limit_problems(
    document: Document, i: int, limit: Limit, plan: Plan, experiments: Mapping[str, Experiment]
) -> Iterator[DeclarationProblem]:
    """A limit is in the metric's unit, a latency in the time of the throughput, and read at amounts in its own unit."""
    metric = _metric(limit.law, experiments)
    if metric is None:
        return
    unit = metric.unit
    if limit.reads == "latency":
        unit = unit.rpartition("/")[2] if "/" in unit else ""
    if limit.unit and unit and limit.unit != unit:
        reads = f"the latency of {metric.name}" if limit.reads == "latency" else metric.name
        what = f"the limit is in {limit.unit!r}, but {reads} is in {unit!r}"
        yield problem(document, ("subject_to", i, "unit"), what, f"Write the limit in {unit}.")
    experiment = experiments[limit.law.experiment]
    axes = {d.name: d.unit for d in experiment.dimensions}
    asked = [q for q in experiment.laws if q.metric == limit.law.metric]
    by = [q.by for q in asked if limit.law.question in (None, q.label)]
    for d in plan.dimensions:
        axis = by[0][0] if limit.by == d.name and len(by) == 1 and len(by[0]) == 1 else d.name
        if any(axis in q for q in by) and axes.get(axis) and axes[axis] != d.unit:
            what = f"{d.name} is in {d.unit!r}, but {experiment.name} measures {axis} in {axes[axis]!r}"
            yield problem(document, ("subject_to", i, "law"), what, f"Plan {d.name} in {axes[axis]}.")


def _experiment(
    document: Document, place: Place, name: str, experiments: Mapping[str, Experiment], broken: frozenset[str]
) -> Experiment | DeclarationProblem | None:
    """The experiment; None when it exists and could not be read."""
    if name in broken:
        return None
    if name not in experiments:
        what = f"there is no experiment {name!r}"
        return problem(document, place, what, did_you_mean(name, [*experiments, *broken]))
    return experiments[name]


def _direct_problems(
    document: Document, i: int, direct: DirectVerdict, experiment: Experiment
) -> Iterator[DeclarationProblem]:
    """A verdict that fixes a dimension compares arms, and the arms that it compares are the change."""
    gates = {gate.name: gate for gate in experiment.gates}
    if direct.gate not in gates:
        what = f"{experiment.name} declares no gate {direct.gate!r}"
        yield problem(document, ("direct", i, "gate"), what, did_you_mean(direct.gate, gates, "Gates"))
        return
    gate = gates[direct.gate]
    if gate.kind not in COMPARING:
        what = f"{direct.gate} is a gate of kind {gate.kind}, which compares no two values"
        yield problem(document, ("direct", i, "gate"), what, f"Kinds that do: {', '.join(COMPARING)}.")
    elif gate.settings.get("between") == direct.dimension and gate.settings.get("treatment") != direct.value:
        what = (
            f"{direct.gate} tests {direct.dimension} = {gate.settings.get('treatment')}, not {direct.value:g}"
        )
        yield problem(document, ("direct", i, "value"), what, "Write the value that the gate tests.")


def _law_problems(
    document: Document, place: Place, law: LawReference, experiment: Experiment,
    dimension: PlannedDimension | None, plan: Plan,
) -> Iterator[DeclarationProblem]:  # fmt: skip
    for j, name in enumerate(law.admission or ()):
        gates = [gate.name for gate in experiment.gates]
        if name not in gates:
            what = f"{experiment.name} declares no gate {name!r}"
            yield problem(document, (*place, "admission", j), what, did_you_mean(name, gates, "Gates"))
    metrics = [m.name for m in experiment.metrics]
    if law.metric not in metrics:
        what = f"{experiment.name} declares no metric {law.metric!r}"
        yield problem(
            document, (*place, "metric"), what, did_you_mean(law.metric, metrics, "Declared metrics")
        )
        return
    questions = [q for q in experiment.laws if q.metric == law.metric]
    labels = [q.label for q in questions]
    if law.question is not None:
        questions = [q for q in questions if q.label == law.question]
        if not questions:
            what = f"{experiment.name} asks no law question {law.question!r} about {law.metric}"
            yield problem(
                document, (*place, "question"), what, did_you_mean(law.question, labels, "Questions")
            )
            return
    if not questions:
        what = f"{experiment.name} fits no law of {law.metric}"
        asked = ", ".join(dict.fromkeys(q.metric for q in experiment.laws)) or "none"
        yield problem(document, (*place, "metric"), what, f"Metrics with a law: {asked}.")
        return
    if len(questions) > 1:
        what = f"{experiment.name} asks several law questions about {law.metric}"
        yield problem(document, place, what, f"Name one by 'question': {', '.join(labels)}.")
        return
    question = questions[0]
    if law.family is not None and law.family not in question.families:
        what = f"{question.label} does not fit the family {law.family!r}"
        remedy = did_you_mean(law.family, question.families, "It fits")
        yield problem(document, (*place, "family"), what, remedy)
    yield from _segment_problems(document, place, law, question, experiment)
    if dimension is not None:
        yield from _axis_problems(document, place[:-1], dimension, question, experiment, plan)


def _segment_problems(
    document: Document,
    place: Place,
    law: LawReference,
    question: LawQuestion,
    experiment: Experiment,
) -> Iterator[DeclarationProblem]:
    given = law.segment
    missing = [column for column in question.segment if column not in given]
    if missing:
        what = f"{question.label} is fitted apart by {', '.join(question.segment)}"
        yield problem(document, place, what, f"Choose: 'segment: {{{missing[0]}: ...}}'.")
    allowed = {c.name: c.allowed for c in experiment.context} | {"condition": experiment.conditions}
    for column, value in given.items():
        if column not in question.segment:
            what = f"{question.label} is not fitted apart by {column!r}"
            remedy = did_you_mean(column, question.segment, "It is fitted apart by")
            yield problem(document, (*place, "segment", column), what, remedy)
        elif allowed.get(column) and str(value) not in allowed[column]:
            what = f"{column} is never {value!r}"
            yield problem(document, (*place, "segment", column), what, did_you_mean(value, allowed[column]))


def _axis_problems(
    document: Document,
    place: Place,
    dimension: PlannedDimension,
    question: LawQuestion,
    experiment: Experiment,
    plan: Plan,
) -> Iterator[DeclarationProblem]:
    for name in dimension.at:
        if name not in question.by:
            what = f"{question.label} does not depend on {name!r}"
            yield problem(
                document, (*place, "at", name), what, did_you_mean(name, question.by, "It depends on")
            )
    beside = {d.name for d in plan.dimensions if d.law == dimension.law} - {dimension.name}
    fixed = {name for d in plan.dimensions if d.law == dimension.law for name in d.at}
    is_joint = len(question.by) > 1 and dimension.name in question.by
    scaled = [name for name in question.by if name not in (fixed | beside if is_joint else dimension.at)]
    if len(scaled) != 1:
        what = (
            f"{question.label} depends on {', '.join(question.by)}; {len(scaled)} of them are left to scale"
        )
        yield problem(document, place, what, "Fix all but one of them under 'at'.")
        return
    unit = experiment.dimension(scaled[0]).unit
    if unit and dimension.unit != unit:
        what = f"the unit is {dimension.unit!r}, but {experiment.name} measures {scaled[0]} in {unit!r}"
        remedy = (
            f"Write 'unit: {unit}' and convert cost, minimum, maximum and step ('per' helps with prices)."
        )
        yield problem(document, (*place, "unit"), what, remedy)
