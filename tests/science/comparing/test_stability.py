"""Changes over time: found where planted, named for what they are, and not found in noise."""

import numpy as np
import pytest

from scaling_assets.records.law import LawStatus
from scaling_assets.science.comparing import drift, stability, together, windows_of
from scaling_assets.science.fitting import fit
from tests.science.comparing.made import contexts
from tests.science.planted import law

SAME = {"a": 1.0, "b": 0.4}


def over_time(truths, **rest):
    problems = contexts(truths, **rest)
    return list(zip([f"week {i}" for i in range(len(truths))], fit(problems), strict=True)), problems


def test_a_change_of_exponent_and_a_level_shift_are_not_mixed_up():
    middle = 10.0  # of 1 to 100
    bent = over_time([SAME, SAME, SAME, {"a": middle**-0.15, "b": 0.55}])  # same level there
    moved = over_time([SAME, SAME, SAME, {"a": 1.3, "b": 0.4}], seed=2)
    for windows, name in ((bent, "b"), (moved, "level")):
        found = stability(*windows)
        p = dict(zip([part.name for part in found.parts], found.p_values, strict=True))
        other = next(part for part in p if part != name)
        assert p[name] < 0.01 < p[other]
        sure = {(d.window, d.name) for d in found.departures if d.p_value < 0.01}
        assert ("week 3", name) in sure
        assert {part for _, part in sure} == {name}


@pytest.mark.slow
def test_false_alarms_over_all_windows_and_parts_stay_below_the_stated_level():
    alarms = 0
    for seed in range(60):
        found = stability(*over_time([SAME] * 5, runs=2, seed=seed, bootstrap=200))
        alarms += min(d.p_value for d in found.departures) < 0.05
    assert alarms <= 8  # 3 expected; more than 8 has a chance of .004


def test_windows_without_a_law_are_named():
    windows = [
        ("one", law(sd=0.02)),
        ("two", law(sd=0.02)),
        ("three", law(status=LawStatus.FAILED, reason="no")),
    ]
    found = stability(windows)
    assert found.windows == ("one", "two")
    assert found.missing == ("three: no",)
    assert stability(windows[1:]) is None


def test_windows_are_cut_by_units_in_their_order_of_time():
    (problem,) = contexts([SAME], scales=6, runs=2)
    problem.unit[:] = [f"run {i // 2}" for i in range(12)]
    when = np.repeat([50.0, 10.0, 60.0, 20.0, 30.0, 40.0], 2)
    cut = windows_of(problem, when, 3)
    assert [sorted(set(p.unit)) for p in cut] == [["run 1", "run 3"], ["run 4", "run 5"], ["run 0", "run 2"]]
    assert [p.group["window"] for p in cut] == ["1", "2", "3"]
    assert sum(len(p.y) for p in cut) == 12
    with pytest.raises(ValueError, match="6 units"):
        windows_of(problem, when, 7)


def test_todays_law_against_yesterdays():
    now = law(parameters=(1.0, 0.5), sd=(0.01, 0.01))
    same = drift(now, law(parameters=(1.0, 0.5), sd=(0.01, 0.01)))
    assert same.verdict == "no change shown"
    # the level at 10: 10^.1 lower with the exponent .4, made up for by a
    bent = drift(now, law(parameters=(10**0.1, 0.4), sd=(0.01, 0.002)))
    assert bent.verdict == "change of b"
    change = bent.change("b")
    assert change.low < 0.1 < change.high
    assert (change.then, change.now) == (0.4, 0.5)
    assert drift(now, law(parameters=(1.3, 0.5), sd=(0.01, 0.01))).verdict == "level shift"
    assert drift(now, law(parameters=(3.0, 0.5 - 0.1), sd=(0.01, 0.01))).verdict == "change of b and level"


def test_runs_in_common_make_a_difference_surer():
    today, yesterday = law(parameters=(1.0, 0.5), sd=0.01, n_units=40), law(parameters=(1.0, 0.475), sd=0.012)
    apart, nested = (drift(today, yesterday, is_nested=n).change("b") for n in (False, True))
    assert nested.p_value < apart.p_value
    assert nested.high - nested.low < apart.high - apart.low


@pytest.mark.slow
def test_nested_comparisons_keep_their_false_alarms():
    alarms, n = 0, 60
    for seed in range(n):
        old, new = contexts([SAME, SAME], runs=3, seed=seed)
        then, now = fit([old, together([old, new])])
        found = drift(now, then, is_nested=True)
        alarms += bool(found.changes) and found.verdict != "no change shown"
    assert alarms <= 8  # expected at most 3; more than 8 has a chance of .004


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        (law("linear", (1.0, 0.5)), "the family changed from linear to power"),
        (law(metric="z"), "the laws answer different questions"),
        (
            law(status=LawStatus.NOT_IDENTIFIED, reason="flat"),
            "yesterday's power law is not_identified: flat",
        ),
        (law(sd=0.0), "no part has a known spread in both laws"),
    ],
)
def test_laws_that_cannot_be_compared_say_why(then, reason):
    found = drift(law(sd=0.01), then)
    assert (found.verdict, found.reason, found.changes) == ("not comparable", reason, ())
