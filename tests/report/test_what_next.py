"""What a page says beside the gates: what to do next, where it fails, what was asked and run, what else differs."""

import hashlib
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scaling_assets.pipeline import land, reports, steps
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.manifest import Uneven
from scaling_assets.records.provenance import Provenance, Ran, SourceLine
from scaling_assets.records.verdict import Outcome
from scaling_assets.report import asked_and_run, differences, failure_modes, next_steps
from scaling_assets.report.verdict_page import verdict_page
from tests.orchestration.small_lab import write_runs
from tests.pipeline.test_designs import lab_of
from tests.report.test_pages import NASTY, a_verdict

P, F, I, D = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA  # noqa: E741
NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)
ABC = {
    "name": "abc", "title": "ABC", "mode": "measured", "owner": "team:a", "source": "S3", "conditions": ["A", "B", "C"],
    "control_condition": "A", "seeds": [1, 2], "dimensions": [{"name": "size", "values": [1, 2, 4]}],
    "metrics": [{"name": "y", "direction": "higher"}], "context": [{"name": "tier"}],
    "manifest": {
        "varies": ["data"],
        "conditions": {"A": {"data": 1, "warm_up": 5}, "B": {"data": 2, "warm_up": NASTY}},
    },
}  # fmt: skip


def abc(**changes: object) -> Experiment:
    return Experiment.model_validate(ABC | changes)


@pytest.mark.parametrize(
    ("outcome", "severity", "rank"),
    [
        (F, "blocker", 1), (F, "warning", 2), (F, "info", 3), (I, "blocker", 2), (D, "blocker", 2),
        (I, "warning", 3), (D, "info", 3), (P, "blocker", None), (Outcome.NOT_APPLICABLE, "blocker", None),
    ],
)  # fmt: skip
def test_priority_follows_severity_and_outcome(outcome, severity, rank):
    assert next_steps.priority(a_verdict(outcome, severity=severity)) == rank


def test_steps_are_ordered_merged_and_the_contingency_comes_first():
    found = [
        a_verdict(I, gate="thin", severity="warning", remedy="Run more.", runs_needed=7),
        a_verdict(F, gate="fast", action="Profile.", group={"tier": "a"}, owner="team:b"),
        a_verdict(F, gate="fast", action="Profile.", group={"tier": "b"}, owner="team:b"),
        a_verdict(P, gate="good", action="Nothing."),
        a_verdict(F, gate="ship", kind="all_of", remedy="Fall back to A."),
    ]
    assert next_steps.steps(found) == [
        ("P1", "Fall back to A.", "ship (fail)", "–"),
        ("P1", "Profile.", "fast (fail) at tier=a; tier=b", "team:b"),
        ("P3", "Run more. About 7 further units would settle it.", "thin (inconclusive)", "–"),
    ]
    assert next_steps.steps([a_verdict(P)]) == []


def test_a_failed_gate_without_a_remedy_is_not_nothing_to_do():
    page = verdict_page(abc(), laws=[], verdicts=[a_verdict(F, gate="fast", remedy="", action="")])
    assert "Nothing: every gate" not in page and "No remedy is declared for fast" in page


def test_criteria_are_ticked_by_all_verdicts_of_a_gate():
    found = [
        a_verdict(P, gate="a"),
        a_verdict(P, gate="b"),
        a_verdict(I, gate="b"),
        a_verdict(Outcome.NOT_APPLICABLE),
    ]
    assert next_steps.checklist(found) == [
        (True, "a (blocker) ≤ 0.5: pass"), (False, "b (blocker) ≤ 0.5: 1 of 2 pass"),
    ]  # fmt: skip


def kept(tier: str, measured: float, outcome: Outcome, condition: str = "B"):
    return a_verdict(
        outcome, gate="kept", group={"condition": condition, "tier": tier}, measured=measured, low=measured - 0.1,
        high=measured + 0.1, operator=">=", threshold=(-0.02,),
    )  # fmt: skip


def test_the_worst_group_is_named_and_which_value_fails_most():
    found = [
        kept("easy", 0.2, P),
        kept("hard", -0.2, F),
        kept("hard", -0.3, F, "C"),
        kept("easy", -0.05, I, "C"),
    ]
    (told,) = failure_modes.sentences(found)
    assert told == (
        "kept: of 4 groups 2 fail, 1 inconclusive, 1 pass; worst at condition=C, tier=hard "
        "(-0.3 [-0.4, -0.2], required ≥ -0.02); not passing by condition: C 2 of 2, B 1 of 2; "
        "not passing by tier: hard 2 of 2, easy 1 of 2"
    )
    assert failure_modes.sentences([kept("easy", 0.2, P), kept("hard", 0.2, P)]) == []
    assert failure_modes.sentences([kept("easy", -0.2, F)]) == []
    flips = a_verdict(P, gate="items", evidence={"flips_won": 12.0, "flips_lost": 20.0})
    assert failure_modes.sentences([flips]) == ["items: 12 item(s) turned right, 20 turned wrong"]


@pytest.mark.parametrize(
    ("operator", "threshold", "measured", "sign"),
    [
        ("<", (1,), 2, 1),
        ("<", (1,), 0, -1),
        (">=", (1,), 0, 1),
        ("within", (0, 1), 3, 1),
        ("within", (0, 1), 0.5, -1),
    ],
)
def test_the_shortfall_is_positive_on_the_wrong_side(operator, threshold, measured, sign):
    one = a_verdict(
        F, operator=operator, threshold=threshold, measured=measured, low=measured - 1, high=measured + 1
    )
    assert failure_modes.shortfall(one) * sign > 0
    assert failure_modes.shortfall(replace(one, measured=None)) == float("-inf")


def test_what_was_asked_and_run_says_what_is_missing_and_what_nobody_asked_for():
    seen = {"size": ("1", "2", "8"), "condition": ("A", "B", "C"), "seed": ("1",), "tier": ("easy",)}
    rows = {what: (asked, run) for what, asked, run in asked_and_run.design_rows(abc(), Ran(seen, 7, 18, 6))}
    assert rows["size"] == ("1, 2, 4", "1, 2, 8; missing: 4; not asked for: 8")
    assert rows["condition"] == ("A (control), B, C", "all")
    assert rows["seed"] == ("1, 2", "1; missing: 2") and rows["tier"] == ("any", "easy")
    assert rows["independent unit: run_id"] == ("18 (1 a cell)", "7; 6 of the 18 planned")
    assert rows["looks"][0] == "one reading; nothing is promised about more"
    plan = {"plan": "group_sequential", "first": 4, "every": 2, "maximum": 8}
    told = asked_and_run.design_rows(abc(looks=plan), Ran({}, 0))
    assert ("looks", "from 4 units, every 2, to 8; obrien_fleming spending", "–") in told
    assert ("size", "1, 2, 4", "none; missing: 1, 2, 4") in told


def line(path: str, origin: str = "landing", hours: int = 0) -> SourceLine:
    return SourceLine(
        hashlib.sha256(path.encode()).hexdigest(), path, origin, 3, NOON + timedelta(hours=hours)
    )


def test_commands_name_the_files_and_odd_names_are_left_out():
    found = asked_and_run.reproduce(
        abc(), Provenance((line("a.csv"), line("b\nc.csv"), line("sweep:x", "sweep")))
    )
    assert found.splitlines() == [
        "sha256sum --check <<'END'", f"{line('a.csv').source_id}  landing/a.csv", "END",
        "# and 1 more files; the store's table of sources has all", "scaling-assets ingest", "scaling-assets run abc",
    ]  # fmt: skip
    assert (
        asked_and_run.reproduce(abc(workload={"kind": "simulate"}), Provenance())
        == "scaling-assets run abc --again"
    )


def test_updated_is_the_newest_data_or_verdict():
    assert asked_and_run.updated(Provenance()) == ""
    found = Provenance((line("a", hours=1), line("b", hours=3)), NOON + timedelta(hours=2))
    assert asked_and_run.updated(found) == (
        "2026-01-30 15:00 UTC (newest data 2026-01-30 15:00 UTC, judged 2026-01-30 14:00 UTC)"
    )


def test_the_page_has_it_all_and_escapes_what_people_wrote():
    uneven = {
        "better": [Uneven("tier", "B", "A", {"x|y": (0.25, 0.75), "z": (0.75, 0.25)}, 0.5, 0.001, True)]
    }
    page = verdict_page(abc(), [a_verdict(F, remedy=NASTY)], [], ran=Ran({"size": ("1",)}, 2), uneven=uneven)
    heads = [
        "## Gates",
        "## What to do next",
        "### Success criteria",
        "## Design",
        "## What else differs",
        "## References",
    ]
    assert [page.index(head) for head in heads] == sorted(page.index(head) for head in heads)
    assert "- Maintainer: team:a" in page and "- S3" in page
    assert "| data | 1 | 2 | treatment |" in page and "| warm\\_up | 5 | a\\|b &lt;script&gt;" in page
    assert "| confounder |" in page and "<script>" not in page
    assert (
        "better: runs of B and A differ in tier (x\\|y 25 % against 75 %, z 75 % against 25 %; p = 0.001)"
        in page
    )
    assert differences.manifest_table(abc(manifest=None)) == ((), [])


@pytest.fixture
def landed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    ws = lab_of(tmp_path / "lab")
    write_runs(ws.lab.landing / "alpha/one.jsonl")
    land.land(ws)
    steps.judge(ws, "alpha")
    return ws


def test_the_same_store_gives_the_same_page_and_its_commands_check_the_files(landed):
    folder = reports.write_experiment(landed, "alpha")
    assert folder is not None
    page = (folder / "verdict.md").read_text()
    known = landed.store.provenance("alpha")
    assert [s.path for s in known.sources] == ["alpha/one.jsonl"] and known.judged_at >= known.newest_data
    assert f"- Updated: {known.updated:%Y-%m-%d %H:%M} UTC (newest data" in page
    later = replace(landed, clock=lambda: NOON + timedelta(days=900))  # no clock but the store's
    reports.write_experiment(later, "alpha")
    assert (folder / "verdict.md").read_text() == page
    commands = page.rsplit("```sh\n", 1)[1].removesuffix("```\n")
    check = commands[: commands.index("scaling-assets")]
    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum")
    done = subprocess.run(
        ["sh", "-c", check], cwd=landed.lab.root, capture_output=True, text=True, check=False
    )
    assert done.stdout == "landing/alpha/one.jsonl: OK\n", done.stderr
    (landed.lab.landing / "alpha/one.jsonl").write_text("other\n")
    assert (
        subprocess.run(["sh", "-c", check], cwd=landed.lab.root, capture_output=True, check=False).returncode
        != 0
    )
