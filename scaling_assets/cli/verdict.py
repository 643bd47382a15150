"""``verdict``: may we rely on it, does it pass? Made for pipelines: the exit code is the answer."""

from typing import Annotated

import typer

from scaling_assets.cli.options import Experiments, JsonOption, LabOption

PASS, FAIL, OPEN = 0, 1, 2


def verdict(
    experiments: Experiments = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="BASELINE", help="Compare laws with NAME, NAME@VERSION or a FILE.json."),
    ] = None,
    minimum_change: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART=SIZE", help="Smallest change that matters: exponent, level, floor, other."
        ),
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="Watch only these parts: exponent, level, floor ...")
    ] = None,
    alpha: Annotated[float, typer.Option(min=1e-6, max=0.5, help="False alarms over all parts.")] = 0.05,
    strict: Annotated[
        bool, typer.Option("--strict", help="Leave with 2 unless every part has held.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown for a comment.")] = False,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every gate with its outcome and reason; the exit code is the overall outcome.

    The overall outcome is the worst among the blockers. A declared experiment that has gates but
    no verdicts yet counts as insufficient data, one with newer rows than its verdicts as
    inconclusive. Warnings are shown and do not count. A verdict is confirmatory when all that decides
    it was registered before the first observation; else it is exploratory, with what changed and since
    when.

    With --against the gates are left alone and the present laws are compared with a baseline (see
    'baseline save'): exponents, levels in the middle of the data and floors, each told apart. A part has
    regressed when it is provably worse by more than the smallest change that matters (--minimum-change;
    else what the experiment or lab.toml declares under 'monitor'; else exponent=0.02, level=0.05 and
    floor=0.05 of the curve, other=0.01). False alarms over all parts together stay below --alpha (Holm).

    \b
    Examples:
      scaling-assets verdict
      scaling-assets verdict --against main
      scaling-assets verdict speed --against ci/baseline.json --markdown >> "$GITHUB_STEP_SUMMARY"
      scaling-assets verdict locality || echo "do not release"
      scaling-assets verdict --json | jq -r '.verdicts[] | select(.outcome != "pass") | .reason'

    \b
    JSON: {"format": "scaling-assets/verdicts/1", "outcome", "passed", "asked", "not_judged": [...],
      "behind": {experiment: [reason, ...]}, "open_changes": {experiment: [sentence, ...]},
      "confounders": {experiment: [{"condition", "control", "name", "values": [its, the control's]}]},
      "verdicts": [{"experiment", "gate", "group", "outcome", "severity", "measured", "low", "high",
      "operator", "threshold", "reason", "remedy", "action", "owner", "runs_needed", "evidence",
      "standing", "standing_since", "standing_reason", ...}]}
      with --against {"format": "scaling-assets/against/1", "outcome", "baseline", "alpha", "behind",
      "not_in_baseline", "comparisons": [{"experiment", "question", "group", "name", "role", "outcome",
      "then", "now", "change", "low", "high", "minimum_change", "p_adjusted", "reason", ...}]}
    Exit codes: 0 pass, 1 fail, 2 inconclusive, insufficient data, or a change over time that is a blocker
      and that nobody has acknowledged, 3 no such lab, experiment, store.
      With --against: 0 nothing regressed, 1 regressed, 2 a law of the baseline could not be compared, the
      laws are behind the data, or (--strict) a part is inconclusive or a law not in the baseline.
    """
    if against is not None:
        from scaling_assets.cli.against import compare

        compare(
            experiments or None, against, lab=lab, minimum_change=minimum_change or (), parts=part or (),
            alpha=alpha, is_strict=strict, as_json=as_json, as_markdown=markdown,
        )  # fmt: skip
    if minimum_change or part or strict or markdown:
        raise typer.BadParameter(
            "it belongs to --against", param_hint="--minimum-change, --part, --strict, --markdown"
        )

    from scaling_assets.cli import output, shapes, tables
    from scaling_assets.pipeline import answers, changing, watching
    from scaling_assets.pipeline.due import stale
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.records.verdict import Outcome, overall
    from scaling_assets.report import changed, wording
    from scaling_assets.report.stale import stale_text

    ws = open_workspace(lab)
    chosen = ws.chosen(experiments or None)
    found = [v for v in answers.verdicts(ws) if not experiments or v.experiment in experiments]
    judged = {v.experiment for v in found}
    missing = [e.name for e in chosen if e.gates and e.name not in judged]
    outcome = overall(tuple(found))
    if missing and outcome is not Outcome.FAIL:
        outcome = Outcome.INSUFFICIENT_DATA
    names = {e.name for e in chosen} & judged
    behind = {d.experiment: d.reasons for d in stale(ws) if d.experiment in names}
    if behind and outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE):
        outcome = Outcome.INCONCLUSIVE
    over_time = [e.name for e in chosen if any(law.changes is not None for law in e.laws)]
    watched = {name: seen for name in over_time if (seen := changing.watched(ws, name)).open}
    if any(changed.worst(seen.open) == "blocker" for seen in watched.values()):
        outcome = Outcome.INCONCLUSIVE if outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE) else outcome
    passed, asked = wording.passed(found)
    if as_json:
        document = {
            "outcome": outcome.value,
            "passed": passed,
            "asked": asked,
            "not_judged": missing,
            "confounders": {e.name: differ for e in chosen if (differ := shapes.differences(e))},
            "behind": {name: list(reasons) for name, reasons in behind.items()},
            "open_changes": {name: changed.sentences(seen) for name, seen in watched.items()},
        }
        output.document(shapes.headed("verdicts", **document, verdicts=shapes.listed(shapes.verdict, found)))
    else:
        tables.verdicts(found, has_advice=True)
        output.answer(f"{passed} of {asked} gates pass; overall: {wording.OUTCOME_WORDS[outcome]}")
        for v in found:
            if v.standing_reason:
                output.answer(f"{v.experiment}: {v.gate} is {v.standing}: {v.standing_reason}")
        for one in watching.stale(ws, experiments or None):
            output.message(f"{one.experiment}: {stale_text(one)}. These verdicts rest on it all the same.")
        for name, seen in watched.items():
            for sentence in changed.sentences(seen):
                output.message(f"{name}: open change: {sentence}. Decide: scaling-assets acknowledge.")
        for name, reasons in behind.items():
            output.message(
                f"{name} is behind: {', '.join(reasons)}. These verdicts do not count it; run 'scaling-assets run'."
            )
        if missing:
            output.message(f"Not judged yet: {', '.join(missing)}. Run 'scaling-assets run'.")
    raise typer.Exit(
        {Outcome.FAIL: FAIL, Outcome.PASS: PASS, Outcome.NOT_APPLICABLE: PASS}.get(outcome, OPEN)
    )
