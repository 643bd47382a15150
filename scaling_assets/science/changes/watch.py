"""The door of changes over time: an experiment's trials in, judged series and their changes out.

What belongs here: which trials are a series, the family of series that is judged together, the level of a
look, answers in words. What does not: mathematics (the files beside this one), reports that stand (``known``).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from scaling_assets.records.change import Change, PartChange, PointValue, Series, SeriesKey, Watch
from scaling_assets.records.experiment import Experiment, LawQuestion
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Group, Law
from scaling_assets.science.changes import naming
from scaling_assets.science.changes.order import NoOrder, ordered
from scaling_assets.science.changes.parts import Parts, common_law, level_over_time, parts_over_time
from scaling_assets.science.changes.segments import Rules, Step, first_p_value, steps
from scaling_assets.science.fitting import Problem, problems_of
from scaling_assets.science.testing.multiplicity import levels

#: Raised when the same trials would be judged otherwise.
CODE_VERSION = "changes-1"
LEVEL = 0.95
#: With ``looks: each`` a look at n points has the level alpha / LOOKS x minimum_points / n. Looks at a growing
#: series are alike, so that they do not add up: measured, see docs/changes.md.
LOOKS = 8
METHOD = "largest step under {drift} and AR(1) noise, calibrated by simulation up to autocorrelation {rho:g}"


@dataclass(frozen=True)
class WatchedSeries:
    """A judged series and its changes, in order of time. ``points`` are all of its points, oldest first.

    ``least`` points lie on both sides of a change.
    """

    series: Series
    points: tuple[str, ...]
    least: int
    changes: tuple[Change, ...] = ()
    history: tuple[PointValue, ...] = ()


@dataclass
class _Case:
    """A series on its way: what it is of, and what was found."""

    key: SeriesKey
    rule: Watch
    points: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    parts: Parts | None = None
    reason: str = ""
    p_value: float | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def rules(self) -> Rules:
        rule = self.rule
        enough = max(rule.minimum_points, 2 * rule.minimum_segment + 2)
        return Rules(rule.minimum_segment, enough, rule.drift == "linear", rule.autocorrelation)

    @property
    def look(self) -> float:
        """The level of this look at this series."""
        if self.rule.looks == "once":
            return self.rule.alpha
        return self.rule.alpha / LOOKS * self.rules.enough / len(self.counted)

    @property
    def series_id(self) -> str:
        return series_id(self.key)


def is_watched(experiment: Experiment) -> bool:
    """True when a question of the experiment declares ``changes``."""
    return any(question.changes is not None for question in experiment.laws)


def series_id(key: SeriesKey) -> str:
    """Identity of a series: the same however long it grows."""
    return content_id("series", key.experiment, key.question, dict(key.group), dict(key.hardware))


def watch(
    experiment: Experiment,
    trials: pd.DataFrame,
    starts: Mapping[str, Collection[str]] | None = None,
    times: Mapping[str, Mapping[str, str]] | None = None,
) -> list[WatchedSeries]:
    """Judge every watched series of an experiment: question x group x hardware.

    The chance of any false change over all series is at most ``alpha`` (Holm over series, Bonferroni over the
    parts of each).

    Args:
        trials: the columns of ``records.trial.trial_columns``.
        starts: for series (by id) points from which on a new normal was declared; the last of them counts.
        times: of columns that are ordered by time: when each point was observed first, in a text that sorts.
    """
    cases = [
        case
        for question in experiment.laws
        for case in _cases(experiment, question, trials, starts or {}, times or {})
    ]
    for case in cases:
        if case.parts is not None:
            case.p_value = first_p_value(case.parts.history, case.rules)
    judged = [case for case in cases if case.p_value is not None]
    scaled = [min(1.0, (case.p_value or 0.0) * case.rule.alpha / case.look) for case in judged]
    alpha = min((case.rule.alpha for case in judged), default=0.05)
    for case, level in zip(judged, levels(np.array(scaled), "holm", alpha), strict=True):
        if case.parts is not None:
            case.steps = steps(
                case.parts.history, case.rules, float(level) * case.look / case.rule.alpha, LEVEL
            )
    return [_told(experiment, case) for case in cases]


def _cases(
    experiment: Experiment,
    question: LawQuestion,
    trials: pd.DataFrame,
    starts: Mapping[str, Collection[str]],
    times: Mapping[str, Mapping[str, str]],
) -> Iterator[_Case]:
    rule = question.changes
    if rule is None:
        return
    rest = tuple(c for c in question.segment if c not in rule.columns)
    split = question.model_copy(update={"segment": (*rest, *rule.columns), "compare": None, "changes": None})
    alone = experiment.model_copy(update={"laws": (split,), "gates": (), "multiplicity": None})
    series: dict[str, list[Problem]] = {}
    for problem in problems_of(alone, trials):
        if problem.group and len(problem.y):
            series.setdefault(repr([problem.group[c] for c in (*rest, *rule.hardware)]), []).append(problem)
    declared = next((c.order for c in experiment.context if c.name == rule.by), ())
    for problems in series.values():
        key = SeriesKey(
            experiment.name, question.label, question.metric,
            _only(problems[0].group, rest), _only(problems[0].group, rule.hardware),
        )  # fmt: skip
        yield _case(_Case(key, rule), problems, declared, starts, times.get(rule.by, {}))


def _only(group: Group, columns: Sequence[str]) -> Group:
    return {c: group[c] for c in columns}


def _case(
    case: _Case,
    problems: Sequence[Problem],
    declared: Sequence[str],
    starts: Mapping[str, Collection[str]],
    times: Mapping[str, str],
) -> _Case:
    rule = case.rule
    at: dict[str, list[Problem]] = {}
    said: dict[str, set[str]] = {}
    for problem in problems:
        point = str(problem.group[rule.by])
        if not point:
            case.reason = f"runs without a value of {rule.by}"
            return case
        at.setdefault(point, []).append(problem)
        if rule.is_by_time:
            said[point] = {times[point]} if point in times else set()
        elif rule.order is not None:
            said.setdefault(point, set()).add(str(problem.group[rule.order]))
    try:
        points = ordered(list(at), rule.by, said if rule.order is not None else None, declared)
    except NoOrder as error:
        case.reason = str(error)
        return case
    case.points = tuple(points)
    normal = [i for i, point in enumerate(points) if point in starts.get(case.series_id, ())]
    points = points[max(normal, default=0) :]
    found = _parts([at[point][0] for point in points], rule)
    if isinstance(found, str):
        case.reason = found
        return case
    case.parts = found
    case.counted = tuple(points[i] for i in found.counted)
    return case


def _parts(problems: Sequence[Problem], rule: Watch) -> Parts | str:
    law: Law = common_law(problems, rule.family)
    with np.errstate(all="ignore"):  # overflow is a result here: it becomes a reason
        if law.is_usable and len(law.draws):
            return parts_over_time(problems, law)
        alone = level_over_time(problems)
    why = f"the {law.family} law of all points together is {law.status.value}: {law.reason}"
    return f"{alone}; {why}" if isinstance(alone, str) else replace(alone, note=f"the level alone: {why}")


def _told(experiment: Experiment, case: _Case) -> WatchedSeries:
    changes = [_change(experiment, case, step) for step in case.steps]
    shown = tuple(c for c in changes if not _is_small(c, case.rule))
    small = len(changes) - len(shown)
    n = len(case.counted)
    if case.parts is None:
        answer, reason = "not comparable", case.reason
    elif case.p_value is None:
        missing = case.rules.enough - n
        answer, reason = "not enough points", f"{n} points count, {missing} more are needed"
    elif shown:
        answer, reason = "changes shown", ""
    else:
        answer, reason = "no change shown", f"p = {case.p_value:.2g} for any step, level {case.look:.2g}"
    if case.parts is not None and case.parts.left_out:
        thin = [_started(case)[i] for i in case.parts.left_out]
        told = ", ".join(thin[:5]) + (f" and {len(thin) - 5} more" if len(thin) > 5 else "")
        reason = "; ".join(filter(None, (reason, f"too few runs or scales to count: {told}")))
    if case.parts is not None and case.parts.note:
        reason = "; ".join(filter(None, (reason, case.parts.note)))
    if small:
        reason = "; ".join(filter(None, (reason, f"{small} change(s) below the declared minimum")))
    family = case.parts.family if case.parts is not None else case.rule.family or ""
    series = Series(
        series_id=case.series_id, key=case.key, by=case.rule.by, family=family, n_points=n,
        first=case.counted[0] if case.counted else "", newest=case.counted[-1] if case.counted else "",
        answer=answer, reason=reason, method=_method(case),
        alpha=case.look if case.p_value is not None else None,
        autocorrelation=_autocorrelation(case), is_simulated=experiment.is_simulated,
    )  # fmt: skip
    return WatchedSeries(series, case.points, case.rule.minimum_segment, shown, tuple(_history(case)))


def _started(case: _Case) -> tuple[str, ...]:
    """The points from the new normal on."""
    n = 0 if case.parts is None else len(case.parts.counted) + len(case.parts.left_out)
    return case.points[len(case.points) - n :]


def _method(case: _Case) -> str:
    drift = "linear drift" if case.rules.has_drift else "no drift"
    return METHOD.format(drift=drift, rho=case.rules.guarded(len(case.counted)))


def _autocorrelation(case: _Case) -> dict[str, float]:
    """Of each part, in the last stretch that a change opened; empty without a change."""
    if case.parts is None or not case.steps:
        return {}
    return {name: float(rho) for name, rho in zip(case.parts.names, case.steps[-1].rho, strict=True)}


def _history(case: _Case) -> Iterator[PointValue]:
    if case.parts is None:
        return
    for i, point in enumerate(case.counted):
        for name, values in zip(case.parts.names, case.parts.history, strict=True):
            yield PointValue(case.series_id, i, point, name, float(values[i]), case.parts.n_runs[i])


def _change(experiment: Experiment, case: _Case, step: Step) -> Change:
    assert case.parts is not None
    parts, points = case.parts, case.counted
    seen = naming.named(step, parts.directions)
    main = seen.parts[0] if seen.parts else parts.names[int(np.argmax(np.abs(step.difference) / step.se))]
    if len(seen.parts) == 2 and main == naming.LEVEL:
        main = seen.parts[1]
    told = [
        PartChange(name, unit, float(before), float(d), low, high, p)
        for name, unit, before, d, (low, high, p) in zip(
            parts.names, parts.units, step.before, step.difference, naming.intervals(step, LEVEL), strict=True
        )
    ]
    first = parts.names.index(main) if main in parts.names else 0  # a coefficient is told by the level
    moved = float(parts.largest @ step.difference)
    better = experiment.metric(case.key.metric).direction
    effect = (
        "" if better == "none" or moved == 0 else "better" if (moved > 0) == (better == "higher") else "worse"
    )
    also = f"; the data allow {' or '.join(seen.also)} as well" if seen.also else ""
    return Change(
        change_id=content_id("change", case.series_id, points[step.place])[:12],
        series_id=case.series_id, key=case.key, by=case.rule.by, kind=seen.kind,
        direction="up" if step.difference[first] > 0 else "down",
        effect=effect, point=points[step.place], previous=points[step.place - 1],
        earliest=points[step.earliest], latest=points[step.latest],
        parts=(told[first], *told[:first], *told[first + 1 :]),
        ratio=float(np.exp(moved)) if parts.units[0] == "log" and abs(moved) < 50 else None,
        level=LEVEL, p_value=step.p_value, reason=(seen.words or f"{seen.kind} changed") + also,
        method=_method(case), severity=case.rule.severity, newest=points[-1], n_points=len(points),
        is_simulated=experiment.is_simulated,
    )  # fmt: skip


def _is_small(change: Change, rule: Watch) -> bool:
    """True when no part that names the change reaches its declared minimum."""
    naming_parts = [p for p in change.parts if p.name in change.kind.split(" and ")] or list(change.parts)
    return all(abs(p.difference) < rule.minimum_change.get(p.name, 0.0) for p in naming_parts)
