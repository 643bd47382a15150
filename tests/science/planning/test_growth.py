"""Growth: the report's own contradiction, published curves, and every status reached on purpose."""

import numpy as np
import pytest

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.experiment import Estimator
from scaling_assets.science.fitting import fit
from scaling_assets.science.laws import concurrency
from scaling_assets.science.planning.amounts import Amount, from_draws, over
from scaling_assets.science.planning.growth import (
    Limit,
    Units,
    decide,
    law_reach,
    queue_capacity,
    queue_reach,
    stated_reach,
)
from scaling_assets.science.planning.queueing import Promise, erlang_c, largest_rate
from scaling_assets.science.planning.throughput import Throughput
from tests.science.fitting.cases import problem
from tests.science.fitting.conftest import shared_data  # noqa: F401  (a fixture)
from tests.science.planted import law

SURE = law("usl", (100.0, 0.03, 1e-3), (0, 0, 0), ((1.0, 40.0),), noise=0.0)  # peak at 31.1, 1,106
WIDE = law("usl", (100.0, 0.03, 1e-3), (3, 0.006, 2e-4), ((1.0, 40.0),), noise=0.01)


def measured(read, name: str, x: str, y: str, upto: float = np.inf) -> Throughput:
    frame = read(name)
    frame = frame[frame[x] <= upto]
    asked = problem(
        frame[x].to_numpy(float), frame[y].to_numpy(float), ("usl",), residuals="identity",
        estimator=Estimator(name="least_squares"), bootstrap=400,
    )  # fmt: skip
    return Throughput(fit([asked])[0], 0.9, "mean_curve")


def limit_of(read: Throughput, units: Units, margin: float = 0.0) -> Limit:
    return Limit("units", read.at(units.now).times(1 - margin), law_reach(read, units, margin))


def test_the_report_says_sufficient_and_its_own_use_says_105_per_cent():
    """70 % in use at 319.5 operations a second, and 319.5 is called the most: half as much again fits neither."""
    load = 319.5 * 1.5
    assert load == pytest.approx(479.25)
    use = decide(Amount(load), Limit("pool in use", over(Amount(319.5), Amount(0.70))))
    assert use.status == "not sufficient" and use.utilisation.value == pytest.approx(1.05)
    most = decide(Amount(load), Limit("stated most", Amount(319.5)))
    assert most.status == "not sufficient" and most.utilisation.value == pytest.approx(1.5)
    assert use.utilisation.low is None  # nobody gave an interval


def test_perfect_scaling_bounds_what_a_statement_without_a_curve_can_promise():
    capacity, pool = Amount(319.5), Units("connections", now=5, most=10)
    reach = stated_reach(capacity, pool, is_perfect=False)
    modest, high, triple = (
        decide(Amount(319.5 * k), Limit("most", capacity, reach)) for k in (1.5, 2.0, 3.0)
    )
    assert modest.status == "not sufficient" and modest.reason.startswith(
        "8 connections with perfect scaling"
    )
    assert high.status == "not sufficient" and high.reason.startswith("10 connections with perfect")
    assert (
        triple.status == "redesign"
        and triple.reason == "10 connections are not enough even with perfect scaling"
    )


def test_a_disk_grows_with_the_disk_by_declaration():
    disk = Amount(1 / 0.8)
    reach = stated_reach(disk, Units("TB", now=1, most=3, step=2), is_perfect=True)
    assert decide(Amount(1.2), Limit("disk", disk, reach)).status == "sufficient"
    grown = decide(Amount(2.0), Limit("disk", disk, reach))
    assert grown.status == "expand" and grown.sure == 3 and grown.utilisation.value == pytest.approx(1.6)
    assert decide(Amount(4.0), Limit("disk", disk, reach)).status == "redesign"


@pytest.mark.parametrize(("factor", "status"), [(0.99, "sufficient"), (1.5, "expand"), (2.2, "redesign")])
def test_a_known_curve_decides_as_its_inversion_does(factor, status):
    units = Units("workers", now=8, step=2)
    now = float(concurrency.throughput(8, 100, 0.03, 1e-3))
    found = decide(Amount(now * factor), limit_of(Throughput(SURE, 0.9, "mean_curve"), units))
    assert found.status == status
    if status == "expand":
        exact = concurrency.concurrency_at_throughput(now * factor, 100, 0.03, 1e-3)[0]
        assert found.needed.value == found.sure == 8 + 2 * np.ceil((exact - 8) / 2)
        assert concurrency.throughput(found.sure - 2, 100, 0.03, 1e-3) < now * factor
    if status == "redesign":
        assert "throughput peaks at 31.1 workers" in found.reason


def test_the_margin_is_kept_free_everywhere():
    units = Units("workers", now=8)
    free = limit_of(Throughput(SURE, 0.9, "mean_curve"), units, margin=0.2)
    now = float(concurrency.throughput(8, 100, 0.03, 1e-3))
    assert free.capacity.value == pytest.approx(0.8 * now)
    found = decide(Amount(now), free)
    assert found.status == "expand"
    fewer, enough = 0.8 * concurrency.throughput(np.array([found.sure - 1, found.sure]), 100, 0.03, 1e-3)
    assert fewer < now <= enough


def test_a_wide_curve_is_undecided_where_its_ends_disagree():
    units, read = Units("workers", now=8), Throughput(WIDE, 0.9)
    limit = limit_of(read, units)
    statuses = [decide(Amount(load), limit).status for load in (300, 590, 640, 800, 1100, 1400)]
    assert [s for i, s in enumerate(statuses) if i == 0 or s != statuses[i - 1]] == [
        "sufficient", "undecided", "expand", "undecided", "redesign",
    ]  # fmt: skip


def test_a_curve_that_still_rises_is_refused_beyond_its_limit_unless_an_end_is_declared():
    rising = law("amdahl", (100.0, 0.05), (0, 0), ((1.0, 10.0),), noise=0.0)
    read, load = (
        Throughput(rising, 0.9, "mean_curve"),
        1500.0,
    )  # the limit for ever is 2,000, at 20 workers 1,026
    assert decide(Amount(load), limit_of(read, Units("workers", now=4))).status == "refused"
    assert decide(Amount(load), limit_of(read, Units("workers", now=4, most=10))).status == "redesign"
    assert decide(Amount(load), limit_of(read, Units("workers", now=4, most=16))).status == "refused"
    assert decide(Amount(load), limit_of(read, Units("workers", now=4, most=64))).status == "refused"
    assert read.peak().value is None and "none up to 20" in read.peak().reason
    assert decide(Amount(10.0), limit_of(read, Units("workers", now=40))).status == "refused"
    assert (
        decide(
            Amount(1200.0),
            limit_of(Throughput(rising, 0.9, "mean_curve", beyond=4.0), Units("workers", now=4)),
        ).status
        == "expand"
    )


def test_more_servers_keep_the_promise_with_the_slower_end_of_the_service_time():
    time, promise, units = Amount(2.0, 1.8, 2.3), Promise(limit=1.0, share=0.1), Units("agents", now=6)
    capacity = queue_capacity(time, 6, promise, 1.0)
    assert (
        capacity.low == pytest.approx(float(largest_rate(2.3, 6, promise))) and capacity.low < capacity.value
    )
    limit = Limit("agents", capacity, queue_reach(time, units, promise, 1.0, 0.0))
    assert decide(Amount(capacity.low * 0.99), limit).status == "sufficient"
    found = decide(Amount(4.0), limit)
    assert (
        found.status == "expand" and found.needed.low <= found.needed.value <= found.sure == found.needed.high
    )
    assert promise.broken(4.0, 2.3, int(found.sure)) <= 0.1 < promise.broken(4.0, 2.3, int(found.sure) - 1)
    ended = queue_reach(time, Units("agents", now=6, most=7), promise, 1.0, 0.0)
    assert decide(Amount(4.0), Limit("agents", capacity, ended)).status == "redesign"
    assert float(erlang_c(capacity.value * 2.0, 6)) < 1


def test_infinite_draws_lie_above_all_others():
    draws = np.append(np.linspace(1, 2, 90), np.full(10, np.inf))
    found = from_draws(1.5, draws, 0.9, "draws")
    assert found.low == pytest.approx(1.05, abs=0.02) and found.high is None
    assert from_draws(np.nan, np.full(9, np.nan), 0.9, "draws") == Amount(None, None, None, "draws")


def test_only_a_throughput_law_is_read():
    with pytest.raises(LawNotUsable, match="usl or amdahl"):
        Throughput(law("power", (1.0, 0.5)), 0.9)


def test_spec_sdm91_in_every_direction(shared_data):  # noqa: F811
    read = measured(shared_data, "usl_specsdm91.csv", "load", "throughput")
    peak = read.peak()
    assert peak.value == pytest.approx(96.52, abs=0.01) and peak.low < 96.52 < peak.high <= 432
    assert read.at(peak.value).value == pytest.approx(1884, abs=1)
    assert read.is_past_peak_for_sure()
    assert decide(Amount(2 * 1884), limit_of(read, Units("users", now=48))).status == "redesign"
    assert sum(share.value for share in read.shares(100).values()) == pytest.approx(1)
    assert read.at(500).value is None and "the limit is 2x" in read.at(500).reason
    inside = read.allowed(96.52 / 1884)  # hours in the system at the peak, by Little's law
    assert inside.value == pytest.approx(96.52, abs=0.05)


@pytest.mark.parametrize("upto", [16, 20, 24, 28, 32, 48])
def test_no_design_is_called_for_that_later_measurements_did_without(shared_data, upto):  # noqa: F811
    """Fitted to the first processors, the law has a peak that the later ones do not have: it may not close the door."""
    read = measured(shared_data, "usl_raytracer.csv", "processors", "throughput", upto=upto)
    limit = limit_of(read, Units("processors", now=upto))
    for later in (280, 310, 400):
        found = decide(Amount(later), limit)
        assert found.status in ("undecided", "refused", "expand"), (later, found)
        assert found.status != "expand" or found.sure >= (48 if later == 280 else 64)


def test_the_ray_tracer_beyond_its_fitted_range(shared_data):  # noqa: F811
    """Fitted to at most 32 processors: 64 is twice that and allowed, what lies beyond is refused."""
    read = measured(shared_data, "usl_raytracer.csv", "processors", "throughput", upto=32)
    at = read.at(64)
    assert at.low < 310 < at.high and "2x outside" in at.distance
    assert read.at(65).value is None
    assert decide(Amount(500), limit_of(read, Units("processors", now=32))).status == "refused"
    full = measured(shared_data, "usl_raytracer.csv", "processors", "throughput")
    assert full.at(128).value == pytest.approx(335.5, abs=0.1) and full.peak().value is None
    assert full.limited_by(64)[0] == "contention"
