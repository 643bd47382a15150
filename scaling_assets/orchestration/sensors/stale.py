"""The stale sensor: what an edited declaration, an override's end, new code or a crash left behind is made again.

It compares the versions that data, declarations and code call for with those that people see. A law that new runs
disagree with (``pipeline.watching``) has been refitted already: it is named, and left to people.
"""

import dagster as dg

from scaling_assets.orchestration.refit import Batch, refit
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.orchestration.sensors import landing
from scaling_assets.orchestration.sensors.reconcile import decide
from scaling_assets.orchestration.sensors.runs import BATCH_TAG, KIND_TAG, seen
from scaling_assets.pipeline import planning, watching
from scaling_assets.pipeline.due import unsettled
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.identity import content_id

KIND = "refit"


@dg.sensor(
    job=refit,
    name="stale_sensor",
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Refits experiments whose declaration, data or code is newer than what people see, and answers "
    "plans that were edited or whose overrides ended.",
)
def stale_sensor(context: dg.SensorEvaluationContext, laboratory: Laboratory) -> dg.SensorResult:
    """See ``reconcile`` for the states; every look ends with a reason in words."""
    return evaluate(context.instance, laboratory.open())


def evaluate(instance: dg.DagsterInstance, ws: Workspace) -> dg.SensorResult:
    """One look."""
    due = unsettled(ws)
    # Answers that read what is to be refitted come after it, by themselves (the summaries' sensor).
    plans = {} if due else planning.wanted(ws)
    parts = [[(d.experiment, d.version) for d in due], *([sorted(plans.items())] if plans else [])]
    fingerprint = content_id(*parts) if due or plans else None
    what = "; ".join(f"{d.experiment}: {', '.join(d.reasons)}" for d in due[:5])
    what = what or (
        f"plans to answer: {', '.join(name for _, name in sorted(plans)[:5])}" if plans else _flagged(ws)
    )
    # A landing run may be about to do the same work: both kinds count as under way.
    decision = decide(fingerprint, seen(instance, (KIND, landing.KIND), fingerprint), what=what)
    if decision.run_key is None:
        return dg.SensorResult(skip_reason=decision.reason)
    names = [d.experiment for d in due]
    run = dg.RunRequest(
        job_name=refit.name,
        run_key=decision.run_key,
        run_config=dg.RunConfig(ops={"refit_named": Batch(experiments=names)}),
        tags={BATCH_TAG: fingerprint or "", KIND_TAG: KIND, "scaling/experiments": str(len(names))},
    )
    return dg.SensorResult(run_requests=[run])


def _flagged(ws: Workspace) -> str:
    """Nothing is to be refitted; which laws wait for somebody to look at them."""
    names = sorted({one.experiment for one in watching.stale(ws)})
    if not names:
        return "nothing is stale"
    return f"nothing is to be refitted; new runs disagree with laws of {', '.join(names[:5])}: 'scaling-assets stale'"
