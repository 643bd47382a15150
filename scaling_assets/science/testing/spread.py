"""How much independent units differ: a standard deviation with its bounds.

What lives here: the spread of one normal sample. What does not: the spread inside a unit, means (``designs``).
"""

from math import sqrt

import numpy as np
from scipy import special

from scaling_assets.science.testing.contrast import Bounds, Contrast, without
from scaling_assets.science.testing.designs import NO_SPREAD


def standard_deviation(values: np.ndarray) -> Contrast:
    """The standard deviation of normal values, shape (n,): (n - 1) s^2 / sigma^2 is a chi-square of n - 1 degrees.

    (Casella & Berger, "Statistical Inference", section 9.2.) Tails heavier than normal ones make them too narrow.
    """
    n = len(values)
    if n < 2:
        return without(f"{n} unit(s) show no spread", n)
    spread = float(values.std(ddof=1))
    if spread <= NO_SPREAD * float(np.abs(values).max()):
        return without(f"all {n} units have the same value: their spread cannot be estimated", n)

    def bounds(tail: float, factor: float) -> Bounds:
        df = n * factor - 1
        high, low = (float(special.chdtri(df, chance)) for chance in (tail, 1 - tail))
        return spread * sqrt(df / high), spread * sqrt(df / low)

    return Contrast(spread, n, "standard deviation of normal values (chi-square) over units", bounds)
