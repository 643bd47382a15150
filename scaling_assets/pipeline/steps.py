"""The computed nouns of one experiment: trials, laws, verdicts; and the allocations of a plan.

Each step computes the version it should write, does nothing when the store has it already, and
returns what stands afterwards. Trials and laws stay invisible until the verdicts move the head.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from scaling_assets.pipeline import versions
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.allocation import Allocation
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law
from scaling_assets.records.verdict import Verdict
from scaling_assets.science import allocation, fitting, gates, trials
from scaling_assets.store.store import Head, Offenders


@dataclass(frozen=True)
class Step:
    """What a step left behind. ``version`` is None when there is nothing to work on yet."""

    noun: str
    experiment: str
    version: str | None
    skipped: bool
    count: int


@dataclass(frozen=True)
class TrialsStep(Step):
    """Trials of one experiment; ``trials`` has the columns of ``records.trial``."""

    trials: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class LawsStep(Step):
    """Laws of one experiment, with the trials they were fitted to."""

    laws: Sequence[Law] = ()
    trials: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class VerdictsStep(Step):
    """Verdicts of one experiment."""

    verdicts: Sequence[Verdict] = ()


@dataclass(frozen=True)
class AllocationsStep:
    """The standing answer to a plan."""

    plan: str
    skipped: bool
    allocation: Allocation


def wanted(ws: Workspace, experiment: Experiment) -> versions.Wanted:
    """The versions that the experiment should have now."""
    return versions.wanted(experiment, ws.store.observation_version(experiment.name))


def check_observations(ws: Workspace, name: str, checks: Sequence[str]) -> list[Offenders]:
    """Run the named data rules over an experiment; the offending rows come back, none are changed."""
    return ws.store.all_offenders(checks, ws.experiment(name))


def reduce_trials(ws: Workspace, name: str) -> TrialsStep:
    """Reduce observations to trials, unless the wanted version is there."""
    return _reduce(ws, ws.experiment(name))[1]


def fit_laws(ws: Workspace, name: str, *, progress: fitting.Progress | None = None) -> LawsStep:
    """Fit every law question of the experiment, unless the wanted version is there."""
    return _fit(ws, ws.experiment(name), progress)[1]


def judge(ws: Workspace, name: str) -> VerdictsStep:
    """Judge every gate of the experiment and make its whole refit visible at once."""
    experiment = ws.experiment(name)
    want, fitted = _fit(ws, experiment, None)
    if want.verdicts is None:
        return VerdictsStep("verdicts", name, None, True, 0)
    if want.is_met_by(ws.store.heads().get(name)):
        standing = ws.store.read_verdicts(name)
        return VerdictsStep("verdicts", name, want.verdicts, True, len(standing), standing)
    verdicts = gates.judge(experiment, fitted.trials, fitted.laws, data_version=want.verdicts)
    head = Head(name, want.observations, want.trials, want.laws, want.verdicts)
    ws.store.write_verdicts(head, verdicts)
    ws.store.publish()
    return VerdictsStep("verdicts", name, want.verdicts, False, len(verdicts), verdicts)


def _reduce(ws: Workspace, experiment: Experiment) -> tuple[versions.Wanted, TrialsStep]:
    name = experiment.name
    while True:
        want = wanted(ws, experiment)
        if want.trials is None:
            return want, TrialsStep("trials", name, None, True, 0)
        if ws.store.has_version("trials", name, want.trials):
            frame = ws.store.read_trials(experiment, want.trials)
            return want, TrialsStep("trials", name, want.trials, True, len(frame), frame)
        frame = trials.derive(experiment, ws.store.unit_sums(experiment))
        if wanted(ws, experiment) == want:
            ws.store.write_trials(experiment, frame, want.trials)
            return want, TrialsStep("trials", name, want.trials, False, len(frame), frame)
        # Rows landed between reading the version and reading the sums: the sums belong to neither.


def _fit(
    ws: Workspace, experiment: Experiment, progress: fitting.Progress | None
) -> tuple[versions.Wanted, LawsStep]:
    name = experiment.name
    want, reduced = _reduce(ws, experiment)
    if want.laws is None:
        return want, LawsStep("laws", name, None, True, 0)
    skipped = ws.store.has_version("laws", name, want.laws)
    if skipped:
        laws = ws.store.read_laws(name, want.laws)
    else:
        laws = fitting.fit(fitting.problems_of(experiment, reduced.trials), progress=progress)
        ws.store.write_laws(name, laws, want.laws)
    return want, LawsStep("laws", name, want.laws, skipped, len(laws), laws, reduced.trials)


def plans_reading(ws: Workspace, experiment: str) -> list[str]:
    """Plans that use a law of this experiment, sorted."""
    return sorted(p.name for p in ws.lab.plans.values() if experiment in p.experiments)


def plan_version(ws: Workspace, name: str, heads: Mapping[str, Head]) -> str:
    """The version that the plan's allocation should have, given what is visible now."""
    plan = ws.plan(name)
    laws = [(e, heads[e].laws if e in heads else None) for e in plan.experiments]
    return content_id("allocations", plan.model_dump(mode="json"), laws, allocation.CODE_VERSION)


def allocate(ws: Workspace, name: str) -> AllocationsStep:
    """Answer a plan from the visible laws, unless the standing answer came from just these."""
    plan = ws.plan(name)
    version = plan_version(ws, name, ws.store.heads())
    standing = [a for a in ws.store.read_allocations(name) if a.data_version == version]
    if standing:
        return AllocationsStep(name, True, standing[0])
    laws = [law for experiment in plan.experiments for law in ws.store.read_laws(experiment)]
    answer = replace(allocation.allocate(plan, laws), data_version=version)
    ws.store.write_allocations(name, [answer])
    ws.store.publish()
    return AllocationsStep(name, False, answer)
