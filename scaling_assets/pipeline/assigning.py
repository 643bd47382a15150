"""Give units their arms, and hold what landed against them.

What belongs here: the way from a question to the store and back. What does not: choosing and testing
(``science.assignment``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from scaling_assets.errors import NoAssignment
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.assignment import ArmCheck, Assignment, Refusal
from scaling_assets.records.experiment import Experiment
from scaling_assets.science import assignment
from scaling_assets.science.assignment import Request

TOGETHER = 5_000  # units of one transaction: others wait for their turn meanwhile


@dataclass(frozen=True)
class BatchStep:
    """The planned batch of one experiment: its units' arms; ``new`` of them were assigned just now."""

    experiment: str
    is_declared: bool
    answers: tuple[Assignment | Refusal, ...] = ()
    new: int = 0
    largest_deviation: float = 0.0  # of any block, in units


def assign(ws: Workspace, name: str, requests: Sequence[Request]) -> list[Assignment | Refusal]:
    """Give each unit its arm, or say why it gets none, in the order asked.

    Any number of processes may ask at the same time: each part of a question is decided and kept in one
    transaction, and a unit keeps its first answer for good.

    Raises:
        UnknownName: no such experiment. NoAssignment: it declares no assignment. StoreBusy, StoreUnreachable.
    """
    experiment = with_design(ws, name)
    return [answer for answer, _ in _asked(ws, experiment, requests)]


def plan_batch(ws: Workspace, name: str) -> BatchStep:
    """Give the units of the declared batch their arms; those that have one keep it.

    Raises:
        UnknownName: no such experiment. StoreBusy, StoreUnreachable.
    """
    experiment = ws.experiment(name)
    if experiment.assignment is None:
        return BatchStep(name, False)
    asked = _asked(ws, experiment, assignment.planned(experiment))
    if asked:
        ws.store.publish()
    return BatchStep(
        name,
        True,
        tuple(answer for answer, _ in asked),
        sum(is_new for _, is_new in asked),
        largest_deviation(experiment, ws.store.assignments(name)),
    )


def unplanned(ws: Workspace, experiments: Sequence[Experiment]) -> list[str]:
    """Experiments with units in their batch that were never asked for, and that would get an arm."""
    found = []
    for experiment in experiments:
        if experiment.assignment is None or experiment.assignment.batch is None:
            continue
        made = ws.store.assignments(experiment.name)
        known = {one.unit for one in made}
        asked = any(request.unit not in known for request in assignment.planned(experiment))
        if asked and not assignment.is_complete(experiment, made):
            found.append(experiment.name)
    return found


def largest_deviation(experiment: Experiment, made: Sequence[Assignment]) -> float:
    """How far any arm of any block is from its share, in units."""
    counts: dict[tuple[tuple[str, str], ...], dict[str, int]] = {}
    for one in made:
        of = counts.setdefault(tuple(sorted(one.block.items())), {})
        of[one.arm] = of.get(one.arm, 0) + 1
    return max((assignment.largest_deviation(experiment, of) for of in counts.values()), default=0.0)


def check_arms(ws: Workspace, experiment: Experiment, trials: pd.DataFrame) -> ArmCheck | None:
    """What landed against what was assigned; None where the experiment declares no assignment, or nothing landed."""
    if experiment.assignment is None or trials.empty:
        return None
    return assignment.check_landed(experiment, trials, ws.store.assignments(experiment.name))


def standing_check(ws: Workspace, name: str) -> ArmCheck | None:
    """The same for the trials that people see."""
    experiment, head = ws.experiment(name), ws.store.heads().get(name)
    if experiment.assignment is None or head is None or head.trials is None:
        return None
    return check_arms(ws, experiment, ws.store.read_trials(experiment, head.trials))


def with_design(ws: Workspace, name: str) -> Experiment:
    """The experiment, which declares an assignment.

    Raises:
        UnknownName, NoAssignment.
    """
    experiment = ws.experiment(name)
    if experiment.assignment is None:
        raise NoAssignment(experiment=name)
    return experiment


def _asked(
    ws: Workspace, experiment: Experiment, requests: Sequence[Request]
) -> list[tuple[Assignment | Refusal, bool]]:
    found: list[tuple[Assignment | Refusal, bool]] = []
    for start in range(0, len(requests), TOGETHER):
        part = requests[start : start + TOGETHER]
        now = ws.clock()
        decision = ws.store.assign(
            experiment.name,
            list(dict.fromkeys(request.unit for request in part)),
            lambda tally, part=part, now=now: assignment.decide(experiment, part, tally, now=now),  # type: ignore[misc]
        )
        new = {one.unit for one in decision.new}
        found += [(answer, answer.unit in new) for answer in decision.answers]
    return found


def counted(made: Sequence[Assignment]) -> Mapping[str, int]:
    """Units by arm."""
    found: dict[str, int] = {}
    for one in made:
        found[one.arm] = found.get(one.arm, 0) + 1
    return found
