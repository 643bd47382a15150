"""Data rules: the files of sql/checks, each a query for the rows that break it.

What belongs here: what the files' headers say, and filling them for experiments. What does not:
the rules themselves (sql/checks), what becomes of a broken one (``orchestration``).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from scaling_assets.errors import UnknownName
from scaling_assets.records.experiment import Experiment
from scaling_assets.store.declarations import tables_of
from scaling_assets.store.expressions import DIVIDE_SAFELY, alike, numeric, problem, row_value, scope
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


def offenders(
    session: Session, names: Sequence[str], experiments: Sequence[Experiment]
) -> dict[str, list[Offenders]]:
    """Run rules for experiments: what each rule found, in the order of the rules, by experiment.

    Raises:
        UnknownName: there is no such rule, or an experiment has not been declared to this store.
        DeclarationProblem: the database refuses an expression of a declaration.
    """
    known = {found.name: found for found in available()}
    tables = tables_of(session, [experiment.name for experiment in experiments])
    found: dict[str, list[Offenders]] = {experiment.name: [] for experiment in experiments}
    nothing = pd.DataFrame()
    for table, group in alike(experiments, tables):
        for name in names:
            rule, values = filled(session, name, group, table)
            counts = {} if rule is None else _counts(session, name, group, rule, values)
            for experiment in group:
                count = counts.get(experiment.name, 0)
                rows = nothing
                if count:
                    rows = _shown(session, rule or "", {**values, "experiments": [experiment.name]})
                check = known[name]
                found[experiment.name].append(Offenders(name, check.severity, check.description, rows, count))
    return found


def _counts(
    session: Session, name: str, group: Sequence[Experiment], rule: str, values: Mapping[str, Any]
) -> dict[str, int]:
    counted = query("offending_count").compose(rule=Fragment(rule))
    try:
        lines = session.table(counted, values).to_pylist()
    except ExpressionRefusedError as failure:
        raise problem(group[0], f"check {name}", str(failure), DIVIDE_SAFELY) from None
    return {line["experiment"]: int(line["n_rows"]) for line in lines}


def _shown(session: Session, rule: str, values: Mapping[str, Any]) -> pd.DataFrame:
    shown = query("offending_rows").compose(rule=Fragment(rule), shown=Fragment(str(SHOWN)))
    rows = to_frame(session.table(shown, values)).drop(columns="experiment")
    if "source_id" in rows:
        paths = {
            s: records(session, "known_source", source_id=s)[0]["path"] for s in rows["source_id"].unique()
        }
        rows.insert(0, "path", rows["source_id"].map(paths))
    return rows


def filled(
    session: Session, check: str, group: Sequence[Experiment], table: Fragment
) -> tuple[str | None, dict[str, Any]]:
    """A rule's query for experiments that are alike, and the values of its parameters; see ``offenders``.

    The query is None when the declarations hold nothing that the rule is about.
    """
    names = [found.name for found in available()]
    if check not in names:
        raise UnknownName(kind="check", name=check, known=", ".join(names))
    statement = _statement(check)
    values = {"experiments": [e.name for e in group], "is_simulated": group[0].is_simulated}
    fragments = {name: _FRAGMENTS[name](session, group[0], table) for name in statement.fragments}
    if not all(fragment.text for fragment in fragments.values()):
        return None, values
    return statement.compose(**fragments).text, values


def _statement(name: str) -> Statement:
    return read(root() / "checks" / f"{name}.sql")[0]


def _described(statement: Statement) -> Check:
    said = dict(_HEADER.findall(statement.header))
    return Check(statement.name, said["Asset"], said["Severity"], said["Purpose"])


def _union(branches: Iterable[str]) -> Fragment:
    text = " union all ".join(branches)
    return Fragment(f"({text})" if text else "")


def _values(
    session: Session, experiment: Experiment, table: Fragment, names: set[str] | None, bounds: bool
) -> Fragment:
    """Value of metrics in rows: long, one line a row and metric (sums: one for either amount)."""
    source = scope(session, experiment, table).text
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
            number = numeric(session, experiment, table, f"metrics.{metric.name}.{part}", expression).text
            label = metric.name if part == "formula" else f"{metric.name}.{part}"
            limits = f", {_limit(metric.lower)} as lower, {_limit(metric.upper)} as upper" if bounds else ""
            named = f"{literal(label).text} as metric, {number} as value{limits}"
            branches.append(f"select experiment, source_id, line, {named} from {source}")
    return _union(branches)


def _limit(value: float | None) -> str:
    return "cast(null as double precision)" if value is None else f"cast({value!r} as double precision)"


def _metric_values(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    return _values(session, experiment, table, None, bounds=False)


def _required_values(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    return _values(
        session, experiment, table, {m.name for m in experiment.metrics if m.required}, bounds=False
    )


def _bounded_values(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    return _values(session, experiment, table, None, bounds=True)


def _dimension_values(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    source = scope(session, experiment, table).text
    branches = []
    for dimension in experiment.dimensions:
        named = f"{literal(dimension.name).text} as dimension, {identifier(dimension.name).text} as value"
        limits = f"{_limit(dimension.lower)} as lower, {_limit(dimension.upper)} as upper"
        branches.append(f"select experiment, source_id, line, {named}, {limits} from {source}")
    return _union(branches)


def _observations(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    return Fragment(f"(select * from {scope(session, experiment, table).text})")


def _broken_rules(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    source = scope(session, experiment, table).text
    branches = []
    for rule in experiment.rules:
        named = f"{literal(rule.name).text} as rule, {literal(rule.severity).text} as severity"
        condition = f"{literal(rule.condition).text} as condition"
        where = f"({rule.condition}) is not true"
        branches.append(
            f"select experiment, source_id, line, {named}, {condition} from {source} where {where}"
        )
    return _union(branches)


def _newest_trials(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    return Fragment(f"({query('newest_trials').text})")


def _rate_metrics(session: Session, experiment: Experiment, table: Fragment) -> Fragment:
    return Fragment(", ".join(literal(m.name).text for m in experiment.metrics if m.kind == "rate"))


#: What a rule's file may ask for in braces; sql/README.md says what each holds.
_FRAGMENTS = {
    "observations": _observations,
    "metric_values": _metric_values,
    "required_values": _required_values,
    "bounded_values": _bounded_values,
    "dimension_values": _dimension_values,
    "broken_rules": _broken_rules,
    "newest_trials": _newest_trials,
    "rate_metrics": _rate_metrics,
}
FRAGMENT_NAMES = frozenset(_FRAGMENTS)
