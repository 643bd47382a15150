"""The losses and residual scales of ``fitting.losses`` and ``fitting.scale`` once more, for vectors.

What belongs here: the same values and derivatives, chosen by number. What does not: sums over points (``sums``). Tests
hold the two to the same optima for every loss on every scale.
"""

import math

import numpy as np
from numba import njit

from scaling_assets.science.fitting.compiled.lanes import spread

LOSSES = {"least_squares": 0, "huber": 1, "asymmetric_mae": 2, "binomial": 3, "poisson": 4}
SCALES = {"identity": 0, "log": 1, "logit": 2}
LEAST_SQUARES, HUBER, ASYMMETRIC, BINOMIAL, POISSON = range(5)  # from BINOMIAL on: likelihoods
IDENTITY, LOG, LOGIT = range(3)

part = njit(error_model="numpy", inline="always")  # has one place of call, so that inlining it costs nothing


@part
def scaled(scale, y):  # type: ignore[no-untyped-def]
    """h(y), h'(y)."""
    eta, slope = y, spread(1.0)
    if scale != IDENTITY:
        eta, slope = np.log(y), 1.0 / y
        if scale == LOGIT:
            eta, slope = eta - np.log1p(-y), 1.0 / (y * (1.0 - y))
    return eta, slope


@part
def cost(loss, share, eta, target, least, delta):  # type: ignore[no-untyped-def]
    """The cost of each point, unweighted."""
    r = eta - target
    if loss == LEAST_SQUARES:
        value = 0.5 * r * r
    elif loss == POISSON:
        value = np.exp(eta) - target * eta - least
    elif loss == BINOMIAL:
        value = np.logaddexp(0.0, eta) - target * eta - least
    else:
        psi = np.minimum(np.maximum(r, -delta), delta)
        value = psi * (r - 0.5 * psi)
        if loss == ASYMMETRIC:
            value = value * np.where(r < 0.0, spread(share), spread(1.0 - share))
    return value


@part
def stiffness(loss, share, eta, target, delta):  # type: ignore[no-untyped-def]
    """First derivative, second derivative, weight of the majorising quadratic."""
    r = eta - target
    psi, bend, metric = r, spread(1.0), spread(1.0)
    if loss == POISSON:
        bend = np.exp(eta)
        psi, metric = bend - target, bend
    elif loss == BINOMIAL:
        rate = 0.5 * (1.0 + np.tanh(0.5 * eta))
        psi, bend = rate - target, rate * (1.0 - rate)
        metric = np.maximum(bend, 1e-12)
    elif loss != LEAST_SQUARES:
        size = np.abs(r)
        psi = np.minimum(np.maximum(r, -delta), delta)
        bend = np.where(size <= delta, spread(1.0), spread(0.0))
        metric = delta / np.maximum(size, delta)
        if loss == ASYMMETRIC:
            side = np.where(r < 0.0, spread(share), spread(1.0 - share))
            psi, bend, metric = psi * side, bend * side, metric * side
    return psi, bend, metric


@part
def least_cost(loss, rate):  # type: ignore[no-untyped-def]
    """What is taken off a point's negative log-likelihood, so that the best curve costs 0."""
    yes = rate * math.log(rate) if rate > 0.0 else 0.0
    no = (1.0 - rate) * math.log(1.0 - rate) if rate < 1.0 else 0.0
    return rate - yes if loss == POISSON else -yes - no
