"""The JSON shapes of ``--json``: documented, stable, made of plain values.

What belongs here: one function a record. What does not: printing. A field is never renamed or removed
within a format number; new fields may come. Every document has ``format``, for example
"scaling-assets/laws/1".
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scaling_assets.records.allocation import Allocation
from scaling_assets.records.assignment import Assignment, Refusal
from scaling_assets.records.claim import AuditedClaim
from scaling_assets.records.comparison import LawFinding
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law, Prediction
from scaling_assets.records.observation import Appended
from scaling_assets.records.planned import PlanAnswer
from scaling_assets.records.verdict import Verdict

if TYPE_CHECKING:
    from scaling_assets.pipeline.registering import Registered


def headed(kind: str, /, **content: Any) -> dict[str, Any]:
    """A document: its format, then its content."""
    return {"format": f"scaling-assets/{kind}/1", **content}


def law(found: Law) -> dict[str, Any]:
    """One law; parameters as a list in the family's order, draws left out."""
    return {
        "law_id": found.law_id,
        "experiment": found.experiment,
        "question": found.question,
        "metric": found.metric,
        "axes": list(found.axes),
        "group": dict(found.group),
        "family": found.family,
        "status": found.status.value,
        "reason": found.reason,
        "is_usable": found.is_usable,
        "is_leading": found.is_leading,
        "leading_reason": found.leading_reason,
        "is_simulated": found.is_simulated,
        "parameters": [
            {
                "name": p.name,
                "value": p.value,
                "low": p.low,
                "high": p.high,
                "level": p.level,
                "method": p.method,
                "unit": p.unit,
                "role": p.role,
                "at_bound": p.at_bound,
            }
            for p in found.parameters
        ],
        "domain": [
            {"axis": a, "low": low, "high": high}
            for a, (low, high) in zip(found.axes, found.domain, strict=False)
        ],
        "extrapolation_limit": found.extrapolation_limit,
        "noise": found.noise,
        "n_points": found.n_points,
        "n_units": found.n_units,
        "n_scales": found.n_scales,
        "estimator": found.estimator,
        "residuals": found.residuals,
        "evidence": dict(found.evidence),
        "data_version": found.data_version,
    }


def law_finding(found: LawFinding) -> dict[str, Any]:
    """One finding about laws beside one another; ``subject`` says what was asked."""
    return {**vars(found), "group": dict(found.group)}


def differences(experiment: Experiment) -> list[dict[str, Any]]:
    """What else differs between each condition and the control, as the manifest states it."""
    control, manifest = experiment.control_condition, experiment.manifest
    if manifest is None or control is None:
        return []
    return [
        {"condition": name, "control": control, "name": one.name, "values": [one.treatment, one.control]}
        for name in experiment.conditions
        for one in manifest.confounders(name, control)
    ]


def verdict(found: Verdict) -> dict[str, Any]:
    """One verdict; ``threshold`` is a list of one number, or two for "within"."""
    return {
        "experiment": found.experiment,
        "gate": found.gate,
        "kind": found.kind,
        "group": dict(found.group),
        "outcome": found.outcome.value,
        "severity": found.severity,
        "reason": found.reason,
        "remedy": found.remedy,
        "measured": found.measured,
        "low": found.low,
        "high": found.high,
        "confidence": found.confidence,
        "operator": found.operator,
        "threshold": list(found.threshold),
        "unit": found.unit,
        "n_units": found.n_units,
        "runs_needed": found.runs_needed,
        "method": found.method,
        "distance": found.distance,
        "action": found.action,
        "owner": found.owner,
        "law_id": found.law_id,
        "is_simulated": found.is_simulated,
        "evidence": dict(found.evidence),
        "standing": found.standing,
        "standing_since": moment(found.standing_since),
        "standing_reason": found.standing_reason,
        "data_version": found.data_version,
    }


def claim(found: AuditedClaim) -> dict[str, Any]:
    """One audited claim; numbers are plain (43 % is 0.43)."""
    return {**vars(found), "outcome": found.outcome.value}


def registered(experiment: str, found: "Registered | None") -> dict[str, Any]:
    """An experiment's registrations, and how each gate stands; empty lists where nothing is registered."""
    from scaling_assets.pipeline.registering import steps_of  # other shapes do without the whole pipeline

    return {
        "experiment": experiment,
        "plan": found.plan.sequence if found and found.plan else None,
        "registrations": [
            {
                "sequence": one.sequence,
                "registered_at": moment(one.registered_at),
                "occasion": one.occasion,
                "is_after_data": one.is_after_data,
                "n_rows": one.n_rows,
                "identity": one.identity,
                "changes": [vars(change) for change in changes],
            }
            for _, one, changes in (steps_of(found.history) if found else ())
        ],
        "changes": [vars(change) for change in (found.changes if found else ())],
        "gates": [
            {
                "gate": name,
                "standing": stands.standing.value,
                "since": moment(stands.since),
                "reason": stands.reason,
                "changes": [vars(change) for change in stands.changes],
            }
            for name, stands in (found.gates.items() if found else ())
        ],
        "gone": list(found.gone) if found else [],
    }


def assigned(found: Assignment | Refusal) -> dict[str, Any]:
    """One unit's arm, or why it got none (then ``arm`` is the one that it had before, or null)."""
    if isinstance(found, Refusal):
        return {
            "unit": found.unit,
            "status": "refused",
            "arm": found.arm,
            "context": dict(found.context),
            "reason": found.reason.value,
            "message": found.message,
        }
    return {
        "unit": found.unit,
        "status": "assigned",
        "arm": found.arm,
        "block": dict(found.block),
        "position": found.position,
        "context": dict(found.context),
        "is_planned": found.is_planned,
        "assigned_at": moment(found.assigned_at),
    }


def moment(found: datetime | None) -> str | None:
    """A time as text, null where there is none."""
    return found.isoformat() if found else None


def allocation(found: Allocation) -> dict[str, Any]:
    """One allocation; ``outcome`` holds the expected value with its interval."""
    return {
        "plan": found.plan,
        "status": found.status.value,
        "reason": found.reason,
        "amounts": [
            {
                "dimension": a.dimension,
                "amount": a.amount,
                "low": a.low,
                "high": a.high,
                "unit": a.unit,
                "cost": a.cost,
                "bound_by": a.bound_by,
                "law_id": a.law_id,
            }
            for a in found.amounts
        ],
        "budget": found.budget,
        "cost": found.cost,
        "leftover": found.leftover,
        "currency": found.currency,
        "outcome": {
            "value": found.outcome,
            "low": found.outcome_low,
            "high": found.outcome_high,
            "unit": found.outcome_unit,
            "level": found.level,
        },
        "method": found.method,
        "shadow_price": found.shadow_price,
        "agreement": found.agreement,
        "baselines": dict(found.baselines),
        "cost_low": found.cost_low,
        "cost_high": found.cost_high,
        "target": found.target,
        "reaches": found.reaches,
        "risk": {"measure": found.risk, "value": found.risk_value},
        "binding": found.binding,
        "explanation": list(found.explanation),
        "inputs": [vars(one) for one in found.inputs],
        "is_simulated": found.is_simulated,
        "data_version": found.data_version,
    }


def plan_answer(found: PlanAnswer) -> dict[str, Any]:
    """One answer of the planning room; its tables as a list of cells."""
    return {
        **vars(found),
        "law_ids": list(found.law_ids),
        "figures": [vars(figure) for figure in found.figures],
        "sources": [vars(source) for source in found.sources],
    }


def prediction(found: Prediction) -> dict[str, Any]:
    """One prediction with its kind and its distance from the data."""
    return {
        "law_id": found.law_id,
        "kind": found.kind,
        "at": dict(found.at),
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "level": found.level,
        "method": found.method,
        "distance": found.distance.value,
        "ratios": dict(found.ratios),
        "decades": found.decades,
        "reason": found.reason,
    }


def appended(found: Appended) -> dict[str, Any]:
    """What became of one file."""
    return {
        "path": found.path,
        "status": found.status.value,
        "rows_read": found.rows_read,
        "rows_accepted": found.rows_accepted,
        "rows_repeated": found.rows_repeated,
        "rows_rejected": found.rows_rejected,
        "experiments": list(found.experiments),
        "message": found.message,
    }


def listed(shape: Any, found: Sequence[Any]) -> list[dict[str, Any]]:
    """The shape of every record."""
    return [shape(record) for record in found]
