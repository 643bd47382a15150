"""The door of changes over time: an experiment's trials in, judged series and their changes out.

What belongs here: which trials are a series, the family of series that is judged together. What does not:
mathematics (the files beside this one), answers in words (``told``), reports that stand (``known``).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from scaling_assets.records.change import SeriesKey, Watch
from scaling_assets.records.experiment import Experiment, LawQuestion
from scaling_assets.records.law import Group, Law
from scaling_assets.science.changes.case import Case, WatchedSeries
from scaling_assets.science.changes.order import NoOrder, ordered
from scaling_assets.science.changes.parts import Parts, common_law, level_over_time, parts_over_time
from scaling_assets.science.changes.segments import first_p_value, steps
from scaling_assets.science.changes.told import LEVEL, told
from scaling_assets.science.fitting import Problem, problems_of
from scaling_assets.science.testing.multiplicity import levels

#: Raised when the same trials would be judged otherwise.
CODE_VERSION = "changes-2"


def is_watched(experiment: Experiment) -> bool:
    """True when a question of the experiment declares ``changes``."""
    return any(question.changes is not None for question in experiment.laws)


def watch(
    experiment: Experiment,
    trials: pd.DataFrame,
    starts: Mapping[str, Collection[str]] | None = None,
    times: Mapping[str, Mapping[str, str]] | None = None,
    reported: Mapping[str, Collection[str]] | None = None,
) -> list[WatchedSeries]:
    """Judge every watched series of an experiment: question x group x hardware.

    The chance of any false change over all series is at most ``alpha`` (Holm over series, Bonferroni over the
    parts of each).

    Args:
        trials: the columns of ``records.trial.trial_columns``.
        starts: for series (by id) points from which on a new normal was declared; the last of them counts.
        reported: for series (by id) the points of changes that the last look showed; they stay as long as a
            single look at ``alpha`` shows them between their neighbours.
        times: of columns that are ordered by time: when each point was observed first, in a text that sorts.
    """
    cases = [
        case
        for question in experiment.laws
        for case in _cases(experiment, question, trials, starts or {}, times or {})
    ]
    for case in cases:
        if case.parts is not None:
            case.p_value = first_p_value(case.parts.history, case.rules)
    judged = [case for case in cases if case.p_value is not None]
    scaled = [min(1.0, (case.p_value or 0.0) * case.rule.alpha / case.look) for case in judged]
    alpha = min((case.rule.alpha for case in judged), default=0.05)
    for case, level in zip(judged, levels(np.array(scaled), "holm", alpha), strict=True):
        if case.parts is not None:
            known = (reported or {}).get(case.series_id, ())
            case.steps = steps(
                case.parts.history, case.rules, float(level) * case.look / case.rule.alpha, LEVEL,
                reported=[i for i, point in enumerate(case.counted) if point in known],
                kept_at=case.rule.alpha,
            )  # fmt: skip
    return [told(experiment, case) for case in cases]


def _cases(
    experiment: Experiment,
    question: LawQuestion,
    trials: pd.DataFrame,
    starts: Mapping[str, Collection[str]],
    times: Mapping[str, Mapping[str, str]],
) -> Iterator[Case]:
    rule = question.changes
    if rule is None:
        return
    rest = tuple(c for c in question.segment if c not in rule.columns)
    split = question.model_copy(update={"segment": (*rest, *rule.columns), "compare": None, "changes": None})
    alone = experiment.model_copy(update={"laws": (split,), "gates": (), "multiplicity": None})
    series: dict[str, list[Problem]] = {}
    for problem in problems_of(alone, trials):
        if problem.group and len(problem.y):
            series.setdefault(repr([problem.group[c] for c in (*rest, *rule.hardware)]), []).append(problem)
    declared = next((c.order for c in experiment.context if c.name == rule.by), ())
    for problems in series.values():
        key = SeriesKey(
            experiment.name, question.label, question.metric,
            _only(problems[0].group, rest), _only(problems[0].group, rule.hardware),
        )  # fmt: skip
        yield _case(Case(key, rule), problems, declared, starts, times.get(rule.by, {}))


def _only(group: Group, columns: Sequence[str]) -> Group:
    return {c: group[c] for c in columns}


def _case(
    case: Case,
    problems: Sequence[Problem],
    declared: Sequence[str],
    starts: Mapping[str, Collection[str]],
    times: Mapping[str, str],
) -> Case:
    rule = case.rule
    at: dict[str, list[Problem]] = {}
    said: dict[str, set[str]] = {}
    for problem in problems:
        point = str(problem.group[rule.by])
        if not point:
            case.unnamed += len(problem.y)
            continue
        at.setdefault(point, []).append(problem)
        if rule.is_by_time:
            said[point] = {times[point]} if point in times else set()
        elif rule.order is not None:
            said.setdefault(point, set()).add(str(problem.group[rule.order]))
    try:
        points = ordered(list(at), rule.by, said if rule.order is not None else None, declared)
    except NoOrder as error:
        case.reason = str(error)
        return case
    if not points:
        case.reason = f"no run has a value of {rule.by}"
        return case
    case.points = tuple(points)
    normal = [i for i, point in enumerate(points) if point in starts.get(case.series_id, ())]
    points = points[max(normal, default=0) :]
    found = _parts([at[point][0] for point in points], rule)
    if isinstance(found, str):
        case.reason = found
        return case
    case.parts = found
    case.counted = tuple(points[i] for i in found.counted)
    return case


def _parts(problems: Sequence[Problem], rule: Watch) -> Parts | str:
    law: Law = common_law(problems, rule.family)
    with np.errstate(all="ignore"):  # overflow is a result here: it becomes a reason
        if law.is_usable and len(law.draws):
            whole = parts_over_time(problems, law)
            if isinstance(whole, str) or 2 * len(whole.counted) >= len(problems):
                return whole
            alone = level_over_time(problems, law)
            few = f"the level alone: {len(whole.counted)} of {len(problems)} points have runs for more"
            return whole if isinstance(alone, str) else replace(alone, note=few)
        alone = level_over_time(problems)
    why = f"the {law.family} law of all points together is {law.status.value}: {law.reason}"
    return f"{alone}; {why}" if isinstance(alone, str) else replace(alone, note=f"the level alone: {why}")
