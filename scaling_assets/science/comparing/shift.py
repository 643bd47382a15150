"""Are newly landed runs like those that the law had before? Tests of residuals and inputs, over any number of looks.

What belongs here: two-sample tests of one landing, the martingale that carries their evidence from look to look.
What does not: comparison with certified laws (``against``), which runs are new (``pipeline``).

Each test compares the units of one landing with all units before, so its p-values are uniform and independent over
looks while nothing changes: under exchangeability the order in which a set of units came says nothing about the set
(Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World, ch. 7-8). A simple mixture martingale bets on
small p-values (Vovk, Nouretdinov & Gammerman 2003, ICML): it grows beyond 1 / alpha with probability alpha at most,
at any time and however often one looks (Ville 1939).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np
from scipy import special, stats

from scaling_assets.records.law import Law
from scaling_assets.records.look import Evidence
from scaling_assets.science.comparing.effects import slopes
from scaling_assets.science.fitting import Problem, point_curve

METHOD = (
    "normal scores of residuals, Kolmogorov-Smirnov, Fisher; simple mixture martingale over looks (Ville), "
    "averaged over tests"
)
FEWEST = 3  # units on either side from which on a slope or a spread is tested
EXACT = 100_000  # pairs of runs up to which Kolmogorov-Smirnov is exact: beyond them that takes seconds
SMALLEST_P = 1e-12


@dataclass(frozen=True)
class Inputs:
    """What the units had: dimensions that are not fixed by the declaration, contexts; by name, one value a unit."""

    dimensions: Mapping[str, np.ndarray]
    contexts: Mapping[str, np.ndarray]


def look(
    law: Law, problem: Problem, is_new: np.ndarray, inputs: Inputs, former: Mapping[str, Evidence]
) -> dict[str, Evidence]:
    """Return the evidence of every test with this landing's p-values added.

    Args:
        law: fitted to all points of the problem.
        is_new: which of the problem's units (in the order of ``problem.units``) landed now (n_units,) bool.
        inputs: of the units, in the same order.
        former: evidence of earlier looks, by test.
    """
    found: dict[str, tuple[float | None, str]] = dict.fromkeys(asked(inputs), (None, ""))
    if 0 < is_new.sum() < len(is_new):
        residual, place = _residuals(law, problem)
        if residual is not None:
            scores = _scores(residual)
            found["level"] = _level(scores, is_new)
            found["slope"] = _slope(scores, place, is_new)
            found["spread"] = _spread(residual, is_new)
        if inputs.dimensions:
            distances = {name: _distance(values, is_new) for name, values in inputs.dimensions.items()}
            found["dimensions"] = _smallest(distances, "other values of")
        if inputs.contexts:
            mixes = {name: _mix(values, is_new) for name, values in inputs.contexts.items()}
            found["context"] = _smallest(mixes, "another mix of")
    return {name: _added(former.get(name, Evidence()), *result) for name, result in found.items()}


def asked(inputs: Inputs) -> tuple[str, ...]:
    """Names of the tests of a law; they do not depend on the data, so that their mean is one bet."""
    named = {"dimensions": inputs.dimensions, "context": inputs.contexts}
    return ("level", "slope", "spread", *(name for name, columns in named.items() if columns))


def wealth(evidence: Collection[Evidence]) -> float:
    """Mean over tests of their martingales: itself one, so that several tests cost one bet."""
    return float(np.mean([martingale(one) for one in evidence])) if evidence else 1.0


def martingale(evidence: Evidence) -> float:
    """Integral over e from 0 to 1 of the product of e p^(e - 1): the simple mixture of power bets.

    With n p-values and s = -sum ln p it is the sum over k of s^k / ((n + 1) ... (n + 1 + k)), or exp(s) n! / s^(n+1)
    P(a gamma variable of shape n + 1 is below s); 1 without any.
    """
    n, s = evidence.n_looks, -evidence.sum_log_p
    if n == 0:
        return 1.0
    if s > n + 1:
        below = float(special.gammainc(n + 1, s))
        return exp(min(s + lgamma(n + 1) - (n + 1) * log(s) + log(below), 700.0))
    total, term, k = 0.0, 1.0 / (n + 1), 0
    while term > 1e-12 * total:
        total, k = total + term, k + 1
        term *= s / (n + 1 + k)
    return total


def loudest(evidence: Mapping[str, Evidence]) -> list[str]:
    """Words of the tests that bet most successfully, the largest first; those that lost are left out."""
    order = sorted(evidence.values(), key=martingale, reverse=True)
    return [one.words for one in order if martingale(one) > 1 and one.words]


def _residuals(law: Law, problem: Problem) -> tuple[np.ndarray | None, np.ndarray]:
    """Each unit's standardised residual (n_units,), and where it lies on the axes (n_units, k).

    The residual of a unit is the mean of its points'. The law was fitted to them, so that residuals are pulled
    towards 0 where a point has leverage: they are divided by sqrt(1 - leverage). None where they do not exist.
    """
    units, count = problem.units, problem.n_units
    number = np.bincount(units, minlength=count)

    def of_units(columns: np.ndarray) -> np.ndarray:
        means = [np.bincount(units, column, count) / number for column in columns.T]
        return np.column_stack(means) if means else np.empty((count, 0))

    with np.errstate(all="ignore"):
        x = np.where((problem.x > 0).all(axis=0), np.log(np.abs(problem.x)), problem.x)
        off = problem.scale.forward(problem.y) - problem.scale.forward(point_curve(law, problem.x))
        slope = slopes(law, problem.x)[0] if len(law.draws) else np.empty((len(off), 0))
    place = of_units(x)
    if not (np.isfinite(off).all() and np.isfinite(slope).all()):
        return None, place
    basis, _ = np.linalg.qr(of_units(slope))
    left = np.sqrt(np.maximum(1 - np.sum(basis**2, axis=1), 0.1))
    return of_units(off[:, None])[:, 0] / left, place


def _scores(values: np.ndarray) -> np.ndarray:
    """Normal scores of the ranks: heavy tails become normal ones."""
    return np.asarray(stats.norm.ppf(stats.rankdata(values) / (len(values) + 1)))


def _level(scores: np.ndarray, is_new: np.ndarray) -> tuple[float | None, str]:
    """Two-sample t of the scores."""
    p_value, higher = _two_sample(scores, is_new)
    return p_value, f"new runs lie {'above' if higher else 'below'} the former ones around the law"


def _two_sample(values: np.ndarray, is_new: np.ndarray) -> tuple[float | None, bool]:
    """Two-sided p-value of Student's t with one variance, and whether the new ones lie higher."""
    new, former = values[is_new], values[~is_new]
    degrees, difference = len(values) - 2, float(new.mean() - former.mean())
    if degrees < 1:
        return None, difference > 0
    squares = float(np.sum((new - new.mean()) ** 2) + np.sum((former - former.mean()) ** 2))
    error = np.sqrt(squares / degrees * (1 / len(new) + 1 / len(former)))
    return (
        float(2 * special.stdtr(degrees, -abs(difference) / error)) if error > 0 else None
    ), difference > 0


def _slope(scores: np.ndarray, place: np.ndarray, is_new: np.ndarray) -> tuple[float | None, str]:
    """Whether the scores rise along an axis otherwise among new units than among former ones; the smallest p."""
    words = "new runs bend away from the law along the scales"
    p_values = []
    for z in place.T:
        if min(len(np.unique(z[is_new])), len(np.unique(z[~is_new]))) < 2 or min(_sizes(is_new)) < FEWEST:
            continue
        d, centred = is_new.astype(float), z - z.mean()
        design = np.column_stack([np.ones(len(z)), d, centred, d * centred])
        beta, _, rank, _ = np.linalg.lstsq(design, scores, rcond=None)
        degrees = len(z) - rank
        if rank < 4 or degrees < 1:
            continue
        variance = float(np.sum((scores - design @ beta) ** 2)) / degrees
        error = np.sqrt(variance * np.linalg.inv(design.T @ design)[3, 3])
        p_values.append(2 * float(stats.t.sf(abs(beta[3]) / error, degrees)) if error > 0 else 1.0)
    return (min(1.0, len(p_values) * min(p_values)), words) if p_values else (None, words)


def _spread(residual: np.ndarray, is_new: np.ndarray) -> tuple[float | None, str]:
    """Two-sample t of the normal scores of distances from the own median (Fligner & Killeen 1976, JASA 71)."""
    if min(_sizes(is_new)) < FEWEST:
        return None, ""
    own = np.where(is_new, np.median(residual[is_new]), np.median(residual[~is_new]))
    ranks = stats.rankdata(np.abs(residual - own))
    distance = stats.norm.ppf(0.5 + ranks / (2 * (len(ranks) + 1)))
    p_value, wider = _two_sample(distance, is_new)
    return p_value, f"new runs scatter {'more' if wider else 'less'} around the law"


def _distance(values: np.ndarray, is_new: np.ndarray) -> float | None:
    """Two-sample Kolmogorov-Smirnov; with ties its p-value is too large, never too small."""
    new, former = values[is_new], values[~is_new]
    new, former = new[np.isfinite(new)], former[np.isfinite(former)]
    if not len(new) or not len(former) or np.ptp(np.concatenate([new, former])) == 0:
        return None
    method = "exact" if len(new) * len(former) <= EXACT else "asymp"
    return _fine(stats.ks_2samp(new, former, method=method).pvalue)


def _mix(values: np.ndarray, is_new: np.ndarray) -> float | None:
    """Fisher's exact test of each category against all others, Bonferroni over the categories."""
    names = np.unique(values.astype(str))
    if len(names) < 2:
        return None
    own = values.astype(str)[:, None] == names[: 1 if len(names) == 2 else None]
    p_values = [
        stats.fisher_exact([[int((hit & is_new).sum()), int((~hit & is_new).sum())],
                            [int((hit & ~is_new).sum()), int((~hit & ~is_new).sum())]]).pvalue
        for hit in own.T
    ]  # fmt: skip
    return min(1.0, len(p_values) * float(min(p_values)))


def _smallest(found: Mapping[str, float | None], words: str) -> tuple[float | None, str]:
    """Bonferroni over columns, and the column that differs most."""
    known = {name: p for name, p in found.items() if p is not None}
    if not known:
        return None, ""
    name = min(known, key=lambda column: known[column])
    return min(1.0, len(known) * known[name]), f"new runs have {words} {name}"


def _added(former: Evidence, p_value: float | None, words: str) -> Evidence:
    if p_value is None:
        return former
    return Evidence(former.n_looks + 1, former.sum_log_p + log(max(p_value, SMALLEST_P)), p_value, words)


def _sizes(is_new: np.ndarray) -> Sequence[int]:
    return int(is_new.sum()), int((~is_new).sum())


def _fine(p_value: float) -> float | None:
    return float(p_value) if np.isfinite(p_value) else None
