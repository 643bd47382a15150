"""Run the lineage from a command line, through Dagster, and start its UI.

What belongs here: instances, runs, processes. What does not: printing (``cli``).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import dagster as dg

from scaling_assets.orchestration.assets.observations import ObservationsConfig
from scaling_assets.orchestration.build import SUMMARIES, build_definitions
from scaling_assets.orchestration.partitions import register
from scaling_assets.orchestration.refit import Batch, land_and_refit, refit
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.orchestration.schedules import JOB
from scaling_assets.pipeline import sweep
from scaling_assets.pipeline.claims import is_due as claims_are_due
from scaling_assets.pipeline.due import Due, due, stale
from scaling_assets.pipeline.land import pending
from scaling_assets.pipeline.planning import is_due as plans_are_due
from scaling_assets.pipeline.workspace import STORE_VARIABLE, Progress, Workspace

#: What runs log goes to Dagster's event log, where the UI shows it, not over the command's own output.
QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}
#: More experiments than this go through one run of the batch job: a run of its own costs each some seconds.
TOGETHER = 20
Told = Callable[[str, int, int, str], None]  # experiment, done, total, text


@dataclass(frozen=True)
class Materialized:
    """One experiment's run through Dagster."""

    experiment: str
    run_id: str
    succeeded: bool
    seconds: float
    reasons: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True)
class RunSummary:
    """What a call of ``run`` did; no runs means that there was nothing to do."""

    runs: tuple[Materialized, ...]
    home: Path

    @property
    def succeeded(self) -> bool:
        """True when no run failed."""
        return all(run.succeeded for run in self.runs)


def dagster_home(ws: Workspace) -> Path:
    """DAGSTER_HOME, or a folder of the lab's own, made with our settings when it is new."""
    home = Path(os.environ.get("DAGSTER_HOME") or ws.lab.root / ".dagster").resolve()
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        template = resources.files("scaling_assets.orchestration") / "instance" / "dagster.yaml"
        settings.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    return home


@contextmanager
def surroundings(ws: Workspace) -> Iterator[Path]:
    """Dagster's home and the store as environment variables, for this block and what it starts.

    The store travels by the environment, never by run configuration, where its password would show.
    """
    home = dagster_home(ws)
    wanted = {"DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "1", STORE_VARIABLE: ws.location}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield home
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def run(
    ws: Workspace,
    names: Sequence[str] | None = None,
    *,
    mode: Literal["quick", "full"] | None = None,
    label: str | None = None,
    told: Told | None = None,
    plan: Callable[[list[Due]], None] | None = None,
) -> RunSummary:
    """Materialise what is due in this process, on the lab's Dagster instance.

    Few experiments get a run each; more than ``TOGETHER`` go through one run of the batch job.

    Args:
        names: only these experiments.
        mode: quick or full sweeps; None as declared.
        label: run the sweeps again under this label.
        told: called with progress inside an experiment.
        plan: called once with what is due, before anything runs.

    Raises:
        UnknownName, StoreBusy, StoreUnreachable.
    """
    home = dagster_home(ws)
    todo = due(ws, list(names) if names is not None else None, mode=mode, label=label or sweep.FIRST)
    if plan:
        plan(todo)
    waiting = pending(ws)
    orphans = bool(waiting.files or waiting.changed) and not waiting.experiments
    summaries = names is None and (claims_are_due(ws) or plans_are_due(ws))
    if not todo and not orphans and not summaries:
        return RunSummary((), home)
    runs = []
    quiet = {"run_config": dg.RunConfig(loggers=QUIET)}
    with surroundings(ws), dg.DagsterInstance.get() as instance:
        register(instance, ws.lab.experiments)
        definitions = build_definitions(lab=str(ws.lab.root))
        if orphans:
            reason = ("files that no experiment claims",)
            runs.append(_execute(definitions, land_and_refit.name, instance, "", reason, quiet))
        elif len(todo) > TOGETHER and (names, mode, label) == (None, None, None):
            runs += _together(ws, definitions, instance, bool(waiting.files))
            todo = due(ws)  # what has to be swept first, or failed: each gets its own run, with its reason
        for position, item in enumerate(todo):
            if told:
                told(item.experiment, 0, 0, f"experiment {position + 1} of {len(todo)}")
            config = ObservationsConfig(
                sweep="label" if label else "first", label=label or "", mode=mode or "declared"
            )
            watched = Laboratory(lab=str(ws.lab.root)).reporting_to(_telling(told, item.experiment))
            options = {
                "run_config": dg.RunConfig(ops={"observations": config}, loggers=QUIET),
                "resources": {"laboratory": watched},
            }
            runs.append(_execute(definitions, JOB, instance, item.experiment, item.reasons, options))
        runs.append(_execute(definitions, SUMMARIES, instance, "", ("summaries",), quiet))
    return RunSummary(tuple(runs), home)


def _together(
    ws: Workspace, definitions: dg.Definitions, instance: dg.DagsterInstance, has_files: bool
) -> list[Materialized]:
    """Take in what waits and refit all that is stale, in one run each."""
    runs = []
    options: dict[str, Any] = {"run_config": dg.RunConfig(loggers=QUIET)}
    if has_files:
        reasons = ("files wait in the landing folder",)
        runs.append(_execute(definitions, land_and_refit.name, instance, "", reasons, options))
    left = [item.experiment for item in stale(ws)]
    if left:
        config = dg.RunConfig(ops={"refit_named": Batch(experiments=left)}, loggers=QUIET)
        reasons = (f"{len(left)} experiments are stale",)
        runs.append(_execute(definitions, refit.name, instance, "", reasons, {"run_config": config}))
    return runs


def _execute(
    definitions: dg.Definitions,
    job: str,
    instance: dg.DagsterInstance,
    experiment: str,
    reasons: tuple[str, ...],
    options: dict[str, Any],
) -> Materialized:
    started = time.monotonic()
    result = definitions.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key=experiment or None, raise_on_error=False, **options
    )
    return Materialized(
        experiment,
        result.run_id,
        result.success,
        time.monotonic() - started,
        reasons,
        "" if result.success else _problem(result),
    )


def _problem(result: dg.ExecuteInProcessResult) -> str:
    broken = [
        event.asset_check_evaluation_data
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    rules = [
        f"{found.check_name} ({found.metadata['offending rows'].value} rows, the first: "
        f"{found.metadata['first row'].value})"
        for found in broken
        if not found.passed
        and found.severity == dg.AssetCheckSeverity.ERROR
        and "offending rows" in found.metadata  # a data rule: gates and arms stop nothing
    ]
    if rules:
        return (
            f"blocking data rule(s) do not hold: {'; '.join(rules)}. Earlier laws and verdicts still stand. "
            "Correct the rule or bounds in the declaration, or the rows and land them in a new lab."
        )
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            return error.message.strip() if error else "unknown"
    return "the run ended without a failed step; see its log in the UI"


def _telling(told: Told | None, experiment: str) -> Progress:
    def tell(done: int, total: int, text: str) -> None:
        if told:
            told(experiment, done, total, text)

    return tell


def ui(ws: Workspace, *, host: str = "127.0.0.1", port: int = 3000) -> int:
    """Serve Dagster's UI with its daemon (sensors, schedules) until interrupted; returns the exit code.

    Args:
        host: the address to listen on. Dagster has no login: keep it on loopback.
    """
    command = [sys.executable, "-m", "dagster", "dev", "-m", "scaling_assets.orchestration.location"]
    # Started in a script's background, this process ignores interrupts, and Dagster would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with surroundings(ws):
        environment = {**os.environ, "SCALING_LAB": str(ws.lab.root)}
        process = subprocess.Popen([*command, "-h", host, "-p", str(port)], env=environment, cwd=ws.lab.root)

    # Ended by its own process id, politely: the interrupt lets it stop the web server and the daemon.
    def forward(number: int, _frame: FrameType | None) -> None:
        process.send_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, forward)
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The terminal has sent the interrupt to the child as well; give it time to stop its servers.
        return process.wait(timeout=30)
    finally:
        signal.signal(signal.SIGTERM, before)
