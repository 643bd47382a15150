"""What to do next, by priority, and the success criteria ticked from the gates.

What belongs here: order and wording. What does not: the remedies (each gate's own), escaping, layout
(``verdict_page``).
"""

from collections.abc import Sequence

from scaling_assets.records.change import Watched
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.verdict import WORST_FIRST, Outcome, Verdict
from scaling_assets.report import changed, wording

HEADER = ("Priority", "Do", "For", "Owner")
OPEN = (Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA)
SHOWN = 15
#: A blocker that fails comes first; what is not settled follows one step behind.
LATER = {"blocker": 1, "warning": 2, "info": 3}


def priority(verdict: Verdict) -> int | None:
    """1 to 3, or None for a verdict that asks for nothing."""
    if verdict.outcome is Outcome.FAIL:
        return LATER[verdict.severity]
    return min(LATER[verdict.severity] + 1, 3) if verdict.outcome in OPEN else None


def steps(verdicts: Sequence[Verdict]) -> list[tuple[str, str, str, str]]:
    """Prioritised actions under ``HEADER``: contingency rules first, then by priority; alike ones together."""
    asked: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        do = verdict.remedy or verdict.action
        if priority(verdict) is not None and do:
            asked.setdefault((do, verdict.owner), []).append(verdict)
    ordered = sorted(asked.items(), key=lambda item: min(map(_rank, item[1])))
    return [
        (f"P{min(priority(v) or 3 for v in found)}", _do(do, found), _for(found), owner or "–")
        for (do, owner), found in ordered[:SHOWN]
    ]


def change_steps(experiment: Experiment, watched: Watched) -> list[tuple[str, str, str, str]]:
    """One action under ``HEADER`` for each open change of a law over time; those for the better last."""
    declared = {law.label: law.changes.action for law in experiment.laws if law.changes is not None}
    found = []
    for change in watched.open:
        rank = 3 if change.effect == "better" else LATER[change.severity]
        decide = f"scaling-assets acknowledge {change.change_id} --by NAME --reason TEXT"
        do = declared.get(change.key.question) or f"Find what came with {changed.since(change)}."
        what = f"{changed.series_name(change.key)}: {changed.what(change)}"
        found.append(
            (
                f"P{rank}",
                f"{do} Decide: {decide} (--rebaseline: the new normal)",
                what,
                experiment.owner or "–",
            )
        )
    return sorted(found, key=lambda row: row[0])[:SHOWN]


def checklist(verdicts: Sequence[Verdict]) -> list[tuple[bool, str]]:
    """One line a gate: whether all its verdicts pass, and how many do; gates that were not asked are left out."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.outcome is not Outcome.NOT_APPLICABLE:
            found.setdefault(verdict.gate, []).append(verdict)
    return [
        (all(v.outcome is Outcome.PASS for v in own), _criterion(gate, own)) for gate, own in found.items()
    ]


def _rank(verdict: Verdict) -> tuple[int, int, int]:
    return priority(verdict) or 3, int(verdict.kind != "all_of"), WORST_FIRST.index(verdict.outcome)


def _do(do: str, found: Sequence[Verdict]) -> str:
    more = max(((v.runs_needed, wording.more_text(v)) for v in found if v.runs_needed), default=(0, ""))[1]
    return " ".join(filter(None, (do, more)))


def _for(found: Sequence[Verdict]) -> str:
    names: dict[str, list[str]] = {}
    for verdict in found:
        word = wording.OUTCOME_WORDS[verdict.outcome]
        group = wording.group_text(verdict.group)
        names.setdefault(f"{verdict.gate} ({word})", []).append(group)
    told = []
    for name, groups in names.items():
        inside = [g for g in groups if g][:3]
        more = f" and {len(groups) - 3} more" if len(groups) > 3 else ""
        told.append(f"{name} at {'; '.join(inside)}{more}" if inside else name)
    return ", ".join(told)


def _criterion(gate: str, own: Sequence[Verdict]) -> str:
    passed = sum(v.outcome is Outcome.PASS for v in own)
    wanted = next((wording.threshold_text(v) for v in own if v.threshold), "")
    count = f"{passed} of {len(own)} pass" if len(own) > 1 else wording.OUTCOME_WORDS[own[0].outcome]
    return f"{gate} ({own[0].severity})" + (f" {wanted}" if wanted else "") + f": {count}"
