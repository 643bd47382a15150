"""What a comparison amounts to: one number, its bounds at any error probability, its p-values.

What lives here: the type that every design gives, and p-values as inverted bounds. What does not: any
particular design.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import exp, lgamma

from scipy import special

Bounds = tuple[float | None, float | None]

#: p-values below this are reported as this: no bound is inverted further out.
SMALLEST_TAIL = 1e-12


@dataclass(frozen=True)
class Contrast:
    """An effect (treatment against control) with one-sided bounds.

    ``bounds(tail, factor)`` gives the lower and the upper bound, each with error probability ``tail``, to
    expect of ``factor`` times as many units; a bound is None where it is not estimable, and ``reason``
    then says why. ``floor(factor)`` is the smallest one-sided p-value that any outcome of such a design
    can reach when nothing but the assignment is random. ``p_values(limit)`` are those of "above the
    limit" and "below the limit".
    """

    value: float | None
    n_units: int
    method: str
    bounds: Callable[[float, float], Bounds] | None = None
    reason: str = ""
    floor: Callable[[float], float] | None = None
    evidence: Mapping[str, float | None] = field(default_factory=dict)
    exact_p: Callable[[float], tuple[float, float]] | None = None

    def p_values(self, limit: float) -> tuple[float, float]:
        """One-sided p-values of (effect > limit, effect < limit); 1 where nothing can be said."""
        if self.bounds is None:
            return 1.0, 1.0
        if self.exact_p is not None:
            return self.exact_p(limit)
        bounds = self.bounds

        def above(tail: float) -> bool:
            low = bounds(tail, 1.0)[0]
            return low is not None and low > limit

        def below(tail: float) -> bool:
            high = bounds(tail, 1.0)[1]
            return high is not None and high < limit

        return smallest_tail(above), smallest_tail(below)


def without(reason: str, n_units: int, value: float | None = None, **evidence: float | None) -> Contrast:
    """A contrast without bounds, and why."""
    return Contrast(value, n_units, "not estimable", None, reason, None, evidence)


def smallest_tail(clears: Callable[[float], bool], largest: float = 0.5, precision: float = 1e-9) -> float:
    """Return the smallest error probability at which ``clears(tail)`` is true: a p-value.

    ``clears`` must be monotone (true from some tail on). Bisected on the log-odds to ``precision``; 1.0 when it
    is true nowhere up to ``largest`` (bounds made of distances mean nothing beyond one half).
    """
    high = special.logit(largest)
    low = special.logit(SMALLEST_TAIL)
    if clears(SMALLEST_TAIL):
        return SMALLEST_TAIL
    if not clears(float(special.expit(high))):
        return 1.0
    while high - low > precision:
        middle = (low + high) / 2
        low, high = (low, middle) if clears(float(special.expit(middle))) else (middle, high)
    return float(special.expit(high))


def fewest(*arms: tuple[int, int]) -> Callable[[float], float]:
    """Return ``Contrast.floor`` of arms of n and m units: 1 / C(n + m, n), multiplied over strata.

    By logarithms: what a design of ten thousand times as many units could reach is asked too, and the
    coefficient itself would have millions of digits.
    """

    def floor(factor: float) -> float:
        grown = [(int((n + m) * factor + 1e-9), int(n * factor + 1e-9)) for n, m in arms]
        return exp(
            -sum(lgamma(all_ + 1) - lgamma(ours + 1) - lgamma(all_ - ours + 1) for all_, ours in grown)
        )

    return floor


def t_contrast(
    value: float,
    se: float,
    df: Callable[[float], float],
    n_units: int,
    method: str,
    floor: Callable[[float], float] | None = None,
    evidence: Mapping[str, float | None] | None = None,
) -> Contrast:
    """A contrast whose error is Student t with ``df(factor)`` degrees of freedom."""

    def bounds(tail: float, factor: float) -> Bounds:
        half = float(special.stdtrit(df(factor), 1 - tail)) * se / factor**0.5
        return value - half, value + half

    def p_values(limit: float) -> tuple[float, float]:
        below = float(special.stdtr(df(1.0), (value - limit) / se))
        return float(special.stdtr(df(1.0), (limit - value) / se)), below

    told = {"se": se, "df": df(1.0), **(evidence or {})}
    return Contrast(value, n_units, method, bounds, "", floor, told, p_values)
