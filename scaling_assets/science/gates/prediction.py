"""Kind ``prediction``: a law's answer at a target scale against a limit.

What lives here: the judgement of one prediction, and the largest size for which the limit is provable.
By default the question is where one more run would lie, not where the mean curve lies. What does not:
predicting (``fitting.predict``).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Distance, Law
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.fitting.choose import misfit
from scaling_assets.science.fitting.mixture import is_average_of
from scaling_assets.science.fitting.predict import curve, predict
from scaling_assets.science.gates.asked_law import AsksLaw, law_problems, usable_laws
from scaling_assets.science.gates.compare import Bounds, Compared, compared, decide, number
from scaling_assets.science.gates.gate import Case, Finding, GateKind
from scaling_assets.science.gates.groups import in_words
from scaling_assets.science.gates.law_looks import law_look, stretched
from scaling_assets.science.gates.looks import at_confidence

GRID = 33  # sizes looked at for the largest provable one
PRECISION = 1e-3  # relative, of the largest provable size


class PredictionSettings(AsksLaw, Compared):
    """``at`` is the target scale, one value for each dimension of the law question.

    ``interval`` new_run_over_laws asks about one more run when no law is certain (the question's average
    answers, where there is one and no family is named), new_run about one more run of the leading law,
    mean_curve about the average of many runs. ``beyond`` overrides the law's extrapolation limit;
    ``beyond_reason`` says who decided that and why.
    """

    at: Annotated[dict[str, float], Field(min_length=1)]
    interval: Literal["new_run_over_laws", "new_run", "mean_curve"] = "new_run_over_laws"
    beyond: Annotated[float, Field(ge=1)] | None = None
    beyond_reason: str = ""


def judge(case: Case, settings: PredictionSettings) -> list[Finding]:
    """One finding a law."""
    laws, findings = usable_laws(case, settings)
    return findings + [_one(case, settings, _answering(case, settings, law)) for law in laws]


def _answering(case: Case, settings: PredictionSettings, law: Law) -> Law:
    """The average of the law's question, where the gate asks over laws and does not name one."""
    if settings.interval != "new_run_over_laws" or settings.family is not None:
        return law
    return next((a for a in case.laws if is_average_of(a, law)), law)


def _one(case: Case, settings: PredictionSettings, law: Law) -> Finding:
    gate, unit = case.gate, case.experiment.metric(law.metric).unit
    level = 2 * gate.confidence - 1  # each end of this interval is a one-sided bound at the confidence
    try:
        answer = predict(law, settings.at, kind=settings.interval, level=level, beyond=settings.beyond)
    except LawNotUsable as error:
        return Finding(
            group=law.group, outcome=Outcome.INSUFFICIENT_DATA, reason=error.message, remedy=error.remedy,
            n_units=law.n_units, law_id=law.law_id, is_simulated=law.is_simulated,
        )  # fmt: skip
    where = ", ".join(f"{axis} = {number(settings.at[axis])}" for axis in law.axes)
    looked = law_look(case.experiment, gate, law, gate.confidence)
    by = looked.stretch(1.0)
    subject = looked.told(f"predicted {law.metric} at {where}{in_words(law.group)}")
    provable = largest_provable(law, settings, level, by) if len(law.axes) == 1 else {}
    if answer.distance is Distance.REFUSED or answer.value is None:
        finding = Finding(
            group=law.group,
            outcome=Outcome.INSUFFICIENT_DATA,
            reason=f"{subject} is refused: {answer.reason}",
            remedy=_nearer(law, settings),
            operator=settings.operator,
            threshold=settings.limits,
            unit=unit,
            n_units=law.n_units,
        )
    else:
        mean = predict(law, settings.at, kind="mean_curve", level=level, beyond=settings.beyond)
        grown = _grown(answer.value, (answer.low, answer.high), (mean.low, mean.high))

        def later(factor: float) -> Bounds:
            assert answer.value is not None
            return stretched(answer.value, grown(factor), looked.stretch(factor), law.residuals)

        finding = compared(
            at_confidence(gate, looked.look.confidence), settings, law.group, subject, unit, answer.value,
            stretched(answer.value, (answer.low, answer.high), by, law.residuals), law.n_units,
            missing=answer.reason or "the law gives no interval there", grown=later,
        )  # fmt: skip
    largest = provable.get("largest_provable")
    note = ""
    if largest is not None:
        note = f"; provable up to {law.axes[0]} = {number(largest)}"
    elif provable:
        note = "; provable at no size inside the allowed range"
    finding = replace(
        finding,
        reason=finding.reason + note,
        method=f"{answer.kind}: {answer.method}",
        law_id=law.law_id,
        distance=f"{answer.distance.value}, {answer.decades:.2f} decades outside the measured range",
        is_simulated=law.is_simulated,
        evidence={
            **{f"ratio_{k}": v for k, v in answer.ratios.items()},
            "decades": answer.decades,
            **provable,
        },
    )
    return looked.kept(finding)


def largest_provable(
    law: Law, settings: PredictionSettings, level: float, by: float = 1.0
) -> dict[str, float | None]:
    """Return the largest size up to which the limit is proven, from the smallest measured one on.

    ``by`` stretches the distance of both ends from the curve (``law_looks``).

    Looks at GRID sizes from the smallest measured to the extrapolation limit, then halves the step in
    which the answer changes until it is settled to PRECISION. None when not even the smallest size is
    proven. {} when the answer changes more than once, so that "up to" would have no meaning.
    """
    low, high = law.domain[0]
    end = high * (1.0 if misfit(law) else _limit(law, settings))  # no extrapolation from a rejected law
    sizes = np.geomspace(low, end, GRID) if low > 0 else np.linspace(low, end, GRID)

    def proven(at: np.ndarray) -> np.ndarray:
        found = zip(*curve(law, at[:, None], kind=settings.interval, level=level), strict=True)
        ends = (
            stretched(float(value), (_number(low), _number(high)), by, law.residuals)
            for value, low, high in found
        )
        return np.array([decide(settings.operator, settings.limits, *e) is Outcome.PASS for e in ends])

    yes = proven(sizes)
    if np.any(yes[1:] & ~yes[:-1]):
        return {}
    count = int(yes.sum())
    if count in (0, GRID):
        return {"largest_provable": end if count else None, "largest_allowed": end}
    good, bad = float(sizes[count - 1]), float(sizes[count])
    while bad - good > PRECISION * bad:
        middle = (good + bad) / 2
        good, bad = (middle, bad) if proven(np.array([middle]))[0] else (good, middle)
    return {"largest_provable": good, "largest_allowed": end}


def _number(end: float) -> float | None:
    return None if np.isnan(end) else float(end)


def _limit(law: Law, settings: PredictionSettings) -> float:
    return max(law.extrapolation_limit, settings.beyond or 0.0)


def _grown(value: float, run: Bounds, mean: Bounds) -> Callable[[float], Bounds]:
    """Bounds to expect of more units: they sharpen the curve, never the spread of one more run."""

    def bounds(factor: float) -> Bounds:
        ends: list[float | None] = []
        for end, centre, sign in zip(run, mean, (-1, 1), strict=True):
            if end is None or centre is None:
                ends.append(None)
                continue
            fixed = max((end - value) ** 2 - (centre - value) ** 2, 0.0)
            ends.append(value + sign * float(np.sqrt(fixed + (centre - value) ** 2 / factor)))
        return ends[0], ends[1]

    return bounds


def _nearer(law: Law, settings: PredictionSettings) -> str:
    """Where a run would bring the target inside the allowed range."""
    if misfit(law):
        return "Declare a family that can follow the data, or ask inside the measured range."
    needs, limit = [], _limit(law, settings)
    for axis, (low, high) in zip(law.axes, law.domain, strict=True):
        target = settings.at.get(axis)
        if target is not None and target > high * limit:
            needs.append(f"{axis} = {number(target / limit)} or above")
        elif target is not None and low > 0 and target < low / limit:
            needs.append(f"{axis} = {number(target * limit)} or below")
    if needs:
        return f"Needs a run at {' and '.join(needs)}."
    return "Needs runs closer to the target, or a declared family that stays inside what the metric can be."


def problems(experiment: Experiment, gate: Gate, settings: PredictionSettings) -> list[str]:
    """Names that the experiment's law questions do not know, and a target that is not one point."""
    found = law_problems(experiment, gate, settings)
    if not found:
        by = next(q.by for q in experiment.laws if settings.means(q))
        if set(by) != set(settings.at):
            found.append(f"'at' must give a value for each of {', '.join(by)}, and nothing else")
    if settings.beyond is not None and not settings.beyond_reason:
        found.append("'beyond' needs 'beyond_reason': who decided to go beyond the limit, and why")
    return found


KIND = GateKind(
    "prediction", "A predicted value at a target scale", PredictionSettings, judge, problems, looks="any"
)
