"""Group-sequential looks: how much of the error each look may spend, and the boundary that follows.

What lives here: the spending functions of Lan & DeMets (1983, Biometrika 70) in the O'Brien-Fleming and the
Pocock type, and boundaries by the recursion of Armitage, McPherson & Rowe (1969, JRSS A 132) with the grid of
Jennison & Turnbull (2000, "Group Sequential Methods", chapter 19). One side; the other one's boundary is its
mirror. What does not: when a gate looks (``gates.looks``).

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

GRID_R = 16  # Jennison & Turnbull's r: 12 r - 3 grid points, errors of the crossing probability below 1e-6
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
    for k, (share, error) in enumerate(zip(t, increments, strict=True)):
        found[k] = np.inf if error <= UNREACHED else below.boundary(share, error)
        below = below.stepped(share, found[k])
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

    def stepped(self, share: float, bound: float) -> "Below":
        """The density at the next look, below its boundary."""
        step = np.sqrt(share - self.share)
        grid, simpson = _grid(min(bound, 40.0))
        now = grid * np.sqrt(share)
        steps = (now[:, None] - self.scores[None, :]) / step
        density = np.exp(-(steps**2) / 2) @ self.weights * np.sqrt(share) / (step * np.sqrt(2 * np.pi))
        return Below(now, density * simpson, float(share))


def _grid(top: float) -> tuple[np.ndarray, np.ndarray]:
    """Standardised points below ``top`` and Simpson weights (Jennison & Turnbull 2000, table 19.1)."""
    r = GRID_R
    i = np.arange(1, 6 * r)
    tails = -3 - 4 * np.log(r / i[: r - 1]), 3 + 4 * np.log(r / (6 * r - i[5 * r :]))
    points = np.concatenate([tails[0], -3 + 3 * (i[r - 1 : 5 * r] - r) / (2 * r), tails[1]])
    points = np.append(points[points < top], top)
    middles = (points[1:] + points[:-1]) / 2
    widths = np.diff(points)
    every = np.empty(2 * len(points) - 1)
    every[::2], every[1::2] = points, middles
    simpson = np.zeros(len(every))
    simpson[:-2:2] += widths / 6
    simpson[2::2] += widths / 6
    simpson[1::2] = 4 * widths / 6
    return every, simpson
