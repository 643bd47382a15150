"""Confidence sequences of the mean of bounded values, whatever their distribution: bets against each candidate mean.

What lives here: the wealth of a gambler who stakes a share of it on every unit, averaged over stakes that were fixed
before the first one. Against a mean of at most m that wealth is a supermartingale, so by Ville's inequality (1939) it
ever reaches 1/tail with chance at most ``tail``; the means it rejects are those below the bound (Waudby-Smith & Ramdas
2024, JRSS B 86; mixtures instead of predicted stakes: Orabona & Jun 2024, IEEE Trans. Information Theory 70). A product
over units knows no order, so the bound does not depend on it. It adapts to the spread, which a bound by Hoeffding's
lemma does not. What does not: values without bounds (``sequences``).
"""

from math import log

import numpy as np
from scipy import optimize, special

#: Stakes, as shares of the largest one that can lose no more than everything; all weigh alike.
STAKES = np.geomspace(0.003, 0.99, 24)
#: Values that stand for more when expectations are asked.
SKETCH = 256


def bounds(values: np.ndarray, low: float, high: float, tail: float) -> tuple[float, float]:
    """Bounds of the mean of independent values in [low, high], shape (n,); each holds at all n with error ``tail``."""
    shares = np.clip((values - low) / (high - low), 0.0, 1.0)
    under, over = _lowest(shares, tail, 1.0), 1 - _lowest(1 - shares, tail, 1.0)
    return low + under * (high - low), low + over * (high - low)


def expected(values: np.ndarray, low: float, high: float, tail: float, factor: float) -> tuple[float, float]:
    """Bounds to expect of ``factor`` times as many values like these."""
    shares = np.clip((values - low) / (high - low), 0.0, 1.0)
    if len(shares) > SKETCH:
        factor *= len(shares) / SKETCH
        shares = np.quantile(shares, (np.arange(SKETCH) + 0.5) / SKETCH)
    under, over = _lowest(shares, tail, factor), 1 - _lowest(1 - shares, tail, factor)
    return low + under * (high - low), low + over * (high - low)


def p_values(values: np.ndarray, low: float, high: float, limit: float) -> tuple[float, float]:
    """Anytime-valid p-values of (mean above ``limit``, mean below it): one over the wealth, at most 1."""
    if not low < limit < high:  # known without a unit, but for the ends themselves
        return float(limit >= low), float(limit <= high)
    shares, at = np.clip((values - low) / (high - low), 0.0, 1.0), (limit - low) / (high - low)
    found = (log_wealth(shares, at), log_wealth(1 - shares, 1 - at))
    above, below = (float(np.exp(-max(wealth, 0.0))) for wealth in found)
    return above, below


def log_wealth(shares: np.ndarray, mean: float, factor: float = 1.0) -> float:
    """ln of the average wealth of bets on "more than ``mean``", for values in [0, 1]; falls as ``mean`` grows."""
    grown = factor * np.log1p(STAKES[:, None] * (shares / mean - 1)).sum(axis=1)
    return float(special.logsumexp(grown)) - log(len(STAKES))


def _lowest(shares: np.ndarray, tail: float, factor: float) -> float:
    """The largest mean in [0, 1] that is rejected from below."""
    centre, wanted = float(shares.mean()), -log(tail)
    tiny = 1e-12
    if centre <= tiny or log_wealth(shares, tiny, factor) <= wanted:
        return 0.0
    if log_wealth(shares, min(centre, 1.0), factor) >= wanted:
        return centre  # rounding: at their own mean nothing is won

    def excess(mean: float) -> float:
        return log_wealth(shares, mean, factor) - wanted

    return float(optimize.brentq(excess, tiny, centre, xtol=1e-10, rtol=1e-8))
