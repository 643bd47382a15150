"""How far case replicates spread beside the estimates that they stand for.

What belongs here: the factor that sets right the spread of case replicates of single points. What does not: replicates
(``resample``), degrees of freedom.

Residuals are smaller than errors, and resamples have poorer designs than the data. The first makes replicates too
narrow, the second too wide, and more so the fewer points a parameter has: with 16 points and 4 parameters 95 %
intervals covered 97 to 99.7 %. Both are known from the design alone. With slopes Q (orthonormal columns) and resampling
weights W a linearised replicate deviates by ((Q'WQ)^-1 Q'W - Q') e for errors e, which for even errors is normal given
W. The factor makes the 97.5 % point of that mixture of normals 1.96. It is the idea of leverage corrections that are
exact for even errors (HC2; Bell & McCaffrey 2002, Survey Methodology 28), for a bootstrap.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.geometry import Geometry

END = 0.975
HALVINGS = 30
RANGE = 4.0  # factors are looked for between 1 / RANGE and RANGE


def calibration(batch: Batch, seen: Geometry, of: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The factor of each problem of ``of`` (P,) for resampling weights (n, P, B)."""
    held = seen.at_bound | batch.pinned
    return np.array([
        _factor(
            seen.slopes[~held[:, i], :size, i] * np.sqrt(batch.point_weight[:size, i]), weights[:size, column]
        )
        for column, (i, size) in enumerate(zip(of, batch.sample.n[of], strict=True))
    ])  # fmt: skip


def shown_degrees(batch: Batch, seen: Geometry, of: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Degrees of freedom that case replicates of single points really show (P,), at most ``degrees``.

    Their spread in a direction u of the slopes is that of sum (q_i'u)^2 e_i^2, with 1 / sum (q_i'u)^4 degrees of
    freedom (Satterthwaite 1946, Biometrics Bulletin 2). The mean of sum (q_i'u)^4 over all directions is
    3 sum h_i^2 / (p (p + 2)) with leverages h.
    """
    sample = batch.sample
    p = np.sum(~(seen.at_bound | batch.pinned)[:, of], axis=0)
    shown = p * (p + 2) / np.maximum(3.0 * np.sum(seen.leverage[:, of] ** 2, axis=0), 1e-300)
    single = (sample.units[of] == sample.n[of]) & (p > 0) & (not sample.loss.is_likelihood)
    return np.where(single, np.clip(np.rint(shown), 1, degrees), degrees).astype(int)


def _factor(slopes: np.ndarray, weights: np.ndarray) -> float:
    """For slopes (p, n) and weights (n, B) of one problem."""
    p, n = slopes.shape
    if not p or n <= p:
        return 1.0
    q = np.linalg.qr(slopes.T / np.linalg.norm(slopes, axis=1))[0]
    pulls = q.T[None] * weights.T[:, None]
    stiffness = pulls @ q
    fine = np.linalg.cond(stiffness) < 1e8
    moved = np.linalg.solve(stiffness[fine], pulls[fine]) - q.T
    size = np.sqrt(np.sum(moved**2, axis=2)).ravel()
    low, high = 1.0 / RANGE, RANGE
    for _ in range(HALVINGS):
        middle = np.sqrt(low * high)
        reached = np.mean(ndtr(ndtri(END) / (middle * size)))  # share inside the end; falls with the factor
        low, high = (middle, high) if reached > END else (low, middle)
    return float(np.sqrt(low * high))
