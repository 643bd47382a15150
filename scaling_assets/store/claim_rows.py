"""Audited claims as rows of one table and back.

What belongs here: the translation. What does not: recomputing (``science.claims``).
"""

from collections.abc import Sequence
from typing import Any

from scaling_assets.records.claim import AuditedClaim, Consistency
from scaling_assets.store.law_rows import plain
from scaling_assets.store.session import Session, insert, records, run
from scaling_assets.store.statements import identifier

_PLAIN = ("sheet", "claim_id", "name", "kind", "text", "source", "place", "reason", "missing", "stated", "stated_low",
          "stated_high", "derived", "derived_low", "derived_high", "off", "off_pct", "method", "experiment", "law_id",
          "is_simulated", "note", "data_version")  # fmt: skip


def replace(session: Session, audited: Sequence[AuditedClaim]) -> None:
    """Make these the only claims."""
    run(session, "drop_claims")
    positions: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for one in audited:
        position = positions[one.sheet] = positions.get(one.sheet, -1) + 1
        values = {name: plain(getattr(one, name)) for name in _PLAIN}
        rows.append({**values, "position": position, "outcome": one.outcome.value})
    insert(session, identifier("ledger", "claims"), rows)


def read(session: Session, sheet: str | None) -> list[AuditedClaim]:
    """The standing audit of a document, or of all, sorted by document."""
    return [
        AuditedClaim(outcome=Consistency(row["outcome"]), **{name: row[name] for name in _PLAIN})
        for row in records(session, "claims", sheet=sheet)
    ]
