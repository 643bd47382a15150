"""The README is executed: its files are written, its commands run, its outputs compared.

Blocks ```yaml file=PATH and ```csv file=PATH are written to PATH. In ```console blocks every line that
starts with "$ " is run, in order, and what follows must match its output: "..." stands for anything,
runs of white space are one. Blocks of other kinds are shown only; the make targets they name must exist.
"""

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    kind: str
    file: str
    text: str


def blocks() -> list[Block]:
    return [
        Block(*(part or "" for part in found)) for found in BLOCK.findall(README.read_text(encoding="utf-8"))
    ]


def steps(text: str) -> list[tuple[str, str]]:
    """(command, expected output) of a console block."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in parts]


def test_every_command_of_the_readme_gives_the_output_it_shows(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SCALING_", "DAGSTER_"))}
    environment = {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
        "COLUMNS": "110",
    }
    ran = 0
    for block in blocks():
        if block.file:
            target = tmp_path / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        if block.kind != "console":
            continue
        for command, expected in steps(block.text):
            done = subprocess.run(
                command,
                shell=True,
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            # Progress goes to stderr and differs from machine to machine; a refusal is told there too.
            got = done.stdout + (done.stderr if done.returncode else "")
            assert "Traceback" not in done.stderr, done.stderr
            assert doctest.OutputChecker().check_output(expected, got, FLAGS), (
                f"$ {command}\n--- the README says\n{expected}\n--- the command says\n{got}"
            )
            ran += 1
    assert ran >= 6


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z-]+)", README.read_text(encoding="utf-8")))
    assert {"run", "test", "ui"} <= named
    assert {target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()


def test_every_file_that_the_readme_links_to_exists() -> None:
    linked = re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8"))
    local = [link for link in linked if "://" not in link]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_every_command_of_the_program_is_in_the_readme() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "scaling_assets.cli", "--help"], capture_output=True, text=True, check=True
    ).stdout.partition("Commands:")[2]
    commands = set(re.findall(r"^\W*([a-z]+)  ", shown, re.MULTILINE))
    assert {"init", "check", "ingest", "run", "laws", "predict", "verdict", "allocate", "report"} <= commands
    text = README.read_text(encoding="utf-8")
    assert {
        name for name in commands if f"`{name}`" not in text and f"scaling-assets {name}" not in text
    } == set()
