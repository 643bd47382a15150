"""Measures of spread that a few wild points do not move.

What belongs here: the robust standard deviation, and the constant of the robust likelihood. What does not: fits.
"""

import numpy as np
from scipy.special import ndtr


def robust_sd(r: np.ndarray, counts: np.ndarray, p: int) -> np.ndarray:
    """1.4826 times the median |r| over the points (n, P) that count, the p - 1 smallest left out: (P,).

    A fit with p parameters passes close to p points, whatever the noise: without leaving them out the
    scale of a small sample comes out too small.
    """
    size = np.where(counts, np.abs(r), -np.inf)
    size = np.sort(np.where(np.isnan(size), np.inf, size), axis=0)
    n = len(size)
    left = np.maximum(counts.sum(axis=0) - (p - 1), 1)  # the largest ``left`` values count
    low, high = n - left + (left - 1) // 2, n - left + left // 2
    at = np.arange(size.shape[1])
    found: np.ndarray = 1.4826 * 0.5 * (size[low, at] + size[high, at])
    return found


def log_normaliser(delta: np.ndarray) -> np.ndarray:
    """ln of the integral Z of exp(-huber_delta): sqrt(2 pi) (2 Phi(delta) - 1) + 2 exp(-delta^2/2) / delta."""
    value: np.ndarray = np.log(
        np.sqrt(2 * np.pi) * (2 * ndtr(delta) - 1) + 2 * np.exp(-(delta**2) / 2) / delta
    )
    return value
