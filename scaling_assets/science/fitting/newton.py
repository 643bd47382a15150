"""The iteration of the solver: damped Newton steps for many rows at once, in numpy.

What belongs here: one chunk of rows, from start to stop. What does not: cutting into chunks (``solve``), the
formulas (``laws``), the losses (``losses``).
"""

import numpy as np

from scaling_assets.science.fitting.curvature import declared, differenced
from scaling_assets.science.fitting.free_scale import free_scale
from scaling_assets.science.fitting.layout import Layout
from scaling_assets.science.fitting.looks import Look, Result
from scaling_assets.science.fitting.losses import Loss
from scaling_assets.science.fitting.scale import ResidualScale
from scaling_assets.science.fitting.systems import eliminate
from scaling_assets.science.laws import Family

GRADIENT_GOAL = 1e-9  # relative gradient where the iteration stops ...
CORNER_GOAL = 1e-11  # ... and for a loss with corners, whose last step is not taken on trust
NEAR = 1e-7  # relative gradient from which on the step to come is the last one, and is taken on trust ...
PROMISE = 1e-9  # ... where it is Newton's and promises to lower the objective by no more than this share
STIFF = 1e-3  # ... and rests on points that bend: their curvature is at least this share of what squares would have
TRUSTED = 1e-4  # after a step that promised no more than this share and kept its word, damping ends
STALLS = 3  # accepted steps in a row that do not lower the objective beyond rounding
LEAST_DAMPING = 1e-3  # a refused step is at least four times this away from Newton's
CROWDED = 0.75  # share of rows that still move below which the others leave the arrays


class Newton:
    """The rows of one chunk that still move. Shapes as in ``solve.Rows``; points in the layout ``lay``."""

    def __init__(
        self, family: Family, scale: ResidualScale, loss: Loss, lay: Layout, *,
        z: np.ndarray, target: np.ndarray, weight: np.ndarray, start: np.ndarray, lower: np.ndarray,
        upper: np.ndarray, delta: np.ndarray, is_scale_free: bool, damping: float, prior: np.ndarray | None,
        origin: np.ndarray | None = None, ceiling: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        self.family, self.scale, self.loss, self.lay = family, scale, loss, lay
        count = start.shape[1]
        self.logged = family.logged[:, None]
        self.any_logged = bool(family.logged.any())
        self.z, self.target, self.weight = z, target, weight
        self.base, self.prior = delta.astype(float), prior
        self.is_scale_free = is_scale_free
        # A step across a corner is no step of Newton's, and beside a sharp prior the objective says little of the data.
        self.is_smooth = not is_scale_free and prior is None and loss.name != "asymmetric_mae"
        self.lower = np.where(self.logged, np.maximum(np.log(np.maximum(lower, 1e-304)), -700.0), lower)
        self.upper = np.where(self.logged, np.minimum(np.log(np.maximum(upper, 1e-304)), 700.0), upper)
        self.row, self.moving = np.arange(count), np.ones(count, dtype=bool)
        self.spare: list[np.ndarray] = []
        self.spread, self.lam = np.ones(count), np.full(count, float(damping))
        self.stalls = np.zeros(count, dtype=int)
        self.total = lay.total(weight)
        self.result = Result(np.array(start), np.full(count, np.inf), np.full(count, np.inf),
                             np.ones(count), np.zeros(count, dtype=int), np.zeros(count, dtype=bool))  # fmt: skip
        u = np.where(self.logged, np.log(np.where(self.logged, start, 1.0)), start)
        self.at = self._look(np.clip(u, self.lower, self.upper))
        if origin is not None and ceiling is not None:  # rows that began uphill wait for the next pass
            uphill = ~(self.at.f <= ceiling)
            self.result.theta[:, uphill] = origin[:, uphill]
            self.moving = ~uphill
        if is_scale_free:
            self._rescale(np.sqrt(lay.dot(weight, self._residual() ** 2) / self.total))

    def run(self, limit: int) -> None:
        """Iterate until every row has stopped, at most ``limit`` steps.

        Near an optimum the objective is as flat as its last digit and tells no point from a better one, while
        Newton's step still squares the distance. So the last step is taken on trust: the gradient and the objective
        that are reported are those before it, upper ends of both.
        """
        diagonal, goal = np.arange(len(self.lower)), GRADIENT_GOAL if self.is_smooth else CORNER_GOAL
        for iteration in range(limit + 1):
            g, system, pull = self._system()
            if iteration == limit:
                self._record(self.moving, self.at.theta, g, pull, iteration)
                return
            # The Hessian's diagonal stands for squared lengths of columns; what is reported uses those themselves.
            size = system[diagonal, diagonal]
            length = np.sqrt(np.maximum(size, 1e-300) / (1.0 + self.lam))
            relative = self._cosine(g, length, pull, self.total)
            lost = (self.lam > 1e12) | ~np.isfinite(self.at.f)
            self._stop(self.moving & lost, self.at.theta, g, pull, iteration)
            if self.moving.mean() < CROWDED:
                kept = np.flatnonzero(self.moving)
                if not len(kept):
                    return
                g, system, size = g[:, kept], system[..., kept], size[:, kept]
                pull, relative = pull[kept], relative[kept]
                self._keep(kept)
            step, decrement = self._step(g, system)
            moved = np.clip(self.at.u - step, self.lower, self.upper)
            tried = (decrement > 0) & np.isfinite(moved).all(axis=0)
            arrived = (relative < goal) | (self.stalls >= STALLS)
            if self.is_smooth:
                last = self.moving & tried & (self.lam == 0.0) & (arrived | (relative < NEAR))
                last = self._is_stiff(last & (decrement <= PROMISE * self.at.f), size, g)
                self._stop(last, self._theta(moved), g, pull, iteration + 1)
            self._stop(self.moving & arrived, self.at.theta, g, pull, iteration)
            if not self.moving.any():
                return
            self._advance(np.where(tried, moved, self.at.u), tried, decrement)

    # ---- one look at the curves ----

    def _theta(self, u: np.ndarray) -> np.ndarray:
        return np.where(self.logged, np.exp(u), u) if self.any_logged else u

    def _look(self, u: np.ndarray) -> Look:
        theta = self._theta(u)
        wide = self.lay.wide(theta)
        dy = self._room((len(u), *np.broadcast_shapes(self.z.shape[1:], wide.shape[1:])))
        y = self.family.formula(wide, self.z, dy)
        eta = self.scale.raw(y)
        return Look(u, theta, y, eta, self.scale.slope(y), dy, self._objective(eta, u))

    def _room(self, shape: tuple[int, ...]) -> np.ndarray:
        """Memory for a gradient: that of an earlier look, because new memory costs as much as filling it."""
        for i, old in enumerate(self.spare):
            if old.shape == shape:
                return self.spare.pop(i)
        self.spare.clear()
        return np.empty(shape)

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
        """Gradient (p, R) with held parameters at 0, Hessian plus lambda M (p, p, R), length of the pull (R,)."""
        at, lay, delta = self.at, self.lay, self._delta()
        psi = self.loss.pull(at.eta, self.target, delta)
        bend, metric = self.loss.stiffness(at.eta, self.target, delta)
        weighted = self.weight * psi
        k = self.weight * (bend + lay.wide(self.lam) * metric)
        twist = self.scale.twist(at.y)
        if not (isinstance(twist, float) and twist == 0.0):
            k = k + twist * weighted
        # The scale's slope enters through the sums, the chain of logarithms after them: no (p, n, R) array for either.
        turn = weighted if isinstance(at.slope, float) else weighted * at.slope
        if not isinstance(at.slope, float):
            k = k * at.slope * at.slope
        g = lay.project(at.dy, turn)
        system = lay.gram(at.dy, np.broadcast_to(k, weighted.shape))
        self._add_curvature(system, turn)
        if self.any_logged:
            chain = np.where(self.logged, at.theta, 1.0)
            g *= chain
            system *= chain[:, None] * chain[None]
        p = np.arange(len(g))
        if self.any_logged:
            system[p, p] += np.where(self.logged, g, 0.0)
        if self.prior is not None:
            g = g + self.prior[1] * (at.u - self.prior[0])
            system[p, p] += self.prior[1]
        at_lower, at_upper = at.u <= self.lower, at.u >= self.upper
        if at_lower.any() or at_upper.any():
            held = (at_lower & (g > 0)) | (at_upper & (g < 0)) | (at_lower & at_upper)
            g = np.where(held, 0.0, g)
            system[held[:, None] | held[None]] = 0.0
            system[p, p] += held
        unit = metric if self.loss.is_likelihood else 1.0
        squared = lay.dot(weighted, psi if isinstance(unit, float) else psi / unit)
        if self.prior is not None:
            squared = squared + np.sum(self.prior[1] * (at.u - self.prior[0]) ** 2, axis=0)
        return g, system, np.sqrt(squared)

    def _add_curvature(self, system: np.ndarray, turn: np.ndarray) -> None:
        """Add sum_n turn_n d2y_n / d theta d theta' to the system (p, p, R)."""
        if self.family.second is None:
            system += differenced(self.family, self.lay, self.at.theta, self.z, turn)
        elif self.family.second:
            declared(self.family, self.lay, self.at.theta, self.z, self.at.dy, turn, system)

    def _lengths(self, rows: np.ndarray) -> np.ndarray:
        """Length of each weighted gradient column of these rows (p, rows)."""
        at, lay = self.at, self.lay
        weight = self.weight * at.slope * at.slope
        if self.loss.is_likelihood:
            weight = weight * self.loss.stiffness(at.eta, self.target, 1.0)[1]
        weight, dy = lay.take(weight, rows), lay.take(at.dy, rows)
        square = np.stack([lay.dot(one * one, np.broadcast_to(weight, one.shape)) for one in dy])
        square *= np.where(self.logged, at.theta[:, rows], 1.0) ** 2
        if self.prior is not None:
            square = square + self.prior[1][:, rows]
        return np.sqrt(np.where(square > 0, square, 1.0))

    def _is_stiff(self, which: np.ndarray, size: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Those of ``which`` (R,) whose loss bends at enough of the points to be trusted."""
        if self.loss.name != "huber" or not which.any():
            return which
        rows = np.flatnonzero(which)
        bent = (size[:, rows] >= STIFF * self._lengths(rows) ** 2) | (g[:, rows] == 0.0)
        found = which.copy()
        found[rows] = bent.all(axis=0)
        return found

    def _cosine(self, g: np.ndarray, length: np.ndarray, pull: np.ndarray, total: np.ndarray) -> np.ndarray:
        """Largest cosine between the pulls of the points and a parameter that is free to move (R,)."""
        relative = np.max(np.abs(g) / length, axis=0) / np.maximum(pull, 1e-9 * np.sqrt(total))
        return np.where(np.isfinite(relative), relative, np.inf)

    def _step(self, g: np.ndarray, system: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The damped Newton step (p, R) of every row, and twice what it promises to lower the objective by (R,)."""
        p = np.arange(len(g))
        size = np.abs(system[p, p])
        ridge = (1e-13 + 1e-3 * np.minimum(self.lam, 1e3)) * np.minimum(1.0, self.lam + 1e-3)
        system[p, p] += ridge * np.where(size > 0, size, 1.0)
        step = eliminate(system, g, is_delicate=not self.is_smooth)
        return step, np.einsum("pr,pr->r", step, g)

    def _advance(self, moved: np.ndarray, tried: np.ndarray, decrement: np.ndarray) -> None:
        """Look at the points that the steps lead to; rows that would not fall stay and are damped more."""
        new, old = self._look(moved), self.at
        slack = 4e-16 * np.abs(old.f)
        accepted = tried & (new.f <= old.f + slack)
        idle = accepted & (old.f - new.f <= slack)
        self.stalls = np.where(idle, self.stalls + 1, np.where(accepted, 0, self.stalls))
        refused = np.flatnonzero(~accepted & self.moving)
        if len(refused):
            self._keep_old(refused, new, old)
        self.at = new
        self.spare.append(old.dy)
        self.lam = np.where(accepted, self.lam / 8.0, np.maximum(self.lam, LEAST_DAMPING) * 4.0)
        calm = accepted & (decrement <= TRUSTED * old.f) if self.is_smooth else False
        self.lam = np.where((self.lam < 1e-8) | calm, 0.0, self.lam)
        if self.is_scale_free:
            self._rescale(self.spread)

    def _keep_old(self, back: np.ndarray, new: Look, old: Look) -> None:
        """Put rows whose step was refused back where they were."""
        put = self.lay.put
        new.u[:, back], new.theta[:, back], new.f[back] = old.u[:, back], old.theta[:, back], old.f[back]
        put(new.y, old.y, back)
        put(new.eta, old.eta, back)
        put(new.dy, old.dy, back)
        if isinstance(new.slope, np.ndarray) and isinstance(old.slope, np.ndarray):
            put(new.slope, old.slope, back)

    def _rescale(self, start: np.ndarray) -> None:
        self.spread = free_scale(self.lay, self._residual(), self.weight, self.base, self.total, start)
        self.at.f = self._objective(self.at.eta, self.at.u)

    # ---- rows that stop ----

    def _stop(
        self, which: np.ndarray, theta: np.ndarray, g: np.ndarray, pull: np.ndarray, iteration: int
    ) -> None:
        """These rows (R,) have arrived at theta (p, R)."""
        if which.any():
            self.result.stopped[self.row[which]] = True
            self._record(which, theta, g, pull, iteration)
            self.moving = self.moving & ~which

    def _record(
        self, which: np.ndarray, theta: np.ndarray, g: np.ndarray, pull: np.ndarray, iteration: int
    ) -> None:
        rows = np.flatnonzero(which)
        k, out, f = self.row[rows], self.result, self.at.f[rows]
        relative = self._cosine(g[:, rows], self._lengths(rows), pull[rows], self.total[rows])
        out.theta[:, k], out.objective[k] = theta[:, rows], f
        out.gradient[k] = np.where(np.isfinite(f), relative, np.inf)
        out.spread[k], out.iterations[k] = self.spread[rows], iteration

    def _keep(self, rows: np.ndarray) -> None:
        """Only these rows stay in the arrays."""
        lay, at = self.lay, self.at
        for name in ("row", "spread", "lam", "stalls", "total", "base", "moving"):
            setattr(self, name, getattr(self, name)[rows])
        self.lower, self.upper = self.lower[:, rows], self.upper[:, rows]
        self.prior = None if self.prior is None else self.prior[..., rows]
        self.z, self.target, self.weight = (lay.take(a, rows) for a in (self.z, self.target, self.weight))
        self.at = Look(
            at.u[:, rows], at.theta[:, rows], lay.take(at.y, rows), lay.take(at.eta, rows),
            at.slope if isinstance(at.slope, float) else lay.take(at.slope, rows), lay.take(at.dy, rows), at.f[rows],
        )  # fmt: skip
