"""Plans about money and targets at the command line: tables, JSON, what-ifs that nothing keeps."""

import json

import pytest

PLANS = {
    "plans/reports.yaml": """
name: reports
kind: scenarios
title: Reports a month
currency: EUR
unit: report
price: 35
costs: [{name: machines, per_period: 200}]
scenarios:
  - {name: now, units: 20 to 40}
""",
    "plans/standing.yaml": """
name: standing
kind: scorecard
title: Where we stand
as_of: 2026-05-01
figures:
  - {name: latency, unit: ms, direction: lower, target: 60, observed: {experiment: speed, metric: latency_ms,
     latest_by: users}}
criteria: [{experiment: speed, gate: fast_alone}]
""",
}


@pytest.fixture
def plans(own_lab):
    for name, text in PLANS.items():
        (own_lab / name).write_text(text)
    return own_lab


def test_a_what_if_is_answered_and_not_kept(command, plans):
    standing = command("scenario", "reports", "--lab", plans, "--json")
    other = command(
        "scenario", "reports", "--lab", plans, "--json", "--set", "price=20", "--set", "now.machines=100"
    )
    assert (standing.returncode, other.returncode) == (0, 0), standing.stderr + other.stderr
    first, second = (json.loads(done.stdout)["answers"][0] for done in (standing, other))
    assert first["headline"] == "a month leaves: now 500 to 1,200 EUR (71.43 to 85.71 %)"
    assert second["headline"] == "a month leaves: now 300 to 700 EUR (75 to 87.5 %)"
    again = json.loads(command("scenario", "reports", "--lab", plans, "--json").stdout)["answers"][0]
    assert again == first


@pytest.mark.parametrize(
    ("settings", "said"),
    [(["--set", "pric=20"], "there are price"), (["--set", "price"], "no NAME=VALUE"),
     (["--set", "price=0"], "above 0")],
)  # fmt: skip
def test_a_setting_that_means_nothing_is_told(command, plans, settings, said):
    done = command("scenario", "reports", "--lab", plans, *settings)
    assert done.returncode == 3 and said in done.stderr
    assert "name the plan" in command("scenario", "--lab", plans, "--set", "price=3").stderr


def test_a_scorecard_reads_trials_and_verdicts(command, plans):
    done = command("scorecard", "--lab", plans)
    assert done.returncode == 0, done.stderr
    assert "1 met; 1 of 1 gates pass" in done.stdout and "speed: fast alone" in done.stdout
