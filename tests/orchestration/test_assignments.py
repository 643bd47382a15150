"""The asset ``assignments`` through Dagster, with its check, and the check of the landed ratio on ``verdicts``."""

import json
from pathlib import Path

import dagster as dg

from scaling_assets.orchestration.build import build_definitions
from scaling_assets.orchestration.partitions import register
from scaling_assets.pipeline.workspace import Workspace
from tests.orchestration.small_lab import EXPERIMENT

DESIGN = "assignment:\n  arm: size\n  batch: {units_per_block: 60}\n"


def checks_of(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {c.check_name: c.passed for c in result.get_asset_check_evaluations()}


def test_a_batch_is_planned_and_a_lost_arm_fails_the_check(
    ws: Workspace, lab_root: Path, instance: dg.DagsterInstance
) -> None:
    text = EXPERIMENT.format(name="alpha") + DESIGN
    (lab_root / "experiments/alpha.yaml").write_text(text, encoding="utf-8")
    register(instance, ["alpha", "beta"])
    job = build_definitions(lab=str(lab_root)).resolve_job_def("lineage")
    first = job.execute_in_process(instance=instance, partition_key="alpha")
    assert first.success and checks_of(first)["assignments_are_balanced"]
    (made,) = first.asset_materializations_for_node("assignments")
    assert made.metadata["units by arm"].value == "1: 15, 10: 15, 100: 15, 1000: 15"
    assert checks_of(first)["sample_ratio_holds"]
    lines = [
        {"run_id": a.unit, "size": float(a.arm), "latency_ms": 2 * float(a.arm) ** 0.5 * (1 + 0.01 * (i % 3))}
        for i, a in enumerate(a for a in ws.store.assignments("alpha") if a.arm != "1000" or a.position < 4)
    ]
    path = ws.lab.landing / "alpha/runs.jsonl"
    path.parent.mkdir()
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    second = job.execute_in_process(instance=instance, partition_key="alpha")
    found = checks_of(second)
    assert second.success and found["assignments_are_balanced"] and not found["sample_ratio_holds"]
    assert [v.outcome.value for v in ws.store.read_verdicts("alpha")] == ["inconclusive"]
    (gates,) = [c for c in second.get_asset_check_evaluations() if c.check_name == "gates_pass"]
    assert not gates.passed and gates.severity is dg.AssetCheckSeverity.WARN  # not settled is no failure
    assert "inconclusive: " in str(gates.metadata["alpha: exponent_limit"].value)
    other = job.execute_in_process(instance=instance, partition_key="beta")
    assert other.success and all(checks_of(other).values())
