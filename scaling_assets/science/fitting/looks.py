"""What the iteration holds of its rows: the curves where they are now, and where they ended.

What belongs here: these two records. What does not: how they come about (``newton``).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(eq=False)
class Result:
    """Where the rows of a chunk ended; see ``solve.Solution``."""

    theta: np.ndarray
    objective: np.ndarray
    gradient: np.ndarray
    spread: np.ndarray
    iterations: np.ndarray
    stopped: np.ndarray  # False: still moving when the steps ran out


@dataclass(eq=False)
class Look:
    """A set of curves: parameters u and theta (p, R), y, eta and h' per point, dy = dy / d theta, objective f (R,)."""

    u: np.ndarray
    theta: np.ndarray
    y: np.ndarray
    eta: np.ndarray
    slope: np.ndarray | float
    dy: np.ndarray
    f: np.ndarray
