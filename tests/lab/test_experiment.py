"""A good experiment, then one thing spoiled at a time: line, field, problem and remedy."""

from pathlib import Path
from typing import Any

import pytest

from scaling_assets.lab import load_lab
from scaling_assets.science.gates import GATES
from scaling_assets.science.laws import FAMILIES
from scaling_assets.sweeps import WORKLOADS

FILE = "experiments/load.yaml"


def test_a_good_lab(root: Path) -> None:
    lab = load_lab(root)
    assert (lab.name, list(lab.experiments), list(lab.plans)) == ("small", ["load"], ["spend"])
    experiment = lab.experiments["load"]
    assert experiment.gates[1].settings == {
        "metric": "throughput", "at": {"users": 16}, "operator": ">=", "threshold": 10.0,
    }  # fmt: skip
    assert lab.settings.landing.settle_s == 0.5


CASES: dict[str, tuple[str, str, str, str, str, str]] = {
    "unknown field": (
        "title: Throughput", "titel: Throughput", ":2", "titel", "no such field", "Did you mean 'title'?"),
    "missing field": (
        "mode: simulated\n", "", ":1", "mode", "a required field is missing", "one of simulated, measured"),
    "unknown field, deep": (
        "control: 1", "controll: 1", ":8", "dimensions.0.controll", "no such field", "Did you mean 'control'?"),
    "missing field, deep": (
        "  - name: users\n    unit", "  - unit", ":5", "dimensions.0.name", "a required field is missing", "text"),
    "wrong word": (
        "mode: simulated", "mode: simulatd", ":3", "mode", "'simulatd' is not what belongs here",
        "Did you mean 'simulated'? Allowed: simulated, measured."),
    "wrong type": (
        "control: 1", "control: one", ":8", "dimensions.0.control", "'one' is not what belongs here",
        "Expected: a number."),
    "number for a list": (
        "[1, 2, 4, 8]", "8", ":7", "dimensions.0.values", "8 is not what belongs here",
        "Expected: a list, for example [a, b]."),
    "text in a list of numbers": (
        "[1, 2, 4, 8]", "[1, 2, four, 8]", ":7", "dimensions.0.values.2", "'four' is not what belongs here",
        "Expected: a number."),
    "no identifier": (
        "name: users\n    unit", "name: Users\n    unit", ":5", "dimensions.0.name", "'Users' is no name",
        "Start with a lower-case letter"),
    "empty list": (
        "[power, usl]", "[]", ":28", "laws.0.families", "a list does not fit",
        "The list should have at least 1 item, not 0."),
    "out of bounds": (
        "families: [power, usl]", "families: [power, usl]\n    bootstrap: 3", ":29", "laws.0.bootstrap",
        "3 does not fit", "Input should be greater than or equal to 50."),
    "rule of a model": (
        "    values: [1, 2, 4, 8]", "    values: [1, 2, 4, 8]\n    tiers: {one: 1}", ":5", "dimensions.0",
        "declare 'values' or 'tiers', not both", "Correct"),
    "unknown family": (
        "[power, usl]", "[powr, usl]", ":28", "laws.0.families.0", "there is no law family 'powr'",
        "Did you mean 'power'? Families: " + ", ".join(FAMILIES)),
    "family of two dimensions": (
        "[power, usl]", "[power, chinchilla]", ":28", "laws.0.families.1",
        "chinchilla is a law of 2 dimension(s), 'by' names 1", "Families of 1: constant, "),
    "law of an unknown metric": (
        "- metric: throughput\n    by", "- metric: throughputs\n    by", ":25", "laws.0.metric",
        "law 'throughputs_by_users' names metric 'throughputs', which is not declared", "Did you mean 'throughput'?"),
    "law by an unknown dimension": (
        "by: [users]", "by: [user]", ":26", "laws.0.by.0", "law 'throughput_by_user': 'user' is no dimension",
        "Did you mean 'users'?"),
    "segment by no cell column": (
        "segment: [site]", "segment: [place]", ":27", "laws.0.segment.0",
        "law 'throughput_by_users': 'place' is no cell column", "Cell columns: users, site, condition, seed."),
    "gate where by no cell column": (
        "where: {users: 8}", "where: {usres: 8}", ":33", "gates.0.where.usres",
        "gate 'enough': 'usres' is no cell column", "Did you mean 'users'?"),
    "unknown gate kind": (
        "kind: threshold", "kind: treshold", ":31", "gates.0.kind", "there is no gate kind 'treshold'",
        "Did you mean 'threshold'? Kinds: " + ", ".join(GATES)),
    "gate on an unknown metric": (
        "metric: throughput\n    where: {users", "metric: thruput\n    where: {users", ":32", "gates.0.metric",
        "metric 'thruput' is not declared", "Did you mean 'throughput'? Declared metrics: throughput, failure_rate."),
    "unknown setting of a gate": (
        "    threshold: 10\n", "    treshold: 10\n    threshold: 10\n", ":35", "gates.0.treshold", "no such field",
        "Did you mean 'threshold'?"),
    "missing setting of a gate": (
        "    threshold: 10\n", "", ":30", "gates.0.threshold", "a required field is missing", "a number"),
    "wrong setting of a gate": (
        "threshold: 10\n", "threshold: ten\n", ":35", "gates.0.threshold", "'ten' is not what belongs here",
        "Expected: a number or a list"),
    "gate at an unknown dimension": (
        "at: {users: 16}", "at: {user: 16}", ":40", None, "user", ""),
    "unknown formula column": (
        "numerator: failures", "numerator: failure", ":19", "metrics.1.numerator",
        "the formula reads 'failure', which is no column", "Did you mean 'failures'?"),
    "formula that is no SQL": (
        "numerator: failures", "numerator: failures +", ":19", "metrics.1.numerator", "not a SQL expression: ",
        "Write one SQL expression"),
    "formula with a subquery": (
        "condition: failures <= requests", "condition: failures <= (select 1)", ":22", "rules.0.condition",
        "a subquery, where only the columns of one row may be used", "Write one"),
    "formula with a second statement": (
        "numerator: failures", 'numerator: "1); drop table x; select (1"', ":19", "metrics.1.numerator",
        "not a SQL expression: ", "Write one"),
    "formula with a second query": (
        "numerator: failures", 'numerator: "1); select (1"', ":19", "metrics.1.numerator",
        "more than one SQL expression", "Write one"),
    "formula with a table": (
        "numerator: failures", 'numerator: "1) from t where (1 = 1"', ":19", "metrics.1.numerator",
        "more than one SQL expression", "Write one"),
    "formula of two columns": (
        "numerator: failures", 'numerator: "failures, requests"', ":19", "metrics.1.numerator",
        "more than one SQL expression", "Write one"),
    "formula with a comment": (
        "numerator: failures", 'numerator: "failures -- all of them"', ":19", "metrics.1.numerator",
        "not a SQL expression: ", "Write one"),
    "name twice": (
        "name: failures, type", "name: requests, type", ":13", "columns.1.name", "'requests' is declared twice",
        "Rename one of them."),
    "reserved name": (
        "name: site, values", "name: line, values", ":10", "context.0.name",
        "'line' is a name that the system uses itself",
        "Choose another name"),
    "unit that is no column": (
        "unit: [run_id]", "unit: [runid]", ":23", "unit", "'unit' names 'runid', which is no column",
        "Did you mean 'run_id'?"),
    "unknown workload": (
        "unit: [run_id]", "unit: [run_id]\nworkload: {kind: simulat}", ":24", "workload.kind",
        "there is no workload 'simulat'", "Did you mean 'simulate'? Workloads: " + ", ".join(WORKLOADS)),
    "unknown setting of a workload": (
        "unit: [run_id]", "unit: [run_id]\nworkload:\n  kind: learning_curve\n  quick: {sizs: 1}", ":26",
        "workload.quick.sizs", "no such field", "Fields: "),
    "duplicate key": (
        "mode: simulated\n", "mode: simulated\nmode: measured\n", ":4", "mode",
        "'mode' stands here again, first on line 3",
        "Keep one of the two."),
    "merge key": (
        "    unit: users\n", "    <<: {unit: users}\n", ":6", "dimensions.0", "merge keys (<<) are not read", "Write"),
    "tag": (
        "title: Throughput against users", "title: !!python/object/apply:os.system [ls]", ":2", "title",
        "the tag !!python/object/apply:os.system is not allowed", "Remove the tag."),
    "not YAML": (
        "title: Throughput", "title: [Throughput", None, "the whole file", "not YAML: ", "Check indentation"),
    "two documents": (
        "unit: [run_id]\n", "unit: [run_id]\n---\nname: x\n", None, "the whole file", "a second document begins here",
        "Write one"),
    "other file name": (
        "name: load\n", "name: loads\n", ":1", "name", "the name is 'loads', the file's name 'load'",
        "Rename the file to loads.yaml, or write 'name: load'."),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "at", "field", "problem", "remedy"), CASES.values(), ids=CASES)
def test_one_thing_spoiled(
    spoil: Any, old: str, new: str, at: str | None, field: str | None, problem: str, remedy: str
) -> None:
    found = spoil(FILE, old, new)
    matching = [
        f for f in found
        if (at is None or f[0] == at) and (field is None or f[1] == field) and problem in f[2] and remedy in f[3]
    ]  # fmt: skip
    assert matching, "\n".join(map(str, found))


def test_every_problem_of_every_file_is_told_at_once(root: Path, problems: Any) -> None:
    path = root / FILE
    text = path.read_text()
    for old, new in (
        ("mode: simulated", "mode: other"),
        ("[power, usl]", "[powr]"),
        ("kind: threshold", "kind: no"),
    ):
        text = text.replace(old, new)
    path.write_text(text)
    (root / "plans/spend.yaml").write_text("name: spend\ntitle: x\nbudgt: 1\n")
    (root / "lab.toml").write_text('[lab]\nname = "x"\n[landing]\nsettle = 1\n')
    (root / "experiments/empty.yaml").write_text("")
    (root / "experiments/list.yaml").write_text("- a\n")
    (root / "experiments/other.yml").write_text("name: other\n")
    found = {(p.facts["file"], p.facts["field"]) for p in problems()}
    assert found >= {
        (FILE, "mode"), (FILE, "laws.0.families.0"), (FILE, "gates.0.kind"),
        ("plans/spend.yaml", "budgt"), ("plans/spend.yaml", "currency"), ("plans/spend.yaml", "dimensions"),
        ("lab.toml", "landing.settle"),
        ("experiments/empty.yaml", "the whole file"), ("experiments/list.yaml", "the whole file"),
        ("experiments/other.yml", "the whole file"),
    }  # fmt: skip


def test_two_problems_of_one_record_rule_each_get_their_line(spoil: Any) -> None:
    found = spoil(FILE, "unit: [run_id]", "unit: [runid]\nkey: [stepp]")
    assert [(at, field) for at, field, _, _ in found] == [(":23", "unit"), (":24", "key")]
