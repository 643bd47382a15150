"""``changes`` and ``acknowledge``: from when on is a law another one, and what people decided about it."""

from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption


def changes(
    experiment: Annotated[str | None, typer.Argument(help="Only this experiment.")] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show reported changes of laws over time, and the series that are watched.

    A series is a law question in one group on one hardware, point by point (commit, release, day) as the
    question declares under 'changes'. Each change is reported once, however long the series grows: what
    changed (level, exponent, floor), from which point on, by how much, and whether somebody has
    acknowledged it. A series without a report says why: no change shown, not enough points, not comparable.

    \b
    Examples:
      scaling-assets changes
      scaling-assets changes api_latency
      scaling-assets changes --json | jq -r '.changes[] | select(.status == "open") | .change_id'

    \b
    JSON: {"format": "scaling-assets/changes/1", "open", "changes": [{"change_id", "status", "severity",
      "experiment", "question", "metric", "group", "hardware", "by", "kind", "direction", "effect", "point",
      "earliest", "latest", "previous", "ratio", "level", "p_value", "parts": [{"name", "unit", "before",
      "difference", "low", "high", "p_value"}], "decision": {"author", "reason", "decided_at"}, ...}],
      "series": [{"question", "group", "hardware", "n_points", "first", "newest", "answer", "reason", ...}]}
    Exit codes: 0 done (open changes or not), 3 no such lab, experiment or store.
    """
    from scaling_assets.cli import output, shapes, shapes_over_time, tables
    from scaling_assets.pipeline import changing
    from scaling_assets.pipeline.workspace import open_workspace

    found = changing.watched(open_workspace(lab), experiment)
    if as_json:
        output.document(
            shapes.headed(
                "changes",
                open=len(found.open),
                changes=[shapes_over_time.change(one, found) for one in found.changes],
                series=[shapes_over_time.watched_series(one) for one in found.series],
            )
        )
        return
    tables.changes(found)
    if not found.series:
        output.message("Nothing is watched: declare 'changes' in a law question, then 'scaling-assets run'.")


def acknowledge(
    change_id: Annotated[
        str, typer.Argument(help="The report, as 'changes' shows it; a unique start will do.")
    ],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    rebaseline: Annotated[
        bool,
        typer.Option("--rebaseline", help="What comes after is the new normal: detection starts there."),
    ] = False,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a reported change is known; it stays in the history and is not open any more.

    With --rebaseline the points before the change are no longer compared with those that come. Every
    decision is kept with its author, reason and time; the last one counts.

    \b
    Examples:
      scaling-assets acknowledge 1f3a --by ana --reason "new serialiser, see the release notes"
      scaling-assets acknowledge 1f3a --by ana --reason "accepted in review" --rebaseline

    \b
    JSON: {"format": "scaling-assets/acknowledged/1", "change_id", "experiment", "status", "author",
      "reason", "decided_at"}
    Exit codes: 0 recorded, 3 no such report, lab or store.
    """
    from scaling_assets.cli import output, shapes, shapes_over_time
    from scaling_assets.pipeline import changing
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.report import changed

    for name, text in (("--by", by), ("--reason", reason)):
        if not text.strip():
            raise typer.BadParameter("a text is needed", param_hint=name)
    ws = open_workspace(lab)
    change, decision = changing.decide(
        ws, change_id, author=by.strip(), reason=reason.strip(), is_new_normal=rebaseline
    )
    if as_json:
        output.document(shapes.headed("acknowledged", **shapes_over_time.change_decision(decision)))
        return
    output.answer(
        f"{change.change_id} {decision.status.value}: {change.key.experiment}, {changed.series_name(change.key)}, "
        f"{changed.what(change)} since {changed.since(change)}"
    )
    output.message("The pages show it after 'scaling-assets report'.")
