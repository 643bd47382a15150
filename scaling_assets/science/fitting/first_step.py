"""The first Newton step of many replicates of one fit, all from the same point: a few matrix products.

What belongs here: the step away from point estimates. What does not: the iteration (``newton``), replicates
(``resample``). At a point that all replicates of a problem share, gradient and Hessian are linear in the pulls and
stiffnesses of the points, so that no replicate needs a look at the curve: sum_i v_i J_i, sum_i k_i J_i J_i' and
sum_i v_i d2eta_i are products of matrices that the problem has once.
"""

from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.batch import LOOSEST, Batch
from scaling_assets.science.fitting.point import PointFits
from scaling_assets.science.fitting.systems import eliminate

HALF_STEP = (
    1e-5  # of second derivatives by central differences of the exact gradient, relative to max(|u|, 0.01)
)


@dataclass(frozen=True, eq=False)
class Ahead:
    """Where replicates may start: charted theta (p, R), and what the objective was where they all were (R,)."""

    theta: np.ndarray
    objective: np.ndarray


def rows_each(problem: np.ndarray) -> int:
    """How many rows each problem has when all have as many, one problem after the other; else 1."""
    change = np.flatnonzero(np.diff(problem))
    each = int(change[0]) + 1 if len(change) else len(problem)
    alike = len(problem) % each == 0 and bool((problem.reshape(-1, each) == problem[::each, None]).all())
    return each if alike else 1


def refit_ahead(
    batch: Batch, point: PointFits, problem: np.ndarray, each: int, weight: np.ndarray, target: np.ndarray,
    delta: np.ndarray, damping: float, lower: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Replicates with their first step taken together: charted theta (p, R) and gradients (R,)."""
    of = problem[::each]
    origin = point.theta[:, problem]
    first = first_step(
        batch.take(of), point.theta[:, of], each, weight, target, np.minimum(delta, LOOSEST), damping, lower
    )
    found = batch.solve(problem, weight, first.theta, delta, target=target, damping=damping / 8.0, origin=origin,
                        ceiling=first.objective, lower=lower)  # fmt: skip
    return found.theta, found.gradient


def first_step(
    batch: Batch, theta: np.ndarray, each: int, weight: np.ndarray, target: np.ndarray, delta: np.ndarray,
    damping: float, lower: np.ndarray | None = None,
) -> Ahead:  # fmt: skip
    """One damped Newton step of every replicate from its problem's point.

    Args:
        batch: P problems.
        theta: (p, P) their charted points.
        each: replicates of a problem; rows are ordered by problem.
        weight, target: (m, P * each) of support points; ``delta`` (P * each,).
        lower: (p, P * each) bounds in place of the batch's.
    """
    p, m, count = len(theta), len(batch.weight), batch.count
    logged = batch.family.logged[:, None]
    with np.errstate(all="ignore"):
        u = np.where(logged, np.log(np.where(logged, theta, 1.0)), theta)
        eta, slopes = _seen(batch, u)
        bends = _bends(batch, u)
        pairs = np.triu_indices(p)
        squares = slopes[pairs[0]] * slopes[pairs[1]]
        shape = (m, count, each)
        w, t, d = weight.reshape(shape), target.reshape(shape), delta.reshape(count, each)
        used = w > 0
        at = np.where(used, eta[:, :, None], t) if not used.all() else np.broadcast_to(eta[:, :, None], shape)
        loss = batch.sample.loss
        pull = w * loss.pull(at, t, d)
        bend, metric = loss.stiffness(at, t, d)
        stiff = np.broadcast_to(w * (bend + damping * metric), shape)
        objective = np.einsum("mpb,mpb->pb", w, np.broadcast_to(loss.cost(at, t, d), shape))
        g = _products(np.concatenate([slopes, bends[pairs]]), pull)
        upper = g[p:] + _products(squares, stiff)
        g = g[:p]
        system = np.empty((p, p, count * each))
        system[pairs] = system[pairs[1], pairs[0]] = upper
        diagonal = np.arange(p)
        here = np.repeat(u, each, axis=1)
        ends = (
            np.repeat(batch.lower, each, axis=1) if lower is None else lower,
            np.repeat(batch.upper, each, axis=1),
        )
        low, high = (np.where(logged, np.log(np.maximum(end, 1e-304)), end) for end in ends)
        held = ((here <= low) & (g > 0)) | ((here >= high) & (g < 0)) | (low == high)
        if held.any():
            g = np.where(held, 0.0, g)
            system[held[:, None] | held[None]] = 0.0
            system[diagonal, diagonal] += held
        system[diagonal, diagonal] *= 1.0 + 1e-13
        step = eliminate(system, g)
        fine = (np.einsum("pr,pr->r", step, g) > 0) & np.isfinite(step).all(axis=0)
        moved = np.clip(np.where(fine, here - step, here), low, high)
        found = np.where(logged, np.exp(moved), moved)
    return Ahead(found, np.where(fine, objective.ravel(), -np.inf))


def _seen(batch: Batch, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """eta (m, P) and its slopes by u (p, m, P); 0 where there is no point."""
    logged = batch.family.logged[:, None]
    theta = np.where(logged, np.exp(u), u)
    y, dy = batch.family.evaluate(theta, batch.z)
    chain = np.where(logged, theta, 1.0)[:, None]
    present = batch.weight > 0
    slopes = dy * np.asarray(batch.sample.scale.slope(y)) * chain
    return np.where(present, batch.sample.scale.raw(y), 0.0), np.where(present, slopes, 0.0)


def _bends(batch: Batch, u: np.ndarray) -> np.ndarray:
    """Second derivatives of eta by u (p, p, m, P)."""
    p = len(u)
    out = np.empty((p, p, *batch.weight.shape))
    for j in range(p):
        half = HALF_STEP * np.maximum(np.abs(u[j]), 0.01)
        ahead, back = u.copy(), u.copy()
        ahead[j] += half
        back[j] -= half
        out[j] = (_seen(batch, ahead)[1] - _seen(batch, back)[1]) / (2.0 * half)
    out = 0.5 * (out + out.transpose(1, 0, 2, 3))
    return np.where(np.isfinite(out), out, 0.0)


def _products(basis: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Sums over points of (q, m, P) with (m, P, B): (q, P * B)."""
    found = np.matmul(basis.transpose(2, 0, 1), rows.transpose(1, 0, 2))  # (P, q, B)
    return np.ascontiguousarray(found.transpose(1, 0, 2)).reshape(len(basis), -1)
