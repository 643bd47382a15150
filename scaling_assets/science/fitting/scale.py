"""Residual scales: on which scale a residual is measured (log, logit, identity).

What belongs here: the transforms with their derivatives and inverses. What does not: losses (``solve``).
"""

from abc import ABC, abstractmethod

import numpy as np


class ResidualScale(ABC):
    """A monotone map h; residuals are h(curve) - h(y)."""

    name: str

    @abstractmethod
    def forward(self, y: np.ndarray) -> np.ndarray:
        """h(y); NaN where the scale cannot take y."""

    @abstractmethod
    def backward(self, t: np.ndarray) -> np.ndarray:
        """The inverse of h."""

    @abstractmethod
    def derivatives(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """h'(y) and h''(y)."""

    @abstractmethod
    def accepts(self, y: np.ndarray) -> np.ndarray:
        """True where y is finite and h(y) exists."""

    @abstractmethod
    def raw(self, y: np.ndarray) -> np.ndarray:
        """h(y) without care: not finite where the scale cannot take y. For the solver."""

    @abstractmethod
    def slope(self, y: np.ndarray) -> np.ndarray | float:
        """h'(y)."""

    @abstractmethod
    def twist(self, y: np.ndarray) -> np.ndarray | float:
        """h''(y) / h'(y)^2: the scale's own curvature in terms of the curve's slopes on it."""

    def unit(self, y: np.ndarray) -> float:
        """A factor that y may be divided by to come near 1 without changing the problem."""
        return 1.0

    def shift(self, y: np.ndarray, residual: np.ndarray) -> np.ndarray:
        """y moved by a residual on this scale; NaN where the scale cannot take y."""
        return self.backward(self.forward(y) + residual)


class Log(ResidualScale):
    """Relative errors: h = ln. The default."""

    name = "log"

    def forward(self, y: np.ndarray) -> np.ndarray:
        """The natural logarithm, NaN for y <= 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(y > 0, np.log(y), np.nan)

    def backward(self, t: np.ndarray) -> np.ndarray:
        """The exponential."""
        with np.errstate(over="ignore"):
            return np.exp(t)

    def derivatives(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """1/y and -1/y^2."""
        first = 1.0 / y
        return first, -first * first

    def raw(self, y: np.ndarray) -> np.ndarray:
        """h(y), unguarded."""
        return np.log(y)

    def slope(self, y: np.ndarray) -> np.ndarray | float:
        """h'(y)."""
        return 1.0 / y

    def twist(self, y: np.ndarray) -> np.ndarray | float:
        """h'' / h'^2."""
        return -1.0

    def accepts(self, y: np.ndarray) -> np.ndarray:
        """Finite and above 0."""
        return np.isfinite(y) & (y > 0)

    def unit(self, y: np.ndarray) -> float:
        """The geometric mean."""
        return float(np.exp(np.mean(np.log(y))))


class Logit(ResidualScale):
    """For metrics bounded by 0 and 1: h = ln(y / (1 - y))."""

    name = "logit"

    def forward(self, y: np.ndarray) -> np.ndarray:
        """The log odds, NaN outside (0, 1)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where((y > 0) & (y < 1), np.log(y) - np.log1p(-y), np.nan)

    def backward(self, t: np.ndarray) -> np.ndarray:
        """The logistic function."""
        return 0.5 * (1.0 + np.tanh(0.5 * t))

    def derivatives(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """1/(y(1-y)) and (2y-1)/(y(1-y))^2."""
        first = 1.0 / (y * (1.0 - y))
        return first, (2.0 * y - 1.0) * first * first

    def raw(self, y: np.ndarray) -> np.ndarray:
        """h(y), unguarded."""
        return np.log(y) - np.log1p(-y)

    def slope(self, y: np.ndarray) -> np.ndarray | float:
        """h'(y)."""
        return 1.0 / (y * (1.0 - y))

    def twist(self, y: np.ndarray) -> np.ndarray | float:
        """h'' / h'^2."""
        return 2.0 * y - 1.0

    def accepts(self, y: np.ndarray) -> np.ndarray:
        """Strictly between 0 and 1."""
        return np.isfinite(y) & (y > 0) & (y < 1)


class Identity(ResidualScale):
    """Absolute errors in the metric's unit: h(y) = y."""

    name = "identity"

    def forward(self, y: np.ndarray) -> np.ndarray:
        """y itself."""
        return np.asarray(y, dtype=float)

    def backward(self, t: np.ndarray) -> np.ndarray:
        """t itself."""
        return np.asarray(t, dtype=float)

    def derivatives(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """1 and 0."""
        return np.ones_like(y), np.zeros_like(y)

    def raw(self, y: np.ndarray) -> np.ndarray:
        """h(y), unguarded."""
        return y

    def slope(self, y: np.ndarray) -> np.ndarray | float:
        """h'(y)."""
        return 1.0

    def twist(self, y: np.ndarray) -> np.ndarray | float:
        """h'' / h'^2."""
        return 0.0

    def accepts(self, y: np.ndarray) -> np.ndarray:
        """Any finite number."""
        return np.isfinite(y)

    def unit(self, y: np.ndarray) -> float:
        """The mean of |y|, 1 when all are 0."""
        with np.errstate(over="ignore"):
            largest = float(np.max(np.abs(y), initial=0.0))
            return float(np.mean(np.abs(y) / largest) * largest) if largest > 0 else 1.0

    def shift(self, y: np.ndarray, residual: np.ndarray) -> np.ndarray:
        """y + residual."""
        return y + residual


SCALES: dict[str, ResidualScale] = {scale.name: scale for scale in (Log(), Logit(), Identity())}
