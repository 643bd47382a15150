"""The Universal Scalability Law read in every direction: throughput, concurrency, latency, peak, limit.

What belongs here: exact conversions for given gamma, sigma, kappa (Amdahl's law is kappa = 0). What does not: the
curve as a family (``usl``, ``amdahl``), fitting, capacity decisions.

N concurrent workers (or requests in the system) reach the throughput X(N) = gamma N / D(N) with the load
D(N) = 1 + sigma (N - 1) + kappa N (N - 1); Gunther (2007), Guerrilla Capacity Planning, equation 4.31. Little's law
(Little 1961, Operations Research 9, 383-387) N = X R gives the latency R(N) = D(N) / gamma. Solving for N is a
quadratic in both cases, so inverses are exact. All arguments broadcast: pass arrays of parameter draws and
quantiles of the result are its interval.

Units: N a count, X in work per time, R in the same time, gamma in work per time and worker.
"""

import numpy as np
from numpy.typing import ArrayLike

SAME = 4 * np.finfo(float).eps  # relative distance above the peak that is rounding of the peak itself


def throughput(n: ArrayLike, gamma: ArrayLike, sigma: ArrayLike, kappa: ArrayLike = 0.0) -> np.ndarray:
    """X(N). At N = 0 it is 0 (for sigma < 1)."""
    n = np.asarray(n, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(gamma * n / _load(n, sigma, kappa))


def latency(n: ArrayLike, gamma: ArrayLike, sigma: ArrayLike, kappa: ArrayLike = 0.0) -> np.ndarray:
    """R(N) = N / X(N): the time that one piece of work spends in the system."""
    return np.asarray(_load(np.asarray(n, dtype=float), sigma, kappa) / np.asarray(gamma, dtype=float))


def in_flight(rate: ArrayLike, time: ArrayLike) -> np.ndarray:
    """Little's law, N = X R: the concurrency that a throughput and a latency imply. X = N / R, R = N / X."""
    return np.asarray(rate, dtype=float) * np.asarray(time, dtype=float)


def peak(gamma: ArrayLike, sigma: ArrayLike, kappa: ArrayLike = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Concurrency sqrt((1 - sigma) / kappa) of highest throughput, and that throughput.

    Without coherency there is no peak: infinity, and the limit gamma / sigma (infinity for sigma = 0).
    """
    gamma, sigma, kappa = np.broadcast_arrays(*_floats(gamma, sigma, kappa))
    with np.errstate(divide="ignore", invalid="ignore"):
        at = np.where(kappa > 0, np.sqrt((1.0 - sigma) / kappa), np.inf)
        return at, gamma / (sigma - kappa + 2.0 * np.sqrt(kappa * (1.0 - sigma)))


def limit(gamma: ArrayLike, sigma: ArrayLike, kappa: ArrayLike = 0.0) -> np.ndarray:
    """The throughput as N grows without end: gamma / sigma for kappa = 0 (Amdahl), 0 for kappa > 0."""
    gamma, sigma, kappa = np.broadcast_arrays(*_floats(gamma, sigma, kappa))
    with np.errstate(divide="ignore"):
        return np.where(kappa > 0, 0.0, gamma / sigma)


def concurrency_at_throughput(
    x: ArrayLike, gamma: ArrayLike, sigma: ArrayLike, kappa: ArrayLike = 0.0
) -> np.ndarray:
    """Every N >= 0 with X(N) = x: shape (2, ...), first the one before the peak, then the one after it.

    NaN where there is none: both above the peak (or from the limit on, for kappa = 0), the second for
    kappa = 0. kappa x N^2 - (gamma - (sigma - kappa) x) N + (1 - sigma) x = 0; its discriminant is the product
    of gamma (1 - x / peak) and a second factor, which keeps its sign true to rounding near the peak.
    """
    x, gamma, sigma, kappa = np.broadcast_arrays(*_floats(x, gamma, sigma, kappa))
    with np.errstate(all="ignore"):
        bend = 2.0 * np.sqrt(kappa * (1.0 - sigma))
        gap = gamma - x * (sigma - kappa + bend)
        gap = np.where((gap < 0) & (gap >= -SAME * gamma), 0.0, gap)
        other = gamma - x * (sigma - kappa - bend)
        q = 0.5 * (0.5 * (gap + other) + np.sqrt(gap) * np.sqrt(other))
        before, after = (1.0 - sigma) * x / q, q / (kappa * x)
    exists = (gap >= 0) & (x >= 0) & (q > 0)
    # at sigma = 1 the quadratic has a root N = 0 at which the throughput is not x
    has_before = exists & (sigma < 1) & np.isfinite(before)
    found = np.stack([
        np.where(has_before, before, np.nan),
        np.where(exists & (kappa > 0) & (x > 0) & np.isfinite(after), after, np.nan),
    ])  # fmt: skip
    return found


def concurrency_at_latency(
    r: ArrayLike, gamma: ArrayLike, sigma: ArrayLike, kappa: ArrayLike = 0.0
) -> np.ndarray:
    """Every N >= 0 with R(N) = r: shape (2, ...), ascending, NaN where there is none.

    Latency rises with N from N = 1/2 on, so a second root can only lie below 1/2 (where kappa > sigma).
    kappa N^2 + (sigma - kappa) N + (1 - sigma - gamma r) = 0.
    """
    r, gamma, sigma, kappa = np.broadcast_arrays(*_floats(r, gamma, sigma, kappa))
    b, c = sigma - kappa, 1.0 - sigma - gamma * r
    with np.errstate(all="ignore"):
        q = -0.5 * (b + np.where(b < 0, -1.0, 1.0) * np.sqrt(b * b - 4.0 * kappa * c))
        roots = np.where(
            kappa > 0, np.stack([c / q, q / kappa]), np.stack([-c / sigma, np.full(c.shape, np.nan)])
        )
        roots = np.where((roots >= 0) & np.isfinite(roots), roots + 0.0, np.nan)
    return np.sort(roots, axis=0)


def roots_of(found: np.ndarray) -> np.ndarray:
    """The roots for one curve (2,) without the missing ones: ascending, empty where there is none."""
    return np.unique(found[np.isfinite(found)])


def _floats(*values: ArrayLike) -> tuple[np.ndarray, ...]:
    return tuple(np.asarray(v, dtype=float) for v in values)


def _load(n: np.ndarray, sigma: ArrayLike, kappa: ArrayLike) -> np.ndarray:
    sigma, kappa = _floats(sigma, kappa)
    return np.asarray(
        (1.0 - sigma) + n * ((sigma - kappa) + kappa * n)
    )  # exact where sigma or kappa is near 1
