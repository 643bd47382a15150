"""Tests that need nothing but the random assignment: sign flips of pairs, relabelling of two arms.

What lives here: one-sided p-values and the bounds that invert them. Under a shift of the treated units by
theta, every re-assignment r is at least as large as the observed one from some theta_r on, so a bound is an
order statistic of the theta_r (Hartigan 1969, JASA 64, for sign flips; Garthwaite 1996, Biometrics 52, for
two samples). All re-assignments are used while there are at most MOST of them, otherwise MOST drawn with a
fixed seed and the identity. What does not: ``scipy.stats.permutation_test`` gives the same p-values (a
test compares them) but no bounds.
"""

from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np

from scaling_assets.science.testing.contrast import Bounds, Contrast
from scaling_assets.science.testing.designs import NO_SPREAD, paired, two_sample

MOST = 20_000
SEED = 20_240_501  # of the re-assignments that are drawn where there are too many to list


def sign_flips(differences: np.ndarray) -> Contrast:
    """Mean within-pair difference, shape (n,); p cannot go below 2^-n on one side."""
    n = len(differences)
    base = paired(differences)
    if base.bounds is None:
        return base
    if 2**n <= MOST:
        flipped = (np.arange(1, 2**n)[:, None] >> np.arange(n)) & 1 > 0
        how = f"all {2**n} sign flips"
    else:
        flipped = np.random.default_rng(SEED).random((MOST, n)) < 0.5
        flipped = flipped[flipped.any(axis=1)]
        how = f"{len(flipped) + 1} sign flips drawn"
    # Flipping a set of pairs reaches the observed mean as soon as the set's own mean is at most theta.
    shifts = flipped @ differences / flipped.sum(axis=1)
    return _inverted(base, shifts, f"exact, {how} of {n} pairs")


def relabelled(treatment: np.ndarray, control: np.ndarray) -> Contrast:
    """Difference of two means under a shift, by relabelling the units."""
    n, m = len(treatment), len(control)
    base = two_sample(treatment, control)
    if base.value is None or all(
        np.ptp(values) <= NO_SPREAD * np.abs(values).max() for values in (treatment, control)
    ):
        return base
    values = np.concatenate([treatment, control])
    if comb(n + m, n) <= MOST:
        chosen = np.array(list(combinations(range(n + m), n)))[1:]  # the first one is the observed one
        how = f"all {comb(n + m, n)} relabellings"
    else:
        ranks = np.random.default_rng(SEED).random((MOST, n + m))
        chosen = np.argpartition(ranks, n - 1, axis=1)[:, :n]
        chosen = chosen[np.any(chosen >= n, axis=1)]
        how = f"{len(chosen) + 1} relabellings drawn"
    sums, kept = values[chosen].sum(axis=1), (chosen < n).sum(axis=1)
    difference = sums / n - (values.sum() - sums) / m
    share = kept / n - (n - kept) / m  # the shift that a relabelling keeps
    shifts = (base.value - difference) / (1 - share)
    return _inverted(base, shifts, f"exact, {how} of {n} and {m} units")


def _inverted(base: Contrast, shifts: np.ndarray, method: str) -> Contrast:
    """Bounds and p-values from the shifts at which each re-assignment catches up with the observed one."""
    assert base.value is not None
    ordered, count = np.sort(shifts), len(shifts) + 1
    tie = 1e-9 * max(float(np.abs(ordered).max(initial=0.0)), abs(base.value))

    def bounds(tail: float, factor: float) -> Bounds:
        if factor != 1.0:  # what more units would give is not enumerable: Student's t stands in
            return base.bounds(tail, factor) if base.bounds is not None else (None, None)
        k = int(tail * count + 1e-9)
        return (float(ordered[k - 1]), float(ordered[-k])) if 1 <= k < count else (None, None)

    def p_values(limit: float) -> tuple[float, float]:
        above = 1 + np.searchsorted(ordered, limit + tie, side="right")
        below = 1 + len(ordered) - np.searchsorted(ordered, limit - tie, side="left")
        return float(above) / count, float(below) / count

    floor = base.floor or (lambda factor: 1 / count)
    return replace(
        base, method=method, bounds=bounds, reason="", floor=floor,
        evidence={**base.evidence, "reassignments": float(count)}, exact_p=p_values,
    )  # fmt: skip
