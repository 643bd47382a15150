"""Registrations and assignments on either database: kept once, never changed, safe under many callers."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scaling_assets.records.registration import Registration
from scaling_assets.store import Head, Store, open_store
from tests.store import made
from tests.store.assigning import EXPERIMENT, asked

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 30, 11, 25, 0, 123456, tzinfo=UTC)
ARMS = ("1", "2", "3", "4", "6", "8")


def registration(content: str, *, at: int = 0, of: str = "locality") -> Registration:
    return Registration(of, 0, content, '{"title": "é"}', "asked for", False, 0, NOW + timedelta(hours=at))


def start(verb: str, location: str, *numbers: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.assigning", verb, location, *map(str, numbers)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def kept_in_balance(store: Store) -> dict[str, str]:
    """Every unit's arm, once positions have no gap and arms are within one unit after every one of them."""
    blocks: dict[str, list[tuple[int, str]]] = {}
    units: dict[str, str] = {}
    for one in store.assignments(EXPERIMENT.name):
        assert one.unit not in units
        units[one.unit] = one.arm
        blocks.setdefault(one.block["complexity"], []).append((one.position, one.arm))
    for placed in blocks.values():
        assert [position for position, _ in sorted(placed)] == list(range(1, len(placed) + 1))
        counts = Counter(dict.fromkeys(ARMS, 0))
        for _, arm in sorted(placed):
            counts[arm] += 1
            assert max(counts.values()) - min(counts.values()) <= 1
    return units


def answers(process: subprocess.Popen[str]) -> list[tuple[str, str]]:
    out, err = process.communicate(timeout=1_200)
    assert process.returncode == 0, err[-2000:]
    return [(unit, arm) for unit, arm in map(str.split, out.splitlines())]


def test_a_registration_is_kept_when_it_says_something_new(store: Store) -> None:
    assert store.registrations(["locality"]) == {"locality": []}
    first = store.register([registration("a"), registration("x", of="other")])
    assert [(r.sequence, r.is_after_data, r.n_rows) for r in first["locality"]] == [(1, False, 0)]
    assert first["locality"][0].registered_at == NOW and first["locality"][0].declaration == '{"title": "é"}'
    assert store.register([registration("a", at=1)])["locality"] == first["locality"]
    again = store.register([registration("b", at=2), registration("x", at=2, of="other")])
    assert [r.identity for r in again["locality"]] == ["a", "b"] and len(again["other"]) == 1
    back = store.register([registration("a", at=3)])["locality"]
    assert [(r.sequence, r.identity) for r in back] == [(1, "a"), (2, "b"), (3, "a")]
    assert back[:2] == again["locality"]  # nothing that was kept is changed


def test_rows_make_what_follows_late_for_good(store: Store) -> None:
    declared = made.experiment()
    store.register([registration("a")])
    store.declare(declared)
    store.append(made.source(made.rows(12), "one.jsonl"))
    assert [r.is_after_data for r in store.register([registration("b", at=1)])["locality"]] == [False, True]
    assert store.registrations(["locality"])["locality"][1].n_rows == 12
    store.retract("locality", ["one.jsonl"])
    late = store.register([registration("c", at=2)])["locality"][-1]
    assert (late.is_after_data, late.n_rows) == (True, 0)
    store.publish()
    seen = store.query("select sequence, is_after_data from registrations order by sequence")
    assert seen.values.tolist() == [[1, False], [2, True], [3, True]]


def test_how_a_verdict_stands_comes_back(store: Store) -> None:
    stands = [
        made.verdict(standing="exploratory", standing_since=NOW, standing_reason="the threshold changed"),
        made.verdict(verdict_id="v2", standing="confirmatory", standing_since=NOW),
        made.verdict(verdict_id="v3"),
    ]
    store.write_verdicts(Head("locality", verdicts="v1"), stands)
    assert store.read_verdicts("locality") == stands
    store.publish()
    (line,) = store.query("select * from standing_verdicts").to_dict("records")
    assert (line["n_confirmatory"], line["n_exploratory"], line["exploratory_since"]) == (1, 1, NOW)


def test_assignments_come_back_and_refusals_are_kept(store: Store) -> None:
    decision = store.assign("agent_count", ["u1"], lambda tally: asked("u1", tally))
    assert store.assignments("agent_count") == list(decision.answers) == list(decision.new)
    again = store.assign("agent_count", ["u1"], lambda tally: asked("u1", tally))
    assert again.answers == decision.answers and again.new == ()
    assert store.assignments("other") == []
    store.assign("agent_count", ["u1"], lambda tally: asked_as_low(tally))
    store.publish()
    refused = store.query("select unit, reason, message from assignment_refusals")
    assert refused["reason"].tolist() == ["other_context"] and "u1" in refused["message"][0]


def asked_as_low(tally):
    from scaling_assets.science.assignment import Request, decide

    return decide(EXPERIMENT, [Request("u1", {"complexity": "low"})], tally, now=NOW)


def test_twenty_processes_ask_at_once(store: Store, store_location: str) -> None:
    said = answers(start("fleet", store_location, 20, 20))
    assert len(said) == 400
    kept = kept_in_balance(store)
    assert len(kept) == 4 + 20 * 16  # four units that everybody asked for
    assert all(kept[unit] == arm for unit, arm in said), "everybody was told what is kept"


@pytest.mark.slow
def test_twenty_processes_ask_five_hundred_times_each(store: Store, store_location: str) -> None:
    said = answers(start("fleet", store_location, 20, 500))
    assert len(said) == 10_000
    kept = kept_in_balance(store)
    assert len(kept) == 100 + 20 * 400
    assert all(kept[unit] == arm for unit, arm in said)


@pytest.mark.parametrize("is_written", [0, 1], ids=["while deciding", "before the commit"])
def test_a_process_killed_in_the_middle_of_an_assignment_leaves_nothing(
    store: Store, store_location: str, is_written: int
) -> None:
    store.assign("agent_count", ["before"], lambda tally: asked("before", tally))
    process = start("stall", store_location, is_written)
    assert process.stdout is not None and process.stdout.readline() == "in the middle\n"
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    other = open_store(store_location)
    for i in range(6):
        other.assign("agent_count", [f"after{i}"], lambda tally, i=i: asked(f"after{i}", tally))  # type: ignore[misc]
    kept = kept_in_balance(other)
    assert set(kept) == {"before", *(f"after{i}" for i in range(6))}


@pytest.mark.slow
def test_a_fleet_killed_at_any_moment_has_kept_what_it_said(store: Store, store_location: str) -> None:
    said: list[tuple[str, str]] = []
    process = start("fleet", store_location, 4, 400)
    assert process.stdout is not None
    said += [tuple(process.stdout.readline().split()) for _ in range(15)]  # type: ignore[misc]
    time.sleep(0.137)
    os.killpg(process.pid, signal.SIGKILL)
    rest, _ = process.communicate(timeout=60)
    said += [tuple(line.split()) for line in rest.splitlines()[:-1]]  # type: ignore[misc]  # the last may be cut
    kept = kept_in_balance(open_store(store_location))
    assert len(kept) < 400 and all(kept[unit] == arm for unit, arm in said)
