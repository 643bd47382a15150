"""Kind ``all_of``: every one of some gates passes, over all their conditions and seeds; else what to do next.

What lives here: the worst outcome of the named gates, and the contingency rules that name the next action. What
does not: a correction for their number. A claim that needs every part proven has no more than each part's
error (intersection-union test, Berger 1982, Technometrics 24).
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.verdict import WORST_FIRST, Outcome
from scaling_assets.science.gates.gate import Case, Finding, GateKind, Settings
from scaling_assets.science.gates.groups import in_words

NAMED = 5  # gates named in the reason


class Contingency(Settings):
    """When ``gate`` has one of these outcomes in any group, ``do`` is the next action."""

    gate: str
    outcomes: tuple[Literal["fail", "inconclusive", "insufficient_data"], ...] = ("fail",)
    do: str


class AllOfSettings(Settings):
    """``gates`` that must all pass; the first rule of ``contingency`` that holds names the next action."""

    gates: Annotated[tuple[str, ...], Field(min_length=1)]
    contingency: tuple[Contingency, ...] = ()


def judge(case: Case, settings: AllOfSettings) -> list[Finding]:
    """One finding over all verdicts of the named gates (``case.judged``)."""
    parts = [(gate, found) for gate, found in case.judged if gate.name in settings.gates]
    asked = [(gate, found) for gate, found in parts if found.outcome is not Outcome.NOT_APPLICABLE]
    outcomes = {found.outcome for _, found in asked}
    outcome = next((o for o in WORST_FIRST if o in outcomes), Outcome.NOT_APPLICABLE)
    short = [
        f"{g.name}{in_words(f.group)} ({f.outcome.value.replace('_', ' ')})"
        for g, f in asked
        if f.outcome is not Outcome.PASS
    ]
    passed = len(asked) - len(short)
    reason = f"{passed} of {len(asked)} verdicts pass"
    if short:
        rest = f" and {len(short) - NAMED} more" if len(short) > NAMED else ""
        reason += f"; not: {', '.join(short[:NAMED])}{rest}"
    needed = [f.runs_needed for _, f in asked if f.outcome is not Outcome.PASS]
    return [
        Finding(
            group={},
            outcome=outcome,
            reason=reason,
            remedy="" if outcome is Outcome.PASS else _next(case.gate, settings, asked),
            n_units=max((f.n_units for _, f in asked), default=0),
            method="all of its gates (intersection-union)",
            runs_needed=max(filter(None, needed), default=None) if needed and None not in needed else None,
            is_simulated=any(f.is_simulated for _, f in parts),
            evidence={o.value: float(sum(f.outcome is o for _, f in parts)) for o in Outcome},
        )
    ]


def _next(gate: Gate, settings: AllOfSettings, asked: Sequence[tuple[Gate, Finding]]) -> str:
    for rule in settings.contingency:
        if any(g.name == rule.gate and f.outcome.value in rule.outcomes for g, f in asked):
            return rule.do
    return gate.action or next((f.remedy for _, f in asked if f.remedy), "")


def problems(experiment: Experiment, gate: Gate, settings: AllOfSettings) -> list[str]:
    """Gates that are not declared, or are of this kind themselves."""
    kinds = {g.name: g.kind for g in experiment.gates}
    named = [("gates", n) for n in settings.gates] + [("contingency", r.gate) for r in settings.contingency]
    found = [f"{field!r} names {n!r}, which is no gate" for field, n in named if n not in kinds]
    found += [
        f"'gates' names {n!r}, which is of kind all_of too"
        for n in settings.gates
        if kinds.get(n) == "all_of"
    ]
    found += [f"'contingency' names {n!r}, which 'gates' does not list"
              for field, n in named if field == "contingency" and n not in settings.gates]  # fmt: skip
    return found + (["'each' does not belong to all_of: its gates have their groups"] if gate.each else [])


KIND = GateKind("all_of", "Several gates together", AllOfSettings, judge, problems, looks="none")
