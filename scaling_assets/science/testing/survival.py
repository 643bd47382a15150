"""Time until something is reached, when some runs never got there: the share that has, at a horizon.

What lives here: Kaplan and Meier's estimate (1958, JASA 53; its steps equal ``scipy.stats.ecdf`` of censored
data, which a test compares) with exact binomial bounds at the effective number of runs that its variance stands
for (Dorey & Korn 1987, Statistics in Medicine 6). What does not: curves between the events.
"""

import numpy as np

from scaling_assets.science.testing.contrast import Bounds, Contrast, without
from scaling_assets.science.testing.proportions import clopper_pearson


def reached_by(times: np.ndarray, is_reached: np.ndarray, horizon: float) -> Contrast:
    """Share of runs that have reached it by ``horizon``.

    Args:
        times: when a run reached it, or how long it was watched without, shape (n,).
        is_reached: False for a censored run, shape (n,).
        horizon: in the unit of the times. A run that is censored at the horizon was watched up to it.
    """
    n = len(times)
    if n == 0:
        return without("no run has a time", 0)
    watched = int(np.sum((times >= horizon) | is_reached))
    if not np.any(times >= horizon) and not np.all(is_reached[times == times.max()]):
        return without(f"no run was watched up to {horizon:g}: the longest was {times.max():g}", n)
    moments = np.unique(times[is_reached & (times <= horizon)])
    at_risk = np.array([np.sum(times >= moment) for moment in moments], dtype=float)
    events = np.array([np.sum((times == moment) & is_reached) for moment in moments], dtype=float)
    still = float(np.prod(1 - events / at_risk))
    share = 1 - still
    independent = float(watched)
    if 0 < share < 1:
        greenwood = still**2 * float(np.sum(events / (at_risk * (at_risk - events))))
        independent = min(float(n), share * still / greenwood)

    def bounds(tail: float, factor: float) -> Bounds:
        return clopper_pearson(share * independent * factor, independent * factor, tail)

    evidence = {"censored": float(np.sum(~is_reached)), "effective_runs": independent}
    return Contrast(
        share, n, "Kaplan-Meier, exact binomial at the effective number of runs", bounds, evidence=evidence
    )
