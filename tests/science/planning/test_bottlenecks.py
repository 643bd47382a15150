"""Resources, stages and the scaling rule: published tables, hand-made answers, and what must never happen."""

from math import log

import numpy as np
import pytest

from scaling_assets.errors import LawNotUsable
from scaling_assets.science.planning.amounts import Amount
from scaling_assets.science.planning.autoscaling import Capable, rule_of
from scaling_assets.science.planning.resources import (
    by_law,
    first_at,
    first_to_saturate,
    grown,
    implied_exponent,
    periods_until,
    proportional,
)
from scaling_assets.science.planning.stages import Stage, in_pipeline, in_sequence
from tests.science.planted import law


def test_the_fleets_disk_is_used_up_first():
    """Disk 80 %, memory 60 to 70 %, processor 30 to 40 %: the disk has a quarter of growth left."""
    uses = {"disk": Amount(0.8), "memory": Amount(0.65, 0.6, 0.7), "cpu": Amount(0.35, 0.3, 0.4)}
    found = {n: proportional(n, "", use, 1.0, 1.0).saturation for n, use in uses.items()}
    assert found["disk"].value == pytest.approx(1.25)
    assert (found["memory"].low, found["memory"].high) == pytest.approx((1 / 0.7, 1 / 0.6))
    assert first_to_saturate(found)[0] == ["disk"]
    soon = periods_until(found["disk"], 1.0, 0.1)
    assert soon.value == pytest.approx(log(1.25) / log(1.1)) and grown(1.0, 0.1, soon.value) == pytest.approx(
        1.25
    )


def test_overlapping_resources_are_not_separated():
    ends = {"a": Amount(2.0, 1.5, 2.5), "b": Amount(2.2, 1.8, 2.6), "c": Amount(9.0, 8.0, 10.0)}
    names, why = first_to_saturate(ends)
    assert names == ["a", "b"] and why.startswith("not separated")
    late = {"a": Amount(None, low=4.0, reason="later"), "b": Amount(3.0, 2.0, 5.0)}
    assert first_to_saturate(late)[0] == ["b", "a"]
    assert first_to_saturate({"a": Amount(None, low=4.0)})[0] == []


def test_an_idle_part_is_not_multiplied():
    found = proportional("cpu", "", Amount(0.5), load=100.0, limit=0.9, idle=0.1)
    assert found.use(200).value == pytest.approx(0.9) and found.saturation.value == pytest.approx(200)
    with pytest.raises(ValueError, match="idle part"):
        proportional("cpu", "", Amount(0.1), 100.0, 0.9, idle=0.1)


def test_use_along_a_law_is_refused_beyond_its_limit():
    rising = law("linear", (0.1, 0.005), (0.0, 0.0002), ((10.0, 100.0),), noise=0.001, residuals="identity")
    cpu = by_law("cpu", "", rising, limit=0.9, level=0.9)
    assert cpu.use(100).value == pytest.approx(0.6) and cpu.use(100).low < 0.6 < cpu.use(100).high
    assert cpu.use(150).distance == "1.5x outside the measured range (0.18 decades)"
    assert cpu.use(201).value is None and "the limit is 2x" in cpu.use(201).reason
    assert cpu.saturation.value == pytest.approx(160, rel=1e-3)
    assert cpu.saturation.low < 160 < cpu.saturation.high
    never = first_at(rising, 1.2, 0.9)
    assert (
        never.value is None
        and never.high is None
        and never.low <= 200
        and "not reached up to 200" in never.reason
    )
    with pytest.raises(LawNotUsable, match="one axis"):
        first_at(
            law("chinchilla", (400, 1200, 1.7, 0.34, 0.3), 0.0, ((1, 2), (1, 2)), axes=("n", "d")), 1.0, 0.9
        )


def test_the_largest_size_under_a_service_level():
    """Latency 1.05 x^.35 stays below 100 ms up to 450,552 elements; by its upper end up to fewer."""
    sure = law("power", (1.05, 0.35), 0.0, ((1000.0, 500_000.0),), noise=0.0)
    found = first_at(sure, 100.0, 0.9, "mean_curve")
    assert found.value == pytest.approx(450_552, rel=1e-4)
    noisy = law("power", (1.05, 0.35), 0.0, ((1000.0, 500_000.0),), noise=0.02)
    run = by_law("latency", "ms", noisy, 100.0, 0.9)
    assert run.saturation.low == pytest.approx(450_552 * np.exp(-1.645 * 0.02 / 0.35), rel=0.01)
    assert run.saturation.low < found.value < run.saturation.high
    assert run.use(run.saturation.low).high == pytest.approx(100, rel=1e-3)
    assert run.use(run.saturation.high).low == pytest.approx(100, rel=1e-3)


def test_the_reports_table_is_in_proportion_only_for_connections():
    loads = (1, 2, 5)
    assert implied_exponent(loads, [Amount(v) for v in (5, 10, 25)]).value == pytest.approx(1)
    assert implied_exponent(loads, [Amount(v) for v in (8, 16, 32)]).value == pytest.approx(log(4) / log(5))
    cores = implied_exponent(loads, [Amount(3, 2, 4), Amount(6, 4, 8), Amount(12, 8, 16)])
    assert (cores.low, cores.high) == pytest.approx((log(2) / log(5), log(8) / log(5)))


def test_a_sequence_gains_what_amdahl_says():
    found = in_sequence(
        [Stage("parse", Amount(2.0)), Stage("rank", Amount(6.0, 5.0, 7.0)), Stage("send", Amount(2.0))]
    )
    first = found[0]
    assert first.stage.name == "rank" and first.is_bottleneck == "yes"
    assert first.weight.value == pytest.approx(0.6) and first.effect.value == pytest.approx(2.5)
    assert (first.weight.low, first.weight.high) == pytest.approx((5 / 9, 7 / 11))
    assert [w.is_bottleneck for w in found[1:]] == ["no", "no"]


def test_stages_whose_ends_overlap_are_not_identified():
    found = in_sequence([Stage("a", Amount(3.0, 2.0, 4.0)), Stage("b", Amount(3.5, 2.5, 4.5))])
    assert {w.is_bottleneck for w in found} == {"not identified"}


def test_a_pipeline_is_as_fast_as_its_slowest_stage():
    found = in_pipeline(
        [Stage("fetch", Amount(0.2), 4), Stage("score", Amount(0.5), 5), Stage("write", Amount(0.05))]
    )
    assert [w.stage.name for w in found] == ["score", "fetch", "write"] or found[
        0
    ].weight.value == pytest.approx(10)
    assert found[0].weight.value == pytest.approx(10) and found[0].effect.value == pytest.approx(2.0)
    assert found[1].effect.value == pytest.approx(1.0)  # mending what does not limit brings nothing
    with pytest.raises(ValueError, match="time above 0"):
        in_pipeline([Stage("a", Amount(0.0)), Stage("b", Amount(1.0))])


RULE = rule_of(
    [Capable(n, 10.0 * n / (1 + 0.05 * (n - 1)), 8.0 * n / (1 + 0.05 * (n - 1))) for n in range(1, 9)],
    30,
    0.2,
)


@pytest.mark.parametrize("seed", range(20))
def test_the_rule_keeps_the_wait_never_flaps_and_adds_none_too_many(seed):
    rng = np.random.default_rng(seed)
    able = {s.workers: s for s in RULE.steps}
    now = float(rng.integers(1, 9))
    depth, rate = float(rng.uniform(0, 1500)), float(rng.uniform(0, 40))
    found = RULE.recommended(depth, rate, now)
    fits = [s.workers for s in RULE.steps if depth <= s.up_above and rate <= s.rate]
    assert (found is None) == (not fits)
    if found is not None:
        assert depth / (able[found].up_above / 30) <= 30 and rate <= able[found].rate
        assert RULE.recommended(depth, rate, found) == found  # it stays where it is
        assert found <= max(now, fits[0])
        trembling = [RULE.recommended(depth * (1 + e), rate * (1 + e), found) for e in (-0.05, 0.05)]
        back = [RULE.recommended(depth, rate, t) for t in trembling if t is not None]
        assert all(b in (found, t) for b, t in zip(back, trembling, strict=False))


def test_a_number_that_does_no_more_is_no_step():
    past = rule_of([Capable(1, 10, 9), Capable(2, 15, 14), Capable(3, 14, 13)], 60, 0.25)
    assert [s.workers for s in past.steps] == [1, 2]
    assert past.steps[1].down_below == pytest.approx(0.75 * 600) and past.steps[0].down_below is None
    assert past.recommended(5000, 1, 1) is None
    with pytest.raises(ValueError, match="sure to do"):
        rule_of([Capable(1, 0, 0)], 60, 0.25)
    with pytest.raises(ValueError, match="hysteresis"):
        rule_of([Capable(1, 1, 1)], 60, 0.0)
