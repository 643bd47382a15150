"""The state machine that every sensor of ours is: what waits, what runs, what to do now.

What belongs here: the decision, from values alone. What does not: looking at folders or databases.

There is no cursor to lose. The manifest in the store says what has been taken in, the heads say what
has been refitted, and Dagster's run records say which batch is under way: a batch is named by the
content of what waits (its fingerprint), so after a crash at any point the next look finds the same
name and either waits for its run or asks for it again under the same run key.

    IDLE       nothing waits
    REQUEST    something waits and no run was ever made for it -> run, attempt 1
    IN_FLIGHT  a run that may cover it has not ended -> wait
    RETRY      its last run failed or left something -> run, next attempt
    GAVE_UP    MAX_ATTEMPTS runs did not settle it -> wait until what waits changes
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_ATTEMPTS = 3


class State(StrEnum):
    """Where a sensor stands."""

    IDLE = "idle"
    REQUEST = "request"
    IN_FLIGHT = "in flight"
    RETRY = "retry"
    GAVE_UP = "gave up"


@dataclass(frozen=True)
class RunSeen:
    """A run as Dagster's records show it."""

    run_id: str
    fingerprint: str
    is_finished: bool
    succeeded: bool


@dataclass(frozen=True)
class Decision:
    """What to do now. ``run_key`` is set when a run is asked for."""

    state: State
    reason: str
    run_key: str | None = None


def decide(fingerprint: str | None, runs: Sequence[RunSeen], *, what: str) -> Decision:
    """Decide from what waits (None: nothing) and the runs that this sensor has asked for, newest first.

    Args:
        fingerprint: identity of what waits.
        runs: unfinished runs of any batch, and all runs of this batch.
        what: what waits, in words, for the reason.
    """
    if fingerprint is None:
        return Decision(State.IDLE, what)
    under_way = next((run for run in runs if not run.is_finished), None)
    if under_way is not None:
        return Decision(State.IN_FLIGHT, f"{what}; run {under_way.run_id[:8]} is under way")
    attempts = [run for run in runs if run.fingerprint == fingerprint]
    if not attempts:
        return Decision(State.REQUEST, what, f"{fingerprint}#1")
    if len(attempts) < MAX_ATTEMPTS:
        ended = "ended without settling it" if attempts[0].succeeded else "failed"
        reason = (
            f"{what}; run {attempts[0].run_id[:8]} {ended}, attempt {len(attempts) + 1} of {MAX_ATTEMPTS}"
        )
        return Decision(State.RETRY, reason, f"{fingerprint}#{len(attempts) + 1}")
    return Decision(
        State.GAVE_UP,
        f"{what}; {MAX_ATTEMPTS} runs did not settle it, the last is {attempts[0].run_id[:8]}: "
        "read its log, mend the cause, and change the file or declaration (or run 'scaling-assets run')",
    )
