"""``allocate``: where does the next unit of money, compute or capacity go?"""

from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption


def allocate(
    plan: Annotated[str | None, typer.Argument(help="Only this plan.")] = None,
    budget: Annotated[
        float | None, typer.Option(min=0, help="Answer under this budget instead; not kept.")
    ] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer the lab's plans: the best affordable amounts, never over budget.

    Every amount comes with its range over the laws' uncertainty, and with what stopped it. With
    --budget the question is a what-if: the standing answer stays.

    \b
    Examples:
      scaling-assets allocate
      scaling-assets allocate agents --budget 20
      scaling-assets allocate --json | jq '.allocations[] | {plan, status, cost}'

    \b
    JSON: {"format": "scaling-assets/allocations/1", "allocations": [{"plan", "status", "reason",
      "amounts": [{"dimension", "amount", "low", "high", "unit", "cost", "bound_by"}], "budget",
      "cost", "leftover", "outcome": {"value", "low", "high", "unit", "level"}, "baselines", ...}]}
    Exit codes: 0 answered (see "status": optimal, infeasible, waiting, refused), 3 no such plan.
    """
    from scaling_assets.cli import output, shapes, tables
    from scaling_assets.pipeline import plans
    from scaling_assets.pipeline.workspace import open_workspace

    if budget is not None and not budget > 0:
        raise typer.BadParameter("a budget is a positive amount", param_hint="--budget")
    ws = open_workspace(lab)
    names = [ws.plan(plan).name] if plan else sorted(ws.lab.plans)
    if budget is None:
        found = [plans.allocate(ws, name).allocation for name in names]
    else:
        found = [plans.what_if(ws, name, budget=budget) for name in names]
    if as_json:
        output.document(shapes.headed("allocations", allocations=shapes.listed(shapes.allocation, found)))
    else:
        tables.allocations(found)
        if not names:
            output.message("The lab declares no plan: see plans/ in 'scaling-assets init'.")
