"""What can be said of a parameter whose estimate lies on its bound: a one-sided limit, and draws that keep it.

What belongs here: the limit by the profile of the loss, and moving replicates along that profile. What does
not: replicates themselves (``resample``).

Why not the bootstrap: when the best value lies beyond the bound, nearly every replicate ends on the bound, and
their quantile is the bound itself, however little the data say (Andrews 2000, Econometrica 68, shows that the
bootstrap is inconsistent there). The profile is honest: how far can the parameter go before the loss, at its best
over all others, rises by more than chance allows? The limit u at a one-sided confidence q solves
2 (f(u) - f(bound)) / c = t_q^2, with t of the fit's degrees of freedom. c makes the rise a squared t: it is the
ratio of the parameter's sandwich variance (unit by unit) to the inverse curvature (Kent 1982, Biometrika 69).
With the free optimum at g < 0 and standard error s, u = g + sqrt(g^2 + t^2 s^2): never below the free limit
g + t s, never above t s, and a true value v is missed with probability at most Phi(-(v^2 + t^2 s^2) / (2 v s))
<= Phi(-t), because the geometric mean lies below the arithmetic one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.geometry import Geometry
from scaling_assets.science.fitting.point import EXACT, PointFits

STEPS = 48  # values of the parameter at which the profile is measured first
MARCHES, PACES = (
    2,
    16,
)  # then from the bound to where the loss has risen by FARTHEST t, each start the last end
FARTHEST = 4.0
GOALS = np.linspace(0.25, FARTHEST, 16)  # and at last where it has risen by these
NEAR = 1e-2  # first damping: starts are not far
LOOSE = 1e-3  # relative gradient at which a point of the profile still counts
#: From a small share of the standard error to beyond any confidence that draws ask for.
LADDER = np.concatenate([[0.0], np.geomspace(0.02, 4.0, STEPS // 2), np.geomspace(4.5, 1e4, STEPS // 2)])


def spread_from_bounds(
    batch: Batch,
    point: PointFits,
    seen: Geometry,
    of: np.ndarray,
    draws: list[np.ndarray],
    degrees: np.ndarray,
    seeds: list[list[int]],
    *,
    is_even: bool = False,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Replicates (R, p) of the problems ``of``, charted, moved so that each parameter on its bound has its
    profile's limits as quantiles.

    Half of them stay on the bound (limits at a confidence below one half are the bound). The k-th smallest
    of the others goes to the limit at its own confidence; the other parameters follow the profile, so that
    every replicate stays a curve that the data allow. ``is_even``: errors are taken to be alike, as the
    replicates took them.

    Returns:
        For each problem the replicates, and for each parameter whether its limit exists (p,): False where the
        loss could not be followed far enough to find one.
    """
    moved = [np.array(d) for d in draws]
    limited = [np.ones(len(point.theta), dtype=bool) for _ in of]
    rng = [np.random.default_rng(np.random.SeedSequence([*seed, 1])) for seed in seeds]
    for j in range(len(point.theta)):
        mine = np.flatnonzero(seen.at_bound[j, of])
        if not len(mine):
            continue
        for at, line in zip(mine, _profiles(batch, point, seen, of[mine], j, is_even), strict=True):
            theta, count = moved[at], len(moved[at])
            away = np.abs(theta[:, j] - point.theta[j, of[at]])
            rank = np.empty(count)
            rank[np.lexsort((rng[at].permutation(count), away))] = np.arange(count)
            wanted = np.maximum(stdtrit(float(degrees[at]), (rank + 1.0) / (count + 1.0)), 0.0)
            level = batch.sample.problems[of[at]].question.level
            reached = stdtrit(float(degrees[at]), 0.5 + level / 2) <= line.reach[-1]
            limited[at][j] = bool(reached or line.curves[-1, j] == line.far)
            moved[at] = line.follow(theta, wanted)
    lower, upper = batch.lower[:, of], batch.upper[:, of]
    return [
        (np.clip(theta, lower[:, i], upper[:, i]), found)
        for i, (theta, found) in enumerate(zip(moved, limited, strict=True))
    ]


@dataclass(frozen=True, eq=False)
class _Line:
    """The best curves (s, p) as parameter j leaves its bound, and how many t each is away (s,), ascending."""

    j: int
    curves: np.ndarray
    reach: np.ndarray
    logged: np.ndarray
    far: float  # the other end of the parameter's domain

    def follow(self, theta: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Each replicate at the wanted reach, its other parameters shifted as the profile shifts them."""
        value = np.interp(wanted, self.reach, self.curves[:, self.j])
        here, there = self._at(theta[:, self.j]), self._at(value)
        factor = np.where(self.logged, there / np.where(here != 0, here, 1.0), 1.0)
        moved = np.where(self.logged, theta * factor, theta + there - here)
        moved[:, self.j] = value
        return moved

    def _at(self, value: np.ndarray) -> np.ndarray:
        order = np.argsort(self.curves[:, self.j])
        at = self.curves[order, self.j]
        return np.stack([np.interp(value, at, column[order]) for column in self.curves.T], axis=1)


@dataclass(eq=False)
class _Path:
    """Best fits of M problems at ascending distances of parameter j from its bound: ``step`` (s, M)."""

    batch: Batch
    of: np.ndarray
    j: int
    sign: np.ndarray  # (M,) 1 on a lower bound, -1 on an upper one
    delta: np.ndarray
    step: np.ndarray
    theta: np.ndarray  # (p, s, M)
    objective: np.ndarray
    is_good: np.ndarray  # (s, M)

    def march(self, step: np.ndarray) -> None:
        """Measure further distances (s, M), ascending, each from where the one before ended."""
        here, found = self.theta[:, :1], []
        for row in step:
            found.append(self._solved(row[None], here))
            here = np.where(found[-1][2], found[-1][0], here)
        self._keep(step, *(np.concatenate(part, axis=-2) for part in zip(*found, strict=True)))

    def add(self, step: np.ndarray, start: np.ndarray) -> None:
        """Measure further distances (s, M) from starts (p, s, M)."""
        self._keep(step, *self._solved(step, start))

    def _keep(self, step: np.ndarray, theta: np.ndarray, objective: np.ndarray, is_good: np.ndarray) -> None:
        every = np.concatenate([self.step, step])
        order = np.argsort(every, axis=0, kind="stable")
        self.step = np.take_along_axis(every, order, axis=0)
        self.objective = np.take_along_axis(np.concatenate([self.objective, objective]), order, axis=0)
        self.is_good = np.take_along_axis(np.concatenate([self.is_good, is_good]), order, axis=0)
        both = np.concatenate([self.theta, theta], axis=1)
        self.theta = np.take_along_axis(both, np.broadcast_to(order, both.shape), axis=1)

    def _solved(self, step: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        batch, rows = self.batch, np.tile(self.of, len(step))
        start, low, high = start.reshape(len(start), -1).copy(), batch.lower[:, rows], batch.upper[:, rows]
        bound = np.where(self.sign > 0, batch.lower[self.j, self.of], batch.upper[self.j, self.of])
        start[self.j] = low[self.j] = high[self.j] = (bound + self.sign * step).ravel()
        found = batch.solve(
            rows,
            batch.weight[:, rows],
            start,
            np.tile(self.delta, len(step)),
            lower=low,
            upper=high,
            damping=NEAR,
        )
        objective = found.objective.reshape(step.shape)
        fine = np.isfinite(objective) & (found.gradient.reshape(step.shape) <= LOOSE)
        return found.theta.reshape(len(start), *step.shape), objective, fine

    def places(self, goals: np.ndarray, worth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances (s, M) at which the loss seems to have risen by goals (s,), and the best curves short of them."""
        step, start = (
            np.zeros((len(goals), len(self.of))),
            np.zeros((len(self.theta), len(goals), len(self.of))),
        )
        for i in range(len(self.of)):
            at, reach = self.measured(i, float(worth[i]))
            step[:, i] = np.interp(goals, reach, self.step[at, i])
            start[:, :, i] = self.theta[
                :, at[np.searchsorted(self.step[at, i], step[:, i], side="right") - 1], i
            ]
        return step, start

    def measured(self, i: int, worth: float) -> tuple[np.ndarray, np.ndarray]:
        """Which points of problem i count (s',), ascending, and how many t each is away (s',).

        A loss above that of a point farther out was not the best there: a fit can end beside the best one, never
        below it.
        """
        at = np.flatnonzero(self.is_good[:, i] & np.diff(self.step[:, i], prepend=-1.0).astype(bool))
        best = np.minimum.accumulate(self.objective[at, i][::-1])[::-1]
        return at, np.sqrt(2.0 * np.maximum(best - self.objective[0, i], 0.0) / worth)


def _profiles(
    batch: Batch, point: PointFits, seen: Geometry, of: np.ndarray, j: int, is_even: bool
) -> list[_Line]:
    """The best curves as parameter j of problems on that bound leaves it, and how many t away.

    A ladder of standard errors first, which says how far to go; then a march over that way, for a fit that starts far
    from its best curve may end beside it; then the places at which the loss has risen by GOALS. Where the loss bends
    (a floor near the lowest value) a straight line between steps of the ladder would end far too early.
    """
    best = point.theta[:, of]
    is_low = best[j] <= batch.lower[j, of]
    far = np.where(is_low, batch.upper[j, of], batch.lower[j, of])
    is_free = batch.sample.problems[0].estimator.name == "huber_free_scale"
    delta = point.delta[of] * (point.spread[of] if is_free else 1.0)
    error, worth = _standard_errors(batch, point, seen, of, j, delta, is_even)
    known = np.isfinite(error) & (error > 0)
    step = np.minimum(LADDER[:, None] * np.where(known, error, 0.0), batch.upper[j, of] - batch.lower[j, of])
    path = _Path(
        batch, of, j, np.where(is_low, 1.0, -1.0), delta, np.zeros((1, len(of))), best[:, None],
        np.zeros((1, len(of))), np.ones((1, len(of)), dtype=bool),
    )  # fmt: skip
    path.objective = path._solved(path.step, path.theta)[1]
    path.add(step[1:], np.repeat(best[:, None], len(step) - 1, axis=1))
    scale = np.where(known, worth, 1.0)
    for _ in range(MARCHES):
        path.march(
            np.linspace(1.0 / PACES, 1.0, PACES)[:, None] * path.places(np.array([FARTHEST]), scale)[0]
        )
    places, starts = path.places(GOALS, scale)
    path.add(places, starts)
    lines = []
    for i in range(len(of)):
        at, reach = path.measured(i, worth[i]) if known[i] else (np.zeros(1, dtype=int), np.zeros(1))
        lines.append(_Line(j, path.theta[:, at, i].T, reach, batch.family.logged, float(far[i])))
    return lines


def _standard_errors(
    batch: Batch, point: PointFits, seen: Geometry, of: np.ndarray, j: int, delta: np.ndarray,
    is_even: bool,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Standard error of parameter j as if it had no bound, and the loss's worth of a squared t: (M,) each.

    Slopes are those at the estimate, other parameters on their bounds are held. Scores are summed unit by
    unit, with the jackknife's correction (HC3; for clusters G / (G - 1)); of errors that are alike their mean square
    does, over n - p degrees of freedom.
    """
    error, worth = np.full(len(of), np.inf), np.full(len(of), np.inf)
    sample, eta = batch.sample, batch.curve(point.theta)
    for row, i in enumerate(of):
        size = int(sample.n[i])
        free = np.flatnonzero(~(seen.at_bound | batch.pinned)[:, i] | (np.arange(len(seen.at_bound)) == j))
        pull, stiff = _scores(batch, eta[:size, i], i, float(delta[row]))
        root = np.sqrt(batch.point_weight[:size, i] * stiff)
        slopes = seen.slopes[free, :size, i].T * root[:, None]
        lengths = np.linalg.norm(slopes, axis=0)
        if not np.isfinite(slopes).all() or not (lengths > 0).all() or size < len(free):
            continue
        q, r = np.linalg.qr(slopes / lengths)
        if np.linalg.cond(r) > 1e8:
            continue
        pull = pull / stiff * root
        unit = sample.unit[:size, i]
        units = int(unit.max()) + 1
        if is_even and units == size:
            pull = np.full(size, np.sqrt(np.sum(pull**2) / max(1, size - len(seen.at_bound))))
        elif units == size:
            pull = pull / np.maximum(1.0 - np.einsum("ij,ij->i", q, q), 0.2)
        else:
            pull = pull * np.sqrt(units / max(1, units - 1))
        at = int(np.flatnonzero(free == j)[0])
        influence = np.linalg.solve(r, q.T)[at] / lengths[at]  # row j of (J'J)^-1 J'
        bend = 1.0 if sample.loss.is_likelihood else _bend(seen, i, size, float(delta[row]))
        error[row] = float(np.sqrt(np.sum(np.bincount(unit, influence * pull) ** 2))) / bend
        curvature = float(np.sum(influence**2)) / bend  # element jj of the inverse of bend J'J
        worth[row] = max(error[row] ** 2 / curvature, EXACT**2)
    return error, worth


def _scores(batch: Batch, eta: np.ndarray, i: int, delta: float) -> tuple[np.ndarray, np.ndarray]:
    """First derivative of each point's loss by eta (n,), and the curvature that scores are weighted by (n,)."""
    loss, size = batch.sample.loss, len(eta)
    pull = loss.pull(eta, batch.h[:size, i], delta)
    stiff = loss.stiffness(eta, batch.h[:size, i], delta)[1] if loss.is_likelihood else 1.0
    return pull, np.broadcast_to(stiff, (size,))


def _bend(seen: Geometry, i: int, size: int, delta: float) -> float:
    """Mean of psi': the share of residuals in the quadratic part of the loss.

    A delta far below the residuals' spread has hardly any there: their density near 0 is then read from half
    a robust standard deviation.
    """
    width = max(delta, 0.5 * float(seen.robust[i]))
    share = max(float(np.mean(np.abs(seen.residual[:size, i]) <= width)), 1.0 / size)
    return share if width == delta else share * delta / width
