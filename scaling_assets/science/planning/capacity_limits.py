"""The declared limits of a capacity plan as amounts: what each carries now, and what adding to it can give.

What belongs here: from the declaration and what was read to ``growth.Limit`` and ``resources.Resource``. What does
not: the decision (``growth``), tables (``capacity_tables``).
"""

from dataclasses import dataclass, field

from scaling_assets.science.planning.admission import Admission, admission
from scaling_assets.science.planning.amounts import Amount
from scaling_assets.science.planning.capacity_question import CapacityQuestion
from scaling_assets.science.planning.capacity_reads import Missing, Reads
from scaling_assets.science.planning.declared_limits import Ceiling, DeclaredUnits, Servers
from scaling_assets.science.planning.declared_limits import Resource as DeclaredResource
from scaling_assets.science.planning.growth import (
    Limit,
    Units,
    law_reach,
    queue_capacity,
    queue_reach,
    stated_reach,
)
from scaling_assets.science.planning.queueing import Promise
from scaling_assets.science.planning.resources import Resource, by_law, proportional
from scaling_assets.science.planning.throughput import Throughput


@dataclass
class Limits:
    """Everything that limits the load, by name in declared order, and what the further tables need."""

    load: Amount
    limits: dict[str, Limit] = field(default_factory=dict)
    units: dict[str, DeclaredUnits] = field(default_factory=dict)
    resources: list[Resource] = field(default_factory=list)
    throughput: Throughput | None = None
    admitted: Admission | None = None
    service_time: Amount | None = None


def limits_of(question: CapacityQuestion, reads: Reads) -> Limits:
    """Read every limit.

    Raises:
        Missing: laws or numbers are missing; the message names them all.
        LawNotUsable: a law is of a family that a limit cannot be read from.
    """
    missing: list[str] = []
    found = Limits(Amount(None))
    try:
        found.load = reads.number(question.load)
    except Missing as what:
        raise Missing(f"today's load: {what}") from what
    for step in (_curve, _queue, _resources, _ceilings):
        try:
            step(question, reads, found)
        except Missing as what:
            missing.append(str(what))
    if missing:
        raise Missing("; ".join(missing))
    return found


def _curve(question: CapacityQuestion, reads: Reads, found: Limits) -> None:
    curve = question.curve
    if curve is None:
        return
    law = Throughput(reads.law(curve.law), question.level, curve.interval, curve.beyond or 1.0)
    found.throughput = law
    if curve.units is None:
        found.admitted = admission(law, "throughput", question.margin, curve.response, curve.think)
        found.limits["throughput"] = found.admitted.limit
        return
    now = law.at(curve.units.now).times(1 - question.margin)
    reach = None if now.value is None else law_reach(law, _units(curve.units), question.margin)
    found.limits["throughput"] = Limit("throughput", now, reach)
    found.units["throughput"] = curve.units


def _queue(question: CapacityQuestion, reads: Reads, found: Limits) -> None:
    queue = question.queue
    if queue is None:
        return
    time = reads.number(queue.service_time).times(1 / queue.time_units)  # in the load's unit of time
    promise, units = promise_of(queue), _units(queue.units)
    capacity = queue_capacity(time, int(queue.units.now), promise, queue.variability).times(
        1 - question.margin
    )
    reach = queue_reach(time, units, promise, queue.variability, question.margin)
    found.limits["queue"] = Limit("queue", capacity, None if capacity.value is None else reach)
    found.units["queue"] = queue.units
    found.service_time = time


def _resources(question: CapacityQuestion, reads: Reads, found: Limits) -> None:
    for declared in question.resources:
        resource = _resource(question, declared, reads, found.load)
        found.resources.append(resource)
        capacity = resource.saturation.times(1 - question.margin)
        _stated(found, declared, declared.name, capacity, resource.furthest)


def _ceilings(question: CapacityQuestion, reads: Reads, found: Limits) -> None:
    for ceiling in question.ceilings:
        _stated(found, ceiling, ceiling.name, reads.number(ceiling.most).times(1 - question.margin))


def _stated(
    found: Limits,
    declared: DeclaredResource | Ceiling,
    name: str,
    capacity: Amount,
    furthest: float | None = None,
) -> None:
    reach = None
    if declared.units is not None:
        reach = stated_reach(capacity, _units(declared.units), is_perfect=declared.scaling == "perfect")
        found.units[name] = declared.units
    found.limits[name] = Limit(name, capacity, reach, furthest=furthest)


def _resource(question: CapacityQuestion, declared: DeclaredResource, reads: Reads, load: Amount) -> Resource:
    if declared.law is not None:
        interval = question.curve.interval if question.curve else "new_run_over_laws"
        return by_law(
            declared.name, declared.unit, reads.law(declared.law), declared.limit, question.level, interval
        )
    assert declared.use is not None and load.value is not None  # the declaration's own rule; read before
    use = reads.number(declared.use)
    try:
        return proportional(declared.name, declared.unit, use, load.value, declared.limit, declared.idle)
    except ValueError as what:
        raise Missing(str(what)) from what


def promise_of(queue: Servers) -> Promise:
    """The queue's promise in the load's unit of time."""
    return Promise(queue.promise.limit / queue.time_units, queue.promise.share, queue.promise.of)


def _units(declared: DeclaredUnits) -> Units:
    return Units(declared.name, declared.now, declared.most, declared.step)
