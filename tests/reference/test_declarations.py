"""The shipped declarations keep the promises that a reader of the lab relies on."""

import csv
import json
import os
import re
from pathlib import Path

import pytest
import yaml

from scaling_assets.lab import Lab
from scaling_assets.sweeps import WORKLOADS, settings_of, sweep_id
from tests.reference.truths import PLANTED, truth_of
from tests.reference.worked import LAB

NAMES = sorted(p.stem for p in (LAB / "experiments").glob("*.yaml"))
SHARED = Path(os.environ.get("SCALING_SHARED_DATA", LAB.parents[2] / "shared" / "data"))


def test_the_lab_has_all_its_experiments_and_plans(lab: Lab) -> None:
    assert sorted(lab.experiments) == NAMES == sorted(
        ["abc_seeds", "agent_count", "collaboration", "digits_learning_curve", "duckdb_aggregation",
         "governance", "iterations", "locality", "parallelism", "specsdm91"]
    )  # fmt: skip
    assert sorted(lab.plans) == ["orchestration_budget", "specsdm91_load"]
    assert {e.workload.kind for e in lab.experiments.values() if e.workload} == set(WORKLOADS)


@pytest.mark.parametrize("name", NAMES)
def test_declaration_says_what_it_is_and_where_it_comes_from(lab: Lab, name: str) -> None:
    experiment = lab.experiments[name]
    assert experiment.owner.startswith("team:")
    assert experiment.title
    assert experiment.hypothesis
    assert len(experiment.source) > 20, "a citation, not a word"
    assert experiment.laws
    assert experiment.gates
    assert (LAB / "experiments" / f"{name}.yaml").read_text().startswith("#"), "comments teach"


@pytest.mark.parametrize("name", NAMES)
def test_blockers_and_warnings_that_can_fail_describe_themselves(lab: Lab, name: str) -> None:
    silent = [g.name for g in lab.experiments[name].gates if not g.description and g.severity == "blocker"]
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_runs_come_from_a_sweep_or_from_a_landed_file(lab: Lab, name: str) -> None:
    experiment = lab.experiments[name]
    if experiment.workload is None:
        assert list((LAB / "landing" / name).glob("*.csv"))
        return
    assert WORKLOADS[experiment.workload.kind].is_simulated == experiment.is_simulated
    # Simulated runs cost nothing and are complete by default; measured ones use the user's time.
    assert experiment.workload.default_mode == ("full" if experiment.is_simulated else "quick")
    assert sweep_id(experiment, "quick", "first") != sweep_id(experiment, "full", "first")


def test_sweeps_of_all_experiments_differ(lab: Lab) -> None:
    ids = [sweep_id(e, m, "first") for e in lab.experiments.values() if e.workload for m in ("quick", "full")]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_every_planted_law_is_among_the_families_that_are_fitted(lab: Lab, planted: object) -> None:
    experiment = lab.experiments[planted.experiment]  # type: ignore[attr-defined]
    family, parameters = truth_of(experiment, planted)  # type: ignore[arg-type]
    question = next(q for q in experiment.laws if q.label == planted.question)  # type: ignore[attr-defined]
    assert family in question.families
    assert len(question.families) > 1, "a truth that has no rival is not found, it is assumed"
    assert parameters


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("locality", ("truths", 0, "parameters"), {"a": 1.05, "b": 0.35}),
        ("collaboration", ("truths", 0, "parameters"), {"a": 50, "b": 5}),
        ("agent_count", ("runs_per_cell",), 30),
        ("abc_seeds", ("tied", "training_bundles"), {"A": 15966, "B": 15711, "C": 40000}),
    ],
)
def test_published_numbers_are_those_of_the_source(
    lab: Lab, name: str, path: tuple, expected: object
) -> None:
    found = settings_of(lab.experiments[name], "full").model_dump()
    for step in path:
        found = found[step]
    assert found == expected


def test_quick_mode_is_the_sources_own_thin_design(lab: Lab) -> None:
    quick = settings_of(lab.experiments["locality"], "quick").model_dump()
    assert (quick["levels"]["elements"], quick["runs_per_cell"]) == ((1, 10, 100), 2)


def test_landed_sdm91_points_are_the_published_ones() -> None:
    published = SHARED / "usl_specsdm91.csv"
    if not published.exists():
        pytest.skip(f"{published} is not there; set SCALING_SHARED_DATA")
    with (LAB / "landing/specsdm91/sdm91.csv").open() as ours, published.open() as theirs:
        typed = [(float(r["virtual_users"]), float(r["throughput"])) for r in csv.DictReader(ours)]
        source = [(float(r["load"]), float(r["throughput"])) for r in csv.DictReader(theirs)]
    assert typed == source


@pytest.mark.parametrize("path", sorted(LAB.rglob("*.yaml")), ids=lambda p: p.stem)
def test_files_carry_no_address_or_host(path: Path) -> None:
    text = json.dumps(yaml.safe_load(path.read_text()), default=str) + path.read_text()  # dates are no text
    assert "://" not in text
    assert "@" not in text
    assert not re.search(r"\b\d+\.\d+\.\d+\.\d+\b", text), "a network address"
