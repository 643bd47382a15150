"""One good declaration, edited one field at a time after the first observation: who becomes exploratory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.registration import Registration
from scaling_assets.science.registration import baseline, compare, identity, in_words, parts, standing

START = datetime(2026, 1, 30, 11, 25, tzinfo=UTC)
GATES = ("fast", "cheap", "rises", "slope_of_cost", "all_there")
EVERY = frozenset(GATES)


def declared() -> dict[str, Any]:
    return {
        "name": "locality",
        "title": "Edits that grow",
        "hypothesis": "Regeneration grows more slowly than the model.",
        "description": "Once a night.",
        "owner": "team:engine",
        "mode": "measured",
        "dimensions": [{"name": "elements", "unit": "1", "values": [1, 10, 100], "targets": [1000]}],
        "context": [{"name": "project", "order": ["small", "large"]}],
        "conditions": ["A", "B"],
        "control_condition": "A",
        "seeds": [1, 2, 3],
        "columns": [{"name": "commit_ms", "required": False}, {"name": "price", "required": False}],
        "metrics": [
            {"name": "regen_ms", "unit": "ms", "formula": "commit_ms * 2", "description": "How long."},
            {"name": "cost", "unit": "usd", "formula": "price"},
        ],
        "rules": [
            {"name": "sane", "condition": "price > 0"},
            {"name": "short", "condition": "commit_ms < 9", "severity": "warning"},
        ],
        "laws": [
            {"metric": "regen_ms", "by": ["elements"], "families": ["power", "linear"]},
            {"metric": "cost", "by": ["elements"], "families": ["power"], "name": "bill"},
        ],
        "gates": [
            {"name": "fast", "kind": "threshold", "metric": "regen_ms", "operator": "<", "threshold": 80},
            {"name": "cheap", "kind": "threshold", "metric": "cost", "operator": "<", "threshold": 2},
            {"name": "rises", "kind": "parameter", "metric": "regen_ms", "parameter": "exponent",
             "operator": "<", "threshold": 0.5, "action": "Profile.", "owner": "ada"},
            {"name": "slope_of_cost", "kind": "parameter", "question": "bill", "parameter": "exponent",
             "operator": "within", "threshold": [0.9, 1.1]},
            {"name": "all_there", "kind": "completeness"},
        ],
    }  # fmt: skip


def history(*declarations: dict[str, Any], before: int = 1) -> list[Registration]:
    """Registrations an hour apart, the first ``before`` of them before the first observation."""
    found = []
    for position, one in enumerate(declarations):
        experiment = Experiment(**one)
        found.append(
            Registration(
                "locality", position + 1, identity(experiment), experiment.model_dump_json(), "asked for",
                position >= before, 0 if position < before else 12, START + timedelta(hours=position),
            )
        )  # fmt: skip
    return found


def spoiled(edit: Callable[[dict[str, Any]], object]) -> tuple[set[str], str]:
    """Gates that an edit after the first observation makes exploratory, and the first one's reason."""
    after = declared()
    edit(after)
    found = standing(Experiment(**after), history(declared(), after))
    late = {name: one for name, one in found.items() if one.standing == "exploratory"}
    assert all(one.since == START + timedelta(hours=1) for one in late.values())
    assert all(one.since == START for name, one in found.items() if name not in late)
    return set(late), next(iter(late.values())).reason if late else ""


def put(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def edit(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        if path[-1] == "+":
            data.append(to)
        else:
            data[path[-1]] = to

    return edit


NEW_GATE = {**declared()["gates"][0], "name": "faster", "threshold": 40}
CASES = {
    # texts and what decides no verdict
    "title": (put("title", to="Other"), set(), ""),
    "description": (put("description", to="Other"), set(), ""),
    "owner": (put("owner", to="team:other"), set(), ""),
    "notes": (put("notes", to={"a": "b"}), set(), ""),
    "text of a metric": (put("metrics", 0, "description", to="Other"), set(), ""),
    "action of a gate": (put("gates", 2, "action", to="Other"), set(), ""),
    "owner of a gate": (put("gates", 2, "owner", to="bob"), set(), ""),
    "targets": (put("dimensions", 0, "targets", to=[5000]), set(), ""),
    "compare": (put("laws", 0, "compare", to={}), set(), ""),
    "order of families": (put("laws", 0, "families", to=["linear", "power"]), set(), ""),
    "order of seeds": (put("seeds", to=[3, 1, 2]), set(), ""),
    "a default written out": (put("gates", 0, "confidence", to=0.95), set(), ""),
    "a default of the kind": (put("gates", 4, "minimum_share", to=1), set(), ""),
    "80 as 80.0": (put("gates", 0, "threshold", to=80.0), set(), ""),
    "a warning rule": (put("rules", 1, "condition", to="commit_ms < 8"), set(), ""),
    "a new column": (put("columns", "+", to={"name": "size", "required": False}), set(), ""),
    "a new metric": (put("metrics", "+", to={"name": "again", "formula": "price"}), set(), ""),
    "a new law": (put("laws", "+", to={"metric": "cost", "by": ["elements"], "families": ["linear"]}), set(), ""),
    # one gate
    "threshold": (
        put("gates", 0, "threshold", to=90), {"fast"}, "gates.fast.threshold changed from 80 to 90",
    ),
    "band": (
        put("gates", 3, "threshold", to=[0.8, 1.1]), {"slope_of_cost"},
        "gates.slope_of_cost.threshold changed from [0.9, 1.1] to [0.8, 1.1]",
    ),
    "operator": (put("gates", 0, "operator", to="<="), {"fast"}, 'operator changed from "<" to "<="'),
    "confidence": (put("gates", 0, "confidence", to=0.9), {"fast"}, "confidence changed from its default to 0.9"),
    "severity": (put("gates", 1, "severity", to="warning"), {"cheap"}, 'from its default to "warning"'),
    "where": (put("gates", 1, "where", to={"project": "large"}), {"cheap"}, "gates.cheap.where"),
    "each": (put("gates", 1, "each", to=["condition"]), {"cheap"}, "gates.cheap.each"),
    "a new gate": (put("gates", "+", to=NEW_GATE), {"faster"}, "gates.faster was added"),
    # those that read it
    "a metric's formula": (
        put("metrics", 0, "formula", to="commit_ms"), {"fast", "rises"},
        'metrics.regen_ms.formula changed from "commit_ms * 2" to "commit_ms"',
    ),
    "a metric's direction": (put("metrics", 1, "direction", to="lower"), {"cheap", "slope_of_cost"}, "direction"),
    "a law's families": (put("laws", 0, "families", to=["power"]), {"rises"}, "laws.regen_ms_by_elements.families"),
    "a law's pins": (put("laws", 1, "pins", to={"power": {"b": 1.0}}), {"slope_of_cost"}, "laws.bill.pins"),
    "a law's filter": (put("laws", 0, "where", to={"project": "large"}), {"rises"}, "where"),
    "a column of a metric": (
        put("columns", 0, "type", to="integer"), EVERY, 'columns.commit_ms.type changed from its default to "integer"',
    ),
    "a column's unit": (put("columns", 1, "unit", to="eur"), {"cheap", "slope_of_cost"}, "columns.price.unit"),
    # everything
    "hypothesis": (put("hypothesis", to="It is constant."), EVERY, 'to "It is constant."'),
    "bounds of a metric": (put("metrics", 1, "upper", to=5), EVERY, "metrics.cost.upper changed from its default to 5"),
    "levels": (put("dimensions", 0, "values", to=[1, 10]), EVERY, "dimensions.elements.values"),
    "context filter": (put("context", 0, "minimum", to="large"), EVERY, "context.project.minimum"),
    "conditions": (put("conditions", to=["A", "B", "C"]), EVERY, 'conditions changed from ["A", "B"]'),
    "control": (put("control_condition", to="B"), EVERY, "control_condition"),
    "seeds": (put("seeds", to=[1, 2]), EVERY, "seeds changed from [1, 2, 3] to [1, 2]"),
    "unit": (put("unit", to=["seed"]), EVERY, "unit changed"),
    "runs per cell": (put("runs_per_cell", to=9), EVERY, "runs_per_cell changed from its default to 9"),
    "a blocking rule": (put("rules", 0, "condition", to="price > 1"), EVERY, "rules.sane.condition"),
    "a new blocking rule": (put("rules", "+", to={"name": "no", "condition": "price < 5"}), EVERY, "was added"),
    "an assignment": (put("assignment", to={"arm": "condition"}), EVERY, "assignment was added"),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "who", "words"), CASES.values(), ids=CASES)
def test_an_edit_after_the_first_observation_spoils_those_that_read_it(edit, who, words):
    found, reason = spoiled(edit)
    assert found == set(who)
    assert words in reason
    if who:
        assert reason.startswith("after the first observation: ") and "(seen 2026-01-30 12:25 UTC)" in reason


FAMILY = {"method": "holm", "gates": ["fast", "cheap"]}
SHIP = {"name": "ship", "kind": "all_of", "gates": ["cheap", "all_there"]}
TOGETHER = {
    # what is planned with a family, then the edit, then who reads it
    "a member": (FAMILY, put("gates", 0, "threshold", to=90), {"fast", "cheap", "ship"}),
    "a member's metric": (FAMILY, put("metrics", 0, "formula", to="commit_ms"), {"fast", "cheap", "rises", "ship"}),
    "one that is no member": (FAMILY, put("gates", 2, "threshold", to=0.6), {"rises"}),
    "its level": (FAMILY, put("multiplicity", "level", to=0.1), {"fast", "cheap", "ship"}),
    "its members": (FAMILY, put("multiplicity", "gates", to=["fast", "rises"]), {"fast", "cheap", "rises", "ship"}),
    "their order": (FAMILY, put("multiplicity", "gates", to=["cheap", "fast"]), set()),
    "the family": (FAMILY, lambda d: d.pop("multiplicity"), {"fast", "cheap", "ship"}),
    "a new gate among all": ({}, put("gates", "+", to=NEW_GATE), EVERY - {"all_there"} | {"faster", "ship"}),
    "one of all is gone": ({}, lambda d: d["gates"].pop(0), EVERY - {"all_there", "fast"} | {"ship"}),
    "the count among all": ({}, put("gates", 4, "minimum_share", to=0.9), {"all_there", "ship"}),
    "looks of all": (FAMILY, put("looks", to="always_valid"), {"fast", "cheap", "rises", "slope_of_cost", "ship"}),
    "looks of one": (FAMILY, put("gates", 2, "looks", to={"plan": "fixed", "units": 9}), {"rises"}),
}  # fmt: skip


@pytest.mark.parametrize(("family", "edit", "who"), TOGETHER.values(), ids=TOGETHER)
def test_gates_that_are_read_together_stand_together(family, edit, who):
    before, after = (declared() | {"multiplicity": dict(family)} for _ in range(2))
    for one in (before, after):
        one["gates"].append(dict(SHIP))
    edit(after)
    found = standing(Experiment(**after), history(before, after))
    assert {name for name, one in found.items() if one.standing == "exploratory"} == set(who)


def test_a_gate_with_looks_of_its_own_is_not_read_by_those_of_all():
    before = declared()
    before["gates"][0]["looks"] = {"plan": "fixed", "units": 3}
    after = {**before, "looks": {"plan": "fixed", "units": 9}}
    found = standing(Experiment(**after), history(before, after))
    late = {name for name, one in found.items() if one.standing == "exploratory"}
    assert late == {"cheap", "rises", "slope_of_cost"}


def test_all_that_is_declared_is_registered_but_texts():
    sections = {part.split(".")[0] for part in parts(Experiment(**declared()))}
    assert sections == set(declared()) - {"name", "title", "description", "owner"}


def test_an_edit_before_the_first_observation_is_a_new_registration_and_nothing_else():
    after = declared()
    put("gates", 0, "threshold", to=90)(after)
    known = history(declared(), after, before=2)
    found = standing(Experiment(**after), known)
    assert {one.standing for one in found.values()} == {"confirmatory"}
    assert {one.since for one in found.values()} == {START + timedelta(hours=1)}
    assert baseline(known) == known[1]


def test_an_edit_that_is_taken_back_leaves_the_plan_and_since_is_the_edit_that_stands():
    first, second, third = declared(), declared(), declared()
    put("gates", 0, "threshold", to=90)(second)
    put("gates", 0, "threshold", to=95)(third)
    back = standing(Experiment(**first), history(first, second, first))
    assert back["fast"].standing == "confirmatory"
    again = standing(Experiment(**third), history(first, second, first, second, third))
    assert again["fast"].since == START + timedelta(hours=3)  # since then it has not been the plan's
    assert "from 80 to 95" in again["fast"].reason


def test_what_was_registered_after_data_can_confirm_nothing():
    found = standing(Experiment(**declared()), history(declared(), before=0))
    assert {one.standing for one in found.values()} == {"exploratory"}
    assert found["fast"].reason == "first registered on 2026-01-30 11:25 UTC, when 12 rows had been taken in"
    with pytest.raises(ValueError, match="no registration"):
        standing(Experiment(**declared()), [])


def test_a_plan_that_this_program_cannot_read_confirms_nothing():
    first, late = history(declared(), declared())
    unread = replace(first, declaration=first.declaration.replace('"completeness"', '"fulness"'))
    found = standing(Experiment(**declared()), [unread, late])["fast"]
    assert found.standing == "exploratory" and "2026-01-30 11:25 UTC cannot be read" in found.reason
    after = declared()
    put("gates", 0, "threshold", to=90)(after)
    broken = replace(history(declared(), after)[1], declaration="{}")
    third = replace(history(declared(), after)[1], sequence=3, registered_at=START + timedelta(hours=9))
    since = standing(Experiment(**after), [first, broken, third])["fast"].since
    assert since == START + timedelta(hours=1)  # what cannot be read is not taken for the plan


def test_many_changes_are_counted_and_long_values_cut():
    after = declared()
    after |= {"hypothesis": "x" * 200, "seeds": [1], "conditions": ["A"], "runs_per_cell": 4}
    found = standing(Experiment(**after), history(declared(), after))["all_there"]
    assert len(found.changes) == 4 and found.reason.endswith("1 further parts changed")
    assert max(map(len, found.reason.split("; "))) < 200


def test_a_removed_gate_spoils_no_other_and_is_seen():
    after = declared()
    gone = after["gates"].pop(0)
    found = standing(Experiment(**after), history(declared(), after))
    assert {one.standing for one in found.values()} == {"confirmatory"}
    (change,) = compare(parts(Experiment(**declared())), parts(Experiment(**after)))
    assert in_words(change) == f"gates.{gone['name']} was removed"
