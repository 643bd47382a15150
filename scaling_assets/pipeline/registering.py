"""Register declarations, and stamp verdicts with how they stand to what was registered.

What belongs here: when a declaration is registered: before an experiment's rows are taken in, before its gates
are judged, and whenever somebody asks. What does not: what differs and whom it concerns
(``science.registration``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.registration import Change, GateStanding, Registration
from scaling_assets.science import registration

ASKED = "asked for"
ROWS_COME = "before rows are taken in"
JUDGED = "before gates are judged"


@dataclass(frozen=True)
class Registered:
    """How an experiment stands: all its registrations, the plan, what differs from it, each gate.

    ``plan`` is the registration that verdicts are held against; None where the first one came after data.
    """

    history: tuple[Registration, ...]
    plan: Registration | None
    changes: tuple[Change, ...]
    gates: dict[str, GateStanding]
    gone: tuple[str, ...]  # gates of the plan that are no longer declared


def register(
    ws: Workspace, experiments: Sequence[Experiment], occasion: str
) -> dict[str, list[Registration]]:
    """Register the declarations that are new, by the workspace's clock; all registrations by experiment."""
    now = ws.clock()
    return ws.store.register(
        [
            Registration(e.name, 0, registration.identity(e), e.model_dump_json(), occasion, False, 0, now)
            for e in experiments
        ]
    )


def registered(ws: Workspace, name: str) -> Registered:
    """Register the experiment's declaration if it is new, and say how its gates stand.

    Raises:
        UnknownName: no such experiment.
    """
    experiment = ws.experiment(name)
    history = register(ws, [experiment], ASKED)[name]
    return standing(experiment, history)


def history(ws: Workspace, name: str) -> Registered | None:
    """How the experiment stands by what is registered already; None where nothing is. Writes nothing.

    Raises:
        UnknownName: no such experiment.
    """
    experiment = ws.experiment(name)
    known = ws.store.registrations([name])[name]
    return standing(experiment, known) if known else None


def steps_of(
    known: Sequence[Registration],
) -> list[tuple[Registration | None, Registration, tuple[Change, ...]]]:
    """Each registration with the one before it (None for the first) and what changed between them."""
    befores = [None, *known[:-1]]
    return [
        (
            before,
            one,
            ()
            if before is None
            else registration.compare(registration.parts_of(before) or {}, registration.parts_of(one) or {}),
        )
        for before, one in zip(befores, known, strict=True)
    ]


def standing(experiment: Experiment, known: Sequence[Registration]) -> Registered:
    """How the gates stand, given all registrations (oldest first, at least one)."""
    plan = registration.baseline(known)
    planned = (registration.parts_of(plan) if plan is not None else None) or {}
    now = registration.parts(experiment)
    changes = registration.compare(planned, now) if planned else ()
    gone = tuple(part.partition(".")[2] for part in planned if part.startswith("gates.") and part not in now)
    return Registered(tuple(known), plan, changes, registration.standing(experiment, known), gone)
