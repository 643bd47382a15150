"""Rows that would break a blocking data rule are put aside as they come in, one by one.

What belongs here: asking the rules of sql/checks about one source's rows. What does not: the rules, and
what is wrong with a row by itself (``ingest``). A rule is SQL over declared columns and formulas, so
only the database can judge it; judged here, one bad row costs one row and not the whole experiment.
"""

import json
from collections.abc import Mapping, Sequence

import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.observation import AcceptedRows, Rejection, Source
from scaling_assets.store import checks
from scaling_assets.store.expressions import alike
from scaling_assets.store.session import Session
from scaling_assets.store.statements import Fragment, query

REMEDY = "Correct the row and land it in a new file, or correct the declaration."
_PLACE = ("experiment", "source_id", "line")


def screen(
    session: Session,
    source: Source,
    accepted: Sequence[AcceptedRows],
    rules: Mapping[str, Experiment],
    tables: Mapping[str, Fragment],
) -> dict[str, tuple[Rejection, ...]]:
    """Take the rows of a source that break a blocking rule out again; one rejection a row, by experiment.

    Raises:
        DeclarationProblem: the database refuses an expression of the declaration.
    """
    rows = {a.experiment: a.rows for a in accepted if a.experiment in rules}
    found: dict[str, dict[int, Rejection]] = {}
    for table, group in alike((rules[name] for name in rows), tables):
        order = {metric.name: position for position, metric in enumerate(group[0].metrics)}
        broken: dict[str, dict[int, Rejection]] = {}
        for check in checks.available():
            if check.asset != "observations" or check.severity != "blocker":
                continue
            rule, values = checks.filled(session, check.name, group, table)
            if rule is None:
                continue
            statement = query("offenders_of_source").compose(rule=Fragment(rule))
            lines = session.table(statement, {**values, "source_id": source.source_id}).to_pylist()
            for line in sorted(lines, key=lambda line: order.get(line.get("metric"), 0)):
                of_experiment = broken.setdefault(line["experiment"], {})
                if line["line"] not in of_experiment:
                    of_experiment[line["line"]] = _rejection(check, line, rows[line["experiment"]])
        drop = query("drop_lines_of_source").compose(rows=table)
        for name, rejections in broken.items():
            values = {"experiment": name, "source_id": source.source_id, "lines": sorted(rejections)}
            session.run(drop, values)
        found |= broken
    return {name: tuple(lines[line] for line in sorted(lines)) for name, lines in found.items()}


def _rejection(check: checks.Check, line: dict, rows: pd.DataFrame) -> Rejection:
    facts = {name: value for name, value in line.items() if name not in _PLACE and value is not None}
    field = next((str(facts[name]) for name in ("rule", "metric", "dimension") if name in facts), check.name)
    value = facts.get("value", "")
    details = ", ".join(
        f"{name} {given}" for name, given in facts.items() if name not in ("value", "severity")
    )
    row = rows.loc[rows["line"] == line["line"]]
    raw = json.dumps(json.loads(row.to_json(orient="records", date_format="iso"))[0]) if len(row) else ""
    return Rejection(
        experiment=line["experiment"],
        line=int(line["line"]),
        field=field,
        value=str(value),
        reason=f"breaks the data rule {check.name} ({check.description}): {details}",
        remedy=REMEDY,
        raw=raw,
    )
