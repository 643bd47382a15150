"""The contract of a law family: what a curve must declare so that it can be fitted, shown and doubted.

What belongs here: the base class, a parameter's declaration, and the checks by which a declaration
proves itself when it is registered. What does not: any particular curve (one file each beside this
one), data, fitting (``science.fitting``).

Every family is *separable*: y = sum_j c_j phi_j(x; q), linear in some parameters c, not in the others q.
That structure gives starts (for any q the best c is a small linear problem) and is checked here against
the hand-written values and derivatives.

Shapes, throughout: ``theta`` (..., p) parameters in declared order; ``z`` (..., k, n) covariates, k axes
by n points; values (..., n); gradients (..., p, n). Leading axes broadcast.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from scaling_assets.errors import WrongFamily

Covariate = Literal["log", "linear", "raw"]
ROLES = frozenset({"exponent", "coefficient", "floor", "contention", "coherency", ""})


@dataclass(frozen=True)
class Parameter:
    """One parameter of a family.

    ``unit`` is a pattern of the metric's unit ``{y}`` and the axes' units ``{x0}``, ``{x1}``.
    ``lower``/``upper`` is the domain: estimates and intervals never leave it. ``positive`` marks a
    parameter that is a factor of the whole curve and can only be above 0; it is searched on a log scale.
    """

    name: str
    meaning: str
    role: str = ""
    unit: str = ""
    lower: float = -np.inf
    upper: float = np.inf
    positive: bool = False

    def unit_for(self, y_unit: str, x_units: Sequence[str]) -> str:
        """The unit of this parameter for a metric and axes with the given units ("" when it has none)."""
        units = {"y": y_unit or "1"} | {f"x{i}": unit or "1" for i, unit in enumerate(x_units)}
        text = self.unit.format_map(units).replace("/1^b", "").replace("/1", "")
        return "" if text == "1" else text


class Family(ABC):
    """A curve with everything that fitting, gates and people need to know about it.

    ``covariate`` says how the fitted coordinate z comes from x: "log" z = ln x - centre, "linear"
    z = (x - centre) / scale, "raw" z = x (for laws in which x = 1 means something). With centre 0 and
    scale 1 the same functions take and give the natural parameters: :meth:`rechart` goes between.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    equation: ClassVar[str]
    citation: ClassVar[str]
    at_zero: ClassVar[str]  # what y tends to as x -> 0
    at_infinity: ClassVar[str]  # what y tends to as x -> infinity
    axes: ClassVar[int] = 1
    covariate: ClassVar[Covariate]
    parameters: ClassVar[tuple[Parameter, ...]]
    linear: ClassVar[tuple[str, ...]]  # names of the parameters that the curve is linear in, in basis order
    grids: ClassVar[Mapping[str, tuple[float, ...]]]  # where to look for each other parameter
    min_scales: ClassVar[int]  # distinct values needed on each axis
    min_points: ClassVar[int]

    @abstractmethod
    def basis(self, q: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Basis functions phi (..., m, n) at the nonlinear parameters q (..., number of ``grids``)."""

    @abstractmethod
    def evaluate(self, theta: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The curve (..., n) and its gradient by theta (..., p, n)."""

    def curvature(self, theta: np.ndarray, z: np.ndarray, dy: np.ndarray, v: np.ndarray) -> np.ndarray | None:
        """sum_i v_i d2y_i / dtheta dtheta' (..., p, p); None when the curve is linear in all of theta.

        ``dy`` is the gradient from :meth:`evaluate` at the same theta, ``v`` (..., n) any weights.
        """
        return None

    @abstractmethod
    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """Parameters of the same curve in natural coordinates.

        ``theta`` describes y / y_scale as a function of z = (x or ln x - centre) / scale; ``centre`` and
        ``scale`` are (..., k).
        """

    # ---- derived from the declaration ----

    @property
    def names(self) -> tuple[str, ...]:
        """Parameter names in order."""
        return tuple(p.name for p in self.parameters)

    @property
    def nonlinear(self) -> tuple[str, ...]:
        """Names of the parameters that the curve is not linear in, in the order of ``q``."""
        return tuple(self.grids)

    @property
    def lower(self) -> np.ndarray:
        """Lower end of each parameter's domain (p,)."""
        return np.array([p.lower for p in self.parameters])

    @property
    def upper(self) -> np.ndarray:
        """Upper end of each parameter's domain (p,)."""
        return np.array([p.upper for p in self.parameters])

    def index(self, names: Sequence[str]) -> list[int]:
        """Positions of the named parameters."""
        return [self.names.index(name) for name in names]

    def coordinates(self, x: np.ndarray) -> np.ndarray:
        """Uncentred covariates (k, n) of points x (n, k): ln x or x; NaN where x has no logarithm."""
        x = np.asarray(x, dtype=float).T
        if self.covariate != "log":
            return x
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(x > 0, np.log(x), np.nan)

    def value(self, theta: np.ndarray, z: np.ndarray) -> np.ndarray:
        """The curve (..., n) at covariates z (..., k, n), from the linear structure."""
        theta = np.asarray(theta, dtype=float)
        phi = self.basis(theta[..., self.index(self.nonlinear)], z)
        return np.einsum("...m,...mn->...n", theta[..., self.index(self.linear)], phi)

    def curve(self, theta: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The curve at points x (n, k) under natural parameters (..., p): shape (..., n)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.value(theta, self.coordinates(x))


def register(*families: Family) -> dict[str, Family]:
    """The registry of these families by name, each checked first.

    Raises:
        WrongFamily: a declaration contradicts itself, or a name is taken twice.
    """
    registry: dict[str, Family] = {}
    for family in families:
        problems = list(_declaration_problems(family)) or list(_formula_problems(family))
        if family.name in registry:
            problems.append(f"the name {family.name!r} is taken twice")
        if problems:
            raise WrongFamily(family=family.name, problems="; ".join(problems))
        registry[family.name] = family
    return registry


def _declaration_problems(family: Family) -> "list[str]":
    names, split = family.names, (*family.linear, *family.nonlinear)
    problems = [
        f"parameter {n!r} is declared twice" for n in sorted({n for n in names if names.count(n) > 1})
    ]
    problems += [f"{n!r} is in 'linear' or 'grids' but no parameter" for n in split if n not in names]
    problems += [f"parameter {n!r} is neither in 'linear' nor in 'grids'" for n in names if n not in split]
    problems += [f"{n!r} is both in 'linear' and in 'grids'" for n in family.linear if n in family.grids]
    problems += [
        f"parameter {p.name!r} has the unknown role {p.role!r}"
        for p in family.parameters
        if p.role not in ROLES
    ]
    problems += [
        f"parameter {p.name!r} has an empty domain" for p in family.parameters if not p.lower < p.upper
    ]
    problems += [f"{p.name!r} is positive, but its domain is not [0, inf)" for p in family.parameters
                 if p.positive and (p.lower, p.upper) != (0.0, np.inf)]  # fmt: skip
    for p in family.parameters:
        outside = [g for g in family.grids.get(p.name, ()) if not p.lower <= g <= p.upper]
        problems += [f"the grid of {p.name!r} leaves its domain at {g:g}" for g in outside]
    if family.min_points < len(names):
        problems.append(f"{family.min_points} points cannot determine {len(names)} parameters")
    texts = ("title", "equation", "citation", "at_zero", "at_infinity")
    return problems + [f"'{t}' is empty" for t in texts if not getattr(family, t).strip()]


def _formula_problems(family: Family) -> "list[str]":
    """Compare value, gradient, curvature and chart with each other at fixed probe points."""
    p, k, n = len(family.parameters), family.axes, 5
    theta = probe(family)
    z = 1.0 + np.stack([np.linspace(0.1, 1.3, n) ** (a + 1) for a in range(k)])
    y, dy = family.evaluate(theta, z)
    if y.shape != (n,) or dy.shape != (p, n):
        return [f"evaluate gives shapes {y.shape} and {dy.shape}, not {(n,)} and {(p, n)}"]
    problems = (
        []
        if np.allclose(y, family.value(theta, z), rtol=1e-12)
        else ["evaluate and basis give different curves"]
    )
    step = 1e-6
    v = np.linspace(-1.0, 2.0, n)
    curvature = family.curvature(theta, z, dy, v)
    curvature = np.zeros((p, p)) if curvature is None else curvature
    for j, name in enumerate(family.names):
        shift = np.where(np.arange(p) == j, step, 0.0)
        (up, dup), (down, ddown) = family.evaluate(theta + shift, z), family.evaluate(theta - shift, z)
        if not np.allclose((up - down) / (2 * step), dy[j], rtol=1e-6, atol=1e-7):
            problems.append(f"the gradient by {name!r} is not the derivative of the curve")
        if not np.allclose((dup - ddown) @ v / (2 * step), curvature[j], rtol=1e-6, atol=1e-6):
            problems.append(f"the curvature by {name!r} is not the derivative of the gradient")
    if family.covariate == "raw":
        centre, scale = np.zeros(k), np.ones(k)
    else:
        centre, scale = np.linspace(0.3, 0.5, k), np.full(k, 2.0 if family.covariate == "linear" else 1.0)
    natural = family.rechart(theta, centre, scale, 3.0)
    moved = family.value(natural, z * scale[:, None] + centre[:, None])
    if not np.allclose(moved, 3.0 * y, rtol=1e-10):
        problems.append("rechart does not describe the same curve")
    return problems


def probe(family: Family) -> np.ndarray:
    """Parameters (p,) inside the domain, all different: for checks and tests."""
    return np.clip(0.4 + 0.13 * np.arange(len(family.parameters)), family.lower, family.upper)
