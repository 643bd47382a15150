"""What the simulated experiments declare as true, in the terms of the laws that are fitted to them.

Read from the declarations themselves, so that a changed truth cannot leave a stale test behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scaling_assets.records.experiment import Experiment
from scaling_assets.sweeps import settings_of
from scaling_assets.sweeps.truth import Truth


@dataclass(frozen=True)
class Planted:
    """A law that a simulated column was drawn from, and the question whose answer must be that law."""

    experiment: str
    question: str
    column: str
    group: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return "-".join([self.experiment, self.question, *[v for _, v in self.group]])


MEDIUM, HIGH = (("task_complexity", "medium"),), (("task_complexity", "high"),)
DISJOINT, OVERLAPPING = (("edit_overlap", "disjoint"),), (("edit_overlap", "overlapping"),)
PLANTED = (
    Planted("locality", "regen_ms_by_elements", "regen_ms"),
    Planted("collaboration", "latency_mean_ms_by_users", "latency_ms", DISJOINT),
    Planted("collaboration", "latency_mean_ms_by_users", "latency_ms", OVERLAPPING),
    Planted("governance", "tvc_ms_by_operations", "tvc_ms"),
    Planted("agent_count", "quality_score_by_agent_count", "quality_score", MEDIUM),
    Planted("agent_count", "quality_score_by_agent_count", "quality_score", HIGH),
    Planted("agent_count", "total_cost_usd_by_agent_count", "total_cost_usd"),
    Planted("agent_count", "time_to_complete_s_by_agent_count", "time_to_complete_s"),
    Planted("iterations", "quality_score_by_iterations", "quality_score"),
    Planted("iterations", "total_cost_usd_by_iterations", "total_cost_usd"),
    Planted("parallelism", "tasks_per_hour_by_parallelism", "time_to_complete_s"),
)


def truth_of(experiment: Experiment, planted: Planted) -> tuple[str, dict[str, float]]:
    """Family and parameters that the experiment declares for a planted law."""
    truth = truth_for(experiment, planted.column)
    return truth.family, truth.parameters_at(dict(planted.group))


def truth_for(experiment: Experiment, column: str) -> Truth:
    """The declared truth of a column."""
    return next(t for t in truths(experiment) if t.column == column)


def truths(experiment: Experiment) -> Iterator[Truth]:
    """All declared truths of a simulated experiment."""
    settings: Any = settings_of(experiment, "full")
    yield from settings.truths
