"""The wheel: complete, and a working command where nothing of the checkout is in reach."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(command: list[str | Path], **options: object) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT])
    [built] = out.glob("*.whl")
    return built


def _elsewhere(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment in which the checkout cannot be found by accident."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("SCALING_", "PYTHON", "DAGSTER_", "VIRTUAL_ENV"))
    }
    return {**kept, "HOME": str(tmp_path), **more}


def test_the_wheel_carries_sql_templates_and_settings(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("tables", "views", "checks", "queries", "migrations"):
        in_tree = {f"scaling_assets/_sql/{folder}/{p.name}" for p in (ROOT / "sql" / folder).glob("*.sql")}
        assert in_tree, f"sql/{folder} is empty"
        assert in_tree <= held
    data = [
        p.relative_to(ROOT).as_posix()
        for p in (ROOT / "scaling_assets").rglob("*")
        if p.is_file() and p.suffix not in {".pyc"} and "__pycache__" not in p.parts
    ]
    assert set(data) <= held
    assert "scaling_assets/orchestration/instance/dagster.yaml" in held


def test_the_unpacked_wheel_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    environment = _elsewhere(tmp_path, PYTHONPATH=str(target))
    code = "import scaling_assets, sys; print(scaling_assets.__file__)"
    assert str(target) in _run([sys.executable, "-c", code], env=environment, cwd=tmp_path)
    command = [sys.executable, "-m", "scaling_assets.cli"]
    _run([*command, "init", "mylab"], env=environment, cwd=tmp_path)
    _run([*command, "check", "--lab", "mylab"], env=environment, cwd=tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_pip_install_of_the_wheel_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    environment = _elsewhere(tmp_path)
    _run([sys.executable, "-m", "venv", tmp_path / "venv"])
    binaries = tmp_path / "venv" / "bin"
    _run(
        [binaries / "python", "-m", "pip", "install", "-q", "-r", ROOT / "requirements.lock", wheel],
        env=environment,
    )
    command = binaries / "scaling-assets"
    assert _run([command, "--version"], env=environment, cwd=tmp_path).strip().endswith("0.1.0")
    _run([command, "init", "mylab"], env=environment, cwd=tmp_path)
    _run([command, "run", "--lab", "mylab"], env=environment, cwd=tmp_path)
    assert "[" in _run([command, "laws", "--lab", "mylab", "--json"], env=environment, cwd=tmp_path)
