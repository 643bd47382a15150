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
RANGE = 4.0  # factors lie between 1 / RANGE and RANGE
SINGULAR = 1e8  # condition number from which a resample does not determine the curve
NUMBERS = 10_000  # resamples at once: their matrices stay in a core's cache
NEAR = 1e-4  # steps converge cubically: after one as small as this the logarithm is known to 1e-11
MOST = 40  # steps, or halvings where a step leaves the bracket


def calibration(batch: Batch, seen: Geometry, of: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The factor of each problem of ``of`` (P,) for resampling weights (n, P, B)."""
    found = np.ones(len(of))
    held = (seen.at_bound | batch.pinned)[:, of]
    alike, kind = np.unique(np.vstack([held, batch.sample.n[of]]), axis=1, return_inverse=True)
    for number, (*is_held, size) in enumerate(alike.T.tolist()):
        free = np.flatnonzero(np.logical_not(is_held))
        if not len(free) or size <= len(free):
            continue
        mine = np.flatnonzero(kind.ravel() == number)
        at_once = max(1, NUMBERS // weights.shape[2])
        for low in range(0, len(mine), at_once):
            at = mine[low : low + at_once]
            slopes = seen.slopes[:, :size, of[at]][free] * np.sqrt(batch.point_weight[:size, of[at]])
            found[at] = factors(slopes.transpose(2, 1, 0), weights[:size, at].transpose(1, 0, 2))
    return found


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


def factors(slopes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Factors (P,) for slopes (P, n, p) of free parameters and resampling weights (P, n, B).

    The end of the mixture is found by Halley's method for the factor's logarithm, inside a bracket.
    """
    size, fine = _sizes(np.linalg.qr(slopes / np.linalg.norm(slopes, axis=1, keepdims=True))[0], weights)
    count = np.maximum(1, size.shape[1] * fine.sum(axis=1))
    typical = np.sqrt(np.sum(np.where(fine, np.sum(size**2, axis=1), 0.0), axis=1) / count)
    reach = np.log(2.0 * RANGE)
    low, high = np.full(len(size), -reach), np.full(len(size), reach)
    at = np.clip(-np.log(np.maximum(typical, 1e-300)), low, high)  # the factor, were all sizes equal
    pending = np.flatnonzero(fine.any(axis=1))
    for _ in range(MOST):
        if not len(pending):
            break
        here = at[pending]
        beyond, slope, bend = _inside(size[pending], fine[pending], count[pending], here)
        low[pending] = np.where(beyond > 0, here, low[pending])
        high[pending] = np.where(beyond > 0, high[pending], here)
        with np.errstate(all="ignore"):
            new = here - 2.0 * beyond * slope / (2.0 * slope**2 - beyond * bend)
        is_kept = (new >= low[pending]) & (new <= high[pending])
        at[pending] = np.where(is_kept, new, 0.5 * (low[pending] + high[pending]))
        pending = pending[np.abs(at[pending] - here) > NEAR]
    return np.where(fine.any(axis=1), np.clip(np.exp(at), 1.0 / RANGE, RANGE), 1.0)


def _sizes(basis: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviation of each direction of the slopes in each resample (P, p, B), for errors of size 1.

    With S = Q'WQ the variances are the diagonal of S^-1 Q'W^2Q S^-1 - 1, and 1 where a resample does not determine the
    curve; the second array (P, B) says where it does.
    """
    p = basis.shape[2]
    i, j = np.triu_indices(p)
    pairs = np.ascontiguousarray((basis[..., i] * basis[..., j]).transpose(0, 2, 1))
    stiffness, square = np.empty((2, p, p, len(basis), weights.shape[2]))
    stiffness[i, j] = stiffness[j, i] = np.matmul(pairs, weights).transpose(1, 0, 2)
    square[i, j] = square[j, i] = np.matmul(pairs, weights * weights).transpose(1, 0, 2)
    inverse = _inverted(stiffness)
    k = np.arange(p)
    with np.errstate(all="ignore"):
        bound = np.sum(stiffness[k, k], axis=0) * np.sum(np.abs(inverse[k, k]), axis=0)
        variance = np.stack([np.sum(np.sum(square * row, axis=1) * row, axis=0) for row in inverse], axis=1)
    fine = bound < SINGULAR  # no condition number exceeds this bound
    if not fine.all():
        fine[~fine] = np.linalg.cond(stiffness[:, :, ~fine].transpose(2, 0, 1)) < SINGULAR
    return np.sqrt(np.where(fine[:, None], np.maximum(variance - 1.0, 0.0), 1.0)), fine


def _inverted(a: np.ndarray) -> np.ndarray:
    """Inverses of symmetric positive definite matrices (p, p, ...), by the sweep operator (Goodnight 1979)."""
    a = np.array(a)
    with np.errstate(all="ignore"):
        for k in range(len(a)):
            pivot, column = 1.0 / a[k, k], np.array(a[k])
            scaled = column * pivot
            a -= column[:, None] * scaled
            a[k], a[:, k] = scaled, scaled
            a[k, k] = -pivot
    return -a


def _inside(
    size: np.ndarray, fine: np.ndarray, count: np.ndarray, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of normals of these sizes inside the end, less END, and its derivatives by the factor's logarithm (P,)."""
    u = (ndtri(END) * np.exp(-at))[:, None, None] / np.maximum(size, 1e-100)
    square = u * u
    density = u * np.exp(-0.5 * square) / np.sqrt(2.0 * np.pi)

    def mean(a: np.ndarray) -> np.ndarray:
        return np.asarray(np.sum(np.where(fine, a.sum(axis=1), 0.0), axis=1) / count)

    return mean(ndtr(u)) - END, -mean(density), mean(density * (1.0 - square))
