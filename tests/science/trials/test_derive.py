import numpy as np
import pandas as pd
import pytest

from scaling_assets.records.trial import trial_columns
from scaling_assets.science.trials import derive
from tests.science.trials.sums import experiment, rows, unit_sums


@pytest.fixture
def trials() -> pd.DataFrame:
    raw = pd.concat([rows(), rows(users=1, n_units=3, seed=1)])
    return derive(experiment(), unit_sums(experiment(), raw))


def test_frame_has_the_contracted_columns_and_types(trials):
    assert list(trials.columns) == list(trial_columns(experiment()))
    assert str(trials["seed"].dtype) == "Int64" and trials["n"].dtype == np.int64
    assert trials["is_simulated"].dtype == bool and trials["users"].dtype == float
    assert len(trials) == 9 * len(experiment().metrics)


def test_metrics_come_in_declared_order_then_by_cell(trials):
    assert list(dict.fromkeys(trials["metric"])) == [m.name for m in experiment().metrics]
    assert trials[trials["metric"] == "p95"]["users"].is_monotonic_increasing


def test_each_kind_is_computed_from_what_it_is_made_of(trials):
    raw = rows()
    unit = raw[raw["unit"] == "u3_2"]
    got = trials[trials["unit"] == "u3_2"].set_index("metric")["value"]
    assert got["mean_latency"] == pytest.approx(unit["latency_ms"].mean())
    assert got["p95"] == pytest.approx(np.quantile(unit["latency_ms"], 0.95))
    assert got["failure_rate"] == pytest.approx(unit["bad"].sum() / unit["ops"].sum())
    assert got["rm100"] == pytest.approx(100 * unit["penalty"].sum() / unit["ops"].sum())
    assert got["check_share"] == pytest.approx(unit["check_ms"].sum() / unit["total_ms"].sum())
    assert got["check_share"] != pytest.approx((unit["check_ms"] / unit["total_ms"]).mean(), rel=1e-6)


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator"),
    [
        ("failure_rate", 3, 0),
        ("failure_rate", 3, 2),
        ("failure_rate", -1, 2),
        ("rm100", -1, 2),
        ("check_share", 1, 0),
    ],
)
def test_undefined_sums_give_no_value(metric, numerator, denominator):
    sums = unit_sums(experiment(), rows(n_units=1))
    sums.loc[sums["metric"] == metric, ["numerator", "denominator"]] = numerator, denominator
    trials = derive(experiment(), sums)
    assert trials.set_index("metric")["value"].isna().to_dict() == {
        m.name: m.name == metric for m in experiment().metrics
    }


def test_no_rows_give_an_empty_frame_with_all_columns():
    empty = derive(experiment(), unit_sums(experiment(), rows()).iloc[:0])
    assert list(empty.columns) == list(trial_columns(experiment())) and len(empty) == 0


def test_metrics_that_are_not_declared_are_left_out():
    sums = unit_sums(experiment(), rows(n_units=1)).assign(metric="stranger")
    assert len(derive(experiment(), sums)) == 0
