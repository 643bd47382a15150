"""Exponent classes: what an exponent means in words, decided on its interval.

What belongs here: bands and the decision. What does not: the interval (``fitting``), gates on exponents.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.records.law import Law
from scaling_assets.science.fitting import draw_curves

UNDECIDED = "undecided"


@dataclass(frozen=True)
class Band:
    """Exponents in [low, high), called ``name``."""

    name: str
    low: float
    high: float


#: y ~ x^exponent. The bands are configuration: these are what is used when none are declared.
BANDS = (
    Band("inverse", -np.inf, -0.05),
    Band("constant", -0.05, 0.05),
    Band("sub-linear", 0.05, 0.95),
    Band("linear", 0.95, 1.05),
    Band("super-linear", 1.05, np.inf),
)


@dataclass(frozen=True)
class ExponentClass:
    """``name`` is the class, or "undecided": then the interval touches every class in ``may_be``.

    ``value``, ``low``, ``high`` are those of y ~ x^value: the parameter of a decaying law, negated.
    """

    name: str
    may_be: tuple[str, ...]
    value: float
    low: float
    high: float


def checked(bands: Sequence[Band]) -> tuple[Band, ...]:
    """The bands in ascending order.

    Raises:
        ValueError: they leave gaps, overlap, share a name, or do not cover every number.
    """
    ordered = tuple(sorted(bands, key=lambda band: band.low))
    ends = [-np.inf, *(band.high for band in ordered)]
    starts = [*(band.low for band in ordered), np.inf]
    wrong = [f"{a:g} to {b:g}" for a, b in zip(ends, starts, strict=True) if a != b]
    if wrong or any(band.low >= band.high for band in ordered):
        raise ValueError(
            f"bands must follow one another from -inf to inf; wrong at {', '.join(wrong) or 'a band'}"
        )
    if len({band.name for band in ordered}) < len(ordered):
        raise ValueError("two bands have the same name")
    return ordered


def classify(
    value: float, low: float | None, high: float | None, bands: Sequence[Band] = BANDS
) -> ExponentClass:
    """The one class that holds the whole interval, else "undecided". A missing end is infinitely far."""
    below, above = -np.inf if low is None else low, np.inf if high is None else high
    touched = tuple(band.name for band in checked(bands) if band.low <= above and below < band.high)
    return ExponentClass(touched[0] if len(touched) == 1 else UNDECIDED, touched, value, below, above)


def exponent_class(law: Law, bands: Sequence[Band] = BANDS) -> ExponentClass | None:
    """Class of a law's first exponent; None when the law is not usable or has no exponent.

    A law such as E + a x^-b falls by a positive b: its exponent is negated, so that classes always speak of
    y ~ x^exponent. An exponent at the end of its domain is bounded there by its value.
    """
    if not law.is_usable or not any(p.role == "exponent" for p in law.parameters):
        return None
    found = law.parameter("exponent")
    value, low, high = float(found.value or 0.0), found.low, found.high
    if found.at_bound:
        low, high = (value if low is None else low), (value if high is None else high)
    if _decays(law):
        value, low, high = -value, (None if high is None else -high), (None if low is None else -low)
    return classify(value, low, high, bands)


def _decays(law: Law) -> bool:
    """True when the curve falls with x where its first exponent is positive: tried out at one half."""
    at = next(i for i, p in enumerate(law.parameters) if p.role == "exponent")
    theta = np.array([[1.0 if p.value in (None, 0.0) else p.value for p in law.parameters]], dtype=float)
    theta[0, at] = 0.5
    ends = np.array([[axis[0] for axis in law.domain], [axis[0] for axis in law.domain]])
    ends[1, 0] = law.domain[0][1]
    first, last = draw_curves(replace(law, draws=theta), ends)[0]
    return bool(last < first)
