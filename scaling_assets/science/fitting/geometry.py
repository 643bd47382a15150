"""A fit seen from the data: residuals, leverage, condition number, noise.

What belongs here: the linearisation of point fits at their optimum, for a whole batch. What does not: what is
concluded from it (``evidence``, ``fit``).
"""

from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.point import PointFits
from scaling_assets.science.fitting.robust import robust_sd

OUTLIER = 3.0  # robust standard deviations
TIED = 1e-3  # a robust deviation this small against the plain one says that values are tied, not that they are sure
FROM_POINTS = 12  # points from which on residuals count at most OUTLIER robust deviations in the noise


@dataclass(frozen=True, eq=False)
class Geometry:
    """Residuals, leverage (n, P), slopes of eta (p, n, P), condition, noise, robust sd (P,), at_bound (p, P)."""

    residual: np.ndarray
    leverage: np.ndarray
    slopes: np.ndarray
    condition: np.ndarray
    noise: np.ndarray
    robust: np.ndarray
    at_bound: np.ndarray


def geometry(batch: Batch, point: PointFits) -> Geometry:
    """Linearise the fits at their optimum; a fit without one has condition inf and leverage 1."""
    family, theta, sample = batch.family, point.theta, batch.sample
    p, real = len(theta), sample.real
    pinned = batch.pinned
    at_lower = (theta <= batch.lower) & ~family.logged[:, None]  # a logarithm never reaches 0
    at_bound = (at_lower | (_reaches(theta, batch.upper))) & np.isfinite(theta) & ~pinned
    held = at_bound | pinned
    with np.errstate(all="ignore"):
        y, dy = family.evaluate(theta, batch.z)
        slopes = sample.of_points(dy * np.asarray(sample.scale.slope(y)))
        slopes = np.where(real, slopes, 0.0)
    r = batch.residual(theta)
    r = np.where(np.isfinite(r), r, 0.0)
    root = np.sqrt(np.where(real, batch.point_weight * _information(batch, y), 0.0))
    free = np.where(held[:, None], 0.0, slopes) * root
    norms = np.sqrt(np.sum(free**2, axis=1))
    largest = np.max(norms, axis=0)
    flat = ((norms <= 1e-12 * largest) & ~held).any(axis=0)
    good = np.isfinite(free).all(axis=(0, 1)) & ~flat & (largest > 0)
    unit = np.where(good, free / np.where(norms > 0, norms, 1.0)[:, None], 0.0)
    left, singular, _ = np.linalg.svd(unit.transpose(2, 1, 0), full_matrices=False)
    count = p - held.sum(axis=0)
    smallest = singular[np.arange(batch.count), np.maximum(np.minimum(count, singular.shape[1]) - 1, 0)]
    with np.errstate(divide="ignore", invalid="ignore"):
        condition = np.where(good & (smallest > 0) & (count > 0), singular[:, 0] / smallest, np.inf)
    condition = np.where((count == 0) & np.isfinite(free).all(axis=(0, 1)), 1.0, condition)
    kept = np.arange(left.shape[2]) < count[:, None]
    leverage = np.einsum("pni,pi->np", left**2, kept.astype(float))
    leverage = np.where(good | (count == 0), leverage, 1.0)
    robust = robust_sd(r, real, p)
    return Geometry(
        r, np.where(real, leverage, 0.0), slopes, condition, _noise(batch, r, p, robust), robust, at_bound
    )


def _reaches(theta: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Where a parameter lies on its upper bound, rounding of its logarithm apart."""
    close = 1e-12 * np.abs(np.where(np.isfinite(upper), upper, 0.0))
    return np.asarray(np.isfinite(upper) & (theta >= upper - close))


def _information(batch: Batch, y: np.ndarray) -> np.ndarray | float:
    """What a point's loss tells of eta (n, P): 1, of likelihoods the curvature, which vanishes where eta has no end."""
    if not batch.sample.loss.is_likelihood:
        return 1.0
    with np.errstate(all="ignore"):
        eta = batch.sample.of_points(batch.sample.scale.raw(y))
        found = np.asarray(batch.sample.loss.stiffness(eta, batch.h, 1.0)[1])
    return np.where(np.isfinite(found), found, 0.0)


def _noise(batch: Batch, r: np.ndarray, p: int, robust: np.ndarray) -> np.ndarray:
    """Standard deviation of a unit around the curve (P,).

    From FROM_POINTS points on, residuals count at most 3 robust deviations, so that one wild run does not widen
    every prediction; the outliers are counted in the evidence. Points with known weights count by them, so that
    the noise is that of a point of mean weight.
    """
    n = batch.sample.n
    clipped = np.minimum(np.abs(r), OUTLIER * robust)
    plain = np.sqrt(np.sum(r * r, axis=0) / np.maximum(1, n))
    is_spread = robust > TIED * plain  # not when more than half of the values are all but equal
    size = np.where((n >= FROM_POINTS) & is_spread, clipped, np.abs(r))
    weight = np.where(batch.sample.real, batch.sample.weight, 0.0)
    mean = weight.sum(axis=0) / n
    return np.sqrt(np.sum(weight / mean * size**2, axis=0) / np.maximum(1, n - p))
