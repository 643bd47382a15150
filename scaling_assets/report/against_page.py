"""Present laws against a baseline in words: rows for a table, one sentence a change, Markdown for a comment.

What belongs here: the wording of ``records.baseline``. What does not: the comparison (``science.comparing``), where
it is printed (``cli``).
"""

from collections.abc import Sequence
from math import expm1

from scaling_assets.records.baseline import LEVEL, Baseline, Comparison, Moved
from scaling_assets.report import wording
from scaling_assets.report.verdict_page import escape, table

HEADER = ("law", "part", "baseline", "now", "change", "matters from", "answer", "why")
WORDS = {
    Moved.REGRESSED: "regressed",
    Moved.NOT_REGRESSED: "not regressed",
    Moved.IMPROVED: "improved",
    Moved.INCONCLUSIVE: "inconclusive",
    Moved.NOT_COMPARABLE: "not comparable",
}
MARKS = {
    Moved.REGRESSED: "❌",
    Moved.NOT_REGRESSED: "✅",
    Moved.IMPROVED: "✅",
    Moved.INCONCLUSIVE: "❔",
    Moved.NOT_COMPARABLE: "–",
}
_WORST_FIRST = tuple(WORDS)


def title(baseline: Baseline) -> str:
    """``Against baseline main@2, certified by team:web on 2026-01-30 11:25 UTC: release 3.1``."""
    when = wording.moment(baseline.certified_at)
    return (
        f"Against baseline {baseline.name}@{baseline.version}, certified by {baseline.certified_by} on {when}: "
        + (baseline.reason)
    )


def worst_first(found: Sequence[Comparison]) -> list[Comparison]:
    """Regressed parts first, the order of the baseline otherwise."""
    order = (
        Moved.REGRESSED, Moved.INCONCLUSIVE, Moved.NOT_COMPARABLE, Moved.IMPROVED, Moved.NOT_REGRESSED
    )  # fmt: skip
    return sorted(found, key=lambda one: order.index(one.outcome))


def row(one: Comparison) -> tuple[str, ...]:
    """The comparison as cells under ``HEADER``."""
    return (
        f"{law_text(one)}, {one.family}",
        part_text(one),
        _value(one.then, one),
        _value(one.now, one),
        change_text(one),
        "" if one.minimum_change is None else _amount(one.minimum_change, one).lstrip("+"),
        WORDS[one.outcome],
        why_text(one),
    )


def law_text(one: Comparison) -> str:
    """``speed: latency_ms_by_users [place=a]``."""
    group = wording.group_text(one.group)
    return f"{one.experiment}: {one.question}" + (f" [{group}]" if group else "")


def part_text(one: Comparison) -> str:
    """``exponent b``, ``level``."""
    return one.name if one.role in (one.name, "") else f"{one.role} {one.name}"


def change_text(one: Comparison) -> str:
    """``+0.05 [0.03, 0.07]``, of a level in per cent: ``+8 % [+6 %, +10 %]``; a dash where there is none."""
    if one.change is None:
        return "–"
    return f"{_amount(one.change, one)} [{_amount(one.low, one)}, {_amount(one.high, one)}]"


def why_text(one: Comparison) -> str:
    """Reason, p-value and method."""
    chance = "" if one.p_adjusted is None else f"p = {wording.number(one.p_adjusted, 2)} (Holm)"
    return "; ".join(filter(None, (one.reason, chance, one.method)))


def sentences(found: Sequence[Comparison]) -> list[str]:
    """One sentence a law with a regressed part; a level that moved alone is told from a change of exponent."""
    told = []
    for law in dict.fromkeys(law_text(one) for one in found):
        parts = [one for one in found if law_text(one) == law]
        worse = [one for one in parts if one.outcome is Moved.REGRESSED]
        if not worse:
            continue
        moved = ", ".join(
            f"{part_text(one)} {_value(one.then, one)} to {_value(one.now, one)}" for one in worse
        )
        if [one.name for one in worse] == [LEVEL]:
            others = [WORDS[one.outcome] for one in parts if one.role == "exponent"]
            alone = f" (exponent: {', '.join(dict.fromkeys(others))})" if others else ""
            told.append(f"{law}: the level regressed, {moved}{alone}")
        else:
            told.append(f"{law}: regressed, {moved}")
    return told


def counts(found: Sequence[Comparison]) -> str:
    """``5 monitored parts: 1 regressed, 4 not regressed``."""
    outcomes = [one.outcome for one in found]
    parts = [f"{outcomes.count(o)} {WORDS[o]}" for o in _WORST_FIRST if o in outcomes]
    return f"{len(found)} monitored part{'' if len(found) == 1 else 's'}: {', '.join(parts) or 'none'}"


def comment(
    baseline: Baseline, found: Sequence[Comparison], overall: Moved, alpha: float, notes: Sequence[str]
) -> str:
    """Markdown for a comment on a change: the answer, one line a regressed law, the table folded away."""
    rows = [
        [escape(cell) for cell in (*row(one)[:6], f"{MARKS[one.outcome]} {WORDS[one.outcome]}", row(one)[7])]
        for one in worst_first(found)
    ]
    parts = [
        f"### {MARKS[overall]} Scaling laws: {WORDS[overall]}",
        f"{escape(title(baseline))}. {counts(found)}; false alarms of any of them at most {alpha:.2g} (Holm).",
        "\n".join(f"- {escape(sentence)}" for sentence in (*sentences(found), *notes)),
        "<details><summary>All monitored parts</summary>\n\n"
        + table([name.capitalize() for name in HEADER], rows)
        + "\n\n</details>",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _value(value: float | None, one: Comparison) -> str:
    if value is None:
        return "–"
    return " ".join(part for part in (wording.number(value), wording.unit_text(one.unit)) if part)


def _amount(value: float | None, one: Comparison) -> str:
    """A change with its sign: of a level in per cent (of the odds, for a bounded metric)."""
    if value is None:
        return "–"
    if one.scale in ("log", "logit"):
        of = " of the odds" if one.scale == "logit" else ""
        return f"{100 * expm1(min(value, 20.0)):+.3g} %{of}"
    sign = "+" if value > 0 else ""
    return f"{sign}{wording.number(value, 3)}"
