"""The asset graph as a whole: its shape, what every asset declares, and that it loads by itself."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from scaling_assets.orchestration.build import build_definitions

ROOT = Path(__file__).parents[2]
SNAPSHOT = Path(__file__).parent / "graph.txt"
NOUNS = ["observations", "trials", "laws", "verdicts", "allocations"]


@pytest.fixture(scope="module")
def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in build_definitions().resolve_all_asset_specs()}


def _drawn(specs: dict[str, dg.AssetSpec]) -> str:
    lines = []
    for name, spec in sorted(specs.items()):
        above = ", ".join(sorted(dep.asset_key.to_user_string() for dep in spec.deps)) or "the world"
        parted = "by experiment" if spec.partitions_def else "whole"
        lines.append(f"{name} <- {above} | {parted} | {', '.join(sorted(spec.kinds))}")
    return "\n".join(lines) + "\n"


def test_the_graph_is_the_one_in_the_snapshot(specs: dict[str, dg.AssetSpec]) -> None:
    assert _drawn(specs) == SNAPSHOT.read_text(encoding="utf-8"), f"if meant, write this to {SNAPSHOT.name}"


def test_every_asset_says_what_it_is_and_whose(specs: dict[str, dg.AssetSpec]) -> None:
    for name, spec in specs.items():
        assert spec.description and len(spec.description) > 60, name
        assert spec.owners == ["team:scaling"], name
        assert spec.group_name == "scaling", name
        assert spec.kinds, name


def test_the_five_nouns_are_partitioned_by_experiment(specs: dict[str, dg.AssetSpec]) -> None:
    for name in NOUNS:
        definition = specs[name].partitions_def
        assert isinstance(definition, dg.DynamicPartitionsDefinition)
        assert definition.name == "experiment"


def test_assets_with_a_fixed_table_declare_its_columns(specs: dict[str, dg.AssetSpec]) -> None:
    for name in ("trials", "laws", "changes", "verdicts", "allocations", "exponent_summary", "claims"):
        assert len(specs[name].metadata["dagster/column_schema"].columns) > 10, name


def test_every_data_rule_is_a_check_and_blockers_block() -> None:
    from scaling_assets.store.checks import available

    checks = {spec.name: spec for spec in build_definitions().resolve_all_asset_check_specs()} if hasattr(
        dg.Definitions, "resolve_all_asset_check_specs"
    ) else {
        spec.name: spec
        for asset in build_definitions().assets or []
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.check_specs
    }  # fmt: skip
    rules = available()
    assert len(rules) >= 6
    audit = checks.pop("published_claims_are_consistent")
    assert not audit.blocking and audit.description
    # No queries: tests of proportions, what the gates answered, new runs against those of the laws, changes.
    of_designs = {"assignments_are_balanced", "sample_ratio_holds", "gates_pass", "new_runs_agree_with_laws"}
    of_designs |= {"no_open_changes"}
    assert set(checks) == {rule.name for rule in rules} | of_designs
    for rule in rules:
        assert checks[rule.name].blocking == (rule.severity == "blocker"), rule.name
        assert checks[rule.name].description, rule.name


def test_sensors_and_schedule_are_on_from_the_start() -> None:
    definitions = build_definitions()
    sensors = {s.name: s.default_status for s in definitions.sensors or []}
    assert set(sensors) == {"landing_sensor", "stale_sensor", "summaries_sensor"}
    assert set(sensors.values()) == {dg.DefaultSensorStatus.RUNNING}
    [schedule] = definitions.schedules or []
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert (schedule.cron_schedule, schedule.default_status) == (
        "0 2 * * *",
        dg.DefaultScheduleStatus.RUNNING,
    )


def test_no_asset_returns_a_value_so_nothing_is_pickled() -> None:
    import ast

    for path in (ROOT / "scaling_assets/orchestration/assets").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_asset = isinstance(node, ast.FunctionDef) and any(
                "dg.asset" in ast.unparse(decorator) for decorator in node.decorator_list
            )
            if is_asset:
                assert isinstance(node, ast.FunctionDef)
                assert node.returns is not None and ast.unparse(node.returns) == "dg.MaterializeResult", (
                    node.name
                )


@pytest.mark.parametrize(
    "code",
    [
        "import definitions; d = definitions.defs",
        "from scaling_assets.orchestration import location",
    ],
    ids=["definitions.py", "installed location"],
)
def test_the_code_location_loads_in_a_fresh_interpreter_without_a_warning(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith(("SCALING_", "DAGSTER_"))},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_dagster_itself_validates_the_workspace(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "DAGSTER_HOME": str(tmp_path), "DAGSTER_DISABLE_TELEMETRY": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "scaling_assets" in done.stdout + done.stderr
