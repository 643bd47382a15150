"""Commands of the planning room: one for each kind of plan, all made the same way.

What belongs here: the list of these commands and what they print. What does not: answering (``pipeline.planning``).
A new kind needs its line in ``PLANNING``; a test compares the list with the registry, which is not imported here
because help must answer at once.
"""

from collections.abc import Callable
from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption

#: command: kind of plan, the line in the list of commands, what the help says, the name of a plan for examples.
PLANNING: dict[str, tuple[str, str, str, str]] = {}


def planning_commands() -> dict[str, tuple[Callable[..., None], str]]:
    """The commands of all kinds, in declared order."""
    return {name: (_command(name), line) for name, (_, line, _, _) in PLANNING.items()}


def _command(name: str) -> Callable[..., None]:
    kind, line, told, example = PLANNING[name]

    def command(
        plan: Annotated[str | None, typer.Argument(help="Only this plan.")] = None,
        lab: LabOption = None,
        as_json: JsonOption = False,
    ) -> None:
        _answer(kind, plan, lab, as_json)

    command.__name__ = kind
    command.__doc__ = f"""{line}

    {told}

    \b
    Examples:
      scaling-assets {name}
      scaling-assets {name} {example}
      scaling-assets {name} --json | jq '.answers[] | {{plan, status, headline}}'

    \b
    JSON: {{"format": "scaling-assets/{kind}/1", "answers": [{{"plan", "kind", "title", "status",
      "headline", "reason", "remedy", "level", "method", "is_simulated", "owner", "law_ids",
      "figures": [{{"part", "item", "quantity", "value", "low", "high", "unit", "text", "status",
      "method"}}], "answer_id", "data_version"}}]}}
    Exit codes: 0 done (see "status": answered, waiting, infeasible, refused), 3 no such plan.
    """
    return command


def _answer(kind: str, plan: str | None, lab: LabOption, as_json: bool) -> None:
    from scaling_assets.cli import output, shapes, tables
    from scaling_assets.pipeline import planning
    from scaling_assets.pipeline.workspace import open_workspace

    found = planning.planned(open_workspace(lab), kind, plan)
    if as_json:
        output.document(shapes.headed(kind, answers=shapes.listed(shapes.plan_answer, found)))
        return
    tables.plan_answers(found)
    if not found:
        output.message(f"The lab declares no plan with 'kind: {kind}'; 'check --schema plan' has the format.")
