"""Does a fitted law leave structure in its residuals? The Durbin-Watson test with its exact moments.

What belongs here: one test of residuals in order of scale. What does not: tests that need replicates
(``evidence``), and what follows from a law that misses (``choose``, ``averaging``).
"""

import numpy as np
from scipy.special import betainc

MIN_FREE = 3  # residual degrees of freedom below which nothing can be said
RANK = 1e-10  # slopes that are this close to each other, of their length, are the same


def serial_correlation_p(residual: np.ndarray, slopes: np.ndarray, count: np.ndarray) -> np.ndarray:
    """How often independent errors would leave neighbours as alike as these residuals are.

    Idea: a law of the wrong form lies above its data for a stretch and below them for the next, so
    neighbours share their sign. d = sum (r_i - r_{i-1})^2 / sum r_i^2 is then small. Fitting p parameters
    pushes d up, most where points are few; its exact mean and variance under independent errors allow for
    that, and a beta law on (0, 4) with these moments gives the probability.

    Args:
        residual: (P, n) residuals of P least-squares fits in order of scale, one value per distinct scale (means over
            replicates; all scales about equally well known), 0 behind the last one.
        slopes: (P, n, p) derivatives of the curve by its parameters at these scales, on the residual scale; 0 for
            parameters that stand at a bound, and behind the last scale.
        count: (P,) scales of each fit.

    Returns:
        The one-sided p-values (P,); 1.0 where nothing can be said (too few points, no residuals).

    Source: Durbin & Watson 1950, Biometrika 37, section 3 (moments); 1951, Biometrika 38, section 4 (beta
    approximation). The law enters linearised at its fit: with Q an orthonormal basis of its slopes, M = 1 - QQ' and
    A the second differences, trace MA = tr A - tr Q'AQ and trace (MA)^2 = tr A^2 - 2 tr Q'A^2 Q + tr (Q'AQ)^2.
    """
    n = residual.shape[1]
    size = np.linalg.norm(slopes, axis=1)
    total = np.sum(residual**2, axis=1)
    is_told = np.isfinite(size).all(axis=1) & np.isfinite(total) & (total > 0)
    unit = np.where(is_told[:, None, None], slopes / np.where(size > 0, size, 1.0)[:, None], 0.0)
    basis, singular, _ = np.linalg.svd(unit, full_matrices=False)
    basis = np.where((singular > RANK)[:, None], basis, 0.0)
    free = count - np.sum(singular > RANK, axis=1)
    follows = np.arange(1, n) < count[:, None]
    steps = np.where(follows[..., None], np.diff(basis, axis=1), 0.0)
    rough = np.zeros_like(basis)
    rough[:, 1:] += steps
    rough[:, :-1] -= steps  # AQ
    inner = np.matmul(steps.transpose(0, 2, 1), steps)
    trace = 2.0 * (count - 1) - np.sum(steps**2, axis=(1, 2))
    square = 6.0 * count - 8.0 - 2.0 * np.sum(rough**2, axis=(1, 2)) + np.sum(inner**2, axis=(1, 2))
    is_told &= free >= MIN_FREE
    free = np.maximum(free, 1)
    mean = trace / free
    variance = 2.0 * (square - mean * trace) / (free * (free + 2))
    moved = np.where(follows, np.diff(residual, axis=1), 0.0)
    d = np.sum(moved**2, axis=1) / np.where(total > 0, total, 1.0)
    is_told &= variance > 0
    both = mean * (4.0 - mean) / np.where(is_told, variance, 1.0) - 1.0
    found = betainc(both * mean / 4.0, both * (1.0 - mean / 4.0), np.clip(d / 4.0, 0.0, 1.0))
    return np.where(is_told, found, 1.0)
