"""How an experiment was designed, in words: which verdicts are confirmatory, and which units ran which arm.

What belongs here: the wording of ``records.verdict`` standings and ``records.assignment.ArmCheck``. What does
not: escaping, layout (``verdict_page``), the comparison and the test (``science``).
"""

from collections.abc import Sequence

from scaling_assets.records.assignment import ArmCheck
from scaling_assets.records.verdict import Verdict
from scaling_assets.report import wording

ARMS_HEADER = ("Block", "Arm", "Landed", "Expected", "p", "Method")
SHOWN_BLOCKS = 30


def standings(verdicts: Sequence[Verdict]) -> str:
    """``1 of 2 verdicts confirmatory``; empty where nothing is known."""
    known = [v for v in verdicts if v.standing]
    if not known:
        return ""
    good = sum(v.standing == "confirmatory" for v in known)
    since = min((v.standing_since for v in known if v.standing_since), default=None)
    first = f", registered {wording.moment(since)}" if good else ""
    return f"{good} of {len(known)} verdicts confirmatory{first}"


def exploratory(verdicts: Sequence[Verdict]) -> list[str]:
    """One sentence a gate that is exploratory: since when, and by what."""
    told = {
        v.gate: f"{v.gate} is {wording.standing_text(v)}: {v.standing_reason}"
        for v in verdicts
        if v.standing == "exploratory"
    }
    return list(told.values())


def arms_rows(check: ArmCheck) -> list[tuple[str, ...]]:
    """Units that landed by block and arm, under ``ARMS_HEADER``; the pooled ones first."""
    rows: list[tuple[str, ...]] = []
    for test in check.tests[: SHOWN_BLOCKS + 1]:
        block = ", ".join(f"{k}={v}" for k, v in test.block.items()) or "all"
        for arm, n in test.observed.items():
            expected = f"{test.expected[arm]:,.1f}"
            rows.append((block, arm, f"{n:,}", expected, wording.number(test.adjusted, 2), test.method))
    return rows


def arms_sentences(check: ArmCheck) -> list[str]:
    """What is to be said about the arms of the runs that landed."""
    level = f"{check.level:g}"
    told = [
        f"{check.reason}. Verdicts that compare arms are held back."
        if check.is_mismatch
        else f"The {check.landed:,} units that landed agree with the assignment's ratio at level {level}."
    ]
    for n, what in (
        (len(check.crossovers), "ran another arm than theirs"),
        (check.unassigned, "landed without an assignment"),
        (check.outside, "ran a value that is no arm"),
        (check.missing, "were assigned and have not landed"),
    ):
        if n:
            told.append(f"{n:,} unit(s) {what}.")
    if len(check.tests) > SHOWN_BLOCKS + 1:
        told.append(f"The first {SHOWN_BLOCKS} of {len(check.tests) - 1} blocks are shown.")
    return told
