"""Finding a lab, its settings, its borders, and how fast a large one is read."""

import time
from pathlib import Path
from typing import Any

import pytest

from scaling_assets.errors import LabNotFound, PathOutsideLab
from scaling_assets.ingest import Limits
from scaling_assets.lab import find_lab, load_lab


def test_find_lab_by_argument_environment_and_place(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SCALING_LAB", raising=False)
    deep = root / "landing/a/b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_lab() == root.resolve()
    other = tmp_path / "other"
    other.mkdir()
    (other / "lab.toml").write_text('[lab]\nname = "other"\n')
    monkeypatch.setenv("SCALING_LAB", str(other))
    assert find_lab() == other.resolve()
    assert find_lab(root) == root.resolve()
    assert load_lab(find_lab()).experiments == {}
    with pytest.raises(LabNotFound, match=r"no lab\.toml"):
        find_lab(deep)


def test_folders_lie_inside(root: Path) -> None:
    lab = load_lab(root)
    for folder in (lab.landing, lab.warehouse, lab.sweeps_folder, lab.reports_folder):
        assert folder.parent == lab.root == root.resolve()


@pytest.mark.parametrize(
    "name", ["landing", "warehouse", "experiments", "sweeps", "experiments/load.yaml", "lab.toml"]
)
def test_a_link_that_leaves_the_lab_is_refused(root: Path, name: str, tmp_path_factory: Any) -> None:
    outside = tmp_path_factory.mktemp("outside") / Path(name).name
    path = root / name
    if path.exists():
        path.replace(outside)
    else:
        outside.mkdir()
    path.symlink_to(outside)
    with pytest.raises(PathOutsideLab):
        load_lab(root)


def test_a_link_inside_the_lab_is_fine(root: Path) -> None:
    (root / "elsewhere").mkdir()
    (root / "landing").symlink_to(root / "elsewhere")
    assert load_lab(root).landing.is_dir()


def test_settings(root: Path) -> None:
    (root / "lab.toml").write_text(
        '[lab]\nname = "x"\ntitle = "T"\nowner = "team:a"\n[landing]\nmax_file_mb = 2\nmax_columns = 10\n'
        'max_line_kb = 1.5\n[sweeps]\nmode = "full"\n[store]\nlocation = "results"\n'
    )
    settings = load_lab(root).settings
    assert settings.landing.limits() == Limits(2, 10, 1.5)
    assert (settings.landing.settle_s, settings.sweeps.mode, settings.lab.owner) == (1.0, "full", "team:a")
    assert settings.store.location == str(root.resolve() / "results")


@pytest.mark.parametrize(
    ("text", "at", "field", "problem"),
    [
        ('[lab]\nname = "x"\n[landing]\nsettle = 1\n', ":4", "landing.settle", "no such field"),
        ('[lab]\nname = "x"\n\n[sweeps]\nmode = "ful"\n', ":5", "sweeps.mode", "'ful' is not what belongs here"),
        ('[lab]\nname = "x"\n[landing]\nsettle_s = 0\n', ":4", "landing.settle_s", "0 does not fit"),
        ("[landing]\n", ":1", "lab", "a required field is missing"),
        ("[lab\n", ":1", "the whole file", "not TOML: "),
        ('[lab]\nname = "x"\n[store]\nlocation = "postgresql://me:secret@host/db"\n', ":4", "store.location",
         "a password does not belong into a file; set SCALING_ASSETS_STORE instead"),
    ],
)  # fmt: skip
def test_mistakes_in_lab_toml(
    root: Path, problems: Any, text: str, at: str, field: str, problem: str
) -> None:
    (root / "lab.toml").write_text(text)
    (found,) = problems()
    assert (found.facts["file"], found.facts["at"], found.facts["field"]) == ("lab.toml", at, field)
    assert problem in found.facts["problem"]
    assert "secret" not in str(found)


def test_a_store_outside_the_lab_is_refused(root: Path) -> None:
    (root / "lab.toml").write_text('[lab]\nname = "x"\n[store]\nlocation = "../else"\n')
    with pytest.raises(PathOutsideLab):
        load_lab(root)


@pytest.mark.slow
def test_a_thousand_experiments_take_seconds(root: Path) -> None:
    text = (root / "experiments/load.yaml").read_text()
    for i in range(1_000):
        (root / f"experiments/load_{i}.yaml").write_text(text.replace("name: load\n", f"name: load_{i}\n"))
    start = time.process_time()
    assert len(load_lab(root).experiments) == 1_001
    assert time.process_time() - start < 20


def test_the_labs_policy_of_looking_holds_where_an_experiment_has_none(root: Path) -> None:
    (root / "lab.toml").write_text('[lab]\nname = "x"\n[gates]\nlooks = {plan = "fixed", units = 30}\n')
    path = root / "experiments/load.yaml"
    assert load_lab(root).experiments["load"].looks.units == 30
    path.write_text(path.read_text() + "\nlooks: {plan: fixed, units: 7}\n")
    assert load_lab(root).experiments["load"].looks.units == 7
