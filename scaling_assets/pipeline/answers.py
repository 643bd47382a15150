"""Questions that people ask of what stands: laws, predictions, verdicts, allocations."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scaling_assets.errors import ExtrapolationRefused, LawNotUsable
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.allocation import Allocation
from scaling_assets.records.claim import AuditedClaim
from scaling_assets.records.comparison import LawFinding
from scaling_assets.records.law import Distance, Group, Law, Prediction
from scaling_assets.records.planned import PlanAnswer
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.fitting.mixture import is_average_of
from scaling_assets.science.fitting.predict import predict as predict_from
from scaling_assets.store.store import Override

__all__ = ["Standing", "allocations", "law_findings", "laws", "predict", "standing", "verdicts"]


@dataclass(frozen=True)
class Standing:
    """Everything that a closing summary shows."""

    laws: list[Law]
    verdicts: list[Verdict]
    allocations: list[Allocation]
    claims: list[AuditedClaim]
    plans: list[PlanAnswer]


def laws(ws: Workspace, experiment: str | None = None, *, leading_only: bool = False) -> list[Law]:
    """The visible laws, of one experiment or of all."""
    if experiment is not None:
        ws.experiment(experiment)
    found = ws.store.read_laws(experiment)
    return [law for law in found if law.is_leading] if leading_only else found


def law_findings(ws: Workspace, experiment: str | None = None) -> list[LawFinding]:
    """What the visible laws say beside one another, of one experiment or of all."""
    return ws.store.read_law_findings(experiment)


def verdicts(ws: Workspace, experiment: str | None = None) -> list[Verdict]:
    """The standing verdicts, of one experiment or of all."""
    if experiment is not None:
        ws.experiment(experiment)
    return ws.store.read_verdicts(experiment)


def allocations(ws: Workspace, plan: str | None = None) -> list[Allocation]:
    """The standing allocations, of one plan or of all."""
    if plan is not None:
        ws.plan(plan)
    return ws.store.read_allocations(plan)


def standing(ws: Workspace) -> Standing:
    """Laws that lead, verdicts, allocations and the audit of claims, as people see them now."""
    audited, plans = ws.store.read_claims(), ws.store.read_plan_answers()
    return Standing(laws(ws, leading_only=True), verdicts(ws), allocations(ws), audited, plans)


def predict(
    ws: Workspace,
    experiment: str,
    metric: str,
    at: Mapping[str, float],
    *,
    family: str | None = None,
    question: str | None = None,
    group: Group | None = None,
    kind: str = "new_run_over_laws",
    level: float = 0.95,
    beyond: float | None = None,
    reason: str = "",
) -> Prediction:
    """Predict a metric at a point from the average of a question's laws, or from a named family.

    The leading law answers where there is no average, and whenever ``kind`` asks about one law.

    Args:
        beyond: allow extrapolation up to this ratio; recorded with who asked and ``reason``.

    Raises:
        UnknownName: no such experiment. LawNotUsable: no law answers this. ExtrapolationRefused: the
        point lies farther from the data than the law's limit.
    """
    law = _law_for(ws, experiment, metric, tuple(at), family, question, group or {})
    if family is None and kind == "new_run_over_laws":
        law = next((a for a in ws.store.read_laws(experiment) if is_average_of(a, law)), law)
    answer = predict_from(law, at, kind=kind, level=level, beyond=beyond)
    if answer.distance is Distance.REFUSED:
        limit = beyond or law.extrapolation_limit
        if max(answer.ratios.values()) <= limit:  # near enough, but the law cannot say anything there
            raise LawNotUsable(law=f"{experiment}.{law.question}", problem=f"{answer.reason}.")
        point = ", ".join(f"{k}={v:g}" for k, v in at.items())
        raise ExtrapolationRefused(
            law=f"{experiment}.{law.question}", at=point, ratio=max(answer.ratios.values()), limit=limit
        )
    if beyond is not None and max(answer.ratios.values()) > law.extrapolation_limit:
        who = os.environ.get("USER") or os.environ.get("USERNAME") or "unknown"
        ws.store.record_override(
            Override(
                law.law_id, experiment, law.question, dict(at), law.extrapolation_limit, beyond, reason, who
            )
        )
        answer = replace(answer, reason=f"{answer.reason} limit raised to {beyond:g}x: {reason}".strip())
    return answer


def _law_for(
    ws: Workspace,
    experiment: str,
    metric: str,
    axes: tuple[str, ...],
    family: str | None,
    question: str | None,
    group: Group,
) -> Law:
    ws.experiment(experiment)
    name = f"{experiment}.{question or metric}{'.' + family if family else ''}"
    tried = [
        law
        for law in ws.store.read_laws(experiment)
        if law.metric == metric
        and set(law.axes) == set(axes)
        and (question is None or law.question == question)
        and all(law.group.get(k) == v for k, v in group.items())
    ]
    matching = [law for law in tried if (law.family == family if family else law.is_leading)]
    if not matching and tried and family is None:
        # Only a declared law that cannot lead has a reason; without one, no family was usable.
        silent = [law for law in tried if law.leading_reason] or tried
        reasons = dict.fromkeys(f"{law.family} is {law.status.value}: {law.reason}" for law in silent)
        raise LawNotUsable(law=name, problem=f"no law leads ({'; '.join(reasons)}).")
    if not matching:
        known = sorted({f"{w.metric} by {', '.join(w.axes)}" for w in ws.store.read_laws(experiment)})
        raise LawNotUsable(
            law=name, problem=f"none is fitted for this; fitted: {'; '.join(known) or 'none'}."
        )
    if len(matching) > 1:
        groups = "; ".join(
            ", ".join(f"{k}={v}" for k, v in law.group.items()) or law.question for law in matching
        )
        raise LawNotUsable(
            law=name, problem=f"several answer: {groups}. Name one with --group or --question."
        )
    law = matching[0]
    if not law.is_usable:
        raise LawNotUsable(law=name, problem=f"{law.status.value}: {law.reason}.")
    return law
