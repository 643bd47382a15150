"""index.html: one page over all experiments that works offline, in light and dark, on a phone.

What belongs here: gathering what the page shows into plain values. What does not: markup
(``templates/index.html.j2``), writing folders of experiments (``folder``), statistics.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from scaling_assets.records.allocation import Allocation
from scaling_assets.records.change import Watched
from scaling_assets.records.claim import AuditedClaim
from scaling_assets.records.comparison import LawFinding
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Group, Law, ParameterEstimate
from scaling_assets.records.planned import PlanAnswer
from scaling_assets.records.verdict import WORST_FIRST, Outcome, Verdict, overall
from scaling_assets.report import changed, claims_page, compared, pages, plan_page, recommendation, wording
from scaling_assets.report.aside import write_aside
from scaling_assets.report.folder import plot_name
from scaling_assets.report.forest import Bar, Forest, forest
from scaling_assets.report.interactive import interactive
from scaling_assets.report.sensitivity import sensitivity
from scaling_assets.report.sparkline import small_svg
from scaling_assets.report.verdict_page import NOT_WATCHED

MAX_PLOTS = 60  # interactive plots on the page; the others are a click away in their folders
MAX_ROWS = 500  # lines of one table; the database has the others


@dataclass(frozen=True)
class ExperimentLine:
    """One experiment on the page."""

    experiment: Experiment
    outcome: Outcome
    passed: int
    asked: int
    findings: tuple[str, ...]
    picture: Markup


@dataclass(frozen=True)
class ExponentLine:
    """One exponent of one leading law."""

    law: Law
    name: str
    text: str
    meaning: str
    bar: Bar


@dataclass(frozen=True)
class PlotLine:
    """One interactive plot: the law, its data, the sentence below, the file with the still picture."""

    law: Law
    figure: Markup
    findings: tuple[str, ...]
    file: str


def write_summary(
    folder: Path,
    *,
    lab: str,
    experiments: Sequence[Experiment],
    trials: Mapping[str, pd.DataFrame],
    laws: Sequence[Law],
    verdicts: Sequence[Verdict],
    allocations: Sequence[Allocation],
    exponents: pd.DataFrame,
    quarantine: pd.DataFrame,
    reproduce: str,
    law_findings: Sequence[LawFinding] = (),
    claims: Sequence[AuditedClaim] = (),
    plans: Sequence[PlanAnswer] = (),
    watched: Watched = NOT_WATCHED,
) -> Path:
    """Write ``index.html`` into the folder that holds the experiments' own folders; returns its path.

    Args:
        trials: trial frame by experiment, for the plots.
        exponents: the view ``exponent_summary``; says what each law's first exponent means.
        quarantine: the view ``quarantine_summary``, shown as it is.
        reproduce: the command that makes one experiment again.
        law_findings: what laws say beside one another; what differs is told with its experiment.
        claims: the audit of published claims.
        plans: answers of the planning room.
        watched: laws over time; open changes are told with their experiment.
    """
    known = {e.name: e for e in experiments}
    best = [law for law in wording.leading(laws) if law.experiment in known]
    of_law = {law.law_id: tuple(sensitivity(law, known[law.experiment])) for law in best}
    differing = {
        e.name: [
            *changed.sentences(watched.of(e.name)),
            *compared.sentences(compared.of_experiment(law_findings, e.name)),
        ]
        for e in experiments
    }
    lines = [_line(e, best, verdicts, trials, of_law, differing[e.name]) for e in experiments]
    shown = sorted(verdicts, key=lambda v: (WORST_FIRST.index(v.outcome), v.experiment, v.gate))
    counts = Counter(v.outcome for v in verdicts)
    plots = [
        PlotLine(
            law,
            pages.safe_json(interactive(law, known[law.experiment], trials[law.experiment])),
            of_law[law.law_id],
            f"{law.experiment}/plots/{plot_name(law)}",
        )
        for law in best[:MAX_PLOTS]
        if law.experiment in trials
    ]
    page = pages.render(
        "index.html.j2",
        lab=lab,
        lines=sorted(lines, key=lambda line: (line.experiment.is_simulated, line.experiment.name)),
        n_usable=sum(law.is_usable for law in best),
        n_laws=len(best),
        counts=[(outcome, counts[outcome]) for outcome in Outcome if counts[outcome]],
        n_verdicts=len(verdicts),
        measured=_exponents([law for law in best if not law.is_simulated], exponents),
        simulated=_exponents([law for law in best if law.is_simulated], exponents),
        verdicts=shown[:MAX_ROWS],
        n_hidden_verdicts=max(len(shown) - MAX_ROWS, 0),
        allocations=sorted(allocations, key=lambda a: a.plan),
        recommend=recommendation,
        claims=claims_page.worst_first(claims)[:MAX_ROWS],
        claim_counts=claims_page.counts(claims),
        n_hidden_claims=max(len(claims) - MAX_ROWS, 0),
        claim_words=claims_page,
        plans=plans,
        plan_words=plan_page,
        plots=plots,
        n_hidden_plots=len(best) - len(plots),
        quarantine=_cells(quarantine.head(MAX_ROWS)),
        n_quarantined=int(quarantine["n_rows"].sum()),
        reproduce=reproduce,
        outcome_words=wording.OUTCOME_WORDS,
        wording=wording,
        plotly=pages.plotly_source() if plots else "",
    )
    return write_aside(folder / "index.html", page.encode())


def _line(
    experiment: Experiment,
    best: Sequence[Law],
    verdicts: Sequence[Verdict],
    trials: Mapping[str, pd.DataFrame],
    of_law: Mapping[str, tuple[str, ...]],
    differing: Sequence[str],
) -> ExperimentLine:
    own = [v for v in verdicts if v.experiment == experiment.name]
    laws = [law for law in best if law.experiment == experiment.name]
    passed, asked = wording.passed(own)
    picture = Markup("")
    if laws and experiment.name in trials:
        picture = Markup(small_svg(laws[0], experiment, trials[experiment.name]))  # numbers only
    findings = (*differing, *(sentence for law in laws for sentence in of_law[law.law_id]))
    return ExperimentLine(experiment, overall(tuple(own)), passed, asked, findings, picture)


def _exponents(laws: Sequence[Law], summary: pd.DataFrame) -> tuple[list[ExponentLine], Forest]:
    found = [
        (law, p)
        for law in laws
        if law.is_usable
        for p in law.parameters
        if p.role == "exponent" and p.value is not None
    ]
    drawn = forest([p for _, p in found])
    meaning = _meanings(summary)
    lines = [
        ExponentLine(
            law,
            p.name,
            wording.with_interval(p.value, p.low, p.high),
            meaning.get(_key(law.experiment, law.question, law.group), "") if _is_first(law, p) else "",
            bar,
        )
        for (law, p), bar in zip(found, drawn.bars, strict=True)
    ]
    return lines, drawn


def _meanings(summary: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    return {
        _key(row["experiment"], row["question"], json.loads(row["segment"])): str(row["interpretation"])
        for row in summary.to_dict("records")
    }


def _key(experiment: str, question: str, group: Group) -> tuple[str, str, str]:
    return experiment, question, json.dumps(dict(group), sort_keys=True)


def _is_first(law: Law, exponent: ParameterEstimate) -> bool:
    return exponent is next(p for p in law.parameters if p.role == "exponent")


def _cells(frame: pd.DataFrame) -> dict[str, Any]:
    rows = [
        ["" if pd.isna(v) else wording.number(v) if isinstance(v, float) else str(v) for v in row]
        for row in frame.astype(object).to_numpy().tolist()
    ]
    return {"header": [str(c).replace("_", " ") for c in frame.columns], "rows": rows}
