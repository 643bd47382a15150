"""Rows that would break a blocking data rule are put aside as they come in, one by one.

What belongs here: asking the rules of sql/checks about one source's rows. What does not: the rules, and
what is wrong with a row by itself (``ingest``). A rule is SQL over declared columns and formulas, so
only the database can judge it; judged here, one bad row costs one row and not the whole experiment.
"""

import json

import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.observation import Rejection
from scaling_assets.store import checks
from scaling_assets.store.declarations import rows_table
from scaling_assets.store.session import Session
from scaling_assets.store.statements import Fragment, query

REMEDY = "Correct the row and land it in a new file, or correct the declaration."
_PLACE = ("source_id", "line")


def screen(
    session: Session, source_id: str, experiment: Experiment, rows: pd.DataFrame
) -> tuple[Rejection, ...]:
    """Take the rows of a source that break a blocking rule out again; one rejection a row.

    Raises:
        DeclarationProblem: the database refuses an expression of the declaration.
    """
    found: dict[int, Rejection] = {}
    order = {metric.name: position for position, metric in enumerate(experiment.metrics)}
    for check in checks.available():
        if check.asset != "observations" or check.severity != "blocker":
            continue
        rule, values = checks.filled(session, check.name, experiment)
        statement = query("offenders_of_source").compose(rule=Fragment(rule))
        broken = session.table(statement, {**values, "source_id": source_id}).to_pylist()
        for line in sorted(broken, key=lambda line: order.get(line.get("metric"), 0)):
            if line["line"] not in found:
                found[line["line"]] = _rejection(experiment, check, line, rows)
    if found:
        drop = query("drop_lines_of_source").compose(rows=rows_table(experiment.name))
        session.run(drop, {"source_id": source_id, "lines": sorted(found)})
    return tuple(found[line] for line in sorted(found))


def _rejection(experiment: Experiment, check: checks.Check, line: dict, rows: pd.DataFrame) -> Rejection:
    facts = {name: value for name, value in line.items() if name not in _PLACE and value is not None}
    field = next((str(facts[name]) for name in ("rule", "metric", "dimension") if name in facts), check.name)
    value = facts.get("value", "")
    details = ", ".join(
        f"{name} {given}" for name, given in facts.items() if name not in ("value", "severity")
    )
    row = rows.loc[rows["line"] == line["line"]]
    raw = json.dumps(json.loads(row.to_json(orient="records", date_format="iso"))[0]) if len(row) else ""
    return Rejection(
        experiment=experiment.name,
        line=int(line["line"]),
        field=field,
        value=str(value),
        reason=f"breaks the data rule {check.name} ({check.description}): {details}",
        remedy=REMEDY,
        raw=raw,
    )
