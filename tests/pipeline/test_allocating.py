"""From run records to recommendations: refreshed when laws or people change, with every answer kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scaling_assets.errors import UnknownName
from scaling_assets.pipeline import allocating, reports
from scaling_assets.pipeline.due import due
from scaling_assets.pipeline.land import land
from scaling_assets.pipeline.steps import judge
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from scaling_assets.records.allocation import PlanOverride
from tests.orchestration.small_lab import make_lab, write_runs


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    root = make_lab(tmp_path / "lab", names=("alpha",))
    write_runs(root / "landing" / "alpha" / "one.jsonl")
    found = open_workspace(root)
    land(found)
    judge(found, "alpha")
    return found


def test_an_answer_follows_its_laws_and_people_and_every_answer_is_kept(ws: Workspace) -> None:
    first = allocating.allocate(ws, "sizes")
    assert not first.skipped and first.allocation.amounts[0].amount == 100
    assert allocating.allocate(ws, "sizes").skipped
    assert due(ws) == []

    allocating.override(ws, "sizes", "size", 40.0, reason="the disk is small")
    assert [d.reasons for d in due(ws)] == [("the plan sizes is not answered from what stands now",)]
    fixed = allocating.allocate(ws, "sizes").allocation
    assert fixed.amounts[0].amount == 40 and fixed.amounts[0].bound_by == "override"
    assert fixed.inputs[-1].noun == "override" and "the disk is small" in fixed.inputs[-1].text
    assert due(ws) == []

    allocating.override(ws, "sizes", "size", None, reason="a larger disk came")
    assert allocating.allocate(ws, "sizes").allocation.amounts[0].amount == 100

    write_runs(ws.lab.landing / "alpha" / "two.jsonl", start=9, exponent=0.4)
    land(ws)
    judge(ws, "alpha")
    assert not allocating.allocate(ws, "sizes").skipped
    kept = ws.store.query(
        "select amounts, is_standing from allocation_history where plan = 'sizes' order by answered_at"
    )
    assert len(kept) == 4 and kept["is_standing"].tolist() == [False, False, False, True]
    assert [a.count("40") for a in kept["amounts"].astype(str)] == [0, 1, 0, 0]


def test_an_override_ends_by_itself(ws: Workspace) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    ws.store.record_plan_override(PlanOverride("sizes", "size", 7.0, "until it is mended", "kim", tomorrow))
    (pin,) = allocating.in_force(ws, "sizes")
    assert pin.amount == 7 and f"kim, until {tomorrow:%Y-%m-%d}" in pin.words
    assert allocating.in_force(ws, "sizes", now=tomorrow + timedelta(seconds=1)) == []
    with pytest.raises(UnknownName, match="no dimension of sizes named 'sise'"):
        allocating.override(ws, "sizes", "sise", 1.0, reason="typing")


def test_from_the_recommendation_back_to_the_file_in_one_query(ws: Workspace) -> None:
    allocating.allocate(ws, "sizes")
    steps = ws.store.query(
        "select * from allocation_explained where plan = 'sizes' order by step, noun, from_noun"
    )
    assert list(zip(steps["noun"], steps["from_noun"], strict=True)) == [
        ("allocation", "laws"),
        ("allocation", "verdicts"),
        ("laws", "trials"),
        ("verdicts", "laws"),
        ("trials", "observations"),
        ("observations", "source"),
    ]
    assert steps["path"].iloc[-1] == "alpha/one.jsonl" and steps["rows_accepted"].iloc[-1] == 16


def test_the_page_of_a_plan_answers_who_pays(ws: Workspace) -> None:
    allocating.allocate(ws, "sizes")
    reports.write_plans(ws)
    page = (ws.lab.reports_folder / "plans" / "sizes.md").read_text(encoding="utf-8")
    for words in (
        "# How large should we go?", "**Buy 100 items", "for 50 of 50 usd.**", "## Why not more", "The budget binds",
        "## How sure", "## What else there was", "closed form", "## What it rests on", "admits the law",
        "allocation_explained where plan = 'sizes'",
    ):  # fmt: skip
        assert words in page, words
    gone = ws.lab.reports_folder / "plans" / "gone.md"
    gone.write_text("of a plan that is no more")
    reports.write_plans(ws)
    assert not gone.exists()


def test_a_what_if_is_not_kept(ws: Workspace) -> None:
    allocating.allocate(ws, "sizes")
    rich = allocating.what_if(ws, "sizes", budget=60.0)
    assert rich.amounts[0].amount == 120
    wanted = allocating.what_if(ws, "sizes", target=5.0)
    assert wanted.binding == "target" and wanted.cost < 50
    assert allocating.allocate(ws, "sizes").allocation.budget == 50
