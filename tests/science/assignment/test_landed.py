"""The landed ratio: known answers, losses that depend on the arm, crossovers, and what verdicts say then."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy import stats

from scaling_assets.records.assignment import Assignment
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.assignment import (
    check_landed,
    compares_arms,
    hold,
    mismatch,
    multinomial_test,
)
from scaling_assets.science.gates import Finding, judge
from tests.science.assignment import designs

NOW = datetime(2026, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("observed", "share", "p_value"),
    [
        ((5, 2, 1), (0.25, 0.5, 0.25), 0.0767),  # the example of R's package EMT
        ((8, 2), (1, 1), 2 * (1 + 10 + 45) / 2**10),
        ((0, 3), (1, 2), 15 / 27),  # 8/27, and (2, 1) with 6/27 and (3, 0) with 1/27 are less probable
        ((4, 4, 4), (1, 1, 1), 1.0),
    ],
)
def test_exact_answers(observed, share, p_value):
    found, method = multinomial_test(observed, share)
    assert found == pytest.approx(p_value, rel=1e-3) and method == "exact multinomial test"


@pytest.mark.parametrize(("n", "share"), [(37, (1, 1)), (60, (2, 1)), (101, (1, 5))])
def test_two_arms_are_the_binomial_test(n, share):
    for first in range(0, n, 7):
        expected = stats.binomtest(first, n, share[0] / sum(share)).pvalue
        assert multinomial_test((first, n - first), share)[0] == pytest.approx(expected, rel=1e-6)


def test_large_counts_are_chi_square_and_sparse_ones_are_drawn(monkeypatch):
    counts = [3100, 2900, 3000, 3050]
    assert multinomial_test(counts, [1] * 4)[0] == pytest.approx(stats.chisquare(counts).pvalue)
    for sparse in ([7, 1, 2, 0], [2, 3, 9, 1]):
        exact = multinomial_test(sparse, [1, 1, 2, 1])[0]
        with monkeypatch.context() as patched:
            patched.setattr(mismatch, "EXACT", 0)  # as if there were too many outcomes to list
            drawn, method = multinomial_test(sparse, [1, 1, 2, 1])
        assert "draws" in method
        assert drawn == pytest.approx(exact, abs=5 * np.sqrt(exact / mismatch.DRAWS))


def test_false_alarms_stay_below_the_level():
    rng = np.random.default_rng(5)
    for share in ((1, 1, 1), (3, 1)):
        p = np.array(share) / sum(share)
        found = [multinomial_test(rng.multinomial(60, p), share)[0] for _ in range(600)]
        assert np.mean(np.array(found) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)


@pytest.mark.parametrize("wrong", [((1,), (1,)), ((1, 2), (1,)), ((-1, 2), (1, 1)), ((1, 2), (0, 1))])
def test_counts_that_are_no_counts_are_refused(wrong):
    with pytest.raises(ValueError, match=r"shares|negative"):
        multinomial_test(*wrong)


def landed(loss: dict[float, int], n: int = 30):
    """A block with n units an arm, of which the last ``loss[arm]`` have not landed; in two blocks."""
    made, runs = [], []
    for block in ("medium", "high"):
        for arm in designs.AGENTS:
            for i in range(n):
                unit = f"{block}-{arm:g}-{i}"
                made.append(
                    Assignment("agent_count", unit, f"{arm:g}", {"complexity": block}, 1, {}, False, NOW)
                )
                if i < n - loss.get(arm, 0):
                    runs.append((unit, arm, block))
    return made, runs


def test_all_that_was_assigned_landed():
    made, runs = landed({})
    declared = designs.experiment()
    check = check_landed(declared, designs.trials(declared, runs), made)
    assert not check.is_mismatch and check.reason == ""
    assert (check.landed, check.missing, check.unassigned, check.crossovers) == (360, 0, 0, ())
    assert [dict(test.block) for test in check.tests] == [
        {},
        {"complexity": "high"},
        {"complexity": "medium"},
    ]
    assert check.tests[0].observed == dict.fromkeys(("1", "2", "3", "4", "6", "8"), 60)


def test_runs_of_one_arm_that_crash_are_found_and_loss_in_all_arms_is_not():
    declared = designs.experiment()
    made, runs = landed({8.0: 28})
    check = check_landed(declared, designs.trials(declared, runs), made)
    assert check.is_mismatch and check.missing == 56
    assert check.reason.startswith("sample-ratio mismatch: the units that landed are 1: 60 (expected 50.7)")
    made, runs = landed(dict.fromkeys(designs.AGENTS, 12))
    assert not check_landed(declared, designs.trials(declared, runs), made).is_mismatch


def test_opposite_losses_in_two_blocks_are_found_although_the_pool_agrees():
    declared = designs.experiment(
        dimensions=[{"name": "agents", "values": [1, 8]}], assignment={"context_filter": {}}
    )
    runs = [(f"m{i}", (1.0 if i < 40 else 8.0), "medium") for i in range(45)]
    runs += [(f"h{i}", (8.0 if i < 40 else 1.0), "high") for i in range(45)]
    check = check_landed(declared, designs.trials(declared, runs), [])
    assert check.tests[0].p_value == pytest.approx(1.0)
    assert check.is_mismatch and "in complexity = " in check.reason
    assert check.unassigned == 90


def test_crossovers_and_units_outside_are_counted():
    declared = designs.experiment()
    made, runs = landed({})
    runs[0] = (runs[0][0], 2.0, "medium")  # assigned to 1
    runs[1] = (runs[1][0], 5.0, "medium")  # no arm
    runs += [("stray", 3.0, "high"), ("too easy", 3.0, "low"), ("nameless", 3.0, None)]
    check = check_landed(declared, designs.trials(declared, runs), made)
    assert check.crossovers == ("medium-1-0",)
    assert (check.unassigned, check.outside, check.missing) == (2, 1, 1)
    assert check.evidence["crossovers"] == 1.0


PASSING = Finding(
    {}, Outcome.PASS, "0.4 proves > 0.2", measured=0.4, low=0.3, n_units=60, runs_needed=7,
    evidence={"p_value": 0.001},
)  # fmt: skip


def test_gates_that_compare_arms_are_those_that_read_several():
    declared = designs.experiment()
    assert {g.name for g in declared.gates if compares_arms(declared, g)} == {"grows", "overall"}


def test_a_mismatch_holds_back_what_compares_arms_and_nothing_else():
    declared = designs.experiment()
    made, runs = landed({8.0: 28})
    check = check_landed(declared, designs.trials(declared, runs), made)
    held = {g.name: hold(declared, check)(g, PASSING) for g in declared.gates}
    assert {name for name, found in held.items() if found != PASSING} == {"grows", "overall"}
    for name in ("grows", "overall"):
        found = held[name]
        assert found.outcome is Outcome.INCONCLUSIVE and found.runs_needed is None
        assert found.reason.startswith("sample-ratio mismatch") and "0.4 proves > 0.2" in found.reason
        assert found.evidence["sample_ratio_p_value"] < 0.001 and "Find out why" in found.remedy
        assert "p_value" not in found.evidence
    grows = declared.gates[0]
    thin = replace(PASSING, outcome=Outcome.INSUFFICIENT_DATA)
    assert hold(declared, check)(grows, thin).outcome is Outcome.INSUFFICIENT_DATA
    fine = replace(check, is_mismatch=False, reason="", crossovers=("u1",))
    said = hold(declared, fine)(grows, PASSING)
    assert said.outcome is Outcome.PASS and "1 of 304 units ran another arm than theirs (u1)" in said.reason


def test_what_is_held_back_neither_hides_a_failure_nor_makes_its_family_easier():
    gates = [
        {"name": "overall", "kind": "threshold", "metric": "speed", "operator": ">", "threshold": 1},
        {"name": "alone", "kind": "threshold", "metric": "speed", "operator": ">", "where": {"agents": 1},
         "threshold": 1.9},
        {"name": "spent", "kind": "budget", "metric": "speed", "total": 50},
        {"name": "ship", "kind": "all_of", "gates": ["overall", "spent"]},
        {"name": "both", "kind": "all_of", "gates": ["overall", "alone"]},
    ]  # fmt: skip
    family = {"method": "holm", "level": 0.05, "gates": ["overall", "alone"]}
    declared = designs.experiment(gates=gates, laws=[], multiplicity=family)
    assert not any(compares_arms(declared, g) for g in declared.gates[1:])
    made, runs = landed({8.0: 28})
    frame = designs.trials(declared, runs)
    frame["value"] = 2 + 0.2 * np.random.default_rng(3).standard_normal(len(frame))
    check = check_landed(declared, frame, made)
    alone, held = (
        {v.gate: v for v in judge(declared, frame, [], data_version="v", hold=h)}
        for h in (None, hold(declared, check))
    )
    outcomes = {name: v.outcome.value for name, v in held.items()}
    assert outcomes == {
        "overall": "inconclusive", "alone": "pass", "spent": "fail", "ship": "fail", "both": "inconclusive",
    }  # fmt: skip
    assert alone["ship"].outcome is Outcome.FAIL and alone["both"].outcome is Outcome.PASS
    assert "overall (inconclusive)" in held["both"].reason
    assert held["overall"].evidence["p_adjusted"] == 1 > alone["overall"].evidence["p_adjusted"]
    assert alone["alone"].confidence == 0.95 and held["alone"].confidence == pytest.approx(0.975)


def test_an_event_that_must_not_be_is_there_whatever_is_missing():
    declared = designs.experiment(
        columns=[{"name": "bad"}, {"name": "ops"}], laws=[],
        metrics=[{"name": "speed", "kind": "rate", "numerator": "bad", "denominator": "ops"}],
        gates=[{"name": "none", "kind": "zero_events", "metric": "speed", "below": 0.05}],
    )  # fmt: skip
    made, runs = landed({8.0: 28})
    frame = designs.trials(declared, runs).assign(numerator=0.0, denominator=1.0, value=0.0)
    held = hold(declared, check_landed(declared, frame, made))
    (found,) = judge(declared, frame, [], data_version="v", hold=held)
    assert found.outcome is Outcome.INCONCLUSIVE and found.reason.startswith("sample-ratio mismatch")
    frame.loc[0, ["numerator", "value"]] = 1.0
    (found,) = judge(declared, frame, [], data_version="v", hold=held)
    assert found.outcome is Outcome.FAIL and "1 event(s)" in found.reason


def test_conditions_are_arms_too():
    declared = designs.experiment(
        conditions=["A", "B"],
        dimensions=[{"name": "agents", "values": [1]}],
        assignment={"arm": "condition", "ratio": {"A": 2, "B": 1}},
    )
    runs = [(f"u{i}", "A" if i < 20 else "B", "high") for i in range(30)]
    check = check_landed(declared, designs.trials(declared, runs), [])
    assert check.tests[0].expected == {"A": 20.0, "B": 10.0} and not check.is_mismatch
