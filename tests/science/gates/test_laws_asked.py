"""Gates on hand-built laws: groups, roles, statuses, bounds at a domain's end."""

from dataclasses import replace

import numpy as np
import pytest

from scaling_assets.errors import DeclarationProblem, UnknownName
from scaling_assets.records.law import Law, LawStatus
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.fitting.interval import quantile
from scaling_assets.science.gates import GATES as KINDS
from scaling_assets.science.gates import judge, problems_of_gate
from scaling_assets.science.gates.asked_law import parameter_bounds
from scaling_assets.science.gates.regression import Baseline
from scaling_assets.science.trials import derive
from tests.science.gates.lab import experiment, rows
from tests.science.planted import law
from tests.science.trials.sums import unit_sums

LIMIT = {
    "kind": "parameter",
    "metric": "regen_ms",
    "parameter": "exponent",
    "operator": "<=",
    "threshold": 0.5,
}
KNOWN = {"experiment": "locality", "metric": "regen_ms", "question": "regen_ms_by_size", "axes": ("size",)}


def regen(b: float = 0.35, sd: float = 0.02, **changes: object) -> Law:
    return law(parameters=(1.05, b), sd=(0.01, sd), **(KNOWN | changes))


def judged(gate: dict[str, object], *laws: Law) -> list[Verdict]:
    declared = experiment(g=gate)
    return judge(declared, derive(declared, unit_sums(declared, rows(runs=1))), laws, data_version="v")


@pytest.mark.parametrize(
    ("b", "outcome"), [(0.35, Outcome.PASS), (0.48, Outcome.INCONCLUSIVE), (0.60, Outcome.FAIL)]
)
def test_exponent_limit(b, outcome):
    (verdict,) = judged(LIMIT, regen(b))
    assert verdict.outcome is outcome and verdict.law_id == "power-locality"
    assert verdict.low == pytest.approx(b - 1.645 * 0.02, abs=0.005)
    assert (verdict.runs_needed is not None) == (outcome is Outcome.INCONCLUSIVE)


@pytest.mark.parametrize("status", [s for s in LawStatus if s not in ("converged", "bound_hit")])
def test_a_law_that_is_not_usable_never_passes(status):
    bad = replace(regen(0.1), status=status, reason="2 scales, 3 needed")
    (verdict,) = judged(LIMIT, bad)
    assert verdict.outcome is Outcome.INSUFFICIENT_DATA
    assert verdict.reason == f"the power law of regen_ms is {status.value}: 2 scales, 3 needed"


def test_another_law_never_answers_for_the_declared_one():
    (verdict,) = judged(LIMIT, law("constant", (5.0,), **KNOWN), regen(question="other"))
    assert verdict.outcome is Outcome.INSUFFICIENT_DATA
    assert verdict.reason == "there is no power law for regen_ms"


def test_where_no_family_is_declared_the_leading_law_answers():
    tvc = {"metric": "tvc_ms", "question": "tvc_ms_by_size"}
    (verdict,) = judged(LIMIT | {"metric": "tvc_ms"}, regen(**tvc, is_leading=False))
    assert verdict.reason == "there is no leading law for tvc_ms"
    assert judged(LIMIT | {"metric": "tvc_ms"}, regen(**tvc))[0].outcome is Outcome.PASS


def test_a_leading_law_without_the_parameter_says_which_it_has():
    constant = law("constant", (5.0,), **KNOWN)
    (verdict,) = judged(LIMIT | {"family": "constant"}, constant)
    assert verdict.outcome is Outcome.INSUFFICIENT_DATA
    assert "has no parameter 'exponent'" in verdict.reason and "Name in the gate the family" in verdict.remedy


def test_each_law_group_gets_its_own_verdict():
    pair = [replace(regen(b), law_id=c, group={"condition": c}) for c, b in (("a", 0.2), ("b", 0.7))]
    assert [v.outcome for v in judged(LIMIT, *pair)] == [Outcome.PASS, Outcome.FAIL]
    (only,) = judged(LIMIT | {"where": {"condition": "b"}}, *pair)
    assert dict(only.group) == {"condition": "b"} and only.outcome is Outcome.FAIL


def test_a_stated_interval_wider_than_the_draws_widens_the_bound():
    plain = regen()
    exponent = plain.parameters[1]
    wide = replace(exponent, low=exponent.value - 2 * (exponent.value - exponent.low), high=None)
    found = parameter_bounds(replace(plain, parameters=(plain.parameters[0], wide)), "exponent", 0.95)
    narrow = parameter_bounds(plain, "exponent", 0.95)
    assert 0.35 - found.bounds[0] == pytest.approx(2 * (0.35 - narrow.bounds[0]))
    assert found.bounds[1] is None


def on_bound(high, draws, level=0.95):
    """A law of throughput whose contention lies on 0, with this one-sided limit."""
    plain = law("usl", (90.0, 0.0, 1e-4), (1.0, 0.0, 1e-6))
    held = replace(plain.parameters[1], value=0.0, low=None, high=high, level=level, at_bound=True)
    plain.draws[:, 1] = draws
    return replace(plain, parameters=(plain.parameters[0], held, plain.parameters[2]))


def test_a_parameter_on_its_bound_is_bounded_by_its_value():
    away = np.maximum(0.0, np.random.default_rng(5).normal(size=400)) * 0.05
    found = parameter_bounds(on_bound(quantile(away, 0.975), away), "contention", 0.95)
    assert found.bounds == (0.0, pytest.approx(quantile(away, 0.95)))
    assert found.bounds[1] > 0.05


def test_draws_that_all_lie_on_the_bound_prove_nothing_that_the_limit_does_not():
    """The stated limit is rescaled: at most with the square of the normal quantile, as limits from a bound grow."""
    stuck = on_bound(0.7, np.zeros(400))
    for confidence, factor in ((0.975, 1.0), (0.99, (2.3263 / 1.96) ** 2), (0.90, 1.2816 / 1.96)):
        low, high = parameter_bounds(stuck, "contention", confidence).bounds
        assert low == 0.0
        assert high == pytest.approx(0.7 * factor, rel=1e-4)


def test_a_parameter_on_its_bound_without_a_limit_has_no_upper_bound():
    assert parameter_bounds(on_bound(None, np.zeros(400)), "contention", 0.95).bounds == (0.0, None)


def test_a_group_without_any_usable_law_is_not_passed_over():
    """Two projects, one with nothing but zeros: the other's law does not answer for both."""
    tvc = {"metric": "tvc_ms", "question": "tvc_ms_by_size"}
    zeros = law(
        "constant", (0.0,), **tvc, group={"condition": "b"}, is_leading=False, status=LawStatus.NOT_IDENTIFIED,
        reason="no event was seen", evidence={"identical_values": 1.0}, domain=((1.0, 100.0),),
    )  # fmt: skip
    fine, lost = sorted(
        judged(LIMIT | {"metric": "tvc_ms"}, regen(**tvc, group={"condition": "a"}), zeros),
        key=lambda v: v.group["condition"],
    )
    assert fine.outcome is Outcome.PASS
    assert lost.outcome is Outcome.INSUFFICIENT_DATA
    assert lost.reason == "there is no leading law for tvc_ms at condition = b (no event was seen)"
    assert lost.remedy == "Judge tvc_ms itself by a threshold gate, or add runs until its values differ."


REGRESSION = {"kind": "regression", "metric": "regen_ms", "parameter": "exponent", "minimum_change": 0.05}


@pytest.mark.parametrize(
    ("now", "worse", "outcome"),
    [
        (0.35, "increase", Outcome.PASS), (0.48, "increase", Outcome.FAIL), (0.40, "increase", Outcome.INCONCLUSIVE),
        (0.20, "increase", Outcome.PASS), (0.20, "decrease", Outcome.FAIL), (0.20, "both", Outcome.FAIL),
        (0.35, "both", Outcome.PASS), (0.48, "decrease", Outcome.PASS),
    ],
)  # fmt: skip
def test_regression_against_a_baseline(now, worse, outcome):
    gate = REGRESSION | {"worse": worse, "baseline": {"value": 0.35, "standard_error": 0.01}}
    (verdict,) = judged(gate, regen(now, 0.015))
    assert verdict.outcome is outcome, verdict.reason
    assert verdict.measured == pytest.approx(now - 0.35) and verdict.evidence["baseline"] == 0.35


def test_an_unsure_baseline_makes_the_change_unsure():
    widths = []
    for se in (0.0, 0.05):
        (verdict,) = judged(REGRESSION | {"baseline": {"value": 0.35, "standard_error": se}}, regen())
        widths.append(verdict.high - verdict.low)
    assert widths[1] ** 2 == pytest.approx(widths[0] ** 2 + (2 * 1.645 * 0.05) ** 2, rel=0.02)


def test_watching_many_laws_needs_more_evidence():
    gate = REGRESSION | {"baseline": {"value": 0.35, "standard_error": 0.01}}
    one, many = (judged(gate | {"monitored": m}, regen(0.44, 0.015))[0] for m in (1, 20))
    assert one.outcome is Outcome.FAIL and many.outcome is Outcome.INCONCLUSIVE
    assert "Bonferroni over 20" in many.method


def test_a_baseline_interval_is_rescaled_to_the_gates_confidence():
    baseline = Baseline(value=1.0, low=0.8, high=1.4, level=0.95)
    assert baseline.reach(0.975) == pytest.approx((0.2, 0.4))
    assert baseline.reach(0.95)[0] == pytest.approx(0.2 * 1.6449 / 1.96, rel=1e-3)


@pytest.mark.parametrize(
    ("gate", "problem"),
    [
        ({"kind": "threshold", "metric": "nothing", "operator": "<", "threshold": 1},
         "'metric' names 'nothing', which is not declared"),
        (LIMIT | {"metric": "vcsr"},
         "'vcsr' means no law question; declared questions: regen_ms_by_size, tvc_ms_by_size"),
        (LIMIT | {"family": "usl"}, "'family' 'usl' is not among the fitted constant, power"),
        (LIMIT | {"each": ["condition"]},
         "'condition' is neither a segment nor a filter of the law question 'regen_ms_by_size'"),
        ({"kind": "prediction", "metric": "regen_ms", "at": {"users": 3}, "operator": "<", "threshold": 1},
         "'at' must give a value for each of size, and nothing else"),
        ({"kind": "prediction", "metric": "regen_ms", "at": {"size": 3}, "operator": "<", "threshold": 1, "beyond": 9},
         "'beyond' needs 'beyond_reason': who decided to go beyond the limit, and why"),
    ],
)  # fmt: skip
def test_names_that_nothing_declares_are_listed(gate, problem):
    declared = experiment(g=gate)
    assert problems_of_gate(declared, declared.gates[0]) == [problem]


def test_every_gate_of_the_lab_is_declared_without_problems():
    declared = experiment()
    assert [p for g in declared.gates for p in problems_of_gate(declared, g)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_schema_that_forbids_strangers(kind):
    schema = KINDS[kind].Settings.model_json_schema()
    assert schema["additionalProperties"] is False and KINDS[kind].Settings.__doc__


def test_an_unknown_kind_and_bad_settings_are_named():
    with pytest.raises(UnknownName, match=r"no gate kind named 'oracle'\. Known: threshold"):
        judged({"kind": "oracle"})
    with pytest.raises(DeclarationProblem, match=r"locality: gates\.g\.threshold: Field required"):
        judged({"kind": "threshold", "metric": "vcsr", "operator": "<"})


def test_an_override_of_the_limit_is_recorded_in_the_distance():
    gate = {"kind": "prediction", "metric": "regen_ms", "at": {"size": 500_000}, "operator": "<", "threshold": 200,
            "beyond": 5000, "beyond_reason": "the owner accepts it for planning"}  # fmt: skip
    (verdict,) = judged(gate, regen(sd=0.001))
    assert verdict.outcome is Outcome.PASS and verdict.distance.startswith("extrapolation, 3.70 decades")
