"""Terms of the objective: what a law says of amounts, and how that counts.

What lives here: where a law is asked for amounts, its value at the estimate and under parameter draws, the
objective's term. What does not: which amounts there are (``levels``), choosing (strategies).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.law import Law
from scaling_assets.records.plan import Plan, PlannedDimension
from scaling_assets.science.fitting.averaging import weighted_median
from scaling_assets.science.fitting.mixture import curves, members
from scaling_assets.science.fitting.predict import point_curve
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.laws import FAMILIES, Family

Amounts = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Term:
    """A law and where it is asked: ``by`` names the dimension of each axis, or holds the value it is fixed at."""

    law: Law
    by: tuple[str | float, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The dimensions that the law depends on."""
        return tuple(axis for axis in self.by if isinstance(axis, str))

    def points(self, amounts: Amounts) -> np.ndarray:
        """Points (..., axes) at which the law is asked for amounts (...) by dimension, all of one shape."""
        shape = np.shape(amounts[self.names[0]])
        if len(self.by) == 1:
            return amounts[self.names[0]][..., None]
        return np.stack([amounts[a] if isinstance(a, str) else np.full(shape, a) for a in self.by], axis=-1)

    def inside(self, x: np.ndarray) -> np.ndarray:
        """Which points (n, axes) lie within the law's extrapolation limit on every axis."""
        low, high = np.array(self.law.domain).T
        limit = self.law.extrapolation_limit * (1 + 1e-12)
        return np.asarray(np.all((x <= high * limit) & (x * limit >= low), axis=-1))

    def reach(self, name: str) -> tuple[float, float]:
        """Lowest and highest amount of a dimension at which the law still answers."""
        limit = self.law.extrapolation_limit
        own = [ends for axis, ends in zip(self.by, self.law.domain, strict=True) if axis == name]
        return max(low / limit for low, _ in own), min(high * limit for _, high in own)


def term_of(law: Law, dimensions: tuple[PlannedDimension, ...]) -> Term:
    """The term of dimensions that share a law.

    Raises:
        LawNotUsable: an axis has no value, or a dimension is none of the axes.
    """
    names = [d.name for d in dimensions]
    if len(law.axes) == 1:
        return Term(law, (names[0],))
    fixed = {k: v for d in dimensions for k, v in d.at.items()}
    lost = [a for a in law.axes if a not in names and a not in fixed]
    stray = [n for n in names if n not in law.axes]
    if lost or stray:
        problem = f"its axes are {', '.join(law.axes)}, but the plan"
        problem += f" gives no value for {', '.join(lost)}" if lost else ""
        problem += f" names {', '.join(stray)}, which is none of them" if stray else ""
        remedy = "Name planned dimensions after the law's axes and fix the other axes with 'at'."
        raise LawNotUsable(law=law.family, problem=problem, remedy=remedy)
    return Term(law, tuple(a if a in names else fixed[a] for a in law.axes))


def limit_words(law: Law) -> str:
    """The limit in words: the measured range and the ratio outside that is still allowed."""
    ranges = ", ".join(f"{a} {lo:g} to {hi:g}" for a, (lo, hi) in zip(law.axes, law.domain, strict=True))
    return f"the {law.family} law of {law.metric} (measured {ranges}; at most {law.extrapolation_limit:g}x outside)"


def counted(plan: Plan, values: np.ndarray, control: np.ndarray) -> np.ndarray:
    """The term of the objective from predictions (..., n) and those at the control (..., 1).

    -inf where a product has no meaning (a prediction that is not positive) or nothing is predicted.
    """
    sign = 1 if plan.direction == "higher" else -1
    with np.errstate(divide="ignore", invalid="ignore"):
        if plan.combine == "product":
            good = (values > 0) & (control > 0)
            terms = np.where(good, sign * (np.log(values) - np.log(control)), -np.inf)
        else:
            terms = sign * values
    return np.where(np.isfinite(terms), terms, -np.inf)


def estimated(plan: Plan, term: Term, x: np.ndarray, x0: np.ndarray) -> np.ndarray:
    """The term (n,) at the estimate, at points x (n, axes); ``x0`` (1, axes) is the control."""
    both = point_curve(term.law, np.concatenate([x, x0]))
    return counted(plan, both[:-1], both[-1:])


def drawn(plan: Plan, term: Term, x: np.ndarray, x0: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The term (R, n) under the parameter draws ``rows`` (R,), at points x (n, axes)."""
    both = curves(term.law, np.concatenate([x, x0]), term.law.draws[rows])
    return counted(plan, both[:, :-1], both[:, -1:])


def along(law: Law, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """The curve (R, n) at points of its own for each parameter row: x (R, n, axes), theta (R, p)."""
    if not law.is_average:
        return _rows(FAMILIES[law.family], x, theta)
    scale, of = SCALES[law.residuals], members(law)
    with np.errstate(all="ignore"):
        values = np.stack([scale.forward(_rows(m.family, x, theta[:, m.columns])) for m in of])
        return scale.backward(weighted_median(values, np.array([m.weight for m in of])))


def _rows(family: Family, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    flat = family.coordinates(x.reshape(-1, x.shape[-1]))
    z = flat.reshape(flat.shape[0], *x.shape[:2]).swapaxes(1, 2)  # (axes, n, R)
    return family.evaluate(theta.T, z)[0].T
