"""The door of comparing: everything that law questions ask under ``compare``, as findings.

What belongs here: which comparison is made of which laws, and its answer in words. What does not: the
mathematics (one file each beside this one), how a finding is shown (``report``).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scaling_assets.records.comparison import Compare, KneeRule, LawFinding
from scaling_assets.records.experiment import Experiment, LawQuestion
from scaling_assets.records.law import Law
from scaling_assets.science.comparing.exponent_class import BANDS, UNDECIDED, Band, exponent_class
from scaling_assets.science.comparing.knee import Step, knee
from scaling_assets.science.comparing.over_groups import over_contexts, over_windows
from scaling_assets.science.comparing.shape import can_turn, turn
from scaling_assets.science.comparing.stability import drift
from scaling_assets.science.fitting import Problem

#: Raised when a finding on the same laws would come out differently.
CODE_VERSION = "comparing-1"


def findings(
    experiment: Experiment, problems: Sequence[Problem], laws: Sequence[Law], former: Sequence[Law] = ()
) -> list[LawFinding]:
    """All findings of an experiment's questions that declare ``compare``, in declared order.

    Args:
        problems: the problems of the experiment, as ``problems_of`` gives them.
        laws: what they were fitted by, all families.
        former: the laws that stood before; their runs are among the present ones.
    """
    with np.errstate(all="ignore"):  # overflow is a result here: it becomes a missing number
        found = _findings(experiment, problems, laws, former)
    return [replace(_as_numbers(one), is_simulated=experiment.is_simulated) for one in found]


def _findings(
    experiment: Experiment, problems: Sequence[Problem], laws: Sequence[Law], former: Sequence[Law]
) -> list[LawFinding]:
    found: list[LawFinding] = []
    for question in experiment.laws:
        if question.compare is None:
            continue
        asked = [p for p in problems if p.question.label == question.label]
        of_question = [law for law in laws if law.question == question.label]
        former_leaders = [law for law in former if law.question == question.label and law.is_leading]
        for problem in asked:
            law = next((one for one in of_question if one.is_leading and one.group == problem.group), None)
            found += _alone(experiment, question, question.compare, problem, law)
            then = next((one for one in former_leaders if one.group == problem.group), None)
            if law is not None and then is not None:
                found += _since(law, then, question.compare)
        found += over_contexts(question, question.compare, asked, of_question)
        found += over_windows(
            question, question.compare, asked, of_question, _order(experiment, question.compare)
        )
    return found


def _as_numbers(one: LawFinding) -> LawFinding:
    """Plain floats; what is no finite number is missing."""
    return replace(
        one,
        value=_finite(one.value),
        low=_finite(one.low),
        high=_finite(one.high),
        p_value=_finite(one.p_value),
    )


def _alone(
    experiment: Experiment, question: LawQuestion, compare: Compare, problem: Problem, law: Law | None
) -> list[LawFinding]:
    """What is said of one group by itself."""
    blank = LawFinding(
        experiment.name, question.label, question.metric, problem.group, law.family if law else "", "", "", ""
    )
    found = [_turned(replace(blank, subject="turn"), problem, law, compare.alpha)]
    if law is None or not law.is_usable:
        return found
    classed = exponent_class(law, _bands(compare))
    if classed is not None:
        reason = "" if classed.name != UNDECIDED else f"the interval allows {', '.join(classed.may_be)}"
        found.append(replace(
            blank, subject="exponent_class", name=law.parameter("exponent").name, answer=classed.name,
            value=classed.value, low=_finite(classed.low), high=_finite(classed.high), level=question.level,
            reason=reason, method="decided on the whole interval of y ~ x^exponent",
        ))  # fmt: skip
    if compare.knee is not None and len(law.axes) == 1:
        better = compare.knee.better or experiment.metric(question.metric).direction
        found.append(
            _knee(replace(blank, subject="knee", name=law.axes[0]), law, compare.knee, better, question)
        )
    return found


def _turned(blank: LawFinding, problem: Problem, law: Law | None, alpha: float) -> LawFinding:
    seen = turn(problem, seed=problem.question.seed)
    if seen.p_value is None:
        return replace(blank, answer="not tested", reason=seen.reason, method=seen.method)
    if not seen.is_significant(alpha):
        return replace(blank, answer="no turn shown", p_value=seen.p_value, method=seen.method)
    reason = f"{problem.question.metric} {seen.words}"
    if law is not None and not can_turn(law):
        reason += f"; the leading {law.family} law does not turn there: list a family that can"
    return replace(blank, answer="non-monotone", p_value=seen.p_value, reason=reason, method=seen.method)


def _knee(blank: LawFinding, law: Law, rule: KneeRule, better: str, question: LawQuestion) -> LawFinding:
    if better == "none":
        reason = f"{question.metric} declares no direction: which way is gain is not known"
        return replace(blank, answer="not asked", reason=reason)
    seen = knee(
        law, step=Step(rule.add, rule.times), share=rule.share, higher_is_better=better == "higher",
        largest=rule.up_to, level=question.level,
    )  # fmt: skip
    step = f"{rule.add:g} more" if rule.add is not None else f"{rule.times:g} times as much"
    what = "gain to the best of the curve" if seen.has_limit else "gain to the largest x"
    return replace(
        blank, answer="none inside the tested range" if seen.value is None else "knee", value=seen.value,
        low=seen.low, high=seen.high, level=question.level, reason=seen.reason,
        method=f"{step} gains less than {rule.share:g} of the {what}; {seen.share_inside:.0%} of draws have a knee",
    )  # fmt: skip


def _since(law: Law, then: Law, compare: Compare) -> list[LawFinding]:
    """What moved since the law that stood before; nothing where nothing new was fitted."""
    if law.data_version == then.data_version:
        return []
    blank = LawFinding(law.experiment, law.question, law.metric, law.group, law.family, "drift", "", "")
    seen = drift(law, then, is_nested=law.n_units > then.n_units, alpha=compare.alpha)
    blank = replace(blank, answer=seen.verdict, method=seen.method)
    if not seen.changes:
        return [replace(blank, reason=seen.reason)]
    return [
        replace(
            blank, name=c.name, value=c.difference, low=c.low, high=c.high, level=0.95, p_value=c.p_value,
            answer="changed" if c.p_value <= compare.alpha else "no change shown",
            reason=f"{seen.verdict}: from {c.then:.4g} to {c.now:.4g}",
        )
        for c in seen.changes
    ]  # fmt: skip


def _bands(compare: Compare) -> tuple[Band, ...]:
    if not compare.classes:
        return BANDS
    ends = [float("inf") if end is None else end for end in compare.classes.values()]
    return tuple(map(Band, compare.classes, [-float("inf"), *ends[:-1]], ends))


def _order(experiment: Experiment, compare: Compare) -> tuple[str, ...]:
    """The declared order of the windows' column; empty where none is."""
    return next((context.order for context in experiment.context if context.name == compare.windows), ())


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
