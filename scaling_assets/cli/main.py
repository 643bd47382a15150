"""Entry point of ``scaling-assets``: assembles the commands and turns errors into messages.

What belongs here: the list of commands, exit codes of errors. What does not: any command.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any

import typer

from scaling_assets import __version__
from scaling_assets.cli import (
    allocate,
    assign,
    audit,
    baseline,
    changes,
    check,
    ingest,
    init,
    laws,
    output,
    predict,
    query,
    register,
    report,
    stale,
    ui,
    verdict,
)
from scaling_assets.cli import (
    run as run_command,
)
from scaling_assets.cli.planning import planning_commands
from scaling_assets.errors import ScalingError

CANNOT = 3  # usage, declarations, store: the question could not be asked
INTERRUPTED = 130
#: The base of Typer's own errors: click's class, or the copy that newer versions of Typer bring.
USAGE_ERRORS: Any = typer.BadParameter.__mro__[2]

#: In the order of a first walk: the command and its line in the list.
COMMANDS: dict[str, tuple[Callable[..., None] | typer.Typer, str]] = {
    "init": (init.init, "Make a lab with an example in it."),
    "check": (check.check, "Are the lab's declarations right?"),
    "register": (register.register, "What was declared before the first run?"),
    "assign": (assign.assign, "Which arm does this unit run?"),
    "ingest": (ingest.ingest, "Take in files from the landing folder."),
    "run": (run_command.run, "Do everything that is due."),
    "laws": (laws.laws, "Which curve, how sure?"),
    "predict": (predict.predict, "What will the metric be at this scale?"),
    "stale": (stale.stale, "Which laws do new runs disagree with?"),
    "verdict": (verdict.verdict, "Does it pass? The exit code says so."),
    "changes": (changes.changes, "Since when is a law another one?"),
    "acknowledge": (changes.acknowledge, "This change is known, or the new normal."),
    "allocate": (allocate.allocate, "Where does the budget go?"),
    **planning_commands(),
    "audit": (audit.audit, "Do published claims add up? The exit code says so."),
    "report": (report.report, "Write the pages again."),
    "baseline": (baseline.app, "Certified laws that later ones are compared with."),
    "query": (query.query, "SQL over what is published."),
    "ui": (ui.ui, "The Dagster UI with its daemon."),
}


class _InOrder(typer.core.TyperGroup):
    """Lists commands and groups of commands in the order of ``COMMANDS``."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)


app = typer.Typer(
    name="scaling-assets",
    cls=_InOrder,
    rich_markup_mode=None,  # plain help: the same in a terminal, a pipe and a pager
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for _name, (_command, _line) in COMMANDS.items():
    if isinstance(_command, typer.Typer):
        app.add_typer(_command, name=_name, short_help=_line)
    else:
        app.command(_name, short_help=_line)(_command)


def _version(wanted: bool) -> None:
    if wanted:
        output.answer(f"scaling-assets {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the full trace of an error.")] = False,
) -> None:
    """Scaling experiments in; laws, verdicts and allocations with honest intervals out.

    \b
    A first walk:
      scaling-assets init my-lab          make a lab with an example in it
      cd my-lab
      scaling-assets check                are its declarations right?
      scaling-assets run                  sweeps, laws, verdicts, allocations, report
      scaling-assets laws                 which curve, how sure?
      scaling-assets predict speed latency_ms users=40
      scaling-assets ui                   the same in the Dagster UI, kept fresh by sensors

    \b
    Exit codes of every command: 0 done, 3 could not be done (usage, declaration, store),
    130 interrupted. 'verdict' adds 1 (fail, regressed) and 2 (inconclusive), 'stale' 1 (some are),
    'audit' 1 (inconsistent) and 2 (not derivable), 'run' adds 1 (a run failed).
    Add --json to any command for one JSON document on stdout. NO_COLOR turns colour off.
    """


def run() -> None:
    """Run the command line and leave the process with its exit code."""
    arguments = sys.argv[1:]
    is_debug = "--debug" in arguments or bool(os.environ.get("SCALING_ASSETS_DEBUG"))
    # A pager or 'head' that closes the pipe ends us quietly, as it does every other tool.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # Where the flag stands makes no difference to people, so it makes none here.
    sys.exit(outcome([a for a in arguments if a != "--debug"], is_debug))


def outcome(arguments: list[str], is_debug: bool = False) -> int:
    """Run one command line in this process; returns its exit code, whatever happens."""
    try:
        code = app(arguments or ["--help"], prog_name="scaling-assets", standalone_mode=False)
    except ScalingError as error:
        return _told(error, is_debug, f"Error: {error.message.strip()}\n{error.remedy}")
    except USAGE_ERRORS as error:
        hint = f"See '{_path(error)} --help'."
        return _told(error, is_debug, f"Error: {error.format_message()}\n{hint}")
    except (KeyboardInterrupt, typer.Abort):
        output.message("Interrupted.")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last door: people get a message, --debug the trace
        kind = type(error).__name__
        text = f"Unexpected error: {kind}: {error}\nRun it again with --debug for the trace and report that."
        return _told(error, is_debug, text)
    if code == INTERRUPTED:
        output.message("Interrupted.")
    return code if isinstance(code, int) else 0


def _told(error: BaseException, is_debug: bool, text: str) -> int:
    if is_debug:
        traceback.print_exception(error)
    output.message(text)
    return CANNOT


def _path(error: BaseException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context is not None else "scaling-assets"
