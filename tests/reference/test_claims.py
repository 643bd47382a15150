"""The audit of the five sources' own claims: the errors that are known are found, what holds is confirmed."""

from collections import Counter

import pytest

from scaling_assets.lab import Lab
from scaling_assets.records.claim import AuditedClaim, Consistency
from scaling_assets.science.claims import audit

CONSISTENT, INCONSISTENT, NOT_DERIVABLE = (
    Consistency.CONSISTENT,
    Consistency.INCONSISTENT,
    Consistency.NOT_DERIVABLE,
)

#: document.claim -> the right value, as the known errors of the sources list it.
ERRORS: dict[str, float | None] = {
    "bim_scaling_lab.sla_500k": 103.7,  # 1.05 n^0.35 at 500,000 elements: not below 100 ms
    "bim_scaling_lab.latency_law_p50": 6.2,  # two-point slope, intercept 47.5
    "bim_scaling_lab.latency_law_p95": 8.05,
    "bim_scaling_lab.latency_exponent_p50": 0.19,
    "bim_scaling_lab.latency_exponent_p95": 0.21,
    "bim_scaling_lab.override_exceeds_per_user": 0.005,
    "concurrency_report.moderate_growth": 1.05,
    "concurrency_report.moderate_growth_throughput": 479.25,
    "abc_experiment_design.data_scaling": 15113,
    "abc_experiment_design.data_scaling_with_adversarial": 15711,
    "abc_experiment_design.adversarial_is_tier3": 454,
    "abc_experiment_design.total_runtime": 7.5,
    "fleet_strategies.margin_current": 0.50,
    "fleet_strategies.margin_optimized": 0.75,
    "fleet_strategies.margin_kpi": 0.50,
    "fleet_strategies.break_even_current": 17.50,
    "fleet_strategies.break_even_optimized": 8.75,
    "fleet_strategies.api_cost_of_40": 150,
    "fleet_strategies.revenue_now": 1400,
    "fleet_strategies.enterprise_infrastructure": 1200,
    "fleet_strategies.hundred_units_as_it_is": 350,
    "fleet_strategies.relations_per_entity": 0.994,
    "fleet_strategies.duplicates_of_the_graph": 0.0656,
    "fleet_strategies.signals_gap": 2.0,  # at the bottom of the ranges; 100 % in the middle
    "fleet_strategies.savings_on_everything": 0.72,
}
CONFIRMED = {
    "bim_scaling_lab": ["locality_law", "regen_at_10", "regen_at_100", "hundredfold", "validation_share",
                        "validation_share_28_6", "p95_below_80", "override_exceeds", "tvc_constant"],
    "concurrency_report": ["time_reduction", "throughput_gain", "speedup_in_the_table", "four_times", "operations_gain",
                           "resource_efficiency", "reliability_gain"],
    "abc_experiment_design": ["tiers_make_the_bundles", "tier_shares", "enriched_2_5_times", "time_of_a_condition"],
    "fleet_strategies": ["relations_per_entity_worker", "progress", "duplicates_of_the_processed", "units_gap",
                         "processing_gap", "monthly_costs", "costs_per_unit", "scenarios", "aggressive_infrastructure",
                         "future_revenue"],
}  # fmt: skip
MISSING = {
    "concurrency_report.overall_score": "the weights",
    "concurrency_report.reliability_proven": "59 successes",
    "concurrency_report.isolation": "the number of events and of trials",
    "concurrency_report.optimal_concurrency": "parameters and the points",
    "bim_scaling_lab.rm100_exponent": "not all 0",
    "bim_scaling_lab.zero_rollbacks": "the number of trials",
    "bim_scaling_lab.vcsr": "the number of events and of trials",
    "bim_scaling_lab.override_rate_from_counts": "the number of events and of trials",
    "bim_scaling_lab.locality_exponent_here": "runs that such a law can be fitted to",  # nothing was run here
    "bim_scaling_lab.locality_gate_here": "runs that it can be judged by",
    "abc_experiment_design.top1_blocker": "the number of events and of trials",
    "fleet_strategies.savings_stack": "haiku_share",
    "fleet_strategies.proxy_savings": "before",
    "orchestration_scaling_laws.agents_diminish_after_4": "the law's parameters",
    "orchestration_scaling_laws.ten_percent_gain": "dynamic_outcome",
    "orchestration_scaling_laws.closed_form_spends_the_budget": "budget",
    "orchestration_scaling_laws.steps_of_5_percent": "gain",
}


@pytest.fixture(scope="module")
def audited(lab: Lab) -> dict[str, AuditedClaim]:
    return {f"{one.sheet}.{one.name}": one for sheet in lab.claims.values() for one in audit(sheet)}


@pytest.mark.parametrize("name", ERRORS)
def test_a_known_error_is_found_with_its_right_value(audited: dict[str, AuditedClaim], name: str) -> None:
    found = audited[name]
    assert found.outcome is INCONSISTENT, found.reason
    assert found.derived == pytest.approx(ERRORS[name], rel=6e-3)
    assert found.off is not None and found.off_pct is not None


@pytest.mark.parametrize("name", [f"{sheet}.{name}" for sheet, names in CONFIRMED.items() for name in names])
def test_what_holds_is_confirmed(audited: dict[str, AuditedClaim], name: str) -> None:
    assert audited[name].outcome is CONSISTENT, audited[name].reason


@pytest.mark.parametrize("name", MISSING)
def test_what_does_not_follow_says_what_is_missing(audited: dict[str, AuditedClaim], name: str) -> None:
    assert audited[name].outcome is NOT_DERIVABLE, audited[name].reason
    assert MISSING[name] in audited[name].missing


def test_every_shipped_claim_is_in_one_of_the_three_lists(audited: dict[str, AuditedClaim]) -> None:
    confirmed = {f"{sheet}.{name}" for sheet, names in CONFIRMED.items() for name in names}
    assert {*ERRORS, *confirmed, *MISSING} == set(audited)
    assert Counter(one.outcome for one in audited.values()) == {
        INCONSISTENT: 25,
        CONSISTENT: 30,
        NOT_DERIVABLE: 17,
    }


def test_the_service_level_ends_where_the_law_says(audited: dict[str, AuditedClaim]) -> None:
    """Known answers: 103.7 ms at 500,000 elements; below 100 ms up to 450,552."""
    found = audited["bim_scaling_lab.sla_500k"]
    assert found.derived == pytest.approx(103.71, abs=0.01)
    assert found.derived_low is not None and found.derived_low > 100
    assert "crosses 100 at 450,552" in found.reason


def test_a_refit_of_the_locality_points_gives_the_known_parameters(audited: dict[str, AuditedClaim]) -> None:
    found = audited["bim_scaling_lab.locality_law"]
    assert found.derived == pytest.approx(0.34990, abs=5e-6)  # a: 1.04998


def test_the_score_is_no_sum_of_what_is_stated(audited: dict[str, AuditedClaim]) -> None:
    assert "no sum of the stated parts gives 741.4 %" in audited["concurrency_report.overall_score"].reason


def test_documents_are_named_by_their_titles_and_no_address_is_shown(lab: Lab) -> None:
    assert {sheet.title for sheet in lab.claims.values()} == {
        "Scaling Lab Results Summary",
        "RDR-017: Orchestration Scaling Laws",
        "Scaling Analysis Final Report",
        "QLLM Scaling Experiment Design",
        "GLM3 Scaling Strategies",
    }
    for sheet in lab.claims.values():
        text = sheet.model_dump_json()
        assert "@" not in text and "://" not in text and ".168." not in text
