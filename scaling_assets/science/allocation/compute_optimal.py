"""Compute-optimal parameters and tokens of a Chinchilla-type law, for any number of budgets and parameter draws.

What lives here: the closed form, its inference-aware form, and intervals over draws. What does not: plans with prices
(``allocate`` solves those, with the same answer), fitting.

With L(N, D) = E + A N^-alpha + B D^-beta and C = 6 N D (Hoffmann et al. 2022, arXiv:2203.15556, equation 4):
N* = G (C/6)^a, D* = (C/6)^b / G, G = (alpha A / (beta B))^(1/(alpha+beta)), a = beta/(alpha+beta) and
b = alpha/(alpha+beta).

A model that will serve T tokens costs C = 6 N D + 2 N T over its life (Sardana et al. 2023, arXiv:2401.00448,
equation 1). Along C the loss is stationary where alpha A N^-alpha = beta B D^-beta C / (6 N D); the left side falls in
N and the right side rises, so that there is one root, found by halving in ln N.
"""

from dataclasses import dataclass

import numpy as np

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.law import Law

TRAIN, SERVE = 6.0, 2.0  # FLOP a parameter and token
_HALVINGS = 200


@dataclass(frozen=True)
class Ranged:
    """A number with its interval over draws."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class OptimalPoint:
    """The best parameters and tokens for one budget of FLOP.

    ``is_extrapolated`` says that parameters or tokens lie beyond the law's measured range, ``is_refused`` that they
    lie beyond its extrapolation limit: then the numbers say what the form would imply, not what is known.
    """

    compute: float
    parameters: Ranged
    tokens: Ranged
    tokens_per_parameter: Ranged
    loss: Ranged
    is_extrapolated: bool
    is_refused: bool


@dataclass(frozen=True)
class ComputeFrontier:
    """N*(C) and D*(C), with the exponents a and b of growth without serving; ``served`` tokens over the lifetime."""

    points: tuple[OptimalPoint, ...]
    parameter_exponent: Ranged
    token_exponent: Ranged
    served: float
    level: float
    n_draws: int


def optimum(theta: np.ndarray, compute: np.ndarray, served: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """N* and D* (..., n) for parameters (..., 5) as (A, B, E, alpha, beta) and budgets (n,) in FLOP.

    ``served`` are the tokens that the model will serve. NaN where an exponent or coefficient is 0: nothing is then
    gained on one axis, and no inner optimum exists.
    """
    a, b, _, alpha, beta = (np.asarray(theta, dtype=float)[..., i, None] for i in range(5))
    compute = np.asarray(compute, dtype=float)
    with np.errstate(all="ignore"):
        scale = (alpha * a / (beta * b)) ** (1.0 / (alpha + beta))
        n = scale * (compute / TRAIN) ** (beta / (alpha + beta))
        good = (a > 0) & (b > 0) & (alpha > 0) & (beta > 0)
        n = np.where(good, n, np.nan)
    if served > 0:
        # N is largest where nothing is left to train with; serving only ever makes the best model smaller.
        high = np.log(np.minimum(n, compute / (SERVE * served)))
        low = high - 80.0
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            size = np.exp(middle)
            trained = (compute / size - SERVE * served) / TRAIN
            with np.errstate(all="ignore"):
                gain = alpha * a * size**-alpha
                loss = beta * b * trained**-beta * compute / (TRAIN * size * trained)
            is_small = (trained > 0) & (gain > loss)
            low, high = np.where(is_small, middle, low), np.where(is_small, high, middle)
        n = np.exp(0.5 * (low + high))
    return n, (compute / n - SERVE * served) / TRAIN


def frontier(law: Law, compute: np.ndarray, *, served: float = 0.0, level: float = 0.9) -> ComputeFrontier:
    """N*(C), D*(C), tokens a parameter and loss for budgets (n,) of FLOP, with intervals over the law's draws.

    The law's first axis must be parameters, its second tokens, both in single units.

    Raises:
        LawNotUsable: it is no usable Chinchilla law, or has no draws.
    """
    if law.family != "chinchilla" or not law.is_usable or len(law.draws) == 0:
        problem = (
            "a compute-optimal frontier needs a usable law of the family chinchilla with parameter draws"
        )
        raise LawNotUsable(law=f"{law.experiment}.{law.family}", problem=problem)
    compute = np.asarray(compute, dtype=float)
    point = np.array([[p.value for p in law.parameters]], dtype=float)
    both = np.concatenate([point, law.draws])
    n, d = optimum(both, compute, served)
    a, b, e, alpha, beta = (both[:, i, None] for i in range(5))
    with np.errstate(all="ignore"):
        loss = e + a * n**-alpha + b * d**-beta
        share = (beta / (alpha + beta))[:, 0]
    (n_low, n_high), (d_low, d_high) = law.domain
    limit = law.extrapolation_limit

    def beyond(i: int, ratio: float) -> bool:
        return not (n_low / ratio <= n[0, i] <= n_high * ratio and d_low / ratio <= d[0, i] <= d_high * ratio)

    points = []
    for i, c in enumerate(compute):
        size, trained, each, value = (_ranged(values[:, i], level) for values in (n, d, d / n, loss))
        points.append(OptimalPoint(float(c), size, trained, each, value, beyond(i, 1.0), beyond(i, limit)))
    return ComputeFrontier(
        tuple(points), _ranged(share, level), _ranged(1 - share, level), served, level, len(law.draws)
    )


def _ranged(values: np.ndarray, level: float) -> Ranged:
    """The first value, and quantiles of the others; ends are infinite where draws have no optimum."""
    drawn, tail = values[1:], (1 - level) / 2
    low = float(np.quantile(np.where(np.isnan(drawn), -np.inf, drawn), tail, method="inverted_cdf"))
    high = float(np.quantile(np.where(np.isnan(drawn), np.inf, drawn), 1 - tail, method="inverted_cdf"))
    return Ranged(float(values[0]), low, high)
