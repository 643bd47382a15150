"""Series, reports and decisions on either database: replaced by a look, decided about for good."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scaling_assets.records.change import (
    Change,
    ChangeDecision,
    ChangeStatus,
    PartChange,
    PointValue,
    Series,
    SeriesKey,
    Watched,
)
from scaling_assets.store import Store
from tests.store import made

NOW = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)
KEY = SeriesKey("locality", "ms_by_items", "ms", {"place": "é 'x'"}, {"host": "a"})
LEVEL = PartChange("level", "log", 4.5, 0.08, 0.06, 0.1, 1e-9)
CHANGE = Change(
    "c0ffee", "s1", KEY, "commit", "level", "up", "worse", "c25", "c24", "c24", "c26",
    (LEVEL, replace(LEVEL, name="exponent", unit="")), 1.08, 0.95, 1e-6, "the whole curve shifted", "scan", "warning",
    "c27", 28, is_simulated=True, reported_at=NOW,
)  # fmt: skip
SERIES = Series(
    "s1", KEY, "commit", "power", 28, "c00", "c27", "changes shown", "", "scan", 0.002, {"level": 0.15}
)
POINTS = [PointValue("s1", i, f"c{i:02d}", "level", 4.5 + i / 100, 18) for i in range(3)]


def look(
    store: Store, *changes: Change, series: tuple[Series, ...] = (SERIES,), version: str = "v1"
) -> list[Change]:
    return store.report_changes("locality", version, series, POINTS, lambda known: [*known, *changes])


def test_what_a_look_left_comes_back_as_it_went_in(store: Store) -> None:
    bare = replace(SERIES, series_id="s2", alpha=None, autocorrelation={}, answer="not enough points")
    assert look(store, CHANGE, series=(SERIES, bare)) == [CHANGE]
    assert store.read_changes() == store.read_changes("locality") == [CHANGE]
    assert store.read_watched("locality") == [SERIES, bare]
    assert (store.watched_version("locality"), store.watched_version("other")) == ("v1", None)
    assert store.read_changes("other") == store.read_watched("other") == []


def test_a_look_sees_the_reports_that_stand_and_replaces_its_own_experiment_alone(store: Store) -> None:
    look(store, CHANGE)
    elsewhere = replace(CHANGE, change_id="dead", key=replace(KEY, experiment="other"))
    there = replace(SERIES, key=elsewhere.key)
    store.report_changes("other", "o1", [there], [], lambda known: [elsewhere])
    second = replace(CHANGE, change_id="beef")
    assert look(store, second, version="v2") == [CHANGE, second]
    assert {c.change_id for c in store.read_changes()} == {"c0ffee", "beef", "dead"}
    assert store.watched_version("locality") == "v2"
    store.publish()
    assert len(store.query("select * from watched_points")) == len(POINTS)
    assert len(store.query("select * from change_parts")) == 6


def test_the_last_decision_counts_and_all_are_kept(store: Store) -> None:
    look(store, CHANGE)
    known = ChangeDecision("locality", "c0ffee", ChangeStatus.ACKNOWLEDGED, "ana", "new 'serialiser'\n", NOW)
    normal = replace(known, status=ChangeStatus.REBASELINED, decided_at=NOW + timedelta(hours=1))
    store.publish()
    assert store.query("select status from changes")["status"].tolist() == ["open"]
    for decision in (known, normal):
        store.decide_change(decision)
    assert store.read_decisions("locality") == store.read_decisions() == [known, normal]
    store.publish()
    [row] = store.query("select status, author, part, difference, kind, is_shown from changes").to_dict(
        "records"
    )
    assert row == {
        "status": "rebaselined", "author": "ana", "part": "level", "difference": 0.08, "kind": "level",
        "is_shown": True,
    }  # fmt: skip
    watched = Watched((SERIES,), (CHANGE,), (known, normal))
    assert watched.status(CHANGE) is ChangeStatus.REBASELINED and watched.open == ()
    assert Watched((), (CHANGE,), ()).open == (CHANGE,)
    assert Watched((), (replace(CHANGE, is_shown=False),), ()).open == ()


def test_when_each_value_of_a_column_was_observed_first(store: Store) -> None:
    declared = made.experiment()
    store.declare(declared)
    assert store.first_seen(declared.name, "project") == {}
    frame = made.rows(4).assign(
        project=["new", "old", "new", None],
        observed_at=[NOW + timedelta(days=2), NOW, NOW + timedelta(days=1), NOW - timedelta(days=9)],
    )
    store.append(made.source(frame))
    assert store.first_seen(declared.name, "project") == {"new": NOW + timedelta(days=1), "old": NOW}
