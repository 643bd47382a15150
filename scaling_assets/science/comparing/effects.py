"""One number of one law with its standard error: what laws of several contexts are compared by.

What belongs here: parameters and the level as comparable numbers. What does not: the comparisons (``segments``,
``pooling``, ``stability``).

A coefficient is the value at x = 1, often far outside the data, and moves with the exponent. Where laws are
compared the *level* takes its place: the curve, on the residual scale, at a reference point inside the data,
where level and exponent are nearly independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from scaling_assets.records.law import Group, Law
from scaling_assets.science.fitting import draw_curves, point_curve
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.laws import FAMILIES

LEVEL = "level"
MIDDLE = 0.8  # share of the draws that a standard error is read from: their tails are too few to be read


@dataclass(frozen=True)
class Effect:
    """An estimate with its standard error and the degrees of freedom of that error.

    ``is_log`` marks the logarithm of a parameter that can only be above 0.
    """

    group: Group
    name: str
    value: float
    se: float
    degrees: int
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


def effect(law: Law, name: str, at: np.ndarray | None = None) -> Effect | None:
    """The level or a parameter (by name or role) of a usable law.

    The standard error is a Student quantile's reading of the middle of the draws, which already come by
    independent units. A parameter on its bound has the standard error of its one-sided limit.

    Args:
        at: where the level is read, (k,); by default the middle of the law's own data.

    Returns:
        None when the law is not usable, has no such parameter, or its spread is not known.
    """
    if not law.is_usable or not len(law.draws):
        return None
    degrees = max(1, int(law.evidence.get("degrees_of_freedom") or 1))
    if name == LEVEL:
        x = (reference([law]) if at is None else np.asarray(at, dtype=float))[None, :]
        scale = SCALES[law.residuals]
        value, draws = float(scale.forward(point_curve(law, x))[0]), scale.forward(draw_curves(law, x)[:, 0])
        return _known(Effect(law.group, LEVEL, value, _spread(draws, degrees), degrees))
    try:
        estimate = law.parameter(name)
    except KeyError:
        return None
    at_index = law.parameters.index(estimate)
    value, draws = float(estimate.value or 0.0), law.draws[:, at_index]
    is_log = FAMILIES[law.family].parameters[at_index].positive
    if is_log:
        with np.errstate(divide="ignore", invalid="ignore"):
            value, draws = float(np.log(value)), np.log(draws)
    se = _spread(draws, degrees)
    if estimate.at_bound:
        limit = estimate.high if estimate.low is None else estimate.low
        wide = float(student.ppf(estimate.level, degrees))
        se = float("nan") if limit is None else abs(limit - value) / wide
    return _known(Effect(law.group, estimate.name, value, se, degrees, is_log))


def _spread(draws: np.ndarray, degrees: int) -> float:
    tail = (1 - MIDDLE) / 2
    if not np.isfinite(draws).all():
        return float("nan")
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float((high - low) / (2 * student.ppf(1 - tail, degrees)))


def _known(found: Effect) -> Effect | None:
    return found if np.isfinite([found.value, found.se]).all() and found.se > 0 else None
