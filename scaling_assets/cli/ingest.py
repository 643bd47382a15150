"""``ingest``: take in the files that lie in the landing folder."""

from pathlib import Path
from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption


def ingest(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Only these, in landing/. Default: all."),
    ] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in run records (JSONL, CSV, Parquet; wide or long) from the lab's landing folder.

    Each content is taken in once. Bad rows go to quarantine with line, field, reason and remedy; the
    good rows of the same file are kept. A file that is still being written waits, one that changed
    after landing is reported. Nothing in the folder is changed or deleted.

    \b
    Examples:
      scaling-assets ingest
      scaling-assets ingest landing/runs.jsonl
      scaling-assets query "select * from quarantine_summary"

    \b
    JSON: {"format": "scaling-assets/ingest/1", "files": [{"path", "status", "rows_read",
      "rows_accepted", "rows_repeated", "rows_rejected", "experiments", "message"}],
      "unsettled": [...], "changed": [...], "ignored": [...],
      "experiments": [...]}
    Exit codes: 0 done (also with rows in quarantine), 3 a file lies outside landing/, or no lab.
    """
    from scaling_assets.cli import output, shapes
    from scaling_assets.errors import UnreadableFile
    from scaling_assets.pipeline.land import land
    from scaling_assets.pipeline.workspace import open_workspace

    ws = open_workspace(lab)
    for path in files or []:
        if not path.is_file():
            raise UnreadableFile(
                path=path,
                format="run records",
                problem="there is no such file",
                remedy="Name files inside the landing folder.",
            )
    with output.progress() as tell:
        found = land(ws, files or None, progress=lambda done, total, text: tell("files", done, total, text))
    if as_json:
        output.document(
            shapes.headed(
                "ingest",
                files=shapes.listed(shapes.appended, found.appended),
                unsettled=list(found.unsettled),
                ignored=list(found.ignored),
                changed=list(found.changed),
                experiments=list(found.experiments),
            )
        )
        return
    rows = [
        (
            a.path,
            a.status.value.replace("_", " "),
            f"{a.rows_read:,}",
            f"{a.rows_accepted:,}",
            f"{a.rows_repeated:,}",
            f"{a.rows_rejected:,}",
            ", ".join(a.experiments),
            a.message,
        )
        for a in found.appended
    ]
    header = ("file", "status", "read", "accepted", "repeated", "quarantined", "new rows for", "note")
    output.table("Files", header, rows, empty="nothing new in the landing folder")
    for name in found.ignored:
        output.message(f"Not read: {name}")
    for waiting in found.unsettled:
        output.answer(f"  {waiting}: still being written, left for the next look")
    for changed in found.changed:
        output.answer(f"  {changed}: changed after it had landed; land the new rows as a new file")
    if any(a.rows_rejected for a in found.appended):
        output.message("Why rows were rejected: scaling-assets query 'select * from quarantine_summary'")
    if found.experiments:
        output.message("New runs are in: 'scaling-assets run' refits the experiments concerned.")
