"""``ui``: the Dagster UI with its daemon."""

from typing import Annotated

import typer

from scaling_assets.cli.options import LabOption

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on. Dagster has no login.")] = "127.0.0.1",
    lab: LabOption = None,
) -> None:
    """Serve the Dagster UI and the daemon whose sensors refit what gets new runs. Ctrl-C ends both.

    \b
    Examples:
      scaling-assets ui
      scaling-assets ui --port 3001

    \b
    Exit codes: 0 ended, 3 no such lab or store; else the code of Dagster's own process.
    """
    from scaling_assets.cli import output
    from scaling_assets.orchestration import launch
    from scaling_assets.pipeline.workspace import open_workspace

    ws = open_workspace(lab)
    if host not in LOOPBACK:
        output.message(f"Anyone who can reach {host}:{port} can start runs: Dagster has no login.")
    output.message(f"Dagster UI on http://{host}:{port} (Ctrl-C ends it)")
    raise typer.Exit(launch.ui(ws, host=host, port=port))
