"""Refit any set of experiments in one run (Dagster concept: op jobs that record materializations).

Dagster can put a contiguous range of partitions into one run, but not "these three of ten thousand".
This job does, and records each partition's materializations, data versions and checks as the assets
would have: the same use cases, the same descriptions.
"""

import traceback
from collections.abc import Sequence

import dagster as dg

from scaling_assets.errors import ScalingError
from scaling_assets.orchestration import describe, evaluations
from scaling_assets.orchestration.assets.partitioned import Report
from scaling_assets.orchestration.partitions import register
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import land, reports, steps
from scaling_assets.pipeline.workspace import Workspace


class Batch(dg.Config):
    """Experiments to refit, by name."""

    experiments: list[str]


class Blocked(ScalingError):
    """{count} blocking data rule(s) of {experiment} do not hold: {rules}"""

    remedy = "See the checks of the asset {asset}; the laws and verdicts that stood before still stand."


@dg.op(out=dg.Out(list, description="Experiments that got new rows.", io_manager_key="memory"))
def take_in(context: dg.OpExecutionContext, laboratory: Laboratory) -> list[str]:
    """Take in every complete new file of the landing folder."""
    ws = laboratory.open()
    landed = land.land(ws)
    for taken in landed.appended:
        context.log.info(
            f"{taken.path}: {taken.status.value}, {taken.rows_accepted} new, {taken.rows_repeated} repeated, "
            f"{taken.rows_rejected} in quarantine{'; ' + taken.message if taken.message else ''}"
        )
    for name in (*landed.unsettled, *landed.changed):
        context.log.warning(f"not taken in: {name} (still being written, or changed after it had landed)")
    register(context.instance, ws.lab.experiments)
    return list(landed.experiments)


@dg.op(ins={"names": dg.In(list)}, out=dg.Out(dg.Nothing))
def refit_found(context: dg.OpExecutionContext, laboratory: Laboratory, names: list[str]) -> None:
    """Refit exactly the experiments that got new rows."""
    _refit(context, laboratory.open(), names)


@dg.op(out=dg.Out(dg.Nothing))
def refit_named(context: dg.OpExecutionContext, config: Batch, laboratory: Laboratory) -> None:
    """Refit the experiments named in the configuration."""
    ws = laboratory.open()
    register(context.instance, ws.lab.experiments)
    _refit(context, ws, config.experiments)


@dg.job(
    description="Take in new files and refit exactly the experiments that got new runs, in one run.",
    executor_def=dg.in_process_executor,
)
def land_and_refit() -> None:
    """Landing, then refit: names pass in memory, nothing is pickled."""
    refit_found(take_in())


@dg.job(
    description="Refit any set of experiments in one run.",
    executor_def=dg.in_process_executor,
)
def refit() -> None:
    """Refit by name."""
    refit_named()


def _refit(context: dg.OpExecutionContext, ws: Workspace, names: Sequence[str]) -> None:
    """Refit each by itself: one experiment's trouble does not keep the others from their laws."""
    failures: dict[str, str] = {}
    for position, name in enumerate(names, start=1):
        if position == 1 or position % max(1, len(names) // 10) == 0:
            context.log.info(f"{name} ({position} of {len(names)})")
        try:
            _refit_one(context, ws, name)
        except Exception as error:  # noqa: BLE001 - reported below, all together, as the run's failure
            failures[name] = str(error)
            trace = "" if isinstance(error, ScalingError) else "\n" + traceback.format_exc()
            context.log.error(f"{name}: {error}{trace}")
    if failures:
        raise dg.Failure(
            f"{len(failures)} of {len(names)} experiments were not refitted: "
            + "; ".join(f"{name}: {message}" for name, message in failures.items())
        )


def _refit_one(context: dg.OpExecutionContext, ws: Workspace, name: str) -> None:
    _record(context, "observations", name, describe.observations(ws, name))
    _check(context, ws, name, "observations")
    reduced = steps.reduce_trials(ws, name)
    _check(context, ws, name, "trials")
    fitted = steps.fit_laws(ws, name)
    judged = steps.judge(ws, name)
    # People see the new laws from here on; drawing and recording them takes longer than fitting.
    _record(context, "trials", name, describe.trials(reduced))
    _record(context, "laws", name, describe.laws(ws.experiment(name), fitted))
    _record(context, "verdicts", name, describe.verdicts(ws, judged, reports.write_experiment(ws, name)))
    plans = [steps.allocate(ws, plan) for plan in steps.plans_reading(ws, name)]
    _record(context, "allocations", name, describe.allocations(plans))


def _record(context: dg.OpExecutionContext, asset: str, partition: str, report: Report) -> None:
    metadata, version = report
    # No code version tag: with one, Dagster expects full input provenance and calls the asset stale.
    tags = {"dagster/data_version": version} if version else {}
    context.log_event(dg.AssetMaterialization(asset, partition=partition, metadata=metadata, tags=tags))


def _check(context: dg.OpExecutionContext, ws: Workspace, name: str, asset: str) -> None:
    broken = []
    for found in steps.check_observations(ws, name, evaluations.names(asset)):
        context.log_event(evaluations.evaluation(asset, name, found))  # type: ignore[arg-type]  # as its code does
        if found.count and found.severity == "blocker":
            broken.append(found.check)
    if broken:
        raise Blocked(experiment=name, count=len(broken), rules=", ".join(broken), asset=asset)
