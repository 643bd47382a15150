"""Designs with Student's t: two samples, pairs, strata, and any weighted sum of means.

What lives here: one formula for all of them, a weighted sum of independent means whose variance has
Satterthwaite's degrees of freedom (1946, Biometrics Bulletin 2; two samples: Welch 1947, Biometrika 34).
What does not: tests that need no distribution (``exact``), proportions by items (``proportions``).

Arrays hold one number an independent unit. A unit that has no neighbour in its group shows no spread, and
equal values show none either: both are "not estimable", never certainty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
from scipy import special

from scaling_assets.science.testing.contrast import Bounds, Contrast, fewest, t_contrast, without

#: A spread below this share of the values' size is rounding, not noise.
NO_SPREAD = 1e-12


def weighted(parts: Sequence[tuple[float, np.ndarray]], method: str, names: Sequence[str] = ()) -> Contrast:
    """Return sum(weight x mean) over independent groups of units with Satterthwaite's t.

    Args:
        parts: (weight, values of the group's units, shape (n_k,)).
        method: how it shall be named.
        names: what the groups are called, for the reason when one cannot be estimated.
    """
    sizes = np.array([len(values) for _, values in parts])
    total = int(sizes.sum())
    names = names or [f"group {i + 1}" for i in range(len(parts))]
    if np.any(sizes == 0):
        return without(f"{_listed(names, sizes == 0)} has no unit", total)
    value = float(sum(weight * values.mean() for weight, values in parts))
    if np.any(sizes < 2):
        return without(f"{_listed(names, sizes < 2)} has 1 unit, which shows no spread", total, value)
    spreads = np.array([values.std(ddof=1) for _, values in parts])
    size = np.array([np.abs(values).max() for _, values in parts])
    flat = spreads <= NO_SPREAD * size
    if np.any(flat):
        what = f"all units of {_listed(names, flat)} have the same value: their spread cannot be estimated"
        return without(what, total, value)
    shares = np.array([weight for weight, _ in parts]) ** 2 * spreads**2 / sizes
    variance = float(shares.sum())

    def df(factor: float) -> float:
        return variance**2 / float(np.sum(shares**2 / (sizes * factor - 1)))

    return t_contrast(value, sqrt(variance), df, total, method)


def two_sample(
    treatment: np.ndarray, control: np.ndarray, names: tuple[str, str] = ("treatment", "control")
) -> Contrast:
    """Welch's difference of two means; the groups may differ in size and in spread."""
    found = weighted([(1.0, treatment), (-1.0, control)], "Welch t over units", names)
    return found if found.bounds is None else replace(found, floor=fewest((len(treatment), len(control))))


def paired(differences: np.ndarray, name: str = "the pairs") -> Contrast:
    """Mean of within-pair differences (treatment - control), shape (n,), with n - 1 degrees of freedom."""
    found = weighted([(1.0, differences)], "paired t over pairs", [name])
    n = len(differences)
    return found if found.bounds is None else replace(found, floor=lambda factor: 2.0 ** -(n * factor))


def stratified(strata: Mapping[str, tuple[np.ndarray, np.ndarray]], weights: Mapping[str, float]) -> Contrast:
    """Weighted mean over strata of Welch differences; every stratum needs both arms.

    Args:
        strata: name -> (treatment, control), units that belong to this stratum alone.
        weights: name -> share; they are divided by their sum.
    """
    total = sum(weights[name] for name in strata)
    parts, names = [], []
    for name, (treatment, control) in strata.items():
        share = weights[name] / total
        parts += [(share, treatment), (-share, control)]
        names += [f"treatment at {name}", f"control at {name}"]
    found = weighted(parts, f"Welch t over units, {len(strata)} strata weighted", names)
    counts = [(len(treatment), len(control)) for treatment, control in strata.values()]
    return found if found.bounds is None else replace(found, floor=fewest(*counts))


def clustered_items(
    value: float, variances: Sequence[float], counts: Sequence[int], n_units: int
) -> Contrast:
    """The same difference with the items as units, conditional on the runs that were made.

    Args:
        value: the difference of the arms.
        variances: variance of each arm's mean over its items.
        counts: items of each arm.
        n_units: runs, of which there may be very few.
    """
    variance = float(sum(variances))
    if variance <= 0 or min(counts) < 2:
        return without("the items show no spread", n_units, value)

    def bounds(tail: float, factor: float) -> Bounds:
        half = float(special.ndtri(1 - tail)) * sqrt(variance / factor)
        return value - half, value + half

    return Contrast(value, n_units, "items, conditional on these runs", bounds)


def _listed(names: Sequence[str], chosen: np.ndarray) -> str:
    return ", ".join(name for name, is_chosen in zip(names, chosen, strict=True) if is_chosen)
