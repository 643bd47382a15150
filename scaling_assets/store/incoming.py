"""The rows of one source on their way in: new, repeated or contradicting, and all accounted for.

What belongs here: comparing incoming rows with those that are there. What does not: what is noted about
the source (``intake``), data rules (``screening``).

Rows of all experiments that share a table go the way together, so that a file with a thousand experiments
costs a few statements.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from scaling_assets.errors import ColumnsNotDeclared, IntakeMismatch
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.observation import AcceptedRows, Rejection, Source
from scaling_assets.store.declarations import columns_of, tables_of
from scaling_assets.store.screening import screen
from scaling_assets.store.session import ARROW_TYPES, Session
from scaling_assets.store.statements import Fragment, columns, identifier, query

_PLACE = ("experiment", "observation_id", "source_id", "line")  # where a row is from; all else is content


@dataclass(frozen=True)
class Judged:
    """What became of the rows of one experiment in one source."""

    accepted: int
    repeated: int
    contradicting: tuple[Rejection, ...] = ()


def take_in(session: Session, source: Source, rules: Mapping[str, Experiment]) -> dict[str, Judged]:
    """Append the source's new rows; what became of all of them, by experiment.

    Raises:
        ColumnsNotDeclared: rows have a column that their experiment does not declare.
        IntakeMismatch: a row is not accounted for; the caller's transaction has to end without it.
    """
    tables = tables_of(session, [a.experiment for a in source.accepted])
    groups: dict[tuple[str, bool, tuple[str, ...]], list[AcceptedRows]] = {}
    for accepted in source.accepted:
        key = (tables[accepted.experiment].text, accepted.has_key, tuple(map(str, accepted.rows.columns)))
        groups.setdefault(key, []).append(accepted)
    judged: dict[str, Judged] = {}
    for position, ((text, has_key, _), together) in enumerate(groups.items()):
        table = Fragment(text)
        types = columns_of(session, table)
        rows = _typed(source, together, types)
        if has_key:
            found = _append_new(session, source, table, rows, types, position)
        else:
            session.insert(table, rows)
            found = {a.experiment: Judged(len(a.rows), 0) for a in together}
        _account(session, source, table, together, found)
        judged |= found
    broken = screen(
        session, source, [a for a in source.accepted if judged[a.experiment].accepted], rules, tables
    )
    for name, rejections in broken.items():
        before = judged[name]
        contradicting = (*before.contradicting, *rejections)
        judged[name] = Judged(before.accepted - len(rejections), before.repeated, contradicting)
    return {a.experiment: judged[a.experiment] for a in source.accepted}


def _append_new(
    session: Session,
    source: Source,
    table: Fragment,
    rows: pa.Table,
    types: Mapping[str, str],
    position: int,
) -> dict[str, Judged]:
    incoming, judged = identifier(f"incoming_{position}"), identifier(f"judged_{position}")
    content = [name for name in types if name not in _PLACE]
    is_same = " and ".join(
        f"{columns([name], 'numbered').text} is not distinct from {columns([name], 'reference').text}"
        for name in content
    )
    session.stage(f"incoming_{position}", rows, table)
    statement = query("judge_incoming").compose(
        judged=judged, incoming=incoming, rows=table, content=columns(content), is_same=Fragment(is_same)
    )
    session.run(statement)
    fates: dict[str, Counter[str]] = {}
    for line in session.table(query("fates").compose(judged=judged)).to_pylist():
        fates.setdefault(line["experiment"], Counter())[line["fate"]] += int(line["n_rows"])
    contradicting: dict[str, list[Rejection]] = {}
    if any(counted["contradicting"] for counted in fates.values()):
        statement = query("contradictions").compose(
            judged=judged,
            incoming=incoming,
            rows=table,
            ours=_aliased("incoming", content, "ours"),
            theirs=_aliased("earlier", content, "theirs"),
        )
        for line in session.table(statement, {"path": source.stamp.path}).to_pylist():
            contradicting.setdefault(line["experiment"], []).append(_contradiction(content, line))
    session.run(
        query("accept_judged").compose(rows=table, columns=columns(types), incoming=incoming, judged=judged)
    )
    return {
        name: Judged(counted["new"], counted["repeated"], tuple(contradicting.get(name, ())))
        for name, counted in fates.items()
    }


def _account(
    session: Session,
    source: Source,
    table: Fragment,
    together: Sequence[AcceptedRows],
    judged: Mapping[str, Judged],
) -> None:
    """Every row was judged, and every new one is there; raising undoes the whole intake."""
    statement = query("rows_of_source").compose(rows=table)
    found = session.table(statement, {"source_id": source.source_id}).to_pylist()
    held = {line["experiment"]: int(line["n_rows"]) for line in found}
    for accepted in together:
        outcome = judged.get(accepted.experiment, Judged(0, 0))
        total = outcome.accepted + outcome.repeated + len(outcome.contradicting)
        for there, given in (
            (total, len(accepted.rows)),
            (held.get(accepted.experiment, 0), outcome.accepted),
        ):
            if there != given:
                raise IntakeMismatch(
                    given=given, path=source.stamp.path, experiment=accepted.experiment, found=there
                )


def _typed(source: Source, together: Sequence[AcceptedRows], types: Mapping[str, str]) -> pa.Table:
    """The rows as one Arrow table with the recorded types, by experiment and in order of line."""
    first = together[0].rows
    unknown = [str(name) for name in first.columns if name not in types and name != "content"]
    if unknown:
        raise ColumnsNotDeclared(experiment=together[0].experiment, columns=", ".join(sorted(unknown)))
    frame = first if len(together) == 1 else pd.concat([a.rows for a in together], ignore_index=True)
    sizes = [len(a.rows) for a in together]
    of = np.repeat(np.arange(len(together)), sizes)
    order = np.lexsort((frame["line"].to_numpy(), of))
    is_ordered = bool((order == np.arange(len(order))).all())
    arrays = {}
    for name, kind in types.items():
        if name in frame.columns:
            column = pa.array(frame[name], type=ARROW_TYPES[kind], from_pandas=True)
            arrays[name] = column if is_ordered else column.take(pa.array(order))
        else:
            arrays[name] = pa.nulls(len(frame), type=ARROW_TYPES[kind])
    names = pa.array([a.experiment for a in together], type=pa.string())
    arrays["experiment"] = names.take(pa.array(of))
    arrays["source_id"] = pa.repeat(source.source_id, len(frame))
    return pa.table(arrays)


def _aliased(table: str, names: list[str], prefix: str) -> Fragment:
    return Fragment(", ".join(f"{columns([n], table).text} as {prefix}_{i}" for i, n in enumerate(names)))


def _contradiction(content: list[str], line: Mapping[str, Any]) -> Rejection:
    ours = {name: line[f"ours_{i}"] for i, name in enumerate(content)}
    theirs = {name: line[f"theirs_{i}"] for i, name in enumerate(content)}
    different = [name for name in content if ours[name] != theirs[name]]
    was = ", ".join(f"{name} {theirs[name]}" for name in different)
    return Rejection(
        experiment=line["experiment"],
        line=int(line["line"]),
        field=", ".join(different),
        value=", ".join(str(ours[name]) for name in different),
        reason=(
            f"the same key came in before, at line {line['earlier_line']} of {line['earlier_path']}, "
            f"with other content ({was})"
        ),
        remedy="If this row is right, give it a key of its own; a row that was taken in is never changed.",
        raw=json.dumps({k: v for k, v in ours.items() if v is not None}, default=str),
    )
