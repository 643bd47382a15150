"""Stale laws in words.

What belongs here: the wording of ``records.look``. What does not: escaping, layout, the tests (``science.comparing``).
"""

from scaling_assets.records.look import LawLook
from scaling_assets.report import wording

HEADER = ("law", "stale because", "new runs", "former runs", "evidence", "since")


def law_text(one: LawLook) -> str:
    """``latency_ms_by_users [place=a]``."""
    group = wording.group_text(one.group)
    return f"{one.question} [{group}]" if group else one.question


def stale_text(one: LawLook) -> str:
    """One sentence: which law, why, how strong the evidence is."""
    return f"{law_text(one)} is stale: {one.reason} ({evidence_text(one)})"


def evidence_text(one: LawLook) -> str:
    """``e-value 310, stale from 20 on``."""
    return f"e-value {wording.number(one.e_value, 3)}, stale from {wording.number(one.threshold, 3)} on"


def row(one: LawLook) -> tuple[str, ...]:
    """The look as cells under ``HEADER``."""
    return (
        f"{one.experiment}: {law_text(one)}", one.reason, f"{one.n_new:,}", f"{one.n_former:,}", evidence_text(one),
        wording.moment(one.looked_at),
    )  # fmt: skip
