"""Averaging laws: which enter, fitted how, with what weight; the averaged curve and its new-run interval.

What belongs here: the rule, as functions of arrays (laws are rows; errors and curves are on the residual
scale, distances are natural logarithms of ratios of scale). What does not: fits, resampling, back-test fits,
and the records of laws (``fit``, ``backtest``, ``choose``, ``predict`` bring the arrays).

Idea. Forecasts that are averaged beat the forecast that was best so far, because which one is best is mostly
luck (Bates & Granger 1969, Operational Research Quarterly 20; Timmermann 2006, Handbook of Economic Forecasting 1,
chapter 4). Laws are weighted by 1 / back-test error, and their weighted median is taken, not their mean: one law
that runs away would own the mean. Where no law fits all scales, old scales are evidence about a curve that is no
longer the one being extrapolated; laws are then fitted with emphasis on the large scales (Pesaran & Timmermann
2007, Journal of Econometrics 137, on estimation windows under breaks).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

POINTS_PER_PARAMETER = 4
#: A law fits when its misfit would be this usual: the level at which AIC admits a parameter, P(chi2_1 > 2).
FITS = 0.157
#: A law whose misfit is rarer than this under the right form is rejected. One in a thousand, because every
#: family of every question is tested: a lab of 20 true laws loses one by chance in 50 complete refits.
REJECTED = 1e-3
#: What a scale one horizon below the last one counts in an emphasised fit.
EMPHASIS = 0.1
#: An emphasised fit keeps this many effective scales, the least that show a curvature, and as many a parameter.
MIN_EFFECTIVE_SCALES, EFFECTIVE_SCALES_PER_PARAMETER = 3.0, 1.5
#: Distances of the origins from the last scale in horizons: around the one that the question will be asked at.
CUTS = (0.5, 0.75, 1.0, 1.25, 1.5)
TRIM = 4.0  # laws whose back-test error exceeds the least one by this factor have no say
TAIL = 5  # degrees of freedom of a new run's deviation: heavy tails, variance 1


def emphasis(distance: np.ndarray, horizon: float) -> np.ndarray:
    """Case weights of an emphasised fit, (n,), 1 at the last scale.

    Args:
        distance: (n,) ln(last scale / scale), not negative.
        horizon: ln of the extrapolation ratio that the question asks for; positive.

    Invariant to the unit of x. The farther the question, the longer the stretch of scales that answers it.
    """
    return np.asarray(EMPHASIS ** (np.asarray(distance, dtype=float) / horizon))


def can_be_emphasised(distance: np.ndarray, horizon: float, parameters: np.ndarray) -> np.ndarray:
    """Whether the design has the scales for an emphasised fit of each law, (k,) bool.

    Args:
        distance: (s,) ln(last scale / scale) of the distinct scales.
        horizon: as in ``emphasis``.
        parameters: (k,) numbers of parameters.

    Effective scales are (sum w)^2 / sum w^2 (Kish 1965, Survey Sampling, section 11.7). Scales that double never have
    enough at a ratio of 2: there every law is fitted to all scales alike.
    """
    w = emphasis(distance, horizon)
    effective = np.sum(w) ** 2 / np.sum(w**2)
    needed = np.maximum(MIN_EFFECTIVE_SCALES, EFFECTIVE_SCALES_PER_PARAMETER * np.asarray(parameters))
    return np.asarray(effective >= needed)


def origin_steps(scales: np.ndarray, count: np.ndarray, horizon: np.ndarray) -> np.ndarray:
    """How many of its distinct scales each back-test origin of P problems fits: (steps, P), True at those numbers.

    Args:
        scales: (S,) ln of the distinct scales, ascending, problem after problem.
        count: (P,) how many are each problem's.
        horizon: (P,) as in ``emphasis``. Held out at an origin are the scales up to one horizon past its last one.

    Dense designs are cut at ``CUTS`` horizons before the end; where these do not give different origins,
    at the latest scales.
    """
    owner, last = np.repeat(np.arange(len(count)), count), scales[np.cumsum(count) - 1]
    ends = last - np.array(CUTS[::-1])[:, None] * horizon + 1e-9
    cuts = np.array([np.bincount(owner, scales <= end[owner], minlength=len(count)) for end in ends])
    is_dense = (np.diff(cuts, axis=0) > 0).all(axis=0) & (cuts[0] >= 2)
    step = np.arange(int(np.max(count, initial=0)) + 1)[:, None]
    latest = (step >= np.maximum(2, count - len(CUTS))) & (step < count)
    return np.where(is_dense, (step[:, None] == cuts).any(axis=1), latest)


def independent_origins(scales: np.ndarray, steps: Sequence[int], horizon: float) -> float:
    """How many horizons the origins span that do not overlap, at least 1: overlapping origins share held-out scales."""
    if not steps:
        return 1.0
    return independent_within(float(scales[max(steps) - 1] - scales[min(steps) - 1]), horizon)


def independent_within(span: float, horizon: float) -> float:
    """How many origins do not overlap whose first and last are ``span`` apart, in ln of scale."""
    return 1.0 + span / horizon


def backtest_error(errors: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Root mean squared back-test error, (k,); NaN for a law that predicts nothing at some held-out cell.

    Args:
        errors: (k, c) curve - value at the held-out cells, on the residual scale.
        origin: (c,) the origin of each cell. Every origin counts alike, however many cells it holds out.
    """
    return np.asarray(np.sqrt(np.mean(_by_origin(errors**2, origin), axis=-1)))


def some_law_fits(p_fit: np.ndarray) -> bool:
    """True when at least one law leaves no structure behind, p >= ``FITS``."""
    return bool(np.any(np.asarray(p_fit) >= FITS))


def enters_emphasised(p_fit: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Which laws enter by their emphasised fit, (k,) bool: none when some law fits all scales.

    Args:
        p_fit: (k,) how usual the misfit of each law's plain fit would be, were its form right; of the laws with
            enough points only (``POINTS_PER_PARAMETER``).
        allowed: (k,) bool from ``can_be_emphasised``.

    Emphasis costs variance: a right law that is doubted by chance, one in six, pays for it on dense designs.
    """
    return np.asarray(np.asarray(allowed, dtype=bool) & (not some_law_fits(p_fit)))


@dataclass(frozen=True, eq=False)
class Weights:
    """What each law has to say, and why the others have nothing.

    ``weights`` (k,) sum to 1, or are all 0 when no average can be formed. ``error`` (k,) are back-test errors.
    ``excluded`` gives the reason for each law without a weight. ``close`` are the laws with a weight that the
    back-tests cannot tell from ``best``.
    """

    names: tuple[str, ...]
    weights: np.ndarray
    error: np.ndarray
    excluded: Mapping[str, str]
    best: str
    close: tuple[str, ...]

    @property
    def exists(self) -> bool:
        """True when some law has a weight."""
        return bool(np.any(self.weights > 0))

    @property
    def separates(self) -> bool:
        """False when some law could change places with the best one."""
        return self.exists and not self.close


def weigh(
    names: Sequence[str],
    parameters: np.ndarray,
    points: int,
    p_fit: np.ndarray,
    errors: np.ndarray,
    origin: np.ndarray,
) -> Weights:
    """Weights 1 / back-test error of the laws that are admitted.

    Args:
        names: k laws.
        parameters: (k,) numbers of parameters.
        points: independent points that were fitted.
        p_fit: (k,) how usual the misfit of each law's plain fit would be, were its form right.
        errors: (k, c) back-test errors of the fits that enter; NaN where a law predicts nothing.
        origin: (c,) the origin of each held-out cell.

    When some law fits, the truth is near the set, and laws that back-tests tell from the best one have no say.
    When none does, all are wrong in their own ways, and none is left out for less than ``TRIM``.

    No average is formed of a single law that is left because points were too few for the others, nor without
    held-out cells.
    """
    p_fit = np.asarray(p_fit, dtype=float)
    squares = _by_origin(errors**2, origin) if len(origin) else np.full((len(names), 1), np.nan)
    error = np.sqrt(np.mean(squares, axis=-1))
    excluded = _excluded(parameters, points, p_fit, error)
    kept = np.array([i for i in range(len(names)) if i not in excluded], dtype=int)
    if not len(kept):
        return Weights(tuple(names), np.zeros(len(names)), error, _reasons(names, excluded), "", ())
    best = int(kept[np.argmin(error[kept])])
    worse = _worse(squares - squares[best])
    behind = [i for i in kept.tolist() if i != best and worse[i]]
    if some_law_fits(p_fit[_enough(parameters, points)]):
        excluded |= dict.fromkeys(behind, f"back-tests tell it from {names[best]}, and a law fits")
        kept = np.array([i for i in kept.tolist() if i not in behind], dtype=int)
    say = np.zeros(len(names))
    say[kept] = 1.0 / error[kept] if error[best] > 0 else error[kept] == 0
    close = tuple(names[i] for i in kept.tolist() if i != best and i not in behind and say[i] > 0)
    return Weights(tuple(names), say / np.sum(say), error, _reasons(names, excluded), names[best], close)


def _reasons(names: Sequence[str], excluded: dict[int, str]) -> Mapping[str, str]:
    return MappingProxyType({names[i]: excluded[i] for i in sorted(excluded)})


def _enough(parameters: np.ndarray, points: int) -> np.ndarray:
    return np.asarray(np.asarray(parameters) * POINTS_PER_PARAMETER <= points)


def _excluded(parameters: np.ndarray, points: int, p_fit: np.ndarray, error: np.ndarray) -> dict[int, str]:
    """Why a law has no say, by its row."""
    crowded = ~_enough(parameters, points)
    misses = ~crowded & (p_fit < REJECTED) & some_law_fits(p_fit[~crowded])
    silent = ~crowded & ~misses & ~np.isfinite(error)
    admitted = ~(crowded | misses | silent)
    found = dict.fromkeys(_at(crowded), f"{points} points are fewer than {POINTS_PER_PARAMETER} a parameter")
    found |= {i: f"misses the data (p = {p_fit[i]:.1g}) where another law fits them" for i in _at(misses)}
    found |= dict.fromkeys(_at(silent), "gives no value at the held-out scales")
    if crowded.any() and np.sum(~crowded) < 2:
        return found | dict.fromkeys(_at(admitted), "left over: the points are too few for every other law")
    if admitted.any():
        least = float(np.min(error[admitted]))
        found |= {
            i: f"back-test error {error[i]:.3g}, more than {TRIM:g} times the least, {least:.3g}"
            for i in _at(admitted & (error > TRIM * least))
        }
    return found


def weighted_median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted median over laws, (...); NaN where laws of half the weight or more give no finite value.

    Args:
        values: (k, ...) one value per law; not finite where a law gives none.
        weights: (k,) not negative.

    Interpolated between the midpoints of the laws' weights, so that it moves continuously with values and
    weights. It moves with a shift of all values: the median of errors is the error of the median.
    """
    keep = np.asarray(weights) > 0
    values, shares = np.asarray(values, dtype=float)[keep], np.asarray(weights, dtype=float)[keep]
    values = np.where(np.isfinite(values), values, np.nan)
    order = np.argsort(values, axis=0)  # NaN last
    ranked = np.take_along_axis(values, order, axis=0)
    share = np.where(np.isnan(ranked), 0.0, shares[order])
    total = share.sum(axis=0)
    middle = np.cumsum(share, axis=0) - share / 2
    upper = np.argmax((middle >= total / 2) & (share > 0), axis=0)[None]
    lower = np.maximum(upper - 1, 0)
    low, high = (np.take_along_axis(ranked, at, axis=0)[0] for at in (lower, upper))
    below, above = (np.take_along_axis(middle, at, axis=0)[0] for at in (lower, upper))
    gap = np.where(above > below, above - below, 1.0)
    found = low + np.where(above > below, (total / 2 - below) / gap, 1.0) * (high - low)
    return np.asarray(np.where(total > shares.sum() / 2, found, np.nan))


def _at(which: np.ndarray) -> list[int]:
    return [int(i) for i in np.flatnonzero(which)]


def _by_origin(values: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """(..., o): means over the cells of each origin."""
    if (origin[1:] < origin[:-1]).any():
        order = np.argsort(origin, kind="stable")
        values, origin = values[..., order], origin[order]
    first = np.flatnonzero(np.concatenate([[True], origin[1:] > origin[:-1]]))
    return np.asarray(np.add.reduceat(values, first, axis=-1) / np.diff(first, append=len(origin)))


def _worse(difference: np.ndarray) -> np.ndarray:
    """True when squared errors exceed the best law's by more than the standard error over origins, (k, o) -> (k,)."""
    k, o = difference.shape
    if o < 2:
        return np.zeros(k, dtype=bool)
    mean = difference.sum(axis=1) / o
    square = np.sum((difference - mean[:, None]) ** 2, axis=1) / (o - 1)
    return np.asarray(mean > np.sqrt(square / o))
