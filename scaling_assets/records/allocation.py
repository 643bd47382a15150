"""Where the next unit of compute goes: the answer to a plan.

What belongs here: the record. What does not: the question (``plan``), the solver (``science``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class AllocationStatus(StrEnum):
    """How the search for an allocation ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"  # even the minimum of every dimension costs more than the budget
    WAITING = "waiting"  # a law that the plan needs is missing or not usable
    REFUSED = "refused"  # every affordable choice lies beyond a law's extrapolation limit


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
    bound_by: str = ""  # what stopped it: "budget", "maximum", "minimum", "extrapolation limit", "no gain"


@dataclass(frozen=True)
class Allocation:
    """The best affordable amounts, with what they cost and are expected to yield.

    ``agreement`` is the share of parameter draws in which these very amounts are the best;
    ``shadow_price`` the gain in the objective per further unit of currency (None when nothing more
    can be bought); ``baselines`` the outcome of simpler policies under the same budget.
    """

    allocation_id: str
    plan: str
    status: AllocationStatus
    reason: str
    amounts: tuple[AllocatedAmount, ...]
    budget: float
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
