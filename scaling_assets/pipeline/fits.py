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
from scaling_assets.records.law import Law, StandingLaw
from scaling_assets.science import comparing, fitting

Fitted = dict[str, list[Law | StandingLaw]]


def fit_together(
    ws: Workspace,
    experiments: Sequence[Experiment],
    trials: Mapping[str, pd.DataFrame],
    progress: fitting.Progress | None = None,
) -> tuple[Fitted, dict[str, list[LawFinding]]]:
    """Laws and findings about them, by experiment; ``trials`` has each experiment's frame.

    Laws that stand already are named only, in their places among the new ones.
    """
    problems = [p for e in experiments for p in fitting.problems_of(e, trials[e.name])]
    standing = _standing(ws, experiments)
    found = _laws(experiments, problems, standing, progress)
    return found, _findings(ws, experiments, problems, found)


def _laws(
    experiments: Sequence[Experiment],
    problems: Sequence[fitting.Problem],
    standing: Mapping[str, Mapping[str, list[StandingLaw]]],
    progress: fitting.Progress | None,
) -> Fitted:
    """The laws of all problems, all those that have to be fitted in one call.

    A law is known by the content of what it came from. Of an experiment with many groups those whose points
    did not change keep the laws that stand: fitting them again would give the same.
    """
    known = [_known(standing.get(problem.experiment, {}), problem) for problem in problems]
    due = [problem for problem, laws in zip(problems, known, strict=True) if laws is None]
    fresh = iter(fit_each(due, progress=progress))
    found: Fitted = {e.name: [] for e in experiments}
    for problem, laws in zip(problems, known, strict=True):
        found[problem.experiment] += next(fresh) if laws is None else laws
    assert next(fresh, None) is None  # every law went to the problem that it was fitted to
    return found


def _known(standing: Mapping[str, list[StandingLaw]], problem: fitting.Problem) -> list[StandingLaw] | None:
    """The problem's laws if they stand: all its families' and their average are written and dropped together."""
    if not standing:
        return None
    return standing.get(fitting.law_version(problem, problem.question.families[0]))


def _standing(ws: Workspace, experiments: Sequence[Experiment]) -> dict[str, dict[str, list[StandingLaw]]]:
    """Laws that people see of experiments with groups, by what they came from."""
    heads = ws.store.heads()
    grouped = [
        e.name for e in experiments if any(question.segment for question in e.laws) and e.name in heads
    ]
    versions_now = {name: version for name in grouped if (version := heads[name].laws)}
    return ws.store.standing_laws(versions_now) if versions_now else {}


def _findings(
    ws: Workspace,
    experiments: Sequence[Experiment],
    problems: Sequence[fitting.Problem],
    fitted: Mapping[str, Sequence[Law | StandingLaw]],
) -> dict[str, list[LawFinding]]:
    """What the new laws say beside one another and beside those that stand, where a declaration asks for it."""
    asking = {e.name: e for e in experiments if any(question.compare is not None for question in e.laws)}
    of: dict[str, list[fitting.Problem]] = {name: [] for name in asking}
    for problem in problems:
        if problem.experiment in of:
            of[problem.experiment].append(problem)
    found: dict[str, list[LawFinding]] = {}
    for name, experiment in asking.items():
        seen = ws.store.read_laws(name)
        by_id = {law.law_id: law for law in seen}
        laws = [by_id[law.law_id] if isinstance(law, StandingLaw) else law for law in fitted[name]]
        found[name] = comparing.findings(experiment, of[name], laws, seen)
    return found
