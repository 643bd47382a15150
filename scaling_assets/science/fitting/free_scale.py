"""The scale of residuals as one more parameter, at its own optimum.

What belongs here: the scale of many rows for given residuals. What does not: the curves (``newton``).
"""

import numpy as np

from scaling_assets.science.fitting.layout import Layout

STEPS = 12


def free_scale(
    lay: Layout, r: np.ndarray, weight: np.ndarray, delta: np.ndarray, total: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """The minimum of sum w huber_delta(r / s) + W ln s over s (R,): Newton's method in ln s, convex there.

    Args:
        r, weight: residuals and weights of rows and points, in the layout ``lay``.
        delta, total, start: (R,) in units of s, sums of weights, first scales.
    """
    log_s = np.log(np.maximum(start * delta, 1e-14) / delta)  # safe for exact data
    bound = lay.wide(delta)
    for _ in range(STEPS):
        scaled = r / lay.wide(np.exp(log_s))
        psi = np.clip(scaled, -bound, bound)
        slope = total - lay.dot(weight, psi * scaled)
        inner = np.where(np.abs(scaled) <= bound, scaled, 0.0) + psi
        move = np.clip(slope / np.maximum(lay.dot(weight, inner * scaled), 1e-300), -2.0, 2.0)
        log_s = np.maximum(log_s - move, -32.0)
        if np.all(np.abs(move) < 1e-13):
            break
    return np.exp(log_s)
