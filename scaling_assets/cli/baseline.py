"""``baseline``: certified laws that later laws are compared with.

What belongs here: the group of commands about baselines. What does not: the comparison (``against``), gates made
of a law (``baseline_gates``).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scaling_assets.cli import baseline_gates
from scaling_assets.cli.options import Experiments, JsonOption, LabOption

if TYPE_CHECKING:
    from scaling_assets.records.baseline import Baseline

app = typer.Typer(
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=False,
)
app.command("gates", short_help="Today's law as a gate, to paste.")(baseline_gates.gates)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name: letters, digits, '.', '_', '-'.")]
Which = Annotated[str, typer.Argument(metavar="BASELINE", help="NAME, NAME@VERSION or a FILE.json.")]


@app.callback()
def about() -> None:
    """Keep laws as somebody vouched for them, and compare later ones: 'verdict --against'.

    A baseline has a name and versions; saving a name again adds a version (that is how a change is
    accepted), and no version is ever changed or taken out. It holds the leading law of every question and
    group, with intervals and what it ran on, and what every metric amounted to. As a file it can be
    committed to a repository.

    \b
    Examples:
      scaling-assets baseline save main --by team:search --reason "release 3.1"
      scaling-assets baseline list
      scaling-assets baseline export main > ci/baseline.json
      scaling-assets verdict --against ci/baseline.json

    \b
    Every command takes --json. JSON: {"format": "scaling-assets/baselines/1", ...} or the file itself
    Exit codes: 0 done, 3 no such lab, experiment, baseline or file.
    """


@app.command(short_help="Certify the standing laws under a name.")
def save(
    name: Name,
    experiments: Experiments = None,
    by: Annotated[str, typer.Option("--by", help="Who vouches for these laws.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why: a release, an accepted change.")] = "",
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Certify the standing laws and metrics as the next version of a name.

    To accept a change (re-baseline), save the name again and say why: the former version stays.

    \b
    Examples:
      scaling-assets baseline save main --by team:search --reason "release 3.1"
      scaling-assets baseline save main speed --by team:web --reason "slower cache accepted until May"

    \b
    JSON: {"format": "scaling-assets/baselines/1", "baselines": [{"name", "version", "certified_by",
      "reason", "certified_at", "n_laws", "n_metrics"}], "skipped": [...]}
    Exit codes: 0 saved (or the very same stands already), 3 no such lab or experiment, or no law to certify.
    """
    for option, text in (("--by", by), ("--reason", reason)):
        if not text.strip():
            raise typer.BadParameter("a baseline says who vouches for it and why", param_hint=option)

    from scaling_assets.cli import output, shapes, shapes_over_time
    from scaling_assets.pipeline import baselines
    from scaling_assets.pipeline.workspace import open_workspace

    found = baselines.save(open_workspace(lab), name, experiments or None, certified_by=by, reason=reason)
    if as_json:
        entry = shapes_over_time.baseline_entry(found.baseline)
        output.document(shapes.headed("baselines", baselines=[entry], skipped=list(found.skipped)))
        return
    for line in found.skipped:
        output.message(f"Not in it: {line}")
    output.answer(_kept(found.baseline, found.is_new))


@app.command("list", short_help="All baselines: who vouched for what, when and why.")
def list_all(
    name: Annotated[str | None, typer.Argument(help="Only this name.")] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """List all versions of all names, oldest first; the newest of a name stands.

    \b
    Examples:
      scaling-assets baseline list

    \b
    JSON: {"format": "scaling-assets/baselines/1", "baselines": [{"name", "version", ...}]}
    Exit codes: 0 done, 3 no such lab.
    """
    from scaling_assets.cli import output, shapes, shapes_over_time
    from scaling_assets.pipeline import baselines
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.report import wording

    found = baselines.entries(open_workspace(lab), name)
    if as_json:
        output.document(
            shapes.headed("baselines", baselines=shapes.listed(shapes_over_time.baseline_entry, found))
        )
        return
    rows = [
        (f"{e.name}@{e.version}", str(e.n_laws), e.certified_by, wording.moment(e.certified_at), e.reason)
        for e in found
    ]
    output.table(
        "Baselines", ("baseline", "laws", "certified by", "when", "why"), rows, empty="none saved yet"
    )


@app.command(short_help="What a baseline holds.")
def show(which: Which, lab: LabOption = None, as_json: JsonOption = False) -> None:
    """Show a baseline: every monitored part with its interval, and which way is worse.

    \b
    Examples:
      scaling-assets baseline show main
      scaling-assets baseline show main@2 --json

    \b
    JSON: {"format": "scaling-assets/baseline-file/1", "name", "version", "baseline_id", "certified_by", "reason",
      "certified_at", "laws": [{"experiment", "question", "group", "hardware", "family", "parts": [...]}],
      "metrics": [{"experiment", "metric", "cell", "value", "low", "high"}]}: what 'export' writes
    Exit codes: 0 done, 3 no such lab, baseline or file.
    """
    from scaling_assets.cli import output
    from scaling_assets.pipeline import baselines
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.report import against_page, wording

    found = baselines.find(open_workspace(lab), which)
    if as_json:
        output.answer(baselines.to_text(found).rstrip("\n"))
        return
    rows = []
    for law in found.laws:
        group = wording.group_text(law.group)
        name = f"{law.experiment}: {law.question}" + (f" [{group}]" if group else "")
        ran_on = "; ".join(f"{column}: {', '.join(values)}" for column, values in law.hardware.items())
        for part in law.parts:
            label = part.name if part.role == part.name else f"{part.role} {part.name}"
            value = wording.with_interval(part.value, part.low, part.high, part.unit)
            source = "simulated" if law.is_simulated else "measured"
            rows.append((name, law.family, label, value, part.worse, ran_on, str(law.n_units), source))
    header = ("law", "family", "part", "value", "worse", "hardware", "runs", "kind")
    output.table(against_page.title(found), header, rows)
    output.answer(f"{len(found.laws)} laws, {len(found.metrics)} metric values; id {found.baseline_id}")


@app.command(short_help="Write a baseline as one file.")
def export(which: Which, lab: LabOption = None, as_json: JsonOption = False) -> None:
    """Print a baseline as one JSON document, to be committed to a repository.

    \b
    Examples:
      scaling-assets baseline export main > ci/baseline.json

    \b
    JSON: {"format": "scaling-assets/baseline-file/1", ...} with or without --json
    Exit codes: 0 done, 3 no such lab or baseline.
    """
    from scaling_assets.cli import output
    from scaling_assets.pipeline import baselines
    from scaling_assets.pipeline.workspace import open_workspace

    output.answer(baselines.to_text(baselines.find(open_workspace(lab), which)).rstrip("\n"))


@app.command("import", short_help="Take a baseline over from a file.")
def take_over(
    file: Annotated[Path, typer.Argument(help="What 'export' wrote.")],
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a baseline from a file under its own name; a file that was edited since is refused.

    \b
    Examples:
      scaling-assets baseline import ci/baseline.json

    \b
    JSON: {"format": "scaling-assets/baselines/1", "baselines": [{"name", "version", ...}]}
    Exit codes: 0 kept (or the very same stands already), 3 no such lab, no such file, or an edited one.
    """
    from scaling_assets.cli import output, shapes, shapes_over_time
    from scaling_assets.pipeline import baselines
    from scaling_assets.pipeline.workspace import open_workspace

    found, is_new = baselines.take_over(open_workspace(lab), file)
    if as_json:
        output.document(shapes.headed("baselines", baselines=[shapes_over_time.baseline_entry(found)]))
        return
    output.answer(_kept(found, is_new))


def _kept(found: "Baseline", is_new: bool) -> str:
    did = "Saved" if is_new else "Stands already:"
    laws = f"{len(found.laws)} law{'' if len(found.laws) == 1 else 's'}"
    return f"{did} {found.name}@{found.version}: {laws}, {len(found.metrics)} metric values."
