"""Every kind: one claim that is all good, then one field of it spoiled at a time."""

import copy
from typing import Any

import pytest

from scaling_assets.errors import DeclarationProblem, UnknownName
from scaling_assets.records.claim import Consistency
from scaling_assets.science.claims import CLAIM_KINDS, audit, experiments_of, objections_to
from scaling_assets.science.claims.count import clean_trials
from tests.science.claims.sheets import answer, sheet

POINTS = [{"x": 1, "y": "1.05"}, {"x": 10, "y": "2.35"}, {"x": 100, "y": "5.26"}]
GOOD: dict[str, dict[str, Any]] = {
    "arithmetic": {
        "stated": {"price": "=35", "cost": "17.50"}, "formula": "(price - cost) / price", "states": "50 %"
    },
    "table": {
        "columns": ["units", "price", "revenue"],
        "rows": [["40", "=35", "1,400"], ["100", "=35", "3,500"]],
        "formulas": {"revenue": "units * price"}, "totals": {"units": "140"},
    },
    "law": {"family": "power", "parameters": {"a": "1.05", "b": "0.35"}, "points": POINTS},
    "service_level": {
        "family": "power", "parameters": {"a": "1.05", "b": "0.35"}, "points": POINTS, "at": 400_000,
        "operator": "<", "states": "=100",
    },
    "count": {
        "events": "299", "trials": "299", "states": "100 %", "proves": {"operator": ">", "limit": "=99 %"}
    },
    "composite": {
        "parts": {"speed": "4.0", "cost": "2.0"}, "weights": {"speed": "=0.75", "cost": "=0.25"}, "states": "3.5"
    },
}  # fmt: skip

# kind, what is put where, the answer, what the reason or the missing says
SPOILED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "result": ("arithmetic", {"states": "43 %"}, "inconsistent", "7 points too low (14 %)"),
    "input": ("arithmetic", {"stated": {"price": "=35", "cost": "20.00"}}, "inconsistent", "is 42.86 %"),
    "input not stated": ("arithmetic", {"stated": {"price": "=35", "cost": "not stated"}}, "not_derivable", "cost"),
    "result not stated": ("arithmetic", {"states": "not stated"}, "not_derivable", "claimed number"),
    "division by zero": ("arithmetic", {"stated": {"price": "0", "cost": "1"}}, "not_derivable", "divide by 0"),
    "zero exactly": ("arithmetic", {"stated": {"price": "=0", "cost": "1"}}, "not_derivable", "divide by 0"),
    "huge exponent": ("arithmetic", {"formula": "price ** 9 ** 9 ** 9"}, "not_derivable", "leave the real numbers"),
    "negative root": ("arithmetic", {"formula": "sqrt(cost - price)"}, "not_derivable", "leave the real numbers"),
    "coarse input": ("arithmetic", {"stated": {"price": "~30", "cost": "~20"}, "states": "43 %"}, "consistent", "43 %"),
    "limit": ("arithmetic", {"operator": "<", "states": "=50 %"}, "consistent", "below 50 %"),
    "limit missed": ("arithmetic", {"operator": ">=", "states": "60 %"}, "inconsistent", "not at least 60 %"),
    "cell": ("table", {"rows": [["40", "=35", "1,400"], ["100", "=35", "3,600"]]}, "inconsistent", "revenue of row 2"),
    "label": (
        "table", {"rows": [["40", "=35", "1,300"], ["100", "=35", "3,500"]], "labels": ["now", "then"]},
        "inconsistent", "1 of 3 cells do not hold: revenue of now is 1,400"),
    "total": ("table", {"totals": {"units": "142"}}, "inconsistent", "the total of units is 140"),
    "cell not stated": (
        "table", {"rows": [["40", "=35", "1,400"], ["100", "not stated", "3,500"]]}, "not_derivable", "price"),
    "part of a total not stated": (
        "table", {"rows": [["not stated", "=35", "1,400"], ["100", "=35", "3,500"]]},
        "not_derivable", "total of units"),
    "exponent": ("law", {"parameters": {"a": "1.05", "b": "0.36"}}, "inconsistent", "a refit's b is 0.3499"),
    "coefficient": ("law", {"parameters": {"a": "1.08", "b": "0.35"}}, "inconsistent", "a refit's a is 1.05"),
    "coarse exponent": ("law", {"parameters": {"a": "1.05", "b": "0.4"}}, "consistent", "stated is 0.4"),
    "one parameter alone": ("law", {"parameters": {"b": "0.35"}}, "consistent", "0.3499"),
    "no parameter": ("law", {"parameters": {}}, "not_derivable", "the law's parameters"),
    "no points": ("law", {"points": []}, "not_derivable", "the points"),
    "nothing at all": ("law", {"points": [], "parameters": {}}, "not_derivable", "parameters and the points"),
    "zeros": (
        "law", {"parameters": {"b": "0.0"}, "points": [{"x": 10, "y": "0"}, {"x": 100, "y": "0"}]},
        "not_derivable", "zeros have no logarithm"),
    "one scale": ("law", {"parameters": {"b": "0.35"}, "points": POINTS[:1]}, "not_derivable", "different scales"),
    "one scale, off": ("law", {"points": [{"x": 10, "y": "2.45"}]}, "inconsistent", "the law at x = 10"),
    "x below 0": ("law", {"points": [{"x": -1, "y": "1"}]}, "not_derivable", "does not exist"),
    "beyond the limit": ("service_level", {"at": 500_000}, "inconsistent", "the law crosses 100 at 450,552"),
    "digits too coarse": ("service_level", {"at": 500_000, "points": []}, "consistent", "96.66 to 111.3"),
    "predicted value": ("service_level", {"at": 10, "operator": "=", "states": "2.35"}, "consistent", "stated is 2.35"),
    "predicted value off": ("service_level", {"at": 10, "operator": "=", "states": "2.45"}, "inconsistent", "too high"),
    "no law": ("service_level", {"parameters": {}, "points": []}, "not_derivable", "points enough to refit"),
    "law from points alone": ("service_level", {"parameters": {}, "at": 500_000}, "inconsistent", "103.6"),
    "points against parameters": (
        "service_level", {"parameters": {"a": "2.00", "b": "0.35"}}, "consistent", "disagree there"),
    "far away": ("service_level", {"at": 400_000}, "consistent", "4,000 times beyond the stated points"),
    "no limit": ("service_level", {"states": "not stated"}, "not_derivable", "the value or the limit"),
    "rate": ("count", {"events": "290"}, "inconsistent", "290 of 299 is 96.99 %"),
    "one trial short": ("count", {"events": "298", "trials": "298"}, "not_derivable", "299 successes in a row"),
    "proof contradicted": ("count", {"events": "95", "trials": "100", "states": "95 %"}, "inconsistent", "from above"),
    "no trials": ("count", {"trials": "not stated"}, "not_derivable", "the number of trials"),
    "no counts": (
        "count", {"events": "not stated", "trials": "not stated"}, "not_derivable", "number of events and of trials"),
    "no events": (
        "count", {"events": "0", "trials": "300", "states": "0 %", "proves": {"operator": "<", "limit": "1 %"}},
        "consistent", "from above at 0.99361 %"),
    "too few without event": (
        "count", {"events": "0", "trials": "100", "states": "0 %", "proves": {"operator": "<", "limit": "1 %"}},
        "not_derivable", "299 trials without an event"),
    "rounded counts": (
        "count", {"events": "157K", "trials": "315K", "states": "49.8 %", "proves": None}, "consistent", "157K"),
    "score": ("composite", {"states": "4.5"}, "inconsistent", "weighted sum"),
    "no weights": ("composite", {"weights": {}, "states": "9.9"}, "not_derivable", "no sum of the stated parts gives"),
    "a sum by chance": ("composite", {"weights": {}, "states": "6.0"}, "not_derivable", "speed, cost happens to give"),
    "weight not stated": (
        "composite", {"weights": {"speed": "not stated", "cost": "=0.25"}}, "not_derivable", "the weight of speed"),
    "part not stated": ("composite", {"parts": {"speed": "not stated", "cost": "2"}}, "not_derivable", "speed"),
}  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_the_good_claim_is_consistent(kind: str) -> None:
    found = answer(kind, **GOOD[kind])
    assert (found.outcome, found.missing, found.off) == (Consistency.CONSISTENT, "", None), found.reason
    assert found.method and found.source == "A paper, p. 1" and found.kind == kind


def test_every_kind_has_a_good_claim() -> None:
    assert {*GOOD, "lab_law", "lab_verdict"} == set(CLAIM_KINDS)


@pytest.mark.parametrize("case", SPOILED)
def test_one_field_spoiled(case: str) -> None:
    kind, change, outcome, words = SPOILED[case]
    found = answer(kind, **{**copy.deepcopy(GOOD[kind]), **change})
    assert found.outcome.value == outcome, found.reason
    assert words in f"{found.reason}; {found.missing}"
    assert bool(found.missing) == (outcome == "not_derivable")
    assert (found.off is not None) == (outcome == "inconsistent")
    if outcome == "inconsistent":
        assert found.derived is not None and found.stated


# -- what a declaration can get wrong ----------------------------------------------------------------------

WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "no number": ("arithmetic", {"states": "many"}, "no printed number"),
    "unknown field": ("arithmetic", {"stats": "1"}, "Extra inputs"),
    "operator": ("arithmetic", {"operator": "=="}, "Input should be"),
    "ragged rows": ("table", {"rows": [["40", "=35"]]}, "row 1 has 2 cells for 3 columns"),
    "labels": ("table", {"labels": ["one"]}, "1 labels for 2 rows"),
    "nothing to check": ("table", {"formulas": {}, "totals": {}}, "needs 'formulas' or 'totals'"),
    "column twice": ("table", {"columns": ["units", "units", "revenue"]}, "a column is named twice"),
    "proof of equality": ("count", {"proves": {"operator": "=", "limit": "1"}}, "a count proves a limit"),
    "limit above 1": ("count", {"proves": {"operator": ">", "limit": "99"}}, "between 0 and 1"),
    "no claim": ("count", {"states": None, "proves": None}, "needs 'states' or 'proves'"),
    "more events than trials": ("count", {"events": "301"}, "between 0 and 'trials'"),
    "trials below 1": ("count", {"events": "0", "trials": "0"}, "'trials' lies between"),
    "weight of no part": ("composite", {"weights": {"sped": "1", "cost": "1"}}, "no part"),
    "weight left out": ("composite", {"weights": {"speed": "1"}}, "leaves out 'cost'"),
    "infinite x": ("law", {"points": [{"x": float("inf"), "y": "1"}]}, "finite"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_settings_that_make_no_sense_are_refused(case: str) -> None:
    kind, change, words = WRONG[case]
    with pytest.raises(DeclarationProblem) as caught:
        audit(sheet(kind, **{**GOOD[kind], **change}))
    assert words in str(caught.value)


NAMES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "name not stated": ("arithmetic", {"formula": "(prise - cost) / price"}, "formula", "reads 'prise', which is"),
    "attribute": ("arithmetic", {"formula": "price.real"}, "formula", "'price.real' is not part of a formula"),
    "call": ("arithmetic", {"formula": "__import__('os').system('x')"}, "formula", "no function of a formula"),
    "unknown column": ("table", {"formulas": {"revenu": "units * price"}}, "formulas.revenu", "no column 'revenu'"),
    "column of itself": ("table", {"formulas": {"units": "units * 1"}}, "formulas.units", "reads 'units'"),
    "total of no column": ("table", {"totals": {"unit": "140"}}, "totals.unit", "no column 'unit'"),
    "family": ("law", {"family": "powr"}, "family", "no law family 'powr'"),
    "parameter": ("law", {"parameters": {"a": "1", "c": "1"}}, "parameters.c", "no parameter 'c'"),
    "axes": ("law", {"points": [{"x": [1, 2], "y": "1"}]}, "points.0.x", "1 axes"),
    "axes of the scale": ("service_level", {"at": [1, 2]}, "at", "'at' has 2 value(s)"),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMES)
def test_names_that_nothing_gives_are_objected_to(case: str) -> None:
    kind, change, field, words = NAMES[case]
    declared = sheet(kind, **{**GOOD[kind], **change})
    (found,) = objections_to(declared, declared.claims[0], {})
    assert ".".join(map(str, found.place)) == field
    assert words in found.problem and found.remedy


@pytest.mark.parametrize("kind", GOOD)
def test_good_claims_meet_no_objection(kind: str) -> None:
    declared = sheet(kind, **GOOD[kind])
    assert objections_to(declared, declared.claims[0], {}) == [] and experiments_of(declared) == ()


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(UnknownName, match="claim kind"):
        audit(sheet("guess", states="1"))


def test_numbers_of_the_document_serve_all_claims_and_a_claims_own_come_first() -> None:
    common = {"price": "=35", "cost": "20.00"}
    assert answer("arithmetic", common, formula="cost / price", states="57.1 %").outcome == "consistent"
    own = answer("arithmetic", common, beside={"cost": "17.50"}, formula="cost / price", states="50 %")
    assert own.outcome == "consistent"


def test_ids_follow_from_content() -> None:
    one, same = answer("arithmetic", **GOOD["arithmetic"]), answer("arithmetic", **GOOD["arithmetic"])
    other = answer("arithmetic", **{**GOOD["arithmetic"], "states": "43 %"})
    assert one.claim_id == same.claim_id != other.claim_id


@pytest.mark.parametrize(("limit", "trials"), [(0.99, 299), (0.95, 59), (0.9, 29), (0.5, 5), (0.0, 1)])
def test_the_fewest_clean_trials_are_the_known_ones(limit: float, trials: int) -> None:
    assert clean_trials(limit, 0.95) == trials
    assert clean_trials(1.0, 0.95) is None
