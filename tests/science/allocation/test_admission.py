"""What admits a law, what outranks it, and what a person fixes."""

from dataclasses import replace

import pytest

from scaling_assets.records.allocation import AllocationStatus
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.allocation import Pin, allocate
from tests.science.allocation.planned import dimension, plan, power

AGENTS, ROUNDS = power("agents", 0.3, sd=0.02), power("rounds", 0.2, sd=0.02)
DIMS = [dimension("agents", 0.5, 8), dimension("rounds", 0.2, 10)]


def verdict(outcome: Outcome, gate: str = "fits", experiment: str = "agents", **changes: object) -> Verdict:
    made = Verdict(
        verdict_id=f"{experiment}.{gate}", experiment=experiment, gate=gate, kind="parameter", group={},
        outcome=outcome,
        reason="the words of the gate", remedy="", measured=1.0, low=0.9, high=1.1, confidence=0.95, operator="<",
        threshold=(2.0,), unit="", n_units=9, method="m", severity="blocker", action="", owner="",
    )  # fmt: skip
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("outcome", "status", "words"),
    [
        (Outcome.PASS, "optimal", "spent"),
        (Outcome.NOT_APPLICABLE, "optimal", "spent"),
        (Outcome.FAIL, "refused",
         "laws that did not pass their gates may not be used: agents: fits is fail (the words of the gate)"),
        (Outcome.INCONCLUSIVE, "waiting", "waiting for verdicts: agents: fits is inconclusive (the words of the gate)"),
        (Outcome.INSUFFICIENT_DATA, "waiting", "waiting for verdicts: agents: fits is insufficient data"),
    ],
)  # fmt: skip
def test_blockers_admit_a_law(outcome, status, words):
    answer = allocate(plan(*DIMS, budget=3), [AGENTS, ROUNDS], [verdict(outcome)])
    assert answer.status.value == status and words in answer.reason


def test_warnings_and_other_groups_admit_without_a_word():
    grouped = replace(AGENTS, group={"site": "north"})
    others = [
        verdict(Outcome.FAIL, severity="warning"),
        verdict(Outcome.FAIL, "fits", group={"site": "south"}),
    ]
    assert allocate(plan(*DIMS, budget=3), [grouped, ROUNDS], others).status is AllocationStatus.OPTIMAL
    mine = verdict(Outcome.FAIL, group={"site": "north"})
    assert allocate(plan(*DIMS, budget=3), [grouped, ROUNDS], [mine]).status is AllocationStatus.REFUSED


def test_declared_gates_are_those_that_are_asked():
    law = {"experiment": "agents", "metric": "y", "admission": ["shape"]}
    asked = plan(DIMS[0] | {"law": law}, DIMS[1], budget=3)
    failed = verdict(Outcome.FAIL, "price")
    missing = allocate(asked, [AGENTS, ROUNDS], [failed])
    assert (
        missing.status is AllocationStatus.WAITING and "agents: shape has not been judged" in missing.reason
    )
    assert (
        allocate(asked, [AGENTS, ROUNDS], [failed, verdict(Outcome.PASS, "shape")]).status.value == "optimal"
    )
    open_to_all = plan(DIMS[0] | {"law": law | {"admission": []}}, DIMS[1], budget=3)
    assert allocate(open_to_all, [AGENTS, ROUNDS], [failed]).status is AllocationStatus.OPTIMAL


DIRECT = {"dimension": "agents", "experiment": "ab", "gate": "two_are_enough", "value": 2, "otherwise": 4}


@pytest.mark.parametrize(
    ("outcome", "amount", "bound_by"),
    [(Outcome.PASS, 2, "A/B verdict"), (Outcome.FAIL, 4, "A/B verdict"), (Outcome.INCONCLUSIVE, None, "")],
)
def test_a_direct_verdict_outranks_the_law(outcome, amount, bound_by):
    asked = plan(*DIMS, budget=3, direct=[DIRECT])
    free = allocate(plan(*DIMS, budget=3), [AGENTS, ROUNDS]).amounts[0].amount
    answer = allocate(asked, [AGENTS, ROUNDS], [verdict(outcome, "two_are_enough", "ab", kind="comparison")])
    assert answer.amounts[0].amount == (amount or free) and answer.cost <= 3
    if amount:
        assert answer.amounts[0].bound_by == bound_by
        assert any("fixed at" in s and "two_are_enough" in s for s in answer.explanation)
    assert [i.role for i in answer.inputs if i.noun == "verdict"] == [
        "fixes agents" if amount else "leaves to the laws: agents"
    ]


def test_a_person_outranks_both_and_is_named():
    pin = Pin("agents", 1, "override", "one machine only (kim, until 2027-01-01)")
    asked = plan(*DIMS, budget=3, direct=[DIRECT])
    answer = allocate(asked, [AGENTS, ROUNDS], [verdict(Outcome.PASS, "two_are_enough", "ab")], [pin])
    assert answer.amounts[0].amount == 1 and answer.amounts[0].bound_by == "override"
    assert (
        "agents is not left to the laws but fixed at 1 by an override: one machine only"
        in answer.explanation[-1]
    )
    assert answer.allocation_id != allocate(asked, [AGENTS, ROUNDS]).allocation_id


def test_what_is_fixed_must_be_possible():
    none = allocate(plan(*DIMS, budget=3), [AGENTS, ROUNDS], (), [Pin("agents", 2.5, "override", "w")])
    assert none.status is AllocationStatus.INFEASIBLE
    assert none.reason == "agents is fixed at 2.5 by override, which is none of its levels"
    dear = allocate(plan(*DIMS, budget=3), [AGENTS, ROUNDS], (), [Pin("agents", 8, "override", "w")])
    assert dear.status is AllocationStatus.INFEASIBLE
    assert dear.reason == "with agents = 8 (override) the cheapest choice costs 4.2, the budget is 3 usd"


def test_an_answer_lists_what_it_was_made_from():
    answer = allocate(plan(*DIMS, budget=3), [AGENTS, ROUNDS], [verdict(Outcome.PASS)])
    assert [(i.noun, i.role, i.experiment) for i in answer.inputs] == [
        ("law", "outcome by agents", "agents"), ("verdict", "admits the law", "agents"),
        ("law", "outcome by rounds", "rounds")
    ]  # fmt: skip
    assert answer.inputs[0].identity == AGENTS.law_id and "b = 0.3" in answer.inputs[0].text
