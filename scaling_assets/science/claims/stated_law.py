"""A law as a document states it: a family, parameters as printed, the points that it is said to describe.

What lives here: what the parameters' digits allow the law to be at a point, and what a refit of the stated points
gives with their rounding propagated. What does not: the answers (``law``, ``service_level``).

Scales (x) are taken as exact: they are chosen, not measured. The rounding of y is propagated through the refit by
corners: the refit is repeated with each y moved by its rounding, and each quantity is taken from the two refits in
which every y is moved the way that raises it most, or lowers it most. That is exact where the quantity rises or
falls with each y throughout, which holds for laws whose parameters enter linearly on the scale of the residuals.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from scaling_assets.records.declared import Identifier
from scaling_assets.records.law import Law
from scaling_assets.records.printed import NOT_STATED, Printed, PrintedNumber, read_printed
from scaling_assets.records.question import Estimator, LawQuestion
from scaling_assets.science.claims.kind import Objection, Settings
from scaling_assets.science.fitting.batch import batch_of
from scaling_assets.science.fitting.fit import fit_family
from scaling_assets.science.fitting.point import fit_points
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.sample import sample_of
from scaling_assets.science.laws import FAMILIES, Family
from scaling_assets.science.ranges.enclose import Range

MOST_POINTS = 500
MOST_BOXES = 2_000
STATIONARY = 1e-4  # relative gradient above which a refit has not ended at an optimum
Residuals = Literal["log", "identity", "logit"]
Measure = Callable[[np.ndarray], float]  # natural parameters (p,) -> a quantity


class StatedPoint(Settings):
    """One stated point: ``x`` on the law's axis, or a list of one for each axis; ``y`` as printed."""

    x: float | tuple[float, ...]
    y: PrintedNumber


class StatesLaw(Settings):
    """What every kind that speaks of a law reads. ``residuals`` is the scale on which a refit is done; without
    it both logarithms and plain values are tried, since documents rarely say."""

    family: Identifier
    parameters: dict[str, PrintedNumber] = Field(default_factory=dict)
    points: Annotated[tuple[StatedPoint, ...], Field(max_length=MOST_POINTS)] = ()
    residuals: Residuals | None = None


@dataclass(frozen=True, eq=False)
class Points:
    """Stated points: x (n, k), y as it reads (n,), the ends of its rounding (n,)."""

    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def __len__(self) -> int:
        return len(self.y)


def points_of(settings: StatesLaw) -> Points:
    """The stated points as arrays; those whose y is not stated are left out."""
    found = [(point, read) for point in settings.points if (read := read_printed(point.y)) is not None]
    x = [point.x if isinstance(point.x, tuple) else (point.x,) for point, _ in found]
    y = np.array([(read.value, read.low, read.high) for _, read in found], dtype=float).reshape(-1, 3)
    axes = FAMILIES[settings.family].axes
    return Points(np.array(x, dtype=float).reshape(len(found), axes), y[:, 0], y[:, 1], y[:, 2])


def parameters_of(settings: StatesLaw) -> dict[str, Printed]:
    """The stated parameters in the family's order; those that are not stated are left out."""
    return {
        name: number
        for name in FAMILIES[settings.family].names
        if (number := read_printed(settings.parameters.get(name, NOT_STATED))) is not None
    }


def gives_all(family: Family, parameters: Mapping[str, Printed], points: Points) -> bool:
    """True unless no one set of parameters within their digits gives every point within its own.

    The box of parameters is split and parts are left out in which some point cannot be met (branch and prune);
    the curve over a part is taken from its corners. What is still open after ``MOST_BOXES`` parts counts as met.
    """
    ends = np.array([(parameters[name].low, parameters[name].high) for name in family.names])
    waiting = [np.clip(ends, family.lower[:, None], family.upper[:, None])]
    for _ in range(MOST_BOXES):
        if not waiting:
            return False
        part = waiting.pop()
        corners = np.array([part.mean(axis=1), *itertools.product(*part)])
        values = family.curve(corners, points.x)
        if not np.isfinite(values).all():
            return False
        if ((values[0] >= points.low) & (values[0] <= points.high)).all():
            return True
        if ((values.max(axis=0) < points.low) | (values.min(axis=0) > points.high)).any():
            continue
        widest = int(np.argmax((part[:, 1] - part[:, 0]) / np.maximum(ends[:, 1] - ends[:, 0], 1e-300)))
        middle = part[widest].mean()
        for side in (0, 1):
            half = part.copy()
            half[widest, 1 - side] = middle
            waiting.append(half)
    return True


def law_at(family: Family, parameters: Mapping[str, Printed], x: np.ndarray) -> list[Range]:
    """What the law says at points x (n, k): as it reads, and over all corners of the parameters' digits."""
    centre = np.array([parameters[name].value for name in family.names])
    ends = [(parameters[name].low, parameters[name].high) for name in family.names]
    corners = np.array([centre, *itertools.product(*ends)])
    corners = np.clip(corners, family.lower, family.upper)
    values = family.curve(corners, x)  # (corners, n)
    return [
        Range(float(at[0]) if math.isfinite(at[0]) else None, float(np.min(at)), float(np.max(at)))
        if np.isfinite(at).all()
        else Range(None, -math.inf, math.inf)
        for at in values.T
    ]


def can_be_refitted(family: Family, points: Points) -> bool:
    """True when there are as many distinct scales as the law has parameters."""
    return len(np.unique(points.x, axis=0)) >= len(family.parameters) if len(points) else False


def refit(
    family: Family, points: Points, residuals: Residuals, measures: Sequence[Measure]
) -> list[Range] | None:
    """Least squares through the stated points: each measure's value and range.

    Returns:
        None when the values do not exist on the scale of the residuals, or no refit ends at an optimum.
    """
    first = _fitted(family, points, [points.y], residuals)
    if first is None:
        return None
    half = np.maximum(points.high - points.y, points.y - points.low)
    if not half.any():
        return [Range(measure(first[0]), measure(first[0]), measure(first[0])) for measure in measures]
    moved = [points.y + np.eye(len(points))[i] * half[i] for i in range(len(points))]
    each = _fitted(family, points, moved, residuals)
    if each is None:
        return None
    centre = np.array([measure(first[0]) for measure in measures])
    change = np.array([[measure(theta) for theta in each] for measure in measures]) - centre[:, None]
    corners = [np.where(one > 0, points.high, points.low) for one in change]
    corners += [np.where(one > 0, points.low, points.high) for one in change]
    ends = _fitted(family, points, corners, residuals)
    if ends is None:
        return None
    found = []
    for i, measure in enumerate(measures):
        reached = [centre[i], *(centre[i] + change[i]), measure(ends[i]), measure(ends[i + len(measures)])]
        found.append(Range(float(centre[i]), float(min(reached)), float(max(reached))))
    return found


def fitted_with_interval(
    family: Family, points: Points, residuals: Residuals, axes: Sequence[str]
) -> Law | None:
    """The project's own fit of the stated points, with intervals; None when they are too few for one."""
    problem = _problem(family, points, points.y, residuals, tuple(axes))
    if problem.objection(family) is not None:
        return None
    law = fit_family(problem, family)
    return law if law.is_usable else None


def parameter_measures(family: Family) -> list[Measure]:
    """One measure a parameter."""
    return [lambda theta, i=i: float(theta[i]) for i in range(len(family.parameters))]  # type: ignore[misc]


def _fitted(
    family: Family, points: Points, values: Sequence[np.ndarray], residuals: Residuals
) -> np.ndarray | None:
    """Natural parameters (sets of y, p) of a refit to each set of y."""
    problems = [_problem(family, points, y, residuals) for y in values]
    if any(not np.isfinite(problem.scale.forward(problem.y)).all() for problem in problems):
        return None
    if not np.isfinite(family.coordinates(points.x)).all():
        return None
    with np.errstate(all="ignore"):
        batch = batch_of(family, sample_of(problems))
        fits = fit_points(batch)
        natural = batch.natural(fits.theta).T
    exact = fits.objective < 1e-18  # a curve through all points: the gradient's direction means nothing there
    is_fine = np.isfinite(natural).all() and ((fits.gradient < STATIONARY) | exact).all()
    return natural if is_fine else None


def _problem(
    family: Family, points: Points, y: np.ndarray, residuals: Residuals, axes: tuple[str, ...] | None = None
) -> Problem:
    names = axes or tuple(f"x{i}" for i in range(family.axes))
    question = LawQuestion(
        metric="claimed", by=names, families=(family.name,), estimator=Estimator(name="least_squares")
    )
    unit = np.array([f"point {i}" for i in range(len(y))], dtype=object)
    return Problem("claim", question, points.x, y, unit, "", ("",) * family.axes, residuals)


def law_objections(settings: StatesLaw) -> list[Objection]:
    """Families and parameters that are not known, points of the wrong shape."""
    if settings.family not in FAMILIES:
        known = ", ".join(FAMILIES)
        return [Objection(("family",), f"there is no law family {settings.family!r}", f"Known: {known}.")]
    family = FAMILIES[settings.family]
    found = [
        Objection(
            ("parameters", name),
            f"the {family.name} law has no parameter {name!r}",
            f"Parameters of {family.equation}: {', '.join(family.names)}.",
        )
        for name in settings.parameters
        if name not in family.names
    ]
    for i, point in enumerate(settings.points):
        given = len(point.x) if isinstance(point.x, tuple) else 1
        if given != family.axes:
            what = f"the {family.name} law has {family.axes} axes, x has {given} value(s)"
            found.append(Objection(("points", i, "x"), what, "Give one value for each axis."))
    return found
