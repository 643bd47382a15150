"""The allocations of plans: answered from what stands, answered again when it changes, and what people fixed.

What belongs here: which laws, verdicts and overrides a plan is asked with, and when its answer is due. What does not:
choosing (``science.allocation``), pages.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from scaling_assets.errors import UnknownName
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.allocation import Allocation, PlanOverride
from scaling_assets.records.identity import content_id
from scaling_assets.records.plan import Plan
from scaling_assets.science import allocation
from scaling_assets.science.allocation import Pin
from scaling_assets.store.store import Head


@dataclass(frozen=True)
class AllocationsStep:
    """The standing answer to a plan."""

    plan: str
    skipped: bool
    allocation: Allocation


def plans_reading(ws: Workspace, experiment: str) -> list[str]:
    """Plans that use a law or a verdict of this experiment, sorted."""
    return sorted(p.name for p in ws.lab.plans.values() if experiment in p.experiments)


def plan_version(ws: Workspace, name: str, heads: Mapping[str, Head], pins: Sequence[Pin]) -> str:
    """The version that the plan's allocation should have, given what is visible and fixed now."""
    plan = ws.plan(name)
    read = [(e, heads[e].laws if e in heads else None, heads[e].verdicts if e in heads else None)
            for e in plan.experiments]  # fmt: skip
    fixed = [(p.dimension, p.amount, p.words) for p in pins]
    return content_id("allocations", plan.model_dump(mode="json"), read, fixed, allocation.CODE_VERSION)


def allocate(ws: Workspace, name: str) -> AllocationsStep:
    """Answer a plan from the visible laws and verdicts, unless the standing answer came from just these."""
    plan, pins = ws.plan(name), in_force(ws, name)
    version = plan_version(ws, name, ws.store.heads(), pins)
    standing = [a for a in ws.store.read_allocations(name) if a.data_version == version]
    if standing:
        return AllocationsStep(name, True, standing[0])
    answer = replace(_answered(ws, plan, pins), data_version=version)
    ws.store.write_allocations(name, [answer])
    ws.store.publish()
    return AllocationsStep(name, False, answer)


def what_if(ws: Workspace, name: str, **changes: float | None) -> Allocation:
    """Answer a plan under another budget or target; nothing is kept."""
    asked = Plan.model_validate({**ws.plan(name).model_dump(exclude_unset=True), **changes})
    return _answered(ws, asked, in_force(ws, name))


def _answered(ws: Workspace, plan: Plan, pins: Sequence[Pin]) -> Allocation:
    laws = [law for experiment in plan.experiments for law in ws.store.read_laws(experiment)]
    verdicts = [v for experiment in plan.experiments for v in ws.store.read_verdicts(experiment)]
    answer = allocation.allocate(plan, laws, verdicts, pins)
    return replace(answer, outcome_unit=_unit(ws, plan) or answer.outcome_unit)


def _unit(ws: Workspace, plan: Plan) -> str:
    """The unit of outcomes that are added: laws do not know it, experiments do. Empty for ratios to the control."""
    if plan.combine == "product":
        return ""
    experiments = [(ws.lab.experiments.get(d.law.experiment), d.law.metric) for d in plan.dimensions]
    units = {found.metric(metric).unit for found, metric in experiments if found is not None}
    return units.pop() if len(units) == 1 else ""


def in_force(ws: Workspace, name: str, now: datetime | None = None) -> list[Pin]:
    """What people have fixed in a plan and nobody lifted, not yet expired; sorted by dimension."""
    now = now or datetime.now(UTC)
    last = {o.dimension: o for o in ws.store.plan_overrides(name)}
    known = {d.name for d in ws.plan(name).dimensions}
    return [_pin(o) for _, o in sorted(last.items()) if o.dimension in known and _stands(o, now)]


def _stands(override: PlanOverride, now: datetime) -> bool:
    return override.amount is not None and (override.expires_at is None or override.expires_at > now)


def _pin(override: PlanOverride) -> Pin:
    # The end is an instant; people name the last day on which it holds.
    last = None if override.expires_at is None else override.expires_at - timedelta(microseconds=1)
    until = f", until {last:%Y-%m-%d}" if last else ", without an end"
    words = f"{override.reason} ({override.author}{until})"
    assert override.amount is not None
    return Pin(override.dimension, override.amount, "override", words)


def override(
    ws: Workspace,
    name: str,
    dimension: str,
    amount: float | None,
    *,
    reason: str,
    until: datetime | None = None,
) -> None:
    """Fix a dimension of a plan, or lift that (``amount`` None), with who asks and why.

    Raises:
        UnknownName: no such plan or dimension, or an amount that the dimension does not offer.
    """
    known = {d.name: d for d in ws.plan(name).dimensions}
    if dimension not in known:
        raise UnknownName(kind=f"dimension of {name}", name=dimension, known=", ".join(known))
    if amount is not None and not allocation.offers(ws.plan(name), dimension, amount):
        d = known[dimension]
        steps = f"times {d.ratio:g}" if d.ratio else f"in steps of {d.step:g}" if d.step else "any amount"
        raise UnknownName(
            kind=f"amount of {dimension}",
            name=f"{amount:g}",
            known=f"{d.minimum:g} to {d.maximum:g}, {steps}",
        )
    who = os.environ.get("USER") or os.environ.get("USERNAME") or "unknown"
    ws.store.record_plan_override(PlanOverride(name, dimension, amount, reason, who, until))
