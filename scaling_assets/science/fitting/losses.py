"""Losses: what a point's distance from the curve costs, with the derivatives that the solver needs.

What belongs here: each loss as a function of eta = h(curve) on the residual scale and of its target. What does
not: the scales themselves (``scale``), sums over points (``solve``).

``least_squares``  r^2 / 2, r = eta - target.
``huber``  Huber (1964), Annals of Mathematical Statistics 35: quadratic up to delta, linear beyond.
``asymmetric_mae``  share |r| for r < 0 (curve too low), (1 - share) |r| for r > 0: the curve through the share-th
    quantile (Koenker & Bassett 1978, Econometrica 46), with corners rounded within delta.
``binomial``, ``poisson``  half the deviance of a rate or a count per exposure (McCullagh & Nelder 1989,
    section 2.3) on the canonical scale, logit and log; the target is the rate itself and the weight its items or
    exposure, so that rates of exactly 0 and 1 and counts of 0 are data like any other.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

#: The residual scale that a likelihood needs.
CANONICAL = {"binomial": "logit", "poisson": "log"}


@dataclass(frozen=True)
class Loss:
    """A loss by name; ``share`` belongs to ``asymmetric_mae``."""

    name: str = "huber"
    share: float = 0.5

    @property
    def is_likelihood(self) -> bool:
        """True when the target is the observed rate and not h(y)."""
        return self.name in CANONICAL

    def cost(self, eta: np.ndarray, target: np.ndarray, delta: np.ndarray | float) -> np.ndarray:
        """The cost of each point (unweighted), at least 0."""
        if self.name == "poisson":
            return np.exp(eta) - target * eta - (target - xlogy(target, target))
        if self.name == "binomial":
            least = xlogy(target, target) + xlogy(1.0 - target, 1.0 - target)
            return np.logaddexp(0.0, eta) - target * eta + least
        r = eta - target
        if self.name == "least_squares":
            return 0.5 * r * r
        psi = np.clip(r, -delta, delta)
        value: np.ndarray = psi * (r - 0.5 * psi)
        return value * self._side(r) if self.name == "asymmetric_mae" else value

    def pull(self, eta: np.ndarray, target: np.ndarray, delta: np.ndarray | float) -> np.ndarray:
        """First derivative by eta."""
        if self.name == "poisson":
            return np.exp(eta) - target
        if self.name == "binomial":
            return 0.5 * (1.0 + np.tanh(0.5 * eta)) - target
        r = eta - target
        if self.name == "least_squares":
            return r
        psi: np.ndarray = np.clip(r, -delta, delta)
        return psi * self._side(r) if self.name == "asymmetric_mae" else psi

    def stiffness(
        self, eta: np.ndarray, target: np.ndarray, delta: np.ndarray | float
    ) -> tuple[np.ndarray | float, np.ndarray | float]:
        """Second derivative by eta, and the weight of the quadratic that majorises the loss there."""
        if self.name == "poisson":
            rate = np.exp(eta)
            return rate, rate
        if self.name == "binomial":
            rate = 0.5 * (1.0 + np.tanh(0.5 * eta))
            return rate * (1.0 - rate), np.maximum(rate * (1.0 - rate), 1e-12)
        if self.name == "least_squares":
            return 1.0, 1.0
        r = eta - target
        size = np.abs(r)
        bend, metric = (size <= delta) * 1.0, delta / np.maximum(size, delta)
        if self.name == "asymmetric_mae":
            side = self._side(r)
            return bend * side, metric * side
        return bend, metric

    def _side(self, r: np.ndarray) -> np.ndarray:
        return np.where(r < 0, self.share, 1.0 - self.share)
