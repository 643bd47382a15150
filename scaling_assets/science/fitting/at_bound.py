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

import numpy as np
from scipy import stats

from scaling_assets.science.fitting.evidence import Geometry
from scaling_assets.science.fitting.point import EXACT, Chart, PointFits
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.solve import Points, Rows, solve

STEPS = 48  # values of the parameter at which the profile is measured
LOOSE = 1e-3  # relative gradient at which a point of the profile still counts


def spread_from_bounds(
    problem: Problem,
    charted: Chart,
    point: PointFits,
    seen: Geometry,
    theta: np.ndarray,
    degrees: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Replicates (R, p), charted, moved so that each parameter on its bound has its profile's limits as quantiles.

    Half of them stay on the bound (limits at a confidence below one half are the bound). The k-th smallest
    of the others goes to the limit at its own confidence; the other parameters follow the profile, so that
    every replicate stays a curve that the data allow.

    Returns:
        The replicates, and for each parameter whether its limit exists (p,): False where the loss could
        not be followed far enough to find one.
    """
    limited = np.ones(theta.shape[1], dtype=bool)
    moved = np.array(theta)
    for j in np.flatnonzero(seen.at_bound):
        profile = _profile(problem, charted, point, seen, int(j))
        count = len(moved)
        away = np.abs(moved[:, j] - point.theta[0, j])
        rank = np.empty(count)
        rank[np.lexsort((rng.permutation(count), away))] = np.arange(count)
        wanted = np.maximum(stats.t.ppf((rank + 0.5) / count, degrees), 0.0)
        far = (
            charted.family.upper[j]
            if point.theta[0, j] <= charted.family.lower[j]
            else charted.family.lower[j]
        )
        reached = stats.t.ppf(problem.question.level, degrees) <= profile.reach[-1]
        limited[j] = bool(reached or profile.curves[-1, j] == far)
        moved = profile.follow(moved, wanted)
    return np.clip(moved, charted.family.lower, charted.family.upper), limited


class _Line:
    """The best curves (m, p) as one parameter leaves its bound, and how many t each is away (m,), ascending."""

    def __init__(self, j: int, curves: np.ndarray, reach: np.ndarray, logged: np.ndarray) -> None:
        self.j, self.curves, self.reach, self.logged = j, curves, reach, logged

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


def _profile(problem: Problem, charted: Chart, point: PointFits, seen: Geometry, j: int) -> _Line:
    """The best curve at each of a ladder of values of parameter j, and how many t its loss lies away."""
    family, best = charted.family, point.theta[0]
    logged = np.array([parameter.positive for parameter in family.parameters])
    sign = 1.0 if best[j] <= family.lower[j] else -1.0
    delta = float(point.delta[0] * (point.spread[0] if problem.estimator.name == "huber_free_scale" else 1.0))
    error, scale = _standard_error(problem, charted, point, seen, j, delta)
    if not np.isfinite(error) or not error > 0:
        return _Line(j, point.theta[:1], np.zeros(1), logged)
    # From a small share of the standard error to beyond any confidence that draws ask for, inside the domain.
    ladder = np.concatenate([[0.0], np.geomspace(0.02, 4.0, STEPS // 2), np.geomspace(4.5, 1e4, STEPS // 2)])
    steps = np.unique(np.minimum(ladder * error, family.upper[j] - family.lower[j]))
    start = np.tile(best, (len(steps), 1))
    start[:, j] = best[j] + sign * steps
    lower, upper = np.tile(family.lower, (len(steps), 1)), np.tile(family.upper, (len(steps), 1))
    lower[:, j] = upper[:, j] = start[:, j]
    found = solve(family, problem.scale, Points(charted.z[None], charted.target[None]), Rows(
        problem=np.zeros(len(steps), dtype=int), weight=np.ones((len(steps), len(problem.y))), start=start,
        lower=lower, upper=upper, delta=np.full(len(steps), delta),
    ))  # fmt: skip
    good = np.isfinite(found.objective) & (found.gradient <= LOOSE)
    good[0] = True  # the estimate itself
    rise = np.maximum(found.objective[good] - found.objective[0], 0.0)
    return _Line(j, found.theta[good], np.maximum.accumulate(np.sqrt(2.0 * rise / scale)), logged)


def _standard_error(
    problem: Problem, charted: Chart, point: PointFits, seen: Geometry, j: int, delta: float
) -> tuple[float, float]:
    """Standard error of parameter j as if it had no bound, and c: the loss's worth of a squared t.

    Slopes are those at the estimate, other parameters on their bounds are held. Scores are summed unit by
    unit, with the corrections of the wild bootstrap (HC3, for clusters G / (G - 1)).
    """
    family, n = charted.family, len(problem.y)
    free = np.flatnonzero(~seen.at_bound | (np.arange(len(seen.at_bound)) == j))
    curve, dy = family.evaluate(point.theta[0], charted.z)
    slopes = (dy * problem.scale.derivatives(curve)[0])[free].T
    size = np.linalg.norm(slopes, axis=0)
    q, r = np.linalg.qr(slopes / np.where(size > 0, size, 1.0))
    if not np.isfinite(slopes).all() or not (size > 0).all() or np.linalg.cond(r) > 1e8:
        return np.inf, np.inf
    psi = np.clip(seen.residual, -delta, delta)
    _, unit = np.unique(problem.unit.astype(str), return_inverse=True)
    units = int(unit.max()) + 1
    if units == n:
        psi = psi / np.maximum(1.0 - np.einsum("ij,ij->i", q, q), 0.2)
    else:
        psi = psi * np.sqrt(units / max(1, units - 1))
    at = int(np.flatnonzero(free == j)[0])
    influence = np.linalg.solve(r, q.T)[at] / size[at]  # row j of (J'J)^-1 J'
    bend = _bend(seen, delta)
    error = float(np.sqrt(np.sum(np.bincount(unit, influence * psi) ** 2))) / bend
    curvature = float(np.sum(influence**2)) / bend  # element jj of the inverse of bend J'J
    return error, max(error**2 / curvature, EXACT**2)


def _bend(seen: Geometry, delta: float) -> float:
    """Mean of psi': the share of residuals in the quadratic part of the loss.

    A delta far below the residuals' spread has hardly any there: their density near 0 is then read from half
    a robust standard deviation.
    """
    width = max(delta, 0.5 * seen.robust)
    share = max(float(np.mean(np.abs(seen.residual) <= width)), 1.0 / len(seen.residual))
    return share if width == delta else share * delta / width
