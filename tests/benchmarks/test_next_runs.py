"""Planned batches, really run and refitted, are narrower than even and random spending."""

import numpy as np
import pytest

from benchmarks import next_runs


def test_the_best_batch_for_a_line_is_known():
    pilot = np.geomspace(1, 1000, 8)
    assert next_runs.for_a_line(pilot) == pytest.approx(0.72, abs=0.01)
    assert next_runs.for_a_line(np.geomspace(1, 100, 8)) == pytest.approx(0.631, abs=0.001)


@pytest.mark.slow
def test_a_planned_batch_is_narrower_after_the_refit():
    known, unknown = next_runs.compare("8 scales, 1 to 100", 40)
    assert known["design/even"] < 0.8 and unknown["design/even"] < 0.85
    assert known["design/random"] < 0.8
    assert min(known["covered, design"], unknown["covered, design"]) >= 0.8
