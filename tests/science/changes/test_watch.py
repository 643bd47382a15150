"""Series of an experiment: order, hardware, minimum, answers; reports that are made once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from scaling_assets.science.changes import reconciled, watch
from scaling_assets.science.changes.order import NoOrder, ordered
from tests.science.changes.planted_time import SIZES, history, watching

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def shifted(at: int, factor: float = 1.12, exponent: float = 0.35):
    return lambda c, x: 2 * (factor if c >= at else 1) * x ** (exponent if c >= at else 0.35)


def test_level_and_exponent_are_told_apart_with_place_size_and_direction():
    [level] = watch(watching(), history(shifted(28), 40))[0].changes
    assert (level.kind, level.direction, level.effect, level.point, level.previous) == (
        "level", "up", "worse", "c28", "c27",
    )  # fmt: skip
    assert level.parts[0].low < np.log(1.12) < level.parts[0].high
    [exponent] = watch(watching(), history(shifted(28, 1, 0.40), 40))[0].changes
    assert (exponent.kind, exponent.parts[0].name, exponent.point) == ("exponent", "exponent", "c28")
    assert exponent.parts[0].low < 0.05 < exponent.parts[0].high
    assert exponent.ratio == pytest.approx(SIZES[-1] ** 0.05, rel=0.05)


def test_hardware_is_never_mixed():
    """Each host is steady; one is half as fast and joined late."""
    late = history(lambda c, x: 4 * x**0.35, 25, host="b", names=lambda c: f"c{c + 15}")
    both = pd.concat([history(lambda c, x: 2 * x**0.35, 40), late])
    found = watch(watching(), both)
    assert [(w.series.key.hardware, w.series.n_points, w.series.answer) for w in found] == [
        ({"host": "a"}, 40, "no change shown"), ({"host": "b"}, 25, "no change shown"),
    ]  # fmt: skip
    [mixed] = watch(watching(hardware=[]), both)
    assert mixed.changes  # what would have been said


def test_answers_where_nothing_can_be_judged():
    few = watch(watching(), history(shifted(99), 9))[0].series
    assert (few.answer, few.alpha) == ("not enough points", None) and "6 more are needed" in few.reason
    zeros = watch(watching(), history(lambda c, x: 0.0 if c == 3 else x, 20))[0].series
    assert zeros.answer == "not comparable" and "do not exist on the log scale" in zeros.reason
    hashes = {c: f"{c * 7919 + 10_000_000:07x}ab" for c in range(20)}
    unordered = watch(watching(), history(shifted(99), 20, names=hashes.__getitem__))[0].series
    assert unordered.answer == "not comparable" and "declare 'order'" in unordered.reason
    said = watch(watching(order="build"), history(shifted(12), 20, names=hashes.__getitem__))[0]
    assert [c.point for c in said.changes] == [hashes[12]]
    times = {"commit": {name: f"2026-01-{c + 1:02d}" for c, name in hashes.items()}}
    timed = watch(
        watching(order="observed_at"), history(shifted(12), 20, names=hashes.__getitem__), times=times
    )
    assert [c.point for c in timed[0].changes] == [hashes[12]]


@pytest.mark.parametrize(
    "names",
    [
        ["8062881", "1deee74", "2bfbe0b", "04fcf05"],  # one hash in 27 of seven characters is digits alone
        ["1DEEE74", "2BFBE0B"],
        ["1deee74-dirty", "2bfbe0b", "main"],
        ["550e8400-e29b-41d4-a716-446655440000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
    ],
)
def test_hashes_are_given_no_order(names):
    with pytest.raises(NoOrder, match="declare 'order'"):
        ordered(names, "commit", None, ())


@pytest.mark.parametrize(
    "names", [["v1.9", "v1.10"], ["v1-9-g1deee74", "v1-10-g2bfbe0b"], ["20260301", "20260302"]]
)
def test_names_that_sort_need_no_order(names):
    assert ordered(names[::-1], "commit", None, ()) == names


@pytest.mark.filterwarnings("error")
def test_one_run_a_commit_is_watched_for_its_level():
    rng = np.random.default_rng(4)
    sizes = iter(rng.choice(SIZES, 40))
    every = history(shifted(25, factor=1.3), 40, runs=1)
    one = every[every.groupby("commit")["items"].transform(lambda x: x == next(sizes))]
    [found] = watch(watching(), one)
    assert "the level alone: 0 of 40 points have runs for more" in found.series.reason
    assert found.series.n_points == 40
    [change] = found.changes
    assert (change.kind, change.effect, change.point) == ("level", "worse", "c25")
    assert change.parts[0].low < np.log(1.3) < change.parts[0].high
    assert "another part of the law may have changed" in change.reason


def test_a_scalar_is_watched_without_a_law():
    [one] = watch(watching(["constant"]), history(shifted(25, 1.3), 40, sizes=[10.0], runs=1))
    assert [(c.kind, c.point) for c in one.changes] == [("level", "c25")]
    assert one.series.reason.startswith("the level alone")


def test_a_point_with_too_few_runs_does_not_count():
    trials = history(shifted(99), 20)
    thin = trials[(trials["commit"] != "c19") | (trials["items"] < 5e3)]
    series = watch(watching(), thin)[0].series
    assert series.n_points == 19 and "too few runs or scales to count: c19" in series.reason


def test_runs_without_a_point_are_left_out_and_counted():
    trials = history(shifted(99), 20)
    trials.loc[trials.index[:5], "commit"] = None
    series = watch(watching(), trials)[0].series
    assert series.answer == "no change shown" and "5 runs without a value of commit left out" in series.reason
    trials["commit"] = None
    assert watch(watching(), trials)[0].series.reason.startswith("no run has a value of commit")


def test_changes_below_the_declared_minimum_are_no_reports():
    trials = history(shifted(25, 1.05), 40, noise=0.01)
    assert watch(watching(), trials)[0].changes
    [found] = watch(watching(minimum_change={"level": 0.10}), trials)
    assert found.changes == () and "1 change(s) below the declared minimum" in found.series.reason


def test_an_outlying_run_is_weighted_down():
    trials = history(shifted(99), 40)
    trials.loc[trials["commit"] == "c39", "value"] *= np.where(
        np.arange(int((trials["commit"] == "c39").sum())) == 4, 50, 1
    )
    [found] = watch(watching(), trials)
    last = [value.value for value in found.history if value.part == "level"]
    assert found.changes == () and abs(last[-1] - np.mean(last[:-1])) < 0.1


def test_a_change_is_reported_once_however_long_the_series_grows():
    trials, known, ids = history(shifted(20), 32), [], set()
    for n in (23, 24, 28, 32):
        found = watch(watching(looks="each"), trials.iloc[: n * len(SIZES) * 3])
        known = reconciled(known, found, NOW + timedelta(days=n))
        ids |= {c.change_id for c in known}
    [report] = known
    assert len(ids) == 1 and report.is_shown
    assert (report.reported_at, report.newest) == (NOW + timedelta(days=23), "c22")
    assert report.n_points == 32


def test_reports_are_matched_by_place_and_kept_when_later_points_do_not_show_them():
    [found] = watch(watching(), history(shifted(25), 40))
    [change] = found.changes
    near = replace(change, change_id="near", point="c24", earliest="c24", latest="c26", reported_at=NOW)
    far = replace(change, change_id="far", point="c10", earliest="c9", latest="c11", reported_at=NOW)
    after = {c.change_id: c for c in reconciled([near, far], [found], NOW + timedelta(1))}
    assert set(after) == {"near", "far"}
    assert (after["near"].point, after["near"].is_shown, after["far"].is_shown) == ("c25", True, False)
    unjudged = replace(found, series=replace(found.series, alpha=None), changes=())
    assert all(c.is_shown for c in reconciled([near, far], [unjudged], NOW))


def test_what_was_decided_about_an_improvement_does_not_silence_a_regression_beside_it():
    [found] = watch(watching(), history(shifted(25), 40))
    better = replace(found.changes[0], change_id="ack", effect="better", direction="down", reported_at=NOW)
    after = {c.change_id: c for c in reconciled([better], [found], NOW + timedelta(1))}
    assert len(after) == 2 and not after["ack"].is_shown


def test_a_report_whose_place_has_moved_keeps_its_id_to_itself():
    [found] = watch(watching(), history(shifted(25), 40))
    [change] = found.changes
    moved = replace(change, point="c35", earliest="c35", latest="c35", reported_at=NOW)
    both = replace(found, changes=(change, replace(change, point="c35", earliest="c35", latest="c35")))
    after = reconciled([moved], [both], NOW + timedelta(1))
    assert sorted(c.point for c in after) == ["c25", "c35"]
    assert next(c for c in after if c.point == "c35").change_id == change.change_id


def test_detection_starts_anew_at_a_new_normal():
    trials = history(shifted(20), 40)
    [before] = watch(watching(), trials)
    [change] = before.changes
    [after] = watch(watching(), trials, {before.series.series_id: [change.point]})
    assert (after.series.answer, after.series.n_points, after.series.first) == ("no change shown", 20, "c20")
    kept = reconciled([replace(change, reported_at=NOW)], [after], NOW)
    assert kept == [replace(change, reported_at=NOW)]


@pytest.mark.parametrize(
    ("points", "order"),
    [
        (["10", "9", "1e1"], ["9", "10", "1e1"]),
        (["v1.10.0", "v1.9.2", "v1.9.10"], ["v1.9.2", "v1.9.10", "v1.10.0"]),
        (["2026-02-01", "2025-12-31T23:00:00Z"], ["2025-12-31T23:00:00Z", "2026-02-01"]),
        (["c2", "c10", "c1"], ["c1", "c2", "c10"]),
    ],
)
def test_names_that_have_an_order(points, order):
    assert ordered(points, "release", None, ()) == order


def test_orders_that_are_declared_or_said():
    assert ordered(["b", "a"], "release", None, ("b", "a")) == ["b", "a"]
    assert ordered(["x", "y"], "commit", {"x": {"10"}, "y": {"9"}}, ()) == ["y", "x"]
    with pytest.raises(NoOrder, match="no single place"):
        ordered(["x"], "commit", {"x": {"1", "2"}}, ())
    with pytest.raises(NoOrder, match="not in the declared order"):
        ordered(["c"], "release", None, ("a", "b"))
