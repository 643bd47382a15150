"""Kind ``law``: a stated law against the points that it is said to describe.

What lives here: the two ways in which a law can be reconciled with points. Either the law, within the digits of
its parameters, gives every point within its own; or a refit of the points gives the parameters: with the
project's fit and its interval where the points are enough for one, else by least squares with the points'
rounding propagated. A law that neither holds for is inconsistent with its own points.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from scaling_assets.records.claim import Claim, ClaimSheet, Consistency
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.printed import Printed
from scaling_assets.science.claims.against import against, plain
from scaling_assets.science.claims.kind import Case, ClaimKind, Finding, Objection, missing
from scaling_assets.science.claims.stated_law import (
    Points,
    Residuals,
    StatesLaw,
    can_be_refitted,
    fitted_with_interval,
    gives_all,
    law_at,
    law_objections,
    parameter_measures,
    parameters_of,
    points_of,
    refit,
)
from scaling_assets.science.laws import FAMILIES, Family
from scaling_assets.science.ranges.enclose import Range

SCALES: tuple[Residuals, ...] = ("log", "identity")
DIRECT = "the law at the stated points, its parameters within their digits"


class LawSettings(StatesLaw):
    """The document states a law of this ``family`` with these ``parameters`` for these ``points``."""


def audit(case: Case, settings: LawSettings) -> Finding:
    """Try both ways; a law that one of them reconciles is consistent."""
    family, points, parameters = FAMILIES[settings.family], points_of(settings), parameters_of(settings)
    stated = ", ".join(f"{name} = {text}" for name, text in settings.parameters.items())
    absent = ["the law's parameters"] if not parameters else []
    absent += ["the points that it is said to describe"] if not len(points) else []
    if absent:
        what = " and ".join(absent)
        return missing(f"the {family.name} law cannot be recomputed", what, stated=stated)
    if not np.isfinite(family.coordinates(points.x)).all():
        what = "points at which the law exists"
        return missing(f"the {family.name} law does not exist at every stated x", what, stated=stated)
    is_whole = len(parameters) == len(family.names)
    direct, worst = _directly(family, points, parameters) if is_whole else (False, "")
    refits = [
        found
        for residuals in ([settings.residuals] if settings.residuals else SCALES)
        if (found := _by_refit(family, points, parameters, residuals))
    ]
    good = next((one for one in refits if one.outcome is Consistency.CONSISTENT), None)
    if good is not None or (refits and not direct):
        chosen = good or refits[0]
        return replace(chosen, stated=stated, reason="; ".join(filter(None, (chosen.reason, worst))))
    if direct:
        return Finding(Consistency.CONSISTENT, worst, stated=stated, method=DIRECT)
    if not points.y.any():
        what = "points that are not all 0: zeros have no logarithm, and no exponent can be read from them"
        return missing(f"no {family.name} law can be fitted to the stated points", what, stated=stated)
    if is_whole:
        return replace(_off_the_points(family, points, parameters), stated=stated)
    what = f"points on {len(family.parameters)} different scales or more, at which a refit has an answer"
    return missing(f"the {len(points)} stated points determine no {family.name} law", what, stated=stated)


def _directly(family: Family, points: Points, parameters: Mapping[str, Printed]) -> tuple[bool, str]:
    """Whether one law within the digits gives every point within its own, and a sentence about that."""
    if gives_all(family, parameters, points):
        return True, f"the stated law gives all {len(points)} stated points within their digits"
    values = [one.value for one in law_at(family, parameters, points.x)]
    misses = [np.inf if v is None else abs(v - y) for v, y in zip(values, points.y, strict=True)]
    at = int(np.argmax(misses))
    x = ", ".join(plain(value) for value in points.x[at])
    value = values[at]
    given = "nothing" if value is None else plain(value)
    return False, f"at x = {x} the stated law gives {given}, the stated point is {plain(points.y[at])}"


def _by_refit(
    family: Family, points: Points, parameters: Mapping[str, Printed], residuals: Residuals
) -> Finding | None:
    if not can_be_refitted(family, points):
        return None
    found = refit(family, points, residuals, parameter_measures(family))
    if found is None:
        return None
    law = fitted_with_interval(family, points, residuals, [f"x{i}" for i in range(family.axes)])
    method = (
        f"least squares of {residuals} residuals through the {len(points)} stated points, rounding by corners"
    )
    if law is not None:
        found = [
            Range(one.value, min(one.low, _end(p.low, one.low)), max(one.high, _end(p.high, one.high)))
            for one, p in zip(found, law.parameters, strict=True)
        ]
        method = f"{method}, widened by {law.parameters[0].level:.0%} intervals ({law.parameters[0].method})"
    judged = [
        against(f"a refit's {name}", one, parameters[name], method=method)
        for name, one in zip(family.names, found, strict=True)
        if name in parameters
    ]
    wrong = [one for one in judged if one.outcome is Consistency.INCONSISTENT]
    chosen = max(wrong, key=lambda one: abs(one.off_pct or 0.0)) if wrong else judged[-1]
    reason = "; ".join(one.reason for one in wrong or judged)
    if law is not None:
        reason = reason.replace("within the printed digits", "by its interval and the printed digits")
    return replace(chosen, reason=reason)


def _end(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _off_the_points(family: Family, points: Points, parameters: Mapping[str, Printed]) -> Finding:
    """The law is off, and no refit can say what it should be: the point that it misses most."""
    found = law_at(family, parameters, points.x)
    if not all(one.is_known for one in found):
        return missing(f"the {family.name} law does not exist at every stated x", "points at which it exists")
    gaps = [
        max(one.low - high, low - one.high)
        for one, low, high in zip(found, points.low, points.high, strict=True)
    ]
    at = int(np.argmax(gaps))
    x = ", ".join(plain(value) for value in points.x[at])
    point = Printed(plain(points.y[at]), float(points.y[at]), float(points.low[at]), float(points.high[at]))
    missed = against(f"the law at x = {x}", found[at], point, method=DIRECT)
    if missed.outcome is Consistency.INCONSISTENT:
        return missed
    off = point.value - (found[at].value or 0.0)
    reason = f"no one law within the stated digits gives all {len(points)} points; {missed.reason}"
    return replace(missed, outcome=Consistency.INCONSISTENT, reason=reason, off=off)


def objections(
    sheet: ClaimSheet, claim: Claim, settings: LawSettings, experiments: Mapping[str, Experiment | None]
) -> list[Objection]:
    """Families, parameters and points that do not fit one another."""
    return law_objections(settings)


KIND = ClaimKind("law", "A stated law against its stated points", LawSettings, audit, objections)
