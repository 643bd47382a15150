"""The iteration of the solver: damped Newton steps for many rows at once, in numpy.

What belongs here: one chunk of rows, from start to stop. What does not: cutting into chunks (``solve``), the
formulas (``laws``), the losses (``losses``).
"""

from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.curvature import declared, differenced
from scaling_assets.science.fitting.layout import Layout
from scaling_assets.science.fitting.losses import Loss
from scaling_assets.science.fitting.scale import ResidualScale
from scaling_assets.science.laws import Family

GRADIENT_GOAL = 1e-9  # relative gradient where the iteration stops
STALLS = 3  # accepted steps in a row that do not lower the objective beyond rounding
LEAST_DAMPING = 1e-3  # a refused step is at least four times this away from Newton's
EVERY = 3  # iterations after which the lengths of the gradient columns are measured again


@dataclass(eq=False)
class Result:
    """Where the rows of a chunk ended; see ``solve.Solution``."""

    theta: np.ndarray
    objective: np.ndarray
    gradient: np.ndarray
    spread: np.ndarray
    iterations: np.ndarray
    stopped: np.ndarray  # False: still moving when the steps ran out


@dataclass(eq=False)
class _Look:
    """A set of curves: parameters u and theta (p, R), eta and h' per point, dr = d eta / d u, objective f (R,)."""

    u: np.ndarray
    theta: np.ndarray
    y: np.ndarray
    eta: np.ndarray
    slope: np.ndarray | float
    dy: np.ndarray | None  # the family's own gradient, kept only where second derivatives need it
    dr: np.ndarray
    f: np.ndarray


class Newton:
    """The rows of one chunk that still move. Shapes as in ``solve.Rows``; points in the layout ``lay``."""

    def __init__(
        self, family: Family, scale: ResidualScale, loss: Loss, lay: Layout, *,
        z: np.ndarray, target: np.ndarray, weight: np.ndarray, start: np.ndarray, lower: np.ndarray,
        upper: np.ndarray, delta: np.ndarray, is_scale_free: bool, damping: float, prior: np.ndarray | None,
    ) -> None:  # fmt: skip
        self.family, self.scale, self.loss, self.lay = family, scale, loss, lay
        count = start.shape[1]
        self.logged = family.logged[:, None]
        self.any_logged, self.log_rows = bool(family.logged.any()), np.flatnonzero(family.logged)
        self.z, self.weight, self.base, self.prior = z, weight, delta.astype(float), prior
        self.is_scale_free = is_scale_free
        self.used = weight > 0 if (weight <= 0).any() else None
        self.target = target if self.used is None else np.where(self.used, target, 0.0)
        self.lower = np.where(self.logged, np.maximum(np.log(np.maximum(lower, 1e-304)), -700.0), lower)
        self.upper = np.where(self.logged, np.minimum(np.log(np.maximum(upper, 1e-304)), 700.0), upper)
        self.row = np.arange(count)
        self.spread, self.lam = np.ones(count), np.full(count, float(damping))
        self.stalls = np.zeros(count, dtype=int)
        self.total = lay.total(weight)
        self.result = Result(np.array(start), np.full(count, np.inf), np.full(count, np.inf),
                             np.ones(count), np.zeros(count, dtype=int), np.zeros(count, dtype=bool))  # fmt: skip
        u = np.where(self.logged, np.log(np.where(self.logged, start, 1.0)), start)
        self.at = self._look(np.clip(u, self.lower, self.upper))
        if is_scale_free:
            self._rescale(np.sqrt(lay.dot(weight, self._residual() ** 2) / self.total))

    def run(self, limit: int) -> None:
        """Iterate until every row has stopped, at most ``limit`` steps."""
        length = None
        for iteration in range(limit + 1):
            g, system, pull = self._system()
            if length is None or iteration % EVERY == 0:
                length = self._lengths()
            relative = self._cosine(g, length, pull)
            near = relative < GRADIENT_GOAL
            if near.any() and iteration % EVERY:
                length = self._lengths()
                relative = self._cosine(g, length, pull)
                near = relative < GRADIENT_GOAL
            gone = near | (self.stalls >= STALLS) | (self.lam > 1e12) | ~np.isfinite(self.at.f)
            self.result.stopped[self.row[gone]] = True
            gone |= iteration == limit
            if gone.any():
                self._record(gone, self._cosine(g, self._lengths(), pull), iteration)
                if gone.all():
                    return
                self._keep(~gone)
                g, system, length = g[:, ~gone], system[~gone], length[:, ~gone]
            self._advance(g, system)

    # ---- one look at the curves ----

    def _look(self, u: np.ndarray) -> _Look:
        theta = np.where(self.logged, np.exp(u), u) if self.any_logged else u
        wide = self.lay.wide(theta)
        dy = np.empty((len(u), *np.broadcast_shapes(self.z.shape[1:], wide.shape[1:])))
        y = self.family.formula(wide, self.z, dy)
        eta, slope = self.scale.raw(y), self.scale.slope(y)
        if self.used is not None:
            eta = np.where(self.used, eta, self.target)
            slope = np.where(self.used, slope, 0.0)
        own = dy.copy() if self.family.second and self.any_logged else dy
        dr = own if isinstance(slope, float) else dy * slope
        if self.used is not None and not np.isfinite(dr).all():
            dr = np.where(self.used, dr, 0.0)
        for j in self.log_rows:
            dr[j] *= wide[j]
        return _Look(u, theta, y, eta, slope, dy if self.family.second else None, dr, self._objective(eta, u))

    def _delta(self) -> np.ndarray:
        return self.lay.wide(self.base * self.spread)

    def _objective(self, eta: np.ndarray, u: np.ndarray) -> np.ndarray:
        cost = self.loss.cost(eta, self.target, self._delta())
        if np.shape(cost) != self.weight.shape:
            cost, weight = np.broadcast_arrays(cost, self.weight)
        else:
            weight = self.weight
        f = self.lay.dot(weight, cost)
        if self.is_scale_free:
            f = f / self.spread**2 + self.total * np.log(self.spread)
        if self.prior is not None:
            f = f + 0.5 * np.sum(self.prior[1] * (u - self.prior[0]) ** 2, axis=0)
        return np.where(np.isfinite(f), f, np.inf)

    def _residual(self) -> np.ndarray:
        return self.at.eta - self.target

    # ---- the step ----

    def _system(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Gradient (p, R) with held parameters at 0, Hessian plus lambda M (R, p, p), length of the pull (R,)."""
        at, lay, delta = self.at, self.lay, self._delta()
        psi = self.loss.pull(at.eta, self.target, delta)
        bend, metric = self.loss.stiffness(at.eta, self.target, delta)
        weighted = self.weight * psi
        g = lay.project(at.dr, weighted)
        k = self.weight * (bend + lay.wide(self.lam) * metric)
        twist = self.scale.twist(at.y)
        if not (isinstance(twist, float) and twist == 0.0):
            k = k + (twist * weighted if self.used is None else np.where(self.used, twist * weighted, 0.0))
        system = lay.gram(at.dr, k)
        self._add_curvature(system, weighted * at.slope)
        p = np.arange(len(g))
        if self.any_logged:
            system[:, p, p] += np.where(self.logged, g, 0.0).T
        if self.prior is not None:
            g = g + self.prior[1] * (at.u - self.prior[0])
            system[:, p, p] += self.prior[1].T
        held = (
            ((at.u <= self.lower) & (g > 0)) | ((at.u >= self.upper) & (g < 0)) | (self.lower == self.upper)
        )
        g = np.where(held, 0.0, g)
        if held.any():
            off = held.T
            system = np.where(off[:, :, None] | off[:, None, :], 0.0, system)
            system[:, p, p] += off
        unit = metric if self.loss.is_likelihood else 1.0
        pull = lay.dot(weighted, psi / unit)
        if self.prior is not None:
            pull = pull + np.sum(self.prior[1] * (at.u - self.prior[0]) ** 2, axis=0)
        return g, system, np.sqrt(pull)

    def _add_curvature(self, system: np.ndarray, v: np.ndarray) -> None:
        at = self.at
        if self.family.second == ():
            return
        if at.dy is None:
            bend = differenced(self.family, self.lay, at.theta, self.z, v, self.used)
        else:
            bend = declared(self.family, self.lay, at.theta, self.z, at.dy, v, self.used)
        if self.any_logged:
            chain = np.where(self.logged, at.theta, 1.0).T
            bend *= chain[:, :, None] * chain[:, None, :]
        system += bend

    def _lengths(self) -> np.ndarray:
        """Length of each weighted gradient column (p, R)."""
        at = self.at
        weight = self.weight
        if self.loss.is_likelihood:
            weight = weight * self.loss.stiffness(at.eta, self.target, 1.0)[1]
        square = np.stack([self.lay.dot(dr * dr, np.broadcast_to(weight, dr.shape)) for dr in at.dr])
        if self.prior is not None:
            square = square + self.prior[1]
        return np.sqrt(np.where(square > 0, square, 1.0))

    def _cosine(self, g: np.ndarray, length: np.ndarray, pull: np.ndarray) -> np.ndarray:
        relative = np.max(np.abs(g) / length, axis=0) / np.maximum(pull, 1e-9 * np.sqrt(self.total))
        return np.where(np.isfinite(relative), relative, np.inf)

    def _advance(self, g: np.ndarray, system: np.ndarray) -> None:
        """One damped Newton step for every row; rows that would not fall stay and are damped more."""
        p = np.arange(len(g))
        size = np.abs(system[:, p, p])
        d = 1.0 / np.sqrt(np.where(size > 0, size, 1.0))
        scaled = system * d[:, :, None] * d[:, None, :]
        scaled[:, p, p] += (1e-13 + 1e-3 * np.minimum(self.lam, 1e3))[:, None] * np.minimum(
            1.0, self.lam + 1e-3
        )[:, None]
        pull = g.T * d
        good = np.asarray(np.isfinite(scaled).all(axis=(1, 2)) & np.isfinite(pull).all(axis=1))
        if not good.all():
            scaled, pull = (
                np.where(good[:, None, None], scaled, np.eye(len(p))),
                np.where(good[:, None], pull, 0.0),
            )
        step = _solve(scaled, pull)
        tried = good & (np.einsum("rp,rp->r", step, pull) > 0)
        moved = np.clip(self.at.u - (step * d).T, self.lower, self.upper)
        tried &= np.isfinite(moved).all(axis=0)
        if not tried.all():
            moved = np.where(tried, moved, self.at.u)
        new, old = self._look(moved), self.at
        slack = 4e-16 * np.abs(old.f)
        accepted = tried & (new.f <= old.f + slack)
        idle = accepted & (old.f - new.f <= slack)
        self.stalls = np.where(idle, self.stalls + 1, np.where(accepted, 0, self.stalls))
        if not accepted.all():
            self._keep_old(np.flatnonzero(~accepted), new, old)
        self.at = new
        self.lam = np.where(accepted, self.lam / 8.0, np.maximum(self.lam, LEAST_DAMPING) * 4.0)
        self.lam = np.where(self.lam < 1e-8, 0.0, self.lam)
        if self.is_scale_free:
            self._rescale(self.spread)

    def _keep_old(self, back: np.ndarray, new: _Look, old: _Look) -> None:
        """Put rows whose step was refused back where they were."""
        put = self.lay.put
        new.u[:, back], new.theta[:, back], new.f[back] = old.u[:, back], old.theta[:, back], old.f[back]
        put(new.y, old.y, back)
        put(new.eta, old.eta, back)
        put(new.dr, old.dr, back)
        if new.dy is not None and old.dy is not None and new.dy is not new.dr:
            put(new.dy, old.dy, back)
        if isinstance(new.slope, np.ndarray) and isinstance(old.slope, np.ndarray):
            put(new.slope, old.slope, back)

    def _rescale(self, start: np.ndarray) -> None:
        """Set the free scale to the minimum of sum w huber_delta(r / s) + W ln s: Newton in ln s, convex there."""
        log_s = np.log(np.maximum(start * self.base, 1e-14) / self.base)  # safe for exact data
        r, bound = self._residual(), self.lay.wide(self.base)
        for _ in range(12):
            scaled = r / self.lay.wide(np.exp(log_s))
            psi = np.clip(scaled, -bound, bound)
            slope = self.total - self.lay.dot(self.weight, psi * scaled)
            inner = np.where(np.abs(scaled) <= bound, scaled, 0.0) + psi
            move = np.clip(slope / np.maximum(self.lay.dot(self.weight, inner * scaled), 1e-300), -2.0, 2.0)
            log_s = np.maximum(log_s - move, -32.0)
            if np.all(np.abs(move) < 1e-13):
                break
        self.spread = np.exp(log_s)
        self.at.f = self._objective(self.at.eta, self.at.u)

    # ---- rows that stop ----

    def _record(self, gone: np.ndarray, relative: np.ndarray, iteration: int) -> None:
        k, out = self.row[gone], self.result
        out.theta[:, k], out.objective[k] = self.at.theta[:, gone], self.at.f[gone]
        out.gradient[k] = np.where(np.isfinite(self.at.f), relative, np.inf)[gone]
        out.spread[k], out.iterations[k] = self.spread[gone], iteration

    def _keep(self, rows: np.ndarray) -> None:
        lay, at = self.lay, self.at
        for name in ("row", "spread", "lam", "stalls", "total", "base"):
            setattr(self, name, getattr(self, name)[rows])
        self.lower, self.upper = self.lower[:, rows], self.upper[:, rows]
        self.prior = None if self.prior is None else self.prior[..., rows]
        self.z, self.target, self.weight = (lay.take(a, rows) for a in (self.z, self.target, self.weight))
        self.used = None if self.used is None else lay.take(self.used, rows)
        self.at = _Look(
            at.u[:, rows], at.theta[:, rows], lay.take(at.y, rows), lay.take(at.eta, rows),
            at.slope if isinstance(at.slope, float) else lay.take(at.slope, rows),
            None if at.dy is None else lay.take(at.dy, rows), lay.take(at.dr, rows), at.f[rows],
        )  # fmt: skip


def _solve(system: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Solutions (R, p) of symmetric systems (R, p, p); one that is exactly singular is moved a little."""
    if g.shape[1] == 1:
        return g / system[:, 0]
    try:
        return np.linalg.solve(system, g[..., None])[..., 0]
    except np.linalg.LinAlgError:
        return np.linalg.solve(system + 1e-8 * np.eye(g.shape[1]), g[..., None])[..., 0]
