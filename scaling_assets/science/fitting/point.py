"""Point estimates: many starts, annealed losses, the best stationary point, judged by its gradient.

What belongs here: going from points and weights to the best parameters and how we know, for a whole batch. What
does not: intervals (``resample``), the status in words (``fit``).
"""

from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.losses import Loss
from scaling_assets.science.fitting.robust import log_normaliser, robust_sd
from scaling_assets.science.fitting.solve import Solution
from scaling_assets.science.fitting.starts import starts
from scaling_assets.science.fitting.valley import RESTART, follow, promising, put

STATIONARY = 1e-6  # relative gradient (a cosine) below which a point counts as stationary
SAME = 1e-6  # relative difference of objectives below which two starts found the same optimum
HUBER_EFFICIENT = 1.345  # delta in robust standard deviations: 95 % efficient for normal residuals
FREE_SCALE_DELTA = 1e-3  # delta in units of the free scale, as in Besiroglu et al. (2024)
QUANTILE_DELTA = 1e-3  # rounding of the corner of an asymmetric loss, in robust standard deviations
EXACT = 1e-9  # residuals below this are rounding
JUDGED = 8  # steps for each nonlinear parameter, of two at least, after which starts are compared
HOPELESS = (
    30.0  # times the lowest objective then: from there none was seen to reach an optimum that others missed
)
AGAIN = 64  # steps of the others
ABOVE = 1.1  # times the lowest objective: up to there unfinished ends are followed down their valleys
CONTINUED = 3  # of them, the lowest
STILL = 1e-12  # relative descent in a round below which they lie still
ROUGH = 1e-6  # the same for back-tests: their errors then change by less than 1 %
STEPS = 400  # of a start whose scale is free
LEADING = 6  # optima of the first, loosest stage that are followed through the tighter ones


@dataclass(frozen=True, eq=False)
class PointFits:
    """Best fits of a batch, charted: theta (p, P), the rest (P,).

    ``objective`` is in the problem's residual units (for free scale: the negative log-likelihood);
    ``delta`` charted, for free scale relative to ``spread``; ``hit_rate`` the share of starts whose optimum is
    within 1e-6 of the best objective; ``noise`` what priors were weighed against, None without priors.
    """

    theta: np.ndarray
    objective: np.ndarray
    gradient: np.ndarray
    delta: np.ndarray
    spread: np.ndarray
    hit_rate: np.ndarray
    n_starts: np.ndarray
    noise: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class _Runs:
    """Rows of starts, grouped by problem: solutions with K entries a problem, (p, K, P) or (K, P)."""

    batch: Batch
    weight: np.ndarray  # (m, P)
    lower: np.ndarray
    upper: np.ndarray
    noise: np.ndarray | None = None  # (P,) with it, priors take part
    is_brief: bool = False  # one end a problem is followed, and not to the last digit

    def run(
        self, theta: np.ndarray, delta: np.ndarray, *,
        is_scale_free: bool = False, damping: float = 1.0, loss: Loss | None = None,
    ) -> Solution:  # fmt: skip
        """Solve from theta (p, K, P) with delta (P,); the solution has (K, P) in place of rows."""
        p, k, count = theta.shape
        problem = np.tile(np.arange(count), k)
        usable = np.flatnonzero(np.isfinite(theta).all(axis=0).ravel())
        mine = problem[usable]

        def solve(rows: np.ndarray, start: np.ndarray, steps: int, damping: float) -> Solution:
            of = mine[rows]
            return self.batch.solve(
                of, self.weight[:, of], start, delta[of], lower=self.lower[:, of], upper=self.upper[:, of],
                is_scale_free=is_scale_free, damping=damping, max_iterations=steps, loss=loss, noise=self.noise,
            )  # fmt: skip

        first = JUDGED * max(2, len(self.batch.family.nonlinear))
        found = solve(
            np.arange(len(mine)), theta.reshape(p, -1)[:, usable], STEPS if is_scale_free else first, damping
        )
        if not is_scale_free:
            rows = promising(found, mine, HOPELESS)
            if len(rows):
                put(found, rows, solve(rows, found.theta[:, rows], AGAIN, RESTART))
            most, still = (1, ROUGH) if self.is_brief else (CONTINUED, STILL)
            follow(self.batch.family, found, promising(found, mine, ABOVE, most=most), solve, still)
        total = k * count

        def spread(a: np.ndarray, empty: float) -> np.ndarray:
            full = np.full((*a.shape[:-1], total), empty)
            full[..., usable] = a
            return full.reshape(*a.shape[:-1], k, count)

        return Solution(spread(found.theta, np.nan), spread(found.objective, np.inf),
                        spread(found.gradient, np.inf), spread(found.spread, 1.0),
                        spread(found.iterations, 0))  # fmt: skip


def fit_points(
    batch: Batch,
    *,
    weight: np.ndarray | None = None,
    lower: np.ndarray | None = None,
    upper: np.ndarray | None = None,
    is_brief: bool = False,
) -> PointFits:
    """Fit every problem of a batch from its own data-driven starts (``is_brief``: from few of them).

    ``weight`` (m, P) replaces the batch's (rolling origins); ``lower``/``upper`` (p, P) its bounds (floor profile).
    """
    runs = _Runs(batch, batch.weight if weight is None else weight,
                 batch.lower if lower is None else lower, batch.upper if upper is None else upper)  # fmt: skip
    runs = replace(runs, is_brief=is_brief)
    first = starts(batch, runs.weight, is_brief=is_brief)
    first = np.clip(first, runs.lower[:, None], runs.upper[:, None])
    found = _fitted(runs, first)
    if batch.prior is None:
        return found
    for _ in range(2):  # the noise that a prior is weighed against is that of the fit it makes
        noise = _noise(runs, found)
        again = np.concatenate([found.theta[:, None], first], axis=1)
        found = replace(_fitted(replace(runs, noise=noise), again), noise=noise)
    return found


def _noise(runs: _Runs, found: PointFits) -> np.ndarray:
    """Standard deviation of a point's pull on the residual scale (P,): 1 for likelihoods, which know theirs."""
    if runs.batch.sample.loss.is_likelihood:
        return np.ones(runs.batch.count)
    size = robust_sd(runs.batch.residual(found.theta), _of_points(runs), len(found.theta))
    return np.maximum(size, EXACT)


def _fitted(runs: _Runs, first: np.ndarray) -> PointFits:
    """The best fits from starts (p, K, P) under the declared estimator."""
    batch = runs.batch
    name = batch.sample.problems[0].estimator.name
    if name in ("least_squares", "binomial", "poisson"):
        solution, delta, share = *_plain(runs, first), None
    elif name == "huber_free_scale":
        solution, delta, share = _free_scale(runs, first)
    elif name == "huber" and batch.sample.problems[0].estimator.delta is not None:
        solution, delta, share = _declared(runs, first)
    else:
        solution, delta, share = _self_scaled(runs, first)
    return _best(batch, runs.weight, solution, delta, share, first.shape[1])


def _plain(runs: _Runs, first: np.ndarray) -> tuple[Solution, np.ndarray]:
    delta, loss = np.full(runs.batch.count, np.inf), runs.batch.sample.loss
    return runs.run(first, delta, loss=Loss("least_squares") if loss.name == "huber" else loss), delta


def _declared(runs: _Runs, first: np.ndarray) -> tuple[Solution, np.ndarray, np.ndarray]:
    """From loose to tight: the last stage has the declared loss, the ones before lead into its basin."""
    problem = runs.batch.sample.problems[0]
    goal = float(problem.estimator.delta or 0.0) / runs.batch.residual_unit
    theta, share = first, None
    for loose in (0.1, 0.01):
        if (loose > goal).any():
            solution = runs.run(theta, np.maximum(loose, goal))
            theta, share = _leaders(solution, share)
    return runs.run(theta, goal), goal, _shares(theta, share)


def _free_scale(runs: _Runs, first: np.ndarray) -> tuple[Solution, np.ndarray, np.ndarray]:
    """Least squares, then ever smaller deltas: a small one is nearly least absolute deviations."""
    estimator = runs.batch.sample.problems[0].estimator
    goal = estimator.delta if estimator.delta is not None else FREE_SCALE_DELTA
    solution, _ = _plain(runs, first)
    theta, share = _leaders(solution, None)
    total = runs.weight.sum(axis=0)
    best = np.min(solution.objective, axis=0)
    spread = np.sqrt(2.0 * np.where(np.isfinite(best), best, 1.0) / np.maximum(total, 1e-300))
    for loose in 10.0 ** -np.arange(0.0, 6.1, 0.5):
        if loose > goal:
            theta = runs.run(theta, loose * np.maximum(spread, EXACT)).theta
    goals = np.full(runs.batch.count, goal)
    return runs.run(theta, goals, is_scale_free=True), goals, _shares(theta, share)


def _self_scaled(runs: _Runs, first: np.ndarray) -> tuple[Solution, np.ndarray, np.ndarray]:
    """delta = 1.345 robust standard deviations of the residuals, found together with the fit."""
    solution, delta = _plain(runs, first)
    factor = QUANTILE_DELTA if runs.batch.sample.loss.name == "asymmetric_mae" else HUBER_EFFICIENT
    theta, share = _leaders(solution, None)
    solution = _picked(solution, theta)
    p = len(theta)
    for round_ in range(5):
        best = np.argmin(solution.objective, axis=0)[None]
        at = np.take_along_axis(theta, np.broadcast_to(best, (p, *best.shape)), axis=1)[:, 0]
        size = robust_sd(runs.batch.residual(at), _of_points(runs), p)
        new = np.maximum(np.where(np.isfinite(size), size, 1.0) * factor, EXACT * factor)
        if factor < 1.0:  # approach the corner as the self-scaled loss approaches its optimum
            new = new * (1.0, 0.1, 0.01, 0.003, 0.001)[round_] / factor
        settled = np.abs(new - delta) <= 1e-4 * new
        delta = np.where(settled, delta, new)
        if settled.all():
            break
        solution = runs.run(theta, delta, damping=0.0 if factor > 1.0 else 1.0)
        theta = np.where(np.isfinite(solution.objective), solution.theta, theta)
    return solution, delta, _shares(theta, share)


def _of_points(runs: _Runs) -> np.ndarray:
    """Which points count (n, P): those whose support point has weight."""
    return runs.batch.sample.real & (runs.batch.sample.of_points(runs.weight) > 0)


def _leaders(solution: Solution, share: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The distinct lowest optima (p, K', P) of a stage, and the share of starts that each stands for (K', P).

    Starts that ended together need not be followed apart. Those that ended elsewhere stay represented by their
    share, without being followed, beyond the LEADING lowest optima.
    """
    k = solution.objective.shape[0]
    share = np.full(solution.objective.shape, 1.0 / k) if share is None else share
    order = np.argsort(solution.objective, axis=0, kind="stable")
    column = np.arange(order.shape[1])
    value, weight = solution.objective[order, column], share[order, column]
    value = np.where(np.isfinite(value), value, np.inf)
    with np.errstate(invalid="ignore"):
        new = np.diff(value, axis=0, prepend=-np.inf) > SAME * np.abs(value)
    new[0] = True
    rank = np.cumsum(new, axis=0) - 1
    mine = rank == np.arange(min(LEADING, k, int(rank.max(initial=0)) + 1))[:, None, None]  # (K', K, P)
    picked = solution.theta[:, order[np.argmax(mine, axis=1), column], column]
    kept = np.where(mine.any(axis=1), picked, np.nan)
    return kept, np.sum(np.where(mine & np.isfinite(value), weight, 0.0), axis=1)


def _shares(theta: np.ndarray, share: np.ndarray | None) -> np.ndarray:
    return np.full(theta.shape[1:], 1.0 / theta.shape[1]) if share is None else share


def _picked(solution: Solution, theta: np.ndarray) -> Solution:
    """The entries of a solution that became leaders, by their parameters."""
    same = (solution.theta[:, None] == theta[:, :, None]).all(axis=0)  # (K', K, P)
    value = np.min(np.where(same, solution.objective, np.inf), axis=1)
    return Solution(theta, value, np.full_like(value, np.inf), np.ones_like(value), np.zeros_like(value))


def _best(
    batch: Batch, weight: np.ndarray, solution: Solution, delta: np.ndarray, share: np.ndarray | None, k: int
) -> PointFits:
    objective, stationary = solution.objective, solution.gradient <= STATIONARY
    share = np.full(objective.shape, 1.0 / objective.shape[0]) if share is None else share
    # A stationary point is preferred, unless another start went clearly lower without becoming stationary.
    lowest = np.min(objective, axis=0)
    total = weight.sum(axis=0)
    floor = total * 1e-20  # all of them exact
    same = objective <= lowest + SAME * np.abs(lowest) + floor
    fine = same & stationary & np.isfinite(objective)
    pick = np.where(
        fine.any(axis=0), np.argmin(np.where(fine, objective, np.inf), axis=0), np.argmin(objective, axis=0)
    )[None]

    def at(a: np.ndarray) -> np.ndarray:
        return np.take_along_axis(a, np.broadcast_to(pick, (*a.shape[:-2], *pick.shape)), axis=-2)[..., 0, :]

    value, is_free = at(objective), batch.sample.problems[0].estimator.name == "huber_free_scale"
    if is_free:
        value = value + total * (log_normaliser(delta) + np.log(batch.residual_unit))
    elif not batch.sample.loss.is_likelihood:
        value = value * batch.residual_unit**2
    hit = np.sum(np.where(same & np.isfinite(objective), share, 0.0), axis=0)
    return PointFits(at(solution.theta), value, at(solution.gradient), delta, at(solution.spread), np.minimum(hit, 1.0),
                     np.full(batch.count, k))  # fmt: skip
