"""Answers of the planning room: renewed when a declaration, what they read, or the code changed.

What belongs here: which plans, from which versions, whether anything is to be done. What does not: answering
(``science.planning``), allocations (``allocating``). The answers of a kind are written together: those of plans that
are no longer declared go, those that stand are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scaling_assets.errors import UnknownName
from scaling_assets.pipeline.allocating import allocate, in_force, plan_version
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.identity import content_id
from scaling_assets.records.planned import PlanAnswer, PlanSource
from scaling_assets.science.planning import PLAN_KINDS, PlanCase, PlanQuestion, answer, kind_of
from scaling_assets.science.planning.what_if import with_settings
from scaling_assets.store.store import Head


@dataclass(frozen=True)
class PlanningStep:
    """The standing answers of a kind. ``version`` is the content hash of all that they came from."""

    kind: str
    version: str
    skipped: bool
    answers: list[PlanAnswer]


def plan_all(ws: Workspace, kind: str) -> PlanningStep:
    """Answer every declared plan of a kind whose standing answer did not come from just what stands now.

    Raises:
        UnknownName: there is no such kind.
    """
    if kind not in PLAN_KINDS:
        raise UnknownName(kind="plan kind", name=kind, known=", ".join(PLAN_KINDS))
    heads = ws.store.heads() if ws.lab.questions else {}
    want = _wanted(ws, kind, heads)
    version = content_id(kind, want)
    standing = {one.plan: one for one in ws.store.read_plan_answers(kind)}
    if {name: one.data_version for name, one in standing.items()} == want:
        return PlanningStep(kind, version, True, list(standing.values()))
    answers = []
    for name in sorted(want):
        found = standing.get(name)
        kept = found is not None and found.data_version == want[name]
        answers.append(found if found and kept else answer_now(ws, ws.lab.questions[name], heads, want[name]))
    ws.store.write_plan_answers(kind, answers)
    ws.store.publish()
    return PlanningStep(kind, version, False, answers)


def planned(ws: Workspace, kind: str, plan: str | None = None) -> list[PlanAnswer]:
    """The answers of a kind as they should be now, of one plan or of all.

    Raises:
        UnknownName: the lab declares no plan of this kind and name.
    """
    declared = sorted(name for name, question in ws.lab.questions.items() if question.kind == kind)
    if plan is not None and plan not in declared:
        known = ", ".join(declared) or "none is declared"
        raise UnknownName(kind=f"plan of kind {kind}", name=plan, known=known)
    return [one for one in plan_all(ws, kind).answers if plan in (None, one.plan)]


def what_if(ws: Workspace, kind: str, plan: str, settings: Mapping[str, str]) -> PlanAnswer:
    """The answer of a plan with some of its numbers set to others (``science.planning.what_if``); it is not kept.

    Raises:
        UnknownName: the lab declares no plan of this kind and name.
        ValueError: a setting names nothing, or the plan does not allow its number.
    """
    question = ws.lab.questions.get(plan)
    if question is None or question.kind != kind:
        declared = sorted(name for name, one in ws.lab.questions.items() if one.kind == kind)
        raise UnknownName(
            kind=f"plan of kind {kind}", name=plan, known=", ".join(declared) or "none is declared"
        )
    return answer_now(ws, with_settings(question, settings), ws.store.heads())


def wanted(ws: Workspace) -> dict[tuple[str, str], str]:
    """Versions by (kind, plan) of answers that are not what declarations and results call for; "" for those to go."""
    heads = ws.store.heads() if ws.lab.questions else {}
    want = {(kind, name): v for kind in PLAN_KINDS for name, v in _wanted(ws, kind, heads).items()}
    standing = {(one.kind, one.plan): one.data_version for one in ws.store.read_plan_answers()}
    changed = {key: v for key, v in want.items() if standing.get(key) != v}
    return changed | dict.fromkeys(set(standing) - set(want), "")


def is_due(ws: Workspace) -> bool:
    """True when some standing answer is not the one that declarations and results call for."""
    return bool(wanted(ws))


def answer_now(
    ws: Workspace, question: PlanQuestion, heads: Mapping[str, Head], version: str = ""
) -> PlanAnswer:
    """Answer one question from what is visible; of it nothing is kept, allocations that it reads are renewed."""
    kind = kind_of(question)
    names, plans = kind.experiments(question), kind.plans(question)
    experiments = {name: ws.experiment(name) for name in names}
    trials = {name: heads[name].trials for name in names if name in heads}
    there = {name: v for name, v in trials.items() if v is not None}
    case = PlanCase(
        question,
        laws=[law for name in names for law in ws.store.read_laws(name)],
        verdicts=[verdict for name in names for verdict in ws.store.read_verdicts(name)],
        trials=ws.store.read_trials_of([experiments[n] for n in there], there) if there else {},
        allocations=[allocate(ws, plan).allocation for plan in plans],
        experiments=experiments,
        today=_today(ws) if kind.is_dated(question) else "",
    )
    sources = [
        PlanSource(noun, name, found)
        for name in names
        if name in heads
        for noun in ("trials", "laws", "verdicts")
        if (found := getattr(heads[name], noun)) is not None
    ]
    sources += [PlanSource("allocation", one.plan, one.allocation_id) for one in case.allocations]
    return answer(case, data_version=version, sources=tuple(sources))


def _wanted(ws: Workspace, kind: str, heads: Mapping[str, Head]) -> dict[str, str]:
    """The version that each plan's answer should have, by the plan's name."""
    return {
        name: _version(ws, question, heads)
        for name, question in ws.lab.questions.items()
        if question.kind == kind
    }


def _version(ws: Workspace, question: PlanQuestion, heads: Mapping[str, Head]) -> str:
    kind = kind_of(question)
    names = kind.experiments(question)
    read = [
        (name, heads[name].trials, heads[name].laws, heads[name].verdicts) if name in heads else (name,)
        for name in names
    ]
    declared = [ws.experiment(name).model_dump(mode="json") for name in names]
    plans = [(name, plan_version(ws, name, heads, in_force(ws, name))) for name in kind.plans(question)]
    today = _today(ws) if kind.is_dated(question) else ""
    return content_id(kind.name, kind.version, question.model_dump(mode="json"), read, declared, plans, today)


def _today(ws: Workspace) -> str:
    return ws.clock().date().isoformat()
