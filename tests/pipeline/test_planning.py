"""A plan kind is one module and one registry line: declaration, store, asset, page and lineage come by themselves."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from scaling_assets.errors import DeclarationErrors, UnknownName
from scaling_assets.lab import load_lab, plan_schema
from scaling_assets.orchestration import launch
from scaling_assets.orchestration.build import SUMMARIES, build_definitions
from scaling_assets.pipeline import allocating, land, planning, reports, steps
from scaling_assets.pipeline.workspace import Workspace, open_workspace
from scaling_assets.science.planning import PLAN_KINDS
from tests.orchestration.small_lab import make_lab, write_runs
from tests.science.planning import tally

PLAN = """
name: growth
kind: tally
title: "How | does <b>it</b> grow"
owner: "team:tests"
law: {experiment: alpha, metric: latency_ms, family: power}
"""
EXPLAINED = """
with recursive chain as (
    select noun, version, from_noun, from_version from lineage where noun = 'tally' and experiment = 'growth'
    union
    select above.noun, above.version, above.from_noun, above.from_version
    from lineage as above
    inner join chain on chain.from_noun = above.noun and chain.from_version = above.version
)
select from_noun, count(distinct from_version) as n from chain group by from_noun order by from_noun
"""


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCALING_ASSETS_STORE", raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setitem(PLAN_KINDS, "tally", tally.KIND)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_lab(tmp_path / "lab", names=("alpha",))
    (root / "plans/growth.yaml").write_text(PLAN)
    return root


def landed(root: Path) -> Workspace:
    write_runs(root / "landing/alpha/one.jsonl", exponent=0.5)
    ws = open_workspace(root)
    land.land(ws)
    steps.judge(ws, "alpha")
    return ws


def test_an_answer_is_made_once_and_again_when_something_changed(root: Path) -> None:
    ws = open_workspace(root)
    assert set(ws.lab.questions) == {"growth"} and "growth" not in ws.lab.plans
    assert planning.is_due(ws)
    first = planning.plan_all(ws, "tally")
    assert [one.status for one in first.answers] == ["waiting"] and not first.skipped
    assert planning.plan_all(ws, "tally").skipped and not planning.is_due(ws)

    ws = landed(root)
    assert planning.is_due(ws)
    [one] = planning.plan_all(ws, "tally").answers
    assert one.status == "answered" and one.headline == "the exponent is 0.50"
    assert one == ws.store.read_plan_answers("tally", "growth")[0]
    assert planning.plan_all(ws, "tally").skipped

    beside = PLAN + "beside: sizes\n"
    (root / "plans/growth.yaml").write_text(beside)
    ws = open_workspace(root)
    assert not planning.plan_all(ws, "tally").skipped
    assert ws.store.read_plan_answers("tally")[0].part("plans")[0].value == 1
    assert allocating.allocate(ws, "sizes").skipped  # it was renewed on the way

    (root / "plans/growth.yaml").unlink()
    ws = open_workspace(root)
    assert planning.is_due(ws) and planning.plan_all(ws, "tally").answers == [] and not planning.is_due(ws)
    assert ws.store.query("select * from plan_figures").empty


def test_a_dated_answer_is_renewed_with_the_day(root: Path) -> None:
    (root / "plans/growth.yaml").write_text(PLAN.replace('"How | does <b>it</b> grow"', "Dated"))
    ws = landed(root)

    def on(day: int) -> Workspace:
        return Workspace(
            ws.lab, ws.store, ws.location, clock=lambda: datetime(2026, 3, day, 23, 0, tzinfo=UTC)
        )

    [one] = planning.plan_all(on(1), "tally").answers
    assert one.reason == "as of 2026-03-01"
    assert planning.plan_all(on(1), "tally").skipped and planning.is_due(on(2))


def test_one_query_explains_an_answer_down_to_the_files(root: Path) -> None:
    ws = landed(root)
    planning.plan_all(ws, "tally")
    found = dict(ws.store.query(EXPLAINED).to_numpy().tolist())
    assert found == {"law": 1, "laws": 1, "observations": 1, "source": 1, "trials": 1, "verdicts": 1}


def test_pages_tell_an_answer_as_it_was_typed(root: Path) -> None:
    ws = landed(root)
    before = reports.index_version(ws)
    planning.plan_all(ws, "tally")
    assert reports.index_version(ws) != before
    index = reports.write_index(ws).read_text()
    page = (root / "reports/plans/growth.md").read_text()
    assert "# How \\| does &lt;b&gt;it&lt;/b&gt; grow" in page and "<b>" not in page
    assert "| alpha | 0.5 \\[" in page and "identified: a &lt;b&gt;power&lt;/b&gt; \\| of size | 16 |" in page
    assert "|  | exponent | trials (runs) |" in page and "`" in page
    assert 'id="plans"' in index and "a &lt;b&gt;power&lt;/b&gt; | of size" in index
    assert 'href="plans/growth.md"' in index
    query = page.split('scaling-assets query "')[1].split('"\n```')[0]
    assert any(str(path).endswith("one.jsonl") for path in ws.store.query(query)["path"])
    ws.store.write_plan_answers("tally", [])
    assert 'id="plans"' not in reports.write_index(ws).read_text()
    assert not (root / "reports/plans/growth.md").exists()


def test_a_registered_kind_is_an_asset_and_run_makes_it(root: Path) -> None:
    ws = landed(root)
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_definitions(lab=str(root)).resolve_job_def(SUMMARIES)
        done = job.execute_in_process(instance=instance, run_config=dg.RunConfig(loggers=launch.QUIET))
        assert done.success
        [made] = done.asset_materializations_for_node("tally")
        assert made.metadata["answers"].value == "1 answered"
        assert "the exponent is 0.50" in made.metadata["plan: growth"].value
    assert not planning.is_due(ws)


def test_mistakes_are_told_at_their_line(root: Path) -> None:
    for wrong, line, said in (
        (PLAN.replace("kind: tally", "kind: tallly"), 3, "Did you mean 'tally'"),
        (PLAN.replace("experiment: alpha", "experiment: alpa"), 6, "there is no experiment 'alpa'"),
        (PLAN.replace("latency_ms", "latency"), 6, "'latency' is no law question of alpha"),
        (PLAN.replace("family: power", "family: usl"), 6, "'usl' is not among the fitted"),
        (PLAN + "beside: size\n", 7, "there is no allocation plan 'size'"),
        (PLAN + "besides: sizes\n", 7, "no such field"),
        (PLAN.replace("title:", "titel:"), 4, "no such field"),
    ):
        (root / "plans/growth.yaml").write_text(wrong)
        with pytest.raises(DeclarationErrors) as caught:
            load_lab(root)
        told = str(caught.value)
        assert f"plans/growth.yaml:{line}" in told and said in told, told
    lab = load_lab(root, partial=True)
    assert "growth" not in lab.questions and "sizes" in lab.plans
    (root / "plans/growth.yaml").write_text(PLAN)
    (root / "experiments/alpha.yaml").write_text("name: alpha\n")
    with pytest.raises(DeclarationErrors) as caught:
        load_lab(root)
    assert "plans/growth.yaml" not in str(caught.value)  # what it says of a broken experiment is not judged


def test_an_allocation_may_name_its_kind(root: Path) -> None:
    path = root / "plans/sizes.yaml"
    path.write_text("kind: allocation\n" + path.read_text().lstrip())
    assert set(load_lab(root).plans) == {"sizes"}
    assert next(one["$ref"] for one in plan_schema()["oneOf"]) == "#/$defs/allocation"
    assert {"$ref": "#/$defs/tally"} in plan_schema()["oneOf"]


def test_unknown_names_are_told(root: Path) -> None:
    ws = open_workspace(root)
    with pytest.raises(UnknownName, match="growth"):
        planning.planned(ws, "tally", "grow")
    with pytest.raises(UnknownName, match="tally"):
        planning.plan_all(ws, "telly")
