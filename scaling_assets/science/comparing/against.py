"""Present laws against a certified baseline: which parts are provably worse by more than matters?

What belongs here: differences of parts with bounds, one-sided tests against the smallest change that matters,
Holm over everything that is watched together. What does not: snapshots (``snapshot``), declared baselines of
single gates (``gates.regression``, whose way of combining two intervals this is).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, hypot, log1p, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

from scaling_assets.records.baseline import LEVEL, BaselineLaw, BaselinePart, Comparison, Moved
from scaling_assets.records.law import Law
from scaling_assets.records.monitor import DEFAULTS, MinimumChange
from scaling_assets.science.comparing.effects import effect
from scaling_assets.science.comparing.snapshot import unit_hashes
from scaling_assets.science.fitting import Problem
from scaling_assets.science.testing.multiplicity import adjusted, levels

FARTHEST = 1e6  # standard errors: a p-value beyond them is 0


@dataclass(frozen=True)
class Present:
    """The laws of one question and group as they stand, with their points; the baseline's family answers.

    ``laws`` are all families, ``hardware`` is what the runs ran on, ``direction`` which values of the metric are
    better.
    """

    laws: Sequence[Law]
    problem: Problem
    hardware: Mapping[str, Sequence[str]]
    direction: str


@dataclass(frozen=True)
class _Estimate:
    """A part in its own unit: reach(q) are the distances down and up at q standard errors."""

    value: float
    standard_error: float
    degrees: float
    reach: Callable[[float], tuple[float, float]]


@dataclass(frozen=True)
class _Difference:
    """Now minus then: ``bound(sign, q)`` lies q standard errors on that side."""

    value: float
    degrees: float
    bound: Callable[[int, float], float]
    method: str

    def at(self, sign: int, tail: float) -> float:
        """The bound with this error probability."""
        return self.bound(sign, float(student.isf(tail, self.degrees)))

    def p_above(self, limit: float) -> float:
        """p-value of "not above the limit": the error probability at which the lower bound is the limit."""
        sign = -1 if self.value > limit else 1
        if (self.bound(sign, FARTHEST) - limit) * sign < 0:
            return 0.0 if sign < 0 else 1.0
        q = brentq(lambda q: self.bound(sign, q) - limit, 0.0, FARTHEST, xtol=1e-9)
        return float(student.sf(q if sign < 0 else -q, self.degrees))

    def p_below(self, limit: float) -> float:
        """The same of "not below the limit"."""
        mirrored = _Difference(-self.value, self.degrees, lambda sign, q: -self.bound(-sign, q), self.method)
        return mirrored.p_above(-limit)


def against(
    baseline: Sequence[BaselineLaw],
    present: Mapping[tuple[str, str, str], Present],
    minimum: Callable[[str], MinimumChange],
    *,
    alpha: float = 0.05,
    parts: Collection[str] = (),
) -> list[Comparison]:
    """Compare every monitored part of every baseline law with the present one, in the baseline's order.

    A part has regressed when the bound of its change clears the smallest change that matters; it has not, when
    the other bound stays below that. Each of the three families of claims (regressed, not regressed, improved)
    errs anywhere with at most ``alpha`` (Holm 1979, Scandinavian J. of Statistics 6), so that many laws do not
    raise an alarm by their number.

    Args:
        present: by experiment, question and group (``BaselineLaw.place``).
        minimum: the smallest changes that matter, by experiment; what it leaves open is ``DEFAULTS``.
        parts: only parts of these roles or names; all of them by default.
    """
    found: list[Comparison] = []
    tested: list[tuple[int, _Difference, float, str]] = []
    for then in baseline:
        now = present.get(then.place)
        wanted = [p for p in then.parts if not parts or {p.name, p.role} & set(parts)]
        law, why = _answering(then, now)
        nested, how = (False, "") if now is None else _shares_runs(then, now.problem)
        for part in wanted:
            blank = Comparison(
                then.experiment, then.question, dict(then.group), then.family, part.name, part.role,
                Moved.NOT_COMPARABLE, why, then=part.value, unit=part.unit,
                scale=then.residuals if part.name == LEVEL else "", worse=part.worse,
                is_simulated=then.is_simulated,
            )  # fmt: skip
            if law is None or now is None:
                found.append(blank)
                continue
            compared = _difference(part, then, law, now, nested)
            if isinstance(compared, str):
                found.append(replace(blank, reason=compared, law_id=law.law_id))
                continue
            difference, value = compared
            margin = _margin(part, then, minimum(then.experiment).over(DEFAULTS))
            tested.append((len(found), difference, margin, part.worse))
            found.append(replace(
                blank, reason=how, now=value, change=difference.value, minimum_change=margin,
                method=difference.method, law_id=law.law_id,
            ))  # fmt: skip
    for position, judged in zip([t[0] for t in tested], _judged(found, tested, alpha), strict=True):
        found[position] = judged
    return found


def _answering(then: BaselineLaw, now: Present | None) -> tuple[Law | None, str]:
    """The present law of the baseline's family, or why there is none to compare with."""
    if now is None:
        return None, "missing: there is no present law of this question and group"
    named = {c: ", ".join(v) for c, v in now.hardware.items()}
    was = {c: ", ".join(v) for c, v in then.hardware.items()}
    if named != was:
        told = ", ".join(
            f"{c}: {was.get(c, 'not declared')} then, {named.get(c, 'not declared')} now"
            for c in dict.fromkeys((*was, *named))
            if was.get(c) != named.get(c)
        )
        return None, f"other hardware ({told})"
    law = next((one for one in now.laws if one.family == then.family), None)
    if law is None:
        leading = next((one.family for one in now.laws if one.is_leading), "none")
        return None, f"other family: {then.family} is not fitted any more, {leading} leads"
    if not law.is_usable:
        return None, f"the {law.family} law is {law.status.value}: {law.reason}"
    asked = (then.metric, then.axes, then.residuals, then.metric_unit)
    if asked != (law.metric, law.axes, law.residuals, now.problem.metric_unit):
        return None, "the question changed: metric, unit, axes or residual scale are others"
    if then.is_simulated != law.is_simulated:
        return None, "simulated runs are not compared with measured ones"
    outside = [
        axis
        for axis, at, (low, high) in zip(law.axes, then.centre, law.domain, strict=True)
        if not low <= at <= high
    ]
    if outside:
        return None, f"the middle of the baseline's data lies outside the present runs ({', '.join(outside)})"
    return law, ""


def _shares_runs(then: BaselineLaw, problem: Problem) -> tuple[bool, str]:
    """Whether the present runs contain the baseline's: all of a sample of them, or none."""
    there = len(set(then.units) & unit_hashes(problem))
    if then.units and there == len(then.units):
        return True, "the present runs contain the baseline's"
    if there:
        return False, "some of the baseline's runs are among the present ones: the interval is too wide"
    return False, ""


def _difference(
    part: BaselinePart, then: BaselineLaw, law: Law, now: Present, nested: bool
) -> tuple[_Difference, float] | str:
    """Now minus then with bounds and the present value for people, or why there is none.

    Separate runs: MOVER (Zou & Donner 2008, Statistics in Medicine 27, eq. 5) with Welch's degrees of freedom.
    Present runs that contain the baseline's: Hausman (1978, Econometrica 46).
    """
    found = effect(law, part.name, np.array(then.centre), now.problem)
    if found is None:
        return "the present part has no known spread"
    if found.is_log != part.is_log:
        return "the parameter is not the one that the baseline means any more"
    a = _estimate(found.value, found.se, found.degrees, found.is_log)
    b = _estimate(part.estimate, part.standard_error, part.degrees_of_freedom, part.is_log)
    change = a.value - b.value
    value = a.value if part.name != LEVEL else float(now.problem.scale.backward(np.array([a.value]))[0])
    variances = np.array([a.standard_error**2, b.standard_error**2])
    if nested:
        growth = law.n_units / max(1, then.n_units)
        variance = max(float(variances[1] - variances[0]), float(variances[0]) * (growth - 1))
        if variance <= 0:  # the very same runs: what differs is code or declaration, without error
            return _Difference(
                change, b.degrees, lambda sign, q: change, "no run has come since the baseline"
            ), value
        spread = sqrt(variance)
        return _Difference(
            change, b.degrees, lambda sign, q: change + sign * q * spread,
            "difference to the baseline, nested runs (Hausman)",
        ), value  # fmt: skip
    degrees = float(variances.sum() ** 2 / np.sum(variances**2 / np.array([a.degrees, b.degrees])))

    def bound(sign: int, q: float) -> float:
        (a_down, a_up), (b_down, b_up) = a.reach(q), b.reach(q)
        return change + hypot(a_up, b_down) if sign > 0 else change - hypot(a_down, b_up)

    return _Difference(
        change, degrees, bound, "difference to the baseline, separate runs (MOVER, Welch)"
    ), value


def _estimate(value: float, standard_error: float, degrees: float, is_log: bool) -> _Estimate:
    if not is_log:
        return _Estimate(value, standard_error, degrees, lambda q: (q * standard_error,) * 2)
    centre = exp(value)

    def reach(q: float) -> tuple[float, float]:
        moved = min(q * standard_error, 300.0)  # keeps squares of it numbers
        return centre * -np.expm1(-moved), centre * np.expm1(moved)

    return _Estimate(centre, centre * standard_error, degrees, reach)


def _margin(part: BaselinePart, then: BaselineLaw, minimum: MinimumChange) -> float:
    """The smallest change that matters, in the unit in which the part is compared."""
    level = next((p for p in then.parts if p.name == LEVEL), part)
    if part.name == LEVEL:
        share = minimum.level or 0.0
        return share * abs(part.estimate) if then.residuals == "identity" else log1p(share)
    if part.role in ("floor", "ceiling"):
        return (minimum.floor or 0.0) * abs(level.value)
    return (minimum.exponent if part.role == "exponent" else minimum.other) or 0.0


def _judged(
    found: Sequence[Comparison], tested: Sequence[tuple[int, _Difference, float, str]], alpha: float
) -> list[Comparison]:
    """Outcomes, each part by the bounds at the level that Holm leaves it."""
    p_values = np.array([_p_values(difference, margin, worse) for _, difference, margin, worse in tested])
    if not len(p_values):
        return []
    regressed, held, better = (np.asarray(levels(p, "holm", alpha)) for p in p_values.T)
    shown = adjusted(p_values[:, 0], "holm")
    judged = []
    for i, (position, difference, _, worse) in enumerate(tested):
        if p_values[i, 0] <= regressed[i]:
            outcome = Moved.REGRESSED
        elif p_values[i, 2] <= better[i] and worse != "both":
            outcome = Moved.IMPROVED
        elif p_values[i, 1] <= held[i]:
            outcome = Moved.NOT_REGRESSED
        else:
            outcome = Moved.INCONCLUSIVE
        low, high = _bounds(difference, worse, float(regressed[i]), float(held[i]))
        judged.append(replace(
            found[position], outcome=outcome, low=low, high=high, p_value=float(p_values[i, 0]),
            p_adjusted=float(shown[i]),
        ))  # fmt: skip
    return judged


def _p_values(difference: _Difference, margin: float, worse: str) -> tuple[float, float, float]:
    """Of "not worse by the margin", "worse by the margin" and "not better by the margin"."""
    above, below = difference.p_above(margin), difference.p_below(-margin)
    if worse == "increase":
        return above, difference.p_below(margin), below
    if worse == "decrease":
        return below, difference.p_above(-margin), above
    inside = max(difference.p_below(margin), difference.p_above(-margin))
    return min(1.0, 2 * min(above, below)), inside, 1.0


def _bounds(difference: _Difference, worse: str, regressed: float, held: float) -> tuple[float, float]:
    """The two bounds that decided: the one that has to clear the margin, and the one that has to stay below."""
    if worse == "both":
        return difference.at(-1, regressed / 2), difference.at(1, regressed / 2)
    tails = (regressed, held) if worse == "increase" else (held, regressed)
    return difference.at(-1, tails[0]), difference.at(1, tails[1])
