"""What people read: each view's promise, on either database."""

import numpy as np
import pytest

from scaling_assets.errors import QueryProblem
from scaling_assets.records.law import LawStatus, ParameterEstimate
from scaling_assets.records.verdict import Outcome
from scaling_assets.store import Head, Store
from tests.store import made


def exponent(low: float | None, value: float, high: float | None) -> ParameterEstimate:
    return ParameterEstimate("b", value, low, high, 0.95, "case bootstrap", "", "exponent")


def show(store: Store, *, laws=(), verdicts=(), name: str = "locality") -> None:
    declared = made.experiment(name=name)
    store.write_trials(declared, made.trials(declared), "t1")
    store.write_laws(name, laws, "l1")
    store.write_verdicts(Head(name, "o1", "t1", "l1", "v1"), verdicts)
    store.publish()


READINGS = [
    (-0.05, 0.0, 0.08, "constant"),
    (0.02, 0.05, 0.1, "constant"),
    (-0.2, 0.0, 0.05, "undecided"),
    (-0.05, 0.2, 0.5, "undecided"),
    (0.3, 0.35, 0.4, "sub-linear"),
    (-0.4, -0.35, -0.3, "sub-linear"),
    (0.85, 0.95, 1.0, "undecided"),
    (0.9, 1.0, 1.1, "linear"),
    (-1.05, -1.0, -0.95, "linear"),
    (1.05, 1.2, 1.3, "undecided"),
    (1.2, 1.5, 2.0, "super-linear"),
    (None, 0.0, 0.05, "undecided"),
    (0.3, 0.35, None, "undecided"),
]


def test_an_exponent_is_read_by_its_interval(store: Store) -> None:
    laws = [
        made.law(law_id=f"law{i:02}", question=f"q{i:02}", parameters=(exponent(low, value, high),))
        for i, (low, value, high, _) in enumerate(READINGS)
    ]
    show(store, laws=laws)
    found = store.query("select metric, exponent, interpretation from exponent_summary order by question")
    assert found.values.tolist() == [["regen_ms", value, reading] for _, value, _, reading in READINGS]


def test_an_unusable_law_is_undecided(store: Store) -> None:
    show(store, laws=[made.law(status=LawStatus.UNDERDETERMINED, parameters=(exponent(0.3, 0.3, 0.3),))])
    assert store.query("select interpretation from exponent_summary").values.tolist() == [["undecided"]]


def test_latest_laws_hold_the_leading_one_and_its_first_exponent(store: Store) -> None:
    second = ParameterEstimate("c", 7.0, 6.0, 8.0, 0.95, "case bootstrap", "", "exponent")
    floor = ParameterEstimate("floor", 0.5, None, None, 0.95, "", "ms", "floor")
    chosen = made.law(parameters=(floor, exponent(0.3, 0.35, 0.4), second), draws=np.zeros((2, 3)))
    constant = made.law(law_id="law3", question="q2", family="constant", parameters=(floor,))
    show(store, laws=[made.law(law_id="law2", is_leading=False), chosen, constant])
    found = store.query(
        "select law_id, exponent, exponent_low, exponent_high from latest_laws order by law_id"
    )
    assert found.iloc[0].tolist() == ["law1", 0.35, 0.3, 0.4]
    assert found["law_id"].tolist() == ["law1", "law3"] and found.iloc[1].isna().tolist() == [
        False,
        True,
        True,
        True,
    ]


def test_simulated_and_measured_are_never_in_one_line(store: Store) -> None:
    real, made_up = made.verdict(), made.verdict(verdict_id="v2", is_simulated=True, outcome=Outcome.FAIL)
    show(store, laws=[made.law(), made.law(law_id="law2", is_simulated=True)], verdicts=[real, made_up])
    standing = store.query(
        "select is_simulated, overall, n_gates, n_pass from standing_verdicts order by is_simulated"
    )
    assert standing.values.tolist() == [[False, "pass", 1, 1], [True, "fail", 1, 0]]
    assert store.query("select is_simulated from exponent_summary order by is_simulated").values.tolist() == [
        [False], [True]
    ]  # fmt: skip


STANDINGS = {
    "one": (["pass", "pass"], "pass"),
    "two": (["pass", "inconclusive"], "inconclusive"),
    "three": (["inconclusive", "insufficient_data"], "insufficient_data"),
    "four": (["insufficient_data", "fail", "pass"], "fail"),
    "five": (["not_applicable"], "not_applicable"),
}


def test_the_worst_blocker_decides(store: Store) -> None:
    warning = made.verdict(verdict_id="w", severity="warning", outcome=Outcome.FAIL)
    for name, (outcomes, _) in STANDINGS.items():
        judged = [made.verdict(verdict_id=f"v{i}", outcome=Outcome(o)) for i, o in enumerate(outcomes)]
        show(store, verdicts=[*judged, warning], name=name)
    found = store.query("select experiment, overall, n_fail from standing_verdicts").set_index("experiment")
    assert found["overall"].to_dict() == {name: overall for name, (_, overall) in STANDINGS.items()}
    assert found["n_fail"].to_dict() == {name: o.count("fail") + 1 for name, (o, _) in STANDINGS.items()}


def test_lineage_explains_an_allocation_in_one_recursive_query(store: Store) -> None:
    store.declare(made.experiment())
    done = store.append(made.source(made.rows()))
    show(store, laws=[made.law()], verdicts=[made.verdict()])
    store.write_allocations("fleet", [made.allocation()])
    store.publish()
    found = store.query(
        """
        with recursive explained as (
            select * from lineage where noun = 'allocation' and version = $allocation
            union
            select lineage.*
            from lineage
            inner join explained
                on lineage.noun = explained.from_noun and lineage.version = explained.from_version
        )
        select noun, from_noun, from_version from explained order by noun
        """,
        {"allocation": "a1"},
    )
    assert found.values.tolist() == [
        ["allocation", "laws", "l1"],
        ["laws", "trials", "t1"],
        ["observations", "source", done.source_id],
        ["trials", "observations", "o1"],
    ]


def test_quarantine_summary_counts_by_field(store: Store) -> None:
    store.declare(made.experiment())
    bad = [made.rejection(i) for i in (4, 2, 9)] + [made.rejection(5, field="elements")]
    store.append(made.source(made.rows(), "a.jsonl", rejected=bad))
    store.publish()
    found = store.query("select path, field, n_rows, first_line from quarantine_summary order by field")
    assert found.values.tolist() == [["a.jsonl", "elements", 1, 5], ["a.jsonl", "regen_ms", 3, 2]]


def test_the_experiment_is_a_view_for_people(store: Store) -> None:
    store.declare(made.experiment())
    store.append(made.source(made.rows(3)))
    store.publish()
    found = store.query("select count(*) as n, min(override_rate) as rate from observations.locality")
    assert found.values.tolist() == [[3, 0.25]]


UNANSWERABLE = {
    "select * from no_such_view": "no_such_view",
    "select 1; select 2": "2 statements",
    "": "0 statements",
    "select $x": "no value for \\$x",
    "delete from ledger.heads": "read",
    "create table mine (a integer)": "read",
    "select 1 +": "syntax",
}


def test_a_query_that_cannot_be_answered(store: Store) -> None:
    store.publish()
    for sql, words in UNANSWERABLE.items():
        with pytest.raises(QueryProblem, match=f"(?i){words}"):
            store.query(sql)


def test_query_parameters_are_values(store: Store) -> None:
    store.publish()
    nasty = "'; drop table ledger.heads; -- %s {x} $y"
    assert store.query("select $a as a, '100 %' as b", {"a": nasty, "unused": 1}).values.tolist() == [
        [nasty, "100 %"]
    ]
