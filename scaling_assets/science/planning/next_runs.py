"""Kind ``next_runs``: the batch of further runs that says most about a target for a budget.

What lives here: the question, the order of the answers (settled, waiting for a start, refused, a batch). What does not:
targets (``runs_target``), candidates and their prices (``candidates``), what laws believe (``believed``), the search
(``design``), the tables (``runs_told``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.planned import ANSWERED, INFEASIBLE, REFUSED, WAITING
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.allocation.finding import laws_meant
from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.fitting.problem import problems_of
from scaling_assets.science.planning import believed, runs_told
from scaling_assets.science.planning.candidates import (
    Candidates,
    Made,
    candidate_problems,
    inside_limit,
    make,
)
from scaling_assets.science.planning.design import MAX_RUNS, Purse, Question, best_batch
from scaling_assets.science.planning.kind import Answered, PlanCase, PlanKind, PlanQuestion
from scaling_assets.science.planning.referred import law_meant, reference_problems
from scaling_assets.science.planning.runs_target import (
    OF_LAWS,
    Asked,
    NoSuchParameter,
    RunTarget,
    ask_gate,
    ask_parameter,
    ask_prediction,
    ask_range,
    question_meant,
    target_problems,
)
from scaling_assets.science.planning.spending import spread_batch

KNOWN_NOISE = 2  # degrees of freedom of pure error below which a batch has to hold replicates


class NextRunsQuestion(PlanQuestion):
    """Which of the ``candidates`` to run within the ``budget`` so that the ``target`` is known best."""

    kind: Literal["next_runs"]
    target: RunTarget
    candidates: Candidates
    budget: Annotated[float, Field(gt=0)]
    currency: str = "runs"


@dataclass(frozen=True, eq=False)
class Start:
    """What has been run: places (n, k) of the law's points and the degrees of freedom of their pure error."""

    x: np.ndarray
    pure_error: int


def experiments(question: NextRunsQuestion) -> tuple[str, ...]:
    """The experiment that the target asks."""
    return (question.target.source,)


def problems(question: NextRunsQuestion, declared: Mapping[str, Experiment]) -> list[str]:
    """Names that the experiment does not declare, and candidates that do not fit the law's axes."""
    experiment, target = declared[question.target.source], question.target
    found = reference_problems(target.law, declared) if target.law is not None else []
    found = found or target_problems(target, experiment)
    asked = question_meant(target, experiment)
    axes = asked.by if asked is not None else tuple(d.name for d in experiment.dimensions)
    apart = asked.segment if asked is not None else ()
    return found or candidate_problems(question.candidates, axes, experiment, apart)


def answer(case: PlanCase) -> Answered:
    """The batch, or why there is none and what to run first."""
    question: NextRunsQuestion = case.question
    target, experiment = question.target, case.experiments[question.target.source]
    verdict: Verdict | None = None
    if target.gate is not None:
        judged = _verdict(target, case)
        if isinstance(judged, str):
            return Answered(WAITING, "no verdict yet", judged, f"Run scaling-assets run {experiment.name}.")
        verdict = judged
        if verdict.outcome in (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE):
            word = verdict.outcome.value.replace("_", " ")
            return Answered(
                ANSWERED, f"no further run: gate {verdict.gate} is settled ({word})", verdict.reason,
                is_simulated=verdict.is_simulated,
            )  # fmt: skip
        if verdict.kind not in OF_LAWS:
            return runs_told.more_of_the_same(question, verdict, experiment)
    asked_question = question_meant(target, experiment)
    assert asked_question is not None  # ``problems`` would have said so
    made = make(question.candidates, asked_question.by, experiment, case.laws)
    if isinstance(made, str):
        return Answered(
            WAITING, "candidates have no price yet", made, "Declare 'runs' with their costs, or fit that law."
        )
    if not made.costs:
        return Answered(
            INFEASIBLE, "there is no candidate", "; ".join(made.left_out), "Declare other candidates."
        )
    cheapest = min(made.costs)
    if cheapest > question.budget:
        reason = f"the cheapest run costs {cheapest:g} {question.currency}, the budget is {question.budget:g}"
        return Answered(
            INFEASIBLE, "the budget buys no run", reason, "Raise the budget or add a cheaper candidate."
        )
    asked = _asked(case, experiment, verdict)
    if isinstance(asked, NoSuchParameter):
        return Answered(
            REFUSED, "the leading law has no such parameter", asked, "Name the 'family' that is meant."
        )
    start = _start(case, experiment, asked_question.label, asked)
    if isinstance(asked, str):
        return _first(question, made, start, asked, experiment.is_simulated)
    beyond = _reaching(asked, made)
    if isinstance(beyond, str):
        return Answered(
            REFUSED, "no candidate comes near enough to the target", beyond, "Add candidates there, or ask nearer.",
            law_ids=(asked.law.law_id,), is_simulated=asked.law.is_simulated,
        )  # fmt: skip
    if beyond is not None:
        why = f"the target lies beyond the limit of what was measured; {made.label(beyond)} brings it inside"
        return _first(question, made, start, why, asked.law.is_simulated, first=(beyond,))
    return _designed(question, case, asked, made, start)


def _designed(question: NextRunsQuestion, case: PlanCase, asked: Asked, made: Made, start: Start) -> Answered:
    law = asked.law
    made = made.only(
        inside_limit(law, made.x),
        f"candidate(s) lie beyond the {law.extrapolation_limit:g}x limit of the law",
    )
    if not made.costs:
        return Answered(REFUSED, "no candidate lies inside the law's limit", "; ".join(made.left_out),
                        "Add candidates near the measured range.", law_ids=(law.law_id,))  # fmt: skip
    purse = _purse(question, made, start)
    run, again = np.unique(start.x, axis=0, return_counts=True)
    asked_at = [] if asked.points is None else [asked.points]
    points = np.concatenate([*asked_at, made.x, run])
    if asked.what == "curve":
        kept = believed.held(believed.rivals_of(law, case.laws, is_named=asked.is_named), points)
        raw = [believed.world_of_curve(kept, len(points) - len(made.x) - len(run))] if kept else []
        worlds = tuple(believed.on_footing(world, again) for world in raw)
    elif asked.what == "parameters":
        kept = believed.held(believed.rivals_of(law, case.laws, is_named=asked.is_named), points)
        raw = [believed.world_of_parameters(one, asked.names) for one in kept]
        worlds = tuple(believed.on_footing(world, again) for world in raw)
    else:
        usable = believed.siblings(law, case.laws)
        kept = believed.held([(one, 1.0 / len(usable)) for one in usable], made.x)
        worlds = tuple(believed.worlds_apart(kept))
    if not worlds:
        reason = (
            "only one law could be fitted"
            if asked.what == "rivals"
            else "the law has too few usable draws there"
        )
        return _first(question, made, start, reason, law.is_simulated)
    criterion: Literal["variance", "determinant", "separation"] = (
        "variance" if asked.what == "curve" or len(asked.names) == 1
        else "determinant" if asked.what == "parameters" else "separation"
    )  # fmt: skip
    design = Question(criterion, worlds, purse)
    return runs_told.batch_told(question, asked, made, design, best_batch(design), [one.law for one in kept])


def _first(
    question: NextRunsQuestion,
    made: Made,
    start: Start,
    why: str,
    is_simulated: bool,
    first: tuple[int, ...] = (),
) -> Answered:
    """Runs that have to be made before a law can say which are best: far from one another."""
    span = np.log(made.x).max(axis=0) - np.log(made.x).min(axis=0)
    places = (np.log(made.x) - np.log(made.x).min(axis=0)) / np.where(span > 0, span, 1.0)
    counts = spread_batch(places, _purse(question, made, start), first)
    return runs_told.start_told(question, made, counts, why, is_simulated)


def _purse(question: NextRunsQuestion, made: Made, start: Start) -> Purse:
    near = (
        np.array([np.any(np.all(np.isclose(start.x, x, rtol=1e-9, atol=0.0), axis=1)) for x in made.x])
        if len(start.x) else np.zeros(len(made.x), dtype=bool)
    )  # fmt: skip
    return Purse(
        tuple(_price(c) for c in made.costs), exact(question.budget),
        tuple(MAX_RUNS if m is None else m for m in made.most), near, max(KNOWN_NOISE - start.pure_error, 0),
    )  # fmt: skip


def _price(cost: float) -> Fraction:
    """The cost as people wrote it, to 12 digits: sums of binary fractions have digits that nobody wrote."""
    return Fraction(f"{cost:.12g}")


def _start(case: PlanCase, experiment: Experiment, label: str, asked: Asked | str) -> Start:
    """The points that the target's law was fitted to; none where nothing has landed."""
    trials = case.trials.get(experiment.name)
    group = dict(case.question.target.law.segment) if case.question.target.law is not None else {}
    group = dict(asked.law.group) if isinstance(asked, Asked) else group
    if trials is not None and len(trials):
        for problem in problems_of(experiment, trials):
            if problem.question.label == label and all(problem.group.get(k) == v for k, v in group.items()):
                return Start(problem.x, len(problem.y) - len(np.unique(problem.x, axis=0)))
    return Start(np.zeros((0, 0)), 0)


def _asked(case: PlanCase, experiment: Experiment, verdict: Verdict | None) -> Asked | str:
    """The target read against the laws, or why it cannot be yet."""
    question: NextRunsQuestion = case.question
    target = question.target
    if verdict is not None:
        return ask_gate(target, experiment, verdict, case.laws)
    assert target.law is not None  # a target is a gate or a law
    if target.rivals:
        usable = [law for law in laws_meant(target.law, case.laws) if law.is_usable and not law.is_average]
        if not usable:
            return f"no law of {target.law.metric} is usable"
        return Asked("rivals", f"which law {target.law.metric} follows", usable[0], False)
    law = law_meant(target.law, case.laws)
    if isinstance(law, str):
        return law
    is_named, confidence = target.law.family is not None, (1 + question.level) / 2
    if target.parameters:
        which = f"the {law.family} law" if is_named else "the laws"
        return Asked("parameters", f"all parameters of {which} of {law.metric}", law, is_named)
    if target.parameter is not None:
        return ask_parameter(law, target.parameter, confidence)
    if target.over is not None:
        return ask_range(law, target.over, is_named)
    assert target.at is not None  # the declaration has one of them
    average = believed.answering(law, case.laws, is_named=is_named)
    unit = experiment.metric(law.metric).unit
    return ask_prediction(law, average, target.at, target.interval, confidence, unit, is_named)


def _outside(law: Law, points: np.ndarray) -> bool:
    return not bool(np.all(inside_limit(law, points)))


def _reaching(asked: Asked, made: Made) -> int | str | None:
    """The cheapest candidate that brings a target beyond the limit inside, or why none does; None: it is inside."""
    law = asked.law
    if asked.points is None or asked.ends is not None or not _outside(law, asked.points):
        return None
    low, high = np.array(law.domain).T
    limit = law.extrapolation_limit * (1 + 1e-12)
    top, bottom = asked.points.max(axis=0), asked.points.min(axis=0)
    new_high, new_low = np.maximum(made.x, high), np.minimum(made.x, low)
    reaches = np.all((new_high * limit >= top) & (new_low <= bottom * limit), axis=1)
    if not reaches.any():
        return (
            f"the law of {law.metric} may be asked up to {law.extrapolation_limit:g}x outside what was measured, and "
            "no candidate extends that to the target"
        )
    return int(min(np.flatnonzero(reaches), key=lambda i: made.costs[i]))


def _verdict(target: RunTarget, case: PlanCase) -> Verdict | str:
    found = [v for v in case.verdicts if v.gate == target.gate and v.experiment == target.experiment]
    found = [v for v in found if all(v.group.get(k) == g for k, g in target.group.items())]
    if not found:
        return f"gate {target.gate} has not been judged" + (
            f" in {dict(target.group)}" if target.group else ""
        )
    if len(found) > 1:
        groups = "; ".join(str(dict(v.group)) for v in found)
        return f"gate {target.gate} has several verdicts ({groups}): name one by 'group'"
    return found[0]


KIND = PlanKind(
    "next_runs",
    "Next runs",
    "Which runs to make next: the batch of candidates within a budget that shrinks the deciding variance of a target "
    "most, what it is expected to settle, and how many runs an even spread would need for the same.",
    NextRunsQuestion,
    experiments,
    problems,
    answer,
)
