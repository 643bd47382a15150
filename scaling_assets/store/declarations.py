"""From declarations to typed tables of rows and views with derived metrics.

What belongs here: which table holds an experiment's rows, and the view over them. What does not: how
declared expressions enter a statement (``expressions``), rows (``intake``), sums (``reduction``).

Experiments whose rows have the same columns share one table ``recorded.rows_<hash of the columns>``, so
that a file with rows of a thousand experiments is one insert and reducing them one query; a table each
would cost a block of the file and a statement for every single one. An experiment ``e`` has the view
``observations.e`` (declared columns and derived metrics). Columns that a later declaration drops stay in
its table, so that nothing measured is lost; the view leaves them out. New columns move its rows to the
table that has them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from scaling_assets.errors import UnknownName
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.store.expressions import (
    DECLARED_AS,
    ROW_COLUMNS,
    numeric,
    only,
    probe,
    problem,
    recorded,
    view_columns,
)
from scaling_assets.store.session import SQL_TYPES, Session, records
from scaling_assets.store.statements import Fragment, columns, identifier, literal, query

_LAYOUT = 2  # part of the declaration's hash: raise it when tables or views are built in another way


def rows_table(session: Session, experiment: str) -> Fragment:
    """The table of an experiment's raw rows.

    Raises:
        UnknownName: the experiment has not been declared to this store.
    """
    return tables_of(session, [experiment])[experiment]


def tables_of(session: Session, names: Sequence[str]) -> dict[str, Fragment]:
    """The tables of these experiments' raw rows, each experiment in the order given.

    Raises:
        UnknownName: one has not been declared to this store.
    """
    found = {line["experiment"]: line["rows_table"] for line in _declared(session, names)}
    for name in names:
        if found.get(name) is None:
            known = ", ".join(line["experiment"] for line in records(session, "declared_experiments"))
            raise UnknownName(kind="experiment", name=name, known=known or "none")
    return {name: identifier("recorded", found[name]) for name in names}


def columns_of(session: Session, table: Fragment) -> dict[str, str]:
    """Columns of a table of rows and their declared types; empty when there is no such table."""
    name = table.text.split(".")[-1].strip('"')
    found = records(session, "recorded_columns", rows_table=name)
    return {line["name"]: DECLARED_AS.get(line["type"], line["type"]) for line in found}


def observations_view(experiment: str) -> Fragment:
    """The view with derived metrics."""
    return identifier("observations", experiment)


def declare(session: Session, experiments: Iterable[Experiment]) -> None:
    """Record declarations; where they changed, find or make their tables and replace their views.

    Raises:
        DeclarationProblem: a column changed its type, or the database refuses an expression.
    """
    given = {experiment.name: experiment for experiment in experiments}
    digests = {name: _digest(experiment) for name, experiment in given.items()}
    before = {line["experiment"]: line for line in _declared(session, list(given))}
    changed = [
        experiment
        for name, experiment in given.items()
        if before.get(name, {}).get("declaration_hash") != digests[name]
    ]
    if not changed:
        return
    made: dict[str, dict[str, str]] = {}
    lines = []
    for experiment in changed:
        former = before.get(experiment.name)
        table = _table_for(session, experiment, former, made)
        _replace_view(session, experiment, identifier("recorded", table), former is not None)
        lines.append(_line(experiment, table, digests[experiment.name]))
    session.stage("declared_now", pa.Table.from_pylist(lines), identifier("ledger", "experiments"))
    session.run(query("note_declarations"))


def adopt(session: Session) -> None:
    """Bring the rows of a store that had a table for each experiment into the shared ones."""
    found = records(session, "experiments_without_rows")
    declare(session, [Experiment.model_validate_json(line["declaration"]) for line in found])


def _declared(session: Session, names: Sequence[str]) -> list[dict[str, Any]]:
    return records(session, "declared_as", experiments=list(names))


def _digest(experiment: Experiment) -> str:
    return content_id(_LAYOUT, experiment.model_dump_json())


def _line(experiment: Experiment, table: str, digest: str) -> dict[str, Any]:
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "mode": experiment.mode,
        "is_simulated": experiment.is_simulated,
        "owner": experiment.owner,
        "declaration": experiment.model_dump_json(),
        "declaration_hash": digest,
        "rows_table": table,
    }


def _table_for(
    session: Session,
    experiment: Experiment,
    former: Mapping[str, Any] | None,
    made: dict[str, dict[str, str]],
) -> str:
    """The name of the table for these columns and all that the experiment had before, with its rows in it."""
    types = {**ROW_COLUMNS, **experiment.column_types}
    there: dict[str, str] = {}
    source = ""
    if former is not None:
        source = former["rows_table"] or experiment.name
        there = made[source] if source in made else columns_of(session, identifier("recorded", source))
        _refuse_other_types(experiment, there, types)
    whole = {**{name: kind for name, kind in there.items() if name != "experiment"}, **types}
    table = f"rows_{content_id(sorted(whole.items()))}"
    if table not in made:
        made[table] = columns_of(session, identifier("recorded", table)) or _make(session, table, whole)
    if source not in ("", table):
        _move(session, experiment.name, source, table, there)
    return table


def _refuse_other_types(experiment: Experiment, there: Mapping[str, str], types: Mapping[str, str]) -> None:
    for name, kind in types.items():
        if name in there and there[name] != kind:
            raise problem(
                experiment,
                name,
                f"rows are recorded with {name} as {there[name]}, the declaration now says {kind}",
                f"Declare the {kind} under a new name, or declare {name} as {there[name]} again.",
            )


def _make(session: Session, table: str, types: Mapping[str, str]) -> dict[str, str]:
    named = {"experiment": "text", **types}
    listing = ", ".join(f"{identifier(name).text} {SQL_TYPES[kind]}" for name, kind in named.items())
    rows = identifier("recorded", table)
    session.run(query("create_recorded").compose(rows=rows, columns=Fragment(listing)))
    if session.has_cheap_indexes:
        session.run(query("index_recorded").compose(rows=rows))
    return named


def _move(session: Session, name: str, source: str, table: str, there: Mapping[str, str]) -> None:
    """The experiment's rows, from the table that lacks a column (or was its own) to the shared one."""
    own = "experiment" not in there
    carried = [column for column in there if column != "experiment"]
    rows = identifier("recorded", source)
    session.run(query("drop_observations").compose(observations=observations_view(name)))
    session.run(query("move_recorded").compose(
        rows=identifier("recorded", table), source=rows, columns=columns(carried), experiment=literal(name),
        condition=Fragment("true" if own else only(name)),
    ))  # fmt: skip
    if own:
        session.run(query("drop_recorded").compose(rows=rows))
    else:
        session.run(query("drop_moved").compose(rows=rows, condition=Fragment(only(name))))


def _replace_view(session: Session, experiment: Experiment, table: Fragment, is_there: bool) -> None:
    shown = view_columns(session, experiment, table)
    for metric in experiment.metrics:
        if metric.kind == "quantile" and metric.formula is not None:
            numeric(session, experiment, table, f"metrics.{metric.name}.formula", metric.formula)
    for rule in experiment.rules:
        probe(session, experiment, table, f"rules.{rule.name}.condition", rule.condition, ("boolean",))
    view = observations_view(experiment.name)
    if is_there:
        session.run(query("drop_observations").compose(observations=view))
    session.run(query("create_observations").compose(
        observations=view, shown=shown, rows=recorded(session, experiment, table),
        condition=Fragment(only(experiment.name)),
    ))  # fmt: skip
