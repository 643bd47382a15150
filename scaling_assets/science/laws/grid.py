"""Values on a grid of cells: where it has bottoms.

What belongs here: neighbourhoods on a grid. What does not: grids (each family's own), what is made of the bottoms.
"""

import functools
from collections.abc import Iterable

import numpy as np


def undercut(a: np.ndarray, axes: Iterable[int]) -> np.ndarray:
    """The lowest value of each cell and those beside it along these axes."""
    for axis in axes:
        wide = np.pad(a, [(int(k == axis), int(k == axis)) for k in range(a.ndim)], constant_values=np.inf)
        around = (np.take(wide, np.arange(k, k + a.shape[axis]), axis=axis) for k in range(3))
        a = functools.reduce(np.minimum, around)
    return a
