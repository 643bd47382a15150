"""One step in a series with drift and AR(1) noise: the largest standardised step over all places.

What belongs here: the statistic, for many series at once, and the step at one place. What does not: how large
it gets without a step (``null``), several steps (``segments``).

Model: z_i = a + d s_i + h 1[i >= t] + u_i, u_i = rho u_(i-1) + e_i, s_i running from -1 to 1. Lengths are in
points, z in any unit. For a given rho the model is whitened (Prais & Winsten 1954) and h estimated by least
squares at every t. The statistic is max |h_t| / se(h_t) over the places that leave ``least`` points on both
sides. rho and the noise come from the series after its largest steps were taken out, one to three by its
length, whether or not they are real: a true step would otherwise pass for autocorrelation. What that costs in
bias is put right by simulation (``null.corrected``).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

STEP_RHO = 0.05  # autocorrelations are rounded to this: series with the same one share a whitened design


@dataclass(frozen=True)
class Design:
    """The whitened model of series of one length: places (m,), nuisance (n, p), unit steps (m, n), norms (m,)."""

    places: np.ndarray
    nuisance: np.ndarray
    steps: np.ndarray
    norms: np.ndarray


@dataclass(frozen=True)
class Scan:
    """Of B series: statistic, place of the largest step, noise (innovations' standard deviation), each (B,)."""

    statistic: np.ndarray
    place: np.ndarray
    noise: np.ndarray
    rho: np.ndarray


@dataclass(frozen=True)
class Cleaned:
    """Residuals (B, n) without the largest steps, and which steps (B, k; rows of ``Design.steps``) went."""

    residuals: np.ndarray
    taken: np.ndarray


def white(z: np.ndarray, rho: float) -> np.ndarray:
    """Series (..., n) with the autocorrelation taken out; the first value keeps its information."""
    found = z.astype(float, copy=True)
    found[..., 1:] -= rho * z[..., :-1]
    found[..., 0] *= np.sqrt(1 - rho**2)
    return found


@lru_cache(maxsize=200)
def design(n: int, least: int, rho: float, has_drift: bool) -> Design:
    """The whitened model of n points; ``least`` points stay on both sides of a step."""
    places = np.arange(least, n - least + 1)
    columns = [np.ones(n)] + ([np.linspace(-1, 1, n)] if has_drift else [])
    nuisance, _ = np.linalg.qr(white(np.stack(columns), rho).T)
    steps = white((np.arange(n)[None, :] >= places[:, None]).astype(float), rho)
    steps -= (steps @ nuisance) @ nuisance.T
    norms = np.sqrt(np.sum(steps**2, axis=1))
    return Design(places, nuisance, steps / norms[:, None], norms)


def n_taken(n: int) -> int:
    """How many steps are taken out before noise is estimated: so few that most points still tell of it."""
    return 1 if n < 40 else 2 if n < 80 else 3


def degrees(n: int, has_drift: bool) -> int:
    """Degrees of freedom of the noise: each step taken out costs its height and its place."""
    return n - 1 - int(has_drift) - 2 * n_taken(n)


def cleaned(z: np.ndarray, least: int, has_drift: bool) -> Cleaned:
    """Take drift and the largest steps out of series (B, n), one step after the other (matching pursuit)."""
    known = design(z.shape[1], least, 0.0, has_drift)
    rest = z - (z @ known.nuisance) @ known.nuisance.T
    return _without_steps(rest, known, None)


def autocorrelation(residuals: np.ndarray) -> np.ndarray:
    """Lag-1 autocorrelation of residuals (B, n), as it comes: biased downwards in short series."""
    square = np.sum(residuals**2, axis=1)
    return np.sum(residuals[:, 1:] * residuals[:, :-1], axis=1) / np.where(square > 0, square, 1.0)


def scan(z: np.ndarray, rho: np.ndarray, taken: np.ndarray, least: int, has_drift: bool) -> Scan:
    """The largest standardised step of series (B, n).

    Args:
        rho: autocorrelation of each (B,), multiples of ``STEP_RHO``.
        taken: the steps without which the noise is estimated (B, k), from :func:`cleaned`.
    """
    b, n = z.shape
    statistic, place, noise = np.zeros(b), np.zeros(b, dtype=int), np.zeros(b)
    free = max(1, degrees(n, has_drift))
    for value in np.unique(rho):
        mine = np.flatnonzero(rho == value)
        known = design(n, least, float(value), has_drift)
        rest = white(z[mine], float(value))
        rest = rest - (rest @ known.nuisance) @ known.nuisance.T
        height = np.abs(rest @ known.steps.T)
        best = np.argmax(height, axis=1)
        left = _without_steps(rest, known, taken[mine]).residuals
        sigma = np.sqrt(np.sum(left**2, axis=1) / free)
        top = height[np.arange(len(mine)), best]
        statistic[mine] = np.divide(top, sigma, out=np.where(top > 0, np.inf, 0.0), where=sigma > 0)
        place[mine], noise[mine] = known.places[best], sigma
    return Scan(statistic, place, noise, rho)


def _without_steps(rest: np.ndarray, known: Design, taken: np.ndarray | None) -> Cleaned:
    """Take out the steps named in ``taken``, or (None) the largest ones, found one after the other."""
    count = n_taken(rest.shape[1]) if taken is None else taken.shape[1]
    chosen: list[np.ndarray] = []
    basis: list[np.ndarray] = []
    for k in range(count):
        row = np.argmax(np.abs(rest @ known.steps.T), axis=1) if taken is None else taken[:, k]
        step = known.steps[row]
        for before in basis:
            step = step - np.sum(step * before, axis=1, keepdims=True) * before
        size = np.sqrt(np.sum(step**2, axis=1, keepdims=True))
        step = np.divide(step, size, out=np.zeros_like(step), where=size > 1e-6)
        rest = rest - np.sum(rest * step, axis=1, keepdims=True) * step
        basis.append(step)
        chosen.append(row)
    return Cleaned(rest, np.stack(chosen, axis=1))
