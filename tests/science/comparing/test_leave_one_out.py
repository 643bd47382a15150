"""A context predicted from the others: level and shape errors are told apart."""

import numpy as np
import pytest

from scaling_assets.science.comparing import leave_one_out, of_family, together
from tests.science.comparing.made import contexts

SAME = {"a": 1.0, "b": 0.4}


def test_a_context_of_another_level_or_shape_is_wrong_by_that():
    found = {
        what: leave_one_out(contexts([SAME, SAME, SAME, odd], noise=0.01, runs=2), "power")[3]
        for what, odd in {"same": SAME, "level": {"a": 1.5, "b": 0.4}, "shape": {"a": 1.0, "b": 0.6}}.items()
    }
    assert found["same"].error < 0.02
    assert found["level"].level == pytest.approx(-np.log(1.5), abs=0.02)
    assert found["level"].shape < 0.02
    assert found["shape"].shape == pytest.approx(0.2 * np.std(np.log(np.geomspace(1, 100, 6))), rel=0.1)
    assert found["shape"].group == {"task": "d"}
    assert found["shape"].error ** 2 == pytest.approx(found["shape"].level ** 2 + found["shape"].shape ** 2)


def test_one_wild_run_of_the_context_left_out_does_not_make_the_error():
    problems = contexts([SAME] * 3, noise=0.01)
    problems[2].y[4] *= 1e3
    assert leave_one_out(problems, "power")[2].error < 0.02


def test_without_a_curve_of_the_others_there_is_a_reason_and_no_number():
    two = contexts([SAME, SAME], scales=2, runs=2)
    found = leave_one_out(two, "power")
    assert [one.error for one in found] == [None, None]
    assert "underdetermined" in found[0].reason
    assert leave_one_out(two[:1], "power") == []


def test_contexts_put_together_keep_their_units_and_lose_their_group():
    problems = contexts([SAME] * 3, runs=2)
    pooled = together(problems)
    assert (pooled.group, len(pooled.y), pooled.n_units) == ({}, 36, 36)
    asked = of_family(pooled, "linear", bootstrap=60).question
    assert (asked.families, asked.declared, asked.bootstrap) == (("linear",), "linear", 60)
