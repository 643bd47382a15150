"""Registrations and assignments as rows and back.

What belongs here: the translation. What does not: which declarations differ (``science.registration``), which
arm a unit gets (``science.assignment``), turns (``designs``).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from scaling_assets.records.assignment import Assignment, Decision, Refusal, Tally
from scaling_assets.records.registration import Registration
from scaling_assets.store.law_rows import to_json
from scaling_assets.store.session import Session, insert, records, run
from scaling_assets.store.statements import identifier


def register(session: Session, registrations: Sequence[Registration]) -> None:
    """Keep those whose content differs from the newest of their experiment, with the next sequence."""
    if not registrations:
        return
    lines = [
        {
            "experiment": r.experiment,
            "registration_hash": r.identity,
            "declaration": r.declaration,
            "occasion": r.occasion,
            "registered_at": r.registered_at,
        }
        for r in registrations
    ]
    session.stage("registering", pa.Table.from_pylist(lines), identifier("ledger", "registrations"))
    run(session, "note_registrations")


def registrations(session: Session, experiments: Sequence[str]) -> dict[str, list[Registration]]:
    """The registrations of each experiment, oldest first; an empty list where there are none."""
    found: dict[str, list[Registration]] = {name: [] for name in experiments}
    for line in records(session, "registrations_of", experiments=list(experiments)):
        found[line["experiment"]].append(
            Registration(
                experiment=line["experiment"],
                sequence=line["sequence"],
                identity=line["registration_hash"],
                declaration=line["declaration"],
                occasion=line["occasion"],
                is_after_data=line["is_after_data"],
                n_rows=line["n_rows"],
                registered_at=line["registered_at"],
            )
        )
    return found


def assign(
    session: Session, experiment: str, units: Sequence[str], decide: Callable[[Tally], Decision]
) -> Decision:
    """Let the decision be made from what stands in this transaction, and keep what is new of it."""
    known = {
        line["unit"]: _assignment(line)
        for line in records(session, "assigned_units", experiment=experiment, units=list(units))
    }
    counts: dict[tuple[tuple[str, str], ...], dict[str, int]] = {}
    for line in records(session, "assignment_counts", experiment=experiment):
        block = tuple((str(column), str(value)) for column, value in json.loads(line["block_key"]))
        counts.setdefault(block, {})[line["arm"]] = line["n_units"]
    decision = decide(Tally(known, counts))
    insert(session, identifier("ledger", "assignments"), [_row(a) for a in decision.new])
    insert(session, identifier("ledger", "assignment_refusals"), [_refusal(r) for r in decision.refused])
    return decision


def assignments(session: Session, experiment: str) -> list[Assignment]:
    """All assignments of an experiment, in the order in which they were made."""
    return [_assignment(line) for line in records(session, "assignments_of", experiment=experiment)]


def _row(assignment: Assignment) -> dict[str, Any]:
    return {
        "experiment": assignment.experiment,
        "unit": assignment.unit,
        "arm": assignment.arm,
        "block_key": json.dumps(sorted(assignment.block.items())),
        "block": to_json(assignment.block),
        "position": assignment.position,
        "context": to_json(assignment.context),
        "is_planned": assignment.is_planned,
        "assigned_at": assignment.assigned_at,
    }


def _assignment(line: Mapping[str, Any]) -> Assignment:
    return Assignment(
        **{
            **{name: line[name] for name in ("experiment", "unit", "arm", "position", "is_planned")},
            "block": json.loads(line["block"]),
            "context": json.loads(line["context"]),
            "assigned_at": line["assigned_at"],
        }
    )


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "experiment": refusal.experiment,
        "unit": refusal.unit,
        "reason": str(refusal.reason),
        "message": refusal.message,
        "context": to_json(refusal.context),
        "refused_at": refusal.refused_at,
    }
