"""Refit any set of experiments in one run (Dagster concept: op jobs that record materializations).

Dagster can put a contiguous range of partitions into one run, but not "these three of ten thousand".
This job does, and records each partition's materializations, data versions and checks as the assets
would have: the same use cases, the same descriptions.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence

import dagster as dg

from scaling_assets.errors import ScalingError, StoreBusy, StoreUnreachable
from scaling_assets.orchestration import describe, evaluations
from scaling_assets.orchestration.assets.partitioned import Report
from scaling_assets.orchestration.partitions import register
from scaling_assets.orchestration.resources import Laboratory
from scaling_assets.pipeline import allocating, assigning, changing, land, planning, reports, steps
from scaling_assets.pipeline.allocating import AllocationsStep
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.science.planning import PLAN_KINDS
from scaling_assets.store.store import Offenders


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
    """Refit the experiments named in the configuration, and answer the plans that this or an edit left behind."""
    ws = laboratory.open()
    register(context.instance, ws.lab.experiments)
    _refit(context, ws, config.experiments)
    for kind in PLAN_KINDS:
        step = planning.plan_all(ws, kind)
        if not step.skipped:
            version = {"dagster/data_version": step.version}
            event = dg.AssetMaterialization(kind, metadata=describe.plans(step), tags=version)
            context.log_event(event)


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
    """Refit all together; one experiment's trouble does not keep the others from their laws."""
    failures: dict[str, str] = {}
    context.log.info(f"{len(names)} experiment(s)")

    def work(some: Sequence[str]) -> None:
        _refit_together(context, ws, some, failures)

    _in_parts(context, list(names), work, failures)
    if failures:
        raise dg.Failure(
            f"{len(failures)} of {len(names)} experiments were not refitted: "
            + "; ".join(f"{name}: {message}" for name, message in failures.items())
        )


def _in_parts(
    context: dg.OpExecutionContext,
    names: Sequence[str],
    work: Callable[[Sequence[str]], None],
    failures: dict[str, str],
) -> None:
    """Work on all at once; where that fails, on either half, down to those that fail by themselves."""
    if not names:
        return
    try:
        work(names)
    except (StoreBusy, StoreUnreachable):
        raise
    except Exception as error:  # noqa: BLE001 - reported by the caller, all together, as the run's failure
        if len(names) == 1:
            failures[names[0]] = str(error)
            trace = "" if isinstance(error, ScalingError) else "\n" + traceback.format_exc()
            context.log.error(f"{names[0]}: {error}{trace}")
            return
        middle = len(names) // 2
        for half in (names[:middle], names[middle:]):
            _in_parts(context, half, work, failures)


def _refit_together(
    context: dg.OpExecutionContext, ws: Workspace, names: Sequence[str], failures: dict[str, str]
) -> None:
    details = len(names) <= describe.DETAILED
    for name in names:
        if ws.experiment(name).assignment is not None:
            batch = assigning.plan_batch(ws, name)
            _record(context, "assignments", name, describe.assignments(ws, batch))
    looked_at = steps.check_all(ws, names, evaluations.names("observations"))
    for name, report in describe.observations_of(ws, names, details=details).items():
        _record(context, "observations", name, report)
    sound = _sound(context, looked_at, "observations", failures)
    reduced = steps.reduce_all(ws, sound)
    sound = _sound(context, steps.check_all(ws, sound, evaluations.names("trials")), "trials", failures)
    fitted = steps.fit_all(ws, sound)
    looked = changing.watch_all(ws, sound)
    judged = steps.judge_all(ws, sound)
    # People see the new laws from here on; drawing and recording them takes longer than fitting.
    answered: dict[str, AllocationsStep] = {}
    for name in sound:
        _record(context, "trials", name, describe.trials(reduced[name]))
        _record(context, "laws", name, describe.laws(ws.experiment(name), fitted[name], drawn=details))
        _record(context, "changes", name, describe.changes(looked[name]))
        context.log_event(evaluations.no_open_changes_evaluation(name, looked[name].watched))  # type: ignore[arg-type]  # as its code does
        folder = reports.write_experiment(ws, name) if details else None
        _record(context, "verdicts", name, describe.verdicts(ws, judged[name], folder))
        context.log_event(evaluations.sample_ratio_evaluation(name, judged[name].arms))  # type: ignore[arg-type]  # as its code does
        context.log_event(evaluations.new_runs_evaluation(name, judged[name].stale))  # type: ignore[arg-type]  # as its code does
        context.log_event(evaluations.gates_evaluation(name, judged[name].verdicts))  # type: ignore[arg-type]
        for plan in allocating.plans_reading(ws, name):
            answered[plan] = answered.get(plan) or allocating.allocate(ws, plan)
        answers = [answered[plan] for plan in allocating.plans_reading(ws, name)]
        _record(context, "allocations", name, describe.allocations(answers))
    if not details:
        context.log.warning(
            f"{len(names)} experiments at once: their folders in reports/ were not written; "
            "'scaling-assets report' writes them"
        )


def _sound(
    context: dg.OpExecutionContext,
    looked_at: Mapping[str, Sequence[Offenders]],
    asset: str,
    failures: dict[str, str],
) -> list[str]:
    """Those experiments that no blocking rule speaks against; the others are failures."""
    sound = []
    for name, found in looked_at.items():
        for rule in found:
            context.log_event(evaluations.evaluation(asset, name, rule))  # type: ignore[arg-type]  # as its code does
        broken = [rule.check for rule in found if rule.count and rule.severity == "blocker"]
        if broken:
            blocked = Blocked(experiment=name, count=len(broken), rules=", ".join(broken), asset=asset)
            failures[name] = str(blocked)
            context.log.error(f"{name}: {blocked}")
        else:
            sound.append(name)
    return sound


def _record(context: dg.OpExecutionContext, asset: str, partition: str, report: Report) -> None:
    metadata, version = report
    # No code version tag: with one, Dagster expects full input provenance and calls the asset stale.
    tags = {"dagster/data_version": version} if version else {}
    context.log_event(dg.AssetMaterialization(asset, partition=partition, metadata=metadata, tags=tags))
