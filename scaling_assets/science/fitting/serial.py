"""Does a fitted law leave structure in its residuals? The Durbin-Watson test with its exact moments.

What belongs here: one test of residuals in order of scale. What does not: tests that need replicates
(``evidence``), and what follows from a law that misses (``choose``, ``averaging``).
"""

import numpy as np
from scipy.special import betainc

MIN_FREE = 3  # residual degrees of freedom below which nothing can be said


def serial_correlation_p(residual: np.ndarray, slopes: np.ndarray) -> float:
    """How often independent errors would leave neighbours as alike as these residuals are.

    Idea: a law of the wrong form lies above its data for a stretch and below them for the next, so
    neighbours share their sign. d = sum (r_i - r_{i-1})^2 / sum r_i^2 is then small. Fitting p parameters
    pushes d up, most where points are few; its exact mean and variance under independent errors allow for
    that, and a beta law on (0, 4) with these moments gives the probability.

    Args:
        residual: (n,) residuals of one least-squares fit in order of scale, one value per distinct scale (means over
            replicates; all scales about equally well known).
        slopes: (n, p) derivatives of the curve by its parameters at these scales, on the residual scale; without
            those of parameters that stand at a bound.

    Returns:
        The one-sided p-value; 1.0 where nothing can be said (too few points, no residuals).

    Source: Durbin & Watson 1950, Biometrika 37, section 3 (moments); 1951, Biometrika 38, section 4 (beta
    approximation). The law enters linearised at its fit.
    """
    n = len(residual)
    size = np.linalg.norm(slopes, axis=0)
    total = float(residual @ residual)
    if not (np.isfinite(size).all() and np.isfinite(total)) or total <= 0:
        return 1.0
    live = size > 0
    basis, singular, _ = np.linalg.svd(slopes[:, live] / size[live], full_matrices=False)
    basis = basis[:, singular > 1e-10]
    free = n - basis.shape[1]
    if free < MIN_FREE:
        return 1.0
    differences = np.diff(np.eye(n), axis=0)
    rough = differences.T @ differences
    rough -= basis @ (basis.T @ rough)
    mean = float(np.trace(rough)) / free
    spread = float(np.sum(rough * rough.T)) - mean * float(np.trace(rough))
    variance = 2.0 * spread / (free * (free + 2))
    d = float(np.sum(np.diff(residual) ** 2)) / total
    if variance <= 0:
        return 1.0
    both = mean * (4.0 - mean) / variance - 1.0
    return float(betainc(both * mean / 4.0, both * (1.0 - mean / 4.0), np.clip(d / 4.0, 0.0, 1.0)))
