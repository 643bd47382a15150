"""Change detection: no more false alarms than declared, planted changes found in time and called by their names."""

import numpy as np
import pytest

from benchmarks import change_points


def allowed(alpha: float, series: int) -> float:
    """The declared rate and two and a half standard errors of so many series."""
    return alpha + 2.5 * float(np.sqrt(alpha * (1 - alpha) / series))


def test_a_few_series_and_seeds_hold():
    for row in change_points.false_alarms(60, lengths=(30,)):
        assert row["scalar"] <= allowed(change_points.ALPHA, 60), row
    for kind in change_points.KINDS:
        row = change_points.found(kind, range(3))
        assert row["placed within 3 commits"] == 1 and row["called by its name"] == 1, row


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_false_alarms_in_every_cell():
    rows = list(change_points.false_alarms(500))
    assert {(row["points"], row["rho"]) for row in rows} == {
        (n, r) for n in (30, 100, 300) for r in (0.0, 0.5)
    }
    for row in rows:
        assert max(row["scalar"], row["level and exponent"]) <= allowed(change_points.ALPHA, 500), row


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_false_alarms_over_the_life_of_a_series():
    for row in change_points.lives(200):
        assert row["any report"] <= allowed(change_points.ALPHA, 200), row


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("kind", change_points.KINDS)
def test_planted_changes_are_found_in_time_and_told_apart(kind):
    row = change_points.found(kind, range(100))
    assert row["placed within 3 commits"] >= 0.9, row
    assert row["reported within 3 commits"] >= 0.9, row
    assert row["called by its name"] >= 0.95, row
