"""Two whole distributions beside one another: how far apart are they at most?

What lives here: the largest distance of the distribution functions with bounds that hold for any distribution
(Massart 1990, Annals of Probability 18, for each arm). What does not: differences of means (``designs``).
"""

from math import log, sqrt

import numpy as np
from scipy import stats

from scaling_assets.science.testing.contrast import Bounds, Contrast, without


def largest_distance(x: np.ndarray, y: np.ndarray) -> Contrast:
    """Kolmogorov-Smirnov distance, between 0 and 1, of two samples of independent values.

    Each bound has error ``tail``: half of it for each arm's own distance from its truth, sqrt(ln(4 / tail) / 2n).
    """
    n, m = len(x), len(y)
    if min(n, m) == 0:
        return without("an arm has no value", n + m)
    found = stats.ks_2samp(x, y, method="auto")
    distance = float(found.statistic)

    def bounds(tail: float, factor: float) -> Bounds:
        reach = sum(sqrt(log(4 / tail) / (2 * count * factor)) for count in (n, m))
        return max(distance - reach, 0.0), min(distance + reach, 1.0)

    evidence = {
        "p_value_of_equality": float(found.pvalue),
        "wasserstein": float(stats.wasserstein_distance(x, y)),
    }
    return Contrast(distance, n + m, "largest distance of distribution functions (Massart)", bounds,
                    evidence=evidence)  # fmt: skip
