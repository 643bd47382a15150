"""Partial pooling: a parameter over contexts that are alike, not equal.

What belongs here: the random-effects model v_k = mu + u_k + e_k, sd(u) = tau, sd(e_k) = se_k. What does not:
tests that contexts differ at all (``segments``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtr
from scipy.stats import f as variance_ratio
from scipy.stats import t as student

from scaling_assets.records.law import Group
from scaling_assets.science.comparing.effects import Effect

LEAST_CONTEXTS = 3  # two contexts say next to nothing about how contexts differ
GRID = 201  # values of tau over which the estimate of a context is averaged


@dataclass(frozen=True)
class Shrunken:
    """A context's own estimate drawn towards the others, with its interval. ``kept`` 1: nothing was drawn."""

    group: Group
    value: float
    low: float
    high: float
    kept: float


@dataclass(frozen=True)
class Pooled:
    """What contexts have in common: mean, between-context sd tau, every context, and a new one.

    Triples are (value, low, high) at ``level``. Values are logarithms where the effects are.
    """

    name: str
    level: float
    mean: tuple[float, float, float]
    tau: tuple[float, float, float]
    new_context: tuple[float, float, float]
    contexts: tuple[Shrunken, ...]
    is_log: bool = False


def pool(effects: Sequence[Effect], level: float = 0.95) -> Pooled | None:
    """Partially pool one number over contexts; None for fewer than three.

    tau: Paule & Mandel (1982, J. of Research NBS 87), interval by the Q profile (Viechtbauer 2007, Statistics
    in Medicine 26), both with Welch's correction of Q for standard errors from few runs. Mean: Hartung & Knapp
    (2001, Statistics in Medicine 20), never narrower than the plain random-effects interval. New context:
    Higgins, Thompson & Spiegelhalter (2009, J. Royal Statistical Society A 172, eq. 12) with the Hartung-Knapp
    variance, or the average over tau where that is wider. Contexts: the mean given tau, averaged over tau by
    its restricted likelihood with a uniform prior (Gelman 2006, Bayesian Analysis 1), which does not call
    contexts equal because tau was estimated 0; Student tails from the errors' own degrees of freedom
    (Satterthwaite).
    """
    k = len(effects)
    if k < LEAST_CONTEXTS:
        return None
    value, se = np.array([e.value for e in effects]), np.array([e.se for e in effects])
    degrees = np.array([e.degrees for e in effects], dtype=float)
    tau = _root(value, se, degrees, None)
    weight = 1 / (se**2 + tau**2)
    mean = float(weight @ value / weight.sum())
    stretch = max(1.0, float(np.sum(weight * (value - mean) ** 2) / (k - 1)))
    mean_se = float(np.sqrt(stretch / weight.sum()))
    reach = float(student.ppf(0.5 + level / 2, k - 1)) * mean_se
    far = float(student.ppf(0.5 + level / 2, k - 2)) * float(np.hypot(tau, mean_se))
    low, high = (_root(value, se, degrees, 0.5 + side * level / 2) for side in (1, -1))
    unit = float(np.median(se))
    taus = unit * np.concatenate([[0.0], np.geomspace(1e-2, 1e2, GRID) * max(1.0, tau / unit)])
    chance = _likelihood(value, se, taus) * np.gradient(taus)
    chance /= chance.sum()
    below, above = _unseen(value, se, taus, chance, level)
    return Pooled(
        effects[0].name,
        level,
        (mean, mean - reach, mean + reach),
        (tau, min(low, tau), max(high, tau)),
        (mean, min(mean - far, below), max(mean + far, above)),
        tuple(_context(effects, at, value, se, degrees, taus, chance, level) for at in range(k)),
        effects[0].is_log,
    )


def _root(value: np.ndarray, se: np.ndarray, degrees: np.ndarray, quantile: float | None) -> float:
    """The tau at which Q falls to its mean (None) or to a quantile; 0 where it is lower from the start."""

    def excess(tau: float) -> float:
        variance = se**2 + tau**2
        share = (1 / variance) / np.sum(1 / variance)
        k = len(value)
        # Only the runs' part of a variance is estimated: its degrees of freedom grow with tau.
        lost = float(np.sum((1 - share) ** 2 * (se**2 / variance) ** 2 / degrees))
        rest = (k**2 - 1) / (3 * lost)
        reference = (
            rest / max(rest - 2, 1.0) if quantile is None else variance_ratio.ppf(quantile, k - 1, rest)
        )
        expected = (k - 1) * (1 + 2 * (k - 2) / (k**2 - 1) * lost) * float(reference)
        return float(np.sum((value - share @ value) ** 2 / variance)) - expected

    if excess(0.0) <= 0:
        return 0.0
    top = float(np.ptp(value)) + float(se.max())
    while excess(top) > 0:
        top *= 2
    return float(brentq(excess, 0.0, top, xtol=1e-12 * top))


def _likelihood(value: np.ndarray, se: np.ndarray, taus: np.ndarray) -> np.ndarray:
    """Restricted likelihood (T,) of each tau, up to a factor."""
    variance = se**2 + taus[:, None] ** 2
    total = np.sum(1 / variance, axis=1)
    mean = np.sum(value / variance, axis=1) / total
    log = -0.5 * (np.sum(np.log(variance) + (value - mean[:, None]) ** 2 / variance, axis=1) + np.log(total))
    return np.asarray(np.exp(log - log.max()))


def _unseen(
    value: np.ndarray, se: np.ndarray, taus: np.ndarray, chance: np.ndarray, level: float
) -> tuple[float, float]:
    """Interval of a new context's value, averaged over tau."""
    variance = se**2 + taus[:, None] ** 2
    total = np.sum(1 / variance, axis=1)
    middle, spread = np.sum(value / variance, axis=1) / total, np.sqrt(taus**2 + 1 / total)
    many = np.full(len(taus), 1e6)
    return _mixture(middle, spread, many, chance, 0.5 - level / 2), _mixture(
        middle, spread, many, chance, 0.5 + level / 2
    )


def _context(
    effects: Sequence[Effect],
    at: int,
    value: np.ndarray,
    se: np.ndarray,
    degrees: np.ndarray,
    taus: np.ndarray,
    chance: np.ndarray,
    level: float,
) -> Shrunken:
    """One context: a mixture over tau of Student distributions around a weighted mean of all estimates."""
    variance = se**2 + taus[:, None] ** 2
    common = (1 / variance) / np.sum(1 / variance, axis=1)[:, None]
    kept = taus**2 / variance[:, at]
    weights = (1 - kept)[:, None] * common
    weights[:, at] += kept
    middle = weights @ value
    # Given tau: what is left of the context's own error, and the error of the mean that it is drawn to.
    spread = np.sqrt(kept * se[at] ** 2 + (1 - kept) ** 2 / np.sum(1 / variance, axis=1))
    own = weights**2 * se**2
    nu = np.sum(own, axis=1) ** 2 / np.sum(own**2 / degrees, axis=1)

    low, high = (_mixture(middle, spread, nu, chance, 0.5 + side * level / 2) for side in (-1, 1))
    return Shrunken(effects[at].group, float(chance @ middle), low, high, float(chance @ kept))


def _mixture(
    middle: np.ndarray, spread: np.ndarray, nu: np.ndarray, chance: np.ndarray, wanted: float
) -> float:
    """Quantile of Student distributions mixed with these chances."""

    def below(x: float) -> float:
        return float(chance @ stdtr(nu, (x - middle) / spread)) - wanted

    reach = 2.0 * float(chance @ spread)
    low, high = float(middle.min()) - reach, float(middle.max()) + reach
    while below(low) > 0:
        low, reach = low - reach, 2 * reach
    while below(high) < 0:
        high, reach = high + reach, 2 * reach
    return float(brentq(below, low, high))
