"""The one solver: many small robust curve fits at once, in numpy.

What belongs here: the objective, its derivatives and the iteration. A *row* is one fit: a start, a
bootstrap replicate, a rolling origin, a problem, in any mixture. What does not: where rows come from
(``starts``, ``resample``, ``backtest``) and what their results mean (``point``, ``evidence``).

The loss of a residual r is Huber's, r^2/2 up to delta and delta (|r| - delta/2) beyond; delta = inf is
least squares. Each step solves (H + lambda M) step = g with the exact gradient g and Hessian H; the metric
M = J' diag(w delta / max(|r|, delta)) J is that of iteratively reweighted least squares, so large lambda is
a safe majorising step and lambda = 0 is Newton's. Box bounds are kept by projection: a parameter on its
bound that wants to leave is held there. Free-scale rows minimise the joint negative log-likelihood
sum huber_delta(r / s) + W ln s, with the scale s set to its own optimum after each step.
"""

from dataclasses import dataclass, fields

import numpy as np

from scaling_assets.science.fitting.scale import ResidualScale
from scaling_assets.science.laws import Family

GRADIENT_GOAL = 1e-10  # where the iteration stops
CHUNK_NUMBERS = 60_000  # numbers in a chunk's gradient: about what stays in a core's cache


@dataclass(frozen=True, eq=False)
class Points:
    """The data of several problems, padded to one length: z (P, k, n) and targets h(y) (P, n)."""

    z: np.ndarray
    target: np.ndarray


@dataclass(frozen=True, eq=False)
class Rows:
    """What to fit, one entry a fit.

    ``problem`` (R,) says whose points; ``weight`` (R, n) counts each point (0 = not used); ``start``,
    ``lower``, ``upper`` (R, p); ``delta`` (R,) in residual units, inf for least squares, or in units of
    the free scale; ``target`` (R, n) replaces the problem's targets (wild bootstrap). ``damping`` is the
    first lambda: 1 for starts that may be far away, small for those that are near an optimum.
    """

    problem: np.ndarray
    weight: np.ndarray
    start: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    delta: np.ndarray
    is_scale_free: bool = False
    target: np.ndarray | None = None
    damping: float = 1.0


@dataclass(frozen=True, eq=False)
class Solution:
    """Where each row ended: theta (R, p), objective, projected relative gradient, free scale, iterations.

    ``objective`` is the sum of losses (for free-scale rows the joint sum without its constant W ln Z);
    ``gradient`` the largest cosine between the residuals and a parameter that is free to move.
    """

    theta: np.ndarray
    objective: np.ndarray
    gradient: np.ndarray
    spread: np.ndarray
    iterations: np.ndarray


def solve(
    family: Family, scale: ResidualScale, points: Points, rows: Rows, *, max_iterations: int = 80
) -> Solution:
    """Minimise every row's objective from its start. Infeasible starts come back with objective inf."""
    count, p = rows.start.shape
    out = Solution(np.array(rows.start, dtype=float), np.full(count, np.inf), np.full(count, np.inf),
                   np.ones(count), np.zeros(count, dtype=int))  # fmt: skip
    if count == 0:
        return out
    used = int((rows.weight > 0).sum(axis=1).max(initial=1))
    size = max(1, CHUNK_NUMBERS // max(1, p * max(1, used)))
    for low in range(0, count, size):
        _solve_chunk(family, scale, points, rows, np.arange(low, min(low + size, count)), max_iterations, out)
    return out


@dataclass(eq=False)
class _State:
    """The rows of a chunk that still move; every array has them along axis 0."""

    row: np.ndarray
    z: np.ndarray
    t: np.ndarray
    w: np.ndarray
    u: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    base: np.ndarray  # declared delta
    spread: np.ndarray  # free scale, 1 when the scale is not free
    lam: np.ndarray
    stalls: np.ndarray
    f: np.ndarray
    r: np.ndarray
    dr: np.ndarray  # dr/du (R, p, n)
    y: np.ndarray

    def keep(self, mask: np.ndarray) -> None:
        for f in fields(self):
            setattr(self, f.name, getattr(self, f.name)[mask])


def _solve_chunk(
    family: Family,
    scale: ResidualScale,
    points: Points,
    rows: Rows,
    at: np.ndarray,
    limit: int,
    out: Solution,
) -> None:
    weight = rows.weight[at].astype(float)
    used = max(1, int((weight > 0).sum(axis=1).max()))
    order = np.argsort(weight == 0, axis=1, kind="stable")[:, :used]
    problem = rows.problem[at]
    target = points.target[problem] if rows.target is None else rows.target[at]
    z = np.take_along_axis(points.z[problem], order[:, None, :], axis=2)
    w, t = np.take_along_axis(weight, order, axis=1), np.take_along_axis(target, order, axis=1)
    t = np.where(w > 0, t, 0.0)
    logged = np.array([parameter.positive for parameter in family.parameters])
    with np.errstate(all="ignore"):
        start = np.clip(rows.start[at], rows.lower[at], rows.upper[at])
        u = np.where(logged, np.log(np.where(logged, start, 1.0)), start)
        lower = np.where(logged, -700.0, rows.lower[at])
        upper = np.where(logged, 700.0, rows.upper[at])
        f0, one = np.zeros(len(at)), np.ones(len(at))
        s = _State(at.copy(), z, t, w, u, lower, upper, rows.delta[at].astype(float), one, rows.damping * one,
                   np.zeros(len(at), dtype=int), f0, t, t, t)  # fmt: skip
        s.y, s.r, s.dr = _residuals(family, scale, logged, s.u, s)
        if rows.is_scale_free:
            s.spread = _best_spread(s, np.sqrt(np.mean(s.r**2, axis=1)))
        s.f = _objective(s, s.r, rows.is_scale_free)
        for iteration in range(limit + 1):
            g, system, relative = _step_system(family, scale, logged, s)
            gone = (relative < GRADIENT_GOAL) | (s.stalls >= 3) | (s.lam > 1e12) | ~np.isfinite(s.f)
            gone |= iteration == limit
            if gone.any():
                k = s.row[gone]
                out.theta[k] = np.where(logged, np.exp(s.u[gone]), s.u[gone])
                out.objective[k], out.gradient[k] = (
                    s.f[gone],
                    np.where(np.isfinite(s.f[gone]), relative[gone], np.inf),
                )
                out.spread[k], out.iterations[k] = s.spread[gone], iteration
                if gone.all():
                    return
                s.keep(~gone)
                g, system = g[~gone], system[~gone]
            _advance(family, scale, logged, s, g, system, rows.is_scale_free)


def _residuals(
    family: Family, scale: ResidualScale, logged: np.ndarray, u: np.ndarray, s: _State
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Curve, residuals and dr/du; a row with a residual that does not exist has r = inf there."""
    theta = np.where(logged, np.exp(u), u)
    y, dy = family.evaluate(theta, s.z)
    r = scale.forward(y) - s.t
    r = np.where(s.w > 0, np.where(np.isfinite(r), r, np.inf), 0.0)
    first = scale.derivatives(y)[0]
    dr = dy * np.where(np.isfinite(first) & (s.w > 0), first, 0.0)[:, None, :]
    if logged.any():
        dr = dr * np.where(logged, theta, 1.0)[:, :, None]
    return y, r, dr


def _delta(s: _State) -> np.ndarray:
    return (s.base * s.spread)[:, None]


def _objective(s: _State, r: np.ndarray, is_scale_free: bool) -> np.ndarray:
    delta = _delta(s)
    psi = np.clip(r, -delta, delta)
    f = np.einsum("rn,rn->r", s.w, psi * (r - 0.5 * psi))
    if is_scale_free:
        f = f / s.spread**2 + s.w.sum(axis=1) * np.log(s.spread)
    return np.where(np.isfinite(f), f, np.inf)


def _best_spread(s: _State, start: np.ndarray) -> np.ndarray:
    """The scale that minimises sum w huber_delta(r / s) + W ln s: Newton in ln s, where this is convex."""
    total = s.w.sum(axis=1)
    log_s = np.log(np.maximum(start * s.base, 1e-14) / s.base)  # safe for exact data
    for _ in range(12):
        scaled = s.r / np.exp(log_s)[:, None]
        psi = np.clip(scaled, -s.base[:, None], s.base[:, None])
        slope = total - np.sum(s.w * psi * scaled, axis=1)
        bend = np.sum(s.w * (np.where(np.abs(scaled) <= s.base[:, None], scaled, 0.0) + psi) * scaled, axis=1)
        move = np.clip(slope / np.maximum(bend, 1e-300), -2.0, 2.0)
        log_s = np.maximum(log_s - move, -32.0)
        if np.all(np.abs(move) < 1e-13):
            break
    return np.exp(log_s)


def _step_system(
    family: Family, scale: ResidualScale, logged: np.ndarray, s: _State
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient, damped Hessian and the relative projected gradient of each row."""
    delta = _delta(s)
    psi = s.w * np.clip(s.r, -delta, delta)
    psi = np.where(np.isfinite(psi), psi, 0.0)
    g = np.einsum("rpn,rn->rp", s.dr, psi)
    first, second = scale.derivatives(s.y)
    usable = np.isfinite(first) & (s.w > 0)
    first, second = np.where(usable, first, 0.0), np.where(usable, second, 0.0)
    size = np.abs(s.r)
    quadratic = size <= delta
    # h'' (dy dy') psi = (h'' / h'^2) psi (dr dr'): the curvature of the scale, in terms of dr.
    bend = np.where(first != 0, second / np.where(first != 0, first * first, 1.0), 0.0) * psi
    irls = s.w * np.where(quadratic, 1.0, delta / np.maximum(size, 1e-300))
    combined = np.where(quadratic, s.w, 0.0) + bend + s.lam[:, None] * irls
    system = np.matmul(s.dr * combined[:, None, :], s.dr.transpose(0, 2, 1))
    theta = np.where(logged, np.exp(s.u), s.u)
    chain = np.where(logged, theta, 1.0)
    dy = s.dr / np.where(first != 0, first, 1.0)[:, None, :] / chain[:, :, None]
    curvature = family.curvature(theta, s.z, dy, psi * first)
    if curvature is not None:
        system += curvature * chain[:, :, None] * chain[:, None, :]
    if logged.any():
        p = np.arange(len(logged))
        system[:, p, p] += np.where(logged, g, 0.0)
    norms = np.einsum("rpn,rpn,rn->rp", s.dr, s.dr, s.w)
    held = ((s.u <= s.lower) & (g > 0)) | ((s.u >= s.upper) & (g < 0))
    g = np.where(held, 0.0, g)
    # Jacobi scaling, a ridge that vanishes with lambda, identity rows for what is held.
    d = 1.0 / np.sqrt(np.where(norms > 0, norms, 1.0))
    system *= d[:, :, None] * d[:, None, :]
    system = np.where(held[:, :, None] | held[:, None, :], 0.0, system)
    p = np.arange(system.shape[-1])
    system[:, p, p] += (
        np.where(held, 1.0, 1e-13) + (1e-3 * s.lam * np.maximum(1e-12, np.mean(irls, axis=1)))[:, None]
    )
    pull = np.sqrt(
        np.einsum(
            "rn,rn->r", np.where(s.w > 0, psi * psi / np.where(s.w > 0, s.w, 1.0), 0.0), np.ones_like(psi)
        )
    )
    floor = 1e-9 * np.sqrt(s.w.sum(axis=1))
    relative = np.max(np.abs(g) * d, axis=1) / np.maximum(pull, floor)
    return g * d, system * 1.0, np.where(np.isfinite(relative), relative, np.inf) + 0.0 * d[:, 0]


def _advance(
    family: Family,
    scale: ResidualScale,
    logged: np.ndarray,
    s: _State,
    g: np.ndarray,
    system: np.ndarray,
    is_scale_free: bool,
) -> None:
    """One damped Newton step for every row; rows that would not fall stay and are damped more."""
    norms = np.einsum("rpn,rpn,rn->rp", s.dr, s.dr, s.w)
    d = 1.0 / np.sqrt(np.where(norms > 0, norms, 1.0))
    good = np.isfinite(system).all(axis=(1, 2)) & np.isfinite(g).all(axis=1)
    system = np.where(good[:, None, None], system, np.eye(system.shape[-1]))
    try:
        step = np.linalg.solve(system, g[..., None])[..., 0]
    except np.linalg.LinAlgError:  # one row in the batch is exactly singular
        step = np.linalg.solve(system + 1e-8 * np.eye(system.shape[-1]), g[..., None])[..., 0]
    downhill = np.einsum("rp,rp->r", step, g) > 0
    new_u = np.clip(s.u - step * d, s.lower, s.upper)
    tried = good & downhill & np.isfinite(new_u).all(axis=1)
    new_u = np.where(tried[:, None], new_u, s.u)
    y, r, dr = _residuals(family, scale, logged, new_u, s)
    f = _objective(s, r, is_scale_free)
    slack = 4e-16 * np.maximum(np.abs(f), np.abs(s.f))
    accepted = tried & (f <= s.f + slack)
    s.stalls = np.where(accepted & (s.f - f <= slack), s.stalls + 1, np.where(accepted, 0, s.stalls))
    s.u = np.where(accepted[:, None], new_u, s.u)
    s.f = np.where(accepted, f, s.f)
    s.y = np.where(accepted[:, None], y, s.y)
    s.r = np.where(accepted[:, None], r, s.r)
    s.dr = np.where(accepted[:, None, None], dr, s.dr)
    s.lam = np.where(accepted, s.lam / 8.0, np.maximum(s.lam, 1e-6) * 4.0)
    s.lam = np.where(s.lam < 1e-8, 0.0, s.lam)
    if is_scale_free:
        s.spread = _best_spread(s, s.spread)
        s.f = _objective(s, s.r, True)
