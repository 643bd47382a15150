"""Second derivatives of curves, summed over points: what makes a step Newton's.

What belongs here: sum_n v_n d2y_n / d theta d theta', from a family's own formula or from differences of its exact
gradient. What does not: gradients, losses, steps (``newton``).
"""

import numpy as np

from scaling_assets.science.fitting.layout import Layout
from scaling_assets.science.laws import Family

DIFFERENCE = 1e-6  # relative step of second derivatives by differences of the exact gradient


def declared(
    family: Family,
    lay: Layout,
    theta: np.ndarray,
    z: np.ndarray,
    dy: np.ndarray,
    v: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add them to ``out`` (p, p, R) from the family's ``bend``; v weights rows and points, ``dy`` is the gradient."""
    pairs = [family.index(pair) for pair in family.second or ()]
    d2 = np.empty((len(pairs), *dy.shape[1:]))
    family.bend(lay.wide(theta), z, dy, d2)
    for (i, j), value in zip(pairs, lay.project(d2, v), strict=True):
        out[i, j] += value
        if i != j:
            out[j, i] += value


def differenced(family: Family, lay: Layout, theta: np.ndarray, z: np.ndarray, v: np.ndarray) -> np.ndarray:
    """From differences of the gradient by theta: (p, p, R); an entry that is not finite is 0."""
    p = len(theta)
    out = np.empty((p, p, theta.shape[1]))

    def gradient(at: np.ndarray) -> np.ndarray:
        wide = lay.wide(at)
        dy = np.empty((p, *np.broadcast_shapes(z.shape[1:], wide.shape[1:])))
        family.formula(wide, z, dy)
        return lay.project(dy, v)

    here = gradient(theta)
    for j in range(p):
        step = DIFFERENCE * np.maximum(np.abs(theta[j]), 1e-3)
        step = np.where(theta[j] + step > family.upper[j], -step, step)
        moved = theta.copy()
        moved[j] += step
        out[j] = (gradient(moved) - here) / step
    out = 0.5 * (out + out.transpose(1, 0, 2))
    return np.where(np.isfinite(out), out, 0.0)
