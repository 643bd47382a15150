"""Factorial designs: weighted sums of cell means with one common spread, and the F test of all effects at once.

What lives here: the pooled error of a fixed-effects analysis of variance (Fisher 1925; Montgomery, Design and
Analysis of Experiments, chapter 5), the simultaneous test of several contrasts, sums of proportions. What does
not: contrasts whose cells spread differently (``designs.weighted``), which contrast a gate asks about
(``gates.interaction``).
"""

from collections.abc import Callable, Sequence
from math import hypot, sqrt

import numpy as np
from scipy import special

from scaling_assets.science.testing.contrast import Bounds, Contrast, t_contrast, without
from scaling_assets.science.testing.designs import NO_SPREAD
from scaling_assets.science.testing.proportions import wilson


def pooled(parts: Sequence[tuple[float, np.ndarray]], method: str) -> Contrast:
    """Return sum(weight x mean) over independent cells that share one spread.

    Cells with weight 0 count for the spread, as in an analysis of variance, and a cell may hold a single unit.
    For cells of equal size t^2 is the F of the contrast.

    Args:
        parts: (weight, values of the cell's units, shape (n_k,)); no cell is empty.
        method: how it shall be named.
    """
    weights = np.array([weight for weight, _ in parts])
    sizes = np.array([len(values) for _, values in parts])
    total, cells = int(sizes.sum()), len(parts)
    value = float(sum(weight * values.mean() for weight, values in parts))
    if total <= cells:
        return without("every cell has 1 unit: nothing shows the spread", total, value)
    variance = _common_variance(parts)
    if sqrt(variance) <= NO_SPREAD * max(float(np.abs(values).max()) for _, values in parts):
        return without(
            "all units of a cell have the same value: their spread cannot be estimated", total, value
        )
    se = sqrt(variance * float(np.sum(weights**2 / sizes)))
    return t_contrast(value, se, lambda factor: total * factor - cells, total, method)


def simultaneous(contrasts: np.ndarray, cells: Sequence[np.ndarray]) -> dict[str, float | None]:
    """Return F, its degrees of freedom and its p-value for "every one of these contrasts is 0".

    The general linear hypothesis on cell means (Searle 1971, "Linear Models", section 3.6). Cells of unequal size
    give the test of the unweighted means ("type III").

    Args:
        contrasts: shape (q, cells), linearly independent rows.
        cells: values of each cell's units.
    """
    sizes = np.array([len(values) for values in cells])
    rest = int(sizes.sum()) - len(cells)
    if rest < 1:
        return {}
    variance = _common_variance([(0.0, values) for values in cells])
    if variance <= 0:
        return {}
    effect = contrasts @ np.array([values.mean() for values in cells])
    covariance = (contrasts / sizes) @ contrasts.T
    f = float(effect @ np.linalg.solve(covariance, effect)) / (len(contrasts) * variance)
    p = float(special.fdtrc(len(contrasts), rest, f))
    return {"f": f, "f_df1": float(len(contrasts)), "f_df2": float(rest), "f_p_value": p}


def of_proportions(weights: Sequence[float], events: Sequence[float], items: Sequence[float]) -> Contrast:
    """Return sum(weight x proportion) over independent cells of single items.

    From each cell's own Wilson bounds, whose squared distances add (Zou, Huang & Zhang 2009, Computational
    Statistics & Data Analysis 53, for linear functions of proportions).
    """
    rates = [e / n for e, n in zip(events, items, strict=True)]
    value = sum(w * p for w, p in zip(weights, rates, strict=True))

    def bounds(tail: float, factor: float) -> Bounds:
        down, up = [], []
        for weight, rate, e, n in zip(weights, rates, events, items, strict=True):
            low, high = wilson(e * factor, n * factor, tail)
            under, over = weight * (rate - low), weight * (high - rate)
            down.append(under if weight > 0 else over)
            up.append(over if weight > 0 else under)
        return value - hypot(*down), value + hypot(*up)

    return Contrast(value, int(sum(items)), "proportions, from Wilson intervals (MOVER)", bounds)


def swaps(n: int) -> Callable[[float], float]:
    """Return ``Contrast.floor`` of ``n`` units that were seen on both sides of an effect: 2^-n over sign flips."""
    return lambda factor: 2.0 ** -(n * factor)


def _common_variance(parts: Sequence[tuple[float, np.ndarray]]) -> float:
    squares = sum(float(np.sum((values - values.mean()) ** 2)) for _, values in parts)
    return squares / (sum(len(values) for _, values in parts) - len(parts))
