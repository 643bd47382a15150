"""Run an experiment's workload once and keep its rows whole or not at all.

What belongs here: the door ``run_sweep``, the checks every workload's rows must pass, the file.
What does not: how rows come about (one workload a file), taking them in (``ingest``).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock
from pydantic import BaseModel, ValidationError

from scaling_assets.errors import ScalingError, UnknownName, WorkloadFailed
from scaling_assets.records.experiment import STANDARD_COLUMNS, Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.sweeps import workload as contract
from scaling_assets.sweeps.registry import WORKLOADS
from scaling_assets.sweeps.workload import Progress, Row, WorkloadKind


def sweep_id(experiment: Experiment, mode: str, label: str) -> str:
    """The sweep's identity: its workload's declaration, mode, label and code version (24 hex digits).

    Raises:
        WorkloadFailed: the experiment declares no workload. UnknownName: of an unknown kind.
    """
    return contract.sweep_id(experiment, mode, label, version=_kind(experiment).version)


def workload_id(experiment: Experiment) -> str:
    """Identity of the workload in both its modes: all its sweeps share it, whatever their label.

    Raises:
        WorkloadFailed: the experiment declares no workload. UnknownName: of an unknown kind.
    """
    version = _kind(experiment).version
    return content_id(
        *(contract.sweep_id(experiment, mode, "", version=version) for mode in ("quick", "full"))
    )


def settings_of(experiment: Experiment, mode: str) -> BaseModel:
    """The workload's settings in a mode, validated by its kind.

    Raises:
        WorkloadFailed, UnknownName: no workload, or of an unknown kind.
        pydantic.ValidationError: the settings are not what the kind accepts.
    """
    kind = _kind(experiment)
    return kind.Settings.model_validate(_declared(experiment).settings_for(mode))


def workload_problems(experiment: Experiment) -> list[str]:
    """All that is wrong with the declared workload, in both modes; empty when nothing is.

    An experiment without a workload has no problem: its runs come by landing.
    """
    if experiment.workload is None:
        return []
    found: list[str] = []
    for mode in ("quick", "full"):
        try:
            settings = settings_of(experiment, mode)
        except UnknownName as error:
            return [str(error)]
        except ValidationError as error:
            found += [f"{mode}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        else:
            found += [f"{mode}: {p}" for p in _mode_problems(experiment)]
            found += [f"{mode}: {p}" for p in _kind(experiment).problems(experiment, settings)]
    return list(dict.fromkeys(_without_mode_where_both(found)))


def run_sweep(
    experiment: Experiment,
    *,
    mode: str,
    label: str,
    folder: Path,
    progress: Progress | None = None,
) -> Path:
    """Run the workload and return its file ``<folder>/<experiment>/<sweep_id>.jsonl``.

    The rows are written aside, flushed to the disk and renamed: a sweep that was killed leaves no
    file of that name, and a file of that name is always whole. A sweep whose file is there is not
    run again. Two processes that ask for the same sweep run it once; the second one waits.

    Args:
        experiment: what to run; it declares the workload.
        mode: "quick" or "full".
        label: what tells this sweep from others of the same declaration, for example a date.
        folder: where sweeps are kept.
        progress: called with (runs done, runs planned, what is being run).

    Raises:
        WorkloadFailed: the workload raised, or made a row that the experiment cannot take.
        UnknownName: the workload's kind is unknown.
    """
    kind = _kind(experiment)
    target = folder / experiment.name / f"{sweep_id(experiment, mode, label)}.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):
        if not target.exists():
            try:
                _write(target, _checked(experiment, _rows(experiment, kind, mode, label, progress)))
            except ScalingError:
                raise
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
                raise WorkloadFailed(kind=kind.name, experiment=experiment.name, problem=problem) from error
    return target


def _rows(
    experiment: Experiment, kind: WorkloadKind, mode: str, label: str, progress: Progress | None
) -> Iterator[Row]:
    problems = workload_problems(experiment)
    if problems:
        raise ValueError("; ".join(problems))
    return kind.run(
        experiment,
        settings_of(experiment, mode),
        seed=_declared(experiment).seed,
        mode=mode,
        label=label,
        progress=progress or _quiet,
    )


def _checked(experiment: Experiment, rows: Iterator[Row]) -> Iterator[Row]:
    """Pass rows on; stop at the first that the experiment's declaration would put in quarantine."""
    allowed = {*STANDARD_COLUMNS, *experiment.column_types}
    needed = {"run_id", "is_simulated"} | {d.name for d in experiment.dimensions}
    needed |= {c.name for c in experiment.columns if c.required}
    needed |= {c.name for c in experiment.context if c.required}
    needed |= {m.name for m in experiment.metrics if m.column and m.required}
    seen: set[frozenset[str]] = set()
    count = 0
    for count, row in enumerate(rows, start=1):
        if (names := frozenset(row)) not in seen:
            if strange := sorted(names - allowed):
                raise ValueError(
                    f"row {count} has columns the experiment does not declare: {', '.join(strange)}"
                )
            if lacking := sorted(needed - names):
                raise ValueError(f"row {count} lacks columns the experiment requires: {', '.join(lacking)}")
            seen.add(names)
        if row["is_simulated"] is not experiment.is_simulated:
            raise ValueError(
                f"row {count} says is_simulated {row['is_simulated']}, the experiment is {experiment.mode}"
            )
        yield row
    if count == 0:
        raise ValueError("it made no row")


def _write(target: Path, rows: Iterator[Row]) -> None:
    # One name is enough: the lock keeps a second writer away, and what a killed one left is overwritten.
    aside = target.with_suffix(".part")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(row, allow_nan=False, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; Windows cannot open folders and does not need it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _declared(experiment: Experiment) -> Any:
    if experiment.workload is None:
        raise WorkloadFailed(
            kind="(undeclared)",
            experiment=experiment.name,
            problem="the experiment declares no workload",
            remedy="Declare a 'workload', or land its runs as files.",
        )
    return experiment.workload


def _kind(experiment: Experiment) -> WorkloadKind:
    name = _declared(experiment).kind
    if name not in WORKLOADS:
        raise UnknownName(kind="workload", name=name, known=", ".join(sorted(WORKLOADS)))
    return WORKLOADS[name]


def _mode_problems(experiment: Experiment) -> list[str]:
    kind = _kind(experiment)
    if kind.is_simulated == experiment.is_simulated:
        return []
    makes = "simulated" if kind.is_simulated else "measured"
    return [f"workload {kind.name!r} makes {makes} runs, the experiment is {experiment.mode}"]


def _without_mode_where_both(found: list[str]) -> list[str]:
    """A problem that both modes have is said once, without naming a mode."""
    texts = [text.split(": ", 1) for text in found]
    both = {t for m, t in texts if m == "quick"} & {t for m, t in texts if m == "full"}
    return [t if t in both else f"{m}: {t}" for m, t in texts]


def _quiet(done: int, total: int, text: str) -> None:
    """The progress callback of a caller that does not want to know."""
