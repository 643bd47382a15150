import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.compare import Compared, decide, units_needed

P, F, I, D = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA  # noqa: E741


@pytest.mark.parametrize(
    ("operator", "limits", "low", "high", "outcome"),
    [
        ("<", (5,), 1, 4, P), ("<", (5,), 1, 5, I), ("<", (5,), 5, 9, F), ("<", (5,), 4, 6, I),
        ("<=", (5,), 1, 5, P), ("<=", (5,), 5, 9, I), ("<=", (5,), 5.1, 9, F),
        (">", (5,), 6, 9, P), (">", (5,), 5, 9, I), (">", (5,), 1, 5, F),
        (">=", (5,), 5, 9, P), (">=", (5,), 1, 5, I), (">=", (5,), 1, 4.9, F),
        ("within", (2, 5), 2, 5, P), ("within", (2, 5), 1, 4, I), ("within", (2, 5), 6, 7, F),
        ("within", (2, 5), 0, 1, F), ("within", (2, 5), 0, 9, I),
        ("<", (5,), None, None, D), ("<", (5,), 1, None, D), ("<", (5,), None, 4, P), ("<", (5,), 6, None, F),
        ("<", (5,), None, 6, I), ("within", (2, 5), 3, None, D), ("within", (2, 5), 6, None, F),
    ],
)  # fmt: skip
def test_bounds_decide(operator, limits, low, high, outcome):
    assert decide(operator, limits, low, high) is outcome


@given(st.sampled_from(["<", "<=", ">", ">="]), st.floats(-9, 9), st.floats(-9, 9), st.floats(0, 9))
def test_what_passes_fails_under_the_opposite_question(operator, limit, low, width):
    opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[operator]
    outcome, mirrored = (decide(o, (limit,), low, low + width) for o in (operator, opposite))
    assert {outcome, mirrored} in ({P, F}, {I}, {I, F}, {I, P})
    assert (outcome is P) == (mirrored is F) and (outcome is F) == (mirrored is P)


@given(st.floats(0.02, 0.9), st.integers(3, 40))
def test_units_needed_is_the_smallest_that_decides(gap, n):
    def grown(factor):
        return -1 / factor**0.5, 1 / factor**0.5

    more = units_needed("<", (gap,), grown, n)
    assert decide("<", (gap,), *grown((n + more) / n)) is P
    assert more == 1 or decide("<", (gap,), *grown((n + more - 1) / n)) is not P


def test_units_that_would_not_settle_it_are_none():
    assert units_needed("<", (0.0,), lambda f: (-1 / f, 1 / f), 10) is None
    assert units_needed("<", (0.5,), None, 10) is None


@pytest.mark.parametrize(
    ("operator", "threshold", "problem"),
    [("within", 3, "'within' takes"), ("<", [1, 2], "'within' takes"), ("within", [2, 1], "is empty"),
     ("==", 3, "Input should be")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(operator, threshold, problem):
    with pytest.raises(ValidationError, match=problem):
        Compared.model_validate({"operator": operator, "threshold": threshold})
