"""Every command on a real lab: answers, JSON shapes, exit codes, what goes to which stream."""

import json
import math
import re

import duckdb
import pytest
import yaml


def document(done, code: int = 0) -> dict:
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_the_first_run_closes_with_everything_that_a_newcomer_needs(first_run):
    root, done = first_run
    assert done.returncode == 0, done.stderr
    out = done.stdout
    assert re.search(
        r"speed: latency_ms by users +power +b = 0\.\d+ \[0\.\d+, 0\.\d+\] +converged +measured", out
    )
    assert re.search(r"growth: work_ms by size +power .* simulated", out)
    assert re.search(r"speed: fast_alone +pass ", out) and re.search(r"speed: fast_at_32 +fail ", out)
    assert re.search(r"users +users +2 users", out)
    for path in (root / "warehouse/analysis.duckdb", root / "reports/index.html"):
        assert str(path) in out and path.is_file()
    assert "select * from exponent_summary" in out and f" ui --lab {root}" in out
    assert "Traceback" not in done.stderr and "Warning" not in done.stderr


def test_the_query_that_the_run_suggests_works_in_plain_duckdb(lab):
    with duckdb.connect(str(lab / "warehouse/analysis.duckdb"), read_only=True) as connection:
        rows = connection.execute("select experiment, exponent from exponent_summary order by 1").fetchall()
    assert [name for name, _ in rows] == ["growth", "speed"]
    assert rows[0][1] == pytest.approx(0.5, abs=0.05)


def test_a_second_run_has_nothing_to_do_and_says_so(process, own_lab):
    done = process("run", "--lab", own_lab)
    assert done.returncode == 0 and done.stdout.startswith("Nothing to do:")
    assert "speed: latency_ms by users" in done.stdout


def test_run_as_json_tells_runs_and_what_stands(process, own_lab):
    (own_lab / "landing/speed/second.csv").write_text(
        "run_id,users,latency_ms\nx1,1,10.1\nx2,32,56.0\nx3,,9\n"
    )
    done = process("run", "--lab", own_lab, "--json")
    told = document(done)
    assert "Rows kept back, in no law above, of speed/first.csv, speed/second.csv." in done.stderr
    assert told["format"] == "scaling-assets/run/1"
    assert [r["experiment"] for r in told["runs"]] == ["speed", ""]
    assert all(r["succeeded"] and r["run_id"] for r in told["runs"])
    assert {law["experiment"] for law in told["laws"]} == {"growth", "speed"}
    assert next(law for law in told["laws"] if law["experiment"] == "speed")["n_units"] == 38


def test_laws(command, lab):
    told = document(command("laws", "--lab", lab, "--json"))
    assert told["format"] == "scaling-assets/laws/1" and len(told["laws"]) == 2
    speed = next(law for law in told["laws"] if law["experiment"] == "speed")
    exponent = next(p for p in speed["parameters"] if p["role"] == "exponent")
    assert exponent["low"] < 0.5 < exponent["high"] and speed["is_leading"] and not speed["is_simulated"]
    assert len(document(command("laws", "speed", "--all", "--lab", lab, "--json"))["laws"]) == 2


def test_the_lab_is_found_by_variable_and_from_inside(process, lab):
    by_variable = process("laws", SCALING_LAB=str(lab))
    from_inside = process("laws", cwd=lab / "landing")
    assert by_variable.returncode == from_inside.returncode == 0
    assert by_variable.stdout == from_inside.stdout


@pytest.mark.parametrize(
    ("experiment", "outcome", "code"), [("growth", "pass", 0), ("speed", "fail", 1), (None, "fail", 1)]
)
def test_the_exit_code_of_verdict_is_the_outcome(process, lab, experiment, outcome, code):
    told = document(process("verdict", *([experiment] if experiment else []), "--lab", lab, "--json"), code)
    assert told["outcome"] == outcome and told["not_judged"] == []


def test_verdict_before_any_run_is_open_and_says_what_is_missing(command, own_lab):
    (own_lab / "experiments/speed.yaml").unlink()
    (own_lab / "plans/users.yaml").unlink()
    text = (own_lab / "experiments/growth.yaml").read_text()
    (own_lab / "experiments/later.yaml").write_text(text.replace("name: growth", "name: later"))
    done = command("verdict", "later", "--lab", own_lab)
    assert done.returncode == 2
    assert "insufficient data" in done.stdout and "later" in done.stderr


def test_verdict_shows_reason_and_action(command, lab):
    out = command("verdict", "speed", "--lab", lab).stdout
    assert re.search(r"speed: fast_at_32 +fail +blocker +.*rules out <= 20.* Look at the pool size", out)
    assert "1 of 2 gates pass; overall: fail" in out


def test_predict_inside_the_data_and_a_little_outside(command, lab):
    told = document(command("predict", "speed", "latency_ms", "users=10", "--lab", lab, "--json"))
    assert told["low"] < told["value"] < told["high"] and told["unit"] == "ms"
    assert told["value"] == pytest.approx(10 * math.sqrt(10), rel=0.05)
    assert told["distance"] == "interpolation" and told["kind"] == "new_run_over_laws"
    asked = ("predict", "speed", "latency_ms", "users=10", "--kind", "mean-curve")
    mean = document(command(*asked, "--lab", lab, "--json"))
    assert mean["high"] - mean["low"] < told["high"] - told["low"]
    out = command("predict", "speed", "latency_ms", "users=40", "--lab", lab).stdout
    assert "extrapolation, 1.25x outside the data (0.10 decades)" in out


def test_predict_too_far_is_refused_unless_somebody_says_why(command, own_lab):
    far = ("predict", "speed", "latency_ms", "users=320", "--lab", own_lab)
    refused = command(*far)
    assert refused.returncode == 3 and refused.stdout == ""
    assert "10x outside the measured range; the limit is 2x" in refused.stderr
    assert "--reason" in command(*far, "--beyond", "20").stderr
    told = document(command(*far, "--beyond", "20", "--reason", "order of magnitude", "--json"))
    assert told["value"] == pytest.approx(179, rel=0.1) and "order of magnitude" in told["reason"]


def test_allocate_answers_the_plan_and_a_what_if_that_is_not_kept(command, lab):
    (answer,) = document(command("allocate", "--lab", lab, "--json"))["allocations"]
    assert answer["status"] == "optimal" and answer["cost"] <= answer["budget"] == 100
    (poor,) = document(command("allocate", "users", "--budget", "5", "--lab", lab, "--json"))["allocations"]
    assert poor["status"] == "infeasible"
    assert document(command("allocate", "--lab", lab, "--json"))["allocations"] == [answer]


def test_ingest_reports_each_file_and_why_rows_were_rejected(command, own_lab):
    landing = own_lab / "landing/speed"
    good, bad = '{"run_id": "m1", "users": 2, "latency_ms": 14.0}', '{"run_id": "m2", "users": -1}'
    (landing / "more.jsonl").write_text(f"{good}\n{bad}\n")
    told = document(command("ingest", "--lab", own_lab, "--json"))
    (file,) = told["files"]
    assert (file["path"], file["rows_accepted"], file["rows_rejected"]) == ("speed/more.jsonl", 1, 1)
    assert told["experiments"] == ["speed"]
    assert "nothing new" in command("ingest", "--lab", own_lab).stdout
    rows = document(command("query", "select * from quarantine_summary", "--lab", own_lab, "--json"))["rows"]
    assert {row["path"] for row in rows} == {"speed/first.csv", "speed/more.jsonl"}


def test_ingest_of_one_file_leaves_the_others(command, own_lab):
    for name in ("a", "b"):
        (own_lab / f"landing/speed/{name}.csv").write_text(f"run_id,users,latency_ms\n{name},1,10\n")
    told = document(command("ingest", own_lab / "landing/speed/b.csv", "--lab", own_lab, "--json"))
    assert [f["path"] for f in told["files"]] == ["speed/b.csv"]


def test_ingest_of_a_file_that_is_not_there_or_outside(command, own_lab, tmp_path):
    assert "there is no such file" in command("ingest", tmp_path / "none.csv", "--lab", own_lab).stderr
    (tmp_path / "out.csv").write_text("run_id,users,latency_ms\n")
    done = command("ingest", tmp_path / "out.csv", "--lab", own_lab)
    assert done.returncode == 3 and "outside" in done.stderr


def test_baseline_prints_a_gate_that_the_declaration_takes(command, own_lab):
    done = command("baseline", "gates", "speed", "--lab", own_lab)
    assert done.returncode == 0, done.stderr
    (gate,) = yaml.safe_load(done.stdout)
    assert gate["kind"] == "regression" and gate["baseline"]["low"] < 0.5 < gate["baseline"]["high"]
    with (own_lab / "experiments/speed.yaml").open("a") as declaration:
        declaration.write(done.stdout)
    assert document(command("check", "--lab", own_lab, "--json"))["ok"]


def test_query_reads_and_never_writes(command, lab):
    told = document(
        command("query", "select experiment, family from latest_laws order by 1", "--lab", lab, "--json")
    )
    assert told["columns"] == ["experiment", "family"]
    assert told["rows"][0] == {"experiment": "growth", "family": "power"}
    assert command("query", "select * from observations.speed", "--lab", lab).stdout.startswith("36 rows")
    for wrong in ("delete from laws", "select nope from latest_laws", "drop view latest_laws"):
        done = command("query", wrong, "--lab", lab)
        assert done.returncode == 3 and done.stdout == "" and "Traceback" not in done.stderr


def test_report_writes_the_page_again(command, own_lab):
    (own_lab / "reports/index.html").unlink()
    told = document(command("report", "--lab", own_lab, "--json"))
    assert told["page"] == str(own_lab / "reports/index.html")
    page = (own_lab / "reports/index.html").read_text()
    assert "Speed [of] a service" in page and "Simulated growth" in page
    verdict = (own_lab / "reports/speed/verdict.md").read_text()
    assert "1 of 2 gates pass" in verdict and (own_lab / "reports/speed/results.csv").is_file()


def test_check_names_file_field_and_remedy_of_every_problem(command, own_lab):
    path = own_lab / "experiments/speed.yaml"
    text = path.read_text().replace("mode: measured", "mode: guessed")
    path.write_text(text.replace("kind: threshold", "kind: hope"))
    done = command("check", "--lab", own_lab)
    assert done.returncode == 3 and done.stdout == ""
    assert "speed.yaml" in done.stderr and "mode" in done.stderr
    told = document(command("check", "--lab", own_lab, "--json"), 3)
    assert told["ok"] is False and len(told["problems"]) >= 1
    assert all(p["file"] and p["field"] and p["problem"] and p["remedy"] for p in told["problems"])


@pytest.mark.parametrize("kind", ["experiment", "plan"])
def test_check_prints_json_schemas(command, kind):
    schema = document(command("check", "--schema", kind))
    schema = schema["$defs"]["allocation"] if kind == "plan" else schema
    assert schema["type"] == "object" and "name" in schema["properties"]


def test_init_makes_a_lab_that_checks(command, tmp_path):
    made = command("init", tmp_path / "mine")
    assert made.returncode == 0, made.stderr
    assert document(command("check", "--lab", tmp_path / "mine", "--json"))["ok"]
    again = command("init", tmp_path / "mine")
    assert again.returncode == 3 and "already holds files" in again.stderr


def test_allocate_says_what_somebody_who_pays_asks(command, lab):
    told = command("allocate", "users", "--lab", lab).stdout
    for words in ("users: Buy 2 users for 10 of 100 EUR.", "What it yields:", "Why not more: More would not be better",
                  "How sure:", "What else there was", "What it rests on", "admits the law"):  # fmt: skip
        assert words in told, words
    steps = document(command("allocate", "users", "--explain", "--lab", lab, "--json"))["steps"]
    assert {s["noun"] for s in steps} == {"allocation", "verdicts", "laws", "trials", "observations"}
    assert "first.csv" in command("allocate", "users", "--explain", "--lab", lab).stdout


def test_allocate_fixes_a_dimension_with_a_reason_and_lifts_it_again(command, own_lab):
    fixed = ("allocate", "users", "--set", "users=5", "--lab", own_lab)
    assert "say why" in command(*fixed).stderr
    past = command(*fixed, "--reason", "five desks", "--until", "2020-01-01")
    assert past.returncode == 3 and "2020-01-01 is over" in past.stderr
    between = command("allocate", "users", "--set", "users=4.5", "--reason", "half a desk", "--lab", own_lab)
    assert between.returncode == 3 and "in steps of 1" in between.stderr
    for wrong in (("--target", "nan"), ("--budget", "inf"), ("--set", "users=inf")):
        refused = command("allocate", "users", *wrong, "--reason", "x", "--lab", own_lab)
        assert refused.returncode == 3 and "Unexpected" not in refused.stderr, wrong
    (answer,) = document(command(*fixed, "--reason", "five desks", "--until", "2199-12-31", "--json"))[
        "allocations"
    ]
    assert (answer["amounts"][0]["amount"], answer["amounts"][0]["bound_by"]) == (5, "override")
    assert "five desks" in answer["explanation"][-1] and "until 2199-12-31" in answer["explanation"][-1]
    assert len(answer["explanation"]) == 1  # a person stopped it: nothing is said about gains
    lifted = command(
        "allocate", "users", "--unset", "users", "--reason", "more desks", "--lab", own_lab, "--json"
    )
    assert document(lifted)["allocations"][0]["amounts"][0]["amount"] == 2
    assert command("allocate", "--set", "users=5", "--lab", own_lab).returncode == 3
    assert "no dimension of users" in command(
        "allocate", "users", "--set", "user=5", "--reason", "r", "--lab", own_lab
    ).stderr  # fmt: skip


def test_allocate_judges_a_replay(command, tmp_path):
    rows = ["task,policy,outcome,cost"]
    for i in range(20):
        rows += [f"t{i},dynamic,{2 + i % 3},{1 + i % 2}", f"t{i},fixed,{1 + i % 2},{1 + i % 2}"]
    path = tmp_path / "tasks.csv"
    path.write_text("\n".join(rows))
    told = command("allocate", "--replay", path, "--json")
    found = document(told)["replay"]
    assert told.returncode == 0 and found["outcome"] == "pass" and found["n_tasks"] == 20
    path.write_text("\n".join(rows[:9]))
    assert command("allocate", "--replay", path).returncode == 2
    path.write_text("\n".join([*rows, "t99,dynamic,many,1"]))
    assert "line 42: outcome is 'many', no number" in command("allocate", "--replay", path).stderr


def test_a_frontier_of_compute_needs_a_law_of_parameters_and_tokens(command, lab):
    refused = command("allocate", "users", "--compute", "1e21", "--lab", lab)
    assert refused.returncode == 3 and "it reads no law of the family chinchilla" in refused.stderr
