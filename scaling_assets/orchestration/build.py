"""Put everything together (Dagster concept: Definitions).

What belongs here: the assembly. Each call makes fresh definitions, so that tests replace resources by
argument and never patch a global.
"""

import dagster as dg

from scaling_assets.orchestration.assets.allocations import allocations
from scaling_assets.orchestration.assets.assignments import assignments
from scaling_assets.orchestration.assets.changes import changes
from scaling_assets.orchestration.assets.claims import claims
from scaling_assets.orchestration.assets.laws import laws
from scaling_assets.orchestration.assets.observations import observations
from scaling_assets.orchestration.assets.plans import planning_assets
from scaling_assets.orchestration.assets.summaries import exponent_summary, report
from scaling_assets.orchestration.assets.trials import trials
from scaling_assets.orchestration.assets.verdicts import verdicts
from scaling_assets.orchestration.refit import land_and_refit, refit
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.orchestration.schedules import lineage, nightly_sweeps
from scaling_assets.orchestration.sensors.landing import landing_sensor
from scaling_assets.orchestration.sensors.stale import stale_sensor

SUMMARIES = "summaries"


def build_definitions(*, lab: str = "") -> dg.Definitions:
    """Assets, jobs, sensors and the schedule over one lab.

    Args:
        lab: the lab's folder; empty means SCALING_LAB or the current directory.
    """
    plans = planning_assets()
    summaries = [exponent_summary, claims, *plans, report]
    tail = dg.AutomationConditionSensorDefinition(
        "summaries_sensor",
        target=dg.AssetSelection.assets(*summaries),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=10,
        description="Renews the summaries when any experiment's laws, verdicts or allocations changed.",
    )
    return dg.Definitions(
        assets=[
            assignments,
            observations,
            trials,
            laws,
            changes,
            verdicts,
            allocations,
            *summaries,
        ],
        jobs=[
            lineage,
            refit,
            land_and_refit,
            dg.define_asset_job(SUMMARIES, summaries),
        ],
        sensors=[landing_sensor, stale_sensor, tail],
        schedules=[nightly_sweeps],
        # "memory" carries names between the steps of one process: nothing is pickled.
        resources={"laboratory": Laboratory(lab=lab), "memory": dg.mem_io_manager},
        executor=dg.in_process_executor,
    )
