"""Confidence sequences: bounds that hold at every number of units at once, however often one looks.

What lives here: mixtures over the effect, each a martingale under its hypothesis, so that by Ville's
inequality (1939) the chance of ever excluding the truth is at most ``tail``. None depends on the order in which
units came, because a trial frame knows none. What does not: bounded values (``betting``), when a gate may be read
(``gates.looks``).

Both bounds of a mean of normal values and of a proportion hold together with error ``tail``; of bounded values each
does.
"""

from collections.abc import Callable, Sequence
from math import exp, inf, log, sqrt

import numpy as np
from scipy import optimize, special

from scaling_assets.science.testing import betting
from scaling_assets.science.testing.contrast import Bounds, Contrast, without
from scaling_assets.science.testing.designs import NO_SPREAD

#: Units at which a sequence is narrowest, unless declared.
TUNED_FOR = 30


def tuning(units: float, tail: float) -> float:
    """The mixture's weight (in units) that makes it narrowest at ``units`` (Howard et al. 2021, eq. 3.5).

    Howard, Ramdas, McAuliffe & Sekhon (2021), Annals of Statistics 49: units / (-W(-tail^2 / e) - 1).
    """
    return units / (-float(special.lambertw(-(tail**2) / np.e, k=-1).real) - 1)


def normal_mean(values: np.ndarray, tail: float, tuned_for: float = TUNED_FOR) -> Bounds:
    """Bounds of the mean of normal values with unknown spread, shape (n,); None while they are infinite.

    The Bayes factor of a normal effect against none with the invariant prior on the spread is a martingale of
    the scale-free observations (Lai 1976, Annals of Statistics 4; Wang & Ramdas 2025, "Anytime-valid t-tests
    and confidence sequences for Gaussian means with unknown variance", section 4).
    """
    n = len(values)
    if n < 2:
        return None, None
    spread = float(values.std(ddof=1))
    if spread <= NO_SPREAD * float(np.abs(values).max()):
        return None, None
    half = t_reach(n, tail, tuned_for) * spread / sqrt(n)
    mean = float(values.mean())
    return (None, None) if half == inf else (mean - half, mean + half)


def t_reach(n: float, tail: float, tuned_for: float) -> float:
    """Largest |t| that a mean of ``n`` normal values may show at any time; infinite while n is too small."""
    weight = tuning(tuned_for, tail)
    share = 1 - exp((2 * log(tail) + log(weight / (n + weight))) / n)
    rest = n / (n + weight) - share
    return sqrt(share * (n - 1) / rest) if rest > 0 else inf


def proportion(events: float, items: float, tail: float) -> Bounds:
    """Bounds of a proportion of independent items, exact (beta mixture with 1/2, 1/2).

    Robbins (1970); Howard et al. 2021, proposition 7: the mixture's likelihood against that of p.
    """
    total = special.betaln(events + 0.5, items - events + 0.5) - special.betaln(0.5, 0.5) + log(tail)

    def excess(p: float) -> float:
        return total - special.xlogy(events, p) - special.xlog1py(items - events, -p)

    rate = events / items
    return _root(excess, rate, 0.0), _root(excess, rate, 1.0)


def _root(excess: Callable[[float], float], rate: float, end: float) -> float:
    """Where the mixture's advantage crosses its limit between the estimate (negative) and an end of [0, 1].

    The end itself where the limit lies so close to it that no number is between them.
    """
    far = min(max(end, 1e-300), 1 - 1e-16)
    if rate == end or excess(far) <= 0:
        return end
    return float(optimize.brentq(excess, *sorted((rate, far)), xtol=1e-15))


def mean_contrast(
    values: np.ndarray,
    tuned_for: float = TUNED_FOR,
    limits: tuple[float, float] | None = None,
    what: str = "units",
) -> Contrast:
    """Always-valid mean of one sample (or of within-pair differences); ``limits`` drop the normality."""
    n = len(values)
    value = float(values.mean()) if n else None

    if n and limits is not None:
        return _bounded(values, limits, what)

    def bounds(tail: float, factor: float) -> Bounds:
        return (
            normal_mean(values, tail, tuned_for) if factor == 1.0 else _grown(values, tail, factor, tuned_for)
        )

    if n == 0 or bounds(0.25, 1e9) == (None, None):
        return without(f"{n} {what} without spread between them: it cannot be estimated", n, value)
    return Contrast(value, n, f"always-valid, mixture over {what}, normal values", bounds)


def _bounded(values: np.ndarray, limits: tuple[float, float], what: str) -> Contrast:
    """The mean of values between two bounds; its p-values are one over the wealth of a bet."""

    def bounds(tail: float, factor: float) -> Bounds:
        if factor == 1.0:
            return betting.bounds(values, *limits, tail)
        return betting.expected(values, *limits, tail, factor)

    rests = f"values in {limits[0]:g} to {limits[1]:g}"
    return Contrast(
        float(values.mean()), len(values), f"always-valid, bets over {what}, {rests}", bounds,
        exact_p=lambda limit: betting.p_values(values, *limits, limit),
    )  # fmt: skip


def _grown(values: np.ndarray, tail: float, factor: float, tuned_for: float) -> Bounds:
    """Bounds to expect of ``factor`` times as many values like these."""
    n, mean = len(values) * factor, float(values.mean())
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if spread <= NO_SPREAD * float(np.abs(values).max()):
        return None, None
    half = t_reach(n, tail, tuned_for) * spread / sqrt(n)
    return (None, None) if half == inf else (mean - half, mean + half)


def proportion_contrast(events: float, items: float) -> Contrast:
    """Always-valid proportion of independent items."""

    def bounds(tail: float, factor: float) -> Bounds:
        return proportion(events * factor, items * factor, tail)

    return Contrast(events / items, int(items), "always-valid, beta mixture over items", bounds)


def difference(treatment: Contrast, control: Contrast) -> Contrast:
    """Always-valid difference of two independent arms, each bounded with half of the error.

    The arms may grow at any pace and spread differently; the union of the two keeps the bounds exact.
    """
    return _united([(1.0, treatment), (-1.0, control)], "half of the error for each arm")


def summed(groups: Sequence[Contrast]) -> Contrast:
    """Always-valid sum of the means of independent groups, each bounded with its equal share of the error."""
    if len(groups) == 1:
        return groups[0]
    return _united([(1.0, group) for group in groups], f"1/{len(groups)} of the error for each group")


def _united(parts: Sequence[tuple[float, Contrast]], shared: str) -> Contrast:
    """The signed sum (weights 1 and -1) by the union of the parts' own bounds."""
    total = sum(part.n_units for _, part in parts)
    for _, part in parts:
        if part.bounds is None or part.value is None:
            return without(part.reason, total)

    def bounds(tail: float, factor: float) -> Bounds:
        down, up = 0.0, 0.0
        for sign, part in parts:
            assert part.bounds is not None
            low, high = part.bounds(tail / len(parts), factor)[:: 1 if sign > 0 else -1]
            if low is None or high is None:
                return None, None
            down, up = down + sign * low, up + sign * high
        return down, up

    value = sum(sign * part.value for sign, part in parts if part.value is not None)
    return Contrast(value, total, f"{parts[0][1].method}, {shared}", bounds)
