"""Kind ``stability``: how much do independent units (seeds) differ, and is that little enough?

What lives here: the spread of the units' values against a limit. What does not: change over time (``comparing``),
differences between arms (``comparison``).

The bounds are those of a normal sample's standard deviation (chi-square): three seeds leave an upper bound of 4.4
times the spread that they show.
"""

from dataclasses import replace
from math import sqrt

import numpy as np
from pydantic import model_validator

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group
from scaling_assets.science.gates.compare import Compared, compared
from scaling_assets.science.gates.gate import Case, Finding, GateKind
from scaling_assets.science.gates.groups import in_words, pooled
from scaling_assets.science.testing.spread import standard_deviation
from scaling_assets.science.trials import Pool

KINDS = ("value", "rate")


class StabilitySettings(Compared):
    """The standard deviation of ``metric`` over units must be on the right side of ``threshold``.

    ``relative`` takes it of natural logarithms: about the coefficient of variation, for values above 0.
    """

    metric: str
    relative: bool = False

    @model_validator(mode="after")
    def _limits_are_spreads(self) -> "StabilitySettings":
        if self.limits[0] < 0:
            raise ValueError("'threshold' is a standard deviation, at least 0")
        return self


def judge(case: Case, settings: StabilitySettings) -> list[Finding]:
    """One finding a group, planned groups without a trial included."""
    return [_one(case, settings, group, pool) for group, pool in pooled(case, settings.metric)]


def _one(case: Case, settings: StabilitySettings, group: Group, pool: Pool) -> Finding:
    metric, units = case.experiment.metric(settings.metric), pool.units
    values, tail = np.asarray(units.value, dtype=float), 1 - case.gate.confidence
    what = "relative spread" if settings.relative else "spread"
    subject = f"the {what} of {metric.name} over {len(values)} unit(s){in_words(group)}"
    reason = "simulated and measured runs are mixed" if pool.is_mixed else ""
    if settings.relative and np.any(values <= 0):
        reason = "values at or below 0 have no relative spread"
    shown = np.log(values) if settings.relative and not reason else values
    found = standard_deviation(shown)
    bounds = None if reason else found.bounds
    evidence: dict[str, float | None] = {"sd_units": found.value}
    if len(values):
        evidence |= {"mean": float(values.mean()), "min": float(values.min()), "max": float(values.max())}
    if metric.kind == "rate" and len(values):  # what the items of a run alone would make of it
        evidence["sd_of_items"] = sqrt(float(np.mean(values * (1 - values) / units.denominator)))
    finding = compared(
        case.gate, settings, group, subject, "" if settings.relative else metric.unit, None if reason else found.value,
        bounds(tail, 1.0) if bounds else (None, None), len(values), missing=reason or found.reason,
        grown=(lambda factor: bounds(tail, factor)) if bounds else None, unit_word="unit",
    )  # fmt: skip
    return replace(
        finding,
        method=found.method if bounds else "not estimable",
        is_simulated=pool.is_simulated or case.experiment.is_simulated,
        evidence=evidence,
    )


def problems(experiment: Experiment, gate: Gate, settings: StabilitySettings) -> list[str]:
    """A metric that is not declared, or whose units have no single value."""
    if settings.metric not in {m.name for m in experiment.metrics}:
        return [f"'metric' names {settings.metric!r}, which is not declared"]
    kind = experiment.metric(settings.metric).kind
    if kind not in KINDS:
        return [
            f"'metric' {settings.metric!r} is of kind {kind}, and a spread over units needs a value or rate"
        ]
    return ["'each' names 'seed', and a seed alone shows no spread"] if "seed" in gate.each else []


KIND = GateKind("stability", "Little spread over units", StabilitySettings, judge, problems)
