"""Certify the standing laws as a baseline, find a baseline again, and compare present laws with it.

What belongs here: which laws, from which store or file, against what. What does not: the numbers that a baseline
holds and the comparison (``science.comparing``).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from scaling_assets import __version__
from scaling_assets.errors import BaselineProblem, LawNotUsable, UnknownName
from scaling_assets.pipeline.due import stale
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.baseline import (
    NAME,
    Baseline,
    BaselineEntry,
    BaselineLaw,
    CertifiedMetric,
    Comparison,
    Moved,
    place_of,
)
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.monitor import DEFAULTS, MinimumChange
from scaling_assets.science.comparing.against import Present, against
from scaling_assets.science.comparing.snapshot import snapshot
from scaling_assets.science.fitting import problems_of
from scaling_assets.science.trials import cell_estimates

LARGEST_FILE_MB = 64
SUFFIX = ".json"


@dataclass(frozen=True)
class Saved:
    """A baseline as it is kept, whether it stood already, and laws that are not in it with the reason."""

    baseline: Baseline
    is_new: bool
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Against:
    """Present laws against a baseline. ``behind`` are experiments whose laws do not count all that has landed."""

    baseline: Baseline
    comparisons: tuple[Comparison, ...]
    not_in_baseline: tuple[str, ...]
    behind: Mapping[str, tuple[str, ...]]
    alpha: float

    def having(self, *outcomes: Moved) -> list[Comparison]:
        """The parts that came out so."""
        return [one for one in self.comparisons if one.outcome in outcomes]


def save(
    ws: Workspace, name: str, experiments: Sequence[str] | None, *, certified_by: str, reason: str
) -> Saved:
    """Certify the leading laws, and what metrics amounted to, as the next version of a name.

    Raises:
        BaselineProblem: the name is none. UnknownName: no such experiment.
        LawNotUsable: an experiment's laws do not count all that has landed, or no law can be a baseline.
    """
    if not re.fullmatch(NAME, name) or name.endswith(SUFFIX):
        raise BaselineProblem(
            baseline=name,
            problem=f"a name has letters, digits, '.', '_' and '-', and does not end in {SUFFIX}.",
        )
    chosen = ws.chosen(experiments)
    behind = [d.experiment for d in stale(ws) if d.experiment in {e.name for e in chosen}]
    if behind:
        raise LawNotUsable(
            law=", ".join(behind), problem="there are newer runs or declarations than these laws.",
            remedy="Run 'scaling-assets run' first: a baseline counts everything that has landed.",
        )  # fmt: skip
    laws: list[BaselineLaw] = []
    metrics: list[CertifiedMetric] = []
    skipped: list[str] = []
    for experiment in chosen:
        trials = _trials(ws, experiment)
        metrics += _metrics(experiment, trials)
        for present in _present(ws, experiment, trials).values():
            leading = next((law for law in present.laws if law.is_leading), None)
            label = f"{experiment.name}: {present.problem.question.label}{_in_group(present.problem.group)}"
            if leading is None:
                skipped.append(f"{label}: no law leads")
                continue
            taken = snapshot(leading, present.problem, present.hardware, present.direction)
            if isinstance(taken, str):
                skipped.append(f"{label}: {taken}")
            else:
                laws.append(taken)
    if not laws:
        raise LawNotUsable(
            law=name, problem=f"no law can be a baseline ({'; '.join(skipped) or 'none is fitted'})."
        )
    made = Baseline(
        name=name, version=1, baseline_id="", certified_by=certified_by, reason=reason,
        certified_at=ws.clock().astimezone(UTC), program=__version__, laws=tuple(laws), metrics=tuple(metrics),
    )  # fmt: skip
    return Saved(*_keep(ws, made), tuple(skipped))


def take_over(ws: Workspace, path: Path) -> tuple[Baseline, bool]:
    """Keep a baseline from a file under its own name; whether it is new.

    Raises:
        BaselineProblem: the file is none, or was edited.
    """
    return _keep(ws, from_file(path))


def _keep(ws: Workspace, made: Baseline) -> tuple[Baseline, bool]:
    versions_before = {entry.version for entry in ws.store.baselines(made.name)}
    kept = ws.store.save_baseline(made.model_copy(update={"baseline_id": made.content}))
    ws.store.publish()
    return kept, kept.version not in versions_before


def find(ws: Workspace, which: str) -> Baseline:
    """A baseline by NAME, NAME@VERSION, or the path of a file that ends in .json.

    Raises:
        UnknownName: the store has none of this name and version. BaselineProblem: see ``from_file``.
    """
    if which.endswith(SUFFIX):
        return from_file(Path(which))
    name, sign, version = which.partition("@")
    found = (
        None
        if sign and not version.isdecimal()
        else ws.store.read_baseline(name, int(version) if sign else None)
    )
    if found is None:
        known = ", ".join(f"{e.name}@{e.version}" for e in ws.store.baselines()) or "none is saved"
        raise UnknownName(kind="baseline", name=which, known=f"{known}; a file's name ends in {SUFFIX}")
    return found


def from_file(path: Path) -> Baseline:
    """A baseline that ``to_file`` wrote.

    Raises:
        BaselineProblem: there is no such file, it holds something else, or it was edited since.
    """
    try:
        if path.stat().st_size > LARGEST_FILE_MB * 2**20:
            raise BaselineProblem(baseline=path, problem=f"it is larger than {LARGEST_FILE_MB} MB.")
        text = path.read_bytes()
    except OSError as error:
        raise BaselineProblem(baseline=path, problem=f"{error.strerror}.") from None
    try:
        found = Baseline.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise BaselineProblem(baseline=path, problem=f"{where}: {first['msg']}.") from None
    if not found.is_intact:
        raise BaselineProblem(
            baseline=path, problem="its content is not what was certified.",
            remedy="Take the file as 'scaling-assets baseline export' wrote it; what should change is saved anew.",
        )  # fmt: skip
    return found


def to_text(baseline: Baseline) -> str:
    """The baseline as the JSON document that ``from_file`` reads."""
    return baseline.model_dump_json(indent=1) + "\n"


def entries(ws: Workspace, name: str | None = None) -> list[BaselineEntry]:
    """All versions of a name, or of all names."""
    return ws.store.baselines(name)


def compare(
    ws: Workspace,
    which: str,
    experiments: Sequence[str] | None = None,
    *,
    minimum: MinimumChange | None = None,
    parts: Collection[str] = (),
    alpha: float = 0.05,
) -> Against:
    """Compare the present laws of experiments with a baseline.

    Args:
        which: as for ``find``.
        experiments: only these; by default all that the lab declares.
        minimum: the smallest changes that matter, over those declared by experiments and the lab.

    Raises:
        UnknownName: no such baseline or experiment. BaselineProblem: see ``from_file``.
    """
    baseline = find(ws, which)
    chosen = {experiment.name: experiment for experiment in ws.chosen(experiments)}
    wanted = [law for law in baseline.laws if experiments is None or law.experiment in chosen]
    named = {law.experiment for law in wanted}
    present: dict[tuple[str, str, str], Present] = {}
    for name in sorted(named & set(chosen)):
        present |= _present(ws, chosen[name], _trials(ws, chosen[name]))

    def declared(name: str) -> MinimumChange:
        own = chosen[name].monitor.minimum_change if name in chosen else MinimumChange()
        lab = ws.lab.settings.monitor.minimum_change.over(DEFAULTS)
        return (minimum or MinimumChange()).over(own.over(lab))

    found = against(wanted, present, declared, alpha=alpha, parts=parts)
    behind = {d.experiment: d.reasons for d in stale(ws) if d.experiment in named}
    fitted = {name for name, head in ws.store.heads().items() if head.laws is not None}
    extra = tuple(name for name in chosen if name not in named and name in fitted)
    return Against(baseline, tuple(found), extra, behind, alpha)


def _present(
    ws: Workspace, experiment: Experiment, trials: pd.DataFrame
) -> dict[tuple[str, str, str], Present]:
    """The visible laws of an experiment by question and group, with the points that they were fitted to."""
    if trials.empty:
        return {}
    of: dict[tuple[str, str], list[Law]] = {}
    for law in ws.store.read_laws(experiment.name):
        of.setdefault((law.question, place_of(law.group)), []).append(law)
    found = {}
    for problem in problems_of(experiment, trials):
        laws = of.get((problem.question.label, place_of(problem.group)))
        if laws:
            direction = experiment.metric(problem.question.metric).direction
            hardware = _hardware(experiment, trials, problem.unit)
            key = (experiment.name, problem.question.label, place_of(problem.group))
            found[key] = Present(laws, problem, hardware, direction)
    return found


def _trials(ws: Workspace, experiment: Experiment) -> pd.DataFrame:
    head = ws.store.heads().get(experiment.name)
    if head is None or head.trials is None:
        return pd.DataFrame()
    return ws.store.read_trials(experiment, head.trials)


def _hardware(
    experiment: Experiment, trials: pd.DataFrame, units: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """What these units ran on, by declared column; a unit without a value counts as ""."""
    if not experiment.monitor.hardware:
        return {}
    own = trials[trials["unit"].astype(str).isin(set(map(str, units)))]
    return {
        column: tuple(sorted({"" if pd.isna(value) else str(value) for value in own[column].unique()}))
        for column in experiment.monitor.hardware
    }


def _metrics(experiment: Experiment, trials: pd.DataFrame) -> list[CertifiedMetric]:
    """Every metric in every cell, by its kind, with its interval."""
    found: list[CertifiedMetric] = []
    for metric in experiment.metrics if not trials.empty else ():
        cells = cell_estimates(experiment, trials, metric.name)
        for line in cells[cells["estimate"].notna()].to_dict("records"):
            found.append(CertifiedMetric(
                experiment=experiment.name, metric=metric.name, unit=metric.unit,
                cell={column: _plain(line[column]) for column in experiment.cell_columns},
                value=float(line["estimate"]), low=_plain(line["low"]), high=_plain(line["high"]),
                confidence=line["confidence"], method=line["method"], n_units=int(line["n_units"]),
            ))  # fmt: skip
    return found


def _plain(value: Any) -> Any:
    """A Python value; None for what is missing."""
    return None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value


def _in_group(group: Mapping[str, object]) -> str:
    return f" [{', '.join(f'{k}={v}' for k, v in group.items())}]" if group else ""
