"""Commands of the planning room: one for each kind of plan, all made the same way.

What belongs here: the list of these commands and what they print. What does not: answering (``pipeline.planning``).
A new kind needs its line in ``PLANNING``; a test compares the list with the registry, which is not imported here
because help must answer at once.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption

#: command: kind of plan, the line in the list of commands, what the help says, the name of a plan for examples.
PLANNING: dict[str, tuple[str, str, str, str]] = {
    "capacity": (
        "capacity",
        "Is it enough, and what does growth ask for: sufficient, expand or redesign.",
        "From throughput laws, queues, resources and stated limits, with the arithmetic shown. A load counts as "
        "carried when the interval's doubting end carries it.",
        "web_capacity",
    ),
    "compute-optimal": (
        "compute_optimal",
        "How large a model, on how many tokens, for this much compute?",
        """N* and D* of a Chinchilla law for each budget of FLOP, tokens a parameter and loss with intervals, how
    both grow with compute; with the tokens served over the model's life where they are declared. Budgets
    beyond what the law may be asked get no number.""",
        "training_frontier",
    ),
    "next-runs": (
        "next_runs",
        "Which runs next? The batch that says most for the budget.",
        """Of the declared candidates, those that shrink the uncertainty of a target most for what they cost:
    a prediction, a parameter, a range, rival laws, or a gate that is open. Never over budget. What they
    are expected to settle is told beside what evenly and randomly spent money would.""",
        "search_latency",
    ),
    "economics": (
        "unit_economics",
        "What does one unit cost, what does it leave?",
        """Cost of a unit, margin, break-even, what models and savings do to them. Ranges stay ranges; a line
    that nobody stated makes costs "at least". With --set the question is a what-if: the standing
    answer stays.""",
        "worker_economics",
    ),
    "scenario": (
        "scenarios",
        "What would these quantities cost and leave?",
        """Bill, margin and payback of each scenario, whether its capacity suffices, and what contradicts
    itself. With --set the question is a what-if: the standing answer stays.""",
        "worker_scenarios",
    ),
    "scorecard": (
        "scorecard",
        "Where do key figures stand against their targets?",
        """Attainment in the direction that is better, trend and forecast day with intervals, phases against
    plan, criteria ticked by gates.""",
        "worker_scorecard",
    ),
}
#: Commands of kinds whose numbers may be set to others for a what-if.
WHAT_IF = ("economics", "scenario")


def planning_commands() -> dict[str, tuple[Callable[..., None], str]]:
    """The commands of all kinds, in declared order."""
    return {
        name: (_what_if(name) if name in WHAT_IF else _command(name), line)
        for name, (_, line, _, _) in PLANNING.items()
    }


def _command(name: str) -> Callable[..., None]:
    kind = PLANNING[name][0]

    def command(
        plan: Annotated[str | None, typer.Argument(help="Only this plan.")] = None,
        lab: LabOption = None,
        as_json: JsonOption = False,
    ) -> None:
        _answer(kind, plan, lab, as_json)

    return _told(command, name)


def _what_if(name: str) -> Callable[..., None]:
    kind, *_, example = PLANNING[name]

    def command(
        plan: Annotated[str | None, typer.Argument(help="Only this plan.")] = None,
        settings: Annotated[
            list[str] | None,
            typer.Option(
                "--set", metavar="NAME=VALUE", help="Another number instead; not kept. Repeat for more."
            ),
        ] = None,
        lab: LabOption = None,
        as_json: JsonOption = False,
    ) -> None:
        _answer(kind, plan, lab, as_json, settings or ())

    return _told(command, name, f"scaling-assets {name} {example} --set price=40")


def _told(command: Callable[..., None], name: str, further: str = "") -> Callable[..., None]:
    """The command with its name and help; ``further`` is one more example."""
    kind, line, told, example = PLANNING[name]
    command.__name__ = kind
    command.__doc__ = f"""{line}

    {told}

    \b
    Examples:
      scaling-assets {name}
      scaling-assets {name} {example}
      {further or f"scaling-assets {name} {example} --json"}
      scaling-assets {name} --json | jq '.answers[] | {{plan, status, headline}}'

    \b
    JSON: {{"format": "scaling-assets/{kind}/1", "answers": [{{"plan", "kind", "title", "status",
      "headline", "reason", "remedy", "level", "method", "is_simulated", "owner", "law_ids",
      "figures": [{{"part", "item", "quantity", "value", "low", "high", "unit", "text", "status",
      "method"}}], "answer_id", "data_version"}}]}}
    Exit codes: 0 done (see "status": answered, waiting, infeasible, refused), 3 no such plan.
    """
    return command


def _answer(
    kind: str, plan: str | None, lab: LabOption, as_json: bool, settings: Sequence[str] = ()
) -> None:  # fmt: skip
    from scaling_assets.cli import output, shapes, tables
    from scaling_assets.pipeline import planning
    from scaling_assets.pipeline.workspace import open_workspace

    changed = dict(_setting(text) for text in settings)
    if changed and plan is None:
        raise typer.BadParameter("name the plan whose numbers are to be others", param_hint="--set")
    ws = open_workspace(lab)
    if plan is not None and changed:
        try:
            found = [planning.what_if(ws, kind, plan, changed)]
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--set") from None
    else:
        found = planning.planned(ws, kind, plan)
    if as_json:
        output.document(shapes.headed(kind, answers=shapes.listed(shapes.plan_answer, found)))
        return
    tables.plan_answers(found)
    if not found:
        output.message(f"The lab declares no plan with 'kind: {kind}'; 'check --schema plan' has the format.")


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name.strip() and sign and value.strip()):
        raise typer.BadParameter(f"{text!r} is no NAME=VALUE", param_hint="--set")
    return name.strip(), value.strip()
