"""Laws of many experiments: those that stand are kept, all others fitted in one call.

What belongs here: which problems are due, and whose law is whose. What does not: versions and heads
(``steps``), mathematics (``science``).
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from scaling_assets.pipeline.processes import fit_each
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.comparison import LawFinding
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import AVERAGE, Law
from scaling_assets.science import comparing, fitting


def fit_together(
    ws: Workspace,
    experiments: Sequence[Experiment],
    trials: Mapping[str, pd.DataFrame],
    progress: fitting.Progress | None = None,
) -> tuple[dict[str, list[Law]], dict[str, list[LawFinding]]]:
    """Laws and findings about them, by experiment; ``trials`` has each experiment's frame."""
    problems = [p for e in experiments for p in fitting.problems_of(e, trials[e.name])]
    laws = _laws(ws, experiments, problems, progress)
    return laws, _findings(ws, experiments, problems, laws)


def _laws(
    ws: Workspace,
    experiments: Sequence[Experiment],
    problems: Sequence[fitting.Problem],
    progress: fitting.Progress | None,
) -> dict[str, list[Law]]:
    """The laws of all problems, all those that have to be fitted in one call.

    A law is known by the content of what it came from. Of an experiment with many groups those whose points
    did not change keep the laws that stand: fitting them again would give the same to the last bit.
    """
    standing = _standing(ws, experiments)
    known = [_known(standing, problem) for problem in problems]
    due = [problem for problem, laws in zip(problems, known, strict=True) if laws is None]
    fresh = iter(fit_each(due, progress=progress))
    found: dict[str, list[Law]] = {e.name: [] for e in experiments}
    for problem, laws in zip(problems, known, strict=True):
        found[problem.experiment] += next(fresh) if laws is None else laws
    assert next(fresh, None) is None  # every law went to the problem that it was fitted to
    return found


def _known(standing: Mapping[str, Law], problem: fitting.Problem) -> list[Law] | None:
    """The problem's laws if all of them stand, with their average where they have one."""
    if not standing:
        return None
    laws = [standing.get(fitting.law_version(problem, family)) for family in problem.question.families]
    if None in laws:
        return None
    average = standing.get(fitting.law_version(problem, AVERAGE))
    return [law for law in (*laws, average) if law is not None]


def _standing(ws: Workspace, experiments: Sequence[Experiment]) -> dict[str, Law]:
    """Laws that people see of experiments with groups, by what they came from."""
    heads = ws.store.heads()
    grouped = [
        e.name for e in experiments if any(question.segment for question in e.laws) and e.name in heads
    ]
    versions_now = {name: version for name in grouped if (version := heads[name].laws)}
    if not versions_now:
        return {}
    return {law.data_version: law for laws in ws.store.read_laws_of(versions_now).values() for law in laws}


def _findings(
    ws: Workspace,
    experiments: Sequence[Experiment],
    problems: Sequence[fitting.Problem],
    fitted: Mapping[str, Sequence[Law]],
) -> dict[str, list[LawFinding]]:
    """What the new laws say beside one another and beside those that stand, where a declaration asks for it."""
    asking = {e.name: e for e in experiments if any(question.compare is not None for question in e.laws)}
    of: dict[str, list[fitting.Problem]] = {name: [] for name in asking}
    for problem in problems:
        if problem.experiment in of:
            of[problem.experiment].append(problem)
    return {
        name: comparing.findings(experiment, of[name], fitted[name], ws.store.read_laws(name))
        for name, experiment in asking.items()
    }
