"""How each gate stands: confirmatory, or exploratory since when and by which part.

What lives here: whom a changed part concerns, and the stamp on verdicts. What does not: the comparison
(``compare``), judging (``gates``).

A gate is confirmatory when all that decides its answer stands as it was registered last before the first
observation. Edits before that are a new registration and nothing else; an edit that was taken back leaves
the plan as it was registered. "Since" is when the program first saw what stands now.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from scaling_assets.errors import ScalingError
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.registration import Change, GateStanding, Parts, Registration, Standing
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.gates import GATES
from scaling_assets.science.gates.reads import Reads, family_of, reads
from scaling_assets.science.registration.compare import compare, in_words
from scaling_assets.science.registration.parts import parts

CODE_VERSION = "2"
NAMED = 3  # changes told in a reason; the rest are counted
#: Fields of a column or metric that decide which rows count: a row outside costs the whole row.
_ADMITTING = frozenset({"lower", "upper", "required", "type"})


def baseline(history: Sequence[Registration]) -> Registration | None:
    """Return the last registration before the first observation, or None when there is none."""
    return next((r for r in reversed(history) if not r.is_after_data), None)


def standing(experiment: Experiment, history: Sequence[Registration]) -> dict[str, GateStanding]:
    """Return how every declared gate stands, by name.

    Args:
        experiment: the declaration as it is now.
        history: its registrations, oldest first; the newest is the declaration as it is now.

    Raises:
        ValueError: the history is empty.
    """
    if not history:
        raise ValueError(f"{experiment.name} has no registration")
    registered = baseline(history)
    if registered is None:
        first = history[0]
        reason = (
            f"first registered on {_day(first.registered_at)}, when {first.n_rows:,} rows had been taken in"
        )
        late = GateStanding(Standing.EXPLORATORY, first.registered_at, (), reason)
        return {gate.name: late for gate in experiment.gates}
    planned, now = parts_of(registered), parts(experiment)
    if planned is None:
        reason = f"the plan of {_day(registered.registered_at)} cannot be read by this version of the program"
        unread = GateStanding(Standing.EXPLORATORY, registered.registered_at, (), reason)
        return {gate.name: unread for gate in experiment.gates}
    changes = compare(planned, now)
    good = GateStanding(Standing.CONFIRMATORY, registered.registered_at)
    if not changes:
        return {gate.name: good for gate in experiment.gates}
    dated = [(change, _since(change, history, planned)) for change in changes]
    read_by = {gate.name: reads(experiment, gate) for gate in experiment.gates}
    family = family_of(experiment)
    if (
        family and experiment.multiplicity and not experiment.multiplicity.gates
    ):  # of all gates: those gone too
        family |= {name for part in planned if (name := part.removeprefix("gates.")) != part} - read_by.keys()
    read_by = {name: _with(read, name, family, read_by) for name, read in read_by.items()}
    found = {}
    for gate in experiment.gates:
        read = read_by[gate.name]
        spoiling = [(c, since) for c, since in dated if _concerns(c, gate.name, read, planned, now)]
        found[gate.name] = _spoiled(spoiling) if spoiling else good
    return found


def stamped(
    experiment: Experiment, verdicts: Sequence[Verdict], history: Sequence[Registration]
) -> list[Verdict]:
    """Return the verdicts, each with how its gate stands."""
    found = standing(experiment, history)
    return [
        replace(
            verdict,
            standing=found[verdict.gate].standing.value,
            standing_since=found[verdict.gate].since,
            standing_reason=found[verdict.gate].reason,
        )
        for verdict in verdicts
    ]


def _spoiled(spoiling: Sequence[tuple[Change, Any]]) -> GateStanding:
    told = [f"{in_words(change)} (seen {_day(since)})" for change, since in spoiling[:NAMED]]
    if len(spoiling) > NAMED:
        told.append(f"{len(spoiling) - NAMED} further parts changed")
    reason = f"after the first observation: {'; '.join(told)}"
    earliest = min(since for _, since in spoiling)
    return GateStanding(Standing.EXPLORATORY, earliest, tuple(change for change, _ in spoiling), reason)


def _since(change: Change, history: Sequence[Registration], planned: Parts) -> Any:
    """When the part began to differ from the plan, for as long as it has done so without a break."""
    wanted, since = _value(planned, change.part), history[-1].registered_at
    for registration in reversed(history):
        known = parts_of(registration)
        if not registration.is_after_data or (known and _value(known, change.part) == wanted):
            break
        since = registration.registered_at
    return since


def _with(read: Reads, gate: str, family: frozenset[str], read_by: Mapping[str, Reads]) -> Reads:
    """What a gate reads with what its family reads, directly or by the gates that it is made of."""
    if family.isdisjoint({gate, *read.gates}):
        return read
    for name in sorted(family & read_by.keys()):
        read |= read_by[name]
    return read | Reads(gates=family)


def _concerns(change: Change, gate: str, read: Reads, planned: Parts, now: Parts) -> bool:
    """True when the changed part decides the gate's answer; a part of no known section concerns all."""
    section, _, rest = change.part.partition(".")
    name, _, field = rest.partition(".")
    if section == "gates":
        return name == gate or name in read.gates
    if section == "multiplicity":
        return any(_has_member(p, one) for p in (planned, now) for one in (gate, *read.gates))
    if section == "looks":
        return any(_follows(now, one) for one in (gate, *read.gates))
    if section == "laws":
        return name in read.questions
    if section == "metrics":
        return name in read.metrics or field in _ADMITTING
    if section == "columns":
        return field in _ADMITTING or _bounds(change) or any(_mentions(now, m, name) for m in read.metrics)
    if section == "rules":
        part = f"rules.{name}"
        return any(p.get(part, {}).get("severity") != "warning" for p in (planned, now) if part in p)
    return True


def _has_member(declared: Parts, gate: str) -> bool:
    """True when the declared family has this gate: it is named, or none is and it has p-values."""
    family = declared.get("multiplicity")
    if family is None:
        return False
    return gate in family["gates"] if family.get("gates") else _may_be_looked_at(declared, gate)


def _follows(declared: Parts, gate: str) -> bool:
    """True when the gate is read by the experiment's plan of looking, not by one of its own."""
    return _may_be_looked_at(declared, gate) and "looks" not in declared[f"gates.{gate}"]


def _may_be_looked_at(declared: Parts, gate: str) -> bool:
    kind = declared.get(f"gates.{gate}", {}).get("kind")
    return kind in GATES and GATES[kind].looks != "none"


def _bounds(change: Change) -> bool:
    """True when a whole column that came or went admits rows by its bounds."""
    return any(isinstance(v, dict) and {"lower", "upper"} & v.keys() for v in (change.old, change.new))


def _mentions(now: Parts, metric: str, column: str) -> bool:
    texts = [str(value) for key, value in now.get(f"metrics.{metric}", {}).items() if key in _EXPRESSIONS]
    return any(re.search(rf"\b{re.escape(column)}\b", text, re.IGNORECASE) for text in texts)


_EXPRESSIONS = ("formula", "numerator", "denominator")


def _value(declared: Parts, part: str) -> Any:
    if part in declared:
        return declared[part]
    item, _, field = part.rpartition(".")
    return declared.get(item, {}).get(field) if item else None


def parts_of(registration: Registration) -> Parts | None:
    """Return the registered parts as this program reads them from the declaration that was kept.

    None where it cannot: the declaration names a field or a kind of gate that this version does not know.
    """
    try:
        return parts(Experiment.model_validate_json(registration.declaration))
    except (ValidationError, ScalingError):
        return None


def _day(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
