"""What the contract says about findings of laws and about laws that were replaced, on either database."""

import pytest

from scaling_assets.errors import VersionGone
from scaling_assets.records.comparison import LawFinding
from scaling_assets.store import Head, Store
from tests.store import made

EXPERIMENT = made.experiment()
FINDING = LawFinding(
    "locality", "regen", "regen_ms", {"project": "bridge", "size": 3.0}, "power", "interaction", "b",
    "differs between contexts", value=0.8, low=None, high=1 / 3, level=0.95, p_value=1e-9, reason="why",
    method="how", is_simulated=True,
)  # fmt: skip
BARE = LawFinding("locality", "regen", "regen_ms", {}, "", "turn", "", "not tested")


def refit(store: Store, n: int, findings=()) -> None:
    store.write_trials(EXPERIMENT, made.trials(EXPERIMENT, [float(n)] * 3), f"t{n}")
    laws = [made.law(law_id=f"law{n}"), made.law(law_id=f"other{n}", is_leading=False)]
    store.write_laws_of({"locality": laws}, {"locality": f"l{n}"}, {"locality": findings})
    store.write_verdicts(Head("locality", f"o{n}", f"t{n}", f"l{n}", f"v{n}"), [made.verdict()])


def test_findings_come_back_as_they_went_in(store: Store) -> None:
    refit(store, 1, [FINDING, BARE])
    assert store.read_law_findings("locality") == store.read_law_findings() == [FINDING, BARE]
    assert store.read_law_findings("other") == []


def test_findings_are_seen_with_their_laws_and_dropped_with_them(store: Store) -> None:
    store.write_laws_of({"locality": [made.law()]}, {"locality": "l0"}, {"locality": [FINDING]})
    store.publish()
    assert store.read_law_findings() == []
    assert store.query("select * from law_findings").empty
    refit(store, 1, [FINDING])
    refit(store, 2, [BARE])
    store.publish()
    assert store.read_law_findings() == [BARE]
    assert store.query("select subject, version from law_findings").values.tolist() == [["turn", "l2"]]


def test_leading_laws_that_people_have_seen_are_kept_as_history(store: Store) -> None:
    store.write_laws("locality", [made.law(law_id="unseen")], "l0")  # never visible
    for n in (1, 2, 3):
        refit(store, n)
    store.publish()
    rows = store.query(
        "select law_id, version, name, value, low, replaced_at from law_history order by version"
    )
    per_law = len(made.law().parameters)
    assert rows["law_id"].tolist() == [f"law{n}" for n in (1, 2, 3) for _ in range(per_law)]
    assert rows["replaced_at"].isna().tolist() == [False] * 2 * per_law + [True] * per_law
    first = {p.name: (p.value, p.low) for p in made.law().parameters}
    assert {row["name"]: (row["value"], row["low"]) for row in rows.head(per_law).to_dict("records")} == first


def test_new_verdicts_alone_make_no_history(store: Store) -> None:
    refit(store, 1)
    store.write_verdicts(Head("locality", "o1", "t1", "l1", "v9"), [made.verdict()])
    store.publish()
    assert store.query("select * from law_history where replaced_at is not null").empty


def test_laws_that_stand_go_into_another_version_by_name(store: Store) -> None:
    """One row each; their parts are held once, live as long as any version holds the law, and make no history."""
    stays = made.law(law_id="stays", data_version="d1")
    goes = made.law(law_id="goes", data_version="d2", group={"project": "bridge"})
    store.write_laws("locality", [goes, stays], "l1")
    store.write_verdicts(Head("locality", "o1", None, "l1", "v1"), [])
    standing = store.standing_laws({"locality": "l1"})["locality"]
    assert {key: [law.law_id for law in laws] for key, laws in standing.items()} == {
        "d1": ["stays"],
        "d2": ["goes"],
    }
    comes = made.law(law_id="comes", data_version="d3")
    store.write_laws_of({"locality": [*standing["d1"], comes]}, {"locality": "l2"})
    assert [law.law_id for law in store.read_laws("locality")] == [
        "goes",
        "stays",
    ]  # people see nothing of it yet
    assert store.count_laws({"locality": "l2", "other": "l1"}) == {"locality": (2, 2), "other": (0, 0)}
    store.write_verdicts(Head("locality", "o2", None, "l2", "v2"), [])
    store.publish()
    one, other = store.read_laws("locality")
    assert (one.law_id, other.law_id) == ("stays", "comes")
    assert (one.parameters, one.evidence) == (stays.parameters, stays.evidence)
    assert one.draws.tobytes() == stays.draws.tobytes()
    assert set(store.query("select law_id from law_parameters")["law_id"]) == {"stays", "comes"}
    gone = store.query("select distinct law_id from law_history where replaced_at is not null")
    assert gone["law_id"].tolist() == ["goes"]
    with pytest.raises(VersionGone):  # dropped since somebody looked: no version comes into being without it
        store.write_laws_of({"locality": [*standing["d2"], comes]}, {"locality": "l3"})
    assert store.has_versions("laws", {"locality": "l3"}) == set()
