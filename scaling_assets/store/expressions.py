"""Declared SQL expressions: how they are judged, and the rows that they see.

What belongs here: expressions of metrics and rules, and the source of rows that statements put them
over. What does not: tables and views (``declarations``), statements (``reduction``, ``checks``).

A *scope* is the text behind a ``from``: rows of the asked experiments with their declared columns and
derived metrics, and the column ``experiment``. Experiments that are *alike* differ in nothing that a
statement over their rows would say, so one statement serves them all.
"""

from collections.abc import Iterable, Iterator, Mapping

from scaling_assets.errors import DeclarationProblem
from scaling_assets.records.experiment import STANDARD_COLUMNS, Experiment, Metric
from scaling_assets.records.identity import ID_LENGTH
from scaling_assets.store.session import SQL_TYPES, ExpressionRefusedError, Session
from scaling_assets.store.statements import (
    Fragment,
    columns,
    expression_problem,
    identifier,
    literal,
    query,
)

ROW_COLUMNS = {"observation_id": "text", "source_id": "text", "line": "integer", **STANDARD_COLUMNS}
DECLARED_AS = {"double": "number", "double precision": "number", "bigint": "integer", "boolean": "boolean",
               "varchar": "text", "text": "text", "timestamp with time zone": "timestamp"}  # fmt: skip
DIVIDE_SAFELY = "Where a divisor can be 0, write nullif(divisor, 0); the row then has no value."
#: The experiments that a statement is about: its parameter $experiments.
ASKED = "experiment in (select unnest(cast($experiments as text[])))"


def only(experiment: str) -> str:
    """The condition that a row is of this experiment, where no parameter can stand."""
    return f"experiment = {literal(experiment).text}"


def alike(
    experiments: Iterable[Experiment], tables: Mapping[str, Fragment]
) -> list[tuple[Fragment, list[Experiment]]]:
    """Experiments in groups, each with its table, for whose rows one statement says the same."""
    groups: dict[tuple[str, str], list[Experiment]] = {}
    for experiment in experiments:
        said = experiment.model_dump_json(
            include={"mode", "dimensions", "metrics", "context", "columns", "unit", "rules"}
        )
        groups.setdefault((tables[experiment.name].text, said), []).append(experiment)
    return [(Fragment(table), group) for (table, _), group in groups.items()]


def scope(session: Session, experiment: Experiment, table: Fragment, condition: str = ASKED) -> Fragment:
    """Observations as declared expressions see them: ``/`` divides truly, in either database.

    With the condition as it is, the statement takes the parameter $experiments.
    """
    shown = view_columns(session, experiment, table).text
    source = recorded(session, experiment, table).text
    inner = Fragment(f"(select experiment, {shown} from {source} where {condition}) as rows_of")
    names = [*ROW_COLUMNS, *experiment.column_types, *[m.name for m in per_row(experiment)]]
    return _typed(session, experiment, inner, names)


def recorded(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    """The raw rows as the expressions of derived metrics see them."""
    return _typed(session, experiment, table, [*ROW_COLUMNS, *experiment.column_types])


def view_columns(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    """What a view of the experiment's rows shows: declared columns, then metrics that a row has.

    Raises:
        DeclarationProblem: the database does not accept a metric's expression.
    """
    shown = [
        f"cast({_stored(session, name)} as {SQL_TYPES[kind]}) as {identifier(name).text}"
        for name, kind in {**ROW_COLUMNS, **experiment.column_types}.items()
    ]
    shown += [
        f"{_per_row_value(session, experiment, metric, table)} as {identifier(metric.name).text}"
        for metric in per_row(experiment)
    ]
    return Fragment(", ".join(shown))


def per_row(experiment: Experiment) -> Iterator[Metric]:
    """Metrics that a single row has a value of and that are not a raw column (no row has a quantile)."""
    return (m for m in experiment.metrics if m.kind != "quantile" and m.column is None)


def numeric(session: Session, experiment: Experiment, table: Fragment, label: str, text: str) -> Fragment:
    """The expression as a number; a condition counts 1 where it holds and 0 where it does not.

    Raises:
        DeclarationProblem: the database does not accept it, or it gives something else.
    """
    return Fragment(_as_number(text, probe(session, experiment, table, label, text, ("number", "boolean"))))


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


def probe(
    session: Session,
    experiment: Experiment,
    table: Fragment,
    label: str,
    expression: str,
    allowed: tuple[str, ...],
) -> str:
    """The type of an expression over observations, once the database has accepted it as one value a row.

    Raises:
        DeclarationProblem: it is not accepted, or its type is none of the allowed ones.
    """
    source = scope(session, experiment, table, condition="1 = 0")
    return _probe(session, experiment, label, expression, allowed, source)


def _per_row_value(session: Session, experiment: Experiment, metric: Metric, table: Fragment) -> str:
    source = recorded(session, experiment, table)

    def number(part: str, text: str) -> str:
        label = f"metrics.{metric.name}.{part}"
        kind = _probe(session, experiment, label, text, ("number", "boolean"), source)
        return _as_number(text, kind)

    if metric.formula is not None:
        return number("formula", metric.formula)
    above = number("numerator", metric.numerator or "")
    below = number("denominator", metric.denominator or "")
    return f"({metric.scale!r} * {above} / nullif({below}, 0))"


def _as_number(text: str, kind: str) -> str:
    if kind == "boolean":
        return f"(case when ({text}) then 1.0 when not ({text}) then 0.0 end)"
    return f"(cast(({text}) as double precision))"


def _probe(
    session: Session,
    experiment: Experiment,
    label: str,
    expression: str,
    allowed: tuple[str, ...],
    source: Fragment,
) -> str:
    text = expression_problem(expression)
    if text is None:
        statement = query("probe_expression").compose(expression=Fragment(expression), scope=source)
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


def _stored(session: Session, name: str) -> str:
    """A column of the raw rows; rows without a key are known by their source and line."""
    column = identifier(name).text
    if name != "observation_id":
        return column
    text = """'["' || source_id || '",' || cast(line as text) || ']'"""
    return f"coalesce({column}, substr({session.sha256_of(text)}, 1, {ID_LENGTH}))"


def _typed(session: Session, experiment: Experiment, source: Fragment, names: list[str]) -> Fragment:
    if not session.integer_in_expressions:
        return source
    integers = {n for n, k in {**ROW_COLUMNS, **experiment.column_types}.items() if k == "integer"}
    listing = ", ".join(
        f"cast({identifier(n).text} as {session.integer_in_expressions}) as {identifier(n).text}"
        if n in integers
        else columns([n]).text
        for n in ["experiment", *names]
    )
    return Fragment(f"(select {listing} from {source.text}) as typed")
