"""Targets of the wild bootstrap: the fitted curve plus residuals that were given other signs and places.

What belongs here: how residuals become shocks. What does not: random numbers (``replicates``), refits (``resample``).

Where each unit is one point, a unit's residual is lent by a unit drawn at random (residuals are exchanged: Efron
1979, Annals of Statistics 7; Davison & Hinkley 1997, section 6.2.3) and then gets a random sign. Webb's sizes are for
residuals that stay where they are, of which signs alone make too few samples; here they would only lengthen the tails
of the shocks, and Huber's loss is surer under longer tails than under those of the data: the variance of its estimate
at normal residuals is 1.051 of that of the errors, .977 with Webb's sizes, and intervals were 3.6 % too narrow.
Residuals are divided by sqrt(1 - leverage) and scaled to the residual variance RSS / (n - p), which has n - p degrees
of freedom. Letting each point keep its own residual (HC3) estimates the variance of a curve's end from the one or two
points there, with as many degrees of freedom, and with Webb's weights, which are bounded: at 7 points 95 % intervals
at 1.5 times the largest scale covered 86 to 94 %, and no more than with exchanged residuals where the noise was in
truth unequal.

Units with several points keep their residuals, all with one sign and size (Cameron, Gelbach & Miller 2008), times
sqrt(G / (G - 1)) for G units.
"""

import numpy as np

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.geometry import Geometry
from scaling_assets.science.fitting.point import PointFits
from scaling_assets.science.fitting.replicates import Replicates

LEAST_FREE = 0.05  # 1 - leverage is not taken below this


def shocked(
    batch: Batch,
    point: PointFits,
    seen: Geometry,
    replicates: Replicates,
    of: np.ndarray,
    factor: np.ndarray,
    way: str,
) -> np.ndarray:
    """Targets (n, P, B) of the problems ``of``; ``factor`` (P, B) the Student factor of each replicate."""
    real = batch.sample.real
    eta = np.where(real, batch.curve(point.theta), 0.0)[:, of]
    shock = replicates.shocks(of, way)
    if way == "exchanged":
        return eta[:, :, None] + _exchanged(batch, seen, replicates, of) * np.sign(shock) * factor
    return eta[:, :, None] + _own(batch, seen, of) * shock * factor


def _own(batch: Batch, seen: Geometry, of: np.ndarray) -> np.ndarray:
    units = batch.sample.units[of]
    found: np.ndarray = (-seen.residual[:, of] * np.sqrt(units / np.maximum(1, units - 1)))[:, :, None]
    return found


def _exchanged(batch: Batch, seen: Geometry, replicates: Replicates, of: np.ndarray) -> np.ndarray:
    """Standardised residuals, each lent to a point drawn at random (n, P, B); padding gets 0."""
    real, n = batch.sample.real[:, of], batch.sample.n[of]
    root = np.sqrt(np.where(real, batch.point_weight[:, of], 1.0))
    r = np.where(real, -seen.residual[:, of] * root, 0.0)
    even = r / np.sqrt(np.maximum(1.0 - seen.leverage[:, of], LEAST_FREE))
    p = len(seen.at_bound) - batch.pinned[:, of].sum(axis=0)
    variance = np.sum(r**2, axis=0) / np.maximum(1, n - p)
    size = np.sum(even**2, axis=0) / n
    even = even * np.sqrt(variance / np.where(size > 0, size, 1.0))
    lent = np.take_along_axis(even[:, :, None], replicates.lenders(of), axis=0)
    return np.where(real, 1.0 / root, 0.0)[:, :, None] * lent
