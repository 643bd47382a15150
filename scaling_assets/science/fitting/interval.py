"""Intervals of parameters from draws.

What belongs here: percentiles, and one-sided limits at bounds. What does not: the draws (``resample``).
"""

import numpy as np


def interval(
    draws: np.ndarray, value: float, level: float, *, at_lower: bool, at_upper: bool, limited: bool = True
) -> tuple[float | None, float | None]:
    """Percentile interval of one parameter; where the estimate lies on its bound a one-sided limit, if any."""
    tail = 1.0 - level
    if at_lower:
        return None, float(max(np.quantile(draws, level), value)) if limited else None
    if at_upper:
        return float(min(np.quantile(draws, tail), value)) if limited else None, None
    low, high = np.quantile(draws, [tail / 2, 1.0 - tail / 2])
    return float(min(low, value)), float(max(high, value))
