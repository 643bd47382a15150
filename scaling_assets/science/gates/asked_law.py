"""Which fitted laws a gate means, and what is said when there is none to rely on.

What lives here: choosing by question, family and group; one-sided bounds of a parameter. What does
not: fitting, the kinds that use the laws.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from pydantic import model_validator
from scipy import stats

from scaling_assets.records.experiment import Experiment, Gate, LawQuestion
from scaling_assets.records.law import Group, Law, ParameterEstimate
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.fitting.interval import quantile
from scaling_assets.science.gates.compare import Bounds
from scaling_assets.science.gates.gate import Case, Finding, Settings
from scaling_assets.science.gates.groups import groups_of, in_words
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.trials.select import select


class AsksLaw(Settings):
    """Settings of every kind that asks a law: its question (by name, or by metric), its family.

    Without ``family`` the question's declared family answers (no other one in its place when its fit is
    not usable), and the leading law where none is declared.
    """

    question: str | None = None
    metric: str | None = None
    family: str | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.question is None) == (self.metric is None):
            raise ValueError("name the law by 'question' or by 'metric', exactly one of them")
        return self

    def means(self, question: LawQuestion) -> bool:
        """True when the gate asks this question."""
        return question.label == self.question if self.question else question.metric == self.metric


def law_problems(experiment: Experiment, gate: Gate, settings: AsksLaw) -> list[str]:
    """Names that no law question of the experiment knows."""
    asked = [q for q in experiment.laws if settings.means(q)]
    if len(asked) != 1:
        known = ", ".join(q.label for q in experiment.laws) or "none"
        what = settings.question or settings.metric
        many = "no law question" if not asked else "more than one law question"
        return [f"{what!r} means {many}; declared questions: {known}"]
    problems = []
    if settings.family is not None and settings.family not in asked[0].families:
        problems.append(
            f"'family' {settings.family!r} is not among the fitted {', '.join(asked[0].families)}"
        )
    if gate.looks is not None and gate.looks.noise == "bounded":
        problems.append("'looks' with noise bounded is for metrics; bounds of laws are asymptotic")
    apart = {*asked[0].segment, *asked[0].where}
    problems += [
        f"{column!r} is neither a segment nor a filter of the law question {asked[0].label!r}"
        for column in (*gate.where, *gate.each)
        if column not in apart
    ]
    return problems


def usable_laws(case: Case, settings: AsksLaw) -> tuple[list[Law], list[Finding]]:
    """Return the laws to be judged, and the findings for those that are not usable or not there.

    A law cannot be pooled with another: each group that ``where`` lets through gets its own verdict.
    """
    questions = {q.label: q for q in case.experiment.laws if settings.means(q)}
    fitted = [
        law
        for law in case.laws
        if law.question in questions and _lies_in(law, questions[law.question], case.gate)
    ]
    laws = [law for law in fitted if _is_meant(law, settings.family or questions[law.question].declared)]
    answered = {_place(law) for law in laws}
    leaderless = {_place(law): law for law in fitted if _place(law) not in answered}
    owed = groups_of(case.experiment, case.gate, select(case.experiment, case.trials, case.gate.where))
    absent = [g for g in owed if not any(g.items() <= law.group.items() for law in fitted)]
    findings = [_missing(case, settings, group) for group in absent]
    findings += [
        _leaderless(
            law,
            [other for other in fitted if _place(other) == place],
            settings.family or questions[law.question].declared or "leading",
        )
        for place, law in leaderless.items()
    ]
    findings += [_unusable(law) for law in laws if not law.is_usable]
    return [law for law in laws if law.is_usable], findings


def _place(law: Law) -> tuple[str, tuple[tuple[str, str | float], ...]]:
    """Question and group: where one law is expected to answer."""
    return law.question, tuple(sorted(law.group.items()))


def _is_meant(law: Law, family: str | None) -> bool:
    return law.family == family if family else law.is_leading


def _lies_in(law: Law, question: LawQuestion, gate: Gate) -> bool:
    for column, wanted in gate.where.items():
        options = wanted if isinstance(wanted, list) else [wanted]
        have = law.group.get(column, question.where.get(column))
        if have not in options and have != wanted:
            return False
    return True


def _missing(case: Case, settings: AsksLaw, group: Group) -> Finding:
    declared = next((q.declared for q in case.experiment.laws if settings.means(q)), None)
    which = f"{settings.family or declared or 'leading'} law"
    asked = {k: str(v) for k, v in case.gate.where.items()} | dict(group)
    return Finding(
        group=group,
        outcome=Outcome.INSUFFICIENT_DATA,
        reason=f"there is no {which} for {settings.question or settings.metric}{in_words(asked)}",
        remedy="Land runs that the law question covers, then fit.",
        is_simulated=case.experiment.is_simulated,
    )


def _leaderless(law: Law, tried: list[Law], which: str) -> Finding:
    """Fitted, but no law leads (or not the family that is meant): no group passes by that."""
    reasons = dict.fromkeys(f"{t.family} is {t.status.value}: {t.reason}" for t in tried if t.reason)
    if len({t.reason for t in tried}) == 1 and reasons:  # the data are the reason, not any one family
        reasons = {tried[0].reason: None}
    why = f" ({'; '.join(reasons)})" if reasons else ""
    return replace(
        _unusable(law),
        reason=f"there is no {which} law for {law.metric}{in_words(law.group)}{why}",
        law_id=None,
    )


def _unusable(law: Law) -> Finding:
    remedy = "Add runs at further scales, or declare a law with fewer parameters."
    if law.evidence.get("identical_values"):
        remedy = f"Judge {law.metric} itself by a threshold gate, or add runs until its values differ."
    return Finding(
        group=law.group,
        outcome=Outcome.INSUFFICIENT_DATA,
        reason=f"the {law_words(law)} is {law.status.value}: {law.reason}",
        remedy=remedy,
        n_units=law.n_units,
        law_id=law.law_id,
        is_simulated=law.is_simulated,
    )


def law_words(law: Law) -> str:
    """The law for a sentence: "power law of regen_ms at task = a"."""
    return f"{law.family} law of {law.metric}{in_words(law.group)}"


@dataclass(frozen=True)
class ParameterBounds:
    """A parameter with one-sided bounds at a confidence.

    ``grown(factor, stretch)`` are those to expect of ``factor`` times the units, with their distance from the value
    stretched (``law_looks``); no bound leaves the parameter's domain.
    """

    value: float
    bounds: Bounds
    unit: str
    method: str
    grown: Callable[[float, float], Bounds]


def parameter_bounds(law: Law, name: str, confidence: float) -> ParameterBounds:
    """Return one-sided bounds of a parameter, named by name or role.

    They are the draws' quantiles, stretched as the law's own interval stretches them (small-sample
    corrections live in the fit); draws that do not reach where the interval does are not asked, and the
    interval is rescaled by normal quantiles. A parameter that lies on an end of its domain is bounded
    there by its value, on the other side by its one-sided limit, and by nothing where it has none.

    Raises:
        KeyError: the law has no such parameter.
    """
    estimate = law.parameter(name)
    assert estimate.value is not None  # usable laws have values
    value, at = estimate.value, law.parameters.index(estimate)
    domain = FAMILIES[law.family].parameters[at]
    draws = np.clip(law.draws[:, at], domain.lower, domain.upper) if law.draws.size else np.empty(0)
    low, high = (
        _side(value, stated, draws, estimate, confidence, sign)
        for stated, sign in ((estimate.low, -1), (estimate.high, 1))
    )
    if estimate.at_bound:
        low, high = _at_domain(law, at, value, low, high)

    def grown(factor: float, stretch: float = 1.0) -> Bounds:
        # A limit away from a bound may grow with the square of the quantile (see fitting.at_bound).
        by = (max(stretch, stretch**2) if estimate.at_bound else stretch) / np.sqrt(factor)
        moved = (
            None if b is None else value if b == value else value + (b - value) * by for b in (low, high)
        )
        ends = (None if b is None or not np.isfinite(b) else float(b) for b in moved)
        under, over = (None if b is None else float(np.clip(b, domain.lower, domain.upper)) for b in ends)
        return under, over

    return ParameterBounds(value, (low, high), estimate.unit, estimate.method, grown)


def _at_domain(law: Law, at: int, value: float, low: float | None, high: float | None) -> Bounds:
    """The bound on the side of the domain's end is that end, without error."""
    parameter = FAMILIES[law.family].parameters[at]
    return (value if value <= parameter.lower else low), (value if value >= parameter.upper else high)


def _side(
    value: float,
    stated: float | None,
    draws: np.ndarray,
    estimate: ParameterEstimate,
    confidence: float,
    sign: int,
) -> float | None:
    tail = (1 - estimate.level) / 2
    if stated is None or not np.isfinite(stated):
        return None
    if len(draws):
        places = (tail, 1 - confidence) if sign < 0 else (1 - tail, confidence)
        ends = [quantile(draws, place) for place in places]
        reach, wanted = (sign * (end - value) for end in ends)
        if reach > 0:
            return value + sign * max(wanted, 0.0) * max(1.0, sign * (stated - value) / reach)
    ratio = float(stats.norm.ppf(confidence) / stats.norm.ppf(1 - tail))
    # A limit away from a bound may grow with the square of the quantile (see fitting.at_bound).
    return value + (stated - value) * (max(ratio, ratio**2) if estimate.at_bound else ratio)
