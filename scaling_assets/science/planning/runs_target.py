"""What the next runs are for: a prediction, a range, a parameter, all parameters, telling laws apart, or a gate.

What lives here: the declaration of the target, and its reading against laws and verdicts. What does not: choosing runs
(``design``), the answer (``next_runs``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.declared import Declared, Filter, Identifier
from scaling_assets.records.experiment import Experiment, LawQuestion
from scaling_assets.records.law import Law
from scaling_assets.records.plan import LawReference
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.fitting.predict import predict
from scaling_assets.science.gates import GATES
from scaling_assets.science.gates.asked_law import parameter_bounds
from scaling_assets.science.gates.compare import Bounds, decide
from scaling_assets.science.gates.judge import settings_of
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.planning.candidates import inside_limit, place_text

RANGE_POINTS = 9  # on each axis of a range, evenly spaced in logarithms
#: Gates on laws, which runs at other scales can settle; of all others the verdict says itself how many runs it needs.
OF_LAWS = ("parameter", "prediction")
Interval = Literal["mean_curve", "new_run", "new_run_over_laws"]


class NoSuchParameter(str):
    """Why a law cannot be asked for a parameter: no run will change that."""


class RunTarget(Declared):
    """Either ``law`` with one of the following, or ``experiment`` and ``gate`` (with ``group`` where it has several).

    ``at``: its prediction there (c-optimality); ``over``: its curve over ranges ``{axis: [low, high]}`` (V-optimality);
    ``parameter``: one by name or role (c-optimality); ``parameters: true``: all of them (D-optimality); ``rivals:
    true``: which of the fitted laws is right (T-optimality). ``interval`` says whose interval is told of ``at``.
    """

    law: LawReference | None = None
    at: dict[Identifier, Annotated[float, Field(gt=0)]] | None = None
    over: dict[Identifier, tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]] | None = None
    parameter: Identifier | None = None
    parameters: bool = False
    rivals: bool = False
    interval: Interval = "mean_curve"
    experiment: Identifier | None = None
    gate: Identifier | None = None
    group: Filter = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        named = [self.at, self.over, self.parameter, self.parameters or None, self.rivals or None]
        asked = sum(part is not None for part in named)
        if self.gate is not None:
            if self.law is not None or asked or self.experiment is None:
                raise ValueError("a gate is named by 'experiment' and 'gate', and asks its own question")
        elif self.law is None or asked != 1 or self.experiment is not None:
            raise ValueError(
                "name 'law' and one of 'at', 'over', 'parameter', 'parameters: true', 'rivals: true'; "
                "or 'experiment' and 'gate'"
            )
        return self

    @property
    def source(self) -> str:
        """The experiment that is asked."""
        return self.law.experiment if self.law is not None else str(self.experiment)


@dataclass(frozen=True, eq=False)
class Ends:
    """A value with its bounds (``run``) and those of its curve or parameter alone (``mean``), which runs sharpen.

    What a run's own noise adds stays: the same rule by which gates say how many runs they need.
    """

    value: float
    run: Bounds
    mean: Bounds
    unit: str
    method: str
    law_id: str

    def after(self, ratio: float) -> Bounds:
        """The bounds to expect when the curve's standard deviation is ``ratio`` times what it is."""
        ends: list[float | None] = []
        for end, centre, sign in zip(self.run, self.mean, (-1, 1), strict=True):
            if end is None or centre is None:
                ends.append(None)
                continue
            fixed = max((end - self.value) ** 2 - (centre - self.value) ** 2, 0.0)
            ends.append(self.value + sign * float(np.sqrt(fixed + (ratio * (centre - self.value)) ** 2)))
        return ends[0], ends[1]


@dataclass(frozen=True, eq=False)
class Asked:
    """A target that is read: what to make small, where, and when a gate would be settled.

    ``points`` (q, k) in the law's axes where the curve is asked, None where parameters or rivals are; ``ends`` where
    there is one number; ``settles`` says of bounds whether they decide the gate.
    """

    what: Literal["curve", "parameters", "rivals"]
    words: str
    law: Law
    is_named: bool
    points: np.ndarray | None = None
    names: tuple[str, ...] = ()
    ends: Ends | None = None
    settles: Callable[[Bounds], bool] | None = None
    verdict: Verdict | None = None


def question_meant(target: RunTarget, experiment: Experiment) -> LawQuestion | None:
    """The law question whose axes candidates have; None where a gate asks no law."""
    metric: str | None
    label: str | None
    if target.law is not None:
        metric, label = target.law.metric, target.law.question
    else:
        gate = next((g for g in experiment.gates if g.name == target.gate), None)
        if gate is None or gate.kind not in OF_LAWS:
            return None
        settings = GATES[gate.kind].Settings.model_validate(gate.settings)
        metric, label = getattr(settings, "metric", None), getattr(settings, "question", None)
    found = [q for q in experiment.laws if label in (None, q.label) and metric in (None, q.metric)]
    return found[0] if found else None


def target_problems(target: RunTarget, experiment: Experiment) -> list[str]:
    """What a target names that the experiment does not declare."""
    if target.gate is not None and target.gate not in [g.name for g in experiment.gates]:
        known = ", ".join(g.name for g in experiment.gates) or "none"
        return [f"{target.gate!r} is no gate of {experiment.name}; it has {known}"]
    question = question_meant(target, experiment)
    if question is None:
        return []
    found = []
    for field in (target.at, target.over):
        if field is not None:
            found += [
                f"{n!r} is none of the axes {', '.join(question.by)}" for n in field if n not in question.by
            ]
            found += [f"a target needs a value for {n}" for n in question.by if n not in field]
    families = [FAMILIES[name] for name in question.families if _is_meant(target, name)]
    fitted = {name for family in families for p in family.parameters for name in (p.name, p.role) if name}
    if target.parameter is not None and target.parameter not in fitted:
        named = ", ".join(sorted(fitted))
        found.append(f"{target.parameter!r} is no parameter of the laws that are fitted; they have {named}")
    for axis, (low, high) in (target.over or {}).items():
        if not low < high:
            found.append(f"{axis!r} has an empty range: {low:g} is not below {high:g}")
    return found


def _is_meant(target: RunTarget, family: str) -> bool:
    return target.law is None or target.law.family in (None, family)


def ask_prediction(
    law: Law,
    average: Law,
    at: dict[str, float],
    interval: str,
    confidence: float,
    unit: str,
    is_named: bool,
    beyond: float | None = None,
) -> Asked | str:
    """The curve at one point, with bounds one-sided at the confidence; or why there is no number.

    Beyond the law's limit (or ``beyond``) it has no bounds: some candidate has to bring the point inside first.
    """
    level = 2 * confidence - 1
    words = f"{law.metric} at {place_text(law.axes, np.array([at[a] for a in law.axes]))}"
    try:
        run = predict(average, at, kind=interval, level=level, beyond=beyond)
        mean = predict(average, at, kind="mean_curve", level=level, beyond=beyond)
    except LawNotUsable as error:
        return error.message
    points = np.array([[at[axis] for axis in law.axes]])
    if run.value is None and not inside_limit(law, points).all():
        return Asked("curve", f"the prediction of {words}", law, is_named, points)
    if run.value is None:
        return f"{words} is refused: {run.reason}"
    ends = Ends(
        run.value,
        (run.low, run.high),
        (mean.low, mean.high),
        unit,
        f"{run.kind}: {run.method}",
        average.law_id,
    )
    return Asked("curve", f"the prediction of {words}", law, is_named, points, ends=ends)


def ask_range(law: Law, over: dict[str, tuple[float, float]], is_named: bool) -> Asked:
    """The curve over a grid of points."""
    grids = np.meshgrid(*(np.geomspace(*over[axis], RANGE_POINTS) for axis in law.axes), indexing="ij")
    words = ", ".join(f"{axis} from {over[axis][0]:.6g} to {over[axis][1]:.6g}" for axis in law.axes)
    points = np.column_stack([g.ravel() for g in grids])
    return Asked("curve", f"the curve of {law.metric} over {words}", law, is_named, points)


def ask_parameter(law: Law, name: str, confidence: float) -> Asked | str:
    """One parameter with bounds one-sided at the confidence; or why it has none."""
    try:
        found = parameter_bounds(law, name, confidence)
    except KeyError:
        known = ", ".join(p.name for p in law.parameters)
        return NoSuchParameter(
            f"the {law.family} law of {law.metric} has no parameter {name!r} (it has {known})"
        )
    ends = Ends(found.value, found.bounds, found.bounds, found.unit, found.method, law.law_id)
    own = law.parameter(name).name
    return Asked(
        "parameters", f"{name} of the {law.family} law of {law.metric}", law, True, names=(own,), ends=ends
    )


def ask_gate(target: RunTarget, experiment: Experiment, verdict: Verdict, laws: Sequence[Law]) -> Asked | str:
    """What would settle an open gate on a law: its own question at its own confidence."""
    gate = next(g for g in experiment.gates if g.name == target.gate)
    law = next((one for one in laws if one.law_id == verdict.law_id), None)
    if law is None or not law.is_usable:
        return f"gate {gate.name} has no usable law: {verdict.reason}"
    _, settings = settings_of(experiment, gate)
    is_named = getattr(settings, "family", None) is not None
    if gate.kind == "parameter":
        asked = ask_parameter(law, settings.parameter, gate.confidence)  # type: ignore[attr-defined]
    else:
        first = law if not law.is_average else next(
            (o for o in laws if o.is_leading and (o.question, dict(o.group)) == (law.question, dict(law.group))), None
        )  # fmt: skip
        if first is None:
            return f"gate {gate.name} has no leading law"
        at, interval = settings.at, settings.interval  # type: ignore[attr-defined]
        beyond = settings.beyond  # type: ignore[attr-defined]
        asked = ask_prediction(first, law, at, interval, gate.confidence, verdict.unit, is_named, beyond)
    if isinstance(asked, str):
        return asked

    def settles(bounds: Bounds) -> bool:
        outcome = decide(settings.operator, settings.limits, *bounds)  # type: ignore[attr-defined]
        return outcome.value in ("pass", "fail")

    return Asked(
        asked.what, f"gate {gate.name} ({asked.words})", asked.law, asked.is_named, asked.points, asked.names,
        asked.ends, settles, verdict,
    )  # fmt: skip
