"""``laws``: which curve, how sure?"""

from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption


def laws(
    experiment: Annotated[str | None, typer.Argument(help="Only this experiment.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every family that was tried, not only the leading one.")
    ] = False,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the fitted laws: exponent with its interval, and how the fit ended.

    One line a question and group: the family with the lowest back-test error (or the declared one)
    leads. A law that cannot be used says why. Where questions declare 'compare', what their laws say beside
    one another follows: contexts, time, knees, exponent classes.

    \b
    Examples:
      scaling-assets laws
      scaling-assets laws locality --all
      scaling-assets laws --json | jq '.laws[] | [.experiment, .family, .status]'

    \b
    JSON: {"format": "scaling-assets/laws/1", "laws": [{"experiment", "question", "metric", "axes",
      "group", "family", "status", "reason", "is_leading", "is_simulated",
      "parameters": [{"name", "value", "low", "high", "level", "unit", "role"}], "domain", ...}],
      "findings": [{"experiment", "question", "group", "subject", "name", "answer", "value", "low", "high",
      "p_value", "reason", "method", ...}], "stale": [as in 'stale']}
    Exit codes: 0 done, 3 no such lab, experiment or store.
    """
    from scaling_assets.cli import output, shapes, shapes_over_time, tables
    from scaling_assets.pipeline import answers, watching
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.report import wording
    from scaling_assets.report.stale import stale_text

    workspace = open_workspace(lab)
    found, compared = answers.laws(workspace, experiment), answers.law_findings(workspace, experiment)
    if not every:
        found = wording.leading(found)  # with the questions that no family could answer
    flagged = watching.stale(workspace, [experiment] if experiment else None)
    if as_json:
        findings = [shapes.law_finding(one) for one in compared]
        output.document(shapes.headed("laws", laws=shapes.listed(shapes.law, found), findings=findings,
                                      stale=shapes.listed(shapes_over_time.look, flagged)))  # fmt: skip
    else:
        tables.laws(found)
        if compared:
            tables.law_findings(compared)
        for one in flagged:
            output.answer(f"{one.experiment}: {stale_text(one)}")
        if not found:
            output.message("Nothing has been fitted: run 'scaling-assets run'.")
