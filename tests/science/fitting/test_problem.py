"""From trials to problems: filters, groups, missing values, residual scales."""

import numpy as np
import pandas as pd
import pytest

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.trial import trial_columns
from scaling_assets.science.fitting import fit, problems_of
from scaling_assets.science.fitting.distinct import but_for_rounding


def experiment(**law):
    asked = {"metric": "latency", "by": ["users"], "families": ["power"], "bootstrap": 50} | law
    return Experiment.model_validate(
        {
            "name": "demo",
            "title": "Demo",
            "mode": "simulated",
            "dimensions": [{"name": "users", "unit": "users"}],
            "metrics": [
                {"name": "latency", "unit": "ms"},
                {"name": "hit", "kind": "rate", "numerator": "hits", "denominator": "tries"},
            ],
            "columns": [{"name": "hits"}, {"name": "tries"}],
            "context": [{"name": "host"}],
            "conditions": ["a", "b"],
            "laws": [asked],
        }
    )


def trials(declared):
    rng = np.random.default_rng(0)
    rows = [
        {
            "metric": metric,
            "unit": f"{condition}{users}-{seed}",
            "seed": seed,
            "users": float(users),
            "host": "big" if seed % 2 else None,
            "condition": condition,
            "is_simulated": True,
            "n": 10,
            "value": (3.0 if condition == "a" else 6.0) * users**0.5 * np.exp(0.02 * rng.standard_normal())
            if metric == "latency"
            else 0.2 + 0.05 * np.log(users),
        }
        for metric in ("latency", "hit")
        for condition in ("a", "b")
        for users in (1, 2, 4, 8, 16)
        for seed in (1, 2, 3, 4)
    ]
    return pd.DataFrame(rows).reindex(columns=list(trial_columns(declared)))


def test_one_problem_without_groups():
    declared = experiment()
    (found,) = problems_of(declared, trials(declared))
    assert found.x.shape == (40, 1)
    assert (found.residuals, found.metric_unit, found.axis_units) == ("log", "ms", ("users",))
    assert found.is_simulated
    assert found.group == {}


def test_groups_are_fitted_apart():
    declared = experiment(segment=["condition"])
    problems = problems_of(declared, trials(declared))
    assert [p.group for p in problems] == [{"condition": "a"}, {"condition": "b"}]
    a, b = fit(problems)
    assert a.parameter("coefficient").value == pytest.approx(3.0, rel=0.03)
    assert b.parameter("coefficient").value == pytest.approx(6.0, rel=0.03)
    assert a.parameter("coefficient").unit == "ms/users^b"
    assert a.law_id != b.law_id
    assert a.is_leading
    assert b.is_leading


def test_filters_and_missing_group_values():
    declared = experiment(where={"condition": ["a"], "users": [1, 2, 4]}, segment=["host"])
    problems = problems_of(declared, trials(declared))
    assert [p.group for p in problems] == [{"host": ""}, {"host": "big"}]
    assert [len(p.y) for p in problems] == [6, 6]
    assert sorted(set(problems[0].x[:, 0])) == [1.0, 2.0, 4.0]


def test_undefined_values_are_left_out_and_counted():
    declared = experiment()
    frame = trials(declared)
    frame.loc[frame.index[:3], "value"] = np.nan
    (found,) = problems_of(declared, frame)
    assert (len(found.y), found.n_missing) == (37, 3)
    assert fit([found])[0].evidence["n_missing"] == 3.0


def test_nothing_measured_is_still_a_problem():
    declared = experiment(segment=["condition"])
    (found,) = problems_of(declared, trials(declared).iloc[:0])
    (law,) = fit([found])
    assert (law.status.value, law.reason) == ("underdetermined", "there is no measured value")


def test_a_bounded_metric_is_fitted_in_log_odds():
    declared = experiment(metric="hit", families=["logarithmic"])
    (found,) = problems_of(declared, trials(declared))
    assert found.residuals == "logit"
    (law,) = fit([found])
    assert law.residuals == "logit"
    assert [p.value for p in law.parameters] == pytest.approx([0.2, 0.05], rel=1e-6)
    (told,) = problems_of(experiment(metric="hit", estimator={"residuals": "identity"}), trials(declared))
    assert told.residuals == "identity"


def test_the_order_of_trials_does_not_matter():
    declared = experiment()
    frame = trials(declared)
    (one,), (other,) = (
        problems_of(declared, frame),
        problems_of(declared, frame.sample(frac=1, random_state=3)),
    )
    assert one.data_version == other.data_version
    np.testing.assert_array_equal(fit([one])[0].draws, fit([other])[0].draws)


def test_last_digits_do_not_change_the_identity():
    """Sums that are added up in another order are the same data: else groups that nobody touched would be refitted."""
    values = np.exp(np.random.default_rng(1).normal(0, 40, 4000))
    values[:4] = 0.0, -0.0, np.inf, 1e-310
    same = but_for_rounding(np.nextafter(values, np.inf)) == but_for_rounding(values)
    assert np.mean(same) > 0.99
    assert np.all(np.abs(but_for_rounding(values[4:]) / values[4:] - 1.0) <= 2.0**-44)
    assert np.all(but_for_rounding(values[4:] * (1 + 1e-12)) != but_for_rounding(values[4:]))


def test_a_changed_value_changes_the_identity():
    declared = experiment()
    frame = trials(declared)
    (one,) = problems_of(declared, frame)
    frame.loc[frame.index[0], "value"] *= 1.0 + 1e-12
    (other,) = problems_of(declared, frame)
    assert one.data_version != other.data_version
