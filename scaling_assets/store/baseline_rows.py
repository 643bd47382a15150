"""Baselines as rows of four tables and back.

What belongs here: the translation, exact in both directions, and the version that a baseline gets. What does not:
taking and comparing baselines (``science.comparing``). No statement here changes or deletes a line.
"""

import json
from collections.abc import Mapping
from datetime import UTC
from itertools import groupby
from typing import Any

from scaling_assets.records.baseline import (
    Baseline,
    BaselineEntry,
    BaselineLaw,
    BaselinePart,
    CertifiedMetric,
)
from scaling_assets.store.law_rows import to_json
from scaling_assets.store.session import Session, insert, records
from scaling_assets.store.statements import columns, identifier, query

_LAW = (
    "experiment",
    "question",
    "metric",
    "metric_unit",
    "family",
    "residuals",
    "law_id",
    "n_units",
    "is_simulated",
)
_PART = ("name", "role", "unit", "value", "low", "high", "confidence", "estimate", "standard_error",
         "degrees_of_freedom", "is_log", "worse")  # fmt: skip
_METRIC = ("experiment", "metric", "unit", "value", "low", "high", "confidence", "method", "n_units")


def save(session: Session, baseline: Baseline) -> Baseline:
    """Keep it as the next version of its name, or find that the newest one has the very same content."""
    newest = records(session, "newest_baseline", baseline=baseline.name)
    if newest and newest[0]["baseline_id"] == baseline.baseline_id:
        return baseline.model_copy(update={"version": newest[0]["version"]})
    kept = baseline.model_copy(update={"version": newest[0]["version"] + 1 if newest else 1})
    key = {"baseline": kept.name, "version": kept.version}
    insert(session, identifier("ledger", "baselines"), [{
        **key, "baseline_id": kept.baseline_id, "certified_by": kept.certified_by, "reason": kept.reason,
        "certified_at": kept.certified_at, "program": kept.program, "n_laws": len(kept.laws),
        "n_metrics": len(kept.metrics),
    }])  # fmt: skip
    insert(session, identifier("ledger", "baseline_laws"), [
        {
            **key, "position": at, **{name: getattr(law, name) for name in _LAW}, "segment": to_json(law.group),
            "hardware": json.dumps(law.hardware), "axes": list(law.axes), "centre": list(law.centre),
            "domain_low": [low for low, _ in law.domain], "domain_high": [high for _, high in law.domain],
            "units": list(law.units),
        }
        for at, law in enumerate(kept.laws)
    ])  # fmt: skip
    insert(session, identifier("ledger", "baseline_parts"), [
        {**key, "law": at, "position": place, **{name: getattr(part, name) for name in _PART}}
        for at, law in enumerate(kept.laws)
        for place, part in enumerate(law.parts)
    ])  # fmt: skip
    insert(session, identifier("ledger", "baseline_metrics"), [
        {**key, "position": at, **{name: getattr(metric, name) for name in _METRIC}, "cell": to_json(metric.cell)}
        for at, metric in enumerate(kept.metrics)
    ])  # fmt: skip
    return kept


def entries(session: Session, name: str | None) -> list[BaselineEntry]:
    """All versions of a name, or of all names, oldest first."""
    return [
        BaselineEntry(
            line["baseline"], line["version"], line["baseline_id"], line["certified_by"], line["reason"],
            line["certified_at"].astimezone(UTC), line["n_laws"], line["n_metrics"],
        )
        for line in records(session, "baselines", baseline=name)
    ]  # fmt: skip


def read(session: Session, name: str, version: int | None) -> Baseline | None:
    """One version of a name, the newest where none is given; None where there is none."""
    lines = [one for one in records(session, "baselines", baseline=name) if version in (None, one["version"])]
    if not lines:
        return None
    head = lines[-1]
    parts = {
        law: tuple(BaselinePart(**{field: line[field] for field in _PART}) for line in group)
        for law, group in groupby(
            _rows(session, head, "baseline_parts", "law", "position"), lambda line: line["law"]
        )
    }
    return Baseline(
        name=name,
        version=head["version"],
        baseline_id=head["baseline_id"],
        certified_by=head["certified_by"],
        reason=head["reason"],
        certified_at=head["certified_at"].astimezone(UTC),
        program=head["program"],
        laws=tuple(
            _law(line, parts[line["position"]]) for line in _rows(session, head, "baseline_laws", "position")
        ),
        metrics=tuple(
            CertifiedMetric(**{field: line[field] for field in _METRIC}, cell=json.loads(line["cell"]))
            for line in _rows(session, head, "baseline_metrics", "position")
        ),
    )


def _law(line: Mapping[str, Any], parts: tuple[BaselinePart, ...]) -> BaselineLaw:
    return BaselineLaw(
        **{field: line[field] for field in _LAW},
        group=json.loads(line["segment"]),
        hardware={column: tuple(values) for column, values in json.loads(line["hardware"]).items()},
        axes=tuple(line["axes"]),
        domain=tuple(zip(line["domain_low"], line["domain_high"], strict=True)),
        centre=tuple(line["centre"]),
        units=tuple(line["units"]),
        parts=parts,
    )


def _rows(session: Session, head: Mapping[str, Any], table: str, *order: str) -> list[dict[str, Any]]:
    statement = query("rows_of_baseline").compose(table=identifier("ledger", table), order=columns(order))
    return session.table(statement, {"baseline": head["baseline"], "version": head["version"]}).to_pylist()
