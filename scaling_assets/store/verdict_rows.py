"""Verdicts as rows of two tables and back.

What belongs here: the translation, exact in both directions. What does not: judging
(``science.gates``), heads (``versions``).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.store.law_rows import plain, to_json
from scaling_assets.store.session import Session, insert
from scaling_assets.store.statements import identifier, query

_PLAIN = ("verdict_id", "gate", "kind", "reason", "remedy", "measured", "low", "high", "confidence",
          "operator", "unit", "n_units", "method", "severity", "action", "owner", "law_id", "distance",
          "runs_needed", "is_simulated", "data_version")  # fmt: skip


def write(session: Session, verdicts: Mapping[str, Sequence[Verdict]], versions: Mapping[str, str]) -> None:
    """Append each experiment's verdicts under its version."""
    rows: list[dict[str, Any]] = []
    evidence: list[dict[str, Any]] = []
    for name, found in verdicts.items():
        key = {"experiment": name, "version": versions[name]}
        rows += [_row(verdict, key, position) for position, verdict in enumerate(found)]
        evidence += [
            {**key, "verdict_id": verdict.verdict_id, "name": measure, "value": plain(value)}
            for verdict in found
            for measure, value in verdict.evidence.items()
        ]
    insert(session, identifier("ledger", "verdicts"), rows)
    insert(session, identifier("ledger", "verdict_evidence"), evidence)


def read(session: Session, versions: Mapping[str, str]) -> dict[str, list[Verdict]]:
    """Each experiment's verdicts of its version, in the order in which they were written."""
    asked = {"experiments": list(versions), "versions": list(versions.values())}
    rows = session.table(query("rows_of_versions").compose(table=identifier("ledger", "verdicts")), asked)
    evidence: dict[tuple[str, str], dict[str, float | None]] = {}
    for line in session.table(query("evidence_of_verdicts"), asked).to_pylist():
        evidence.setdefault((line["experiment"], line["verdict_id"]), {})[line["name"]] = line["value"]
    found: dict[str, list[Verdict]] = {name: [] for name in versions}
    for row in rows.to_pylist():
        key = (row["experiment"], row["verdict_id"])
        found[row["experiment"]].append(_verdict(row, evidence.get(key, {})))
    return found


def _row(verdict: Verdict, key: dict[str, str], position: int) -> dict[str, Any]:
    return {
        **key,
        "position": position,
        **{name: plain(getattr(verdict, name)) for name in _PLAIN},
        "segment": to_json(verdict.group),
        "outcome": str(verdict.outcome),
        "threshold": [float(limit) for limit in verdict.threshold],
        "standing": verdict.standing or None,
        "standing_since": verdict.standing_since,
        "standing_reason": verdict.standing_reason or None,
    }


def _verdict(row: dict[str, Any], evidence: dict[str, float | None]) -> Verdict:
    return Verdict(
        **{name: row[name] for name in _PLAIN},
        experiment=row["experiment"],
        group=json.loads(row["segment"]),
        outcome=Outcome(row["outcome"]),
        threshold=tuple(row["threshold"]),
        standing=row["standing"] or "",
        standing_since=row["standing_since"],
        standing_reason=row["standing_reason"] or "",
        evidence=evidence,
    )
