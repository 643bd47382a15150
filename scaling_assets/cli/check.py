"""``check``: are the lab's declarations right?"""

from typing import TYPE_CHECKING, Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption

if TYPE_CHECKING:
    from scaling_assets.records.plan import Plan

CANNOT = 3


def check(
    schema: Annotated[
        str | None,
        typer.Option(metavar="experiment|plan|claims", help="Print the JSON Schema of a declaration."),
    ] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read every declaration of the lab and name every problem at once: file, field, remedy.

    \b
    Examples:
      scaling-assets check
      scaling-assets check --schema experiment > experiment.schema.json     for your editor

    \b
    JSON: {"format": "scaling-assets/check/1", "ok", "lab", "problems": [{"file", "field", "problem",
      "remedy"}], "experiments": [{"name", "mode", "laws", "gates"}], "plans": [...],
      "claims": [{"name", "claims"}]}
    Exit codes: 0 all right, 3 problems, or no lab.
    """
    from scaling_assets.cli import output, shapes
    from scaling_assets.errors import DeclarationErrors
    from scaling_assets.lab import claims_schema, experiment_schema, find_lab, load_lab, plan_schema

    schemas = {"experiment": experiment_schema, "plan": plan_schema, "claims": claims_schema}
    if schema is not None:
        if schema not in schemas:
            known = "neither 'experiment' nor 'plan' nor 'claims'"
            raise typer.BadParameter(f"{schema!r} is {known}", param_hint="--schema")
        output.document(schemas[schema]())
        return
    root = find_lab(lab)
    try:
        found = load_lab(root)
    except DeclarationErrors as error:
        if not as_json:
            raise
        problems = [
            {key: str(p.facts.get(key, "")) for key in ("file", "field", "problem")} | {"remedy": p.remedy}
            for p in error.problems
        ]
        output.document(
            shapes.headed(
                "check", ok=False, lab=str(root), problems=problems, experiments=[], plans=[], claims=[]
            )
        )
        raise typer.Exit(CANNOT) from None
    experiments = [found.experiments[name] for name in sorted(found.experiments)]
    if as_json:
        output.document(
            shapes.headed(
                "check",
                ok=True,
                lab=str(found.root),
                problems=[],
                experiments=[
                    {
                        "name": e.name,
                        "mode": e.mode,
                        "laws": [q.label for q in e.laws],
                        "gates": [g.name for g in e.gates],
                    }
                    for e in experiments
                ],
                plans=sorted([*found.plans, *found.questions]),
                claims=[
                    {"name": s.name, "claims": [c.name for c in s.claims]} for s in found.claims.values()
                ],
            )
        )
        return
    rows = [
        (
            e.name,
            e.mode,
            ", ".join(d.name for d in e.dimensions),
            str(len(e.metrics)),
            str(len(e.laws)),
            str(len(e.gates)),
            e.workload.kind if e.workload else "landing only",
        )
        for e in experiments
    ]
    header = ("experiment", "runs", "dimensions", "metrics", "law questions", "gates", "runs come from")
    output.table("Experiments", header, rows, empty="none declared")
    plans = [(p.name, ", ".join(p.experiments), _money(p)) for p in found.plans.values()]
    output.table("Plans", ("plan", "reads laws of", "budget"), plans, empty="none declared")
    if found.questions:
        asked = [(q.name, q.kind.replace("_", " "), q.title) for q in found.questions.values()]
        output.table("Further plans", ("plan", "kind", "title"), asked)
    if found.claims:
        sheets = [(s.name, str(len(s.claims)), s.title) for s in found.claims.values()]
        output.table("Claims", ("document", "claims", "title"), sheets)
    output.answer("All declarations are right.")


def _money(plan: "Plan") -> str:
    """The budget, or what is to be reached at least cost."""
    budget = "" if plan.budget is None else f"{plan.budget:g} {plan.currency}"
    return budget if plan.target is None else f"{budget or 'least cost'} for {plan.target:g}"
