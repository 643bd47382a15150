"""Hold newly landed runs against the laws that stood, and say which laws are stale.

What belongs here: which runs are new, what they had, when looks start anew, acknowledgements. What does not: the
tests (``science.comparing.shift``), refits of what is behind its data or declaration (``due``).

A refit takes new runs in whether they agree with the former ones or not. So a law whose new runs disagreed stays
*stale*, through later refits too, until its question is declared otherwise (say, ``where`` leaves the former runs
out) or somebody acknowledges that the runs belong together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd

from scaling_assets.pipeline.versions import Wanted
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.baseline import place_of
from scaling_assets.records.experiment import Experiment, LawQuestion
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law
from scaling_assets.records.look import Acknowledgement, LawLook
from scaling_assets.science.comparing.shift import METHOD, Inputs, look, loudest, wealth
from scaling_assets.science.fitting import Problem, problems_of
from scaling_assets.store.store import Head

DECLARED_ANEW = "its question was declared otherwise: looks start anew"


def watch(
    ws: Workspace, moved: Sequence[Experiment], want: Mapping[str, Wanted], heads: Mapping[str, Head]
) -> dict[str, list[LawLook]]:
    """Look at every law of these experiments that got new runs, before their heads move; what was found by name.

    Args:
        want: the versions that are about to be seen. heads: what people see until then.
    """
    former = {e.name: heads[e.name].trials for e in moved if e.name in heads}
    there = ws.store.has_versions("trials", {name: at for name, at in former.items() if at})
    watched = [e for e in moved if e.name in there]
    if not watched:
        return {}
    known = ws.store.read_looks([e.name for e in watched])
    due = [e for e in watched if _is_due(e, want[e.name], heads[e.name], known[e.name])]
    if not due:
        return {}
    before = ws.store.read_trials_of(due, {e.name: former[e.name] or "" for e in due})
    now = ws.store.read_trials_of(due, {e.name: want[e.name].trials or "" for e in due})
    laws = ws.store.read_laws_of({e.name: want[e.name].laws or "" for e in due})
    when = ws.clock()
    found = {
        e.name: _of_experiment(
            ws, e, want[e.name], before[e.name], now[e.name], laws[e.name], known[e.name], when
        )
        for e in due
    }
    ws.store.write_looks(found)
    return found


def stale(ws: Workspace, experiments: Sequence[str] | None = None) -> list[LawLook]:
    """The laws that new runs disagree with and that nobody has acknowledged.

    Raises:
        UnknownName: no such experiment.
    """
    chosen = ws.chosen(experiments)
    found = ws.store.read_looks([e.name for e in chosen]) if chosen else {}
    ids = {(e.name, q.label): question_id(e, q) for e in chosen for q in e.laws}
    return [
        one
        for looks in found.values()
        for one in looks
        if one.is_stale and ids.get((one.experiment, one.question)) == one.question_id
    ]


def acknowledge(ws: Workspace, name: str, *, by: str, reason: str) -> list[LawLook]:
    """Take an experiment's laws as they are now; those that were stale until then.

    Raises:
        UnknownName: no such experiment.
    """
    were = stale(ws, [name])
    ws.store.acknowledge_laws(Acknowledgement(name, by, reason, ws.clock()))
    ws.store.publish()
    return were


def question_id(experiment: Experiment, question: LawQuestion) -> str:
    """What makes two laws answers to one question: its declaration, and that of its metric."""
    alone = question.model_copy(
        update={"changes": None}
    )  # as fits see it: watching it over time asks nothing else
    asked = alone.model_dump(mode="json", exclude={"compare", "extrapolation_limit", "bootstrap", "seed"})
    return content_id("watched", asked, experiment.metric(question.metric).model_dump(mode="json"))


def _is_due(experiment: Experiment, want: Wanted, head: Head, known: Sequence[LawLook]) -> bool:
    ids = {q.label: question_id(experiment, q) for q in experiment.laws}
    anew = any(one.is_stale and ids.get(one.question) != one.question_id for one in known)
    return anew or (want.observations != head.observations and bool(experiment.laws))


def _of_experiment(
    ws: Workspace,
    experiment: Experiment,
    want: Wanted,
    before: pd.DataFrame,
    now: pd.DataFrame,
    laws: Sequence[Law],
    known: Sequence[LawLook],
    when: datetime,
) -> list[LawLook]:
    had = {_place(p): set(map(str, p.unit)) for p in problems_of(experiment, before)}
    leading = {(law.question, place_of(law.group)): law for law in laws if law.is_leading and law.is_usable}
    last = {(one.question, place_of(one.group)): one for one in known}
    problems = problems_of(experiment, now)
    alpha = experiment.monitor.alpha or ws.lab.settings.monitor.alpha
    found = []
    for problem in problems:
        place = _place(problem)
        law, former, units = leading.get(place), last.get(place), np.unique(problem.unit.astype(str))
        identity = question_id(experiment, problem.question)
        is_new = ~np.isin(units, list(had.get(place, ())))
        if law is None:
            continue
        blank = LawLook(
            experiment.name, law.question, law.metric, law.group, identity, want.laws or "", law.law_id, 0,
            int((~is_new).sum()), int(is_new.sum()), threshold=len(problems) / alpha, method=METHOD,
            is_simulated=law.is_simulated, looked_at=when,
        )  # fmt: skip
        if former is not None and former.question_id != identity:
            found.append(replace(blank, reason=DECLARED_ANEW))
            continue
        if not is_new.any() or is_new.all():
            continue
        inputs = _inputs(experiment, problem, now, units)
        tests = look(law, problem, is_new, inputs, former.tests if former else {})
        value = wealth(tests.values())
        is_flagged = value >= blank.threshold
        found.append(replace(
            blank, look=former.look + 1 if former else 1, tests=tests, e_value=value,
            is_stale=is_flagged or bool(former and former.is_stale),
            reason="; ".join(loudest(tests)) if is_flagged else former.reason if former and former.is_stale else "",
        ))  # fmt: skip
    return found


def _place(problem: Problem) -> tuple[str, str]:
    return problem.question.label, place_of(problem.group)


def _inputs(experiment: Experiment, problem: Problem, trials: pd.DataFrame, units: np.ndarray) -> Inputs:
    """What the problem's units had, in the order of the units.

    Dimensions whose values are declared are left out: which of them run next is a plan, no shift. So are columns
    that the question holds fixed, and those that name points of time: every landing has a commit of its own. A
    unit in several cells counts with the mean of a dimension and its first context.
    """
    question = problem.question
    chosen = trials[(trials["metric"] == question.metric) & trials["unit"].astype(str).isin(set(units))]
    by_unit = chosen.groupby(chosen["unit"].astype(str), sort=True)
    fixed = {*question.segment, *(c for c, wanted in question.where.items() if not isinstance(wanted, list))}
    free = [d.name for d in experiment.dimensions if not d.values and d.name not in fixed]
    fixed |= {
        column
        for asked in experiment.laws
        if asked.label == question.label and asked.changes is not None
        for column in (asked.changes.by, asked.changes.order)
        if column is not None
    }
    contexts = [c.name for c in experiment.context if c.name not in fixed]
    contexts += ["condition"] if experiment.conditions and "condition" not in fixed else []
    return Inputs(
        {name: by_unit[name].mean().reindex(units).to_numpy(dtype=float) for name in free},
        {name: by_unit[name].first().reindex(units).fillna("").to_numpy(dtype=object) for name in contexts},
    )
