"""Speed-up: a report's own digits, Fieller's coverage, and ratios that have no interval."""

import numpy as np
import pytest
from scipy import stats

from scaling_assets.science.planning.speedup import (
    amdahl_limit,
    efficiency,
    fraction_grows,
    from_form,
    ratio_of_means,
    serial_fraction,
    throughput_gain,
    time_reduction,
)

FORMS = [("throughput_gain", 3.048), ("time_reduction", 0.75296), ("speedup", 4.048)]


@pytest.mark.parametrize(("form", "value"), FORMS)
def test_one_quantity_in_three_forms(form, value):
    """The concurrency report prints 4.05x, 75.3 % and 304.8 %: one speed-up of 4.048."""
    s = from_form(form, value)
    assert (f"{s:.2f}", f"{time_reduction(s):.1%}", f"{throughput_gain(s):.1%}") == (
        "4.05",
        "75.3%",
        "304.8%",
    )


def test_five_workers_of_that_report():
    assert efficiency(4.05, 5) == pytest.approx(0.81)
    assert serial_fraction(4.05, 5) == pytest.approx(0.0586, abs=5e-5)
    assert amdahl_limit(serial_fraction(4.05, 5)) == pytest.approx(17.05, abs=0.01)


def test_amdahls_law_has_one_serial_fraction_at_every_number_of_workers():
    for workers in (2, 7, 64):
        s = workers / (1 + 0.08 * (workers - 1))
        assert serial_fraction(s, workers) == pytest.approx(0.08)
    assert serial_fraction(9.0, 8) < 0 and amdahl_limit(-0.01) == np.inf


def test_no_number_is_no_speedup():
    with pytest.raises(ValueError, match="no speed-up"):
        from_form("time_reduction", 1.0)
    with pytest.raises(ValueError, match="no speed-up"):
        from_form("percent", 4.05)


def test_fieller_covers_and_welch_alone_is_its_limit():
    rng = np.random.default_rng(3)
    truth, hits = 100 / 25, 0
    for _ in range(2000):
        found = ratio_of_means(rng.normal(100, 12, 6), rng.normal(25, 2, 9), 0.95)
        hits += found.low <= truth <= found.high
    assert 0.935 <= hits / 2000 <= 0.965


def test_a_denominator_that_is_known_gives_the_interval_of_the_mean():
    above = np.array([98.0, 101, 103, 97, 102])
    found = ratio_of_means(above, np.full(4, 25.0), 0.95)
    half = stats.t.ppf(0.975, 4) * above.std(ddof=1) / np.sqrt(5)
    assert (found.low, found.high) == pytest.approx(((above.mean() - half) / 25, (above.mean() + half) / 25))


def test_a_ratio_over_nothing_has_no_interval():
    rng = np.random.default_rng(1)
    found = ratio_of_means(rng.normal(10, 1, 5), rng.normal(0.1, 1, 5), 0.95)
    assert found.low is None and found.high is None and "not apart from 0" in found.reason
    for few in (np.ones(5), np.ones(2)):
        assert ratio_of_means(few, np.ones(5), 0.95).reason
    with pytest.raises(ValueError, match="needs a run"):
        ratio_of_means(np.array([]), np.ones(3), 0.95)


def test_forms_carry_the_ends():
    found = ratio_of_means(np.array([98.0, 101, 103]), np.array([24.0, 26, 25]), 0.9)
    value, low, high = found.through(time_reduction)
    assert low < value < high and (value, low) == pytest.approx((1 - 1 / found.value, 1 - 1 / found.low))


def test_a_growing_fraction_is_told_from_noise():
    assert fraction_grows((0.05, 0.06), (0.08, 0.09)).startswith("serial fraction grows")
    assert fraction_grows((0.05, 0.08), (0.07, 0.09)).startswith("not separated")
    assert fraction_grows((0.05, 0.08), (0.01, 0.02)).startswith("serial fraction falls")
    assert fraction_grows((0.05, None), (0.07, 0.09)).startswith("not separated")
