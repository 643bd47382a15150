"""Kind ``lab_law``: a stated number against the lab's own law: a parameter with its interval, or a prediction.

What lives here: finding the law, comparing its interval with the printed digits. What does not: fitting it. A law
from simulated runs says nothing about a real system; the answer is marked so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pydantic import Field, model_validator

from scaling_assets.records.claim import Claim, ClaimSheet
from scaling_assets.records.declared import Filter, Identifier
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Distance, Law
from scaling_assets.records.printed import PrintedNumber, read_printed
from scaling_assets.science.claims.against import against
from scaling_assets.science.claims.kind import (
    Case,
    ClaimKind,
    Finding,
    Objection,
    Operator,
    Settings,
    missing,
)
from scaling_assets.science.fitting.predict import predict
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.ranges.enclose import Range


class LabLawSettings(Settings):
    """The law of ``metric`` in ``experiment``: its ``parameter`` (a name or a role), or its prediction ``at`` a
    point, is said to be ``states``. Without a ``family`` the leading law answers."""

    experiment: Identifier
    metric: Identifier
    question: Identifier | None = None
    family: Identifier | None = None
    segment: Filter = Field(default_factory=dict)
    parameter: str | None = None
    at: dict[Identifier, float] = Field(default_factory=dict)
    operator: Operator = "="
    states: PrintedNumber

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "LabLawSettings":
        if (self.parameter is None) == (not self.at):
            raise ValueError("name either a 'parameter' or the point 'at' which the law predicts")
        return self


def audit(case: Case, settings: LabLawSettings) -> Finding:
    """The law's own interval against the printed digits."""
    stated = read_printed(settings.states)
    facts = {"stated": settings.states, "experiment": settings.experiment}
    if stated is None:
        return missing("no number is stated", "the claimed number", **facts)
    found = [law for law in case.laws if _is_meant(law, settings)]
    usable = [law for law in found if law.is_usable]
    if not usable:
        why = f" ({found[0].status.value.replace('_', ' ')}: {found[0].reason})" if found else ""
        reason = f"{settings.experiment} has no usable law of {settings.metric}{why}"
        return missing(reason, "runs that such a law can be fitted to", **facts)
    if len(usable) > 1:
        reason = f"{len(usable)} laws of {settings.experiment} answer"
        return missing(reason, "which one is meant: 'question', 'family' or 'segment'", **facts)
    law = usable[0]
    answer = _parameter(law, settings) if settings.parameter else _prediction(law, settings)
    if isinstance(answer, str):
        found_law = {"law_id": law.law_id, "is_simulated": law.is_simulated}
        return missing(answer, "a law that answers this", **facts, **found_law)
    what, value, method = answer
    compared = against(
        what, value, stated, settings.operator, method=method, experiment=law.experiment, law_id=law.law_id,
        is_simulated=law.is_simulated,
    )  # fmt: skip
    runs = "simulated runs of this lab" if law.is_simulated else "runs of this lab"
    reason = compared.reason.replace("within the printed digits", "by its interval")
    return replace(compared, reason=f"{reason}; from {runs}")


Answer = tuple[str, Range, str]


def _parameter(law: Law, settings: LabLawSettings) -> Answer | str:
    name = settings.parameter or ""
    try:
        found = law.parameter(name)
    except KeyError:
        return f"the {law.family} law has no parameter {name!r}"
    if found.value is None or found.low is None or found.high is None:
        return f"{name} of the {law.family} law has no two-sided interval"
    what = f"{name} of the lab's {law.family} law of {law.metric}"
    return what, Range(found.value, found.low, found.high), f"{found.level:.0%} interval, {found.method}"


def _prediction(law: Law, settings: LabLawSettings) -> Answer | str:
    absent = [axis for axis in law.axes if axis not in settings.at]
    if absent:
        return f"no value is given for {', '.join(absent)}"
    found = predict(law, settings.at, kind="new_run")
    point = ", ".join(f"{axis} = {settings.at[axis]:g}" for axis in law.axes)
    if found.distance is Distance.REFUSED or found.value is None or found.low is None or found.high is None:
        return f"the law makes no prediction at {point}: {found.reason}"
    return (
        f"the lab's {law.family} law of {law.metric} at {point}",
        Range(found.value, found.low, found.high),
        found.method,
    )


def _is_meant(law: Law, settings: LabLawSettings) -> bool:
    return (
        law.experiment == settings.experiment
        and law.metric == settings.metric
        and not law.is_average
        and (settings.question is None or law.question == settings.question)
        and (law.is_leading if settings.family is None else law.family == settings.family)
        and (not settings.at or set(settings.at) <= set(law.axes))
        and all(str(law.group.get(column)) == str(value) for column, value in settings.segment.items())
    )


def objections(
    sheet: ClaimSheet, claim: Claim, settings: LabLawSettings, experiments: Mapping[str, Experiment | None]
) -> list[Objection]:
    """Experiments, metrics, questions, families and parameters that the lab does not have."""
    return list(_objections(settings, experiments))


def _objections(
    settings: LabLawSettings, experiments: Mapping[str, Experiment | None]
) -> Iterator[Objection]:
    name = settings.experiment
    if name not in experiments:
        known = ", ".join(experiments) or "none"
        yield Objection(("experiment",), f"there is no experiment {name!r}", f"Known: {known}.")
        return
    experiment = experiments[name]
    if experiment is None:
        return
    questions = [q for q in experiment.laws if q.metric == settings.metric]
    if not questions:
        asked = ", ".join(dict.fromkeys(q.metric for q in experiment.laws)) or "none"
        what = f"{name} fits no law of {settings.metric!r}"
        yield Objection(("metric",), what, f"Metrics with a law: {asked}.")
        return
    if settings.question is not None and settings.question not in [q.label for q in questions]:
        known = ", ".join(q.label for q in questions)
        what = f"{name} asks no law question {settings.question!r} about {settings.metric}"
        yield Objection(("question",), what, f"Questions: {known}.")
        return
    families = [f for q in questions for f in q.families]
    if settings.family is not None and settings.family not in families:
        what = f"{name} does not fit the family {settings.family!r} to {settings.metric}"
        yield Objection(("family",), what, f"It fits: {', '.join(dict.fromkeys(families))}.")
        return
    if settings.family and settings.parameter and settings.family in FAMILIES:
        names = [word for p in FAMILIES[settings.family].parameters for word in (p.name, p.role) if word]
        if settings.parameter not in names:
            what = f"the {settings.family} law has no parameter {settings.parameter!r}"
            yield Objection(("parameter",), what, f"Known: {', '.join(dict.fromkeys(names))}.")


KIND = ClaimKind("lab_law", "A stated number against the lab's own law", LabLawSettings, audit, objections)
