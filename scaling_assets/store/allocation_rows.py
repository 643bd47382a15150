"""Allocations as rows of four tables and back, and the history of answers.

What belongs here: the translation, exact in both directions. What does not: searching
(``science.allocation``).
"""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from scaling_assets.records.allocation import AllocatedAmount, Allocation, AllocationInput, AllocationStatus
from scaling_assets.store.law_rows import plain
from scaling_assets.store.session import Session, insert, records, run
from scaling_assets.store.statements import identifier, query

_PLAIN = ("allocation_id", "reason", "budget", "cost", "leftover", "currency", "outcome", "outcome_low",
          "outcome_high", "outcome_unit", "level", "method", "shadow_price", "agreement", "is_simulated",
          "data_version", "title", "owner", "direction", "target", "risk", "risk_value", "cost_low", "cost_high",
          "reaches", "binding")  # fmt: skip
_TEXTS = ("title", "owner", "direction", "risk", "binding")  # null in rows from before they were kept
_AMOUNT = ("dimension", "amount", "low", "high", "unit", "cost", "law_id", "bound_by")
_INPUT = ("noun", "role", "experiment", "identity", "text")
_NOTED = ("plan", "allocation_id", "data_version", "reason", "budget", "cost", "outcome", "outcome_low",
          "outcome_high", "outcome_unit", "binding")  # fmt: skip
_TABLES = ("allocations", "allocation_amounts", "allocation_baselines", "allocation_inputs")


def replace(session: Session, plan: str, allocations: Sequence[Allocation]) -> None:
    """Make these the only allocations of the plan."""
    for table in _TABLES:
        session.run(query("drop_plan").compose(table=identifier("ledger", table)), {"plan": plan})
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _TABLES}
    for position, allocation in enumerate(allocations):
        values = {name: plain(getattr(allocation, name)) for name in _PLAIN}
        rows["allocations"].append(
            {"plan": plan, "position": position, **values, "status": str(allocation.status),
             "explanation": json.dumps(list(allocation.explanation))}
        )  # fmt: skip
        key = {"plan": plan, "allocation_id": allocation.allocation_id}
        for at, amount in enumerate(allocation.amounts):
            values = {name: plain(getattr(amount, name)) for name in _AMOUNT}
            rows["allocation_amounts"].append({**key, "position": at, **values})
        for at, (policy, outcome) in enumerate(allocation.baselines.items()):
            rows["allocation_baselines"].append(
                {**key, "position": at, "policy": policy, "outcome": plain(outcome)}
            )
        for at, one in enumerate(allocation.inputs):
            values = {name: getattr(one, name) for name in _INPUT}
            rows["allocation_inputs"].append({**key, "position": at, **values})
        _note(session, allocation)
    for table, lines in rows.items():
        insert(session, identifier("ledger", table), lines)


def read(session: Session, plan: str | None) -> list[Allocation]:
    """The standing allocations of a plan, or of all."""
    amounts = _by_allocation(records(session, "allocation_amounts", plan=plan))
    baselines = _by_allocation(records(session, "allocation_baselines", plan=plan))
    inputs = _by_allocation(records(session, "allocation_inputs", plan=plan))
    return [
        Allocation(
            **_plain_fields(row),
            plan=row["plan"],
            status=AllocationStatus(row["status"]),
            amounts=tuple(_amount(line) for line in amounts.get(_key(row), [])),
            baselines={line["policy"]: line["outcome"] for line in baselines.get(_key(row), [])},
            explanation=tuple(json.loads(row["explanation"] or "[]")),
            inputs=tuple(
                AllocationInput(**{name: line[name] for name in _INPUT}) for line in inputs.get(_key(row), [])
            ),
        )
        for row in records(session, "allocations", plan=plan)
    ]


def _plain_fields(row: dict[str, Any]) -> dict[str, Any]:
    return {name: (row[name] or "") if name in _TEXTS else row[name] for name in _PLAIN}


def _note(session: Session, allocation: Allocation) -> None:
    amounts = {a.dimension: plain(a.amount) for a in allocation.amounts}
    noted = {name: plain(getattr(allocation, name)) for name in _NOTED}
    run(session, "note_allocation", **noted, status=str(allocation.status), amounts=json.dumps(amounts))


def _amount(line: dict[str, Any]) -> AllocatedAmount:
    return AllocatedAmount(**{name: line[name] for name in _AMOUNT})


def _key(line: dict[str, Any]) -> tuple[str, str]:
    return line["plan"], line["allocation_id"]


def _by_allocation(lines: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    return {key: list(of_key) for key, of_key in groupby(lines, key=_key)}
