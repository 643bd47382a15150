"""``init``: make a lab with an example in it."""

from pathlib import Path
from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty directory.")],
    as_json: JsonOption = False,
) -> None:
    """Make a lab: lab.toml, an experiment to practise on, a landing folder.

    \b
    Examples:
      scaling-assets init my-lab
      cd my-lab && scaling-assets check && scaling-assets run

    \b
    JSON: {"format": "scaling-assets/init/1", "lab", "files": [...]}
    Exit codes: 0 made, 3 the directory holds files already.
    """
    import shlex

    from scaling_assets.cli import output, shapes
    from scaling_assets.lab import create_lab

    files = create_lab(folder)
    if as_json:
        output.document(shapes.headed("init", lab=str(folder.resolve()), files=[str(f) for f in files]))
        return
    output.answer(f"Made a lab in {folder}:")
    for path in files:
        output.answer(f"  {path}")
    output.answer(f"Next: cd {shlex.quote(str(folder))} && scaling-assets check && scaling-assets run")
