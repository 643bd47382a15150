"""The starter lab is a lab: it loads, its example is read whole, nothing is overwritten."""

import time
from pathlib import Path

import pytest

from scaling_assets.errors import LabExists
from scaling_assets.ingest import read_source, scan
from scaling_assets.lab import create_lab, load_lab
from scaling_assets.store import open_store


def test_a_new_lab_loads_and_its_example_is_good(tmp_path: Path) -> None:
    root = tmp_path / "My lab-2"
    made = create_lab(root)
    assert sorted(p.relative_to(root).as_posix() for p in made) == [
        "experiments/worker_count.yaml",
        "lab.toml",
        "landing/README.md",
        "landing/worker_count/EXAMPLE_not_measured.csv",
        "plans/workers_under_budget.yaml",
    ]
    lab = load_lab(root)
    assert (lab.name, list(lab.experiments), list(lab.plans)) == (
        "my_lab_2",
        ["worker_count"],
        ["workers_under_budget"],
    )
    found = scan(lab.landing, {}, settle_s=1, now_ns=time.time_ns() + 10**10)
    (stamp,) = found.ready
    source = read_source(
        lab.landing / stamp.path, stamp, lab.experiments, limits=lab.settings.landing.limits()
    )
    assert (source.rows_read, source.rejected, source.notes) == (40, (), ())
    rows = source.accepted[0].rows
    assert set(rows["machine"]) == {"example data"}
    assert rows["run_id"].str.startswith("example-").all()
    store = open_store(str(lab.warehouse))
    store.prepare()
    store.declare(lab.experiments["worker_count"])
    assert store.append(source).rows_accepted == 40


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(LabExists):
        create_lab(tmp_path)
    with pytest.raises(LabExists):
        create_lab(tmp_path / "mine.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    assert create_lab(tmp_path)
    load_lab(tmp_path)
