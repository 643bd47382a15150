"""Options and arguments that several commands share, and how their text is read.

What belongs here: declarations for Typer and parsing of ``name=value``. What does not: output.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

LabOption = Annotated[
    Path | None,
    typer.Option("--lab", metavar="DIR", help="The lab. Default: $SCALING_LAB, else from here upwards."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout; messages go to stderr.")
]
Experiments = Annotated[
    list[str] | None, typer.Argument(metavar="[EXPERIMENT]...", help="Only these. Default: all of the lab.")
]


def assignments(texts: Sequence[str]) -> dict[str, str]:
    """``["project=alpha"]`` as a mapping.

    Raises:
        typer.BadParameter: a text has no name before an equals sign, or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            raise typer.BadParameter(f"{text!r} is not of the form name=value")
        if name in found:
            raise typer.BadParameter(f"{name!r} is given twice")
        found[name] = value
    return found


def numbers(texts: Sequence[str]) -> dict[str, float]:
    """``["elements=5e5"]`` as a mapping to numbers.

    Raises:
        typer.BadParameter: as for :func:`assignments`, or a value is no finite number.
    """
    found = {}
    for name, value in assignments(texts).items():
        try:
            found[name] = float(value)
        except ValueError:
            raise typer.BadParameter(f"{name}={value}: {value!r} is not a number") from None
        if found[name] in (float("inf"), float("-inf")) or found[name] != found[name]:
            raise typer.BadParameter(f"{name}={value}: a finite number is needed")
    return found
