"""The general additive power law: each of K covariates reduces its own part of the loss.

What belongs here: three and four covariates. What does not: one (``power_floor``) and two (``chinchilla``).
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter


def _parameters(axes: int) -> tuple[Parameter, ...]:
    numbers = range(1, axes + 1)
    return (
        *(
            Parameter(f"A{j}", f"the part that x{j} reduces, at x{j} = 1", "coefficient",
                      f"{{y}}/{{x{j - 1}}}^-b{j}", lower=0.0) for j in numbers
        ),
        Parameter("E", "the irreducible part: what remains when all covariates grow", "floor", "{y}", lower=0.0),
        *(Parameter(f"b{j}", f"decay exponent of x{j}", "exponent", lower=0.0, upper=10.0) for j in numbers),
    )  # fmt: skip


class AdditivePower(Family):
    """Width, depth, data, steps: every covariate that grows takes its part of the loss to 0, none another's."""

    citation = (
        "Hestness et al. (2017), Deep Learning Scaling is Predictable, Empirically, arXiv:1712.00409, for one "
        "covariate; Hoffmann et al. (2022), Training Compute-Optimal Large Language Models, arXiv:2203.15556, "
        "equation 2, for two. Here the same sum with more terms."
    )
    at_zero = "infinity on any axis"
    at_infinity = "E when all grow; E plus the parts of the others when one does"
    covariate = "log"
    min_scales = 3

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """The loss; dL/dA_j = x_j^-b_j, dL/dE = 1, dL/db_j = -A_j x_j^-b_j ln x_j."""
        axes = len(z)
        total = theta[axes] + 0.0 * z[0]
        dy[axes] = 1.0
        for j in range(axes):
            decay = np.exp(-theta[axes + 1 + j] * z[j])
            part = theta[j] * decay
            dy[j] = decay
            dy[axes + 1 + j] = -part * z[j]
            total = total + part
        return total

    @staticmethod
    def bend(theta: np.ndarray, z: np.ndarray, dy: np.ndarray, d2: np.ndarray) -> None:
        """d2L/dA_j db_j = -x_j^-b_j ln x_j, d2L/db_j^2 = A_j x_j^-b_j ln^2 x_j."""
        axes = len(z)
        for j in range(axes):
            d2[2 * j] = -dy[j] * z[j]
            d2[2 * j + 1] = -dy[axes + 1 + j] * z[j]

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + scale z on each axis: b = q / scale, A = c exp(b centre)."""
        axes = self.axes
        out = np.array(theta, dtype=float)
        for j in range(axes):
            out[axes + 1 + j] = theta[axes + 1 + j] / scale[j]
            out[j] = theta[j] * np.exp(out[axes + 1 + j] * centre[j]) * y_scale
        out[axes] = theta[axes] * y_scale
        return out


class ThreeCovariates(AdditivePower):
    """Three things can be bought."""

    name = "additive_power_3"
    title = "Additive power law, three covariates"
    equation = "L = E + A1 x1^-b1 + A2 x2^-b2 + A3 x3^-b3"
    axes = 3
    parameters = _parameters(3)
    linear = ("A1", "A2", "A3", "E")
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = dict.fromkeys(
        ("b1", "b2", "b3"), (0.04, 0.12, 0.22, 0.34, 0.5, 0.75, 1.2)
    )
    depends: ClassVar[Mapping[str, tuple[str, ...]]] = {"A1": ("b1",), "A2": ("b2",), "A3": ("b3",), "E": ()}
    second = (("A1", "b1"), ("b1", "b1"), ("A2", "b2"), ("b2", "b2"), ("A3", "b3"), ("b3", "b3"))
    min_points = 9


class FourCovariates(AdditivePower):
    """Four things can be bought."""

    name = "additive_power_4"
    title = "Additive power law, four covariates"
    equation = "L = E + A1 x1^-b1 + A2 x2^-b2 + A3 x3^-b3 + A4 x4^-b4"
    axes = 4
    parameters = _parameters(4)
    linear = ("A1", "A2", "A3", "A4", "E")
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = dict.fromkeys(
        ("b1", "b2", "b3", "b4"), (0.05, 0.18, 0.34, 0.6, 1.1)
    )
    depends: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "A1": ("b1",),
        "A2": ("b2",),
        "A3": ("b3",),
        "A4": ("b4",),
        "E": (),
    }
    second = (
        ("A1", "b1"), ("b1", "b1"), ("A2", "b2"), ("b2", "b2"),
        ("A3", "b3"), ("b3", "b3"), ("A4", "b4"), ("b4", "b4"),
    )  # fmt: skip
    min_points = 11
