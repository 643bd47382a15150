"""Known curves: for every family parameters and points at which a fit must give them back.

What belongs here: one entry a registered family, parameters by name and points x (n, k), wide enough apart that
every parameter shows. What does not: noise, tests.
"""

import itertools

import numpy as np


def line(low: float, high: float, n: int) -> np.ndarray:
    """n points on one axis, evenly apart in ln x: (n, 1)."""
    return np.geomspace(low, high, n)[:, None]


def grid(*axes: tuple[float, float, int]) -> np.ndarray:
    """Every combination of evenly spaced (low, high, n) on each axis: (n, k)."""
    return np.array(list(itertools.product(*(np.geomspace(*axis) for axis in axes))))


def repeated() -> np.ndarray:
    """Model sizes, unique tokens and 1 to 64 epochs of them: (n, 3) with columns N, D, U."""
    size, unique, epochs = grid((3e7, 9e9, 5), (1e8, 2.5e10, 4), (1.0, 64.0, 4)).T
    return np.stack([size, unique * epochs, unique], axis=1)


PLANTED: dict[str, tuple[dict[str, float], np.ndarray]] = {
    "constant": ({"c": 3.7}, line(1.0, 64.0, 8)),
    "linear": ({"a": 4.0, "b": 0.5}, line(1.0, 100.0, 9)),
    "logarithmic": ({"a": 2.0, "b": 0.7}, line(2.0, 500.0, 9)),
    "power": ({"a": 1.05, "b": 0.35}, line(1e2, 1e6, 9)),
    "power_floor": ({"E": 1.7, "a": 40.0, "b": 0.4}, line(1e2, 1e7, 12)),
    "usl": ({"gamma": 90.0, "sigma": 0.028, "kappa": 1.0e-4}, line(1.0, 216.0, 12)),
    "chinchilla": (
        {"A": 480.0, "B": 2085.0, "E": 1.82, "alpha": 0.348, "beta": 0.366},
        grid((4e7, 1.6e10, 6), (3e8, 3e11, 6)),
    ),
    "additive_power_3": (
        {"A1": 30.0, "A2": 200.0, "A3": 900.0, "E": 1.6, "b1": 0.45, "b2": 0.3, "b3": 0.36},
        grid((64.0, 8192.0, 4), (1e6, 1e9, 4), (1e8, 1e11, 4)),
    ),
    "additive_power_4": (
        {
            "A1": 3.0,
            "A2": 30.0,
            "A3": 200.0,
            "A4": 900.0,
            "E": 1.6,
            "b1": 0.7,
            "b2": 0.45,
            "b3": 0.3,
            "b4": 0.36,
        },
        grid((2.0, 64.0, 3), (64.0, 8192.0, 3), (1e6, 1e9, 3), (1e8, 1e11, 3)),
    ),
    "broken_power_1": (
        {"a": 0.2, "b": 8.0, "c0": 0.1, "c1": 0.6, "d1": 3e3, "f1": 0.4},
        line(10.0, 1e7, 26),
    ),
    "broken_power_2": (
        {"a": 0.1, "b": 5.0, "c0": 0.05, "c1": 0.7, "d1": 5e2, "f1": 0.4, "c2": -0.5, "d2": 5e5, "f2": 0.6},
        line(3.0, 1e9, 40),
    ),
    "data_constrained": (
        {"A": 521.0, "B": 1488.0, "E": 1.87, "alpha": 0.353, "R_D": 15.4, "R_N": 5.3},
        repeated(),
    ),
    "data_constrained_untied": (
        {"A": 521.0, "B": 1488.0, "E": 1.87, "alpha": 0.36, "beta": 0.345, "R_D": 15.4, "R_N": 5.3},
        repeated(),
    ),
    "experts_bilinear": (
        {"K": 16.0, "a": -0.082, "b": -0.108, "c": 0.009},
        grid((1.5e7, 1.3e9, 5), (1.0, 512.0, 5)),
    ),
    "experts_saturating": (
        {"K": 16.0, "a": -0.082, "b": -0.108, "c": 0.009, "X_start": 1.85, "X_max": 314.0},
        grid((1.5e7, 1.3e9, 5), (1.0, 512.0, 7)),
    ),
    "experts_power": (
        {"A": 35.0, "E": 1.5, "a": 0.18, "b": 0.4, "c": 0.08},
        grid((1.5e7, 1.3e9, 5), (1.0, 512.0, 5)),
    ),
    "shifted_power": ({"E": 0.8, "a": 1.25, "b": 0.6, "s": 200.0}, line(10.0, 1e6, 16)),
    "saturating_power": (
        {"E": 0.12, "y0": 0.96, "k": 2.2, "a": 60.0, "b": 0.45},
        line(10.0, 1e8, 24),
    ),
    "saturating_exponential": ({"c": 5.0, "a": -3.6, "k": 0.04}, line(2.0, 160.0, 12)),
    "hill": ({"hi": 7.5, "x0": 45.0, "h": 1.6}, line(2.0, 2000.0, 12)),
    "log_sigmoid": ({"lo": 0.22, "hi": 0.91, "x0": 3e3, "k": 0.8}, line(10.0, 1e6, 16)),
    "repeated_sampling": ({"a": 1.7, "b": 0.35}, line(1.0, 1000.0, 10)),
    "beta_binomial": ({"alpha": 0.35, "beta": 2.5}, line(1.0, 1000.0, 10)),
    "amdahl": ({"gamma": 21.8, "sigma": 0.058}, line(1.0, 128.0, 8)),
}
