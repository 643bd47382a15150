"""``audit``: the answers, and an exit code that scripts can rely on."""

import json
from pathlib import Path

import pytest

HEAD = 'name: report\ntitle: A report\nsource: "A report"\nstated: {price: =35, cost: 17.50}\nclaims:\n'
RIGHT = '  - {name: half, kind: arithmetic, text: "Half", formula: cost / price, states: 50 %}\n'
WRONG = '  - {name: margin, kind: arithmetic, text: "43 %", formula: 1 - cost / price, states: 43 %}\n'
SILENT = (
    '  - {name: rate, kind: count, text: "100 %", events: not stated, trials: not stated, states: 100 %}\n'
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "claims").mkdir()
    (tmp_path / "lab.toml").write_text('[lab]\nname = "claims"\n')
    return tmp_path


@pytest.mark.parametrize(
    ("claims", "code", "said"),
    [
        ([RIGHT], 0, "1 claim: 1 consistent."),
        ([RIGHT, SILENT], 2, "2 claims: 1 not derivable, 1 consistent."),
        ([RIGHT, SILENT, WRONG], 1, "3 claims: 1 inconsistent, 1 not derivable, 1 consistent."),
        ([], 0, "No claim is declared."),
    ],
)
def test_the_exit_code_is_the_worst_answer(command, root, claims, code, said) -> None:
    if claims:
        (root / "claims/report.yaml").write_text(HEAD + "".join(claims))
    done = command("audit", "--lab", root)
    assert done.returncode == code, done.stderr
    assert done.stdout.splitlines()[-1] == said


def test_as_json(command, root) -> None:
    (root / "claims/report.yaml").write_text(HEAD + RIGHT + WRONG)
    done = command("audit", "report", "--lab", root, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["format"]) == (1, "scaling-assets/claims/1")
    assert told["counts"] == {"consistent": 1, "inconsistent": 1, "not_derivable": 0}
    wrong = told["claims"][1]
    assert (wrong["sheet"], wrong["name"], wrong["outcome"]) == ("report", "margin", "inconsistent")
    assert wrong["derived"] == pytest.approx(0.5) and wrong["off_pct"] == pytest.approx(-14)


def test_check_lists_claims_and_prints_their_schema(command, root) -> None:
    (root / "claims/report.yaml").write_text(HEAD + RIGHT)
    assert "report    1       A report" in command("check", "--lab", root).stdout
    told = json.loads(command("check", "--lab", root, "--json").stdout)
    assert told["claims"] == [{"name": "report", "claims": ["half"]}]
    schema = json.loads(command("check", "--schema", "claims").stdout)
    assert "Claim.service_level" in schema["$defs"]
    (root / "claims/report.yaml").write_text(HEAD + RIGHT.replace("50 %", "many"))
    done = command("check", "--lab", root)
    assert done.returncode == 3 and "claims/report.yaml:6: claims.0.states" in done.stderr


def test_run_closes_with_the_audit_and_succeeds(process, root) -> None:
    (root / "claims/report.yaml").write_text(HEAD + RIGHT + WRONG)
    done = process("run", "--lab", root)
    assert done.returncode == 0, done.stderr
    assert "report    1             0              1" in done.stdout
    assert "| inconsistent" not in done.stderr and (root / "reports/claims.md").is_file()
