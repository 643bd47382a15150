"""``query``: SQL over what is published."""

from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT.")],
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the published tables in SQL. Read only.

    Views made for people: latest_laws, exponent_summary, standing_verdicts, quarantine_summary,
    and observations.<experiment> for the rows themselves.

    \b
    Examples:
      scaling-assets query "select * from exponent_summary"
      scaling-assets query "select * from quarantine_summary" --json

    \b
    JSON: {"format": "scaling-assets/query/1", "columns": [...], "rows": [{column: value}]}
    Exit codes: 0 answered, 3 the query is wrong or nothing has been published yet.
    """
    import json

    from scaling_assets.cli import output, shapes
    from scaling_assets.pipeline.workspace import open_workspace

    frame = open_workspace(lab).store.query(sql)
    columns = [str(c) for c in frame.columns]
    if as_json:
        records = json.loads(frame.to_json(orient="records", date_format="iso", double_precision=15))
        output.document(shapes.headed("query", columns=columns, rows=records))
        return
    cells = [
        ["" if _is_missing(v) else str(v) for v in row] for row in frame.astype(object).to_numpy().tolist()
    ]
    output.table(f"{len(cells)} row{'' if len(cells) == 1 else 's'}", columns, cells, empty="no rows")


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value) or str(value) in ("NaT", "<NA>")
