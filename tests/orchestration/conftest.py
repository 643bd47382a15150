"""A small real lab, a real store and a real Dagster instance."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from scaling_assets.pipeline.workspace import Workspace, open_workspace
from tests.orchestration.small_lab import make_lab


@pytest.fixture
def lab_root(tmp_path: Path) -> Path:
    return make_lab(tmp_path / "lab")


@pytest.fixture
def ws(lab_root: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    return open_workspace(lab_root)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made
