"""Answers to callers: one good question, spoiled one thing at a time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scaling_assets.records.assignment import Assignment, Refusal, Tally
from scaling_assets.science.assignment import Request, decide, is_complete, planned, problems_of_design
from tests.science.assignment import designs

NOW = datetime(2026, 1, 30, tzinfo=UTC)
GOOD = Request("task-1", {"complexity": "high", "project": "bridge"})
NOTHING = Tally({}, {})
FIRST = Assignment(
    "agent_count", "task-1", "4", {"complexity": "high"}, 1, {"complexity": "high", "project": "bridge"}, False, NOW
)  # fmt: skip


def ask(request=GOOD, tally=NOTHING, declared=None):
    (answer,) = decide(declared or designs.experiment(), [request], tally, now=NOW).answers
    return answer


def test_a_good_question_gets_an_arm_in_its_block():
    answer = ask()
    assert isinstance(answer, Assignment)
    assert (answer.block, answer.position, answer.assigned_at) == ({"complexity": "high"}, 1, NOW)
    assert answer.arm in {"1", "2", "3", "4", "6", "8"}


@pytest.mark.parametrize(
    ("spoiled", "reason", "words"),
    [
        (replace(GOOD, context={"complexity": "low"}), "context_does_not_match", "low is below medium"),
        (replace(GOOD, context={"project": "bridge"}), "missing_context", "lacks complexity"),
        (replace(GOOD, context={"colour": "red"}), "unknown_context", "declared: complexity, project"),
        (replace(GOOD, context={"complexity": "hard"}), "unknown_context", "allowed: low, medium, high"),
        (replace(GOOD, context={"complexity": "high", "project": "a\x00"}), "unknown_context", "NUL"),
        (replace(GOOD, unit=" "), "not_a_unit", "1 to 500"),
        (replace(GOOD, unit="u" * 501), "not_a_unit", "1 to 500"),
        (replace(GOOD, arm="5"), "unknown_arm", "arms: 1, 2, 3, 4, 6, 8"),
        (replace(GOOD, arm="4"), "not_assigned", "has no arm yet"),
    ],
)
def test_one_thing_wrong_gives_its_own_refusal(spoiled, reason, words):
    answer = ask(spoiled)
    assert isinstance(answer, Refusal)
    assert answer.reason == reason and words in answer.message


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"context": {}}, None),
        ({"arm": "4"}, None),
        ({"context": {"complexity": "medium", "project": "bridge"}}, "other_context"),
        ({"context": {"complexity": "low"}}, "other_context"),
        ({"arm": "2"}, "other_arm"),
        ({"arm": "5"}, "unknown_arm"),
    ],
)
def test_a_unit_keeps_its_first_answer(changes, reason):
    full = {(("complexity", "high"),): dict.fromkeys(("1", "2", "3", "4", "6", "8"), 30)}
    enough = designs.experiment(assignment={"min_samples_per_value": 30})
    answer = ask(replace(GOOD, **changes), Tally({"task-1": FIRST}, full), enough)
    assert answer == FIRST if reason is None else (answer.reason, answer.arm) == (reason, "4")


def test_enough_samples_end_it_when_every_arm_has_them():
    declared = designs.experiment(assignment={"min_samples_per_value": 3})
    counts = {"1": 2, "2": 1, "3": 2, "4": 2, "6": 2, "8": 2}
    blocks = {(("complexity", "high"),): counts, (("complexity", "medium"),): dict.fromkeys(counts, 1)}
    assert isinstance(ask(tally=Tally({}, blocks), declared=declared), Assignment)
    blocks[("complexity", "high"),] = {**counts, "2": 2}
    refused = ask(tally=Tally({}, blocks), declared=declared)
    assert refused.reason == "enough_samples" and "every arm has its 3 units" in refused.message


def test_one_question_for_many_units_is_as_balanced_as_many_questions():
    requests = [Request(f"u{i}", {"complexity": ("medium", "high")[i % 2]}) for i in range(26)]
    decision = decide(designs.experiment(), [*requests, requests[0]], NOTHING, now=NOW)
    assert len(decision.new) == 26 and decision.answers[-1] == decision.answers[0]
    for block in ("medium", "high"):
        arms = [a.arm for a in decision.new if a.block == {"complexity": block}]
        assert sorted(map(arms.count, "123468")) == [2, 2, 2, 2, 2, 3]
        assert [a.position for a in decision.new if a.block["complexity"] == block] == list(range(1, 14))


def test_a_batch_plans_every_block_that_the_filter_lets_through():
    declared = designs.experiment(assignment={"batch": {"units_per_block": 12}})
    requests = planned(declared)
    assert [r.unit for r in requests][::12] == ["agent_count_medium_01", "agent_count_high_01"]
    decision = decide(declared, requests, NOTHING, now=NOW)
    assert len(decision.new) == 24 and not decision.refused
    assert is_complete(designs.experiment(assignment={"min_samples_per_value": 4}), decision.new)
    assert not is_complete(designs.experiment(assignment={"min_samples_per_value": 5}), decision.new)


@pytest.mark.parametrize(
    ("assignment", "place", "words"),
    [
        ({"arm": "agent"}, ("arm",), "neither a dimension nor 'condition'"),
        ({"arm": "condition"}, ("arm",), "declares 0 value(s)"),
        ({"blocks": ["complexity", "size"]}, ("blocks", 1), "'size' is no context column"),
        ({"blocks": ["project", "project"]}, ("blocks", 1), "named twice"),
        ({"ratio": {"1": 2}}, ("ratio",), "no share for '2'"),
        ({"ratio": {"5": 1}}, ("ratio", "5"), "no arm '5'"),
        ({"ratio": dict(zip("123468", (97, 89, 83, 79, 73, 71), strict=True))}, ("ratio",), "cycle of"),
        ({"context_filter": {"min_project": "a"}}, ("context_filter", "min_project"), "no 'order'"),
        ({"context_filter": {"min_complexity": "hard"}}, ("context_filter", "min_complexity"), "never 'hard'"),
        ({"context_filter": {"min_size": "a"}}, ("context_filter", "min_size"), "means no context column"),
        ({"blocks": ["project"], "batch": {"units_per_block": 1}}, ("batch",), "declares neither"),
        ({"blocks": [], "batch": {"units_per_block": 1}}, ("batch",), "the filter asks for complexity"),
    ],
)  # fmt: skip
def test_a_design_that_names_what_is_not_there(assignment, place, words):
    found = list(problems_of_design(designs.experiment(assignment=assignment)))
    assert place in [p.place for p in found]
    assert any(words in p.what for p in found)
