"""``verdict``: may we rely on it, does it pass? Made for pipelines: the exit code is the answer."""

from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption

PASS, FAIL, OPEN = 0, 1, 2


def verdict(
    experiment: Annotated[str | None, typer.Argument(help="Only this experiment.")] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every gate with its outcome and reason; the exit code is the overall outcome.

    The overall outcome is the worst among the blockers. A declared experiment that has gates but
    no verdicts yet counts as insufficient data. Warnings are shown and do not count.

    \b
    Examples:
      scaling-assets verdict
      scaling-assets verdict locality || echo "do not release"
      scaling-assets verdict --json | jq -r '.verdicts[] | select(.outcome != "pass") | .reason'

    \b
    JSON: {"format": "scaling-assets/verdicts/1", "outcome", "passed", "asked", "not_judged": [...],
      "verdicts": [{"experiment", "gate", "group", "outcome", "severity", "measured", "low", "high",
      "operator", "threshold", "reason", "remedy", "action", "owner", "runs_needed", ...}]}
    Exit codes: 0 pass, 1 fail, 2 inconclusive or insufficient data, 3 no such lab, experiment, store.
    """
    from scaling_assets.cli import output, shapes, tables
    from scaling_assets.pipeline import answers
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.records.verdict import Outcome, overall
    from scaling_assets.report import wording

    ws = open_workspace(lab)
    found = answers.verdicts(ws, experiment)
    judged = {v.experiment for v in found}
    chosen = ws.chosen([experiment] if experiment else None)
    missing = [e.name for e in chosen if e.gates and e.name not in judged]
    outcome = overall(tuple(found))
    if missing and outcome is not Outcome.FAIL:
        outcome = Outcome.INSUFFICIENT_DATA
    passed, asked = wording.passed(found)
    if as_json:
        document = {"outcome": outcome.value, "passed": passed, "asked": asked, "not_judged": missing}
        output.document(shapes.headed("verdicts", **document, verdicts=shapes.listed(shapes.verdict, found)))
    else:
        tables.verdicts(found, has_advice=True)
        output.answer(f"{passed} of {asked} gates pass; overall: {wording.OUTCOME_WORDS[outcome]}")
        if missing:
            output.message(f"Not judged yet: {', '.join(missing)}. Run 'scaling-assets run'.")
    raise typer.Exit(
        {Outcome.FAIL: FAIL, Outcome.PASS: PASS, Outcome.NOT_APPLICABLE: PASS}.get(outcome, OPEN)
    )
