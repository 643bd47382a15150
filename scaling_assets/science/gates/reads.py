"""What of a declaration a gate reads: the metrics, the law questions and the other gates that it names.

What lives here: reading a gate's settings for names, whatever its kind. What does not: what follows from it
(``registration``: whom an edit spoils; ``assignment``: whose arms must be as assigned).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.science.gates.asked_law import AsksLaw
from scaling_assets.science.gates.judge import GATES, settings_of


@dataclass(frozen=True)
class Reads:
    """Names that decide a gate's answer; all empty for a gate that only counts runs."""

    metrics: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    gates: frozenset[str] = frozenset()

    def __or__(self, other: "Reads") -> "Reads":
        return Reads(self.metrics | other.metrics, self.questions | other.questions, self.gates | other.gates)


def reads(experiment: Experiment, gate: Gate) -> Reads:
    """Return what the gate reads, with all that the gates read which it names (composites).

    A gate that asks a law reads its question and the question's metric. Any text among a gate's settings
    that is the name of a metric, a question or another gate counts as read: a kind made later cannot
    forget to say so.

    Raises:
        UnknownName, DeclarationProblem: as ``gates.judge``.
    """
    return _reads(experiment, gate, frozenset({gate.name}))


def family_of(experiment: Experiment) -> frozenset[str]:
    """Return the gates that are read as one family: each one's level follows from the p-values of all."""
    family = experiment.multiplicity
    if family is None or family.method == "none":
        return frozenset()
    return frozenset(family.gates or (g.name for g in experiment.gates if GATES[g.kind].looks != "none"))


def _reads(experiment: Experiment, gate: Gate, seen: frozenset[str]) -> Reads:
    _, settings = settings_of(experiment, gate)
    words = set(_texts(list(settings.model_dump(mode="json").values())))
    asked = [
        q
        for q in experiment.laws
        if q.label in words or (isinstance(settings, AsksLaw) and settings.means(q))
    ]
    found = Reads(
        frozenset({m.name for m in experiment.metrics} & words | {q.metric for q in asked}),
        frozenset(q.label for q in asked),
        frozenset({g.name for g in experiment.gates} & words - seen),
    )
    for inner in experiment.gates:
        if inner.name in found.gates:
            found |= _reads(experiment, inner, seen | found.gates)
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(name)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
