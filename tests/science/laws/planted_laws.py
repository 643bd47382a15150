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
}
