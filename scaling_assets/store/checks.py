"""Data rules: the files of sql/checks, each a query for the rows that break it.

What belongs here: what the files' headers say, and filling them for one experiment. What does not:
the rules themselves (sql/checks), what becomes of a broken one (``orchestration``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from scaling_assets.errors import UnknownName
from scaling_assets.records.experiment import Experiment
from scaling_assets.store.declarations import (
    DIVIDE_SAFELY,
    numeric,
    observations_view,
    problem,
    recorded_types,
    row_value,
    scope,
)
from scaling_assets.store.session import ExpressionRefusedError, Session, records, to_frame
from scaling_assets.store.statements import Fragment, Statement, identifier, literal, query, read, root
from scaling_assets.store.store import Offenders

SHOWN = 20
_HEADER = re.compile(r"^-- (Purpose|Asset|Severity): *(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """A data rule as its file's header describes it; ``severity`` is "blocker" or "warning"."""

    name: str
    asset: str
    severity: str
    description: str


@cache
def available() -> tuple[Check, ...]:
    """Every rule, by name: which asset it is about, how severe, what it asks."""
    return tuple(_described(_statement(path.stem)) for path in sorted((root() / "checks").glob("*.sql")))


def offenders(session: Session, check: str, experiment: Experiment) -> Offenders:
    """Run one rule for one experiment.

    Raises:
        UnknownName: there is no such rule, or the experiment has not been declared to this store.
        DeclarationProblem: the database refuses an expression of the declaration.
    """
    known = {found.name: found for found in available()}
    rule, values = filled(session, check, experiment)
    shown = query("offending_rows").compose(rule=Fragment(rule), shown=Fragment(str(SHOWN)))
    counted = query("offending_count").compose(rule=Fragment(rule))
    try:
        rows = to_frame(session.table(shown, values))
        count = len(rows) if len(rows) < SHOWN else int(session.table(counted, values)[0][0].as_py())
    except ExpressionRefusedError as failure:
        raise problem(experiment, f"check {check}", str(failure), DIVIDE_SAFELY) from None
    if "source_id" in rows:
        paths = {
            s: records(session, "known_source", source_id=s)[0]["path"] for s in rows["source_id"].unique()
        }
        rows.insert(0, "path", rows["source_id"].map(paths))
    return Offenders(check, known[check].severity, known[check].description, rows, count)


def filled(session: Session, check: str, experiment: Experiment) -> tuple[str, dict[str, Any]]:
    """A rule's query for one experiment, and the values of its parameters; see ``offenders``."""
    names = [found.name for found in available()]
    if check not in names:
        raise UnknownName(kind="check", name=check, known=", ".join(names))
    recorded_types(session, experiment.name)
    statement = _statement(check)
    composed = statement.compose(
        **{name: _FRAGMENTS[name](session, experiment) for name in statement.fragments}
    )
    values = composed.take({"experiment": experiment.name, "is_simulated": experiment.is_simulated})
    return composed.text, dict(values)


def _statement(name: str) -> Statement:
    return read(root() / "checks" / f"{name}.sql")[0]


def _described(statement: Statement) -> Check:
    said = dict(_HEADER.findall(statement.header))
    return Check(statement.name, said["Asset"], said["Severity"], said["Purpose"])


def _union(branches: Iterable[str], otherwise: str) -> Fragment:
    text = " union all ".join(branches)
    return Fragment(f"({text})" if text else f"({otherwise})")


def _values(session: Session, experiment: Experiment, names: set[str] | None, bounds: bool) -> Fragment:
    """Value of metrics in rows: long, one line a row and metric (sums: one for either amount)."""
    source = scope(session, experiment).text
    branches = []
    for metric in experiment.metrics:
        if names is not None and metric.name not in names:
            continue
        value = row_value(metric)
        if value is not None:
            expressions = {"formula": value}
        elif bounds:
            continue  # bounds are about the metric, and no single row has the value of a ratio of sums
        else:
            expressions = {"numerator": metric.numerator or "", "denominator": metric.denominator or ""}
        for part, expression in expressions.items():
            number = numeric(session, experiment, f"metrics.{metric.name}.{part}", expression).text
            label = metric.name if part == "formula" else f"{metric.name}.{part}"
            limits = f", {_limit(metric.lower)} as lower, {_limit(metric.upper)} as upper" if bounds else ""
            named = f"{literal(label).text} as metric, {number} as value{limits}"
            branches.append(f"select source_id, line, {named} from {source}")
    nothing = (
        "select '' as source_id, 0 as line, '' as metric, cast(null as double precision) as value, "
        "cast(null as double precision) as lower, cast(null as double precision) as upper where 1 = 0"
    )
    return _union(branches, nothing)


def _limit(value: float | None) -> str:
    return "cast(null as double precision)" if value is None else f"cast({value!r} as double precision)"


def _metric_values(session: Session, experiment: Experiment) -> Fragment:
    return _values(session, experiment, None, bounds=False)


def _required_values(session: Session, experiment: Experiment) -> Fragment:
    return _values(session, experiment, {m.name for m in experiment.metrics if m.required}, bounds=False)


def _bounded_values(session: Session, experiment: Experiment) -> Fragment:
    return _values(session, experiment, None, bounds=True)


def _dimension_values(session: Session, experiment: Experiment) -> Fragment:
    view = observations_view(experiment.name).text
    branches = []
    for dimension in experiment.dimensions:
        named = f"{literal(dimension.name).text} as dimension, {identifier(dimension.name).text} as value"
        limits = f"{_limit(dimension.lower)} as lower, {_limit(dimension.upper)} as upper"
        branches.append(f"select source_id, line, {named}, {limits} from {view}")
    return _union(branches, "")  # an experiment has at least one dimension


def _broken_rules(session: Session, experiment: Experiment) -> Fragment:
    source = scope(session, experiment).text
    branches = []
    for rule in experiment.rules:
        named = f"{literal(rule.name).text} as rule, {literal(rule.severity).text} as severity"
        condition = f"{literal(rule.condition).text} as condition"
        where = f"({rule.condition}) is not true"
        branches.append(f"select source_id, line, {named}, {condition} from {source} where {where}")
    nothing = "select '' as source_id, 0 as line, '' as rule, '' as severity, '' as condition where 1 = 0"
    return _union(branches, nothing)


def _newest_trials(session: Session, experiment: Experiment) -> Fragment:
    return Fragment(f"({query('newest_trials').compose(experiment=literal(experiment.name)).text})")


def _rate_metrics(session: Session, experiment: Experiment) -> Fragment:
    names = [literal(m.name).text for m in experiment.metrics if m.kind == "rate"]
    return Fragment(", ".join(names) or "null")


#: What a rule's file may ask for in braces; sql/README.md says what each holds.
_FRAGMENTS = {
    "observations": lambda session, experiment: observations_view(experiment.name),
    "metric_values": _metric_values,
    "required_values": _required_values,
    "bounded_values": _bounded_values,
    "dimension_values": _dimension_values,
    "broken_rules": _broken_rules,
    "newest_trials": _newest_trials,
    "rate_metrics": _rate_metrics,
}
FRAGMENT_NAMES = frozenset(_FRAGMENTS)
