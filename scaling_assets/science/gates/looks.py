"""When a gate may be read, and how sure each reading has to be for that.

What lives here: the declared plan (``records.looking``) at a number of units. What does not: boundaries and
always-valid bounds (``science.testing``).

A verdict is a function of the runs that are there, not of the readings that were made before it, so a
group-sequential plan is charged for every look that it allows, taken or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.looking import Looks
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.gate import Finding
from scaling_assets.science.testing.spending import UNREACHED, nominal_levels

#: What evidence calls numbers that tell how a gate would be decided.
READINGS = ("p_value", "p_floor", "hedges_g", "items_")
PLAN_WORDS = {"obrien_fleming": "O'Brien-Fleming", "pocock": "Pocock"}


@dataclass(frozen=True)
class Look:
    """What the plan allows now: the confidence of each bound, or why nothing may be read yet.

    ``more`` units bring the next reading; None when none will come. ``confidence_at(n)`` is that of a
    reading at ``n`` units.
    """

    confidence: float
    blocked: str = ""
    more: int | None = None
    words: str = ""
    evidence: Mapping[str, float | None] = field(default_factory=dict)


def plan_of(experiment: Experiment, gate: Gate) -> Looks:
    """The gate's own plan, else the experiment's."""
    return gate.looks or experiment.looks


def at_confidence(gate: Gate, confidence: float) -> Gate:
    """The gate as it is read at a look."""
    return gate if confidence == gate.confidence else gate.model_copy(update={"confidence": confidence})


def look_at(plan: Looks, confidence: float, n: int, unit_word: str = "units") -> Look:
    """Return the look at ``n`` independent units (of the smaller arm in a comparison)."""
    if plan.plan == "fixed":
        if plan.units is not None and n < plan.units:
            reason = f"it may be read once, at {plan.units} {unit_word}; {n} are there"
            return Look(confidence, reason, plan.units - n, evidence={"read_at": float(plan.units)})
        return Look(confidence)
    if plan.plan == "always_valid":
        if plan.first is not None and n < plan.first:
            reason = f"it may be read from {plan.first} {unit_word} on; {n} are there"
            return Look(confidence, reason, plan.first - n, evidence={"read_at": float(plan.first)})
        return Look(confidence, words="always-valid")
    assert plan.first is not None and plan.maximum is not None  # the record demands both
    at = _looks(plan.first, plan.every, plan.maximum)
    later = at[at > n]
    if n > plan.maximum:
        return Look(confidence, f"its plan ended at {plan.maximum} {unit_word}; {n} are there")
    levels = _levels(plan, round(1 - confidence, 12))
    number = int(np.searchsorted(at, n))
    name = PLAN_WORDS[plan.spending]
    if n != at[min(number, len(at) - 1)]:
        reason = f"the next look of its plan is at {later[0]} {unit_word}; {n} are there"
        return Look(confidence, reason, int(later[0]) - n)
    if levels[number] <= UNREACHED:
        first = at[np.argmax(levels > UNREACHED)]
        reason = f"look {number + 1} spends no error yet; the first that does is at {first} {unit_word}"
        return Look(confidence, reason, int(first) - n)
    evidence = {"look": float(number + 1), "looks": float(len(at)), "look_level": float(levels[number])}
    words = f"look {number + 1} of at most {len(at)}, {name} spending"
    return Look(1 - float(levels[number]), "", None, words, evidence)


def tail_at(plan: Looks, confidence: float, n: float) -> float:
    """Error probability of a bound at ``n`` units to come; the final look's beyond the plan."""
    if plan.plan != "group_sequential":
        return 1 - confidence
    assert plan.first is not None and plan.maximum is not None
    at = _looks(plan.first, plan.every, plan.maximum)
    place = min(int(np.searchsorted(at, n - 1e-9)), len(at) - 1)
    return max(float(_levels(plan, round(1 - confidence, 12))[place]), UNREACHED)


def blocked(finding: Finding, look: Look) -> Finding:
    """The finding without an outcome, and without anything that reads like one: it may not be read yet."""
    remedy = (
        f"Wait for {look.more} further unit(s)." if look.more else "Declare a new plan before more runs come."
    )
    return replace(
        finding,
        outcome=Outcome.INSUFFICIENT_DATA,
        reason=f"not to be read now: {look.blocked}",
        remedy=remedy,
        low=None,
        high=None,
        runs_needed=look.more,
        evidence={k: v for k, v in finding.evidence.items() if not k.startswith(READINGS)}
        | dict(look.evidence),
    )


@lru_cache(maxsize=512)
def _looks(first: int, every: int, maximum: int) -> np.ndarray:
    return np.unique(np.append(np.arange(first, maximum + 1, every), maximum))


@lru_cache(maxsize=512)
def _levels(plan: Looks, level: float) -> np.ndarray:
    assert plan.first is not None and plan.maximum is not None
    at = _looks(plan.first, plan.every, plan.maximum)
    return nominal_levels([float(n / plan.maximum) for n in at], level, plan.spending)
