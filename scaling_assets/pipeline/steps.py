"""The computed nouns of experiments: trials, laws, verdicts.

Each step computes the versions it should write, does nothing for an experiment whose version the store
has already, and returns what stands afterwards. Trials and laws stay invisible until the verdicts move
the head. All experiments of a run go through a step together: statements, fits and the publication cost
about the same for one as for a thousand.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from scaling_assets.pipeline import versions
from scaling_assets.pipeline.assigning import check_arms
from scaling_assets.pipeline.fits import fit_together
from scaling_assets.pipeline.registering import JUDGED, register
from scaling_assets.pipeline.watching import stale, watch
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.assignment import ArmCheck
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.look import LawLook
from scaling_assets.records.verdict import Verdict
from scaling_assets.science import assignment, fitting, gates, registration, trials
from scaling_assets.store.store import Head, Offenders

SHOWN_LAWS = 1_000  # laws of an experiment that are read for people


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
    """Laws of one experiment, with the trials they were fitted to.

    ``laws`` are all that were fitted anew together; of those that stood already, the ``SHOWN_LAWS`` first ones,
    or all where a caller needs them. ``leading`` counts the leading ones of all.
    """

    leading: int = 0
    laws: Sequence[Law] = ()
    trials: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class VerdictsStep(Step):
    """Verdicts of one experiment; ``arms`` is what landed against its assignment, where it declares one.

    ``stale`` are looks at laws that new runs disagree with.
    """

    verdicts: Sequence[Verdict] = ()
    arms: ArmCheck | None = None
    stale: Sequence[LawLook] = ()


def check_observations(ws: Workspace, name: str, checks: Sequence[str]) -> list[Offenders]:
    """Run the named data rules over an experiment; the offending rows come back, none are changed."""
    return check_all(ws, [name], checks)[name]


def check_all(ws: Workspace, names: Sequence[str], checks: Sequence[str]) -> dict[str, list[Offenders]]:
    """The same for many experiments, by name."""
    experiments = ws.chosen(names)
    ws.store.declare(*experiments)  # an edited declaration counts although no new row came
    return ws.store.all_offenders(checks, experiments)


def reduce_trials(ws: Workspace, name: str) -> TrialsStep:
    """Reduce observations to trials, unless the wanted version is there."""
    return reduce_all(ws, [name])[name]


def fit_laws(ws: Workspace, name: str, *, progress: fitting.Progress | None = None) -> LawsStep:
    """Fit every law question of the experiment, unless the wanted version is there."""
    return fit_all(ws, [name], progress=progress)[name]


def judge(ws: Workspace, name: str) -> VerdictsStep:
    """Judge every gate of the experiment and make its whole refit visible at once."""
    return judge_all(ws, [name])[name]


def reduce_all(ws: Workspace, names: Sequence[str]) -> dict[str, TrialsStep]:
    """Reduce many experiments' observations to trials; those whose wanted version is there are read."""
    return _reduce(ws, ws.chosen(names))[1]


def fit_all(
    ws: Workspace, names: Sequence[str], *, progress: fitting.Progress | None = None
) -> dict[str, LawsStep]:
    """Fit every law question of many experiments in one call; those whose wanted version is there are read."""
    return _fit(ws, ws.chosen(names), progress)[1]


def judge_all(
    ws: Workspace, names: Sequence[str], *, progress: fitting.Progress | None = None
) -> dict[str, VerdictsStep]:
    """Judge every gate of many experiments; all their heads move in one transaction, published once."""
    experiments = ws.chosen(names)
    want, fitted = _fit(ws, experiments, progress, whole={e.name for e in experiments if e.gates})
    heads = ws.store.heads()
    due = [e for e in experiments if want[e.name].verdicts and not want[e.name].is_met_by(heads.get(e.name))]
    histories = register(ws, due, JUDGED) if due else {}
    done: dict[str, VerdictsStep] = {}
    moved: list[Head] = []
    for experiment in experiments:
        name, to = experiment.name, want[experiment.name]
        arms = check_arms(ws, experiment, fitted[name].trials)
        if to.verdicts is None:
            done[name] = VerdictsStep("verdicts", name, None, True, 0)
        elif to.is_met_by(heads.get(name)):
            standing = ws.store.read_verdicts(name) if experiment.gates else []
            done[name] = VerdictsStep("verdicts", name, to.verdicts, True, len(standing), standing, arms)
        else:
            step = fitted[name]
            hold = assignment.hold(experiment, arms) if arms is not None else None
            found = gates.judge(experiment, step.trials, step.laws, data_version=to.verdicts, hold=hold)
            found = registration.stamped(experiment, found, histories[name])
            done[name] = VerdictsStep("verdicts", name, to.verdicts, False, len(found), found, arms)
            moved.append(Head(name, to.observations, to.trials, to.laws, to.verdicts))
    if moved:
        watch(ws, [e for e in experiments if not done[e.name].skipped], want, heads)
        ws.store.write_verdicts_of(moved, {h.experiment: done[h.experiment].verdicts for h in moved})
        ws.store.publish()
    flagged: dict[str, list[LawLook]] = {}
    for one in stale(ws, [e.name for e in experiments]):
        flagged.setdefault(one.experiment, []).append(one)
    return {name: replace(step, stale=flagged.get(name, ())) for name, step in done.items()}


def _wanted(ws: Workspace, experiments: Sequence[Experiment]) -> dict[str, versions.Wanted]:
    """The versions that the experiments should have now."""
    observed = ws.store.observation_versions()
    return {e.name: versions.wanted(e, observed.get(e.name)) for e in experiments}


def _reduce(
    ws: Workspace, experiments: Sequence[Experiment], read: Collection[str] | None = None
) -> tuple[dict[str, versions.Wanted], dict[str, TrialsStep]]:
    """``read`` names the experiments whose trials are read where they are there already; None means all."""
    want: dict[str, versions.Wanted] = {}
    steps: dict[str, TrialsStep] = {}
    pending = list(experiments)
    while pending:
        now = _wanted(ws, pending)
        want |= now
        versioned = {name: to.trials for name, to in now.items() if to.trials is not None}
        there = ws.store.has_versions("trials", versioned)
        known = [e for e in pending if e.name in there and (read is None or e.name in read)]
        frames = ws.store.read_trials_of(known, {e.name: versioned[e.name] for e in known}) if known else {}
        new = [e for e in pending if e.name in versioned and e.name not in there]
        ws.store.declare(*new)  # an edited declaration counts although no new row came
        derived = [(group, trials.derive_alike(group[0], sums)) for group, sums in ws.store.unit_sums_of(new)]
        # Rows that landed between reading the versions and reading the sums belong to neither: once more.
        after = _wanted(ws, new)
        late = {e.name for e in new if after[e.name] != now[e.name]}
        kept = {e.name: versioned[e.name] for e in new if e.name not in late}
        if late:
            derived = [
                ([e for e in group if e.name in kept], frame[frame["experiment"].isin(kept)])
                for group, frame in derived
            ]
        if kept:
            ws.store.write_trials_of([part for part in derived if part[0]], kept)
        for group, frame in derived:
            frames |= _split(group, frame)
        for experiment in pending:
            name = experiment.name
            if name not in late:
                frame = frames.get(name, pd.DataFrame())
                steps[name] = TrialsStep(
                    "trials", name, versioned.get(name), name not in kept, len(frame), frame
                )
        pending = [e for e in pending if e.name in late]
    return want, steps


def _split(group: Sequence[Experiment], frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Each experiment's own frame, of frames that lie one below the other."""
    alone = frame.drop(columns="experiment")
    names = frame["experiment"].to_numpy(dtype=object)
    cuts = np.flatnonzero(names[1:] != names[:-1]) + 1 if len(names) else np.empty(0, dtype=int)
    starts, ends = [0, *cuts], [*cuts, len(names)]
    found = {
        names[start]: alone.iloc[start:end].reset_index(drop=True)
        for start, end in zip(starts, ends, strict=True)
        if end > start
    }
    return {e.name: found.get(e.name, alone.iloc[:0]) for e in group}


def _fit(
    ws: Workspace,
    experiments: Sequence[Experiment],
    progress: fitting.Progress | None,
    whole: Collection[str] | None = None,
) -> tuple[dict[str, versions.Wanted], dict[str, LawsStep]]:
    """``whole`` names the experiments of which trials and all laws are needed; None: a few laws of each, to show."""
    want, reduced = _reduce(ws, experiments, whole)
    versioned = {name: to.laws for name, to in want.items() if to.laws is not None}
    there = ws.store.has_versions("laws", versioned)
    new = [e for e in experiments if e.name in versioned and e.name not in there]
    missing = {e.name for e in new}
    laws: dict[str, Sequence[Law]] = {}
    if new:
        frames = {name: reduced[name].trials for name in missing}
        unread = [e for e in new if whole is not None and e.name not in whole and reduced[e.name].skipped]
        if unread:
            trial_versions = {e.name: to for e in unread if (to := want[e.name].trials) is not None}
            frames |= ws.store.read_trials_of(unread, trial_versions)
        fitted, findings = fit_together(ws, new, frames, progress)
        ws.store.write_laws_of(fitted, {name: versioned[name] for name in fitted}, findings)
        for name, found in fitted.items():
            fresh = [law for law in found if isinstance(law, Law)]
            if len(fresh) == len(found):
                laws[name] = fresh
    asked = {
        name: to for name, to in versioned.items() if name not in laws and (whole is None or name in whole)
    }
    if asked:
        laws |= ws.store.read_laws_of(asked, first=SHOWN_LAWS if whole is None else None)
    counted = ws.store.count_laws(asked) if asked else {}
    return want, {
        e.name: LawsStep(
            "laws", e.name, versioned.get(e.name), e.name not in missing, *_counted(e.name, counted, laws),
            laws.get(e.name, ()), reduced[e.name].trials,
        )
        for e in experiments
    }  # fmt: skip


def _counted(
    name: str, counted: Mapping[str, tuple[int, int]], laws: Mapping[str, Sequence[Law]]
) -> tuple[int, int]:
    """How many laws there are and lead."""
    mine = laws.get(name, ())
    return counted[name] if name in counted else (len(mine), sum(law.is_leading for law in mine))
