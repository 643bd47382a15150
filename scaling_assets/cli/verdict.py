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
    no verdicts yet counts as insufficient data, one with newer rows than its verdicts as
    inconclusive. Warnings are shown and do not count. A verdict is confirmatory when all that decides
    it was registered before the first observation; else it is exploratory, with what changed and since
    when.

    \b
    Examples:
      scaling-assets verdict
      scaling-assets verdict locality || echo "do not release"
      scaling-assets verdict --json | jq -r '.verdicts[] | select(.outcome != "pass") | .reason'

    \b
    JSON: {"format": "scaling-assets/verdicts/1", "outcome", "passed", "asked", "not_judged": [...],
      "behind": {experiment: [reason, ...]},
      "confounders": {experiment: [{"condition", "control", "name", "values": [its, the control's]}]},
      "verdicts": [{"experiment", "gate", "group", "outcome", "severity", "measured", "low", "high",
      "operator", "threshold", "reason", "remedy", "action", "owner", "runs_needed", "evidence",
      "standing", "standing_since", "standing_reason", ...}]}
    Exit codes: 0 pass, 1 fail, 2 inconclusive or insufficient data, 3 no such lab, experiment, store.
    """
    from scaling_assets.cli import output, shapes, tables
    from scaling_assets.pipeline import answers
    from scaling_assets.pipeline.due import stale
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
    names = {e.name for e in chosen} & judged
    behind = {d.experiment: d.reasons for d in stale(ws) if d.experiment in names}
    if behind and outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE):
        outcome = Outcome.INCONCLUSIVE
    passed, asked = wording.passed(found)
    if as_json:
        document = {
            "outcome": outcome.value,
            "passed": passed,
            "asked": asked,
            "not_judged": missing,
            "confounders": {e.name: differ for e in chosen if (differ := shapes.differences(e))},
            "behind": {name: list(reasons) for name, reasons in behind.items()},
        }
        output.document(shapes.headed("verdicts", **document, verdicts=shapes.listed(shapes.verdict, found)))
    else:
        tables.verdicts(found, has_advice=True)
        output.answer(f"{passed} of {asked} gates pass; overall: {wording.OUTCOME_WORDS[outcome]}")
        for v in found:
            if v.standing_reason:
                output.answer(f"{v.experiment}: {v.gate} is {v.standing}: {v.standing_reason}")
        for name, reasons in behind.items():
            output.message(
                f"{name} is behind: {', '.join(reasons)}. These verdicts do not count it; run 'scaling-assets run'."
            )
        if missing:
            output.message(f"Not judged yet: {', '.join(missing)}. Run 'scaling-assets run'.")
    raise typer.Exit(
        {Outcome.FAIL: FAIL, Outcome.PASS: PASS, Outcome.NOT_APPLICABLE: PASS}.get(outcome, OPEN)
    )
