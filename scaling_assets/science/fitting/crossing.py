"""How far the replicates of an estimate inside its domain may leave it.

What belongs here: bounds for replicates. What does not: replicates (``resample``), estimates on a bound (``at_bound``).

Replicates say how the estimate varies. Stopping them at a bound cuts off not only the bounded parameter, which the
bound does cut off, but also what moves with it: a truth with a coherency of 0 is estimated too low in its contention
whenever noise makes a little coherency of it, and the interval of the contention would end where the bound stops the
coherency. At such truths contention was covered in .87 of planted experiments, the curve at 1.5 times the data in .86.
A replicate that goes on to its own best value deviates as the estimate does from the truth, whichever side of the
bound it lies on, so that intervals of everything else hold what they say wherever the truth lies; those of the
parameter are cut off at its domain. The best curve of a resample must still exist: replicates go REACH standard errors
beyond a bound, levels no further below zero than the data lie above it; one without an optimum there turns back.
"""

import numpy as np

from scaling_assets.science.fitting.batch import LEVELS, Batch
from scaling_assets.science.fitting.geometry import Geometry

REACH = 4.0  # standard errors


def opened(batch: Batch, seen: Geometry, of: np.ndarray) -> np.ndarray:
    """Lower bounds (p, P) of the replicates of problems ``of``, charted.

    Only a domain's end at 0 is opened, where truths lie: not what keeps a search among sensible curves, not a pin,
    not the bound that an estimate lies on, none of a parameter that is searched as a logarithm. Likelihoods have no
    curve below 0.
    """
    family, lower = batch.family, batch.lower[:, of]
    soft = (family.lower == 0.0)[:, None] & ~family.logged[:, None] & ~(seen.at_bound | batch.pinned)[:, of]
    if batch.sample.loss.is_likelihood or not soft.any():
        return lower
    reach = REACH * _standard_errors(batch, seen, of)
    level = np.array([q.role in LEVELS for q in family.parameters])[:, None]
    highest = np.max(np.where(batch.sample.real, batch.sample.y, -np.inf), axis=0)[of] / batch.y_scale[of]
    reach = np.where(level, np.minimum(reach, np.maximum(highest, 0.0)), reach)
    return np.where(soft & np.isfinite(reach), lower - reach, lower)


def _standard_errors(batch: Batch, seen: Geometry, of: np.ndarray) -> np.ndarray:
    """Of parameters off their bounds (p, P), as if the curve were straight and errors alike; NaN of the others."""
    held = (seen.at_bound | batch.pinned)[:, of]
    root = np.sqrt(np.where(batch.sample.real, batch.point_weight, 0.0))[:, of]
    slopes = np.where(held[:, None], 0.0, seen.slopes[:, :, of]) * root
    lengths = np.sqrt(np.sum(slopes**2, axis=1))
    unit = np.where(lengths[:, None] > 0, slopes / np.where(lengths > 0, lengths, 1.0)[:, None], 0.0)
    gram = np.einsum("inp,jnp->pij", unit, unit) + np.eye(len(held)) * held.T[:, None]
    with np.errstate(all="ignore"):
        variance = np.diagonal(np.linalg.pinv(gram, rcond=1e-14, hermitian=True), axis1=1, axis2=2).T
        found: np.ndarray = np.where(held, np.nan, np.sqrt(variance) / lengths * seen.noise[of])
    return found
