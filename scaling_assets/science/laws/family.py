"""The contract of a law family: what a curve must declare so that it can be fitted, shown and doubted.

What belongs here: the base class, a parameter's declaration, the points that starts are made from. What does
not: any particular curve (one file each beside this one), the checks of a declaration (``proof``), data,
fitting (``science.fitting``).

Shapes, throughout: the parameter axis first, any batch axes last. ``theta`` (p, ...) parameters in declared
order; ``z`` (k, n, ...) covariates, k axes by n points; values (n, ...); gradients (p, n, ...). So ``theta[j]``
and ``z[a]`` combine without reshaping, for one curve and for a million, and a formula that is written once
runs over whole batches in numpy and over single curves when compiled.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

Covariate = Literal["log", "linear", "ratio", "raw"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a family.

    ``unit`` is a pattern of the metric's unit ``{y}`` and the axes' units ``{x0}``, ``{x1}``.
    ``lower``/``upper`` is the domain: estimates and intervals never leave it. ``positive`` marks a
    parameter that can only be above 0; it is searched on a log scale.
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
        text = re.sub(r"/1(\^-?\w+)?(?=/|$)", "", self.unit.format_map(units))
        return "" if text == "1" else text


@dataclass(frozen=True, eq=False)
class Seen:
    """What starts are made from: points of P problems, charted. z (k, n, P), y (n, P), used (n, P) bool."""

    z: np.ndarray
    y: np.ndarray
    used: np.ndarray

    @property
    def low(self) -> np.ndarray:
        """Lowest covariate on each axis (k, P)."""
        return np.min(np.where(self.used, self.z, np.inf), axis=1)

    @property
    def high(self) -> np.ndarray:
        """Highest covariate on each axis (k, P)."""
        return np.max(np.where(self.used, self.z, -np.inf), axis=1)

    def among(self, shares: Sequence[float]) -> np.ndarray:
        """Places on the first axis among the points in their order, each with a share of them below (shares, P)."""
        ladder = np.sort(np.where(self.used, self.z[0], np.inf), axis=0)
        at = np.array(shares)[:, None] * (np.isfinite(ladder).sum(axis=0) - 1)
        below = np.maximum(np.floor(at), 0.0).astype(int)
        low = np.take_along_axis(ladder, below, axis=0)
        high = np.take_along_axis(ladder, np.minimum(below + 1, len(ladder) - 1), axis=0)
        return low + np.where(at > below, at - below, 0.0) * (np.where(np.isfinite(high), high, low) - low)

    @property
    def y_low(self) -> np.ndarray:
        """Lowest value (P,)."""
        return np.min(np.where(self.used, self.y, np.inf), axis=0)

    @property
    def y_high(self) -> np.ndarray:
        """Highest value (P,)."""
        return np.max(np.where(self.used, self.y, -np.inf), axis=0)


class Family(ABC):
    """A curve with everything that fitting, gates and people need to know about it.

    ``covariate`` says how the fitted coordinate z comes from x: "log" z = ln x - centre, "linear"
    z = (x - centre) / scale, "ratio" z = x / scale, "raw" z = x (for laws in which x = 1 means something).
    With centre 0 and scale 1 the same formula takes and gives natural parameters: :meth:`rechart` goes
    between. ``linear`` names parameters that y is linear in, so that starts get them in closed form;
    ``grids`` says where to look for the others, ``depends`` on which of them the basis function of each linear one
    depends (None: on all). ``second`` lists the pairs of parameters with a second
    derivative other than 0, which :meth:`bend` fills in that order; None: it is measured by differences of
    the gradient. ``has_scale`` is False where y is absolute (a probability) and cannot be rescaled.
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
    linear: ClassVar[tuple[str, ...]] = ()
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {}
    depends: ClassVar[Mapping[str, tuple[str, ...]] | None] = None
    second: ClassVar[tuple[tuple[str, str], ...] | None] = None
    has_scale: ClassVar[bool] = True
    is_compilable: ClassVar[bool] = True  # False: the formula needs functions that only numpy or scipy have
    min_scales: ClassVar[int]  # distinct values needed on each axis
    min_points: ClassVar[int]

    @staticmethod
    @abstractmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """The curve (n, ...); fills its gradient ``dy`` (p, n, ...).

        Written in array operations that numba compiles too (theta (p,), z (k, n), dy (p, n)): no keywords,
        no shapes, no other functions of this package.
        """

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """Fill the second derivatives ``d2`` (pairs in ``second``, n, ...); ``dy`` is the gradient there."""
        raise NotImplementedError

    @abstractmethod
    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """Parameters (p, ...) of the same curve in natural coordinates.

        ``theta`` describes y / y_scale as a function of z = (x or ln x - centre) / scale; ``centre`` and
        ``scale`` are (k, ...). With -centre / scale, 1 / scale and 1 / y_scale it goes back.
        """

    def frame(self, raw: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Centre and scale (k, P) of covariates raw (k, n, P), of which ``used`` (n, P) count."""
        centre, scale = np.zeros(raw.shape[::2]), np.ones(raw.shape[::2])
        count = np.maximum(used.sum(axis=0), 1)
        if self.covariate in ("log", "linear"):
            centre = np.sum(np.where(used, raw, 0.0), axis=1) / count
        if self.covariate == "linear":
            width = np.max(np.where(used, np.abs(raw - centre[:, None]), 0.0), axis=1)
            scale = np.where((width > 0) & np.isfinite(width), width, 1.0)
        if self.covariate == "ratio":
            scale = np.exp(np.sum(np.where(used, np.log(np.where(used, raw, 1.0)), 0.0), axis=1) / count)
        return centre, scale

    def cells(self, seen: Seen) -> np.ndarray:
        """Where to look for the parameters outside ``linear``: (len(nonlinear), G, P or 1).

        The product of ``grids``; a family whose parameters are places on an axis lays them over the data. In place
        of G there may be one axis for each direction in which cells are neighbours.
        """
        axes = np.meshgrid(*(np.array(v) for v in self.grids.values()), indexing="ij")
        return np.array(axes)[..., None] if axes else np.zeros((0, 1, 1))

    def box(self, seen: Seen) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends (p, P) of the search, charted: the domain.

        A family narrows it where data can only tell what lies among them: the place of a break.
        """
        count = seen.y.shape[1]
        return np.repeat(self.lower[:, None], count, axis=1), np.repeat(self.upper[:, None], count, axis=1)

    # ---- derived from the declaration ----

    @property
    def names(self) -> tuple[str, ...]:
        """Parameter names in order."""
        return tuple(p.name for p in self.parameters)

    @property
    def nonlinear(self) -> tuple[str, ...]:
        """Names of the parameters that are not in ``linear``, in declared order: the rows of ``cells``."""
        return tuple(p.name for p in self.parameters if p.name not in self.linear)

    @property
    def lower(self) -> np.ndarray:
        """Lower end of each parameter's domain (p,)."""
        return np.array([p.lower for p in self.parameters])

    @property
    def upper(self) -> np.ndarray:
        """Upper end of each parameter's domain (p,)."""
        return np.array([p.upper for p in self.parameters])

    @property
    def logged(self) -> np.ndarray:
        """True for parameters that are searched on a log scale (p,)."""
        return np.array([p.positive for p in self.parameters])

    def index(self, names: Sequence[str]) -> list[int]:
        """Positions of the named parameters."""
        return [self.names.index(name) for name in names]

    def coordinates(self, x: np.ndarray) -> np.ndarray:
        """Uncentred covariates (k, n) of points x (n, k): ln x or x; NaN where x has no logarithm."""
        x = np.asarray(x, dtype=float).T
        if self.covariate == "ratio":
            return np.where(x > 0, x, np.nan)
        if self.covariate != "log":
            return x
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(x > 0, np.log(x), np.nan)

    def evaluate(self, theta: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The curve (n, ...) and its gradient (p, n, ...) at theta (p, ...) and z (k, n, ...)."""
        theta = np.asarray(theta, dtype=float)
        shape = np.broadcast_shapes(z.shape[1:], (z.shape[1], *theta.shape[1:]))
        dy = np.empty((len(theta), *shape))
        with np.errstate(all="ignore"):
            y = self.formula(theta, z, dy)
        return np.broadcast_to(y, shape), dy

    def curve(self, theta: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The curve at points x (n, k) under natural parameters (..., p): shape (..., n)."""
        theta = np.asarray(theta, dtype=float)
        flat = theta.reshape(-1, theta.shape[-1]).T
        y = self.evaluate(flat, self.coordinates(x)[:, :, None])[0]
        return np.ascontiguousarray(y.T).reshape(*theta.shape[:-1], y.shape[0])
