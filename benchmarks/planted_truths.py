"""What the coverage benchmark plants: truths with sizes as in their literature, and designs that suit them.

What belongs here: parameters, ranges of x, designs. What does not: noise, experiments (``planted_experiments``), what
is measured of them (``coverage``). The set "planted" are the truths that the method was developed with, "fresh" others
that it is checked with, "bounds" truths that lie exactly on a bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scaling_assets.science.laws import FAMILIES
from tests.science.laws.planted_laws import PLANTED

Range = tuple[float, float]


@dataclass(frozen=True)
class Truth:
    """One law: parameters by name, the measured range of each axis. ``note`` tells it from others of its family.

    ``is_repeated``: the axes are model size, tokens and unique tokens, laid out as size x unique x epochs, and the
    range of the second is that of the epochs.
    """

    family: str
    values: Mapping[str, float]
    ranges: tuple[Range, ...]
    note: str = ""
    is_repeated: bool = False

    @property
    def theta(self) -> np.ndarray:
        """Parameters in the family's order (p,)."""
        return np.array([self.values[name] for name in FAMILIES[self.family].names])

    @property
    def name(self) -> str:
        """The family, and the note where there is one."""
        return f"{self.family} {self.note}".strip()

    @property
    def seen(self) -> np.ndarray:
        """Lowest and highest x on every axis (2, k)."""
        ends = np.array(self.ranges).T
        if self.is_repeated:
            ends[:, 1] *= ends[:, 2]
        return ends

    def grid(self, scales: int) -> np.ndarray:
        """Every combination of ``scales`` places an axis, evenly apart in ln x (scales ** k, k)."""
        axes = [np.geomspace(low, high, scales) for low, high in self.ranges]
        cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
        if self.is_repeated:
            cells[:, 1] *= cells[:, 2]
        return cells


@dataclass(frozen=True)
class Design:
    """``scales`` places an axis (by the number of axes) times ``runs``; clusters: each unit is at every scale.

    A family gets as many more scales as it needs: all its least points where there is one run each, half of them
    where there are more; two scales an axis fewer than its parameters leave on two axes, five more on one.
    """

    name: str
    scales: Mapping[int, int]
    runs: int
    is_clustered: bool = False
    is_unequal: bool = False

    def places(self, family: str) -> int:
        """Places an axis for a family."""
        law = FAMILIES[family]
        k, p = law.axes, len(law.parameters)
        least = law.min_points if self.runs == 1 else law.min_points // 2
        more = {1: p + 5 if p > 4 else 0, 2: p - 1}.get(k, 0)
        return max(self.scales[k], law.min_scales, more, int(np.ceil(least ** (1.0 / k) - 1e-9)))

    def points(self, truth: Truth) -> tuple[np.ndarray, np.ndarray]:
        """Points x (n, k) over the range of the truth, and the unit of each (n,)."""
        cells = truth.grid(self.places(truth.family))
        runs = np.full(len(cells), self.runs)
        if self.is_unequal:
            share = 2 * self.runs * (np.arange(len(cells))[::-1] + 0.5) / len(cells)
            runs = np.maximum(1, share.astype(int))
        x = np.repeat(cells, runs, axis=0)
        numbers = np.concatenate([np.arange(run) for run in runs]) if self.is_clustered else np.arange(len(x))
        return x, numbers


DESIGNS = (
    Design("few", {1: 7, 2: 4, 3: 3, 4: 3}, 1),
    Design("some", {1: 8, 2: 5, 3: 3, 4: 3}, 3),
    Design("many", {1: 8, 2: 6, 3: 4, 4: 3}, 6),
)
MORE_DESIGNS = (
    Design("9 x 1", {1: 9, 2: 5, 3: 3, 4: 3}, 1),
    Design("6 x 4", {1: 6, 2: 4, 3: 3, 4: 3}, 4),
    Design("12 x 5", {1: 12, 2: 5, 3: 4, 4: 3}, 5),
    Design("5 x 1", {1: 5, 2: 3, 3: 3, 4: 3}, 1),
    Design("12 x 1", {1: 12, 2: 5, 3: 3, 4: 3}, 1),
    Design("unequal runs", {1: 7, 2: 4, 3: 3, 4: 3}, 3, is_unequal=True),
    Design("6 units at all scales", {1: 8, 2: 4, 3: 3, 4: 3}, 6, is_clustered=True),
    Design("15 units at all scales", {1: 8, 2: 4, 3: 3, 4: 3}, 15, is_clustered=True),
)
FRESH_DESIGNS = ("9 x 1", "6 x 4", "12 x 5")


def _planted(family: str) -> Truth:
    values, x = PLANTED[family]
    if family.startswith("data_constrained"):
        epochs = x[:, 1] / x[:, 2]
        columns = (x[:, 0], epochs, x[:, 2])
        return Truth(
            family, values, tuple((float(c.min()), float(c.max())) for c in columns), is_repeated=True
        )
    return Truth(family, values, tuple((float(c.min()), float(c.max())) for c in x.T))


_FRESH: tuple[tuple[str, dict[str, float], tuple[Range, ...]], ...] = (
    ("constant", {"c": 0.04}, ((1.0, 16.0),)),
    ("linear", {"a": 120.0, "b": 3.1}, ((1.0, 64.0),)),
    ("logarithmic", {"a": 0.3, "b": 0.12}, ((4.0, 4096.0),)),
    ("power", {"a": 12.0, "b": -0.076}, ((1e6, 3e9),)),
    ("power_floor", {"E": 0.5, "a": 8.0, "b": 0.25}, ((1e3, 1e6),)),
    ("shifted_power", {"E": 0.3, "a": 2.0, "b": 0.8, "s": 50.0}, ((5.0, 5e4),)),
    ("saturating_power", {"E": 0.2, "y0": 0.75, "k": 0.5, "a": 30.0, "b": 0.35}, ((30.0, 3e7),)),
    ("saturating_exponential", {"c": 30.0, "a": -22.0, "k": 0.015}, ((5.0, 300.0),)),
    ("hill", {"hi": 95.0, "x0": 12.0, "h": 1.1}, ((1.0, 256.0),)),
    ("log_sigmoid", {"lo": 0.25, "hi": 0.85, "x0": 1e4, "k": 0.6}, ((50.0, 1e7),)),
    ("broken_power_1", {"a": 0.1, "b": 3.0, "c0": 0.05, "c1": 0.4, "d1": 1e4, "f1": 0.5}, ((50.0, 1e7),)),
    ("broken_power_2",
     {"a": 0.05, "b": 4.0, "c0": 0.1, "c1": 0.5, "d1": 1e3, "f1": 0.5, "c2": -0.35, "d2": 1e6, "f2": 0.5},
     ((10.0, 1e9),)),
    ("repeated_sampling", {"a": 3.2, "b": 0.25}, ((1.0, 10000.0),)),
    ("beta_binomial", {"alpha": 0.6, "beta": 12.0}, ((1.0, 300.0),)),
    ("usl", {"gamma": 21.0, "sigma": 0.06, "kappa": 5e-4}, ((1.0, 128.0),)),
    ("amdahl", {"gamma": 100.0, "sigma": 0.02}, ((1.0, 64.0),)),
    ("chinchilla", {"A": 406.4, "B": 410.7, "E": 1.69, "alpha": 0.34, "beta": 0.28}, ((7e7, 1.6e10), (1e9, 5e11))),
    ("additive_power_3", {"A1": 12.0, "A2": 90.0, "A3": 400.0, "E": 1.9, "b1": 0.4, "b2": 0.28, "b3": 0.31},
     ((32.0, 4096.0), (1e6, 1e9), (1e8, 1e11))),
    ("additive_power_4",
     {"A1": 2.0, "A2": 12.0, "A3": 90.0, "A4": 400.0, "E": 1.9, "b1": 0.8, "b2": 0.4, "b3": 0.28, "b4": 0.31},
     ((2.0, 48.0), (32.0, 4096.0), (1e6, 1e9), (1e8, 1e11))),
    ("experts_bilinear", {"K": 12.0, "a": -0.07, "b": -0.09, "c": 0.007}, ((3e7, 3e9), (1.0, 256.0))),
    ("experts_saturating", {"K": 12.0, "a": -0.07, "b": -0.1, "c": 0.008, "X_start": 2.5, "X_max": 200.0},
     ((3e7, 3e9), (1.0, 512.0))),
    ("experts_power", {"A": 60.0, "E": 1.3, "a": 0.2, "b": 0.35, "c": 0.07}, ((3e7, 3e9), (1.0, 256.0))),
)  # fmt: skip
_FRESH_REPEATED: tuple[tuple[str, dict[str, float]], ...] = (
    ("data_constrained", {"A": 400.0, "B": 900.0, "E": 1.7, "alpha": 0.33, "R_D": 10.0, "R_N": 8.0}),
    ("data_constrained_untied",
     {"A": 400.0, "B": 900.0, "E": 1.7, "alpha": 0.34, "beta": 0.32, "R_D": 10.0, "R_N": 8.0}),
)  # fmt: skip

TRUTHS: dict[str, tuple[Truth, ...]] = {
    "planted": tuple(_planted(family) for family in PLANTED),
    "fresh": (
        *(Truth(*one) for one in _FRESH),
        *(
            Truth(family, values, ((5e7, 9e9), (1.0, 40.0), (2e8, 2e10)), is_repeated=True)
            for family, values in _FRESH_REPEATED
        ),
    ),
    "bounds": (
        Truth("usl", {"gamma": 90.0, "sigma": 0.028, "kappa": 0.0}, ((1.0, 216.0),), "kappa = 0"),
        Truth("usl", {"gamma": 90.0, "sigma": 0.0, "kappa": 1e-4}, ((1.0, 216.0),), "sigma = 0"),
        Truth("power_floor", {"E": 0.0, "a": 40.0, "b": 0.4}, ((1e2, 1e7),), "E = 0"),
        Truth("chinchilla", {"A": 480.0, "B": 2085.0, "E": 0.0, "alpha": 0.15, "beta": 0.17},
              ((4e7, 1.6e10), (3e8, 3e11)), "E = 0"),
        Truth("amdahl", {"gamma": 21.8, "sigma": 0.0}, ((1.0, 128.0),), "sigma = 0"),
    ),
    "near bounds": (
        Truth("usl", {"gamma": 21.0, "sigma": 0.06, "kappa": 1.5e-5}, ((1.0, 128.0),), "kappa near 0"),
        Truth("usl", {"gamma": 21.0, "sigma": 0.0, "kappa": 5e-4}, ((1.0, 128.0),), "sigma = 0"),
        Truth("usl", {"gamma": 21.0, "sigma": 0.06, "kappa": 0.0}, ((1.0, 128.0),), "kappa = 0"),
        Truth("power_floor", {"E": 0.02, "a": 8.0, "b": 0.25}, ((1e3, 1e6),), "E near 0"),
        Truth("power_floor", {"E": 0.0, "a": 8.0, "b": 0.25}, ((1e3, 1e6),), "E = 0"),
        Truth("log_sigmoid", {"lo": 0.0, "hi": 0.85, "x0": 1e4, "k": 0.6}, ((50.0, 1e7),), "lo = 0"),
    ),
}  # fmt: skip
