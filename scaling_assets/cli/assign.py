"""``assign``: which arm does this unit run?"""

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption, assignments

if TYPE_CHECKING:
    from scaling_assets.records.assignment import Assignment, Refusal

NO_MATCH, ENOUGH, CANNOT, CONTRADICTS = 1, 2, 3, 4


def assign(
    experiment: Annotated[str, typer.Argument(help="The experiment.")],
    unit: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="The unit; as runs will record it.")
    ] = None,
    context: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="What is known of the unit.")
    ] = None,
    n: Annotated[
        Path | None,
        typer.Option("--n", metavar="FILE", help="Units from a file, '-' for standard input."),
    ] = None,
    arm: Annotated[
        str | None, typer.Option(help="Assign nothing; ask whether this is the unit's arm.")
    ] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the arm that a unit runs, assigned now or before: the same unit always gets its first answer.

    Balanced at random within blocks, however many processes ask at the same time. A file has one unit a
    line, or is CSV with a column 'unit' and context columns. One unit: its arm alone is printed; several:
    unit, tab, arm. Refusals go to stderr, in words.

    \b
    Examples:
      agents=$(scaling-assets assign agent_count --unit task-17 --context complexity=high)
      scaling-assets assign agent_count --n tasks.csv --json
      cut -f1 tasks.txt | scaling-assets assign agent_count --n - --context complexity=low

    \b
    JSON: {"format": "scaling-assets/assignments/1", "experiment", "answers": [{"unit", "status"
      ("assigned" or "refused"), "arm", "block", "position", "context", "assigned_at", "reason",
      "message"}], "units_by_arm"}
    Exit codes: 0 every unit has its arm, 1 the context does not match, 2 enough samples already,
    3 unknown or missing context column, unknown arm, no such experiment or assignment,
    4 the unit was assigned before under another context, or to another arm, or (with --arm) not at all.
    """
    shared = assignments(context or [])
    if (unit is None) == (n is None):
        raise typer.BadParameter("name units by --unit or by --n, one of them", param_hint="--unit")

    from scaling_assets.cli import output, shapes
    from scaling_assets.pipeline import assigning
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.records.assignment import Refusal
    from scaling_assets.science.assignment import Request

    given = [(one, shared) for one in unit or []] if n is None else _read(n, shared)
    requests = [Request(one, of, arm) for one, of in given]
    ws = open_workspace(lab)
    answers = assigning.assign(ws, experiment, requests)
    ws.store.publish()
    if as_json:
        by_arm = assigning.counted(ws.store.assignments(experiment))
        shown = [shapes.assigned(one) for one in answers]
        output.document(
            shapes.headed("assignments", experiment=experiment, answers=shown, units_by_arm=dict(by_arm))
        )
    else:
        for one in answers:
            if isinstance(one, Refusal):
                output.message(f"{one.unit}: {one.message}")
            else:
                output.answer(one.arm if len(answers) == 1 else f"{one.unit}\t{one.arm}")
    raise typer.Exit(max((_code(one) for one in answers), default=0))


def _read(path: Path, shared: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """Units of a file, each with its context: what the file says of a unit goes before what is said of all."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read: {error}", param_hint="--n") from None
    lines = [line for line in text.splitlines() if line.strip()]
    header = next(csv.reader(lines[:1]), [])
    if "unit" not in header:
        return [(line.strip(), shared) for line in lines]
    found = []
    for row in csv.DictReader(io.StringIO("\n".join(lines))):
        if None in row or None in row.values():
            raise typer.BadParameter(f"{path}: a line has not {len(header)} cells: {row}", param_hint="--n")
        own = {column: value for column, value in row.items() if column != "unit" and value}
        found.append((row["unit"], {**shared, **own}))
    return found


def _code(answer: "Assignment | Refusal") -> int:
    from scaling_assets.records.assignment import Refusal, RefusalReason

    if not isinstance(answer, Refusal):
        return 0
    return {
        RefusalReason.CONTEXT_DOES_NOT_MATCH: NO_MATCH,
        RefusalReason.ENOUGH_SAMPLES: ENOUGH,
        RefusalReason.OTHER_CONTEXT: CONTRADICTS,
        RefusalReason.OTHER_ARM: CONTRADICTS,
        RefusalReason.NOT_ASSIGNED: CONTRADICTS,
    }.get(answer.reason, CANNOT)
