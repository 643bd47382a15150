"""The tables that several commands print: laws, verdicts, allocations.

What belongs here: which columns, in words. What does not: drawing (``output``).
"""

from collections.abc import Sequence

from scaling_assets.cli import output
from scaling_assets.records.allocation import Allocation
from scaling_assets.records.change import Watched
from scaling_assets.records.claim import AuditedClaim
from scaling_assets.records.comparison import LawFinding
from scaling_assets.records.law import Law
from scaling_assets.records.planned import PlanAnswer
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.report import changed, claims_page, compared, plan_page, wording


def laws(found: Sequence[Law], title: str = "Laws") -> None:
    """Law, exponent (or its parameters) with interval, status; an unusable one with its reason."""
    rows = []
    for law in found:
        group = wording.group_text(law.group)
        name = f"{law.experiment}: {law.metric} by {', '.join(law.axes)}" + (f" [{group}]" if group else "")
        status = wording.status_text(law) + ("" if law.is_usable else f": {law.reason}")
        source = "simulated" if law.is_simulated else "measured"
        rows.append((name, law.family, _exponent(law), status, source))
    output.table(title, ("law", "family", "exponent or parameters", "status", "runs"), rows)


def law_findings(found: Sequence[LawFinding]) -> None:
    """What laws say beside one another, a line a finding."""
    rows = [(one.experiment, *compared.row(one)) for one in found]
    output.table("Laws compared", ("experiment", *map(str.lower, compared.HEADER)), rows)


def changes(found: Watched) -> None:
    """Reported changes, then the series that are watched."""
    rows = [(one.key.experiment, *changed.row(one, found)) for one in found.changes]
    output.table("Changes", ("experiment", *map(str.lower, changed.HEADER)), rows, empty="none reported")
    watched = [(one.key.experiment, *changed.series_row(one)) for one in found.series]
    header = ("experiment", *map(str.lower, changed.SERIES_HEADER))
    output.table("Watched over time", header, watched, empty="nothing")


def _exponent(law: Law) -> str:
    if not law.is_usable:
        return "–"
    exponents = [p for p in law.parameters if p.role == "exponent"]
    return ", ".join(wording.parameter_text(p) for p in exponents or law.headline)


def verdicts(found: Sequence[Verdict], *, has_advice: bool = False) -> None:
    """Gate, outcome, reason; on request what to do about it where it did not pass."""
    rows = []
    for v in found:
        group = wording.group_text(v.group)
        name = f"{v.experiment}: {v.gate}" + (f" [{group}]" if group else "")
        word = wording.OUTCOME_WORDS[v.outcome]
        advice = "" if v.outcome is Outcome.PASS else v.action or v.remedy
        line = (name, word, v.severity, v.reason)
        rows.append((*line, wording.standing_text(v), advice) if has_advice else line)
    header = ("gate", "outcome", "severity", "reason")
    output.table("Verdicts", (*header, "standing", "what to do") if has_advice else header, rows)


def claims(found: Sequence[AuditedClaim]) -> None:
    """Claim, answer, reason; worst first."""
    rows = [
        (f"{one.sheet}: {one.name}", claims_page.WORDS[one.outcome], one.stated, claims_page.reason_text(one))
        for one in claims_page.worst_first(found)
    ]
    output.table("Claims", ("claim", "answer", "stated", "why"), rows, empty="none declared")


def claim_counts(found: Sequence[AuditedClaim]) -> None:
    """One line a document: how many of its claims have each answer."""
    rows = []
    for sheet in dict.fromkeys(one.sheet for one in found):
        own = [one.outcome for one in found if one.sheet == sheet]
        rows.append((sheet, *(str(own.count(outcome)) for outcome in claims_page.ORDER)))
    output.table("Claims", ("document", *(claims_page.WORDS[o] for o in claims_page.ORDER)), rows)


def allocations(found: Sequence[Allocation]) -> None:
    """One table over all plans, a line a dimension; cost and expected outcome below."""
    rows, notes = [], []
    for a in found:
        rows += [
            (
                a.plan,
                part.dimension,
                f"{wording.exactly(part.amount)} {part.unit}".strip(),
                wording.interval(part.low, part.high),
                wording.exactly(part.cost),
                part.bound_by,
            )
            for part in a.amounts
        ]
        outcome = wording.with_interval(a.outcome, a.outcome_low, a.outcome_high, a.outcome_unit)
        label = "simulated" if a.is_simulated else "measured"
        of = "" if a.budget is None else f" of {wording.exactly(a.budget)}"
        notes.append(
            f"  {a.plan}: {a.status.value} ({label} laws), costs {wording.exactly(a.cost)}{of} "
            f"{a.currency}, expected outcome {outcome}. {a.reason}".rstrip()
        )
    header = ("plan", "what", "amount", "range over draws", "cost", "stopped by")
    output.table("Allocations", header, rows, empty="none yet" if not notes else "no amounts")
    for note in notes:
        output.answer(note)


def plan_answers(found: Sequence[PlanAnswer]) -> None:
    """Each answer in a sentence, then its tables."""
    for position, one in enumerate(found):
        if position:
            output.answer("")
        source = " (simulated runs)" if one.is_simulated else ""
        output.answer(f"{one.plan}: {one.status}{source}: {one.headline}")
        for text in (one.reason, one.remedy):
            if text:
                output.answer(f"  {text}")
        for part in plan_page.tables(one):
            output.table(part.title.capitalize(), part.header, part.rows)


def plan_lines(found: Sequence[PlanAnswer]) -> None:
    """A line an answer, for summaries."""
    rows = [(f"{plan_page.words(one.kind)}: {one.plan}", one.status, one.headline) for one in found]
    output.table("Plans", ("plan", "status", "answer"), rows)
