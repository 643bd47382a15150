"""What a caller is told: the unit's arm, or why it gets none.

What lives here: the decision, from what is known in the caller's transaction. What does not: the transaction
(``store``), the choice among arms (``choose``).

A unit's first answer is its answer for good. Sufficiency counts units assigned, like the balance: units under
way count, so that twenty callers do not overshoot by twenty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scaling_assets.records.assignment import Assignment, Decision, Refusal, RefusalReason, Tally
from scaling_assets.records.experiment import Experiment
from scaling_assets.science.assignment.choose import next_arm
from scaling_assets.science.assignment.design import (
    Block,
    arms,
    block_of,
    blocks,
    design_of,
    needed_columns,
    refusals,
    shares,
)

LONGEST_UNIT = 500  # characters
#: Refusals that say something about units; the others are slips of the caller.
KEPT = (
    RefusalReason.CONTEXT_DOES_NOT_MATCH,
    RefusalReason.MISSING_CONTEXT,
    RefusalReason.ENOUGH_SAMPLES,
    RefusalReason.OTHER_CONTEXT,
)


@dataclass(frozen=True)
class Request:
    """One unit that asks for its arm. With ``arm`` nothing is assigned: is that the unit's arm?"""

    unit: str
    context: Mapping[str, str] = field(default_factory=dict)
    arm: str | None = None
    is_planned: bool = False


def planned(experiment: Experiment) -> list[Request]:
    """Return the units of the declared batch, block by block; none where no batch is declared."""
    batch = design_of(experiment).batch
    if batch is None:
        return []
    width = len(str(batch.units_per_block))
    found = []
    for block in blocks(experiment):
        name = "_".join([experiment.name, *block.values()])
        found += [
            Request(f"{name}_{i:0{width}d}", block, is_planned=True)
            for i in range(1, batch.units_per_block + 1)
        ]
    return found


def is_complete(experiment: Experiment, made: Sequence[Assignment]) -> bool:
    """True when every arm has as many units as ``min_samples_per_value`` asks for."""
    counts: dict[Block, dict[str, int]] = {(): {}}
    for one in made:
        counts[()][one.arm] = counts[()].get(one.arm, 0) + 1
    return _enough(experiment, counts) is not None


def decide(experiment: Experiment, requests: Sequence[Request], tally: Tally, *, now: Any) -> Decision:
    """Return the answers, in the order of the requests.

    Args:
        tally: the units asked about that have an arm already, and units by block and arm; both as they
            stand in the transaction that keeps the answers.
        now: the time that answers are stamped with.
    """
    known, counts = dict(tally.known), {block: dict(of) for block, of in tally.counts.items()}
    share, design = shares(experiment), design_of(experiment)
    answers: list[Assignment | Refusal] = []
    new: list[Assignment] = []
    for request in requests:
        refused = _refused(experiment, request, known.get(request.unit), counts)
        if refused is not None:
            reason, message = refused
            arm = known[request.unit].arm if request.unit in known else None
            answers.append(
                Refusal(experiment.name, request.unit, reason, message, dict(request.context), now, arm)
            )
            continue
        if request.unit not in known:
            block = block_of(experiment, request.context)
            of = counts.setdefault(block, {})
            arm = next_arm(of, share, [design.seed, experiment.name, block])
            of[arm] = of.get(arm, 0) + 1
            known[request.unit] = Assignment(
                experiment.name, request.unit, arm, dict(block), sum(of.values()), dict(request.context),
                request.is_planned, now,
            )  # fmt: skip
            new.append(known[request.unit])
        answers.append(known[request.unit])
    kept = tuple(
        answer
        for request, answer in zip(requests, answers, strict=True)
        if isinstance(answer, Refusal) and answer.reason in KEPT and not request.is_planned
    )
    return Decision(tuple(answers), tuple(new), kept)


Refused = tuple[RefusalReason, str]


def _refused(
    experiment: Experiment,
    request: Request,
    known: Assignment | None,
    counts: Mapping[Block, Mapping[str, int]],
) -> Refused | None:
    if not request.unit.strip() or len(request.unit) > LONGEST_UNIT or "\x00" in request.unit:
        what = f"a unit's id is a text of 1 to {LONGEST_UNIT} characters"
        return RefusalReason.NOT_A_UNIT, what
    wrong = _unknown_context(experiment, request)
    if wrong is not None:
        return wrong
    if known is not None:
        return _against_first(experiment, request, known)
    if request.arm is not None:
        return _arm_problem(experiment, request) or (
            RefusalReason.NOT_ASSIGNED, f"unit {request.unit} has no arm yet; ask without one",
        )  # fmt: skip
    outside = refusals(experiment, request.context)
    missing = [c for c in needed_columns(experiment) if c not in request.context]
    if outside:
        return RefusalReason.CONTEXT_DOES_NOT_MATCH, f"the context does not match: {'; '.join(outside)}"
    if missing:
        what = f"the context lacks {', '.join(missing)}, which blocks or the filter need"
        return RefusalReason.MISSING_CONTEXT, what
    return _enough(experiment, counts)


def _unknown_context(experiment: Experiment, request: Request) -> Refused | None:
    declared = {context.name: context for context in experiment.context}
    for column, value in request.context.items():
        if column not in declared:
            what = f"{column!r} is no context column; declared: {', '.join(declared) or 'none'}"
            return RefusalReason.UNKNOWN_CONTEXT, what
        if "\x00" in value:
            return RefusalReason.UNKNOWN_CONTEXT, f"the value of {column} holds a NUL character"
        if declared[column].allowed and value not in declared[column].allowed:
            allowed = ", ".join(declared[column].allowed)
            return RefusalReason.UNKNOWN_CONTEXT, f"{column} is never {value!r}; allowed: {allowed}"
    return None


def _against_first(experiment: Experiment, request: Request, first: Assignment) -> Refused | None:
    """A unit that has its arm: what of this question contradicts it."""
    other = [
        f"{column} {first.context[column]}, now {value}"
        for column, value in request.context.items()
        if column in first.context and first.context[column] != value
    ]
    if other:
        what = f"unit {request.unit} was assigned to {first.arm} under another context: {'; '.join(other)}"
        return RefusalReason.OTHER_CONTEXT, what
    if request.arm is not None and request.arm != first.arm:
        return _arm_problem(experiment, request) or (
            RefusalReason.OTHER_ARM, f"unit {request.unit} was assigned to {first.arm}, not to {request.arm}",
        )  # fmt: skip
    return None


def _arm_problem(experiment: Experiment, request: Request) -> Refused | None:
    names = arms(experiment)
    if request.arm in names:
        return None
    return RefusalReason.UNKNOWN_ARM, f"there is no arm {request.arm!r}; arms: {', '.join(names)}"


def _enough(experiment: Experiment, counts: Mapping[Block, Mapping[str, int]]) -> Refused | None:
    wanted = design_of(experiment).min_samples_per_value
    if wanted is None:
        return None
    have = {arm: sum(of.get(arm, 0) for of in counts.values()) for arm in arms(experiment)}
    if min(have.values()) < wanted:
        return None
    listed = ", ".join(f"{arm}: {n:,}" for arm, n in have.items())
    return RefusalReason.ENOUGH_SAMPLES, f"every arm has its {wanted:,} units ({listed})"
