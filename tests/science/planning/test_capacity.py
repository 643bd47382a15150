"""The kind ``capacity``: the shipped stated plans, planted curves, and every way in which there is no answer."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import LawStatus
from scaling_assets.records.planned import ANSWERED, REFUSED, WAITING
from scaling_assets.science.laws import concurrency
from scaling_assets.science.planning import PLAN_KINDS, PlanCase
from scaling_assets.science.planning import answer as stamped
from scaling_assets.science.planning.capacity import KIND
from tests.science.planted import law

PLANS = Path(__file__).parents[3] / "labs/reference/plans"
TRUTH = (100.0, 0.03, 1e-3)
USL = law("usl", TRUTH, (0.5, 0.001, 2e-5), ((1.0, 40.0),), noise=0.01, law_id="u", axes=("workers",))
USE = law("linear", (5.0, 0.05), (0.1, 4e-4), ((100.0, 1000.0),), noise=0.1, residuals="identity",
          law_id="c", metric="cpu", axes=("rate",))  # fmt: skip
TREND = law("linear", (40.0, 2.0), (0.1, 0.02), ((1.0, 12.0),), noise=0.1, residuals="identity",
            law_id="t", metric="disk", axes=("week",))  # fmt: skip
LAB = Experiment.model_validate({
    "name": "lab", "title": "L", "mode": "simulated",
    "dimensions": [{"name": "workers", "values": [1, 4]}],
    "metrics": [{"name": "y", "unit": "ops/s", "direction": "higher"}, {"name": "seconds", "direction": "lower"}],
    "laws": [{"metric": "y", "by": ["workers"], "families": ["usl", "power"]}],
})  # fmt: skip
CURVE = {"law": {"experiment": "lab", "metric": "y", "family": "usl"}, "interval": "mean_curve"}
WORKERS = {"name": "workers", "now": 8, "most": 40, "step": 2, "step_cost": 30, "currency": "usd"}


def asked(**fields):
    return KIND.Question.model_validate(
        {"name": "p", "kind": "capacity", "title": "P", "load": 600, "unit": "ops/s"} | fields
    )


def answered(question, laws=(USL,), trials=None):
    case = PlanCase(question, laws=laws, trials=trials or {}, experiments={"lab": LAB})
    return stamped(case)


def shipped(name: str):
    return answered(KIND.Question.model_validate(yaml.safe_load((PLANS / f"{name}.yaml").read_text())))


def cells(found, part: str) -> dict:
    return {(f.item, f.quantity): f for f in found.part(part)}


def runs(times: dict[float, list[float]], simulated=True) -> dict[str, pd.DataFrame]:
    rows = [
        {"metric": "seconds", "unit": f"{n}/{i}", "seed": None, "workers": n, "condition": None,
         "is_simulated": simulated, "n": 1, "value": t, "sd": np.nan, "numerator": np.nan, "denominator": np.nan,
         "sample": None}
        for n, values in times.items() for i, t in enumerate(values)
    ]  # fmt: skip
    return {"lab": pd.DataFrame(rows)}


def test_the_kind_is_registered_and_its_asset_says_what_it_is():
    assert PLAN_KINDS["capacity"] is KIND and len(KIND.description) > 60


def test_the_concurrency_report_is_told_its_own_contradiction():
    """Sufficient, it says of 1.5x: 105 % of what 70 % in use implies, 479 operations a second against 319.5."""
    found = shipped("concurrency_report_capacity")
    use = cells(found, "growth_by_limit")["1.5x, resource use", "utilisation"]
    assert use.value == pytest.approx(105) and "479.2 ops/s of 456.4 ops/s" in use.text
    most = cells(found, "growth")["1.5x", "utilisation"]
    assert most.value == pytest.approx(150) and "479.2 ops/s of 319.5 ops/s" in most.text
    statuses = [cells(found, "growth")[f"{k}x", "decision"].status for k in ("1.5", "2", "3")]
    assert statuses == ["not sufficient", "not sufficient", "redesign"]
    assert found.headline.startswith(
        "1.5x (479.2 ops/s) not sufficient: 105 % of resource use, 150 % of stated"
    )
    assert "intervals" in cells(found, "growth")["1.5x", "decision"].text  # nobody stated any
    forms = cells(found, "speed_up")
    printed = [
        round(forms["5 workers", q].value, 1)
        for q in ("time_reduction", "throughput_gain", "serial_fraction")
    ]
    assert printed == [75.3, 304.8, 5.9] and forms["5 workers", "speed_up"].value == pytest.approx(4.048)
    assert forms["5 workers", "limit"].value == pytest.approx(17.0, abs=0.05)
    assert cells(found, "stated")["memory", "exponent to 5"].value == pytest.approx(0.861, abs=5e-4)


def test_the_fleet_fills_its_disk_first():
    found = shipped("fleet_capacity")
    first = cells(found, "first_to_saturate")
    assert first["disk", "at_load"].status == "first" and first["disk", "at_load"].value == pytest.approx(125)
    assert first["disk", "months"].value == pytest.approx(2.34, abs=5e-3)
    disk = cells(found, "growth_by_limit")
    assert (
        disk["1.5x, disk", "decision"].status == "expand" and disk["1.5x, disk", "TB_to_be_sure"].value == 3
    )
    implied = cells(found, "stated")
    assert implied["processing rate", "exponent to 10"].value == pytest.approx(0.95, abs=5e-3)
    assert implied["processing rate", "exponent to 15"].value == pytest.approx(0.78, abs=5e-3)


def test_growth_along_a_curve_with_units_steps_and_cost():
    found = answered(asked(curve=CURVE | {"units": WORKERS}, growth=[1.01, 1.3, 2.0]))
    assert found.status == ANSWERED and found.law_ids == ("u",) and found.level == 0.9
    table = cells(found, "growth")
    assert [table[f"{k}x", "decision"].status for k in ("1.01", "1.3", "2")] == [
        "sufficient",
        "expand",
        "redesign",
    ]
    sure = table["1.3x", "workers_to_be_sure"].value
    assert (sure - 8) % 2 == 0 and concurrency.throughput(sure, *TRUTH) >= 780 > concurrency.throughput(
        sure - 4, *TRUTH
    )
    assert table["1.3x", "cost"].value == (sure - 8) / 2 * 30 and table["1.3x", "cost"].unit == "usd"
    assert "inside the measured 1 to 40" in table["1.3x", "workers"].text
    assert cells(found, "optimal_concurrency")["highest throughput", "workers"].value == pytest.approx(
        31.14, abs=0.01
    )
    shares = cells(found, "bottleneck")
    at_peak = [f for (_, column), f in shares.items() if "peak" in column and f.unit == "%"]
    assert sum(f.value for f in at_peak) == pytest.approx(100)
    assert shares["costs most", "at 8, today"].status == "contention"


def test_a_longest_response_limits_what_one_machine_carries():
    slow = float(concurrency.latency(20, *TRUTH))
    one = CURVE | {"law": CURVE["law"], "response": slow, "at": 8}
    found = answered(asked(curve=one, growth=[1.1, 3.0]))
    at = cells(found, "optimal_concurrency")[f"response of {slow:.4g} s", "workers"]
    assert at.low < at.value < at.high and at.value == pytest.approx(20)
    capacity = cells(found, "capacity")["throughput", "carries"]
    assert capacity.value == pytest.approx(float(concurrency.throughput(20, *TRUTH)), rel=1e-3)
    assert capacity.low < capacity.value < capacity.high
    assert cells(found, "growth")["3x", "decision"].status == "redesign"
    never = answered(asked(curve=one | {"response": 1e-4}))
    said = cells(never, "capacity")["throughput", "carries"].text
    assert never.status == REFUSED and "the limit is broken by a single one" in said


def test_nothing_is_said_beyond_the_limit_without_an_override():
    units = WORKERS | {"now": 90, "most": 120}
    far = answered(asked(curve=CURVE | {"units": units}))
    assert far.status == REFUSED and "the limit is 2x" in cells(far, "capacity")["throughput", "carries"].text
    assert all(f.value is None for f in far.part("capacity"))
    told = answered(asked(curve=CURVE | {"units": units, "beyond": 3, "beyond_reason": "R. decided"}))
    carries = cells(told, "capacity")["throughput", "carries"]
    assert carries.value is not None and "2.25x outside the measured 1 to 40 (0.35 decades)" in carries.text
    with pytest.raises(ValidationError, match="beyond_reason"):
        asked(curve=CURVE | {"units": units, "beyond": 3})


def test_use_along_laws_of_load_and_of_time():
    cpu = {"name": "cpu", "unit": "%", "limit": 80, "law": {"experiment": "lab", "metric": "cpu"},
           "trend": {"experiment": "lab", "metric": "disk"}}  # fmt: skip
    found = answered(asked(resources=[cpu], levels=[1, 2, 5], growth=[1.5, 3, 4]), laws=(USE, TREND))
    table = cells(found, "resources")
    assert (
        table["cpu", "1x"].value == pytest.approx(35)
        and table["cpu", "1x"].low < 35 < table["cpu", "1x"].high
    )
    assert table["cpu", "5x"].value is None and "the limit is 2x" in table["cpu", "5x"].text
    when = cells(found, "first_to_saturate")
    assert when["cpu", "at_load"].value == pytest.approx(1500, rel=1e-3)
    assert when["cpu", "weeks_by_trend"].value == pytest.approx(
        8, rel=1e-2
    )  # week 20 of a trend measured to week 12
    growth = cells(found, "growth")
    assert [growth[f"{k:g}x", "decision"].status for k in (1.5, 3, 4)] == [
        "sufficient",
        "not sufficient",
        "not sufficient",
    ]
    late = answered(asked(resources=[cpu | {"limit": 200}], growth=[3, 4]), laws=(USE, TREND))
    assert [cells(late, "growth")[f"{k:g}x", "decision"].status for k in (3, 4)] == ["sufficient", "refused"]
    assert "not reached up to 2000" in cells(late, "first_to_saturate")["cpu", "at_load"].text


def test_speed_up_from_repeats_with_its_serial_fraction():
    rng = np.random.default_rng(2)
    times = {n: list(100 / n * (1 + 0.08 * (n - 1)) * rng.normal(1, 0.03, 8)) for n in (1.0, 2.0, 8.0)}
    question = asked(
        ceilings=[{"name": "most", "most": 900}], level=0.95,
        speedup={"experiment": "lab", "metric": "seconds", "workers": "workers"},
    )  # fmt: skip
    found = answered(question, trials=runs(times))
    table = cells(found, "speed_up")
    eight = table["8 workers", "speed_up"]
    assert eight.low < 8 / 1.56 < eight.high and found.is_simulated
    gone, gain = table["8 workers", "time_reduction"], table["8 workers", "throughput_gain"]
    assert gone.value == pytest.approx(100 - 100 / eight.value) and gain.low == pytest.approx(
        100 * eight.low - 100
    )
    serial = table["8 workers", "serial_fraction"]
    assert serial.low < 8 < serial.high
    assert answered(question, trials=runs({2.0: [1.0, 2.0, 3.0]})).status == WAITING
    mixed = pd.concat([runs({1.0: [1.0]})["lab"], runs({2.0: [1.0]}, simulated=False)["lab"]])
    assert "never mixed" in answered(question, trials={"lab": mixed}).reason


def test_a_queue_with_its_scaling_rule():
    queue = {"service_time": {"low": 90, "value": 100, "high": 110}, "time_units": 3600,
             "promise": {"limit": 60, "share": 0.1}, "units": {"name": "agents", "now": 9, "most": 40}}  # fmt: skip
    rule = {"longest_wait": 0.5, "fewest": 6, "depth": 200}
    found = answered(asked(load=200, unit="tasks/h", queue=queue, scaling=rule, growth=[1.5, 9]))
    growth = cells(found, "growth")
    assert growth["1.5x", "decision"].status == "expand" and growth["9x", "decision"].status == "redesign"
    lines = [f for f in found.part("scaling_rule") if f.quantity == "more_above_depth"]
    assert len(lines) == 35 and lines[0].value == pytest.approx(6 * 3600 / 110 * 0.5)
    now = cells(found, "scaling_now")["recommended agents", "answer"]
    assert now.value * 3600 / 110 * 0.5 >= 200 and now.value >= 9


def test_stages_are_weighed_as_declared():
    stages = {"arrangement": "pipeline", "unit": "s", "times": {"fetch": 0.2, "score": {"low": 0.4, "high": 0.6}},
              "widths": {"fetch": 4}}  # fmt: skip
    found = answered(asked(ceilings=[{"name": "most", "most": 900}], stages=stages))
    table = cells(found, "stages")
    assert table["score", "bottleneck"].status == "yes" and table["score", "allows"].value == pytest.approx(2)
    assert table["score", "effect"].value == pytest.approx(10)


@pytest.mark.parametrize(
    ("laws", "said"),
    [
        ((), "there is no usl law of y in lab"),
        ((replace(USL, status=LawStatus.UNDERDETERMINED, reason="3 scales"),), "underdetermined: 3 scales"),
    ],
)
def test_what_is_missing_is_waited_for(laws, said):
    found = answered(asked(curve=CURVE | {"units": WORKERS}), laws=laws)
    assert found.status == WAITING and said in found.reason and found.figures == ()


def test_a_law_that_is_no_throughput_law_is_not_read_as_one():
    power = law("power", (1.0, 0.5), law_id="p", axes=("workers",))
    curve = {"law": {"experiment": "lab", "metric": "y"}, "units": WORKERS}
    found = answered(asked(curve=curve), laws=(power,))
    assert found.status == WAITING and "usl or amdahl" in found.reason


def test_what_a_declaration_can_get_wrong():
    question = asked(
        load={"experiment": "lab", "metric": "nothing", "where": {"planet": "mars"}},
        curve={"law": {"experiment": "lab", "metric": "y", "family": "power"}, "units": WORKERS},
        speedup={"experiment": "lab", "metric": "seconds", "workers": "agents"},
    )
    assert KIND.experiments(question) == ("lab",)
    found = " | ".join(KIND.problems(question, {"lab": LAB}))
    for word in (
        "'nothing' is no metric",
        "'planet' is no cell column",
        "'power' is no throughput",
        "'agents' is no dim",
    ):
        assert word in found


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "declare what limits the load"),
        ({"ceilings": [{"name": "a", "most": 1}, {"name": "a", "most": 2}]}, "declared twice"),
        ({"ceilings": [{"name": "a", "most": {"low": 3}}]}, "state a 'value'"),
        ({"ceilings": [{"name": "a", "most": 9}], "scaling": {"longest_wait": 1}}, "needs workers"),
        ({"curve": CURVE | {"units": WORKERS, "response": 1}}, "leave out 'units'"),
        ({"curve": CURVE, "growth": [2, {"name": "2x", "load": 5}]}, "one name"),
        ({"ceilings": [{"name": "a", "most": 9}], "speedup": {"speedup": 3}}, "of_workers"),
    ],
)
def test_a_question_that_cannot_be_meant_is_not_born(fields, said):
    with pytest.raises(ValidationError, match=said):
        asked(**fields)
