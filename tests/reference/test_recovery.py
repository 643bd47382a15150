"""Simulated laws come back as declared, and verdicts say what the declared truth implies."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from scipy import stats

from scaling_assets.lab import Lab
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import LawStatus, ParameterEstimate
from scaling_assets.science.allocation import allocate
from scaling_assets.sweeps import run_sweep
from tests.reference.truths import PLANTED, Planted, truth_for, truth_of
from tests.reference.worked import Worked, work

Once = Callable[..., Worked]
SIMULATED = sorted({p.experiment for p in PLANTED} | {"abc_seeds"})


def covers(estimate: ParameterEstimate, truth: float, widths: float = 2.0) -> bool:
    """True when the interval, made ``widths`` times as wide around its estimate, holds the truth.

    One in twenty 95 % intervals misses a truth by right; a miss at twice the width is one in ten thousand.
    """
    assert estimate.value is not None
    above = None if estimate.high is None else estimate.value + widths * (estimate.high - estimate.value)
    below = None if estimate.low is None else estimate.value - widths * (estimate.value - estimate.low)
    return (below is None or below <= truth) and (above is None or truth <= above)


def test_stated_intervals_hold_most_truths(lab: Lab, worked: Once) -> None:
    """Of all planted parameters at least as many as 95 % intervals hold in 999 of 1,000 labs."""
    held = []
    for planted in PLANTED:
        family, truth = truth_of(lab.experiments[planted.experiment], planted)
        law = worked(planted.experiment).law(planted.question, family, **dict(planted.group))
        held += [covers(law.parameter(name), value, 1.0) for name, value in truth.items()]
    assert sum(held) >= stats.binom.ppf(0.001, len(held), 0.95), held


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_declared_truth_leads_and_lies_in_its_interval(lab: Lab, worked: Once, planted: Planted) -> None:
    family, truth = truth_of(lab.experiments[planted.experiment], planted)
    done = worked(planted.experiment)
    leading = done.leading(planted.question, **dict(planted.group))
    assert leading.family == family, leading.leading_reason
    law = done.law(planted.question, family, **dict(planted.group))
    assert law.is_usable
    assert law.is_simulated
    missed = {
        name: (value, law.parameter(name).low, law.parameter(name).high)
        for name, value in truth.items()
        if not covers(law.parameter(name), value)
    }
    assert missed == {}


def test_tvc_is_the_sum_of_its_components(worked: Once) -> None:
    """1.05 + 0.42 + 0.02 = 1.49 times n^0.35; the interval of a sum of noisy parts holds it."""
    law = worked("locality").law("tvc_ms_by_elements", "power")
    assert covers(law.parameter("b"), 0.35)
    assert covers(law.parameter("a"), 1.49)


@pytest.mark.parametrize("profile", ["narrow", "standard", "broad"])
def test_rework_has_the_weighted_rate_of_its_events(lab: Lab, worked: Once, profile: str) -> None:
    experiment = lab.experiments["governance"]
    group = {"permission_profile": profile}
    weights = {"rollbacks": 5, "violations": 2, "overrides": 1}
    truth = 100 * sum(w * truth_for(experiment, c).parameters_at(group)["c"] for c, w in weights.items())
    law = worked("governance").law("rm100_by_operations", "constant", **group)
    if law.is_usable:
        assert covers(law.parameter("c"), truth)
    else:  # the truth is so small that no event may be seen
        assert law.reason.startswith("no event was seen in 50 unit(s)")
        assert truth < 3.0


@pytest.mark.parametrize("name", SIMULATED)
def test_every_simulated_row_is_taken_in(worked: Once, name: str) -> None:
    done = worked(name)
    assert done.appended.rows_rejected == 0
    assert done.appended.rows_accepted == done.appended.rows_read > 0
    assert done.trials["is_simulated"].all()
    assert all(v.is_simulated for v in done.verdicts)


@pytest.mark.parametrize("name", SIMULATED)
def test_verdicts_can_be_read_alone(worked: Once, name: str) -> None:
    for verdict in worked(name).verdicts:
        assert verdict.reason
        assert verdict.remedy or verdict.outcome.value == "pass", verdict.gate
        assert "nan" not in verdict.reason.split()
        assert "None" not in verdict.reason


def test_locality_passes_what_is_true_and_refuses_the_guarantee(worked: Once) -> None:
    done = worked("locality")
    outcomes = {v.gate: v.outcome.value for v in done.verdicts}
    assert outcomes.pop("sla_500k") == "insufficient_data"
    assert set(outcomes.values()) == {"pass"}
    sla = next(v for v in done.verdicts if v.gate == "sla_500k")
    assert "500x outside the measured range" in sla.reason
    assert "250,000" in sla.remedy


def test_collaboration_finds_overrides_too_frequent_and_overlap_too_dear(worked: Once) -> None:
    done = worked("collaboration")
    assert done.outcomes("p95_at_3_users") == {(): "pass"}
    assert done.outcomes("cost_per_user") == {("disjoint",): "pass", ("overlapping",): "fail"}
    # True rates .015 and .03 against .01 at 1,000 operations each: never provably low enough.
    assert "pass" not in done.outcomes("override_rate_at_3_users").values()


def test_zero_rework_is_proven_small_not_zero_and_has_no_exponent(worked: Once) -> None:
    done = worked("governance")
    narrow = next(
        v for v in done.verdicts if v.gate == "rm100_excellent" and v.group["permission_profile"] == "narrow"
    )
    assert narrow.outcome.value == "pass"
    assert narrow.measured == 0
    assert narrow.high is not None and 0 < narrow.high < 1
    for family in ("constant", "linear"):
        law = done.law("rm100_by_operations", family, permission_profile="narrow")
        assert law.status is LawStatus.NOT_IDENTIFIED
        assert law.reason.startswith("no event was seen")
        assert not law.is_leading


def test_abc_outcomes_are_mixed_and_never_contradict_the_truth(worked: Once) -> None:
    """True top-1: .311 .351 .396 against .30; true coherence: .85 .81 .77 against .80."""
    done = worked("abc_seeds")
    assert done.outcomes("all_nine_runs") == {(): "pass"}
    top1, coherence = done.outcomes("ship_top1"), done.outcomes("ship_coherence")
    assert "fail" not in top1.values()
    assert (coherence["A",], coherence["C",]) == ("pass", "fail")
    assert {"pass", "inconclusive", "fail"} <= {*top1.values(), *coherence.values()}
    assert len(done.outcomes("ship_top1_by_seed")) == 9
    for gate in ("b_beats_a", "c_beats_b", "c_beats_a"):  # three pairs settle nothing, and say how many would
        (verdict,) = [v for v in done.verdicts if v.gate == gate]
        assert (verdict.outcome.value, verdict.runs_needed) == ("inconclusive", 3)
        assert verdict.evidence["p_adjusted"] == 0.375 and "conditional on the runs" in verdict.reason
        assert ("differ also in oversampling.tier2 (2 against 1)" in verdict.reason) == (gate != "c_beats_b")
        assert ("expected before the runs" in verdict.reason) == (gate != "c_beats_b")
    (gain,) = [v for v in done.verdicts if v.gate == "hard_items_gain_most"]
    assert gain.n_units == 3 and gain.evidence["within_factors"] == 2
    (ship,) = [v for v in done.verdicts if v.gate == "ship"]
    assert (ship.outcome.value, ship.remedy[:10]) == ("fail", "Raise the ")


def test_a_thin_design_proves_little_and_says_so(worked: Once) -> None:
    """Quick mode is the source's: three sizes, two runs. Sixty clean operations cannot prove 99 %."""
    done = worked("locality", mode="quick")
    outcomes = Counter(v.outcome.value for v in done.verdicts)
    assert outcomes["fail"] == 0
    assert outcomes["inconclusive"] + outcomes["insufficient_data"] >= 2
    vcsr = next(v for v in done.verdicts if v.gate == "vcsr")
    assert vcsr.outcome.value == "inconclusive"
    assert vcsr.low is not None and vcsr.low < 0.99


def test_specsdm91_gives_the_published_parameters_and_peak(worked: Once) -> None:
    """R package usl: sigma .0277285, kappa 1.0436e-4, gamma 89.995; peak 96.52 at 1884."""
    law = worked("specsdm91").leading("throughput_by_virtual_users")
    sigma, kappa, gamma = (law.parameter(n).value for n in ("sigma", "kappa", "gamma"))
    assert sigma is not None and kappa is not None and gamma is not None
    assert sigma == pytest.approx(0.0277285, rel=1e-4)
    assert kappa == pytest.approx(1.0436e-4, rel=1e-4)
    assert gamma == pytest.approx(89.995, rel=1e-4)
    peak = ((1 - sigma) / kappa) ** 0.5
    assert peak == pytest.approx(96.52, abs=0.01)
    assert gamma * peak / (1 + sigma * (peak - 1) + kappa * peak * (peak - 1)) == pytest.approx(1884, abs=0.5)
    assert not law.is_simulated


def test_best_load_of_specsdm91_stops_at_the_peak(lab: Lab, worked: Once) -> None:
    found = worked("specsdm91")
    assert allocate(lab.plans["specsdm91_load"], found.laws).status.value == "waiting", (
        "no verdict, no purchase"
    )
    answer = allocate(lab.plans["specsdm91_load"], found.laws, found.verdicts)
    assert answer.amounts[0].amount in (96, 97)
    assert answer.outcome == pytest.approx(1884, abs=0.5)
    assert answer.leftover == answer.budget - answer.amounts[0].amount


def test_orchestration_budget_is_spent_in_whole_steps_and_never_exceeded(lab: Lab, worked: Once) -> None:
    plan = lab.plans["orchestration_budget"]
    done = [worked(name) for name in plan.experiments]
    answer = allocate(plan, [law for w in done for law in w.laws], [v for w in done for v in w.verdicts])
    assert answer.status.value == "optimal"
    assert answer.cost is not None and answer.cost <= plan.budget
    assert all(a.amount is not None and a.amount == int(a.amount) >= 1 for a in answer.amounts)
    parallel = next(a for a in answer.amounts if a.dimension == "parallelism")
    # More than 9.6 parallel agents are slower whatever they cost.
    assert parallel.amount is not None and 2 <= parallel.amount <= 10
    assert answer.outcome is not None and answer.outcome > 1
    assert answer.is_simulated


SWEEPS = 40
COVERED = [
    Planted("locality", "regen_ms_by_elements", "regen_ms"),
    Planted("parallelism", "tasks_per_hour_by_parallelism", "time_to_complete_s"),
]


@pytest.mark.slow
@pytest.mark.parametrize("planted", COVERED, ids=str)
def test_stated_intervals_hold_the_truth_as_often_as_stated(
    lab: Lab, tmp_path: Path, planted: Planted
) -> None:
    """Over 40 independent sweeps, 95 % intervals miss no more often than chance allows (p > .001)."""
    declared = lab.experiments[planted.experiment]
    family, truth = truth_of(declared, planted)
    question = next(q for q in declared.laws if q.label == planted.question)
    only = declared.model_copy(
        update={"laws": (question.model_copy(update={"families": (family,)}),), "gates": ()}
    )
    held: Counter[str] = Counter()
    for night in range(SWEEPS):
        law = work(only, tmp_path, label=f"night-{night}").law(planted.question, family)
        held.update(name for name, value in truth.items() if covers(law.parameter(name), value))
    least = int(stats.binom.ppf(0.001, SWEEPS, 0.95))
    assert {name: held[name] for name in truth if held[name] < least} == {}


@pytest.mark.parametrize("name", SIMULATED)
def test_sweeps_repeat_byte_for_byte(lab: Lab, tmp_path: Path, name: str) -> None:
    experiment: Experiment = lab.experiments[name]
    one, two = (
        run_sweep(experiment, mode="quick", label="2026-01-30", folder=tmp_path / folder).read_bytes()
        for folder in ("one", "two")
    )
    assert one == two
