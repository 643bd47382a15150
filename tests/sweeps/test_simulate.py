"""What is declared is what is drawn: design, laws, noise, counts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scaling_assets.errors import WorkloadFailed
from scaling_assets.records.experiment import Experiment
from scaling_assets.sweeps import run_sweep
from scaling_assets.sweeps.truth import Truth, shift
from tests.sweeps.declared import simulated, truths_of


def sweep(experiment: Experiment, folder: Path, mode: str = "full", label: str = "first") -> pd.DataFrame:
    path = run_sweep(experiment, mode=mode, label=label, folder=folder)
    return pd.DataFrame([json.loads(line) for line in path.read_text().splitlines()])


def with_truth(place: int, workload: dict[str, Any] | None = None, **changes: Any) -> Experiment:
    truths = truths_of(simulated())
    truths[place] |= changes
    return simulated({"truths": truths, **(workload or {})})


def test_without_noise_every_row_lies_on_the_declared_law(tmp_path: Path) -> None:
    rows = sweep(with_truth(0, run_noise=0, row_noise=0), tmp_path)
    np.testing.assert_allclose(rows["time_ms"], 2 * rows["size"] ** 0.5, rtol=1e-6)


def test_a_case_replaces_single_parameters_where_it_matches(tmp_path: Path) -> None:
    cases = [{"where": {"kind": "fancy"}, "parameters": {"a": 6}}]
    rows = sweep(with_truth(0, run_noise=0, row_noise=0, cases=cases), tmp_path)
    factor = rows["kind"].map({"plain": 2, "fancy": 6})
    np.testing.assert_allclose(rows["time_ms"], factor * rows["size"] ** 0.5, rtol=1e-6)


def test_noise_between_runs_and_within_runs_is_what_was_declared(tmp_path: Path) -> None:
    """400 runs of 50 rows: the log run means scatter by 0.2, rows around their run by 0.1, centred on the mean."""
    many = {"rows_per_run": 50, "full": {"runs_per_cell": 200}, "levels": {"size": [1]}}
    rows = sweep(with_truth(0, many, run_noise=0.2, row_noise=0.1), tmp_path)
    logs = np.log(rows["time_ms"])
    within = (logs - logs.groupby(rows["run_id"]).transform("mean")).std()
    runs = rows.groupby("run_id")["time_ms"].mean()
    assert within == pytest.approx(0.1, rel=0.05)
    assert np.log(runs).std() == pytest.approx(0.2, rel=0.12)
    assert np.log(runs).median() == pytest.approx(np.log(2), abs=0.04)


def test_a_median_centre_puts_the_law_at_the_median_row(tmp_path: Path) -> None:
    many = {"rows_per_run": 4000, "full": {"runs_per_cell": 1}, "levels": {"size": [1]}}
    rows = sweep(with_truth(0, many, run_noise=0, row_noise=0.5, centre="median"), tmp_path)
    assert rows["time_ms"].median() == pytest.approx(2, rel=0.03)
    assert rows["time_ms"].mean() == pytest.approx(2 * np.exp(0.125), rel=0.04)


def test_counts_have_the_declared_probability_and_never_exceed_their_trials(tmp_path: Path) -> None:
    rows = sweep(simulated({"full": {"runs_per_cell": 60}}), tmp_path)
    assert (rows["hits"] <= rows["items"]).all()
    n = rows["items"].sum()
    assert abs(rows["hits"].sum() - 0.3 * n) < 4 * np.sqrt(n * 0.21)
    assert set(rows["is_good"]) == {True, False}
    assert rows["is_good"].mean() == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / len(rows)))
    assert rows["hits"].dtype.kind == "i"


def test_poisson_counts_grow_with_their_exposure(tmp_path: Path) -> None:
    rows = sweep(with_truth(2, {"full": {"runs_per_cell": 80}}, draw="poisson", exposure="size"), tmp_path)
    per_unit = rows["hits"].sum() / rows["size"].sum()
    assert per_unit == pytest.approx(0.3, abs=4 * np.sqrt(0.3 / rows["size"].sum()))


def test_what_is_left_over_is_drawn_from_what_is_left(tmp_path: Path) -> None:
    truths = truths_of(simulated())
    truths[2] |= {"parameters": {"c": 0.6}}
    truths[3] |= {"trials": "items", "less": "hits", "parameters": {"c": 1.0}}
    columns = [{"name": n, "type": "integer"} for n in ("runs_per_cell", "items", "hits", "is_good")]
    experiment = simulated({"truths": truths}, columns=columns)
    rows = sweep(experiment, tmp_path)
    assert (rows["hits"] + rows["is_good"] == rows["items"]).all()


def test_totals_multiply_and_durations_invert(tmp_path: Path) -> None:
    truths = [truths_of(simulated())[1], {**truths_of(simulated())[0], "run_noise": 0, "row_noise": 0}]
    rest = truths_of(simulated())[2:]
    times = sweep(
        simulated({"truths": [truths[0], {**truths[1], "times": "items"}, *rest]}), tmp_path / "times"
    )
    np.testing.assert_allclose(times["time_ms"], 50 * 2 * times["size"] ** 0.5, rtol=1e-6)
    inverse = sweep(
        simulated({"truths": [truths[0], {**truths[1], "reciprocal_of": 3600}, *rest]}), tmp_path / "inverse"
    )
    np.testing.assert_allclose(inverse["time_ms"], 3600 / (2 * inverse["size"] ** 0.5), rtol=1e-6)


def test_sums_are_exact_to_the_written_digits(tmp_path: Path) -> None:
    columns = [
        {"name": "a_ms"}, {"name": "b_ms"}, {"name": "total_ms"},
        *[{"name": n, "type": t} for n, t in
          (("runs_per_cell", "integer"), ("items", "integer"), ("hits", "integer"), ("is_good", "boolean"))],
    ]  # fmt: skip
    parts = [
        {"column": c, "parameters": {"c": v}, "row_noise": 0.3} for c, v in (("a_ms", 1.7), ("b_ms", 0.02))
    ]
    workload = {
        "truths": [*truths_of(simulated()), *parts],
        "sums": {"total_ms": ["a_ms", "b_ms", "time_ms"]},
    }
    rows = sweep(simulated(workload, columns=columns), tmp_path)
    assert (rows["a_ms"] + rows["b_ms"] + rows["time_ms"] - rows["total_ms"]).abs().max() < 1e-8


def test_factorial_gives_every_condition_every_seed_and_its_own_tied_size(tmp_path: Path) -> None:
    experiment = simulated(
        {"tied": {"size": {"A": 10, "B": 20}}, "full": {"runs_per_cell": 1}, "crossed": {},
         "within": {"kind": ["plain", "fancy"]}, "rows_per_run": 1},
        conditions=["A", "B"], seeds=[42, 123, 456],
    )  # fmt: skip
    rows = sweep(experiment, tmp_path)
    assert len(rows) == 2 * 3 * 2
    assert rows.groupby(["condition", "seed"])["run_id"].nunique().eq(1).all()
    assert rows.groupby("run_id")["kind"].nunique().eq(2).all(), "'within' contexts are rows of one run"
    assert set(zip(rows["condition"], rows["size"], strict=True)) == {("A", 10), ("B", 20)}
    assert rows["runs_per_cell"].eq(3).all()


def test_mixed_contexts_are_drawn_a_run_at_a_time_by_weight(tmp_path: Path) -> None:
    mixed = {"crossed": {}, "mixed": {"kind": {"plain": 3, "fancy": 1}}, "full": {"runs_per_cell": 200}}
    rows = sweep(simulated(mixed), tmp_path)
    runs = rows.groupby("run_id")["kind"].agg(["nunique", "first"])
    assert runs["nunique"].eq(1).all()
    assert (runs["first"] == "plain").mean() == pytest.approx(0.75, abs=4 * np.sqrt(0.1875 / len(runs)))


def test_only_a_date_as_label_gives_rows_a_time(tmp_path: Path) -> None:
    assert "observed_at" not in sweep(simulated(), tmp_path)
    dated = sweep(simulated(), tmp_path, label="2026-01-30")
    assert set(dated["observed_at"]) == {"2026-01-30T00:00:00Z"}


def test_quick_may_run_fewer_levels(tmp_path: Path) -> None:
    experiment = simulated({"quick": {"levels": {"size": [1, 10]}}})
    assert set(sweep(experiment, tmp_path, mode="quick")["size"]) == {1, 10}
    assert set(sweep(experiment, tmp_path, mode="full")["size"]) == {1, 10, 100}


@pytest.mark.parametrize(
    ("place", "changes", "reason"),
    [
        (2, {"parameters": {"c": 1.2}}, "the declared truth of 'hits' is no probability at every level: 1.2"),
        (
            2,
            {"family": "linear", "by": ["size"], "parameters": {"a": 0.1, "b": 0.02}},
            "the declared truth of 'hits' is no probability at size=100: 2.1",
        ),
        (
            2,
            {"draw": "poisson", "parameters": {"c": -1}},
            "the declared truth of 'hits' is no rate at every level: -1",
        ),
    ],
)
def test_an_impossible_truth_is_refused_not_clipped(
    tmp_path: Path, place: int, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(WorkloadFailed, match=reason):
        sweep(with_truth(place, **changes), tmp_path)


def test_an_event_that_cannot_happen_stays_impossible_under_noise() -> None:
    truth = Truth(
        column="x", draw="binomial", trials=1000, parameters={"c": 0.0}, residuals="logit", run_noise=2.0
    )
    rng = np.random.default_rng(1)
    assert not truth.sample([{}] * 500, {}, rng).any()


@settings(max_examples=60, deadline=None)
@given(
    level=st.floats(1e-6, 1 - 1e-6),
    by=st.floats(-5, 5),
    scale=st.sampled_from(["log", "logit", "identity"]),
)
def test_a_shift_is_undone_by_its_opposite_and_logit_stays_inside(
    level: float, by: float, scale: Any
) -> None:
    there = shift(np.array([level]), by, scale)
    if scale == "logit":
        assert 0 < there[0] < 1
    back = shift(there, -by, scale)
    assert back[0] == pytest.approx(level, rel=1e-6, abs=1e-9)
