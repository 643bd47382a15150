"""Answers to plans as rows of three tables and back.

What belongs here: the translation, exact in both directions. What does not: answering (``science.planning``).
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from scaling_assets.records.planned import Figure, PlanAnswer, PlanSource
from scaling_assets.store.law_rows import plain
from scaling_assets.store.session import Session, insert, records
from scaling_assets.store.statements import identifier, query

_PLAIN = ("plan", "kind", "answer_id", "title", "status", "headline", "reason", "remedy", "level", "method",
          "is_simulated", "owner", "data_version")  # fmt: skip
_FIGURE = ("part", "item", "quantity", "value", "low", "high", "unit", "text", "status", "method")
_SOURCE = ("noun", "name", "version")
_TABLES = ("plan_answers", "plan_figures", "plan_sources")


def replace(session: Session, kind: str, answers: Sequence[PlanAnswer]) -> None:
    """Make these the only answers of the kind."""
    for table in _TABLES:
        session.run(query("drop_plan_kind").compose(table=identifier("ledger", table)), {"kind": kind})
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _TABLES}
    for answer in answers:
        rows["plan_answers"].append({name: plain(getattr(answer, name)) for name in _PLAIN})
        key = {"kind": kind, "plan": answer.plan, "answer_id": answer.answer_id}
        for table, names, parts in (
            ("plan_figures", _FIGURE, answer.figures),
            ("plan_sources", _SOURCE, answer.sources),
        ):
            for position, part in enumerate(parts):
                values = {name: plain(getattr(part, name)) for name in names}
                rows[table].append({**key, "position": position, **values})
    for table, lines in rows.items():
        insert(session, identifier("ledger", table), lines)


def read(session: Session, kind: str | None, plan: str | None) -> list[PlanAnswer]:
    """The standing answers, sorted by kind and plan."""
    chosen = {"kind": kind, "plan": plan}
    figures = _by_plan(records(session, "plan_figures", **chosen))
    sources = _by_plan(records(session, "plan_sources", **chosen))
    found = []
    for row in records(session, "plan_answers", **chosen):
        read_from = tuple(
            PlanSource(**{name: line[name] for name in _SOURCE}) for line in sources.get(_key(row), [])
        )
        found.append(
            PlanAnswer(
                **{name: row[name] for name in _PLAIN},
                figures=tuple(
                    Figure(**{name: line[name] for name in _FIGURE}) for line in figures.get(_key(row), [])
                ),
                law_ids=tuple(source.version for source in read_from if source.noun == "law"),
                sources=read_from,
            )
        )
    return found


def _key(line: dict[str, Any]) -> tuple[str, str]:
    return line["kind"], line["plan"]


def _by_plan(lines: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    return {key: list(of_plan) for key, of_plan in groupby(lines, key=_key)}
