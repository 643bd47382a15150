"""One number of one law with its standard error: what laws of several contexts are compared by.

What belongs here: parameters and the level as comparable numbers. What does not: the comparisons (``segments``,
``pooling``, ``stability``).

A coefficient is the value at x = 1, often far outside the data, and moves with the exponent. Where laws are
compared the *level* takes its place: the curve, on the residual scale, at a reference point inside the data,
where level and exponent are nearly independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t as student

from scaling_assets.records.law import Group, Law
from scaling_assets.science.fitting import Problem, draw_curves, point_curve
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.laws import FAMILIES

LEVEL = "level"
LARGEST = 1e150
MIDDLE = 0.8  # share of the draws that a standard error is read from: their tails are too few to be read
STEP = 1e-3  # of a parameter's own spread: far above rounding, far below any bend of the curve


@dataclass(frozen=True)
class Effect:
    """An estimate with its standard error and the degrees of freedom of that error.

    ``is_log`` marks the logarithm of a parameter that can only be above 0.
    """

    group: Group
    name: str
    value: float
    se: float
    degrees: float
    is_log: bool = False


def parts_of(law: Law) -> tuple[str, ...]:
    """What makes the curve of this law: the level, and every parameter but the one the level stands for."""
    names = [p.name for p in law.parameters]
    for role in ("", "coefficient"):
        replaced = next((p.name for p in law.parameters if p.role == role), None)
        if replaced is not None:
            names.remove(replaced)
            break
    return (LEVEL, *names)


def reference(laws: Sequence[Law]) -> np.ndarray:
    """The point (k,) in the middle of what all laws cover; geometric where x is above 0.

    Where the ranges have nothing in common it lies midway between them.
    """
    low = np.max([[axis[0] for axis in law.domain] for law in laws], axis=0)
    high = np.min([[axis[1] for axis in law.domain] for law in laws], axis=0)
    above = (low > 0) & (high > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(above, np.sqrt(np.abs(low) * np.abs(high)), (low + high) / 2)


def effect(
    law: Law, name: str, at: np.ndarray | None = None, problem: Problem | None = None
) -> Effect | None:
    """The level or a parameter (by name or role) of a usable law.

    The standard error is a Student quantile's reading of the middle of the draws, which already come by
    independent units. A parameter on its bound has the standard error of its one-sided limit.

    A spread found by resampling units varies more than a residual variance does, because the ends of the
    design carry most of it. Its degrees of freedom are Satterthwaite's for this design, loss apart (Bell &
    McCaffrey 2002, Survey Methodology 28), where the problem is given, and half of the fit's where it is not
    (ladders of 5 to 8 scales: .45 to .6). Measured with the fit's own: five windows of 12 runs, 5 % stated,
    13 % false alarms.

    Args:
        at: where the level is read, (k,); by default the middle of the law's own data.
        problem: what the law was fitted to.

    Returns:
        None when the law is not usable, has no such parameter, or its spread is not known.
    """
    if not law.is_usable or not len(law.draws):
        return None
    fitted = max(1, int(law.evidence.get("degrees_of_freedom") or 1))
    x = (reference([law]) if at is None else np.asarray(at, dtype=float))[None, :]
    if name == LEVEL:
        scale = SCALES[law.residuals]
        value, draws = float(scale.forward(point_curve(law, x))[0]), scale.forward(draw_curves(law, x)[:, 0])
        degrees = _degrees(law, None, x, problem, fitted)
        return _known(Effect(law.group, LEVEL, value, _spread(draws, fitted), degrees))
    try:
        estimate = law.parameter(name)
    except KeyError:
        return None
    position = law.parameters.index(estimate)
    value, draws = float(estimate.value or 0.0), law.draws[:, position]
    is_log = FAMILIES[law.family].parameters[position].positive
    if is_log:
        with np.errstate(divide="ignore", invalid="ignore"):
            value, draws = float(np.log(value)), np.log(draws)
    se = _spread(draws, fitted)
    if estimate.at_bound:
        limit = estimate.high if estimate.low is None else estimate.low
        wide = float(student.ppf(0.5 + estimate.level / 2, fitted))
        se = float("nan") if limit is None else abs(limit - value) / wide
    degrees = _degrees(law, position, x, problem, fitted)
    return _known(Effect(law.group, estimate.name, value, se, degrees, is_log))


def slopes(law: Law, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives (n, q) of the law on the residual scale at x (n, k), and the q free parameters' positions.

    Central differences, each parameter in units of its own spread. Parameters on a bound are not free.
    """
    centre = np.array([p.value for p in law.parameters], dtype=float)
    low, high = np.quantile(law.draws, [0.1, 0.9], axis=0)
    free = np.flatnonzero((high > low) & ~np.array([p.at_bound for p in law.parameters]))
    step = STEP * np.diag(high - low)[free]
    curves = draw_curves(replace(law, draws=np.concatenate([centre + step, centre - step])), x)
    moved = SCALES[law.residuals].forward(curves)
    return np.asarray((moved[: len(free)] - moved[len(free) :]).T / (2 * STEP)), free


def _degrees(law: Law, position: int | None, x: np.ndarray, problem: Problem | None, fitted: int) -> float:
    """Degrees of freedom of the resampled spread of a parameter, or (None) of the level at x (1, k)."""
    if problem is None:
        return max(1.0, fitted / 2)
    slope, free = slopes(law, problem.x)
    slope = slope * np.sqrt(problem.known_weight)[:, None]
    if (position is not None and position not in free) or not np.isfinite(slope).all():
        return max(1.0, fitted / 2)
    wanted = slopes(law, x)[0][0] if position is None else (free == position).astype(float)
    if not np.isfinite(wanted).all():
        return max(1.0, fitted / 2)
    inverse = np.linalg.pinv(slope)
    influence = inverse.T @ wanted
    _, unit = np.unique(problem.unit.astype(str), return_inverse=True)
    by_unit = np.zeros((len(slope), int(unit.max()) + 1))
    by_unit[np.arange(len(slope)), unit] = influence
    seen = by_unit - slope @ (inverse @ by_unit)
    gram = seen.T @ seen
    spread = float(np.sum(gram**2))
    return min(float(fitted), max(1.0, float(np.trace(gram)) ** 2 / spread)) if spread > 0 else 1.0


def _spread(draws: np.ndarray, degrees: float) -> float:
    tail = (1 - MIDDLE) / 2
    if not np.isfinite(draws).all():
        return float("nan")
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float((high - low) / (2 * student.ppf(1 - tail, degrees)))


def _known(found: Effect) -> Effect | None:
    """None without a spread, and where squares of the numbers are no numbers any more."""
    fine = abs(found.value) < LARGEST and 1 / LARGEST < found.se < LARGEST
    return found if fine else None
