"""Rules between plans and experiments: a plan may only name what some experiment answers."""

from collections.abc import Iterator, Mapping

from scaling_assets.errors import DeclarationProblem
from scaling_assets.lab.findings import did_you_mean, problem
from scaling_assets.lab.yaml_file import Document, Place
from scaling_assets.records.experiment import Experiment, LawQuestion
from scaling_assets.records.plan import Plan, PlannedDimension


def plan_problems(
    document: Document, plan: Plan, experiments: Mapping[str, Experiment], broken: frozenset[str]
) -> Iterator[DeclarationProblem]:
    """What a plan names and nobody declares. Experiments in ``broken`` exist, but could not be read:
    what a plan says about them is not judged."""
    for i, dimension in enumerate(plan.dimensions):
        name = dimension.law.experiment
        place: Place = ("dimensions", i, "law")
        if name in broken:
            continue
        if name not in experiments:
            what = f"there is no experiment {name!r}"
            yield problem(document, (*place, "experiment"), what, did_you_mean(name, [*experiments, *broken]))
            continue
        yield from _law_problems(document, place, dimension, experiments[name])


def _law_problems(
    document: Document, place: Place, dimension: PlannedDimension, experiment: Experiment
) -> Iterator[DeclarationProblem]:
    law = dimension.law
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
    yield from _segment_problems(document, place, dimension, question, experiment)
    yield from _axis_problems(document, place[:-1], dimension, question, experiment)


def _segment_problems(
    document: Document,
    place: Place,
    dimension: PlannedDimension,
    question: LawQuestion,
    experiment: Experiment,
) -> Iterator[DeclarationProblem]:
    given = dimension.law.segment
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
) -> Iterator[DeclarationProblem]:
    for name in dimension.at:
        if name not in question.by:
            what = f"{question.label} does not depend on {name!r}"
            yield problem(
                document, (*place, "at", name), what, did_you_mean(name, question.by, "It depends on")
            )
    scaled = [name for name in question.by if name not in dimension.at]
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
