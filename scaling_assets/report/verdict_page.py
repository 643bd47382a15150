"""verdict.md: one page that a reader understands without the rest of the system.

What belongs here: Markdown and its escaping. What does not: wording (``wording``), files (``folder``).
Text that people wrote (titles, reasons, group values) is escaped: it shows as typed and can neither
break a table nor become HTML.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from scaling_assets.records.assignment import ArmCheck
from scaling_assets.records.change import Watched
from scaling_assets.records.comparison import LawFinding
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.manifest import Uneven
from scaling_assets.records.provenance import Ran
from scaling_assets.records.verdict import Outcome, Verdict, overall
from scaling_assets.report import (
    asked_and_run,
    changed,
    compared,
    designed,
    differences,
    failure_modes,
    next_steps,
    wording,
)
from scaling_assets.report.sensitivity import sensitivity
from scaling_assets.science.laws import FAMILIES

MARKS = {
    Outcome.PASS: "✅",
    Outcome.FAIL: "❌",
    Outcome.INCONCLUSIVE: "❔",
    Outcome.INSUFFICIENT_DATA: "◌",
    Outcome.NOT_APPLICABLE: "–",
}
NOT_WATCHED = Watched()
_SPECIAL = re.compile(r"([\\`*_\[\]|#~$])")


def escape(text: object) -> str:
    """Text as one line of Markdown that renders exactly as typed."""
    flat = " ".join(str(text).split())
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    flat = _SPECIAL.sub(r"\\\1", flat)
    return re.sub(r"(https?|ftp)://", r"\1&#58;//", flat)  # no link that nobody wrote as one


def code(text: str) -> str:
    """A command as a fenced block that its content cannot close."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}sh\n{text}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; every cell must be escaped already."""
    lines = [list(header), ["---"] * len(header), *[list(row) for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def verdict_page(
    experiment: Experiment,
    verdicts: Sequence[Verdict],
    laws: Sequence[Law],
    *,
    reproduce: str = "",
    facts: Mapping[str, str] | None = None,
    plots: Mapping[str, str] | None = None,
    findings: Sequence[LawFinding] = (),
    arms: ArmCheck | None = None,
    ran: Ran | None = None,
    uneven: Mapping[str, Sequence[Uneven]] | None = None,
    watched: Watched = NOT_WATCHED,
) -> str:
    """The experiment's page: outcome, why, what next, how it was designed, the laws, how to get it again.

    Args:
        reproduce: the command that makes this page again.
        facts: run facts for the header, in order: sweep mode, rows, version ... (name -> text).
        plots: path of a plot relative to the page, by law id.
        findings: what the laws say beside one another.
        arms: what landed against what was assigned.
        ran: what was run of what was asked.
        uneven: columns spread unevenly over the arms of a comparison, by gate.
        watched: the laws over time, and reported changes.
    """
    best = wording.leading(laws)
    parts = [
        _header(experiment, verdicts, facts or {}, watched),
        "## Gates",
        _gates(verdicts),
        _listed("", designed.exploratory(verdicts)),
        _next(experiment, verdicts, watched),
        _listed("## Where it fails", failure_modes.sentences(verdicts)),
        _design(experiment, ran),
        _arms(arms),
        _differences(experiment, uneven or {}),
        _changes(watched),
        "## What was found",
        _findings(best, experiment, watched),
        "## Laws",
        _laws(laws, plots or {}),
        _compared(findings),
        _listed("## References", references(experiment, best)),
        f"## Reproduce\n\n{code(reproduce)}" if reproduce else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _header(
    experiment: Experiment, verdicts: Sequence[Verdict], facts: Mapping[str, str], watched: Watched
) -> str:
    outcome = overall(tuple(verdicts))
    got, asked = wording.passed(verdicts)
    kind = "**simulated** (says nothing about a real system)" if experiment.is_simulated else "measured"
    count = f"{got} of {asked} gates pass" if asked else "no gate has been judged"
    lines = [
        f"# {escape(experiment.title)}",
        "",
        f"{MARKS[outcome]} **{wording.OUTCOME_WORDS[outcome].upper()}**: {count}.",
        "",
        f"- Experiment: `{experiment.name}`, {kind}",
    ]
    lines += [f"- {escape(name)}: {escape(value)}" for name, value in facts.items() if value]
    for name, value in (
        ("Registration", designed.standings(verdicts)),
        ("Changes over time", changed.summary(watched)),
        ("Hypothesis", experiment.hypothesis),
        ("Maintainer", experiment.owner),
    ):
        if value:
            lines.append(f"- {name}: {escape(value)}")
    return "\n".join(lines)


def references(experiment: Experiment, laws: Sequence[Law]) -> list[str]:
    """Where the question comes from, and the sources of the laws that lead."""
    families = [FAMILIES[law.family] for law in laws if law.family in FAMILIES]
    cited = dict.fromkeys(f"{family.title}: {family.citation}" for family in families if family.citation)
    return [text for text in (experiment.source, *cited) if text]


def _listed(heading: str, told: Sequence[str]) -> str:
    lines = "\n".join(f"- {escape(sentence)}" for sentence in told)
    return "\n\n".join(filter(None, (heading, lines))) if told else ""


def _next(experiment: Experiment, verdicts: Sequence[Verdict], watched: Watched) -> str:
    if not verdicts and not watched.open:
        return ""
    found = sorted(
        (*next_steps.steps(verdicts), *next_steps.change_steps(experiment, watched)), key=lambda row: row[0]
    )
    rows = [[escape(cell) for cell in row] for row in found]
    unsettled = dict.fromkeys(v.gate for v in verdicts if next_steps.priority(v) is not None)
    nothing = (
        f"No remedy is declared for {escape(', '.join(unsettled))}: see the reasons under Gates."
        if unsettled
        else "Nothing: every gate that was asked passes."
    )
    steps = table(next_steps.HEADER, rows) if rows else nothing
    ticks = "\n".join(
        f"- [{'x' if is_met else ' '}] {escape(told)}" for is_met, told in next_steps.checklist(verdicts)
    )
    return "\n\n".join(
        filter(None, ("## What to do next", steps, "### Success criteria" if ticks else "", ticks))
    )


def _design(experiment: Experiment, ran: Ran | None) -> str:
    if ran is None:
        return ""
    rows = [[escape(cell) for cell in row] for row in asked_and_run.design_rows(experiment, ran)]
    return "## Design\n\n" + table(asked_and_run.HEADER, rows)


def _differences(experiment: Experiment, uneven: Mapping[str, Sequence[Uneven]]) -> str:
    header, rows = differences.manifest_table(experiment)
    told = _listed("", differences.uneven_sentences(uneven))
    if not rows and not told:
        return ""
    stated = table([escape(c) for c in header], [[escape(c) for c in row] for row in rows]) if rows else ""
    return "\n\n".join(filter(None, ("## What else differs", stated, told)))


def _gates(verdicts: Sequence[Verdict]) -> str:
    if not verdicts:
        return "None declared, or no runs yet."
    rows = []
    for v in verdicts:
        group = wording.group_text(v.group)
        name = f"{escape(v.gate)} ({escape(group)})" if group else escape(v.gate)
        word = wording.OUTCOME_WORDS[v.outcome] + ("" if v.severity == "blocker" else f" ({v.severity})")
        more = wording.more_text(v)
        rows.append(
            [
                name,
                f"{MARKS[v.outcome]} {word}",
                wording.number(v.measured),
                escape(wording.interval(v.low, v.high)) or "–",
                escape(wording.threshold_text(v)),
                escape(v.reason),
                escape(" ".join(filter(None, (v.remedy, more)))) or "–",
                escape(v.action) or "–",
                escape(v.owner) or "–",
                escape(wording.standing_text(v)),
            ]
        )
    header = ("Gate", "Outcome", "Measured", "Interval", "Required", "Reason", "Remedy", "Action", "Owner",
              "Standing")  # fmt: skip
    return table(header, rows)


def _findings(laws: Sequence[Law], experiment: Experiment, watched: Watched) -> str:
    found = [sentence for law in laws for sentence in sensitivity(law, experiment)]
    found += changed.mixtures(experiment, watched)
    return (
        "\n".join(f"- {escape(s).replace('-&gt;', '→')}" for s in found)
        or "No law is asked for, or no runs yet."
    )


def _arms(check: ArmCheck | None) -> str:
    if check is None:
        return ""
    told = "\n".join(f"- {escape(sentence)}" for sentence in designed.arms_sentences(check))
    rows = [[escape(cell) for cell in row] for row in designed.arms_rows(check)]
    return "\n\n".join(("## Assignment", told, table(designed.ARMS_HEADER, rows)))


def _changes(watched: Watched) -> str:
    if not watched.series and not watched.changes:
        return ""
    open_ones = "\n".join(f"- ⚠ {escape(sentence)}" for sentence in changed.sentences(watched))
    reports = [[escape(cell) for cell in changed.row(one, watched)] for one in watched.changes]
    series = [[escape(cell) for cell in changed.series_row(one)] for one in watched.series]
    parts = (
        "## Changes over time",
        open_ones,
        table(changed.HEADER, reports) if reports else "",
        table(changed.SERIES_HEADER, series) if series else "",
    )
    return "\n\n".join(part for part in parts if part)


def _compared(findings: Sequence[LawFinding]) -> str:
    if not findings:
        return ""
    rows = [[escape(cell) for cell in compared.row(one)] for one in findings]
    return "## Laws compared\n\n" + table(compared.HEADER, rows)


def _laws(laws: Sequence[Law], plots: Mapping[str, str]) -> str:
    if not laws:
        return "None yet."
    rows = []
    for law in laws:
        values = [wording.parameter_text(p) for p in law.headline if p.value is not None]
        name = escape(f"{law.question} [{wording.group_text(law.group)}]" if law.group else law.question)
        if law.law_id in plots:
            name = f"[{name}]({plots[law.law_id]})"
        why = (
            law.leading_reason
            if law.is_leading
            else "; ".join(filter(None, (law.reason, law.leading_reason)))
        )
        rows.append(
            [
                name,
                escape(law.family) + (" **leads**" if law.is_leading else ""),
                escape(wording.equation(law)),
                escape("; ".join(values)) or "–",
                escape(wording.status_text(law)),
                escape(wording.reach(law)) or "–",
                f"{law.n_units:,}",
                escape(why) or "–",
            ]
        )
    header = ("Question", "Family", "Equation", "Parameters", "Status", "Measured range", "Units", "Why")
    return table(header, rows)
