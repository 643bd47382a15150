"""Every benchmark runs in its quick form and its claims about results hold. Speed is printed, never asserted."""

import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks import (
    chinchilla_bootstrap,
    chinchilla_point,
    first_law,
    global_optimum,
    one_dimensional_laws,
    ours,
    rolling_origin,
)
from benchmarks.harness import Report

SHARED = Path(os.environ.get("SCALING_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
QUICK = {
    "chinchilla_bootstrap": lambda: chinchilla_bootstrap.report(1, quick=True, compare_all=True),
    "chinchilla_bootstrap, growth": lambda: chinchilla_bootstrap.growth(1, quick=True),
    "chinchilla_point": lambda: chinchilla_point.report(1, quick=True),
    "one_dimensional_laws, ln y": lambda: one_dimensional_laws.report(1, "log", quick=True),
    "one_dimensional_laws, y": lambda: one_dimensional_laws.report(1, "identity", quick=True),
    "rolling_origin": lambda: rolling_origin.report(1, quick=True),
    "first_law": lambda: first_law.report(1),
}


@pytest.mark.parametrize("make", QUICK.values(), ids=QUICK)
def test_the_quick_form_holds(make, monkeypatch):
    monkeypatch.delenv("SCALING_SHARED_DATA", raising=False)
    report: Report = make()
    assert report.checks
    assert [what for what, held in report.checks.items() if not held] == []
    timed = [row for row in report.rows if "not timed" not in str(row.get("way", ""))]
    clocks = [v for row in timed for head, v in row.items() if "CPU" in head or "wall s" in head]
    assert clocks
    assert all(isinstance(v, float) and np.isfinite(v) and v > 0 for v in clocks)
    assert any("Python 3" in line for line in report.setup)


def test_most_optima_of_a_few_random_problems_are_found():
    """The goals need hundreds of problems; a few show that the table is made, and a collapse."""
    report = global_optimum.report(3, ("power_floor", "usl", "chinchilla"))
    assert [row["family"] for row in report.rows] == ["power_floor", "usl", "chinchilla"]
    for engine in ours.ENGINES:
        assert np.mean([row[f"ours, {engine}"] for row in report.rows]) >= 0.8
    assert len(report.checks) == len(report.rows) * len(ours.ENGINES)


@pytest.fixture
def published(monkeypatch):
    if not (SHARED / "chinchilla_points.csv").is_file():
        pytest.skip("the published data file is not on this machine (set SCALING_SHARED_DATA)")
    monkeypatch.setenv("SCALING_SHARED_DATA", str(SHARED))


@pytest.mark.usefixtures("published")
def test_published_points_give_the_published_numbers():
    """The optimum, and the standard errors of 4,000 resamples, are checks of the reports on these points."""
    for report in (chinchilla_bootstrap.report(1), chinchilla_point.report(1, quick=True)):
        assert "published points" in "".join(report.setup)
        assert [what for what, held in report.checks.items() if not held] == []
        assert any("published" in what or "known" in what for what in report.checks)
