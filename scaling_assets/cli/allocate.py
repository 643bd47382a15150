"""``allocate``: where does the next unit of money, compute or capacity go?"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption


def allocate(
    plan: Annotated[str | None, typer.Argument(help="Only this plan.")] = None,
    budget: Annotated[
        float | None, typer.Option(min=0, help="Answer under this budget instead; not kept.")
    ] = None,
    target: Annotated[
        float | None, typer.Option(help="Ask for the least cost that reaches this outcome; not kept.")
    ] = None,
    fix: Annotated[
        str | None, typer.Option("--set", metavar="DIMENSION=AMOUNT", help="Fix a dimension from now on.")
    ] = None,
    lift: Annotated[
        str | None, typer.Option("--unset", metavar="DIMENSION", help="Leave a dimension to the laws again.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for --set and --unset; recorded with your name.")] = "",
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day (UTC) of --set.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="The way back from the answer to the files it rests on.")
    ] = False,
    replay: Annotated[
        Path | None,
        typer.Option(help="Judge a CSV of tasks run under both policies (task,policy,outcome,cost)."),
    ] = None,
    compute: Annotated[
        list[float] | None,
        typer.Option(min=0, help="FLOP for which the best parameters and tokens are shown."),
    ] = None,
    served: Annotated[float, typer.Option(min=0, help="Tokens served over a lifetime, for --compute.")] = 0.0,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer the lab's plans: the best affordable amounts, never over budget.

    Every amount comes with its range over the laws' uncertainty, and with what stopped it. With
    --budget or --target the question is a what-if: the standing answer stays.

    \b
    Examples:
      scaling-assets allocate
      scaling-assets allocate agents --budget 20
      scaling-assets allocate agents --target 1.5
      scaling-assets allocate agents --set workers=4 --until 2027-01-31 --reason "one rack only"
      scaling-assets allocate agents --explain
      scaling-assets allocate --replay tasks.csv
      scaling-assets allocate training --compute 1e22 --compute 1e23 --served 1e12
      scaling-assets allocate --json | jq '.allocations[] | {plan, status, cost}'

    \b
    JSON: {"format": "scaling-assets/allocations/1", "allocations": [{"plan", "status", "reason",
      "amounts": [{"dimension", "amount", "low", "high", "unit", "cost", "bound_by"}], "budget",
      "cost", "cost_low", "cost_high", "leftover", "outcome": {"value", "low", "high", "unit",
      "level"}, "target", "reaches", "risk": {"measure", "value"}, "binding", "explanation": [],
      "inputs": [{"noun", "role", "experiment", "identity", "text"}], "baselines", ...}]}
      With --explain: "steps" of the view allocation_explained; with --replay: "replay"; with
      --compute: "frontier".
    Exit codes: 0 answered (see "status": optimal, infeasible, waiting, refused), 3 no such plan.
      --replay: 0 pass, 1 fail, 2 inconclusive or insufficient data.
    """
    from scaling_assets.cli import output, recommended, shapes
    from scaling_assets.pipeline import allocating, replays
    from scaling_assets.pipeline.workspace import open_workspace

    recommended.refuse_what_is_no_number(budget=budget, target=target, compute=compute, served=served)
    if replay is not None:
        judged = replays.replay_file(replay)
        recommended.replay(judged, as_json=as_json)
        raise typer.Exit(recommended.EXIT_CODES[judged.outcome])
    ws = open_workspace(lab)
    if plan is None and (fix or lift or explain or compute or target is not None):
        raise typer.BadParameter("name the plan that is meant", param_hint="PLAN")
    names = [ws.plan(plan).name] if plan else sorted(ws.lab.plans)
    if plan and compute:
        recommended.frontier(replays.compute_frontier(ws, plan, compute, served), as_json=as_json)
        return
    if plan and (fix or lift):
        if not reason:
            raise typer.BadParameter("say why: it is recorded", param_hint="--reason")
        dimension, amount = recommended.assignment(fix) if fix else (lift or "", None)
        allocating.override(ws, plan, dimension, amount, reason=reason, until=recommended.end_of_day(until))
    if budget is None and target is None:
        found = [allocating.allocate(ws, name).allocation for name in names]
    else:
        changes = {k: v for k, v in (("budget", budget), ("target", target)) if v is not None}
        found = [allocating.what_if(ws, name, **changes) for name in names]
    if plan and explain:
        recommended.explained(ws.store.query(recommended.EXPLAINED, {"plan": plan}), as_json=as_json)
        return
    if as_json:
        output.document(shapes.headed("allocations", allocations=shapes.listed(shapes.allocation, found)))
    else:
        recommended.allocations(found)
        if not names:
            output.message("The lab declares no plan: see plans/ in 'scaling-assets init'.")
