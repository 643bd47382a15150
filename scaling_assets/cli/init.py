"""``init``: make a lab with an example in it."""

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scaling_assets.cli.options import JsonOption

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

EMPTY = ("landing",)  # folders that a lab has from the start and no file of ours is in


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty directory.")],
    as_json: JsonOption = False,
) -> None:
    """Make a lab: lab.toml, a simulated experiment to practise on, a plan, a landing folder.

    \b
    Examples:
      scaling-assets init my-lab
      cd my-lab && scaling-assets check && scaling-assets run

    \b
    JSON: {"format": "scaling-assets/init/1", "lab", "files": [...]}
    Exit codes: 0 made, 3 the directory holds files already.
    """
    from scaling_assets.cli import output, shapes
    from scaling_assets.errors import LabExists

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LabExists(path=folder)
    name = folder.resolve().name
    files = _copy(resources.files("scaling_assets.cli") / "starter", folder, name)
    for empty in EMPTY:
        (folder / empty).mkdir()
    if as_json:
        output.document(shapes.headed("init", lab=str(folder.resolve()), files=[str(f) for f in files]))
        return
    output.answer(f"Made a lab in {folder}:")
    for path in files:
        output.answer(f"  {path}")
    output.answer(f"Next: cd {folder} && scaling-assets check && scaling-assets run")


def _copy(source: "Traversable", target: Path, name: str) -> list[Path]:
    target.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for item in sorted(source.iterdir(), key=lambda i: i.name):
        if item.is_dir():
            made += _copy(item, target / item.name, name)
        else:
            # A quote or backslash in a directory's name must not end the TOML string that it goes into.
            safe = "".join(c if c.isalnum() or c in " ._-" else "_" for c in name)
            text = item.read_text(encoding="utf-8").replace("NAME", safe)
            (target / item.name).write_text(text, encoding="utf-8")
            made.append(target / item.name)
    return made
