"""Power and smallest detectable effects, before the runs (declared spread) and while they come (measured).

What lives here: Student's t by the non-central t distribution (as R's ``power.t.test``), proportions by the
normal approximation (as R's ``power.prop.test``). What does not: power for the effect that was just
measured; that is the p-value in other clothes (Hoenig & Heisey 2001, American Statistician 55).
"""

from math import sqrt
from typing import Literal

import numpy as np
from scipy import optimize, special, stats

Design = Literal["two_sample", "paired"]


def t_power(n: float, effect: float, sd: float, tail: float, design: Design = "two_sample") -> float:
    """Chance that a one-sided t test at ``tail`` finds an effect.

    Args:
        n: units an arm, or pairs.
        effect: true difference, in the metric's unit (its sign does not matter).
        sd: spread between units, or of the within-pair differences.
        tail: error of the one bound that is asked for; half of a two-sided level.
    """
    arms = 2 if design == "two_sample" else 1
    df = arms * (n - 1)
    shift = abs(effect) / sd * sqrt(n / arms)
    return float(stats.nct.sf(special.stdtrit(df, 1 - tail), df, shift))


def t_units(
    power: float, effect: float, sd: float, tail: float, design: Design = "two_sample", most: float = 1e7
) -> float:
    """Units an arm (or pairs) for this power, not rounded.

    Raises:
        ValueError: not even ``most`` reach it.
    """
    if t_power(most, effect, sd, tail, design) < power:
        raise ValueError(f"{most:g} units an arm do not reach a power of {power:g}")
    return float(optimize.brentq(lambda n: t_power(n, effect, sd, tail, design) - power, 2.0, most))


def t_effect(n: float, power: float, sd: float, tail: float, design: Design = "two_sample") -> float:
    """Smallest effect that ``n`` units an arm (or pairs) find with this power, in the metric's unit."""
    top = sd * (float(special.stdtrit(2 * (n - 1), 1 - tail)) + 20) * sqrt(2 / n) * 10
    return float(optimize.brentq(lambda d: t_power(n, d, sd, tail, design) - power, 0.0, top))


def detectable(se: float, df: float, tail: float, power: float) -> float:
    """Smallest effect that a contrast with this standard error finds with this power.

    (t of tail + t of power) x se: Bloom (1995, Evaluation Review 19), the usual form of the minimum
    detectable effect.
    """
    return float((special.stdtrit(df, 1 - tail) + special.stdtrit(df, power)) * se)


def proportion_power(n: float, p1: float, p2: float, level: float) -> float:
    """Power of the two-sided test of two proportions with ``n`` items an arm (normal approximation)."""
    middle = (p1 + p2) / 2
    null = float(special.ndtri(1 - level / 2)) * sqrt(2 * middle * (1 - middle))
    shift = sqrt(n) * abs(p1 - p2)
    return float(special.ndtr((shift - null) / sqrt(p1 * (1 - p1) + p2 * (1 - p2))))


def proportion_items(power: float, p1: float, p2: float, level: float) -> float:
    """Items an arm for this power, not rounded."""
    return float(optimize.brentq(lambda n: proportion_power(n, p1, p2, level) - power, 1.0, 1e12, xtol=1e-6))


def hedges_g(treatment: np.ndarray, control: np.ndarray, tail: float) -> tuple[float, float, float]:
    """Standardised difference with bounds, each with error ``tail``: (g, low, high).

    Hedges' small-sample correction and the large-sample variance (Hedges & Olkin 1985, "Statistical Methods
    for Meta-Analysis", section 5, eq. 8).
    """
    n, m = len(treatment), len(control)
    df = n + m - 2
    pooled = sqrt(((n - 1) * treatment.var(ddof=1) + (m - 1) * control.var(ddof=1)) / df)
    g = float((treatment.mean() - control.mean()) / pooled * (1 - 3 / (4 * df - 1)))
    half = float(special.ndtri(1 - tail)) * sqrt((n + m) / (n * m) + g**2 / (2 * (n + m)))
    return g, g - half, g + half


def contrast_power(n: float, effect: float, sd: float, tail: float, squares: float, cells: int) -> float:
    """Chance that a one-sided t test at ``tail`` finds a weighted sum of the means of ``cells`` independent cells.

    Args:
        n: units a cell.
        effect: true sum, in the metric's unit (its sign does not matter).
        sd: spread between the units of a cell.
        squares: sum of the squared weights (4 for a difference of differences).
    """
    df = cells * (n - 1)
    shift = abs(effect) / sd * sqrt(n / squares)
    return float(stats.nct.sf(special.stdtrit(df, 1 - tail), df, shift))


def contrast_units(
    power: float, effect: float, sd: float, tail: float, squares: float, cells: int, most: float = 1e7
) -> float | None:
    """Units a cell for this power, not rounded; None when not even ``most`` reach it."""
    if contrast_power(most, effect, sd, tail, squares, cells) < power:
        return None
    if contrast_power(2.0, effect, sd, tail, squares, cells) >= power:
        return 2.0
    return float(
        optimize.brentq(lambda n: contrast_power(n, effect, sd, tail, squares, cells) - power, 2.0, most)
    )
