"""What the contract says about baselines and looks, on either database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scaling_assets.records.baseline import Baseline, BaselineLaw, BaselinePart, CertifiedMetric
from scaling_assets.records.look import Acknowledgement, Evidence, LawLook
from scaling_assets.store import Store

WHEN = datetime(2026, 1, 30, 11, 25, 3, 250_001, tzinfo=UTC)
LEVEL = BaselinePart(
    name="level", role="level", unit="ms", value=1 / 3, low=0.3, high=None, confidence=0.95, estimate=-1.1,
    standard_error=0.0123456789, degrees_of_freedom=7.25, is_log=False, worse="increase",
)  # fmt: skip
LAW = BaselineLaw(
    experiment="locality", question="regen_ms_by_elements", metric="regen_ms", metric_unit="ms",
    group={"project": "a 'b' ", "n": 1, "share": 1.0, "is_big": True}, hardware={"machine": ("m1", "m2")},
    family="power", axes=("elements",), residuals="log", domain=((1.0, 1e6),), centre=(1e3,), law_id="l1",
    n_units=30, units=("0a", "1b"), is_simulated=False,
    parts=(LEVEL, LEVEL.model_copy(update={"name": "b", "role": "exponent"})),
)  # fmt: skip
METRIC = CertifiedMetric(
    experiment="locality",
    metric="top1",
    cell={"condition": "A", "tier": None},
    value=0.31,
    low=None,
    high=0.4,
    confidence=0.95,
    method="Wilson",
    n_units=3,
)


def made(**changes) -> Baseline:
    fields = {
        "name": "v3.1", "version": 1, "baseline_id": "", "certified_by": "team:web", "reason": "release",
        "certified_at": WHEN, "program": "0.1.0",
        "laws": (LAW, LAW.model_copy(update={"group": {}})), "metrics": (METRIC,),
    }  # fmt: skip
    new = Baseline(**(fields | changes))
    return new.model_copy(update={"baseline_id": new.content})


def test_a_baseline_comes_back_to_the_last_digit(store: Store) -> None:
    assert store.save_baseline(made()) == made()
    found = store.read_baseline("v3.1")
    assert found == made() and found.is_intact
    assert [type(v) for v in found.laws[0].group.values()] == [str, int, float, bool]
    assert Baseline.model_validate_json(found.model_dump_json()) == found
    assert store.read_baseline("nope") is None and store.read_baseline("v3.1", 2) is None


def test_a_name_saved_again_is_a_new_version_and_the_old_one_stays(store: Store) -> None:
    first, second = made(), made(reason="the cache was taken out", laws=(LAW,), metrics=())
    store.save_baseline(first)
    assert store.save_baseline(second).version == 2
    assert store.save_baseline(second).version == 2  # the very same: nothing new
    assert store.save_baseline(made(name="other")).version == 1
    assert store.read_baseline("v3.1", 1) == first
    assert store.read_baseline("v3.1").reason == "the cache was taken out"
    assert [(e.name, e.version, e.n_laws) for e in store.baselines("v3.1")] == [
        ("v3.1", 1, 2),
        ("v3.1", 2, 1),
    ]
    assert len(store.baselines()) == 3


def test_people_read_baselines_in_sql(store: Store) -> None:
    store.save_baseline(made())
    store.publish()
    found = store.query(
        "select baseline, version, name, low, high from baseline_laws order by law_id, name desc limit 1"
    )
    assert found.astype(object).where(found.notna(), None).values.tolist() == [
        ["v3.1", 1, "level", 0.3, None]
    ]
    assert (
        len(store.query("select * from baselines")) == len(store.query("select * from baseline_metrics")) == 1
    )


LOOK = LawLook(
    "locality", "q", "regen_ms", {"project": "a"}, "id1", "l1", "law1", 1, 18, 6,
    {"level": Evidence(1, -9.5, 7.5e-5, "new runs lie above"), "slope": Evidence()}, 310.5, 20.0, True, "above",
    "method", False, WHEN,
)  # fmt: skip


def test_looks_are_kept_once_a_version_and_the_newest_comes_back(store: Store) -> None:
    other = replace(LOOK, group={}, is_stale=False)
    store.write_looks({"locality": [LOOK, other], "quiet": []})
    store.write_looks({"locality": [replace(LOOK, reason="again")]})  # a retry of the same refit
    assert store.read_looks(["locality", "quiet"]) == {"locality": [LOOK, other], "quiet": []}
    later = replace(LOOK, version="l2", look=2, looked_at=WHEN + timedelta(hours=1), e_value=1e9)
    store.write_looks({"locality": [later]})
    assert sorted(store.read_looks(["locality"])["locality"], key=lambda one: one.look) == [other, later]
    store.publish()
    assert store.query("select e_value from stale_laws").values.tolist() == [[1e9]]
    assert len(store.query("select * from law_looks")) == 3


def test_an_acknowledgement_ends_all_looks_before_it(store: Store) -> None:
    store.write_looks({"locality": [LOOK]})
    store.acknowledge_laws(Acknowledgement("locality", "team:web", "as planned", WHEN + timedelta(hours=1)))
    assert store.read_looks(["locality"]) == {"locality": []}
    after = replace(LOOK, version="l3", looked_at=WHEN + timedelta(hours=2))
    store.write_looks({"locality": [after]})
    assert store.read_looks(["locality"]) == {"locality": [after]}
