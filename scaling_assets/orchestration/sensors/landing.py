"""The landing sensor: files that people or programs drop are taken in, and what they touch is refitted.

One run a look: it takes in every complete new file and refits exactly the experiments that got rows.
"""

import time

import dagster as dg

from scaling_assets.orchestration.partitions import experiments
from scaling_assets.orchestration.refit import land_and_refit
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.orchestration.sensors.reconcile import decide
from scaling_assets.orchestration.sensors.runs import BATCH_TAG, KIND_TAG, seen
from scaling_assets.pipeline.land import claimed, look
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.identity import content_id
from scaling_assets.records.observation import FileStamp

KIND = "landing"
#: The daemon starts a look at most every 5 s. Each look keeps its eyes open for most of that, so that
#: a file is noticed within about a second instead of 5; listing a folder costs microseconds.
WATCH_S = 4.0
PAUSE_S = 0.4


@dg.sensor(
    job=land_and_refit,
    name="landing_sensor",
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes in new files of the landing folder and refits the experiments that got new runs.",
)
def landing_sensor(context: dg.SensorEvaluationContext, laboratory: Laboratory) -> dg.SensorResult:
    """See ``reconcile`` for the states; every look ends with a reason in words."""
    return evaluate(context.instance, laboratory.open(), watch_s=WATCH_S)


def evaluate(instance: dg.DagsterInstance, ws: Workspace, *, watch_s: float = 0.0) -> dg.SensorResult:
    """One look, over at most ``watch_s`` seconds."""
    waiting, unsettled = _watch(ws, watch_s)
    known = set(instance.get_dynamic_partitions(experiments.name or ""))
    new = sorted(set(ws.lab.experiments) - known)
    requests = [experiments.build_add_request(new)] if new else []
    fingerprint = content_id([(s.path, s.size_bytes, s.mtime_ns) for s in waiting]) if waiting else None
    what = f"{len(waiting)} file(s) wait" if waiting else "nothing new in the landing folder"
    if unsettled:
        what += f"; {len(unsettled)} still being written"
    if ws.lab.problems:
        what += (
            f"; {len(ws.lab.problems)} problem(s) in declarations, the first: {ws.lab.problems[0].message}"
        )
    decision = decide(fingerprint, seen(instance, (KIND,), fingerprint), what=what)
    if decision.run_key is None:
        return dg.SensorResult(skip_reason=decision.reason, dynamic_partitions_requests=requests)
    run = dg.RunRequest(
        job_name=land_and_refit.name,
        run_key=decision.run_key,
        tags={BATCH_TAG: fingerprint or "", KIND_TAG: KIND, "scaling/files": str(len(waiting))},
    )
    return dg.SensorResult(run_requests=[run], dynamic_partitions_requests=requests)


def _watch(ws: Workspace, watch_s: float) -> tuple[tuple[FileStamp, ...], tuple[FileStamp, ...]]:
    until = time.monotonic() + watch_s
    known = ws.store.stamps()
    while True:
        found = look(ws, known)
        # A changed file is work too, once: the run notes it in the manifest, which ends it.
        waiting = (*claimed(ws, found.ready), *found.changed)
        if waiting or time.monotonic() >= until:
            return waiting, found.unsettled
        time.sleep(PAUSE_S)
