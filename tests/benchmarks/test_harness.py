"""Timing: turns, ratios inside rounds, tables, and the command line."""

import sys

import numpy as np
import pytest

from benchmarks import chinchilla_point, harness
from benchmarks.harness import Report, Timing, Way, Work, interleave, slower


def timing(*seconds: float) -> Timing:
    return Timing(np.array(seconds), tuple(Work(1) for _ in seconds))


def test_a_ratio_is_formed_inside_a_round():
    """The machine is ten times slower in the second round: the ratio does not notice."""
    found = slower(timing(2.0, 20.0, 3.0), timing(1.0, 10.0, 1.0))
    assert (found.median, found.low, found.high) == (2.0, 2.0, 3.0)
    assert str(found) == "2 (2 to 3)"


def test_ways_take_turns_and_the_first_round_is_not_counted():
    seen: list[tuple[str, int]] = []

    def way(name: str) -> Way:
        return Way(name, lambda number: seen.append((name, number)) or Work(2, number))  # type: ignore[func-returns-value]

    timed = interleave([way("a"), way("b")], 3)
    assert seen == [("a", 0), ("b", 0), ("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 2), ("b", 2)]
    assert [work.result for work in timed["b"].works] == [0, 1, 2]
    assert timed["a"].pieces == 6


def test_seconds_are_those_of_one_piece(monkeypatch):
    clock = iter([0.0, 6.0, 6.0, 7.0])
    monkeypatch.setattr(harness.time, "process_time", lambda: next(clock))
    timed = interleave([Way("three", lambda _: Work(3)), Way("one", lambda _: Work(1))], 1)
    assert timed["three"].median == 2.0
    assert timed["one"].median == 1.0


def test_a_report_says_what_does_not_hold():
    rows = [{"way": "ours", "n": 3}, {"way": "peer", "ratio": 1234.5}]
    text = Report("Title", ["one machine"], rows, {"two is odd": False, "two is even": True}).markdown()
    assert text.splitlines() == [
        "## Title", "", "* one machine", "", "| way | n | ratio |", "| --- | --- | --- |", "| ours | 3 |  |",
        "| peer |  | 1,234 |", "", "* DOES NOT HOLD: two is odd", "* holds: two is even",
    ]  # fmt: skip


def test_a_peer_that_is_not_installed_is_named():
    assert harness.missing("a_package_of_nobody", "its rows") == [
        "its rows: no rows, a_package_of_nobody is not installed here"
    ]
    assert harness.missing("numpy", "its rows") == []


def test_the_machine_and_the_versions_are_stated():
    assert np.__version__ in harness.machine()
    assert "cores" in harness.machine()


def test_the_command_prints_a_table(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmark", "--quick", "--rounds", "1"])
    harness.main("about", chinchilla_point._reports, {"all": "everything"})
    printed = capsys.readouterr().out
    assert printed.startswith("## Chinchilla point fit")
    assert printed.count("\n| ") >= 3 + len(printed.split("\n| ---")) - 1


def test_a_wrong_switch_ends_the_command(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["benchmark", "--fast"])
    with pytest.raises(SystemExit):
        harness.main("about", lambda _: [])
