"""docs/ci.md is executed: its files are written, its commands run, the steps of its workflow too."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.test_readme import BLOCK, FLAGS, ROOT, steps

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def shell(command: str, folder: Path, **extra: str) -> subprocess.CompletedProcess:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SCALING_", "DAGSTER_", "GITHUB_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", command], cwd=folder, env={**kept, "PATH": path, **extra}, capture_output=True,
        text=True, check=False, timeout=900,
    )  # fmt: skip


def write_files(root: Path) -> None:
    for _, file, text in BLOCK.findall(PAGE):
        if file:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(text, encoding="utf-8")


def workflow(project: Path) -> list[dict]:
    """The steps of the page's workflow that run something."""
    document = yaml.safe_load((project / ".github/workflows/laws.yaml").read_text(encoding="utf-8"))
    return [step for step in document["jobs"]["laws"]["steps"] if "run" in step]


@pytest.mark.slow
@pytest.mark.timeout(1_800)  # six refits, each through Dagster
def test_every_command_of_the_page_gives_the_output_it_shows_and_so_does_the_workflow(tmp_path: Path) -> None:
    write_files(tmp_path)
    project, ran = tmp_path / "project", 0
    for kind, _, text in BLOCK.findall(PAGE):
        for command, expected in steps(text) if kind == "console" else ():
            done = shell(f"set +e; {command}", tmp_path)
            assert "Traceback" not in done.stderr, done.stderr
            assert doctest.OutputChecker().check_output(expected, done.stdout, FLAGS), (
                f"$ {command}\n--- the page says\n{expected}\n--- the command says\n{done.stdout}{done.stderr}"
            )
            ran += 1
    assert ran >= 10
    for code, passes in (("inserts.py", True), ("slower.py", False)):
        clean = tmp_path / f"checkout_{passes}"
        write_files(clean)
        (clean / "project/ci").mkdir()
        (clean / "project/ci/baseline.json").write_text(first_baseline(project), encoding="utf-8")
        (clean / "project/inserts.py").write_text((clean / "project" / code).read_text())
        summary = clean / "summary.md"
        codes = [
            shell(
                step["run"], clean / "project", GITHUB_RUN_ID="7", GITHUB_STEP_SUMMARY=str(summary)
            ).returncode
            for step in workflow(clean / "project")
        ]
        assert codes == [0, 0, 0, 0 if passes else 1]
        assert summary.read_text().startswith("### ✅" if passes else "### ❌ Scaling laws: regressed")


def first_baseline(project: Path) -> str:
    """What was certified before anything regressed."""
    done = shell("scaling-assets baseline export main@1 --lab lab", project)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_workflow_asks_only_for_options_that_exist(tmp_path: Path) -> None:
    from scaling_assets.cli.main import COMMANDS, outcome

    write_files(tmp_path)
    for step in workflow(tmp_path / "project"):
        for command, rest in re.findall(r"^scaling-assets (\w+)(.*)$", step["run"], re.MULTILINE):
            assert command in COMMANDS
            words = rest.split(">>")[0].replace(" lab", f" {tmp_path / 'project/lab'}").split()
            assert outcome([command, *words, "--help"]) == 0
