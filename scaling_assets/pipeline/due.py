"""What is to be done: the one place that decides whether anything needs refitting."""

from dataclasses import dataclass

from scaling_assets.pipeline import allocating, assigning, sweep, versions
from scaling_assets.pipeline.land import pending
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.identity import content_id


@dataclass(frozen=True)
class Due:
    """An experiment with something to do, the reasons in words, and the version it should reach."""

    experiment: str
    reasons: tuple[str, ...]
    version: str | None


def stale(ws: Workspace) -> list[Due]:
    """Experiments whose visible verdicts are not those that data, declaration and code call for."""
    heads = ws.store.heads()
    observed = ws.store.observation_versions()
    found = []
    for experiment in ws.chosen(None):
        want = versions.wanted(experiment, observed.get(experiment.name))
        reasons = versions.why(experiment, want, heads.get(experiment.name))
        if reasons:
            found.append(Due(experiment.name, reasons, want.verdicts))
    return found


def unsettled(ws: Workspace) -> list[Due]:
    """What is stale, and experiments of plans whose standing allocation is not from what stands and is fixed now.

    A plan that was edited and an override that came to its end need no refit: the experiment is named so that its
    plans are answered again.
    """
    found = {d.experiment: d for d in stale(ws)}
    for name, plan, version in _unanswered_plans(ws, list(ws.lab.experiments)):
        known = found.get(name, Due(name, (), ""))
        reason = f"the plan {plan} is not answered from what stands now"
        found[name] = Due(name, (*known.reasons, reason), content_id(known.version, version))
    return [found[name] for name in sorted(found)]


def due(
    ws: Workspace, names: list[str] | None = None, *, mode: str | None = None, label: str = sweep.FIRST
) -> list[Due]:
    """Everything with something to do: stale, files waiting, a sweep that never ran, a batch without arms, an old plan.

    Raises:
        UnknownName: a name is not declared.
    """
    chosen = {experiment.name: experiment for experiment in ws.chosen(names)}
    reasons: dict[str, tuple[str, ...]] = {d.experiment: d.reasons for d in stale(ws)}
    for name in pending(ws).experiments:
        reasons[name] = (*reasons.get(name, ()), "files wait in the landing folder")
    stamps = ws.store.stamps()
    for name, experiment in chosen.items():
        if sweep.sweep_is_missing(stamps, experiment, sweep.mode_for(ws, experiment, mode), label):
            reasons[name] = (
                *reasons.get(name, ()),
                f"its {sweep.mode_for(ws, experiment, mode)} sweep has not run",
            )
    for name in assigning.unplanned(ws, list(chosen.values())):
        reasons[name] = (*reasons.get(name, ()), "units of its batch have no arm yet")
    for name, plan, _ in _unanswered_plans(ws, list(chosen)):
        reasons[name] = (*reasons.get(name, ()), f"the plan {plan} is not answered from what stands now")
    return [Due(name, reasons[name], None) for name in chosen if name in reasons]


def _unanswered_plans(ws: Workspace, names: list[str]) -> list[tuple[str, str, str]]:
    """(experiment to run, plan, version wanted) of plans whose answer is not from what stands and is fixed now.

    A plan that reads an experiment without verdicts is answered when those come.
    """
    heads = ws.store.heads()
    answered = {a.plan: a.data_version for a in ws.store.read_allocations()} if ws.lab.plans else {}
    found = []
    for plan in ws.lab.plans.values():
        read = [e for e in plan.experiments if e in heads and heads[e].verdicts is not None]
        if len(read) < len(plan.experiments) or plan.experiments[0] not in names:
            continue
        wanted = allocating.plan_version(ws, plan.name, heads, allocating.in_force(ws, plan.name))
        if answered.get(plan.name) != wanted:
            found.append((plan.experiments[0], plan.name, wanted))
    return found
