"""Make runs by a declared workload and take them in through the same door as landed files."""

from collections.abc import Mapping
from dataclasses import dataclass

from scaling_assets.ingest.landing import read_source
from scaling_assets.pipeline.registering import ROWS_COME, register
from scaling_assets.pipeline.workspace import Progress, Workspace
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.observation import Appended, FileStamp
from scaling_assets.sweeps import run_sweep, sweep_id, workload_id

FIRST = "first"  # label of the sweep that an experiment without runs starts with


@dataclass(frozen=True)
class SweepResult:
    """A sweep that ran (or had run before, then ``appended`` is None)."""

    sweep_id: str
    mode: str
    label: str
    appended: Appended | None


def mode_for(ws: Workspace, experiment: Experiment, mode: str | None = None) -> str:
    """quick or full: what was asked, else the lab's setting, else the workload's own default."""
    if mode in ("quick", "full"):
        return mode
    if ws.lab.settings.sweeps.mode in ("quick", "full"):
        return ws.lab.settings.sweeps.mode
    return experiment.workload.default_mode if experiment.workload else "quick"


def manifest_path(experiment: Experiment, identity: str) -> str:
    """The name under which a sweep stands in the manifest of sources."""
    return f"{_workload_prefix(experiment)}{identity}.jsonl"


def sweep_is_missing(
    stamps: Mapping[str, FileStamp], experiment: Experiment, mode: str, label: str = FIRST
) -> bool:
    """True when the experiment declares a workload and the manifest does not know this sweep of it."""
    if experiment.workload is None:
        return False
    return manifest_path(experiment, sweep_id(experiment, mode, label)) not in stamps


def sweep(
    ws: Workspace,
    name: str,
    *,
    mode: str | None = None,
    label: str = FIRST,
    progress: Progress | None = None,
) -> SweepResult:
    """Run the experiment's workload once for a label; a sweep that was taken in is not run again.

    When the truth of a simulated experiment is declared anew, rows made from the former truth are
    taken out: they can be made again, and laws fitted to both would be laws of neither. Measured rows
    stay, whatever is declared later.

    Raises:
        UnknownName: no such experiment. WorkloadFailed: the workload failed; nothing was kept.
    """
    experiment = ws.experiment(name)
    chosen = mode_for(ws, experiment, mode)
    identity = sweep_id(experiment, chosen, label)
    stamps = ws.store.stamps()
    if not sweep_is_missing(stamps, experiment, chosen, label):
        return SweepResult(identity, chosen, label, None)
    path = run_sweep(experiment, mode=chosen, label=label, folder=ws.lab.sweeps_folder, progress=progress)
    status = path.stat()
    stamp = FileStamp(manifest_path(experiment, identity), status.st_size, status.st_mtime_ns)
    source = read_source(path, stamp, {name: experiment}, origin="sweep")
    ws.store.declare(experiment)
    register(ws, [experiment], ROWS_COME)  # while rows that will be taken out are still there
    if experiment.is_simulated:
        former = [p for p in stamps if p.startswith(f"sweep:{name}/")]
        ws.store.retract(name, [p for p in former if not p.startswith(_workload_prefix(experiment))])
    return SweepResult(identity, chosen, label, ws.store.append(source, {name: experiment}))


def _workload_prefix(experiment: Experiment) -> str:
    return f"sweep:{experiment.name}/{workload_id(experiment)}/"
