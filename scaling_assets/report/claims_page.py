"""claims.md: the audit of published claims, as one page for people.

What belongs here: Markdown about audited claims, what index.html shows of them. What does not: recomputing
(``science.claims``), escaping and tables themselves (``verdict_page``).
"""

from collections import Counter
from collections.abc import Sequence

from scaling_assets.records.claim import AuditedClaim, Consistency
from scaling_assets.report import wording
from scaling_assets.report.verdict_page import escape, table

#: Worst first.
ORDER = (Consistency.INCONSISTENT, Consistency.NOT_DERIVABLE, Consistency.CONSISTENT)
WORDS = {
    Consistency.CONSISTENT: "consistent",
    Consistency.INCONSISTENT: "inconsistent",
    Consistency.NOT_DERIVABLE: "not derivable",
}
MARKS = {Consistency.CONSISTENT: "✅", Consistency.INCONSISTENT: "❌", Consistency.NOT_DERIVABLE: "◌"}
#: Colours that the pages have already.
PILLS = {
    Consistency.CONSISTENT: "pass",
    Consistency.INCONSISTENT: "fail",
    Consistency.NOT_DERIVABLE: "insufficient_data",
}


def counts(audited: Sequence[AuditedClaim]) -> list[tuple[Consistency, int]]:
    """How many claims have each answer, worst first; answers that nobody has are left out."""
    found = Counter(one.outcome for one in audited)
    return [(outcome, found[outcome]) for outcome in ORDER if found[outcome]]


def in_words(audited: Sequence[AuditedClaim]) -> str:
    """``72 claims: 25 inconsistent, 17 not derivable, 30 consistent``."""
    if not audited:
        return "no claim is declared"
    parts = [f"{n} {WORDS[outcome]}" for outcome, n in counts(audited)]
    return f"{len(audited)} claim{'' if len(audited) == 1 else 's'}: {', '.join(parts)}"


def worst_first(audited: Sequence[AuditedClaim]) -> list[AuditedClaim]:
    """Sorted by answer, else as they are."""
    return sorted(audited, key=lambda one: ORDER.index(one.outcome))


def claims_page(audited: Sequence[AuditedClaim], titles: dict[str, str] | None = None) -> str:
    """The whole page: a document a section, in each the worst answers first.

    Args:
        titles: the documents' titles by name.
    """
    lines = [
        "# Claims",
        "",
        "Published numbers, recomputed from what is printed beside them. A printed number stands for what would be "
        "printed so (2.35: 2.345 to 2.355); a claim is inconsistent only where no values within the printed digits "
        "reconcile it.",
        "",
        f"**{in_words(audited)}.**",
    ]
    for name in dict.fromkeys(one.sheet for one in audited):
        own = [one for one in audited if one.sheet == name]
        lines += [
            "",
            f"## {escape((titles or {}).get(name) or name)}",
            "",
            f"{escape(own[0].source)}. {in_words(own)}.",
            "",
            claims_table(own),
        ]
    return "\n".join(lines) + "\n"


def claims_table(audited: Sequence[AuditedClaim]) -> str:
    """Claim, answer, stated, right value, how far off, why; worst first."""
    rows = [
        [
            f"{escape(one.text)}<br>{escape(one.name)}" + (f", {escape(one.place)}" if one.place else ""),
            f"{MARKS[one.outcome]} {WORDS[one.outcome]}" + (" (simulated runs)" if one.is_simulated else ""),
            escape(one.stated) or "–",
            escape(right_value(one)) or "–",
            escape(off_text(one)) or "–",
            escape(reason_text(one)),
        ]
        for one in worst_first(audited)
    ]
    return table(("Claim", "Answer", "Stated", "Right value", "Off by", "Why"), rows)


def right_value(one: AuditedClaim) -> str:
    """What follows from what is stated, with its range; in per cent where that is what is stated."""
    if one.derived is None:
        return ""
    is_share = one.stated.endswith("%")
    value, low, high = (
        None if v is None else 100 * v if is_share else v
        for v in (one.derived, one.derived_low, one.derived_high)
    )
    ends, text = wording.interval(low, high), wording.number(value) + " %" * is_share
    return text if wording.number(low) == wording.number(high) else f"{text} {ends}"


def off_text(one: AuditedClaim) -> str:
    """How far the stated number is from the right one, in per cent of that."""
    return "" if one.off_pct is None else f"{one.off_pct:+.3g} %"


def reason_text(one: AuditedClaim) -> str:
    """The reason, with what is missing and what the declaration notes."""
    parts = [one.reason, f"missing: {one.missing}" if one.missing else "", one.note]
    return ". ".join(part.rstrip(".") for part in parts if part)
