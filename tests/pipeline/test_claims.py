"""The audit as a step and as an asset: done once, done again for what changed, and no run fails of a wrong source."""

from pathlib import Path

import dagster as dg
import pytest

from scaling_assets.errors import UnknownName
from scaling_assets.orchestration import launch
from scaling_assets.orchestration.build import SUMMARIES, build_definitions
from scaling_assets.pipeline import claims, land, reports, steps
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from scaling_assets.records.claim import Consistency
from tests.orchestration.small_lab import make_lab, write_runs

REPORT = """
name: report
title: A "report" | of <b>2026</b>
source: "Report *2026*"
stated: {price: =35, cost: 17.50}
claims:
  - {name: margin, kind: arithmetic, text: "Margin <43 %> | of", formula: (price - cost) / price, states: 43 %}
  - {name: half, kind: arithmetic, text: Half, formula: cost / price, states: 50 %}
  - {name: exponent, kind: lab_law, text: Root law, experiment: alpha, metric: latency_ms, family: power,
     parameter: exponent, states: 0.5}
  - {name: gate, kind: lab_verdict, text: It passes, experiment: alpha, gate: exponent_limit}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    root = make_lab(tmp_path / "lab", names=("alpha",))
    (root / "claims").mkdir()
    (root / "claims/report.yaml").write_text(REPORT)
    return root


def outcomes(ws: Workspace) -> dict[str, str]:
    return {one.name: one.outcome.value for one in ws.store.read_claims()}


def test_an_audit_is_done_once_and_again_when_something_changed(root: Path) -> None:
    ws = open_workspace(root)
    assert claims.is_due(ws)
    first = claims.audit(ws)
    assert not first.skipped and not claims.is_due(ws)
    assert outcomes(ws) == {
        "margin": "inconsistent", "half": "consistent", "exponent": "not_derivable", "gate": "not_derivable"
    }  # fmt: skip
    again = claims.audit(ws)
    assert again.skipped and (again.version, again.audited) == (first.version, first.audited)

    write_runs(root / "landing/alpha/one.jsonl", exponent=0.5)
    land.land(ws)
    steps.judge(ws, "alpha")
    assert claims.is_due(ws)  # the lab's own law is there now
    assert not claims.audit(ws).skipped
    assert outcomes(ws)["exponent"] == outcomes(ws)["gate"] == "consistent"

    (root / "claims/report.yaml").write_text(REPORT.replace("states: 43 %", "states: 50 %"))
    ws = open_workspace(root)
    assert claims.is_due(ws)
    assert Consistency.INCONSISTENT not in [one.outcome for one in claims.audit(ws).audited]

    (root / "claims/report.yaml").unlink()
    ws = open_workspace(root)
    assert claims.is_due(ws) and claims.audit(ws).audited == [] and not claims.is_due(ws)
    assert ws.store.query("select * from claims").empty


def test_one_document_or_all_and_unknown_ones_by_name(root: Path) -> None:
    (root / "claims/other.yaml").write_text(REPORT.replace("name: report", "name: other"))
    ws = open_workspace(root)
    assert len(claims.audited_claims(ws)) == 8 and len(claims.audited_claims(ws, "other")) == 4
    with pytest.raises(UnknownName, match="other, report"):
        claims.audited_claims(ws, "nobody")


def test_pages_tell_the_audit_as_it_was_typed(root: Path) -> None:
    ws = open_workspace(root)
    claims.audit(ws)
    index = reports.write_index(ws).read_text()
    page = (root / "reports/claims.md").read_text()
    assert "4 claims: 1 inconsistent, 2 not derivable, 1 consistent" in page
    assert '## A "report" \\| of &lt;b&gt;2026&lt;/b&gt;' in page and "<b>" not in page
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert rows[2].startswith(
        "| Margin &lt;43 %&gt; \\| of<br>margin | ❌ inconsistent | 43 % | 50 % \\[49.99, 50.01\\] "
    )
    assert "-14 %" in rows[2] and "7 points too low" in rows[2]
    assert 'id="claims"' in index and "Margin &lt;43 %&gt; | of" in index and 'href="claims.md"' in index
    assert index.index("inconsistent</span>") < index.index("not derivable</span>")
    before = reports.index_version(ws)
    ws.store.write_claims([])
    assert reports.index_version(ws) != before
    assert (
        'id="claims"' not in reports.write_index(ws).read_text() and not (root / "reports/claims.md").exists()
    )


def test_the_asset_warns_and_the_run_succeeds(root: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_definitions(lab=str(root)).resolve_job_def(SUMMARIES)
        done = job.execute_in_process(instance=instance, run_config=dg.RunConfig(loggers=launch.QUIET))
        assert done.success
        [check] = done.get_asset_check_evaluations()
        assert (check.check_name, check.passed) == ("published_claims_are_consistent", False)
        assert check.severity == dg.AssetCheckSeverity.WARN
        assert check.metadata["names"].value == "report.margin"
        [made] = done.asset_materializations_for_node("claims")
        assert "| Margin &lt;43" in made.metadata["audit"].value
        assert made.metadata["summary"].value.startswith("4 claims: 1 inconsistent")


def test_run_does_what_claims_call_for_and_nothing_twice(root: Path) -> None:
    ws = open_workspace(root)
    first = launch.run(ws)
    assert first.succeeded and [run.reasons for run in first.runs] == [("summaries",)]
    assert outcomes(ws)["margin"] == "inconsistent"
    assert launch.run(ws).runs == ()
    assert launch.run(ws, ["alpha"]).runs == ()
