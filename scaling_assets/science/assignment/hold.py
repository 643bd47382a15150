"""What a sample-ratio mismatch does to verdicts: gates that compare arms are held back.

What lives here: which gates compare arms, and the verdict instead of theirs. What does not: the test.

When an arm's runs are missing more often than another's, those that are there are no longer comparable
(Fabijan et al. 2019, KDD, "Diagnosing sample ratio mismatch"): no number computed from them proves a
difference between arms, in either direction.
"""

from collections.abc import Sequence
from dataclasses import replace

from scaling_assets.records.assignment import ArmCheck
from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.assignment.design import design_of
from scaling_assets.science.assignment.landed import crossover_words
from scaling_assets.science.gates.reads import reads

CODE_VERSION = "1"
REMEDY = (
    "Find out why runs of some arms are missing or were made more often (crashes, filters, reruns), land what "
    "is missing, or assign anew."
)
_ANSWERS = (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE)
#: Kinds that judge one measured value: they are about a single arm when their filter or groups name it.
_OF_ONE_VALUE = frozenset({"threshold", "zero_events", "budget"})


def compares_arms(experiment: Experiment, gate: Gate) -> bool:
    """True when the gate's answer rests on several arms.

    A gate that only counts runs does not; a threshold does unless ``where`` or ``each`` keeps to one arm; a
    law does unless it is fitted in one arm. Any other kind is taken to compare.
    """
    arm = design_of(experiment).arm
    read = reads(experiment, gate)
    if not (read.metrics or read.questions or read.gates):
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


def hold_back(experiment: Experiment, verdicts: Sequence[Verdict], check: ArmCheck) -> list[Verdict]:
    """Return the verdicts: on a mismatch INCONCLUSIVE for gates that compare arms, with what was found.

    Crossovers and units without an assignment are said in the reason, and counted in the evidence, of every
    gate that compares arms; they hold nothing back by themselves.
    """
    comparing = {g.name for g in experiment.gates if compares_arms(experiment, g)}
    return [_held(v, check) if v.gate in comparing else v for v in verdicts]


def _held(verdict: Verdict, check: ArmCheck) -> Verdict:
    evidence = {**verdict.evidence, **check.evidence}
    said = crossover_words(check)
    reason = f"{verdict.reason}; {said}" if said else verdict.reason
    if not check.is_mismatch or verdict.outcome is Outcome.NOT_APPLICABLE:
        return replace(verdict, reason=reason, evidence=evidence)
    reason = f"{check.reason}; without it: {reason}"
    if verdict.outcome not in _ANSWERS:
        return replace(verdict, reason=reason, evidence=evidence)
    return replace(
        verdict,
        outcome=Outcome.INCONCLUSIVE,
        reason=reason,
        remedy=REMEDY,
        runs_needed=None,
        evidence=evidence,
    )
