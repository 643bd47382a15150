"""``run``: everything that is due, through Dagster, and what came out of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from scaling_assets.cli.options import Experiments, JsonOption, LabOption

if TYPE_CHECKING:
    from scaling_assets.orchestration.launch import RunSummary
    from scaling_assets.pipeline.due import Due
    from scaling_assets.pipeline.workspace import Workspace


def run(
    experiments: Experiments = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small sweeps, whatever is declared.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Large sweeps, whatever is declared.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Run the sweeps once more.")] = False,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do what is due: sweeps that never ran, files that wait, laws, verdicts, allocations, report.

    Nothing is computed twice: when data, declarations and code are unchanged there is nothing to do,
    and the command says so. Every step is a Dagster materialisation that the UI shows.

    \b
    Examples:
      scaling-assets run
      scaling-assets run locality --full
      scaling-assets run locality --again        further runs of its sweep, then a refit

    \b
    JSON: {"format": "scaling-assets/run/1", "runs": [{"experiment", "run_id", "succeeded", "seconds",
      "reasons", "problem"}], "laws": [...], "verdicts": [...], "allocations": [...],
      "plans": [...], "claims": [...], "database", "report"}; each as in its own command ('audit' for
      claims, 'next-runs' and its kin for the answers in plans).
    Exit codes: 0 done or nothing to do, 1 a run failed, 3 no such lab, experiment or store.
    """
    if quick and full:
        raise typer.BadParameter("--quick and --full exclude one another", param_hint="--full")

    import warnings
    from datetime import UTC, datetime

    # Dagster warns about parts of its own that we chose with open eyes; people cannot act on that.
    warnings.filterwarnings("ignore", message=".*currently in (beta|preview)")

    from scaling_assets.cli import output
    from scaling_assets.orchestration import launch
    from scaling_assets.pipeline.workspace import open_workspace

    ws = open_workspace(lab)
    label = f"again_{datetime.now(UTC):%Y%m%dT%H%M%S%f}" if again else None
    with output.progress() as tell:
        summary = launch.run(
            ws,
            experiments or None,
            mode="full" if full else "quick" if quick else None,
            label=label,
            told=tell,
            plan=_announce,
        )
    _close(ws, summary, as_json)
    _rejected(ws)
    for failed in summary.runs:
        if not failed.succeeded:
            output.message(
                f"{failed.experiment or 'summaries'}: run {failed.run_id} failed: {failed.problem}"
            )
    if not summary.succeeded:
        raise typer.Exit(1)


def _rejected(ws: "Workspace") -> None:
    """Name the files of which rows were kept back: their runs are in no law above."""
    from scaling_assets.cli import output

    found = ws.store.query(
        "select distinct q.path from quarantine q join landings l on l.path = q.path and l.source_id = q.source_id "
        "where l.looked_at = (select max(looked_at) from landings m where m.path = q.path) order by q.path"
    )
    if len(found):
        told = ", ".join(found["path"].head(5))
        more = f" and {len(found) - 5:,} more files" if len(found) > 5 else ""
        output.message(
            f"Rows kept back, in no law above, of {told}{more}. "
            "Why: scaling-assets query 'select * from quarantine_summary'"
        )


def _announce(todo: "list[Due]") -> None:
    from scaling_assets.cli import output

    for item in todo:
        output.message(f"  {item.experiment}: {'; '.join(item.reasons)}")


def _close(ws: "Workspace", summary: "RunSummary", as_json: bool) -> None:
    """What stands now: laws, verdicts, allocations, and where to look further."""
    from scaling_assets.cli import output, shapes, tables
    from scaling_assets.pipeline import answers
    from scaling_assets.report import wording

    standing = answers.standing(ws)
    laws = wording.leading(answers.laws(ws))  # with the questions that no family could answer
    shown = str(ws.store.publish() or ws.store.location)
    page = ws.lab.reports_folder / "index.html"
    if as_json:
        runs = [
            {
                "experiment": r.experiment,
                "run_id": r.run_id,
                "succeeded": r.succeeded,
                "seconds": round(r.seconds, 3),
                "reasons": list(r.reasons),
                "problem": r.problem,
            }
            for r in summary.runs
        ]
        output.document(
            shapes.headed(
                "run",
                runs=runs,
                laws=shapes.listed(shapes.law, laws),
                verdicts=shapes.listed(shapes.verdict, standing.verdicts),
                allocations=shapes.listed(shapes.allocation, standing.allocations),
                plans=shapes.listed(shapes.plan_answer, standing.plans),
                claims=shapes.listed(shapes.claim, standing.claims),
                database=shown,
                report=str(page),
            )
        )
        return
    if summary.runs:
        seconds = sum(r.seconds for r in summary.runs)
        done = sum(r.succeeded for r in summary.runs)
        output.answer(f"{done} of {len(summary.runs)} Dagster runs succeeded in {seconds:.1f} s.\n")
    else:
        output.answer("Nothing to do: data, declarations and code are unchanged.\n")
    tables.laws(laws)
    output.answer("")
    tables.verdicts(standing.verdicts)
    output.answer("")
    tables.allocations(standing.allocations)
    output.answer("")
    if standing.plans:
        tables.plan_lines(standing.plans)
        output.answer("")
    if standing.claims:
        tables.claim_counts(standing.claims)
        output.answer("")
    chosen = f" --lab {ws.lab.root}"
    output.answer(f"Database   {shown}")
    output.answer(f"           {output.program()} query{chosen} 'select * from exponent_summary'")
    output.answer(f"Report     {page}")
    output.answer(f"Dagster UI {output.program()} ui{chosen}")
