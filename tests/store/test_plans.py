"""What the contract says about answers to plans, on either database."""

from dataclasses import replace

from scaling_assets.records.planned import Figure, PlanAnswer, PlanSource
from scaling_assets.store import Store

ANSWER = PlanAnswer(
    answer_id="a1", plan="load", kind="capacity", title="Load 'of' 2026\n", status="answered", headline="456 ops/s",
    reason="r", remedy="", level=0.9, method="m", is_simulated=True, data_version="v", owner="team:x",
    figures=(
        Figure("levels", "1.5x", "utilisation", 1.05, 1 / 3, None, "1", "480 / 456 = 105 %", "expand", "exact"),
        Figure("levels", "1.5x", "verdict", text="expand"),
        Figure("levels", "2x", "utilisation", 1.4),
    ),
    law_ids=("law1",), sources=(PlanSource("trials", "usl", "t1"), PlanSource("law", "usl", "law1")),
)  # fmt: skip


def test_answers_come_back_as_they_went_in(store: Store) -> None:
    other = replace(ANSWER, answer_id="a2", plan="aim", figures=(), law_ids=(), sources=(), level=None)
    same_name = replace(other, kind="scenarios", plan="load")
    store.write_plan_answers("capacity", [ANSWER, other])
    store.write_plan_answers("scenarios", [same_name])
    assert store.read_plan_answers("capacity") == [other, ANSWER]
    assert store.read_plan_answers(plan="load") == [ANSWER, same_name]
    assert store.read_plan_answers() == [other, ANSWER, same_name]
    assert store.read_plan_answers("capacity", "unknown") == []


def test_a_kind_is_replaced_whole_and_has_a_view(store: Store) -> None:
    store.write_plan_answers("capacity", [ANSWER, replace(ANSWER, plan="aim", answer_id="a2")])
    store.write_plan_answers("capacity", [replace(ANSWER, answer_id="a3")])
    store.publish()
    found = store.query("select plan, item, quantity, value, plan_status from capacity order by position")
    assert found["value"].round(4).tolist()[::2] == [1.05, 1.4]
    assert set(found["plan"]) == {"load"} and set(found["plan_status"]) == {"answered"}
    assert store.query("select * from scenarios").empty
    sources = store.query(
        "select experiment, version, from_noun, from_version from lineage order by from_noun"
    )
    assert sources.values.tolist() == [["load", "a3", "law", "law1"], ["load", "a3", "trials", "t1"]]
    store.write_plan_answers("capacity", [])
    assert store.read_plan_answers() == []
