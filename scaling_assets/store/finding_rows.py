"""Findings about laws as rows of one table and back.

What belongs here: the translation. What does not: comparing (``science.comparing``), the laws themselves
(``law_rows``), whose version findings share.
"""

import json
from collections.abc import Mapping, Sequence

from scaling_assets.records.comparison import LawFinding
from scaling_assets.store.law_rows import plain, to_json
from scaling_assets.store.session import Session, insert
from scaling_assets.store.statements import identifier, query

_PLAIN = ("question", "metric", "family", "subject", "name", "answer", "value", "low", "high", "level", "p_value",
          "reason", "method", "is_simulated")  # fmt: skip


def write(
    session: Session, findings: Mapping[str, Sequence[LawFinding]], versions: Mapping[str, str]
) -> None:
    """Append each experiment's findings under the version of its laws."""
    insert(session, identifier("ledger", "law_findings"), [
        {
            "experiment": name, "version": versions[name], "position": position, "segment": to_json(one.group),
            **{field: plain(getattr(one, field)) for field in _PLAIN},
        }
        for name, found in findings.items()
        for position, one in enumerate(found)
    ])  # fmt: skip


def read(session: Session, versions: Mapping[str, str]) -> dict[str, list[LawFinding]]:
    """Each experiment's findings of its version of the laws, in the order in which they were written."""
    statement = query("rows_of_versions").compose(table=identifier("ledger", "law_findings"))
    rows = session.table(statement, {"experiments": list(versions), "versions": list(versions.values())})
    found: dict[str, list[LawFinding]] = {name: [] for name in versions}
    for row in rows.to_pylist():
        values = {field: row[field] for field in _PLAIN}
        found[row["experiment"]].append(
            LawFinding(experiment=row["experiment"], group=json.loads(row["segment"]), **values)
        )
    return found
