"""The door: every declared gate of an experiment, judged.

What lives here: the registry of gate kinds, the way from a finding to a verdict with its ids and
stamps. What does not: any judgement (one kind a file).
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import pandas as pd
from pydantic import ValidationError

from scaling_assets.errors import DeclarationProblem, UnknownName
from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law
from scaling_assets.records.looking import Looks, Multiplicity
from scaling_assets.records.manifest import Uneven
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.gates import (
    all_of,
    budget,
    comparison,
    completeness,
    composite,
    confounding,
    convergence,
    distribution,
    equivalence,
    improvement,
    interaction,
    maintained,
    non_inferiority,
    parameter,
    prediction,
    regression,
    stability,
    threshold,
    zero_events,
)
from scaling_assets.science.gates.expectation import against
from scaling_assets.science.gates.family import Again, Judged, corrected, with_p_value
from scaling_assets.science.gates.gate import Case, Finding, GateKind, Settings
from scaling_assets.science.gates.groups import nameless_named
from scaling_assets.science.gates.looks import blocked, look_at, plan_of

CODE_VERSION = "7"

GATES: dict[str, GateKind] = {
    kind.KIND.name: kind.KIND
    for kind in (
        threshold, maintained, comparison, non_inferiority, equivalence, improvement, interaction,
        zero_events, stability, convergence, distribution, composite, budget,
        parameter, prediction, regression, completeness, all_of,
    )
}  # fmt: skip


#: Kinds that are made of other gates' verdicts; they are judged last.
OF_GATES = (all_of.KIND.name,)
Hold = Callable[[Gate, Finding], Finding]


def judge(
    experiment: Experiment, trials: pd.DataFrame, laws: Sequence[Law], *, data_version: str,
    hold: Hold | None = None,
) -> list[Verdict]:  # fmt: skip
    """Return the verdicts of all gates, in declared order, one a group.

    Args:
        experiment: the declaration.
        trials: its trial frame (``records.trial``).
        laws: its fitted laws, of all families.
        data_version: what the trials and laws came from; it enters each verdict's id.
        hold: what is made of each finding before families are corrected and gates made of gates judged.

    Raises:
        UnknownName: a gate's kind is not registered.
        DeclarationProblem: a gate's own settings are not valid.
    """

    def found(gate: Gate) -> list[Finding]:
        own = _findings(experiment, gate, trials, laws)
        return own if hold is None else [hold(gate, finding) for finding in own]

    judged: list[Judged] = []
    for gate in experiment.gates:
        if gate.kind not in OF_GATES:
            judged += [(gate, finding) for finding in found(gate)]
    if experiment.multiplicity is not None:
        judged = _as_family(experiment, experiment.multiplicity, judged, found)
    beside = {gate.name: _beside(experiment, gate, trials) for gate in experiment.gates}
    for i, (gate, finding) in enumerate(judged):
        if "p_value" in finding.evidence:
            finding = with_p_value(finding)
        judged[i] = (gate, beside[gate.name](finding))
    for gate in experiment.gates:  # those that are made of others see them as they stand in the end
        if gate.kind in OF_GATES:
            kind, settings = settings_of(experiment, gate)
            judged += [(gate, f) for f in kind.judge(Case(experiment, gate, trials, laws, judged), settings)]
    place = {gate.name: i for i, gate in enumerate(experiment.gates)}
    judged.sort(key=lambda pair: place[pair[0].name])
    return [verdict for gate, findings in groupby(judged, key=lambda pair: pair[0])
            for verdict in _verdicts(experiment, gate, [f for _, f in findings], data_version)]  # fmt: skip


def _findings(experiment: Experiment, gate: Gate, trials: pd.DataFrame, laws: Sequence[Law]) -> list[Finding]:
    kind, settings = settings_of(experiment, gate)
    found = kind.judge(Case(experiment, gate, nameless_named(experiment, gate, trials), laws), settings)
    if kind.looks != "fixed":
        return found
    looks = [look_at(_fixed(plan_of(experiment, gate)), gate.confidence, f.n_units) for f in found]
    return [blocked(f, look) if look.blocked else f for f, look in zip(found, looks, strict=True)]


def _beside(experiment: Experiment, gate: Gate, trials: pd.DataFrame) -> Callable[[Finding], Finding]:
    """What is told beside each finding of a gate that compares: what was expected, what else differs."""
    _, settings = settings_of(experiment, gate)
    if not confounding.compared_levels(experiment, settings):
        return lambda finding: finding
    declared = confounding.confounders(experiment, settings)
    observed = confounding.uneven(experiment, gate, settings, trials)
    expected = getattr(settings, "expected_range", None)

    def told(finding: Finding) -> Finding:
        return confounding.told(against(finding, expected, gate.confidence), declared, observed)

    return told


def uneven_arms(experiment: Experiment, trials: pd.DataFrame) -> dict[str, list[Uneven]]:
    """Return the columns that the arms of each comparing gate do not share alike, by gate, of those with any."""
    found = {
        gate.name: [one for one in confounding.uneven(experiment, gate, settings_of(experiment, gate)[1], trials)
                    if one.is_uneven]
        for gate in experiment.gates
    }  # fmt: skip
    return {gate: uneven for gate, uneven in found.items() if uneven}


def _fixed(plan: Looks) -> Looks:
    """The plan, as far as a kind can follow it that knows a fixed horizon only."""
    return plan if plan.plan == "fixed" else Looks()


def _as_family(
    experiment: Experiment, family: Multiplicity, judged: list[Judged], again: Again
) -> list[Judged]:
    """The verdicts with those of the declared family judged at the levels that it leaves them."""
    names = family.gates or tuple(g.name for g in experiment.gates if GATES[g.kind].looks != "none")
    places = [i for i, (gate, _) in enumerate(judged) if gate.name in names]
    found = corrected(
        family,
        [judged[i] for i in places],
        again,
        lambda gate: plan_of(experiment, gate),
    )
    for i, changed in zip(places, found, strict=True):
        judged[i] = changed
    return judged


def problems_of_gate(experiment: Experiment, gate: Gate) -> list[str]:
    """Return what is wrong with a gate whose settings are valid: names that nothing declares.

    Raises:
        UnknownName, DeclarationProblem: as ``judge``.
    """
    kind, settings = settings_of(experiment, gate)
    found = kind.problems(experiment, gate, settings)
    if gate.looks is not None and (
        kind.looks == "none" or (kind.looks == "fixed" and gate.looks.plan != "fixed")
    ):
        found.append(f"'looks' {gate.looks.plan!r} is nothing that gates of kind {gate.kind!r} can follow")
    family = experiment.multiplicity
    if family is not None and gate.name in family.gates and kind.looks == "none":
        found.append(f"'multiplicity' names {gate.name!r}, and gates of kind {gate.kind!r} have no p-value")
    return found


def settings_of(experiment: Experiment, gate: Gate) -> tuple[GateKind, Settings]:
    """Return the gate's kind and its validated settings."""
    if gate.kind not in GATES:
        raise UnknownName(kind="gate kind", name=gate.kind, known=", ".join(GATES))
    kind = GATES[gate.kind]
    try:
        return kind, kind.Settings.model_validate(gate.settings)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(("gates", gate.name, *map(str, first["loc"])))
        raise DeclarationProblem(file=experiment.name, at="", field=field, problem=first["msg"]) from error


def _verdicts(
    experiment: Experiment, gate: Gate, findings: Sequence[Finding], data_version: str
) -> Iterator[Verdict]:
    asked = content_id("verdict", CODE_VERSION, data_version, experiment.name, gate)
    for finding in findings:
        yield Verdict(
            verdict_id=content_id(asked, dict(finding.group)),
            experiment=experiment.name,
            gate=gate.name,
            kind=gate.kind,
            confidence=gate.confidence,
            severity=gate.severity,
            action=gate.action,
            owner=gate.owner or experiment.owner,
            data_version=data_version,
            **vars(finding),
        )
