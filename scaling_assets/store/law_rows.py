"""Laws as rows of four tables and back.

What belongs here: the translation, exact in both directions (draws to the last bit). What does not:
fitting (``science.fitting``).
"""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.store.session import Session, insert
from scaling_assets.store.statements import identifier, query

_PLAIN = ("law_id", "question", "metric", "family", "reason", "estimator", "residuals", "noise", "n_points",
          "n_units", "n_scales", "extrapolation_limit", "seed", "code_version", "data_version", "is_leading",
          "leading_reason", "is_simulated")  # fmt: skip
Line = dict[str, Any]
TABLES = ("laws", "law_parameters", "law_evidence", "law_draws")
_ESTIMATE = ("name", "value", "low", "high", "level", "method", "unit", "role")


def write(session: Session, experiment: str, laws: Sequence[Law], version: str) -> None:
    """Append the laws with all their parts under the version."""
    key = {"experiment": experiment, "version": version}
    lines: dict[str, list[Line]] = {name: [] for name in TABLES}
    for position, law in enumerate(laws):
        of_law = {**key, "law_id": law.law_id}
        lines["laws"].append(_row(law, key, position))
        for at, estimate in enumerate(law.parameters):
            values = {name: plain(getattr(estimate, name)) for name in _ESTIMATE}
            lines["law_parameters"].append(
                {**of_law, "position": at, **values, "is_at_bound": bool(estimate.at_bound)}
            )
            if law.draws.shape[0]:
                draws = np.asarray(law.draws[:, at], dtype=float).tolist()
                lines["law_draws"].append({**of_law, "position": at, "draws": draws})
        lines["law_evidence"] += [
            {**of_law, "name": name, "value": plain(value)} for name, value in law.evidence.items()
        ]
    for table, rows in lines.items():
        insert(session, identifier("ledger", table), rows)


def read(session: Session, experiment: str, version: str) -> list[Law]:
    """The laws of a version, in the order in which they were written."""
    at = {"experiment": experiment, "version": version}
    rows = session.table(query("rows_of_version").compose(table=identifier("ledger", "laws")), at).to_pylist()
    parameters = parts(session, "law_parameters", "law_id", "position", at)
    evidence = parts(session, "law_evidence", "law_id", "name", at)
    draws = parts(session, "law_draws", "law_id", "position", at)
    return [
        _law(
            row,
            parameters.get(row["law_id"], []),
            evidence.get(row["law_id"], []),
            draws.get(row["law_id"], []),
        )
        for row in rows
    ]


def parts(session: Session, table: str, owner: str, order: str, at: dict[str, str]) -> dict[str, list[Line]]:
    """The lines of a table of parts, by the row that they belong to."""
    statement = query("parts_of_version").compose(
        table=identifier("ledger", table), owner=identifier(owner), order=identifier(order)
    )
    found: pa.Table = session.table(statement, at)
    return {name: list(lines) for name, lines in groupby(found.to_pylist(), key=lambda line: line[owner])}


def plain(value: Any) -> Any:
    """A numpy scalar as the Python value it stands for, an enumeration as its text."""
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, str) else value


def to_json(values: Any) -> str:
    """A segment as JSON; true, 1, 1.0 and "1" stay what they are."""
    return json.dumps({name: plain(value) for name, value in values.items()})


def _row(law: Law, key: dict[str, str], position: int) -> dict[str, Any]:
    return {
        **key,
        "position": position,
        **{name: plain(getattr(law, name)) for name in _PLAIN},
        "axes": list(law.axes),
        "segment": to_json(law.group),
        "status": str(law.status),
        "domain_low": [float(low) for low, _ in law.domain],
        "domain_high": [float(high) for _, high in law.domain],
    }


def _law(
    row: dict[str, Any],
    parameters: list[dict[str, Any]],
    evidence: list[dict[str, Any]],
    draws: list[dict[str, Any]],
) -> Law:
    estimates = tuple(
        ParameterEstimate(**{name: line[name] for name in _ESTIMATE}, at_bound=line["is_at_bound"])
        for line in parameters
    )
    drawn = np.column_stack([line["draws"] for line in draws]) if draws else np.empty((0, len(estimates)))
    return Law(
        **{name: row[name] for name in _PLAIN},
        experiment=row["experiment"],
        axes=tuple(row["axes"]),
        group=json.loads(row["segment"]),
        status=LawStatus(row["status"]),
        domain=tuple(zip(row["domain_low"], row["domain_high"], strict=True)),
        parameters=estimates,
        draws=drawn.astype(float),
        evidence={line["name"]: line["value"] for line in evidence},
    )
