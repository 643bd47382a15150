"""Findings about laws in words: which question, what was asked, the answer with its number.

What belongs here: the wording of ``records.comparison.LawFinding``, for pages and the command line. What does
not: escaping, layout, the comparisons themselves (``science.comparing``).
"""

from collections.abc import Iterable, Sequence

from scaling_assets.records.comparison import LawFinding
from scaling_assets.report import wording

HEADER = ("Question", "Asked", "Of", "Answer", "Value", "p", "Why, how")
SUBJECTS = {
    "exponent_class": "class of the exponent",
    "turn": "rise and fall of the data",
    "knee": "diminishing returns",
    "interaction": "same in all contexts",
    "curve": "one curve for all contexts",
    "mean": "mean over contexts",
    "between_contexts": "spread between contexts",
    "new_context": "a new context",
    "context": "context, partially pooled",
    "left_out": "context, predicted from the others",
    "stability": "same in all windows of time",
    "window": "window against the others",
    "drift": "change since the former law",
}
#: Answers that people look for first: something differs, moved or cannot be what its law says.
NOTABLE = frozenset({"differs between contexts", "changes over time", "differs", "changed", "non-monotone"})


def row(one: LawFinding) -> tuple[str, ...]:
    """The finding as cells under ``HEADER``."""
    group = wording.group_text(one.group)
    number = "" if one.value is None else wording.with_interval(one.value, one.low, one.high)
    return (
        f"{one.question} [{group}]" if group else one.question,
        SUBJECTS.get(one.subject, one.subject),
        one.name or "–",
        one.answer,
        number or "–",
        "–" if one.p_value is None else wording.number(one.p_value, 2),
        "; ".join(filter(None, (one.reason, one.method))) or "–",
    )


def sentences(found: Iterable[LawFinding]) -> list[str]:
    """The notable findings, one sentence each."""
    return [_sentence(one) for one in found if one.answer in NOTABLE]


def of_experiment(found: Sequence[LawFinding], experiment: str) -> list[LawFinding]:
    """The findings of one experiment, in their order."""
    return [one for one in found if one.experiment == experiment]


def _sentence(one: LawFinding) -> str:
    group = wording.group_text(one.group)
    where = f" ({group})" if group else ""
    what = f"{one.metric}{where}: {f'{one.name} ' if one.name else ''}{one.answer}"
    chance = "" if one.p_value is None else f" (p = {wording.number(one.p_value, 2)})"
    return f"{what}{chance}" + (f": {one.reason}" if one.reason else "")
