"""Which law a plan means, and whether it may be used: found, usable, and past its gates.

What lives here: finding laws, admission by verdicts, verdicts that fix a dimension. What does not: what a law
predicts (``terms``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scaling_assets.records.allocation import AllocationInput
from scaling_assets.records.law import Group, Law
from scaling_assets.records.plan import Plan
from scaling_assets.records.purchase import LawReference
from scaling_assets.records.verdict import Outcome, Verdict


class Waiting(Exception):
    """Laws or verdicts that the plan needs are missing or not usable; the message names them all."""


class Refused(Exception):
    """A law may not be used, or no allowed level is left; the message says which and why."""


@dataclass(frozen=True)
class Pin:
    """A dimension that is not left to the laws: its amount, who says so ("override", "A/B verdict"), and why."""

    dimension: str
    amount: float
    source: str
    words: str


def laws_of(plan: Plan, laws: Sequence[Law], verdicts: Sequence[Verdict]) -> dict[str, Law]:
    """The law of each dimension and each limit, by "dimensions.<name>" and "subject_to.<name>".

    Raises:
        Waiting: a law is missing, ambiguous, not usable, or one of its gates has not decided.
        Refused: a gate that admits a law has failed.
    """
    wanted = {f"dimensions.{d.name}": d.law for d in plan.dimensions}
    wanted |= {f"subject_to.{c.name}": c.law for c in plan.subject_to}
    found = {place: law_for(reference, laws) for place, reference in wanted.items()}
    absent = [f"{place.split('.')[1]}: {law}" for place, law in found.items() if isinstance(law, str)]
    if absent:
        raise Waiting(f"waiting for laws: {'; '.join(absent)}")
    usable = {place: law for place, law in found.items() if isinstance(law, Law)}
    undecided: dict[str, None] = {}
    failed: dict[str, None] = {}
    for place, law in usable.items():
        for outcome, words, _ in _admission(wanted[place], law, verdicts):
            if outcome is Outcome.FAIL:
                failed.setdefault(words)
            elif outcome is not Outcome.PASS:
                undecided.setdefault(words)
    if failed:
        raise Refused(f"laws that did not pass their gates may not be used: {'; '.join(failed)}")
    if undecided:
        raise Waiting(f"waiting for verdicts: {'; '.join(undecided)}")
    return usable


def law_for(wanted: LawReference, laws: Sequence[Law]) -> Law | str:
    """The one law that is meant, or why there is none."""
    tried = laws_meant(wanted, laws)
    # Only a declared law that cannot lead has a reason without leading.
    silent = [f"; {w.family} is {w.leading_reason} ({w.reason})" for w in tried if w.leading_reason]
    return only_one(wanted, tried, "" if wanted.family else "".join(silent))


def laws_meant(wanted: LawReference, laws: Sequence[Law]) -> list[Law]:
    """All laws of the reference's question and segment, whatever their family and status."""
    return [
        law
        for law in laws
        if law.experiment == wanted.experiment
        and law.metric == wanted.metric
        and wanted.question in (None, law.question)
        and all(law.group.get(k) == v for k, v in wanted.segment.items())
    ]


def only_one(wanted: LawReference, tried: Sequence[Law], silent: str) -> Law | str:
    """The usable one among the laws meant (the named family, else the leading one), or why there is none.

    ``silent`` is told where nothing fits: what the laws that were tried say for themselves.
    """
    fitting = [law for law in tried if (law.family == wanted.family if wanted.family else law.is_leading)]
    name = f"{wanted.family or 'leading'} law of {wanted.metric} in {wanted.experiment}"
    if not fitting:
        return f"there is no {name}{silent}"
    if len(fitting) > 1:
        several = ", ".join(f"{law.question} {dict(law.group)}" for law in fitting)
        return f"the {name} is ambiguous ({several}): name its question or segment"
    if not fitting[0].is_usable:
        return f"the {name} is {fitting[0].status.value}: {fitting[0].reason}"
    return fitting[0]


def _admission(
    wanted: LawReference, law: Law, verdicts: Sequence[Verdict]
) -> list[tuple[Outcome, str, Verdict | None]]:
    """Outcome, words and verdict of every gate that decides about the law."""
    own = [v for v in verdicts if v.experiment == law.experiment and _concerns(v.group, law.group)]
    if wanted.admission is None:
        asked = [v for v in own if v.severity == "blocker" and v.outcome is not Outcome.NOT_APPLICABLE]
        return [(v.outcome, _words(v), v) for v in asked]
    found: list[tuple[Outcome, str, Verdict | None]] = []
    for name in wanted.admission:
        judged = [v for v in own if v.gate == name]
        found += [(v.outcome, _words(v), v) for v in judged]
        if not judged:
            words = f"{law.experiment}: {name} has not been judged"
            found.append((Outcome.INSUFFICIENT_DATA, words, None))
    return found


def _words(verdict: Verdict) -> str:
    return f"{verdict.experiment}: {verdict.gate} is {verdict.outcome.value.replace('_', ' ')} ({verdict.reason})"


def _concerns(group: Group, of: Group) -> bool:
    """A verdict concerns a law unless both name a context and differ in it."""
    return all(of[key] == value for key, value in group.items() if key in of)


def pins_of(plan: Plan, verdicts: Sequence[Verdict], overrides: Sequence[Pin]) -> dict[str, Pin]:
    """What fixes a dimension: a person first, then a direct verdict on a change of it.

    A verdict on every group of the experiment must pass (or fail) for it to count.
    """
    pins: dict[str, Pin] = {}
    for direct in plan.direct:
        judged = [v for v in verdicts if v.experiment == direct.experiment and v.gate == direct.gate]
        outcomes = {v.outcome for v in judged}
        amount = {
            frozenset({Outcome.PASS}): direct.value, frozenset({Outcome.FAIL}): direct.otherwise
        }.get(frozenset(outcomes))  # fmt: skip
        if amount is not None:
            words = f"{direct.experiment}: {direct.gate} is {judged[0].outcome.value} ({judged[0].reason})"
            pins[direct.dimension] = Pin(direct.dimension, amount, "A/B verdict", words)
    return pins | {pin.dimension: pin for pin in overrides}


def inputs_of(
    plan: Plan, found: Mapping[str, Law], verdicts: Sequence[Verdict], pins: Mapping[str, Pin]
) -> tuple[AllocationInput, ...]:
    """What an answer was made from: laws, the verdicts that admit them, verdicts and people that fix a dimension."""
    made: dict[tuple[str, str], AllocationInput] = {}
    wanted = {f"dimensions.{d.name}": d.law for d in plan.dimensions}
    wanted |= {f"subject_to.{c.name}": c.law for c in plan.subject_to}
    for place, law in found.items():
        kind, name = place.split(".")
        role = f"outcome by {name}" if kind == "dimensions" else f"limit {name}"
        shown = ", ".join(
            f"{p.name} = {p.value:.4g}{_interval(p.low, p.high)}" for p in law.headline if p.value is not None
        )
        text = f"{law.family} law of {law.metric} by {', '.join(law.axes)} ({law.n_units} units): {shown}"
        made.setdefault(
            ("law", law.law_id + kind), AllocationInput("law", role, law.experiment, law.law_id, text)
        )
        for _, words, verdict in _admission(wanted[place], law, verdicts):
            if verdict is not None:
                one = AllocationInput("verdict", "admits the law", law.experiment, verdict.verdict_id, words)
                made.setdefault(("verdict", verdict.verdict_id), one)
    for direct in plan.direct:
        for v in verdicts:
            if (v.experiment, v.gate) == (direct.experiment, direct.gate):
                is_pin = direct.dimension in pins and pins[direct.dimension].source == "A/B verdict"
                role = f"{'fixes' if is_pin else 'leaves to the laws:'} {direct.dimension}"
                one = AllocationInput("verdict", role, v.experiment, v.verdict_id, _words(v))
                made[("direct", v.verdict_id)] = one
    for pin in pins.values():
        if pin.source == "override":
            made[("override", pin.dimension)] = AllocationInput(
                "override", f"fixes {pin.dimension}", "", "", pin.words
            )
    return tuple(made.values())


def _interval(low: float | None, high: float | None) -> str:
    return f" [{low:.4g}, {high:.4g}]" if low is not None and high is not None else ""


def evidence_of(plan: Plan, laws: Sequence[Law], verdicts: Sequence[Verdict]) -> list[object]:
    """What an answer hangs on, for its identity: laws with their data, and the outcomes that admit or fix."""
    names = set(plan.experiments)
    used = [(w.law_id, w.data_version) for w in laws if w.experiment in names]
    judged = [(v.verdict_id, v.outcome.value) for v in verdicts if v.experiment in names]
    return [sorted(used), sorted(judged)]
