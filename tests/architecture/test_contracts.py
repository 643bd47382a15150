"""Promises about the source as a whole: imports, style, types, sizes, words."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "scaling_assets"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 300
BIN = Path(sys.executable).parent


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        ("lint-imports",),
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
    ],
    ids=["import contracts", "ruff check", "ruff format", "mypy"],
)
def test_static_checks_hold(command: tuple[str, ...]) -> None:
    done = _run(str(BIN / command[0]), *command[1:])
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_every_module_has_a_sign_on_the_door() -> None:
    silent = [
        str(p.relative_to(ROOT)) for p in MODULES if not re.match(r'\s*"""\S', p.read_text(encoding="utf-8"))
    ]
    assert silent == []


def test_modules_fit_in_the_head() -> None:
    long = {str(p.relative_to(ROOT)): n for p in MODULES if (n := len(p.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert [p.name for p in MODULES if p.stem in {"utils", "helpers", "common", "misc", "util"}] == []


def test_only_orchestration_and_the_code_location_import_dagster() -> None:
    importing = re.compile(r"^\s*(import|from) dagster", re.MULTILINE)
    offenders = [
        str(p.relative_to(ROOT))
        for p in MODULES
        if importing.search(p.read_text()) and "orchestration" not in p.relative_to(PACKAGE).parts
    ]
    assert offenders == []


def test_orchestration_holds_no_sql_text() -> None:
    statement = re.compile(
        r"\b(select|insert into|delete from|create table|update)\b\s+\S+\s+(from|values|set)\b", re.I
    )
    offenders = [
        str(p.relative_to(ROOT))
        for p in MODULES
        if "orchestration" in p.parts and statement.search(p.read_text())
    ]
    assert offenders == []


def test_lock_files_pin_every_line_and_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text().splitlines()
        assert len(lines) > 50
        assert [line for line in lines if not re.match(r"^[a-z0-9._-]+==[^\s;]+( ; .+)?$", line)] == []


def test_no_file_names_an_index_or_a_path_of_a_machine() -> None:
    listed = _run("git", "ls-files").stdout.split()
    assert len(listed) > 50
    forbidden = re.compile(
        r"(--index-url|--find-links|extra-index|https?://[^ ]*/simple(/| |$)|/home/\w+/|/Users/\w+/)"
    )
    texts = {
        n: (ROOT / n).read_text(encoding="utf-8", errors="replace") for n in listed if (ROOT / n).is_file()
    }
    offenders = [
        n for n, t in texts.items() if n != "tests/architecture/test_contracts.py" and forbidden.search(t)
    ]
    assert offenders == []
