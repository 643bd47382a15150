"""Group-sequential looks: how much of the error each look may spend, and the boundary that follows.

What lives here: the spending functions of Lan & DeMets (1983, Biometrika 70) in the O'Brien-Fleming and the
Pocock type, and boundaries by the recursive integration of Armitage, McPherson & Rowe (1969, JRSS A 132;
Jennison & Turnbull 2000, "Group Sequential Methods", chapter 19), with Gauss-Legendre nodes up to the boundary.
One side; the other one's boundary is its mirror. What does not: when a gate looks (``gates.looks``).

Boundaries are those of a normal statistic; a gate takes the look's nominal level to Student's t
(Jennison & Turnbull, section 4.4), which is an approximation that docs/testing.md measures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import optimize, special

Spending = Literal["obrien_fleming", "pocock"]

FAR = 8.0  # standard deviations beyond which no path counts: one in 10^15
NODES_A_STEP = 1.5  # integration nodes within the standard deviation of one step between looks
UNREACHED = 1e-10  # an error smaller than this is not spent yet: no bound at that look


def spent(information: np.ndarray, level: float, spending: Spending) -> np.ndarray:
    """One-sided error spent up to each share of the information in (0, 1]; Lan & DeMets 1983, section 3.

    The O'Brien-Fleming type is 2 - 2 Phi(z / sqrt(t)) with z the 1 - level/2 quantile, the Pocock type
    level ln(1 + (e - 1) t).
    """
    t = np.minimum(np.asarray(information, dtype=float), 1.0)
    if spending == "pocock":
        return level * np.log1p((np.e - 1) * t)
    return 2 * special.ndtr(-special.ndtri(1 - level / 2) / np.sqrt(t))


def boundaries(information: Sequence[float], level: float, spending: Spending) -> np.ndarray:
    """Upper boundaries of the standardised statistic at each look, shape (k,).

    Args:
        information: shares of the final information, ascending, the last at most 1.
        level: one-sided error of the whole plan.

    Raises:
        ValueError: shares that do not ascend within (0, 1].
    """
    t = np.asarray(information, dtype=float)
    if len(t) == 0 or t[0] <= 0 or t[-1] > 1 or np.any(np.diff(t) <= 0):
        raise ValueError("shares of the information ascend within (0, 1]")
    return _solved(tuple(t), level, spending).copy()


def nominal_levels(information: Sequence[float], level: float, spending: Spending) -> np.ndarray:
    """One-sided levels at which each look is read on its own, shape (k,)."""
    return special.ndtr(-boundaries(information, level, spending))


@lru_cache(maxsize=256)
def _solved(information: tuple[float, ...], level: float, spending: Spending) -> np.ndarray:
    t = np.array(information)
    increments = np.diff(spent(t, level, spending), prepend=0.0)
    found = np.empty(len(t))
    below = Below(np.zeros(1), np.ones(1), 0.0)
    # The density has features as narrow as one step; that many nodes resolve the narrowest of them.
    narrowest = float(np.sqrt(np.diff(t) / t[:-1]).min(initial=1.0))
    count = int(np.clip(np.ceil(NODES_A_STEP * 2 * FAR / narrowest), 96, 2_000))
    for k, (share, error) in enumerate(zip(t, increments, strict=True)):
        found[k] = np.inf if error <= UNREACHED else below.boundary(share, error)
        below = below.stepped(share, found[k], count)
    return found


@dataclass(frozen=True, eq=False)
class Below:
    """The score's density (weights at points) at one look, on paths that stayed below every boundary so far."""

    scores: np.ndarray
    weights: np.ndarray
    share: float

    def crossing(self, share: float, bound: float) -> float:
        """Chance of being below all earlier boundaries and above this one at ``share``."""
        step = np.sqrt(share - self.share)
        return float(self.weights @ special.ndtr((self.scores - bound * np.sqrt(share)) / step))

    def boundary(self, share: float, error: float) -> float:
        """The boundary at ``share`` that is crossed, for the first time there, with chance ``error``."""
        return float(optimize.brentq(lambda b: self.crossing(share, b) - error, -10.0, 40.0, xtol=1e-12))

    def stepped(self, share: float, bound: float, count: int) -> "Below":
        """The density at the next look, below its boundary."""
        step = np.sqrt(share - self.share)
        nodes, weights = _nodes(count)
        half = (min(bound, FAR) + FAR) / 2  # the grid ends on the boundary, so the cut density stays smooth
        now = ((nodes + 1) * half - FAR) * np.sqrt(share)
        steps = (now[:, None] - self.scores[None, :]) / step
        density = np.exp(-(steps**2) / 2) @ self.weights * np.sqrt(share) / (step * np.sqrt(2 * np.pi))
        return Below(now, density * weights * half, float(share))


@lru_cache(maxsize=64)
def _nodes(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights on [-1, 1], shape (count,)."""
    nodes, weights = special.roots_legendre(count)
    return nodes, weights
