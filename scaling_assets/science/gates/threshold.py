"""Kind ``threshold``: a measured value, quantile, rate, count or ratio against a limit.

What lives here: pooling what ``where`` selects and judging it. One verdict for each combination of the
``each`` columns; without ``each``, one verdict over everything selected. Cells are pooled by the
metric's kind (sums added, samples joined, a unit in several cells counted once), never by averaging
estimates, and the reason names how many were. Name a level in ``where``, or the dimension in ``each``,
to keep levels apart. A single run's rate is judged by its items, and says so.
"""

from dataclasses import replace

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group
from scaling_assets.science.gates.compare import Compared, compared
from scaling_assets.science.gates.gate import Case, Finding, GateKind
from scaling_assets.science.gates.groups import in_words, pooled
from scaling_assets.science.gates.looking import estimate_at, sequence_problems
from scaling_assets.science.gates.looks import at_confidence, blocked, plan_of
from scaling_assets.science.trials import Pool


class ThresholdSettings(Compared):
    """``metric`` must be on the right side of ``threshold`` (in the metric's unit)."""

    metric: str


def judge(case: Case, settings: ThresholdSettings) -> list[Finding]:
    """One finding a group, planned groups without a trial included."""
    return [_one(case, settings, group, pool) for group, pool in pooled(case, settings.metric)]


def _one(case: Case, settings: ThresholdSettings, group: Group, pool: Pool) -> Finding:
    gate, metric = case.gate, case.experiment.metric(settings.metric)
    found, look = estimate_at(metric, pool, plan_of(case.experiment, gate), gate.confidence)
    pinned = "seed" in group  # further seeds would not belong to this group; further items would
    subject = f"{metric.name}{in_words(group)}"
    if pool.n_cells > 1:
        subject += f" over {pool.n_cells} cells"
    if look.words:
        subject += f", {look.words},"
    finding = compared(
        at_confidence(gate, look.confidence), settings, group, subject, metric.unit, found.value,
        (found.low, found.high), found.n_units, missing=found.reason, grown=found.grown,
        unit_word="evaluation set" if pinned else "run", method=found.method,
        is_simulated=pool.is_simulated or case.experiment.is_simulated,
        evidence={**found.evidence, "cells": pool.n_cells, **look.evidence},
    )  # fmt: skip
    these = found.method.partition("conditional on ")[2]
    if these or pinned:
        finding = replace(
            finding,
            reason=finding.reason + (f"; conditional on {these}, it says nothing of others" if these else ""),
            runs_needed=None if pinned else finding.runs_needed,
        )
    return blocked(finding, look) if look.blocked else finding


def problems(experiment: Experiment, gate: Gate, settings: ThresholdSettings) -> list[str]:
    """Names that the experiment does not declare, bounds that the plan of looking cannot have."""
    if settings.metric not in {m.name for m in experiment.metrics}:
        return [f"'metric' names {settings.metric!r}, which is not declared"]
    return sequence_problems(experiment.metric(settings.metric), plan_of(experiment, gate))


KIND = GateKind(
    "threshold", "A measured metric against a limit", ThresholdSettings, judge, problems, looks="any"
)
