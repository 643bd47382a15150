"""A question whose declared law is not usable: every command and the report say so, and go on."""

import json

import pytest

from tests.cli.conftest import SPEED, make_lab


@pytest.fixture(scope="module")
def leaderless(tmp_path_factory, process):
    """Latency rises, and the declared law can only fall; the power law beside it would fit."""
    root = make_lab(tmp_path_factory.mktemp("leaderless") / "web")
    falling = SPEED.replace(
        "families: [power, constant]", "families: [power, power_floor], declared: power_floor"
    )
    assert falling != SPEED
    (root / "experiments/speed.yaml").write_text(falling)
    return root, process("run", "--lab", root)


def test_the_run_ends_well_and_the_table_shows_the_declared_law(leaderless):
    _, done = leaderless
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "speed: latency_ms by users" in done.stdout and "power_floor" in done.stdout


def test_laws_show_the_declared_one_with_its_reason(leaderless, command):
    root, _ = leaderless
    found = {
        w["family"]: w
        for w in json.loads(command("laws", "speed", "--all", "--lab", root, "--json").stdout)["laws"]
    }
    assert found["power"]["is_usable"] and not found["power"]["is_leading"]
    assert found["power_floor"]["status"] == "not_identified"
    assert found["power_floor"]["leading_reason"] == "declared, but not usable: nothing leads in its place"
    (shown,) = json.loads(command("laws", "speed", "--lab", root, "--json").stdout)["laws"]
    assert shown["family"] == "power_floor"


def test_predictions_name_the_reason_and_a_named_family_still_answers(leaderless, command):
    root, _ = leaderless
    asked = ("predict", "speed", "latency_ms", "users=10", "--lab", root)
    refused = command(*asked)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert (
        "no law leads (power_floor is not_identified: different parameters give the same curve"
        in refused.stderr
    )
    assert command(*asked, "--family", "power").returncode == 0


def test_the_plan_waits_and_says_for_what(leaderless, command):
    root, _ = leaderless
    (answer,) = json.loads(command("allocate", "--lab", root, "--json").stdout)["allocations"]
    assert answer["status"] == "waiting"
    assert "power_floor is declared, but not usable: nothing leads in its place" in answer["reason"]


def test_the_report_shows_the_declared_law_and_why(leaderless):
    root, _ = leaderless
    (page,) = (root / "reports").rglob("speed*/**/verdict.md")
    text = page.read_text()
    assert "declared, but not usable: nothing leads in its place" in text
    assert "**leads**" not in text
