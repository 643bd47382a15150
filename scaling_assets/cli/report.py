"""``report``: write the pages again from what is visible now."""

from scaling_assets.cli.options import Experiments, JsonOption, LabOption


def report(experiments: Experiments = None, lab: LabOption = None, as_json: JsonOption = False) -> None:
    """Write the report: a folder for each experiment and one offline page over all.

    Each folder has verdict.md, results.jsonl, results.csv and plots/. 'run' does this by itself.

    \b
    Examples:
      scaling-assets report
      scaling-assets report locality

    \b
    JSON: {"format": "scaling-assets/report/1", "page", "folder"}
    Exit codes: 0 written, 3 no such lab, experiment or store, or nothing published yet.
    """
    from scaling_assets.cli import output, shapes
    from scaling_assets.pipeline import reports
    from scaling_assets.pipeline.workspace import open_workspace

    page = reports.write_reports(open_workspace(lab), experiments or None)
    if as_json:
        output.document(shapes.headed("report", page=str(page), folder=str(page.parent)))
    else:
        output.answer(str(page))
