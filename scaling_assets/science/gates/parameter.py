"""Kind ``parameter``: a law's parameter against a limit, or shown to lie ``within`` a range.

What lives here: bounds such as "exponent <= 0.5", equivalence such as "exponent within -0.05 to 0.05"
(how "constant" is proven: not by failing to see a trend). What does not: comparison with a baseline
(``regression``).
"""

from dataclasses import replace

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Law
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.asked_law import (
    AsksLaw,
    law_problems,
    law_words,
    parameter_bounds,
    usable_laws,
)
from scaling_assets.science.gates.compare import Compared, compared
from scaling_assets.science.gates.gate import Case, Finding, GateKind
from scaling_assets.science.gates.law_looks import law_look
from scaling_assets.science.gates.looks import at_confidence


class ParameterSettings(AsksLaw, Compared):
    """``parameter`` is a name or a role (exponent, coefficient, floor, contention, coherency)."""

    parameter: str


def judge(case: Case, settings: ParameterSettings) -> list[Finding]:
    """One finding a law."""
    laws, findings = usable_laws(case, settings)
    return findings + [_one(case, settings, law) for law in laws]


def _one(case: Case, settings: ParameterSettings, law: Law) -> Finding:
    gate = case.gate
    try:
        found = parameter_bounds(law, settings.parameter, gate.confidence)
    except KeyError:
        return without_parameter(law, settings.parameter)
    looked = law_look(case.experiment, gate, law, gate.confidence)
    subject = looked.told(f"{settings.parameter} of the {law_words(law)}")
    finding = compared(
        at_confidence(gate, looked.look.confidence), settings, law.group, subject, found.unit, found.value,
        found.grown(1.0, looked.stretch(1.0)), law.n_units, missing="the law gives no interval on that side",
        grown=lambda factor: found.grown(factor, looked.stretch(factor)),
    )  # fmt: skip
    finding = replace(finding, method=found.method, law_id=law.law_id, is_simulated=law.is_simulated)
    return looked.kept(finding)


def without_parameter(law: Law, name: str) -> Finding:
    """The finding for a law that has no parameter of this name or role."""
    known = ", ".join(p.name for p in law.parameters)
    return Finding(
        group=law.group,
        outcome=Outcome.INSUFFICIENT_DATA,
        reason=f"the {law.family} law of {law.metric} has no parameter {name!r} (it has {known})",
        remedy="Name in the gate the family whose parameter is meant.",
        n_units=law.n_units,
        law_id=law.law_id,
        is_simulated=law.is_simulated,
    )


def problems(experiment: Experiment, gate: Gate, settings: ParameterSettings) -> list[str]:
    """Names that the experiment's law questions do not know."""
    return law_problems(experiment, gate, settings)


KIND = GateKind(
    "parameter", "A law's parameter against a limit", ParameterSettings, judge, problems, looks="any"
)
