"""``stale``: which laws do newly landed runs disagree with?"""

from typing import Annotated

import typer

from scaling_assets.cli.options import Experiments, JsonOption, LabOption

NONE, SOME = 0, 1


def stale(
    experiments: Experiments = None,
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="Take the laws of these experiments as they are now.")
    ] = False,
    by: Annotated[str, typer.Option("--by", help="Who acknowledges.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why old and new runs belong together.")] = "",
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show laws that are stale: newly landed runs are not like those that the law had before.

    Every landing is held against the runs before it: do residuals lie elsewhere, bend, scatter otherwise, do
    undeclared dimensions or contexts have other values? The chance that an unchanged system is ever flagged
    is at most 'monitor: {alpha: ...}' (0.05), however many landings there are. A refit takes the new runs in
    all the same; the law stays stale until its question is declared otherwise (say, 'where' leaves the former
    runs out) or somebody acknowledges it.

    \b
    Examples:
      scaling-assets stale
      scaling-assets stale locality --acknowledge --by team:search --reason "a busier machine, as planned"

    \b
    JSON: {"format": "scaling-assets/stale/1", "acknowledged", "stale": [{"experiment", "question", "group",
      "reason", "n_new", "n_former", "e_value", "threshold", "looked_at", "tests": {name: {"p_value", ...}}}]}
    Exit codes: 0 no law is stale (or acknowledged), 1 some law is, 3 no such lab, experiment, store.
    """
    if acknowledge:
        for option, text in (("EXPERIMENT", " ".join(experiments or ())), ("--by", by), ("--reason", reason)):
            if not text.strip():
                raise typer.BadParameter(
                    "say which experiments, who acknowledges, and why", param_hint=option
                )

    from scaling_assets.cli import output, shapes, shapes_over_time
    from scaling_assets.pipeline import watching
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.report import stale as words

    ws = open_workspace(lab)
    if acknowledge:
        ws.chosen(experiments)  # all names are right before the first is acknowledged
        found = [one for e in experiments or () for one in watching.acknowledge(ws, e, by=by, reason=reason)]
    else:
        found = watching.stale(ws, experiments or None)
    if as_json:
        listed = shapes.listed(shapes_over_time.look, found)
        output.document(shapes.headed("stale", acknowledged=acknowledge, stale=listed))
    else:
        title = "Acknowledged" if acknowledge else "Stale laws"
        output.table(title, words.HEADER, [words.row(one) for one in found], empty="none")
    raise typer.Exit(SOME if found and not acknowledge else NONE)
