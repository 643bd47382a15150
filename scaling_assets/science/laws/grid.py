"""Values on a grid of cells: where it has bottoms.

What belongs here: neighbourhoods on a grid. What does not: grids (each family's own), what is made of the bottoms.
"""

from collections.abc import Iterable

import numpy as np


def undercut(a: np.ndarray, axes: Iterable[int]) -> np.ndarray:
    """The lowest value of each cell and those beside it along these axes."""
    for axis in axes:
        lowest = a.copy()
        old, new = np.moveaxis(a, axis, 0), np.moveaxis(lowest, axis, 0)
        np.minimum(new[1:], old[:-1], out=new[1:])
        np.minimum(new[:-1], old[1:], out=new[:-1])
        a = lowest
    return a
