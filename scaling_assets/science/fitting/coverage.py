"""Coverage of repeated attempts from counts per problem: the share of problems that k attempts solve.

What belongs here: the unbiased estimate of pass@k and the beta-binomial mixture by maximum likelihood, each with a
bootstrap over problems. What does not: the curves (``laws.beta_binomial``, ``laws.repeated_sampling``), fits of
curves to points. The independent unit is the problem: attempts at one problem share its difficulty, and one
problem's successes enter every k, so a regression through the points of a pass@k curve is far too sure of itself.

Counts are (P,) arrays: ``successes`` among ``attempts`` of each of P problems.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, expit, logit, ndtr, ndtri, polygamma, stdtrit

from scaling_assets.errors import LawNotUsable
from scaling_assets.science.laws.beta_binomial import BetaBinomial

LOG_LOW, LOG_HIGH = -14.0, 14.0  # ln alpha and ln beta stay inside: beyond, the mixture is one point or two
STEPS = 100
GRADIENT_GOAL = 1e-9  # per problem
ROUNDING = 1e-13  # relative fall of a likelihood that is not one


@dataclass(frozen=True, eq=False)
class CoverageCurve:
    """Coverage at each k (K,), its interval over problems, and the bootstrap draws (replicates, K)."""

    k: np.ndarray
    coverage: np.ndarray
    low: np.ndarray
    high: np.ndarray
    draws: np.ndarray


@dataclass(frozen=True, eq=False)
class Mixture:
    """Success chances of problems spread as Beta(alpha, beta), by maximum likelihood.

    ``interval`` (2, 2) has rows alpha, beta and columns low, high; ``draws`` (replicates, 2) are refits to
    resampled problems. ``has_spread`` is False when the counts are compatible with one chance for all problems
    (likelihood ratio on the edge of the domain: Self and Liang 1987, JASA 82, 605-610): alpha and beta then
    only mean their ratio.
    """

    alpha: float
    beta: float
    log_likelihood: float
    has_spread: bool
    interval: np.ndarray
    draws: np.ndarray
    level: float
    problems: int

    def coverage(self, k: np.ndarray) -> CoverageCurve:
        """Predicted coverage of k attempts (K,), also far beyond the attempts made; k at least 1.

        The interval is that of the mean over problems like these; it knows nothing of problems that no number
        of attempts solves, nor of spreads that no beta distribution has.
        """
        k = np.asarray(k, dtype=float)
        family = BetaBinomial()
        draws = family.curve(self.draws, k[:, None])
        coverage = family.curve(np.array([self.alpha, self.beta]), k[:, None])
        low, high = _student(logit(coverage), logit(draws), self.level, self.problems)
        return CoverageCurve(k, coverage, expit(low), expit(high), draws)


def pass_at_k(successes: np.ndarray, attempts: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Unbiased chance (K, P) that at least one of k attempts solves each problem; NaN where k > attempts.

    1 - C(n - c, k) / C(n, k) for c successes of n: Chen et al. (2021), Evaluating Large Language Models
    Trained on Code, arXiv:2107.03374, equation 1. The ratio is a product of c factors 1 - k / (n - i).
    """
    c, n, k = (np.asarray(v, dtype=int) for v in (successes, attempts, k))
    found = np.full((len(k), len(c)), np.nan)
    for size in np.unique(n):
        mine = n == size
        with np.errstate(divide="ignore"):
            factors = np.log1p(np.maximum(-k[:, None] / (size - np.arange(size)), -1.0))
        missed = np.concatenate([np.zeros((len(k), 1)), np.cumsum(factors, axis=1)], axis=1)
        found[:, mine] = np.where(k[:, None] <= size, -np.expm1(missed[:, c[mine]]), np.nan)
    return found


def coverage_curve(
    successes: np.ndarray,
    attempts: np.ndarray,
    k: np.ndarray,
    *,
    seed: int,
    replicates: int = 2000,
    level: float = 0.95,
) -> CoverageCurve:
    """Mean of :func:`pass_at_k` over problems at each k (K,), with a bias-corrected bootstrap over problems.

    Raises:
        LawNotUsable: counts are not counts, or some problem has fewer than k attempts.
    """
    c, n, count = _distinct(successes, attempts)
    k = np.asarray(k, dtype=int)
    if (k < 1).any() or (k > n.min()).any():
        problem = (
            f"k = {k.tolist()} needs problems with at least that many attempts, the fewest are {n.min()}"
        )
        raise LawNotUsable(law="coverage", problem=problem)
    each = pass_at_k(c, n, k)
    draws = _resampled(count, replicates, seed) @ each.T / count.sum()
    coverage = each @ count / count.sum()
    low, high = _percentiles(coverage, draws, level, int(count.sum()))
    return CoverageCurve(k, coverage, low, high, draws)


def fit_mixture(
    successes: np.ndarray, attempts: np.ndarray, *, seed: int, replicates: int = 1000, level: float = 0.95
) -> Mixture:
    """The beta-binomial mixture by maximum likelihood, with Student intervals from a bootstrap over problems.

    Skellam (1948), Journal of the Royal Statistical Society B 10, 257-261.

    Raises:
        LawNotUsable: counts are not counts, no problem has two attempts, or all attempts ended alike.
    """
    c, n, count = _distinct(successes, attempts)
    if n.max() < 2:
        raise LawNotUsable(
            law="beta_binomial", problem="one attempt a problem shows no spread between problems"
        )
    if (c == 0).all() or (c == n).all():
        ended = "failed" if (c == 0).all() else "succeeded"
        raise LawNotUsable(law="beta_binomial", problem=f"every attempt {ended}: no mixture has a best fit")
    point, value = _maximise(c, n, count[:, None].astype(float), _by_moments(c, n, count)[:, None])
    weights = _resampled(count, replicates, seed).T.astype(float)
    refits, _ = _maximise(c, n, weights, np.repeat(point, replicates, axis=1))
    draws = np.exp(refits.T)
    problems = int(count.sum())
    interval = np.exp(np.stack(_student(point[:, 0], refits.T, level, problems), axis=1))
    alpha, beta = np.exp(point[:, 0]).tolist()
    has_spread = 2.0 * float(value[0] - _equal_chances(c, n, count)) > ndtri(level) ** 2
    return Mixture(alpha, beta, float(value[0]), bool(has_spread), interval, draws, level, problems)


def _distinct(successes: np.ndarray, attempts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Different pairs of counts and how many problems have each: resampling problems is resampling pairs."""
    c, n = np.asarray(successes), np.asarray(attempts)
    if c.shape != n.shape or c.ndim != 1 or len(c) < 2:
        raise LawNotUsable(
            law="coverage", problem="it takes one pair of counts for each of at least 2 problems"
        )
    if (
        (c != np.floor(c)).any()
        or (n != np.floor(n)).any()
        or (c < 0).any()
        or (c > n).any()
        or (n < 1).any()
    ):
        raise LawNotUsable(
            law="coverage", problem="successes must be counts between 0 and the attempts, attempts at least 1"
        )
    pairs, count = np.unique(np.stack([c, n]).astype(int), axis=1, return_counts=True)
    return pairs[0], pairs[1], count


def _resampled(count: np.ndarray, replicates: int, seed: int) -> np.ndarray:
    """Times that each pair is drawn (replicates, M) when the problems are resampled with replacement."""
    return np.random.default_rng(seed).multinomial(count.sum(), count / count.sum(), size=replicates)


def _percentiles(
    estimate: np.ndarray, draws: np.ndarray, level: float, problems: int
) -> tuple[np.ndarray, np.ndarray]:
    """Bias-corrected percentiles (Efron 1987, JASA 82, 171-185) with Student's quantiles, for each column."""
    below = 0.5 * (np.mean(draws < estimate, axis=0) + np.mean(draws <= estimate, axis=0))
    edge = 0.5 / len(draws)
    shift = ndtri(np.clip(below, edge, 1.0 - edge))
    reach = stdtrit(problems - 1, 0.5 * (1.0 + level))
    found = [
        np.array([np.quantile(column, share) for column, share in zip(draws.T, shares, strict=True)])
        for shares in (ndtr(2.0 * shift - reach), ndtr(2.0 * shift + reach))
    ]
    return found[0], found[1]


def _student(
    estimate: np.ndarray, draws: np.ndarray, level: float, problems: int
) -> tuple[np.ndarray, np.ndarray]:
    """Student intervals for each column, on a scale on which the estimate is nearly normal (log, logit).

    The standard error is that of the middle ``level`` of the draws: single replicates run away to infinity.
    Measured on 50 problems of 20 attempts, 95 percent intervals cover 94 to 96 percent; percentiles 88 to 92.
    """
    low, high = np.quantile(draws, [0.5 * (1.0 - level), 0.5 * (1.0 + level)], axis=0)
    error = 0.5 * (high - low) / ndtri(0.5 * (1.0 + level))
    reach = stdtrit(problems - 1, 0.5 * (1.0 + level)) * error
    return estimate - reach, estimate + reach


def _equal_chances(c: np.ndarray, n: np.ndarray, count: np.ndarray) -> float:
    """Log-likelihood when every problem has the same chance, which is where alpha and beta go to infinity."""
    p = np.sum(count * c) / np.sum(count * n)
    return float(np.sum(count * (c * np.log(p) + (n - c) * np.log1p(-p))))


def _by_moments(c: np.ndarray, n: np.ndarray, count: np.ndarray) -> np.ndarray:
    """ln alpha and ln beta from the mean and the spread of c / n: where the likelihood's search starts."""
    rate = c / n
    mean = float(np.average(rate, weights=count))
    noise = mean * (1.0 - mean)
    share = max(float(np.average((rate - mean) ** 2, weights=count)) / noise, 1e-6)
    within = float(np.average(1.0 / n, weights=count))
    between = np.clip((share - within) / (1.0 - within) if within < 1 else share, 1e-3, 0.99)
    total = 1.0 / between - 1.0
    return np.clip(np.log([mean * total, (1.0 - mean) * total]), LOG_LOW, LOG_HIGH)


def _maximise(
    c: np.ndarray, n: np.ndarray, weight: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Damped Newton in (ln alpha, ln beta) (2, R) for each column of weights (M, R); also the likelihoods (R,)."""
    at, best = start.copy(), np.full(start.shape[1], -np.inf)
    left, damping = np.arange(start.shape[1]), np.full(start.shape[1], 1e-3)
    value, g, h = _likelihood(c, n, weight, at)
    for _ in range(STEPS):
        here = at[:, left]
        held = ((here <= LOG_LOW) & (g < 0)) | ((here >= LOG_HIGH) & (g > 0))
        g = np.where(held, 0.0, g)
        best[left] = value
        moving = np.abs(g).max(axis=0) >= GRADIENT_GOAL * weight[:, left].sum(axis=0)
        if not moving.any():
            break
        left, damping, value = left[moving], damping[moving], value[moving]
        here, g, h, held = here[:, moving], g[:, moving], h[:, moving], held[:, moving]
        moved = np.clip(here + _step(g, h, held, damping), LOG_LOW, LOG_HIGH)
        new = _likelihood(c, n, weight[:, left], moved)
        better = new[0] >= value - ROUNDING * np.abs(value)
        at[:, left] = np.where(better, moved, here)
        value, g, h = (np.where(better, there, old) for there, old in zip(new, (value, g, h), strict=True))
        damping = np.where(better, damping / 8.0, damping * 4.0)
    return at, best


def _step(g: np.ndarray, h: np.ndarray, held: np.ndarray, damping: np.ndarray) -> np.ndarray:
    """The ascent step (2, R) of -h + damping, made definite where the likelihood is not concave."""
    a, b, d = (np.where(off, 0.0, -v) for off, v in zip((held[0], held.any(axis=0), held[1]), h, strict=True))
    size = np.abs(a) + np.abs(d) + np.abs(b) + 1e-300
    lowest = 0.5 * (a + d) - np.hypot(0.5 * (a - d), b)
    ridge = np.maximum(0.0, 1e-9 * size - lowest) + damping * size
    a, d = a + ridge, d + ridge
    step = np.stack([d * g[0] - b * g[1], a * g[1] - b * g[0]]) / (a * d - b * b)
    return step * np.minimum(1.0, 2.0 / np.maximum(np.abs(step).max(axis=0), 1e-300))


def _likelihood(
    c: np.ndarray, n: np.ndarray, weight: np.ndarray, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-likelihood (R,) without its constant, gradient (2, R) and second derivatives (aa, ab, bb) in logs."""
    alpha, beta = np.exp(at)
    total = alpha + beta
    c, missed, n = c[:, None], (n - c)[:, None], n[:, None]
    value = np.sum(weight * (betaln(c + alpha, missed + beta) - betaln(alpha, beta)), axis=0)
    shared = digamma(total) - digamma(n + total)
    g_a = alpha * np.sum(weight * (digamma(c + alpha) - digamma(alpha) + shared), axis=0)
    g_b = beta * np.sum(weight * (digamma(missed + beta) - digamma(beta) + shared), axis=0)
    cross = polygamma(1, total) - polygamma(1, n + total)
    h_aa = alpha**2 * np.sum(weight * (polygamma(1, c + alpha) - polygamma(1, alpha) + cross), axis=0) + g_a
    h_bb = beta**2 * np.sum(weight * (polygamma(1, missed + beta) - polygamma(1, beta) + cross), axis=0) + g_b
    return value, np.stack([g_a, g_b]), np.stack([h_aa, alpha * beta * np.sum(weight * cross, axis=0), h_bb])
