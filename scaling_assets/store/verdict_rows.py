"""Verdicts as rows of two tables and back.

What belongs here: the translation, exact in both directions. What does not: judging
(``science.gates``), heads (``versions``).
"""

import json
from collections.abc import Sequence
from typing import Any

from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.store.law_rows import parts, plain, to_json
from scaling_assets.store.session import Session, insert
from scaling_assets.store.statements import identifier, query

_PLAIN = ("verdict_id", "gate", "kind", "reason", "remedy", "measured", "low", "high", "confidence",
          "operator", "unit", "n_units", "method", "severity", "action", "owner", "law_id", "distance",
          "runs_needed", "is_simulated", "data_version")  # fmt: skip


def write(session: Session, experiment: str, verdicts: Sequence[Verdict], version: str) -> None:
    """Append the verdicts under the version."""
    key = {"experiment": experiment, "version": version}
    rows: list[dict[str, Any]] = []
    evidence: list[dict[str, Any]] = []
    for position, verdict in enumerate(verdicts):
        rows.append({
            **key,
            "position": position,
            **{name: plain(getattr(verdict, name)) for name in _PLAIN},
            "segment": to_json(verdict.group),
            "outcome": str(verdict.outcome),
            "threshold": [float(limit) for limit in verdict.threshold],
        })  # fmt: skip
        evidence += [
            {**key, "verdict_id": verdict.verdict_id, "name": name, "value": plain(value)}
            for name, value in verdict.evidence.items()
        ]
    insert(session, identifier("ledger", "verdicts"), rows)
    insert(session, identifier("ledger", "verdict_evidence"), evidence)


def read(session: Session, experiment: str, version: str) -> list[Verdict]:
    """The verdicts of a version, in the order in which they were written."""
    at = {"experiment": experiment, "version": version}
    rows = session.table(query("rows_of_version").compose(table=identifier("ledger", "verdicts")), at)
    evidence = parts(session, "verdict_evidence", "verdict_id", "name", at)
    return [
        Verdict(
            **{name: row[name] for name in _PLAIN},
            experiment=row["experiment"],
            group=json.loads(row["segment"]),
            outcome=Outcome(row["outcome"]),
            threshold=tuple(row["threshold"]),
            evidence={line["name"]: line["value"] for line in evidence.get(row["verdict_id"], [])},
        )
        for row in rows.to_pylist()
    ]
