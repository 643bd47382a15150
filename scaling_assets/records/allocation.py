"""Where the next unit of compute goes: the answer to a plan.

What belongs here: the record. What does not: the question (``plan``), the solver (``science``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AllocationStatus(StrEnum):
    """How the search for an allocation ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"  # nothing meets the budget, a limit or the target; the reason says which
    WAITING = "waiting"  # a law or a verdict that the plan needs is missing or undecided
    REFUSED = "refused"  # a law failed its gates, or every affordable choice lies beyond a law's reach


@dataclass(frozen=True)
class AllocatedAmount:
    """What one dimension gets. ``low``/``high``: range over the parameter draws at the plan's level."""

    dimension: str
    amount: float | None
    low: float | None
    high: float | None
    unit: str
    cost: float | None
    law_id: str | None
    bound_by: str = ""  # what stopped it, see science.allocation.binding


@dataclass(frozen=True)
class AllocationInput:
    """Something that an allocation was made from.

    ``noun`` "law", "verdict" or "override"; ``role`` what it decided ("outcome by agents", "admits the law",
    "fixes agents"); ``identity`` its law_id or verdict_id; ``text`` what it says.
    """

    noun: str
    role: str
    experiment: str
    identity: str
    text: str


@dataclass(frozen=True)
class PlanOverride:
    """A person fixed one dimension of a plan, or lifted that again (``amount`` None).

    In force from ``recorded_at`` to ``expires_at`` (None: until lifted), unless a later one follows.
    """

    plan: str
    dimension: str
    amount: float | None
    reason: str
    author: str
    expires_at: datetime | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Allocation:
    """The best affordable amounts, with what they cost and are expected to yield.

    ``agreement`` is the share of parameter draws in which these very amounts are the best;
    ``shadow_price`` the gain in the objective per further unit of currency (None when nothing more
    can be bought); ``baselines`` the outcome of simpler policies under the same budget. ``cost_low`` and
    ``cost_high`` are what the choices under the single draws cost; ``risk`` names what was maximised, with its
    value in ``risk_value`` unless it is the estimate; ``reaches`` is the share of draws in which the chosen
    amounts reach the target. ``binding`` names the constraint that stops the whole, ``explanation`` says why in
    sentences; ``inputs`` are what it was made from.
    """

    allocation_id: str
    plan: str
    status: AllocationStatus
    reason: str
    amounts: tuple[AllocatedAmount, ...]
    budget: float | None
    cost: float | None
    leftover: float | None
    currency: str
    outcome: float | None
    outcome_low: float | None
    outcome_high: float | None
    outcome_unit: str
    level: float
    method: str
    shadow_price: float | None
    agreement: float | None
    is_simulated: bool
    data_version: str
    baselines: Mapping[str, float | None] = field(default_factory=dict)
    title: str = ""
    owner: str = ""
    direction: str = "higher"
    target: float | None = None
    risk: str = "estimate"
    risk_value: float | None = None
    cost_low: float | None = None
    cost_high: float | None = None
    reaches: float | None = None
    binding: str = ""
    explanation: tuple[str, ...] = ()
    inputs: tuple[AllocationInput, ...] = ()
