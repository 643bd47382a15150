"""A prediction stays inside what its metric can be, or is not given."""

from dataclasses import replace

import numpy as np
import pytest

from scaling_assets.records.law import Distance
from scaling_assets.science.fitting import fit, predict
from scaling_assets.science.fitting.predict import curve
from tests.science.fitting.cases import problem


def falling(residuals="log"):
    """A straight line that reaches 0 (log) at n = 10, or 1 from below (logit) at n = 10; seen up to 8."""
    x = np.repeat(np.arange(1.0, 9.0), 3)
    noise = 0.05 * np.random.default_rng(3).standard_normal(24)
    if residuals == "log":
        y = (100 - 10 * x) * np.exp(noise)
    else:
        p = 0.1 * x
        y = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + noise)))
    (law,) = fit([problem(x, y, ("linear",), residuals=residuals)])
    assert law.is_usable
    return law


@pytest.mark.parametrize("kind", ["new_run", "mean_curve"])
@pytest.mark.parametrize("residuals", ["log", "logit"])
def test_no_number_where_the_curve_left_the_metric(residuals, kind):
    law = falling(residuals)
    found = predict(law, {"n": 14.0}, kind=kind)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.distance is Distance.REFUSED
    assert found.reason.startswith(f"the linear law gives {'-' if residuals == 'log' else '1.'}")
    assert found.reason.endswith(" here, outside what the metric can be")
    value, low, high = curve(law, np.array([[4.0], [14.0]]), kind=kind)
    assert np.isfinite([value[0], low[0], high[0]]).all()
    assert np.isnan([value[1], low[1], high[1]]).all()


@pytest.mark.parametrize("kind", ["new_run", "mean_curve"])
@pytest.mark.parametrize(("residuals", "lost", "kept"), [("log", "low", "high"), ("logit", "high", "low")])
def test_an_end_outside_the_metric_is_no_bound_and_does_not_tighten_the_other(residuals, lost, kept, kind):
    law = falling(residuals)
    whole = predict(law, {"n": 8.0}, kind=kind)
    away = law.draws.copy()
    away[: len(away) // 4] *= (
        -50.0 if residuals == "log" else 50.0
    )  # a quarter of the draws leaves on one side
    partial = predict(replace(law, draws=away), {"n": 8.0}, kind=kind)
    assert partial.value == whole.value
    assert getattr(partial, lost) is None
    assert "lies outside what the metric can be" in partial.reason
    rest = predict(replace(law, draws=law.draws[len(away) // 4 :]), {"n": 8.0}, kind=kind)
    assert getattr(partial, kept) == pytest.approx(getattr(rest, kept))
