"""Laws over time: judged anew when trials, declarations or decisions call for it; what people decide.

What belongs here: when to look, keeping reports, decisions. What does not: finding changes (``science.changes``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from scaling_assets.errors import UnknownName
from scaling_assets.pipeline import versions
from scaling_assets.pipeline.steps import reduce_all
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.change import Change, ChangeDecision, ChangeStatus, Watched
from scaling_assets.records.experiment import Experiment
from scaling_assets.science import changes


@dataclass(frozen=True)
class WatchStep:
    """What the last look at an experiment left behind. ``version`` is None where there is nothing to look at."""

    experiment: str
    version: str | None
    skipped: bool
    watched: Watched = field(default_factory=Watched)


def watch(ws: Workspace, name: str) -> WatchStep:
    """Judge the experiment's watched series, unless the wanted look has been taken."""
    return watch_all(ws, [name])[name]


def watch_all(ws: Workspace, names: Sequence[str]) -> dict[str, WatchStep]:
    """The same for many experiments; those that declare no ``changes`` cost nothing."""
    observed = ws.store.observation_versions()
    experiments = ws.chosen(names)
    wanted: dict[str, str] = {}
    normal: dict[str, list[tuple[str, str]]] = {}
    for one in experiments:
        version = observed.get(one.name)
        if changes.is_watched(one) and version is not None:
            normal[one.name] = _normal(watched(ws, one.name))
            wanted[one.name] = versions.wanted_look(one, version, normal[one.name])
    due = [e for e in experiments if e.name in wanted and ws.store.watched_version(e.name) != wanted[e.name]]
    reduced = reduce_all(ws, [e.name for e in due]) if due else {}
    for one in due:
        _look(ws, one, reduced[one.name].trials, normal[one.name], wanted[one.name])
    if due:
        ws.store.publish()
    new = {e.name for e in due}
    return {
        e.name: WatchStep(e.name, wanted[e.name], e.name not in new, watched(ws, e.name))
        if e.name in wanted
        else WatchStep(e.name, None, True)
        for e in experiments
    }


def watched(ws: Workspace, experiment: str | None = None) -> Watched:
    """What is known of an experiment's laws over time, or of all.

    Raises:
        UnknownName: the experiment is not declared.
    """
    if experiment is not None:
        ws.experiment(experiment)
    return Watched(
        tuple(ws.store.read_watched(experiment)),
        tuple(ws.store.read_changes(experiment)),
        tuple(ws.store.read_decisions(experiment)),
    )


def decide(
    ws: Workspace, change_id: str, *, author: str, reason: str, is_new_normal: bool = False
) -> tuple[Change, ChangeDecision]:
    """Keep a decision about a reported change; a new normal is looked at from there on at once.

    Args:
        change_id: the id, or as many of its first characters as only one report has.

    Raises:
        UnknownName: no report, or several, have such an id.
    """
    reports = ws.store.read_changes()
    found = [c for c in reports if c.change_id == change_id] or [
        c for c in reports if c.change_id.startswith(change_id)
    ]
    if len(found) != 1:
        known = ", ".join(c.change_id for c in found or reports) or "none is reported"
        raise UnknownName(kind="change", name=change_id, known=known)
    status = ChangeStatus.REBASELINED if is_new_normal else ChangeStatus.ACKNOWLEDGED
    [change] = found
    name = change.key.experiment
    decision = ChangeDecision(name, change.change_id, status, author, reason, ws.clock())
    ws.store.decide_change(decision)
    if name in ws.lab.experiments:
        watch(ws, name)
    ws.store.publish()
    return change, decision


def _look(
    ws: Workspace, experiment: Experiment, trials: pd.DataFrame, normal: list[tuple[str, str]], version: str
) -> None:
    starts: dict[str, list[str]] = {}
    for series, point in normal:
        starts.setdefault(series, []).append(point)
    rules = [law.changes for law in experiment.laws if law.changes is not None]
    times = {
        rule.by: {
            point: at.isoformat() for point, at in ws.store.first_seen(experiment.name, rule.by).items()
        }
        for rule in rules
        if rule.is_by_time
    }
    reported: dict[str, list[str]] = {}
    for change in ws.store.read_changes(experiment.name):
        if change.is_shown:
            reported.setdefault(change.series_id, []).append(change.point)
    found = changes.watch(experiment, trials, starts, times, reported)
    now = ws.clock()
    ws.store.report_changes(
        experiment.name,
        version,
        [one.series for one in found],
        [value for one in found for value in one.history],
        lambda known: changes.reconciled(known, found, now),
    )


def _normal(known: Watched) -> list[tuple[str, str]]:
    """(series, point) from which on a new normal was declared."""
    return [
        (change.series_id, change.point)
        for change in known.changes
        if known.status(change) is ChangeStatus.REBASELINED
    ]
