"""What the contract says about trials, laws, verdicts, allocations and heads, on either database."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from scaling_assets.errors import VersionGone
from scaling_assets.records.allocation import AllocationInput, AllocationStatus, PlanOverride
from scaling_assets.records.law import LawStatus
from scaling_assets.records.verdict import Outcome
from scaling_assets.store import Head, Override, Store
from tests.store import made

EXPERIMENT = made.experiment()


def refit(store: Store, n: int, *, verdicts: bool = True) -> Head:
    """Write one whole generation and make it visible."""
    head = Head("locality", f"o{n}", f"t{n}", f"l{n}", f"v{n}" if verdicts else None)
    store.write_trials(EXPERIMENT, made.trials(EXPERIMENT, [float(n)] * 3), f"t{n}")
    store.write_laws("locality", [made.law(law_id=f"law{n}", data_version=f"t{n}")], f"l{n}")
    store.write_verdicts(head, [made.verdict(law_id=f"law{n}", data_version=f"l{n}")] if verdicts else [])
    return head


def same_law(one, other) -> bool:
    fields = {name: getattr(one, name) for name in vars(one) if name != "draws"}
    theirs = {name: getattr(other, name) for name in vars(other) if name != "draws"}
    return (
        fields == theirs and np.array_equal(one.draws, other.draws) and one.draws.shape == other.draws.shape
    )


def test_trials_come_back_as_they_went_in(store: Store) -> None:
    frame = made.trials(EXPERIMENT, [1 / 3, np.pi, 1e-300])
    store.write_trials(EXPERIMENT, frame, "t1")
    back = store.read_trials(EXPERIMENT, "t1")
    assert list(back.columns) == list(frame.columns)
    for name in ("metric", "unit", "n", "value", "is_simulated", "elements"):
        assert back[name].tolist() == frame[name].tolist(), name
    for name in ("seed", "sd", "numerator"):
        pd.testing.assert_series_equal(back[name], frame[name])
    assert back["project"].tolist() == ["bridge", None, None]
    assert back["condition"].tolist() == [None, "narrow", "narrow"]
    assert back["sample"].tolist() == [[0.1, 0.2, 1 / 3], None, None]


def test_what_is_read_can_be_written_again(store: Store) -> None:
    store.write_trials(EXPERIMENT, made.trials(EXPERIMENT), "t1")
    first = store.read_trials(EXPERIMENT, "t1")
    store.write_trials(EXPERIMENT, first, "t2")
    pd.testing.assert_frame_equal(store.read_trials(EXPERIMENT, "t2"), first)


def test_no_trials_are_a_version_too(store: Store) -> None:
    store.write_trials(EXPERIMENT, made.trials(EXPERIMENT).head(0), "t0")
    assert store.has_version("trials", "locality", "t0")
    assert not store.has_version("trials", "locality", "t1") and not store.has_version(
        "laws", "locality", "t0"
    )
    assert store.read_trials(EXPERIMENT, "t0").empty


def test_a_version_is_written_once(store: Store) -> None:
    store.write_trials(EXPERIMENT, made.trials(EXPERIMENT, [1.0]), "t1")
    store.write_trials(EXPERIMENT, made.trials(EXPERIMENT, [2.0, 3.0]), "t1")
    assert store.read_trials(EXPERIMENT, "t1")["value"].tolist() == [1.0]


def test_a_trial_frame_lacking_a_column_is_refused(store: Store) -> None:
    with pytest.raises(KeyError, match="sd"):
        store.write_trials(EXPERIMENT, made.trials(EXPERIMENT).drop(columns="sd"), "t1")
    assert not store.has_version("trials", "locality", "t1")


def test_laws_come_back_to_the_last_bit(store: Store) -> None:
    failed = made.law(
        law_id="law2", status=LawStatus.FAILED, draws=np.empty((0, 2)), noise=None, is_leading=False, group={},
        evidence={}, domain=((1.0, 2.0), (0.5, float("inf"))), axes=("elements", "agents"), n_points=np.int64(3),
    )  # fmt: skip
    laws = [made.law(), failed, made.law(law_id="law3", parameters=(), draws=np.empty((0, 0)))]
    store.write_laws("locality", laws, "l1")
    back = store.read_laws("locality", "l1")
    assert [same_law(one, other) for one, other in zip(laws, back, strict=True)] == [True] * 3
    kinds = {name: type(value) for name, value in back[0].group.items()}
    assert kinds == {"project": str, "storeys": int, "height": float, "is_new": bool}


def test_verdicts_come_back(store: Store) -> None:
    odd = made.verdict(
        verdict_id="v2", outcome=Outcome.INCONCLUSIVE, threshold=(0.1, 0.9), law_id=None, measured=None, high=None,
        runs_needed=12, evidence={}, group={}, is_simulated=True,
    )  # fmt: skip
    store.write_verdicts(Head("locality", verdicts="v1"), [made.verdict(), odd])
    assert store.read_verdicts("locality") == [made.verdict(), odd]
    assert store.read_verdicts() == [made.verdict(), odd]
    assert store.read_verdicts("other") == []


def test_verdicts_without_a_version_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="without a version"):
        store.write_verdicts(Head("locality"), [made.verdict()])


def test_allocations_are_replaced_by_plan(store: Store) -> None:
    waiting = made.allocation(
        allocation_id="a2", status=AllocationStatus.WAITING, amounts=(), baselines={}, cost=None
    )
    other = made.allocation(plan="other")
    store.write_allocations("fleet", [made.allocation(), waiting])
    store.write_allocations("other", [other])
    assert store.read_allocations("fleet") == [made.allocation(), waiting]
    assert store.read_allocations() == [made.allocation(), waiting, other]
    store.write_allocations("fleet", [waiting])
    assert store.read_allocations() == [waiting, other]


def test_nothing_is_visible_before_the_head_moves(store: Store) -> None:
    store.write_trials(EXPERIMENT, made.trials(EXPERIMENT), "t1")
    store.write_laws("locality", [made.law()], "l1")
    store.publish()
    assert store.heads() == {} and store.read_laws("locality") == []
    for view in ("trials", "laws", "law_parameters", "law_evidence", "latest_laws", "exponent_summary"):
        assert store.query(f"select * from {view}").empty, view
    assert len(store.read_laws("locality", "l1")) == 1


def test_a_head_moves_as_a_whole_and_drops_what_it_superseded(store: Store) -> None:
    refit(store, 1)
    second = refit(store, 2)
    assert store.heads() == {"locality": second}
    assert [law.law_id for law in store.read_laws()] == ["law2"]
    for noun, version in (("trials", "t1"), ("laws", "l1"), ("verdicts", "v1")):
        assert not store.has_version(noun, "locality", version)
        assert store.has_version(noun, "locality", version.replace("1", "2"))
    assert store.read_trials(EXPERIMENT, "t1").empty and store.read_laws("locality", "l1") == []
    store.publish()
    assert set(store.query("select value from trials")["value"]) == {2.0}
    assert store.query("select distinct law_id from law_parameters").values.tolist() == [["law2"]]
    assert store.query("select law_id from verdicts").values.tolist() == [["law2"]]


def test_new_verdicts_alone_keep_trials_and_laws(store: Store) -> None:
    first = refit(store, 1)
    judged_again = Head("locality", first.observations, first.trials, first.laws, "v9")
    store.write_verdicts(judged_again, [made.verdict(outcome=Outcome.FAIL)])
    assert store.heads()["locality"] == judged_again
    assert [v.outcome for v in store.read_verdicts()] == [Outcome.FAIL]
    assert len(store.read_laws()) == 1 and len(store.read_trials(EXPERIMENT, "t1")) == 3


def test_what_somebody_is_about_to_name_is_not_dropped(store: Store) -> None:
    store.write_trials(EXPERIMENT, made.trials(EXPERIMENT), "t1")
    store.write_laws("locality", [made.law()], "l1")
    store.write_trials(EXPERIMENT, made.trials(EXPERIMENT), "t2")  # a later refit is under way
    store.write_verdicts(Head("locality", "o1", "t1", "l1", "v1"), [made.verdict()])
    assert store.has_version("trials", "locality", "t2")
    store.write_laws("locality", [made.law()], "l2")
    store.write_verdicts(Head("locality", "o2", "t2", "l2", "v2"), [made.verdict()])
    assert not store.has_version("trials", "locality", "t1")


def test_a_head_cannot_name_what_is_gone(store: Store) -> None:
    before = refit(store, 1)
    with pytest.raises(VersionGone, match="laws of locality in version l7"):
        store.write_verdicts(Head("locality", "o1", "t1", "l7", "v7"), [made.verdict()])
    assert store.heads() == {"locality": before}
    assert not store.has_version("verdicts", "locality", "v7")  # the whole transaction was undone


def test_going_back_to_a_former_declaration(store: Store) -> None:
    refit(store, 1)
    refit(store, 2)
    assert refit(store, 1) == store.heads()["locality"]
    assert [law.law_id for law in store.read_laws()] == ["law1"]
    assert not store.has_version("laws", "locality", "l2")


def test_experiments_do_not_touch_one_another(store: Store) -> None:
    refit(store, 1)
    other = made.experiment(name="other")
    store.write_trials(other, made.trials(other), "t1")
    store.write_laws("other", [made.law(experiment="other")], "l1")
    store.write_verdicts(Head("other", "o1", "t1", "l1", None), [])
    refit(store, 2)
    assert sorted(law.experiment for law in store.read_laws()) == ["locality", "other"]
    assert len(store.read_trials(other, "t1")) == 3


def test_overrides_are_kept(store: Store) -> None:
    store.record_override(
        Override("law1", "locality", "q", {"elements": 1e6}, 2.0, 1000.0, "tender due", "ada")
    )
    store.publish()
    kept = store.query("select author, reason, allowed_ratio, point from overrides")
    assert kept.values.tolist() == [["ada", "tender due", 1000.0, '{"elements": 1000000.0}']]


def test_what_an_allocation_was_made_from_and_says_comes_back(store: Store) -> None:
    made_from = (AllocationInput("law", "outcome by agents", "locality", "law1", "power law"),)
    full = made.allocation(
        budget=None, target=2.0, risk="quantile", risk_value=1.1, cost_low=8.0, cost_high=10.0, reaches=0.9,
        binding="target", explanation=("No cheaper choice.", "b"), inputs=made_from, title="T", owner="team:x",
    )  # fmt: skip
    store.write_allocations("fleet", [full])
    assert store.read_allocations("fleet") == [full]


def test_the_history_keeps_every_answer_once(store: Store) -> None:
    for version in ("one", "one", "two", "one"):
        store.write_allocations("fleet", [made.allocation(data_version=version)])
    store.publish()
    found = store.query("select data_version, is_standing from allocation_history order by answered_at")
    assert found.values.tolist() == [["one", True], ["two", False], ["one", True]]


def test_overrides_of_plans_are_never_changed(store: Store) -> None:
    until = datetime(2199, 1, 1, tzinfo=UTC)
    store.record_plan_override(PlanOverride("fleet", "agents", 4.0, "one rack", "kim", until))
    store.record_plan_override(PlanOverride("fleet", "agents", None, "two racks", "kim"))
    store.record_plan_override(PlanOverride("other", "agents", 1.0, "r", "kim"))
    first, second = store.plan_overrides("fleet")
    assert (first.amount, first.expires_at, second.amount, second.expires_at) == (4.0, until, None, None)
    assert first.recorded_at <= second.recorded_at and len(store.plan_overrides()) == 3


def test_provenance_is_where_rows_came_from_and_when_verdicts_were_made(store: Store) -> None:
    assert store.provenance("locality").sources == () and store.provenance("locality").updated is None
    store.declare(EXPERIMENT)
    store.append(made.source(made.rows(6), "b.jsonl"))
    store.append(made.source(made.rows(6, first=6), "a.jsonl"))
    store.append(made.source(made.rows(6), "again.jsonl", source_id="again"))  # repeats b: gives no row
    found = store.provenance("locality")
    assert [(s.path, s.origin, s.rows_accepted) for s in found.sources] == [
        ("a.jsonl", "landing", 6), ("b.jsonl", "landing", 6),
    ]  # fmt: skip
    assert found.judged_at is None and found.updated == max(s.taken_in_at for s in found.sources)
    refit(store, 1)
    judged = store.provenance("locality")
    assert judged.judged_at is not None and judged.judged_at.tzinfo is not None
    assert judged.updated == judged.judged_at and store.provenance("locality") == judged
    assert store.provenance("other").sources == ()
