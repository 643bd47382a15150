"""Gates read together: each member judged at the level that the family's correction leaves it.

What lives here: p-values of verdicts, the correction, and judging again at each member's level, so that the
bounds shown are those that decided. What does not: corrections (``science.testing.multiplicity``), which gates
are a family (declared).

A verdict that could not be estimated, or may not be read yet, stays in the family with p = 1: leaving it out
would make the others easier to pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from scaling_assets.records.experiment import Gate
from scaling_assets.records.looking import Looks, Multiplicity
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.gate import BESIDE, Finding
from scaling_assets.science.testing import smallest_tail
from scaling_assets.science.testing.multiplicity import adjusted, levels

METHOD_WORDS = {
    "holm": "Holm",
    "hochberg": "Hochberg",
    "bh": "Benjamini-Hochberg",
    "by": "Benjamini-Yekutieli",
}
Judged = tuple[Gate, Finding]
Again = Callable[[Gate], list[Finding]]


def corrected(
    family: Multiplicity, members: Sequence[Judged], again: Again, plans: Callable[[Gate], Looks]
) -> list[Judged]:
    """Return the members judged at their levels, in order, p-values and adjusted ones in their evidence.

    Args:
        family: method and level.
        members: verdicts of the family, as judged alone.
        again: judges one gate (with another confidence) once more.
        plans: the plan of looking of a gate.
    """
    if not members:
        return []
    p = np.array([_p_value(gate, finding, again, plans(gate)) for gate, finding in members])
    judged_at, told = levels(p, family.method, family.level), adjusted(p, family.method)
    found: list[Judged] = []
    seen: dict[tuple[str, float], list[Finding]] = {}
    for i, (gate, finding) in enumerate(members):
        tail = min(float(judged_at[i]), 1 - gate.confidence)
        if family.method != "none" and abs(tail - (1 - gate.confidence)) > 1e-12:
            gate = gate.model_copy(update={"confidence": 1 - tail})
            place = (gate.name, tail)
            if place not in seen:
                seen[place] = again(gate)
            finding = next(f for f in seen[place] if f.group == finding.group)
        evidence = {
            **finding.evidence, "p_value": float(p[i]), "p_adjusted": float(told[i]),
            "family_size": float(len(members)),
        }  # fmt: skip
        method = METHOD_WORDS.get(family.method)
        found.append((gate, with_p_value(replace(finding, evidence=evidence), method)))
    return found


def with_p_value(finding: Finding, method: str | None = None) -> Finding:
    """The finding with its p-values in the reason; unchanged when it has none, or tells them already."""
    p, told, size = (finding.evidence.get(name) for name in ("p_value", "p_adjusted", "family_size"))
    decided, beside, items = finding.reason.partition(BESIDE)
    if p is None or (decided.endswith(")") and "(p " in decided):
        return finding
    note = f"p {_short(p)}"
    if method is not None and told is not None and size is not None:
        note += f"; {_short(told).removeprefix('= ')} adjusted by {method} over {size:.0f}"
    return replace(finding, reason=f"{decided} ({note}){beside}{items}")


def _p_value(gate: Gate, finding: Finding, again: Again, plan: Looks) -> float:
    """Smallest error probability at which the gate passes, everything else as declared."""
    if finding.outcome in (Outcome.INSUFFICIENT_DATA, Outcome.NOT_APPLICABLE):
        return 1.0
    own = finding.evidence.get("p_value")
    if own is not None and plan.plan != "group_sequential":
        return own

    def passes(tail: float) -> bool:
        judged = again(gate.model_copy(update={"confidence": 1 - tail}))
        return next(f for f in judged if f.group == finding.group).outcome is Outcome.PASS

    return smallest_tail(passes, precision=1e-3)


def _short(p: float) -> str:
    return f"= {p:.2g}" if p >= 1e-4 else "< 0.0001"
