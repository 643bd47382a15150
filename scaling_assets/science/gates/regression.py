"""Kind ``regression``: has a parameter moved from its baseline by more than a practical change?

What lives here: the difference of two estimates with an interval that keeps their asymmetry (MOVER,
Zou & Donner 2008, Statistics in Medicine 27, eq. 5). What does not: where baselines are kept (they are
declared), drift over many runs.
"""

from dataclasses import replace
from math import hypot
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from scipy import stats

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Law
from scaling_assets.science.gates.asked_law import (
    AsksLaw,
    law_problems,
    law_words,
    parameter_bounds,
    usable_laws,
)
from scaling_assets.science.gates.compare import Bounds, Compared, compared
from scaling_assets.science.gates.gate import Case, Finding, GateKind, Settings
from scaling_assets.science.gates.law_looks import law_look
from scaling_assets.science.gates.looks import at_confidence
from scaling_assets.science.gates.parameter import without_parameter


class Baseline(Settings):
    """The value to compare with, and how sure it is: a standard error, or an interval with its level.

    ``standard_error: 0`` declares an exact value.
    """

    value: float
    standard_error: Annotated[float, Field(ge=0)] | None = None
    low: float | None = None
    high: float | None = None
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95

    @model_validator(mode="after")
    def _says_how_sure(self) -> Self:
        interval = self.low is not None and self.high is not None
        if interval == (self.standard_error is not None) or (self.low is None) != (self.high is None):
            raise ValueError("give 'standard_error', or both 'low' and 'high'")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError("'value' lies outside 'low' to 'high'")
        return self

    def reach(self, confidence: float) -> tuple[float, float]:
        """Distances from the value down and up to its one-sided bounds at this confidence."""
        wanted = float(stats.norm.ppf(confidence))
        if self.low is None or self.high is None:
            return (wanted * (self.standard_error or 0.0),) * 2
        stretch = wanted / float(stats.norm.ppf(0.5 + self.level / 2))
        return (self.value - self.low) * stretch, (self.high - self.value) * stretch

    def since(self, value: float, ends: Bounds, reach: tuple[float, float]) -> Bounds:
        """Bounds of ``value`` minus the baseline, from those of the value and the baseline's ``reach``."""
        (low, high), (down, up), change = ends, reach, value - self.value
        return (
            None if low is None else change - hypot(value - low, up),
            None if high is None else change + hypot(high - value, down),
        )


class RegressionSettings(AsksLaw):
    """``minimum_change`` is the smallest difference that matters, in the parameter's unit.

    ``worse`` says which direction is a regression. ``monitored`` is the number of parameters that are
    watched together: the error probability is divided by it (Bonferroni), so that many watched laws
    do not raise an alarm by their number.
    """

    parameter: str
    baseline: Baseline
    minimum_change: Annotated[float, Field(gt=0)]
    worse: Literal["increase", "decrease", "both"] = "increase"
    monitored: Annotated[int, Field(ge=1)] = 1

    @property
    def comparison(self) -> Compared:
        """What the difference (now - baseline) is held against."""
        margin = self.minimum_change
        if self.worse == "both":
            return Compared(operator="within", threshold=(-margin, margin))
        if self.worse == "increase":
            return Compared(operator="<", threshold=margin)
        return Compared(operator=">", threshold=-margin)


def judge(case: Case, settings: RegressionSettings) -> list[Finding]:
    """One finding a law: fail when it is provably worse, pass when it provably is not."""
    laws, findings = usable_laws(case, settings)
    return findings + [_one(case, settings, law) for law in laws]


def _one(case: Case, settings: RegressionSettings, law: Law) -> Finding:
    gate = case.gate
    confidence = 1 - (1 - gate.confidence) / settings.monitored
    try:
        now = parameter_bounds(law, settings.parameter, confidence)
    except KeyError:
        return without_parameter(law, settings.parameter)
    then = settings.baseline
    looked = law_look(case.experiment, gate, law, confidence)
    change = now.value - then.value

    def grown(factor: float) -> Bounds:
        by = looked.stretch(factor)
        down, up = then.reach(confidence)
        return then.since(now.value, now.grown(factor, by), (by * down, by * up))

    subject = looked.told(f"the change of {settings.parameter} of the {law_words(law)}")
    finding = compared(
        at_confidence(gate, looked.look.confidence), settings.comparison, law.group, subject, now.unit, change,
        grown(1), law.n_units, missing="the law gives no interval on that side", grown=grown,
    )  # fmt: skip
    several = f", Bonferroni over {settings.monitored}" if settings.monitored > 1 else ""
    finding = replace(
        finding,
        reason=f"{finding.reason} (now {now.value:.4g}, baseline {then.value:.4g})",
        method=f"difference to the declared baseline (MOVER){several}; {now.method}",
        law_id=law.law_id,
        is_simulated=law.is_simulated,
        evidence={"now": now.value, "baseline": then.value, "minimum_change": settings.minimum_change},
    )
    return looked.kept(finding)


def problems(experiment: Experiment, gate: Gate, settings: RegressionSettings) -> list[str]:
    """Names that the experiment's law questions do not know."""
    return law_problems(experiment, gate, settings)


KIND = GateKind(
    "regression", "A law's parameter against its baseline", RegressionSettings, judge, problems, looks="any"
)
