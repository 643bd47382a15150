"""A judged series as records: its answer, its history, its changes with name, size and interval.

What belongs here: from steps to records and their words. What does not: finding steps (``segments``), naming
them (``naming``), pages (``report``).
"""

from collections.abc import Iterator

import numpy as np

from scaling_assets.records.change import Change, PartChange, PointValue, Series, Watch
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.science.changes import naming
from scaling_assets.science.changes.case import Case, WatchedSeries
from scaling_assets.science.changes.segments import Step

LEVEL = 0.95
METHOD = "largest step under {drift} and AR(1) noise, calibrated by simulation up to autocorrelation {rho:g}"


def told(experiment: Experiment, case: Case) -> WatchedSeries:
    """The series with its answer in words, and the changes that are worth a report."""
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
    if case.unnamed:
        unnamed = f"{case.unnamed:,} runs without a value of {case.rule.by} left out"
        reason = "; ".join(filter(None, (reason, unnamed)))
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


def _started(case: Case) -> tuple[str, ...]:
    """The points from the new normal on."""
    n = 0 if case.parts is None else len(case.parts.counted) + len(case.parts.left_out)
    return case.points[len(case.points) - n :]


def _method(case: Case) -> str:
    drift = "linear drift" if case.rules.has_drift else "no drift"
    return METHOD.format(drift=drift, rho=case.rules.guarded(len(case.counted)))


def _autocorrelation(case: Case) -> dict[str, float]:
    """Of each part, in the last stretch that a change opened; empty without a change."""
    if case.parts is None or not case.steps:
        return {}
    return {name: float(rho) for name, rho in zip(case.parts.names, case.steps[-1].rho, strict=True)}


def _history(case: Case) -> Iterator[PointValue]:
    if case.parts is None:
        return
    for i, point in enumerate(case.counted):
        for name, values in zip(case.parts.names, case.parts.history, strict=True):
            yield PointValue(case.series_id, i, point, name, float(values[i]), case.parts.n_runs[i])


def _change(experiment: Experiment, case: Case, step: Step) -> Change:
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
