"""From a declaration to a typed table of rows and a view with derived metrics.

What belongs here: columns, types, and how declared SQL expressions enter a statement. What does
not: rows (``intake``), sums (``reduction``).

An experiment ``e`` has the table ``recorded.e`` (raw rows, never shown) and the view
``observations.e`` (declared columns and derived metrics). Columns that a later declaration drops
stay in the table, so that nothing measured is lost; the view leaves them out.
"""

from collections.abc import Iterator

from scaling_assets.errors import DeclarationProblem, UnknownName
from scaling_assets.records.experiment import STANDARD_COLUMNS, Experiment, Metric
from scaling_assets.records.identity import content_id
from scaling_assets.store.session import SQL_TYPES, ExpressionRefusedError, Session, records, run
from scaling_assets.store.statements import (
    Fragment,
    columns,
    expression_problem,
    identifier,
    query,
)

ROW_COLUMNS = {"observation_id": "text", "source_id": "text", "line": "integer", **STANDARD_COLUMNS}
_DECLARED_AS = {"double": "number", "double precision": "number", "bigint": "integer", "boolean": "boolean",
                "varchar": "text", "text": "text", "timestamp with time zone": "timestamp"}  # fmt: skip
DIVIDE_SAFELY = "Where a divisor can be 0, write nullif(divisor, 0); the row then has no value."
_LAYOUT = 1  # part of the declaration's hash: raise it when the view is built in another way


def rows_table(experiment: str) -> Fragment:
    """The table of raw rows."""
    return identifier("recorded", experiment)


def observations_view(experiment: str) -> Fragment:
    """The view with derived metrics."""
    return identifier("observations", experiment)


def declare(session: Session, experiment: Experiment) -> None:
    """Record the declaration, create or extend the table, replace the view when it changed.

    Raises:
        DeclarationProblem: a column changed its type, or the database refuses an expression.
    """
    digest = content_id(_LAYOUT, experiment)
    found = records(session, "declaration_hash", experiment=experiment.name)
    if [line["declaration_hash"] for line in found] == [digest]:
        return
    _extend_table(session, experiment)
    _replace_view(session, experiment)
    for label, expression in _other_expressions(experiment):
        numeric(session, experiment, label, expression)
    for rule in experiment.rules:
        _probe(session, experiment, f"rules.{rule.name}.condition", rule.condition, ("boolean",))
    run(
        session,
        "note_declaration",
        experiment=experiment.name,
        title=experiment.title,
        mode=experiment.mode,
        is_simulated=experiment.is_simulated,
        owner=experiment.owner,
        declaration=experiment.model_dump_json(),
        declaration_hash=digest,
    )


def recorded_types(session: Session, experiment: str) -> dict[str, str]:
    """Columns of the experiment's table and their declared types.

    Raises:
        UnknownName: the experiment has not been declared to this store.
    """
    found = records(session, "recorded_columns", experiment=experiment)
    if not found:
        known = ", ".join(line["experiment"] for line in records(session, "declared_experiments"))
        raise UnknownName(kind="experiment", name=experiment, known=known or "none")
    return {line["name"]: _DECLARED_AS.get(line["type"], line["type"]) for line in found}


def scope(session: Session, experiment: Experiment) -> Fragment:
    """Observations as declared expressions see them: ``/`` divides truly, in either database."""
    names = [*ROW_COLUMNS, *experiment.column_types, *[m.name for m in _per_row(experiment)]]
    return _scope(session, experiment, observations_view(experiment.name), names)


def numeric(session: Session, experiment: Experiment, label: str, expression: str) -> Fragment:
    """The expression as a number; a condition counts 1 where it holds and 0 where it does not.

    Raises:
        DeclarationProblem: the database does not accept it, or it gives something else.
    """
    kind = _probe(session, experiment, label, expression, ("number", "boolean"))
    if kind == "boolean":
        return Fragment(f"(case when ({expression}) then 1.0 when not ({expression}) then 0.0 end)")
    return Fragment(f"(cast(({expression}) as double precision))")


def row_value(metric: Metric) -> str | None:
    """What a metric of kind value or quantile averages over; None for metrics made of sums."""
    if metric.kind in ("value", "quantile"):
        return metric.formula or identifier(metric.name).text
    return None


def problem(experiment: Experiment, label: str, text: str, remedy: str | None = None) -> DeclarationProblem:
    """A problem of a declaration that only the database could see."""
    return DeclarationProblem(
        file=f"experiment {experiment.name}", at="", field=label, problem=text, remedy=remedy
    )


def _extend_table(session: Session, experiment: Experiment) -> None:
    table = rows_table(experiment.name)
    wanted = {**ROW_COLUMNS, **experiment.column_types}
    found = records(session, "recorded_columns", experiment=experiment.name)
    if not found:
        listing = ", ".join(f"{identifier(name).text} {SQL_TYPES[kind]}" for name, kind in wanted.items())
        statement = query("create_recorded").compose(rows=table, columns=Fragment(listing))
        session.run(statement)
        return
    recorded = {line["name"]: _DECLARED_AS.get(line["type"], line["type"]) for line in found}
    for name, kind in wanted.items():
        if name not in recorded:
            column = Fragment(f"{identifier(name).text} {SQL_TYPES[kind]}")
            session.run(query("extend_recorded").compose(rows=table, column=column))
        elif recorded[name] != kind:
            raise problem(
                experiment,
                name,
                f"rows are recorded with {name} as {recorded[name]}, the declaration now says {kind}",
                f"Declare the {kind} under a new name, or declare {name} as {recorded[name]} again.",
            )


def _replace_view(session: Session, experiment: Experiment) -> None:
    raw = rows_table(experiment.name)
    stored = {**ROW_COLUMNS, **experiment.column_types}
    source = _scope(session, experiment, raw, list(stored))
    shown = [f"cast({columns([n]).text} as {SQL_TYPES[k]}) as {columns([n]).text}" for n, k in stored.items()]
    derived = [
        f", {_per_row_value(session, experiment, metric, source)} as {identifier(metric.name).text}"
        for metric in _per_row(experiment)
    ]
    view = observations_view(experiment.name)
    session.run(query("drop_observations").compose(observations=view))
    statement = query("create_observations").compose(
        observations=view,
        columns=Fragment(", ".join(shown)),
        metrics=Fragment("".join(derived)),
        scope=source,
    )
    session.run(statement)


def _per_row(experiment: Experiment) -> Iterator[Metric]:
    """Metrics that a single row has a value of and that are not a raw column (no row has a quantile)."""
    return (m for m in experiment.metrics if m.kind != "quantile" and m.column is None)


def _per_row_value(session: Session, experiment: Experiment, metric: Metric, source: Fragment) -> str:
    label = f"metrics.{metric.name}"
    if metric.formula is not None:
        return _numeric_over(session, experiment, f"{label}.formula", metric.formula, source)
    above = _numeric_over(session, experiment, f"{label}.numerator", metric.numerator or "", source)
    below = _numeric_over(session, experiment, f"{label}.denominator", metric.denominator or "", source)
    return f"({metric.scale!r} * {above} / nullif({below}, 0))"


def _numeric_over(session: Session, experiment: Experiment, label: str, text: str, source: Fragment) -> str:
    if _probe(session, experiment, label, text, ("number", "boolean"), source) == "boolean":
        return f"(case when ({text}) then 1.0 when not ({text}) then 0.0 end)"
    return f"(cast(({text}) as double precision))"


def _other_expressions(experiment: Experiment) -> Iterator[tuple[str, str]]:
    for metric in experiment.metrics:
        if metric.kind == "quantile" and metric.formula is not None:
            yield f"metrics.{metric.name}.formula", metric.formula


def _probe(
    session: Session,
    experiment: Experiment,
    label: str,
    expression: str,
    allowed: tuple[str, ...],
    source: Fragment | None = None,
) -> str:
    """The type of an expression, once the database has accepted it as one value a row."""
    text = expression_problem(expression)
    if text is None:
        statement = query("probe_expression").compose(
            expression=Fragment(expression), scope=source or scope(session, experiment)
        )
        try:
            kind = session.probe(statement)[1][1]
        except ExpressionRefusedError as refused:
            text = f"{expression!r}: {refused}"
        else:
            if kind in allowed:
                return kind
            text = f"{expression!r} gives {kind}, not {' or '.join(allowed)}"
    raise problem(
        experiment, label, text, "Use the experiment's columns and functions that both databases know."
    )


def _scope(session: Session, experiment: Experiment, source: Fragment, names: list[str]) -> Fragment:
    if not session.integer_in_expressions:
        return source
    integers = {n for n, k in {**ROW_COLUMNS, **experiment.column_types}.items() if k == "integer"}
    listing = ", ".join(
        f"cast({identifier(n).text} as {session.integer_in_expressions}) as {identifier(n).text}"
        if n in integers
        else columns([n]).text
        for n in names
    )
    return Fragment(f"(select {listing} from {source.text}) as typed")
