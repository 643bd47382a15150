"""What is known of parameters before the data: pins and priors, in the coordinates of a fit.

What belongs here: reading declared pins and priors, and charting them. What does not: how they enter the objective
(``newton``) and replicates (``resample``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.laws import Family
from scaling_assets.science.laws.proof import probe


@dataclass(frozen=True, eq=False)
class Known:
    """Pinned values, prior means and standard deviations (p, P) in declared units, NaN where nothing is known.

    ``is_mixing``: a parameter among them depends on other parameters under a change of coordinates.
    """

    pin: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    is_mixing: bool

    def charted(
        self, family: Family, unit: np.ndarray, box: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Lower and upper bounds (p, P) and the prior (2, p, P) in charted coordinates.

        ``box`` are the bounds without pins (p, P), ``unit`` (p, P) is what a charted 1 of each parameter is in
        declared units. A prior of a parameter that is searched on a log scale is lognormal with the declared
        mean and relative standard deviation.
        """
        pin, is_pinned = self.pin / unit, np.isfinite(self.pin)
        lower, upper = (np.where(is_pinned, pin, bound) for bound in box)
        if not np.isfinite(self.mean).any():
            return lower, upper, None
        logged, stated = family.logged[:, None], np.isfinite(self.mean)
        mean, sd = np.where(stated, self.mean / unit, 0.0), np.where(stated, self.sd / np.abs(unit), np.inf)
        with np.errstate(all="ignore"):
            mean = np.where(logged & stated, np.log(np.where(mean > 0, mean, 1.0)), mean)
            sd = np.where(logged & stated, self.sd / np.abs(self.mean), sd)
        return lower, upper, np.stack([mean, sd])


def known(family: Family, problems: Sequence[Problem]) -> Known:
    """The pins and priors of these problems for a family."""
    p = len(family.parameters)
    pin, mean, sd = (np.full((p, len(problems)), np.nan) for _ in range(3))
    for i, problem in enumerate(problems):
        for name, value in problem.question.pins.get(family.name, {}).items():
            pin[family.names.index(name), i] = value
        for name, prior in problem.question.priors.get(family.name, {}).items():
            at = family.names.index(name)
            mean[at, i], sd[at, i] = prior.mean, prior.sd
    named = (np.isfinite(pin) | np.isfinite(mean)).any(axis=1)
    return Known(pin, mean, sd, bool((named & _mixed(family)).any()) if named.any() else False)


def _mixed(family: Family) -> np.ndarray:
    """Parameters (p,) whose natural value depends on more than their own charted value."""
    p, k = len(family.parameters), family.axes
    centre = np.full(k, 0.4 if family.covariate in ("log", "linear") else 0.0)
    scale = np.full(k, 2.0 if family.covariate in ("linear", "ratio") else 1.0)
    y_scale = 3.0 if family.has_scale else 1.0
    theta = probe(family)
    factor = family.rechart(np.ones(p), centre, scale, y_scale)
    moved = family.rechart(theta, centre, scale, y_scale)
    return np.abs(moved - factor * theta) > 1e-12 * np.abs(moved)
