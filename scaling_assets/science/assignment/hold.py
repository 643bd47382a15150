"""What a sample-ratio mismatch does to verdicts: gates that compare arms are held back.

What lives here: which gates compare arms, and the finding instead of theirs. What does not: the test.

When an arm's runs are missing more often than another's, those that are there are no longer comparable
(Fabijan et al. 2019, KDD, "Diagnosing sample ratio mismatch"): no number computed from them proves a
difference between arms, in either direction.
"""

from collections.abc import Callable
from dataclasses import replace

from scaling_assets.records.assignment import ArmCheck
from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.assignment.design import design_of
from scaling_assets.science.assignment.landed import crossover_words
from scaling_assets.science.gates import OF_GATES, Finding
from scaling_assets.science.gates.reads import reads

CODE_VERSION = "2"
REMEDY = (
    "Find out why runs of some arms are missing or were made more often (crashes, filters, reruns), land what "
    "is missing, or assign anew."
)
_ANSWERS = (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE)
#: Kinds that judge one measured value: they are about a single arm when their filter or groups name it.
_OF_ONE_VALUE = frozenset({"threshold", "maintained", "zero_events", "stability"})
#: Kinds that say what was spent or made, whichever arms it was for.
_OF_ALL_RUNS = frozenset({"budget", "completeness"})


def compares_arms(experiment: Experiment, gate: Gate) -> bool:
    """True when the gate's answer rests on several arms itself.

    What was spent does not, and a gate that is made of others is judged from theirs. A threshold does unless
    ``where`` or ``each`` keeps to one arm; a law does unless it is fitted in one arm. Any other kind is taken
    to compare.
    """
    arm = design_of(experiment).arm
    read = reads(experiment, gate)
    if gate.kind in (*OF_GATES, *_OF_ALL_RUNS) or not (read.metrics or read.questions or read.gates):
        return False
    wanted = gate.where.get(arm)
    one = arm in gate.each or (wanted is not None and not isinstance(wanted, list))
    if gate.kind in _OF_ONE_VALUE:
        return not one
    asked = [q for q in experiment.laws if q.label in read.questions]
    if not asked or read.gates:
        return True
    return any(
        arm in q.by
        or not (one or arm in q.segment or (arm in q.where and not isinstance(q.where[arm], list)))
        for q in asked
    )


def hold(experiment: Experiment, check: ArmCheck) -> Callable[[Gate, Finding], Finding]:
    """Return what is made of each finding: on a mismatch INCONCLUSIVE for gates that compare arms.

    It is applied before families are corrected and before gates that are made of others are judged: a finding
    that is held back counts in its family with p = 1, and in an ``all_of`` as inconclusive, whose other parts
    may fail it all the same. An event that must not be is there whatever is missing: ``zero_events`` fails
    still. Crossovers and units without an assignment are said in the reason, and counted in the evidence, of
    every gate that compares arms; they hold nothing back by themselves.
    """
    comparing = {g.name for g in experiment.gates if compares_arms(experiment, g)}

    def held(gate: Gate, finding: Finding) -> Finding:
        return _held(gate, finding, check) if gate.name in comparing else finding

    return held


def _held(gate: Gate, finding: Finding, check: ArmCheck) -> Finding:
    evidence = {**finding.evidence, **check.evidence}
    said = crossover_words(check)
    reason = f"{finding.reason}; {said}" if said else finding.reason
    is_certain = gate.kind == "zero_events" and finding.outcome is Outcome.FAIL
    if not check.is_mismatch or is_certain or finding.outcome is Outcome.NOT_APPLICABLE:
        return replace(finding, reason=reason, evidence=evidence)
    reason = f"{check.reason}; without it: {reason}"
    if finding.outcome not in _ANSWERS:
        return replace(finding, reason=reason, evidence=evidence)
    evidence.pop("p_value", None)  # of a comparison that proves nothing
    return replace(
        finding,
        outcome=Outcome.INCONCLUSIVE,
        reason=reason,
        remedy=REMEDY,
        runs_needed=None,
        evidence=evidence,
    )
