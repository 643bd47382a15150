"""verdict.md, the folder of an experiment, and the page over all."""

import csv
import html.parser
import json
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from scaling_assets.records.allocation import AllocatedAmount, Allocation, AllocationStatus
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.report.folder import plot_name, write_experiment
from scaling_assets.report.summary import write_summary
from scaling_assets.report.verdict_page import code, escape, verdict_page

NASTY = 'a|b <script>alert("x")</script> `c` $d$ [e](http://f.example)'
CHROMIUM = Path("/usr/bin/chromium")


def a_verdict(outcome: Outcome = Outcome.PASS, **changes) -> Verdict:
    fields = {
        "verdict_id": "v", "experiment": "locality", "gate": "exponent_limit", "kind": "parameter", "group": {},
        "outcome": outcome, "reason": "the exponent lies below the limit", "remedy": "", "measured": 0.35,
        "low": 0.34, "high": 0.36, "confidence": 0.95, "operator": "<=", "threshold": (0.5,), "unit": "",
        "n_units": 56, "method": "case bootstrap", "severity": "blocker", "action": "", "owner": "",
        "is_simulated": True,
    }  # fmt: skip
    return Verdict(**(fields | changes))


@pytest.fixture
def observations(locality) -> pd.DataFrame:
    frame = locality.trials[["unit", "elements", "value", "seed", "is_simulated"]].rename(
        columns={"unit": "run_id"}
    )
    frame["project"] = NASTY
    frame["observed_at"] = pd.date_range("2026-01-30 11:25", periods=len(frame), freq="s", tz="UTC")
    frame.loc[0, ["project", "value"]] = [None, float("nan")]
    frame.loc[1, "project"] = ""
    frame.loc[2, "project"] = 'two\nlines, a "quote"'
    frame.loc[3, "value"] = 0.1 + 0.2
    frame.loc[4, "observed_at"] = pd.NaT
    return frame


def test_the_page_says_outcome_gates_findings_laws_and_how_to_get_it_again(locality):
    verdicts = [
        a_verdict(),
        a_verdict(Outcome.FAIL, gate="override_rate", reason="0.015 is above 0.01", action="Refine detection",
                  owner="team a"),
        a_verdict(Outcome.INCONCLUSIVE, gate="vcsr", severity="warning", runs_needed=1299),
        a_verdict(Outcome.NOT_APPLICABLE, gate="other"),
    ]  # fmt: skip
    page = verdict_page(locality.experiment, verdicts, locality.laws, reproduce="scaling-assets run locality",
                        facts={"Sweep": "quick", "Rows": "560"})  # fmt: skip
    assert "**FAIL**: 1 of 3 gates pass." in page
    assert "simulated" in page and "- Sweep: quick\n- Rows: 560" in page
    assert re.search(r"override\\_rate \| ❌ fail \|.*≤ 0\.5 .*\| Refine detection \| team a \|", page)
    assert "inconclusive (warning)" in page and "About 1,299 further units would settle it." in page
    assert "100x more elements (1 to 100) → 5." in page
    assert "**leads**" in page and page.count("| regen\\_ms\\_by\\_elements |") == len(locality.laws)
    assert page.endswith("```sh\nscaling-assets run locality\n```\n")


def test_how_many_more_is_told_once_and_not_in_the_middle_of_a_reason(locality):
    remedy = "About 1,299 further run(s) like these would settle it."
    told = a_verdict(Outcome.INCONCLUSIVE, reason="not settled", remedy=remedy, runs_needed=1299)
    page = verdict_page(locality.experiment, [told], [])
    assert "| not settled | About 1,299 further run(s) like these would settle it. |" in page
    assert page.count("1,299") == 2  # once with its gate, once in what to do next


def test_a_page_without_runs_says_so(locality):
    page = verdict_page(locality.experiment, [], [])
    assert "no gate has been judged" in page and "None declared, or no runs yet." in page
    assert "Reproduce" not in page


def test_user_text_neither_breaks_a_table_nor_becomes_markup(by_project):
    verdicts = [a_verdict(Outcome.FAIL, reason=NASTY, remedy="x\ny | z", group={"project": NASTY})]
    page = verdict_page(by_project.experiment, verdicts, by_project.laws, reproduce="a ``` b")
    assert "<script" not in page and "http://" not in page
    assert not re.search(r"(?<!\\)\]\(http", page)
    tables = [line for line in page.splitlines() if line.startswith("|")]
    widths = {len(re.findall(r"(?<!\\)\|", line)) - 1 for line in tables}
    assert widths == {10, 4, 8}  # the columns of the gates, of what to do next, of the laws
    assert page.endswith("````sh\na ``` b\n````\n")


@pytest.mark.parametrize(
    ("text", "expected"), [("a_b", "a\\_b"), ("a\nb", "a b"), ("<", "&lt;"), ("|", "\\|")]
)
def test_escape(text, expected):
    assert escape(text) == expected


def test_code_cannot_be_closed_by_its_content():
    assert code("a") == "```sh\na\n```"
    assert code("a ```` b").startswith("`````sh\n")


def write(folder: Path, case, observations: pd.DataFrame, laws=None) -> list[Path]:
    return write_experiment(folder, case.experiment, observations, case.laws if laws is None else laws,
                            [a_verdict()], case.trials, "scaling-assets run locality")  # fmt: skip


def test_the_folder_has_every_file_and_the_same_bytes_twice(tmp_path, locality, observations):
    first = write(tmp_path / "a" / "locality", locality, observations)
    second = write(tmp_path / "b" / "locality", locality, observations)
    names = [
        "verdict.md",
        "results.jsonl",
        "results.csv",
        "plots/regen_ms_by_elements.png",
        "plots/interactive.html",
    ]
    assert [str(p.relative_to(tmp_path / "a" / "locality")) for p in first] == names
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert not list(tmp_path.rglob("*.tmp"))
    page = (tmp_path / "a/locality/plots/interactive.html").read_text()
    assert (tmp_path / "a/locality/plots" / re.search(r'<script src="([^"]+)"', page)[1]).is_file()
    assert "plots/regen_ms_by_elements.png" in (tmp_path / "a/locality/verdict.md").read_text()


def test_results_hold_the_same_data_cell_by_cell(tmp_path, locality, observations):
    write(tmp_path / "x", locality, observations)
    lines = [json.loads(line) for line in (tmp_path / "x/results.jsonl").read_text().splitlines()]
    with (tmp_path / "x/results.csv").open(newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(lines) == len(rows) == len(observations)
    raw = (tmp_path / "x/results.csv").read_text()
    for line, row, (_, truth) in zip(lines, rows, observations.iterrows(), strict=True):
        assert list(line) == list(row) == list(observations.columns)
        for name in observations.columns:
            cell, value, wanted = row[name], line[name], truth[name]
            if pd.isna(wanted):
                assert value is None and cell == ""
            elif isinstance(value, str):
                assert cell == value
                assert pd.Timestamp(value) == wanted if name == "observed_at" else value == wanted
            else:
                assert json.loads(cell) == value == wanted
    assert raw.count('""') >= 1  # an empty text is quoted, a null is not


def test_plots_of_questions_that_are_gone_are_removed(tmp_path, locality, by_project, observations):
    write(tmp_path / "x", by_project, observations)
    assert len(list((tmp_path / "x/plots").glob("*.png"))) == 2
    write(tmp_path / "x", locality, observations)
    assert [p.name for p in (tmp_path / "x/plots").glob("*.png")] == ["regen_ms_by_elements.png"]


def test_group_values_become_safe_and_distinct_file_names(by_project):
    names = [plot_name(law) for law in by_project.laws]
    assert len(set(names)) == 2
    assert "regen_ms_by_elements--project=alpha.png" in names
    assert all(re.fullmatch(r"[A-Za-z0-9_=.+-]+", name) and ".." not in name for name in names)


def summary(folder: Path, cases, **changes) -> Path:
    values = {
        "lab": "a <lab>",
        "experiments": [c.experiment for c in cases],
        "trials": {c.experiment.name: c.trials for c in cases},
        "laws": [law for c in cases for law in c.laws],
        "verdicts": [a_verdict(), a_verdict(Outcome.FAIL, gate="bad", reason=NASTY)],
        "allocations": [
            Allocation("i", "agents", AllocationStatus.OPTIMAL, "best of 80",
                       (AllocatedAmount("agents", 4, 3, 5, "agents", 4.0, "l", "budget"),), 8, 7, 1, "USD", 1.42, 1.3,
                       1.5, "x control", 0.9, "exact", 0.03, 0.61, True, "v", {"fixed": 1.2})
        ],
        "exponents": pd.DataFrame({"experiment": ["locality"], "question": ["regen_ms_by_elements"],
                                   "segment": ["{}"], "interpretation": ["sub-linear"]}),
        "quarantine": pd.DataFrame({"experiment": ["locality"], "path": [NASTY], "n_rows": [3]}),
        "reproduce": "scaling-assets run",
    }  # fmt: skip
    return write_summary(folder, **(values | changes))


class Outline(html.parser.HTMLParser):
    """Tags opened and closed, scripts apart, and what the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "link", "br", "path", "img"):
            self.open.append(tag)
        self.references += [v for k, v in attrs if k in ("href", "src") and v]

    def handle_endtag(self, tag):
        if tag != "path":
            assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text += data


def test_the_page_is_well_formed_self_contained_and_escaped(tmp_path, locality, two_axes):
    path = summary(tmp_path, [locality, two_axes])
    content = path.read_text()
    page = Outline()
    page.feed(content)
    assert page.open == []
    assert not [r for r in page.references if re.match(r"(https?:)?//", r)]
    assert content.count("plotly.js v") == 1
    assert NASTY in page.text and "a <lab>" in page.text
    for words in (
        "sub-linear",
        "[3, 5]",
        "best of 80",
        "scaling-assets run",
        "1 of 2 gates pass",
        "100x more elements",
    ):
        assert words in page.text


def test_every_link_of_the_page_leads_to_a_file(tmp_path, locality, observations):
    write(tmp_path / "locality", locality, observations)
    page = Outline()
    page.feed(summary(tmp_path, [locality]).read_text())
    files = [r for r in page.references if not r.startswith("#")]
    plan = [r for r in files if r.startswith("plans/")]  # those pages come with the index (pipeline.reports)
    assert plan == ["plans/agents.md"]
    files.remove(*plan)
    assert len(files) >= 5 and all((tmp_path / r).is_file() for r in files)


def test_simulated_and_measured_exponents_stand_apart(tmp_path, locality, two_axes):
    text = summary(tmp_path, [locality, two_axes]).read_text()
    section = text[text.index('id="exponents"') : text.index('id="verdicts"')]
    measured, simulated = section.split("Simulated</h3>")
    assert "experiment-training" in measured and "experiment-locality" not in measured
    assert "experiment-locality" in simulated and "experiment-training" not in simulated


def test_an_empty_lab_has_a_page_too(tmp_path):
    nothing = pd.DataFrame({"experiment": [], "path": [], "n_rows": pd.Series([], dtype=int)})
    text = summary(
        tmp_path, [], verdicts=[], allocations=[], exponents=pd.DataFrame(), quarantine=nothing
    ).read_text()
    assert "No experiment has results yet." in text and "plotly" not in text


def test_same_input_gives_the_same_page(tmp_path, locality):
    one, two = summary(tmp_path / "a", [locality]), summary(tmp_path / "b", [locality])
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
def test_the_page_draws_its_plots_without_a_network(tmp_path, locality, two_axes):
    path = summary(tmp_path, [locality, two_axes])
    found = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,6000",
         "--virtual-time-budget=5000", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert found.stdout.count("js-plotly-plot") >= 2
    assert found.stdout.count('data-drawn="1"') == 2
