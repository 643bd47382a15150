"""What an estimate is: a number, its bounds, how they came about, or why there are none.

What lives here: the contract of the estimators (one metric kind a file) and the pieces that more
than one of them needs. What does not: the registry (``kinds``), thresholds (``gates``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

#: Below this many units a t interval rests on a single difference.
MIN_UNITS_T = 3
#: Below this many units the spread between units cannot be told from chance well enough to correct
#: counts for it or to resample it.
MIN_UNITS_SPREAD = 5
#: Fewer than MIN_UNITS_SPREAD units that differ by more than this are not pooled at all.
HOMOGENEITY_LEVEL = 0.05

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Confidence:
    """How sure, and on how many sides: two for an interval, one for bounds used one at a time."""

    level: float
    sides: Literal[1, 2] = 2

    @property
    def tail(self) -> float:
        """Error probability of each bound."""
        return (1 - self.level) / self.sides

    @property
    def edge_tail(self) -> float:
        """Error probability of the only open bound, when the estimate lies on the other one.

        With no event at all the lower bound is 0 without error, so the upper one gets all of it:
        this is the "rule of three" (3.0 / n at 95 %).
        """
        return 1 - self.level


@dataclass(frozen=True)
class Estimate:
    """A pooled value with its bounds in the metric's unit; a bound is None where it is not estimable.

    ``reason`` says why a bound is missing ("" when none is). ``grown(f)`` gives the bounds to expect
    if ``f`` times as many units looked like these; None when more of the same would not help.
    """

    value: float | None
    low: float | None
    high: float | None
    n_units: int
    n_rows: int
    method: str
    reason: str = ""
    evidence: Mapping[str, float | None] = field(default_factory=dict)
    grown: Callable[[float], Bounds] | None = None


@dataclass(frozen=True)
class Units:
    """One line a unit, its cells put together: row-weighted values, added sums, joined samples."""

    value: np.ndarray
    rows: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    samples: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_rows(self) -> int:
        """Rows behind all units."""
        return int(self.rows.sum())

    def none(self, reason: str, value: float | None = None, **evidence: float | None) -> Estimate:
        """An estimate without bounds, and why."""
        return Estimate(value, None, None, len(self), self.n_rows, "not estimable", reason, evidence)


def units_of(trials: pd.DataFrame) -> Units:
    """Put the cells of each unit together; trials without a value are left out.

    A unit that was measured in several cells is one unit still: counting it once per cell would
    make dependent numbers look independent.
    """
    good = trials[trials["value"].notna() & (trials["n"] > 0)]
    if good["unit"].is_unique:  # one line a unit, the usual case: nothing to put together
        good = good.sort_values("unit", kind="stable")
        single = tuple(weighted_sample(s, n) for s, n in zip(good["sample"], good["n"], strict=True))
        columns = [good[c].to_numpy(dtype=float) for c in ("value", "n", "numerator", "denominator")]
        return Units(columns[0], columns[1], columns[2], columns[3], single)
    value, rows, above, below, samples = [], [], [], [], []
    for _, unit in good.groupby("unit", sort=True):
        n = unit["n"].to_numpy(dtype=float)
        value.append(float(np.average(unit["value"].to_numpy(dtype=float), weights=n)))
        rows.append(n.sum())
        above.append(unit["numerator"].sum(skipna=False))
        below.append(unit["denominator"].sum(skipna=False))
        samples.append(_joined(unit))
    numbers = [np.array(a, dtype=float) for a in (value, rows, above, below)]
    return Units(numbers[0], numbers[1], numbers[2], numbers[3], tuple(samples))


def _joined(unit: pd.DataFrame) -> np.ndarray:
    """Values and weights (2, k) of a unit's samples; a thinned sample's values stand for n/k rows each."""
    return np.hstack([weighted_sample(s, n) for s, n in zip(unit["sample"], unit["n"], strict=True)])


def weighted_sample(sample: list[float] | np.ndarray | None, n: float) -> np.ndarray:
    """A unit's sample with its weights, shape (2, k): each of k values stands for n / k rows."""
    if sample is None or not len(sample):
        return np.empty((2, 0))
    return np.vstack([sample, np.full(len(sample), n / len(sample))])


def clip(bounds: Bounds, limits: tuple[float | None, float | None]) -> Bounds:
    """Keep bounds inside the metric's domain."""
    low, high = bounds
    floor, ceiling = limits
    if low is not None and floor is not None:
        low = max(low, floor)
    if high is not None and ceiling is not None:
        high = min(high, ceiling)
    return low, high


def effective_share(n: float, units: int, tail: float) -> float:
    """Share of n that is left because a variance was estimated from few units.

    Korn & Graubard (1998, Survey Methodology 24), eq. 2: (t of n-1 / t of units-1) squared.
    """
    tail = min(tail, 0.499)  # at one half both are 0, and their ratio has a limit
    wide, narrow = special.stdtrit(max(units - 1, 1), 1 - tail), special.stdtrit(max(n - 1, 1), 1 - tail)
    return min(1.0, float(narrow / wide) ** 2)
