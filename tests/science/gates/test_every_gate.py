"""One all-good experiment with real fits; then one thing spoiled at a time."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from scaling_assets.records.verdict import Outcome, Verdict, overall
from tests.science.gates.lab import GATES, LEVELS, experiment, rows, verdicts


@pytest.fixture(scope="module")
def good() -> dict[str, list[Verdict]]:
    found: dict[str, list[Verdict]] = {name: [] for name in GATES}
    for verdict in verdicts(experiment(), rows()):
        found[verdict.gate].append(verdict)
    return found


@pytest.mark.parametrize("gate", [g for g in GATES if g != "sla_500k"])
def test_all_good_passes(good, gate):
    assert {v.outcome for v in good[gate]} == {Outcome.PASS}, [v.reason for v in good[gate]]
    for verdict in good[gate]:
        assert verdict.reason and verdict.remedy == "" and verdict.is_simulated and verdict.method
        assert verdict.confidence == 0.95 and verdict.data_version == "v1" and len(verdict.verdict_id) == 24


def test_ids_are_unique_and_one_verdict_a_group(good):
    ids = [v.verdict_id for found in good.values() for v in found]
    assert len(set(ids)) == len(ids)
    assert [dict(v.group) for v in good["tvc_per_size"]] == [{"size": float(s)} for s in LEVELS]


def test_a_refused_extrapolation_never_passes_and_says_where_to_measure(good):
    (verdict,) = good["sla_500k"]
    assert verdict.outcome is Outcome.INSUFFICIENT_DATA and verdict.measured is None
    assert verdict.remedy == "Needs a run at size = 250,000 or above."
    assert verdict.distance.startswith("refused, 3.70 decades")
    # y = 1.05 x^0.35 stays below 100 ms in all of the allowed range, 2 x 100 elements
    assert verdict.evidence["largest_provable"] == verdict.evidence["largest_allowed"] == 200
    assert overall([v for found in good.values() for v in found]) is Outcome.INSUFFICIENT_DATA


def test_the_largest_provable_size_is_smaller_than_the_point_estimate_says():
    gate = GATES["sla_150"] | {"threshold": 5.5}
    (verdict,) = verdicts(experiment(sla=gate), rows())
    point = (5.5 / 1.05) ** (1 / 0.35)  # 113
    assert verdict.outcome is Outcome.FAIL
    assert 80 < verdict.evidence["largest_provable"] < point
    assert "; provable up to size = " in verdict.reason


def spoiled(**changes: object) -> pd.DataFrame:
    return rows().assign(**changes)


@pytest.mark.parametrize(
    ("gate", "raw", "outcome", "words"),
    [
        ("p95_at_three", lambda: spoiled(latency=rows()["latency"] + 25), Outcome.FAIL, "rules out < 80 ms"),
        ("p95_at_three", lambda: spoiled(latency=rows()["latency"] + 8), Outcome.INCONCLUSIVE, "do not settle < 80 ms"),
        ("p95_at_three", lambda: rows(runs=2), Outcome.INSUFFICIENT_DATA, "2 unit(s)"),
        ("override_rate", lambda: spoiled(over=1), Outcome.FAIL, "rules out <= 0.01"),
        ("rollbacks", lambda: spoiled(rolled=1), Outcome.FAIL, "rules out < 0.001"),
        ("rollbacks", lambda: rows(runs=2).iloc[:100], Outcome.INCONCLUSIVE, "do not settle"),
        ("rm100", lambda: spoiled(pen=6), Outcome.FAIL, "rules out < 50"),
        ("vcsr", lambda: spoiled(ok=9), Outcome.FAIL, "rules out > 0.99"),
        ("share_band", lambda: spoiled(check=rows()["check"] * 1.3), Outcome.FAIL, "rule out within 0.27 to 0.31"),
        ("share_band", lambda: spoiled(check=rows()["tvc"] * 0.286), Outcome.INSUFFICIENT_DATA, "same ratio"),
        ("share_band", lambda: rows().iloc[:20], Outcome.INSUFFICIENT_DATA, "1 unit(s)"),
        ("exponent_limit", lambda: spoiled(regen=rows()["regen"] * rows()["size"] ** 0.3), Outcome.FAIL,
         "rules out <= 0.5"),
        ("exponent_limit", lambda: rows().query("size < 4"), Outcome.INSUFFICIENT_DATA, "underdetermined"),
        ("tvc_constant", lambda: spoiled(tvc=rows()["tvc"] * rows()["size"] ** 0.1), Outcome.FAIL, "rule out within"),
        ("no_regression", lambda: spoiled(regen=rows()["regen"] * rows()["size"] ** 0.1), Outcome.FAIL,
         "the change of exponent"),
        ("no_regression", lambda: spoiled(regen=rows()["regen"] * rows()["size"] ** 0.05), Outcome.INCONCLUSIVE,
         "do not settle < 0.05"),
        ("sla_150", lambda: spoiled(regen=rows()["regen"] * 3), Outcome.FAIL, "provable up to size ="),
        ("all_runs", lambda: rows().query("unit != 'r3_4'"), Outcome.INSUFFICIENT_DATA,
         "49 of 50 planned units are there; missing: size = 3"),
    ],
)  # fmt: skip
def test_one_thing_spoiled_gives_this_outcome(
    gate: str, raw: Callable[[], pd.DataFrame], outcome: Outcome, words: str
):
    found = verdicts(experiment(gate), raw())
    assert [v.outcome for v in found] == [outcome], [v.reason for v in found]
    assert words in found[0].reason and found[0].remedy != ""


def test_no_trials_at_all_never_pass():
    for verdict in verdicts(experiment(), rows().iloc[:0]):
        assert verdict.outcome is Outcome.INSUFFICIENT_DATA, verdict.gate


def test_a_failing_gate_carries_its_action_and_owner():
    gate = GATES["vcsr"] | {
        "action": "Refine conflict detection",
        "owner": "team:sync",
        "severity": "warning",
    }
    (verdict,) = verdicts(experiment(vcsr=gate), spoiled(ok=9))
    assert (verdict.remedy, verdict.action) == ("Refine conflict detection",) * 2
    assert (verdict.owner, verdict.severity) == ("team:sync", "warning")


def test_a_threshold_on_the_estimate_is_inconclusive_and_more_runs_would_not_help():
    mean = float(rows().groupby("unit")["regen"].mean().mean())
    gate = {"kind": "threshold", "metric": "regen_ms", "operator": "<", "threshold": mean}
    (verdict,) = verdicts(experiment(exact=gate), rows())
    assert verdict.outcome is Outcome.INCONCLUSIVE and verdict.runs_needed is None
    assert "would not settle it" in verdict.remedy


@pytest.mark.parametrize(("runs", "ops", "more"), [(12, 10, 18), (149, 2, 1), (10, 29, 1)])
def test_clean_operations_say_how_many_runs_are_missing(runs, ops, more):
    units = [f"u{i}" for i in range(runs)]
    raw = pd.DataFrame({"unit": units, "size": 1.0, "ops": ops, "ok": ops, "is_simulated": True})
    raw = raw.assign(**dict.fromkeys(("regen", "tvc", "latency", "check", "rolled", "over", "pen"), 1.0))
    (verdict,) = verdicts(experiment("vcsr"), raw)
    assert (verdict.outcome, verdict.runs_needed) == (Outcome.INCONCLUSIVE, more)
    assert verdict.remedy == f"About {more} further run(s) like these would settle it."


def test_zero_can_never_be_proven():
    gate = {"kind": "threshold", "metric": "rollback_rate", "operator": "<=", "threshold": 0}
    (verdict,) = verdicts(experiment(zero=gate), rows())
    assert verdict.outcome is Outcome.INCONCLUSIVE and verdict.runs_needed is None
    assert "never zero" in verdict.remedy
    assert verdicts(experiment(zero=gate), spoiled(rolled=1))[0].outcome is Outcome.FAIL


def test_the_needed_runs_settle_it_when_they_look_the_same():
    rng = np.random.default_rng(0)
    gate = {"kind": "threshold", "metric": "tvc_ms", "operator": "<", "threshold": 61}

    def runs(values: np.ndarray) -> pd.DataFrame:
        frame = rows(runs=1).iloc[:1]
        return pd.concat([frame.assign(unit=f"u{i}", tvc=v) for i, v in enumerate(values)])

    values = rng.normal(0, 1, 5)
    values = 60 + 2 * (values - values.mean()) / values.std(ddof=1)
    (verdict,) = verdicts(experiment(tvc=gate), runs(values))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    more = rng.normal(0, 1, 5 + verdict.runs_needed)
    more = 60 + 2 * (more - more.mean()) / more.std(ddof=1)
    assert verdicts(experiment(tvc=gate), runs(more))[0].outcome is Outcome.PASS
    assert (
        verdicts(experiment(tvc=gate), runs((more[:-1] - more[:-1].mean()) / more[:-1].std(ddof=1) * 2 + 60))[
            0
        ].outcome
        is Outcome.INCONCLUSIVE
    )
