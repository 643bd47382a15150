"""Where a logarithmic axis is labelled. What does not belong here: drawing the labels."""

import math

import numpy as np


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers within [low, high], 0 < low < high, few enough to read.

    Whole decades (every so many) over long ranges, 1-2-5 over middling ones, equal steps over less
    than a decade.
    """
    decades = math.log10(high / low)
    if decades < 0.8:
        return _even(low, high)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1.0, 2.0, 5.0) if decades <= 3 else (1.0,)
    found = [step * 10.0**e for e in exponents for step in steps]
    found = [float(f"{tick:.3g}") for tick in found if low <= tick <= high]
    return found[:: math.ceil(len(found) / 9)]


def _even(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * s for s in (1, 2, 2.5, 5, 10) if size * s >= rough)
    return [
        float(f"{tick:.6g}") for tick in np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step
    ]
