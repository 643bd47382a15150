"""Kind ``service_level``: a value or a limit at a scale, against the law that the document states.

What lives here: what the stated law gives there, and up to where its limit holds. The law is what the document
gives of it: its parameters within their digits, or a refit of its points, or both at once where they agree (points
often carry more digits than parameters). What does not: the lab's own laws (``lab_law``).
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from scaling_assets.records.claim import Claim, ClaimSheet
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.printed import Printed, PrintedNumber, read_printed
from scaling_assets.science.claims.against import against, plain
from scaling_assets.science.claims.kind import Case, ClaimKind, Finding, Objection, Operator, missing
from scaling_assets.science.claims.law import SCALES
from scaling_assets.science.claims.stated_law import (
    Points,
    Residuals,
    StatesLaw,
    can_be_refitted,
    law_at,
    law_objections,
    parameter_measures,
    parameters_of,
    points_of,
    refit,
)
from scaling_assets.science.laws import FAMILIES, Family
from scaling_assets.science.ranges.enclose import Range

FAR = 2.0  # times beyond the stated points from which on the reason says how far
SEARCHED = 1e6  # times beyond the asked scale within which the limit is looked for


class ServiceLevelSettings(StatesLaw):
    """At scale ``at`` (one value for each axis) the law is said to be ``operator`` ``states``."""

    at: float | tuple[float, ...]
    operator: Operator = "<="
    states: PrintedNumber


def audit(case: Case, settings: ServiceLevelSettings) -> Finding:
    """What the law gives at the scale, against what is stated for it."""
    family, points, parameters = FAMILIES[settings.family], points_of(settings), parameters_of(settings)
    stated = read_printed(settings.states)
    if stated is None:
        return missing("no value or limit is stated", "the value or the limit", stated=settings.states)
    at = np.array([settings.at if isinstance(settings.at, tuple) else (settings.at,)], dtype=float)
    ways = _ways(family, points, parameters, at, settings.residuals)
    if not ways:
        what = "all parameters of the law, or points enough to refit it"
        return missing(f"no {family.name} law is stated that has a value there", what, stated=settings.states)
    (found, method, theta), agrees = _together(ways)
    x = ", ".join(plain(value) for value in at[0])
    answer = against(f"the {family.name} law at {x}", found, stated, settings.operator, method=method)
    more = [answer.reason]
    if settings.operator != "=" and family.axes == 1:
        more.append(_reach(family, theta, float(at[0, 0]), points, stated))
    if not agrees:
        more.append("the stated parameters and a refit of the stated points disagree there; the points count")
    more.append(_distance(points, at))
    return replace(answer, reason="; ".join(filter(None, more)))


Way = tuple[Range, str, np.ndarray]  # the value at the scale, how it came about, the parameters as they read


def _ways(
    family: Family,
    points: Points,
    parameters: Mapping[str, Printed],
    at: np.ndarray,
    residuals: Residuals | None,
) -> list[Way]:
    """The law at the scale by a refit of the points, and by its parameters, as far as they are stated."""
    ways: list[Way] = []
    if can_be_refitted(family, points):
        measures = [lambda theta: float(family.curve(theta, at)[0]), *parameter_measures(family)]
        for scale in [residuals] if residuals else SCALES:
            found = refit(family, points, scale, measures)
            if found is not None and all(one.value is not None and math.isfinite(one.value) for one in found):
                theta = np.array([one.value for one in found[1:]], dtype=float)
                how = f"least squares of {scale} residuals through the {len(points)} stated points, rounding by corners"
                ways.append((found[0], how, theta))
                break
    if len(parameters) == len(family.names):
        (value,) = law_at(family, parameters, at)
        if value.is_known:
            theta = np.array([parameters[name].value for name in family.names])
            ways.append((value, "the stated parameters within their digits", theta))
    return ways


def _together(ways: list[Way]) -> tuple[Way, bool]:
    """What both ways allow, read from the stated parameters; the first where they exclude one another."""
    if len(ways) == 1 or not ways[0][0].interval.meets(ways[1][0].interval):
        return ways[0], len(ways) == 1
    (one, how, _), (other, too, theta) = ways
    both = Range(other.value, max(one.low, other.low), min(one.high, other.high))
    return (both, f"{how}; {too}", theta), True


def _reach(family: Family, theta: np.ndarray, x: float, points: Points, stated: Printed) -> str:
    """The scale at which the law crosses the limit, if it does so anywhere near."""

    def gap(log_x: float) -> float:
        return float(family.curve(theta, np.array([[math.exp(log_x)]]))[0]) - stated.value

    if x <= 0:
        return ""
    lowest = min([x, *(value for value in points.x[:, 0] if value > 0)]) if len(points) else x
    low, high = math.log(lowest / SEARCHED), math.log(x * SEARCHED)
    grid = np.linspace(low, high, 400)
    with np.errstate(all="ignore"):
        gaps = np.array([gap(value) for value in grid])
    turns = np.flatnonzero(np.isfinite(gaps[:-1]) & np.isfinite(gaps[1:]) & (gaps[:-1] * gaps[1:] < 0))
    if not len(turns):
        return ""
    at = min((brentq(gap, grid[i], grid[i + 1]) for i in turns), key=lambda value: abs(value - math.log(x)))
    return f"the law crosses {stated.text.removeprefix('=')} at {plain(math.exp(at))}"


def _distance(points: Points, at: np.ndarray) -> str:
    """How far beyond the stated points the scale lies, if it does."""
    if not len(points) or (points.x <= 0).any() or (at <= 0).any():
        return ""
    low, high = points.x.min(axis=0), points.x.max(axis=0)
    ratio = float(np.max(np.maximum(at[0] / high, low / at[0])))
    if ratio <= FAR:
        return ""
    return f"that is {plain(ratio)} times beyond the stated points, so they prove nothing about it either way"


def objections(
    sheet: ClaimSheet,
    claim: Claim,
    settings: ServiceLevelSettings,
    experiments: Mapping[str, Experiment | None],
) -> list[Objection]:
    """As for a law, and a scale with the wrong number of values."""
    found = law_objections(settings)
    given = len(settings.at) if isinstance(settings.at, tuple) else 1
    if settings.family in FAMILIES and given != FAMILIES[settings.family].axes:
        what = (
            f"the {settings.family} law has {FAMILIES[settings.family].axes} axes, 'at' has {given} value(s)"
        )
        found.append(Objection(("at",), what, "Give one value for each axis."))
    return found


KIND = ClaimKind(
    "service_level",
    "A value or a limit at a scale against a stated law",
    ServiceLevelSettings,
    audit,
    objections,
)
