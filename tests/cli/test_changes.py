"""``changes`` and ``acknowledge``: what is printed, to which stream, with which exit code."""

import json
import shutil
from pathlib import Path

import pytest

from scaling_assets.pipeline.workspace import open_workspace
from tests.store.test_changes import CHANGE, POINTS, SERIES


@pytest.fixture
def own(fresh_lab: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fresh_lab, tmp_path / "web"))


@pytest.fixture
def watched(own: Path) -> Path:
    """A lab with one report; the declaration that it came from is gone, as after an edit."""
    ws = open_workspace(own)
    ws.store.report_changes("locality", "v1", [SERIES], POINTS, lambda known: [CHANGE])
    ws.store.publish()
    return own


def test_changes_are_listed_with_what_when_how_much_and_status(command, watched):
    done = command("changes", "--lab", watched)
    assert done.returncode == 0
    for words in (
        "c0ffee",
        "open (warning)",
        "level up, worse",
        "commit c25 (c24 to c26)",
        "level +8.3%",
        "+8.0% at",
    ):
        assert words in done.stdout
    told = json.loads(command("changes", "--json", "--lab", watched).stdout)
    assert (told["format"], told["open"]) == ("scaling-assets/changes/1", 1)
    [change], [series] = told["changes"], told["series"]
    assert (change["status"], change["decision"], change["hardware"]) == ("open", None, {"host": "a"})
    assert [part["name"] for part in change["parts"]] == ["level", "exponent"]
    assert (series["answer"], series["autocorrelation"]) == ("changes shown", {"level": 0.15})


def test_acknowledge_records_who_and_why_and_closes_the_report(command, watched):
    who = ("--by", "ana", "--lab", watched)
    done = command("acknowledge", "c0f", "--reason", "new serialiser", *who)
    assert done.returncode == 0 and "c0ffee acknowledged" in done.stdout
    told = json.loads(
        command("acknowledge", "c0ffee", "--reason", "fine", "--rebaseline", "--json", *who).stdout
    )
    assert (told["status"], told["author"], told["reason"]) == ("rebaselined", "ana", "fine")
    listed = json.loads(command("changes", "--json", "--lab", watched).stdout)
    assert (listed["open"], listed["changes"][0]["decision"]["reason"]) == (0, "fine")
    assert "rebaselined (warning)" in command("changes", "--lab", watched).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("acknowledge", "nope", "--by", "a", "--reason", "b"), "There is no change named 'nope'"),
        (("acknowledge", "c0ffee", "--by", " ", "--reason", "b"), "a text is needed"),
        (("acknowledge", "c0ffee", "--by", "a"), "Missing option"),
        (("changes", "nope"), "There is no experiment named 'nope'"),
    ],
)
def test_what_cannot_be_done_says_why(command, watched, arguments, said):
    done = command(*arguments, "--lab", watched)
    assert done.returncode == 3 and said in done.stderr and done.stdout == ""


def test_a_lab_that_watches_nothing_says_how_to(command, own):
    done = command("changes", "--lab", own)
    assert done.returncode == 0 and "none reported" in done.stdout and "declare 'changes'" in done.stderr
