"""The door: a plan and what stands in, an answer with its ids and stamps out.

What lives here: the registry of plan kinds. What does not: any answer (one kind a file).
"""

from dataclasses import asdict

from scaling_assets.errors import UnknownName
from scaling_assets.records.identity import content_id
from scaling_assets.records.planned import STATUSES, PlanAnswer, PlanSource
from scaling_assets.science.planning import (
    capacity,
    compute_optimal,
    next_runs,
    scenarios,
    scorecard,
    unit_economics,
)
from scaling_assets.science.planning.kind import PlanCase, PlanKind, PlanQuestion

_KINDS: tuple[PlanKind, ...] = (
    capacity.KIND,
    compute_optimal.KIND,
    next_runs.KIND,
    unit_economics.KIND,
    scenarios.KIND,
    scorecard.KIND,
)  # one line a kind: <module>.KIND
PLAN_KINDS: dict[str, PlanKind] = {kind.name: kind for kind in _KINDS}


def kind_of(question: PlanQuestion) -> PlanKind:
    """The registered kind of a question.

    Raises:
        UnknownName: there is none.
    """
    if question.kind not in PLAN_KINDS:
        raise UnknownName(kind="plan kind", name=question.kind, known=", ".join(PLAN_KINDS))
    return PLAN_KINDS[question.kind]


def answer(case: PlanCase, *, data_version: str = "", sources: tuple[PlanSource, ...] = ()) -> PlanAnswer:
    """Return the answer to the case's question.

    Args:
        data_version: what the answer came from; it enters the answer's id.
        sources: the versions behind ``data_version``; the laws that the answer rests on are added to them.

    Raises:
        UnknownName: the question's kind is not registered.
        ValueError: a kind answered with a status that nobody knows, or with two figures for one cell.
    """
    question = case.question
    found = kind_of(question).answer(case)
    if found.status not in STATUSES:
        raise ValueError(f"{question.kind} answers {found.status!r}; known are {', '.join(STATUSES)}")
    cells = [(f.part, f.item, f.quantity) for f in found.figures]
    twice = sorted({c for c in cells if cells.count(c) > 1}) if len(set(cells)) < len(cells) else []
    if twice:
        raise ValueError(f"{question.name} has several figures for {twice[0]}")
    law_ids = tuple(dict.fromkeys(found.law_ids))
    owners = {law.law_id: law.experiment for law in case.laws}
    used = tuple(PlanSource("law", owners[law_id], law_id) for law_id in law_ids)
    return PlanAnswer(
        answer_id=content_id("plan answer", question.name, data_version, asdict(found)),
        plan=question.name, kind=question.kind, title=question.title, owner=question.owner,
        status=found.status, headline=found.headline, reason=found.reason, remedy=found.remedy,
        figures=found.figures, law_ids=law_ids, level=found.level, method=found.method,
        is_simulated=found.is_simulated, data_version=data_version, sources=(*sources, *used),
    )  # fmt: skip
