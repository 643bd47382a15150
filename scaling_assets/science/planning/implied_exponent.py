"""Exponents that plans imply: how cost grows with quantity, how output must grow with what is added.

What lives here: powers through declared points. What does not: laws of measurements (``fitting``): declared points
are intentions, they have no noise, and an exponent through them has no confidence interval. Where the points are
ranges, the exponent has the range that follows from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from scaling_assets.records.amount import Amount
from scaling_assets.science.planning.sheet import Sheet, amount_of
from scaling_assets.science.ranges.enclose import Range


@dataclass(frozen=True)
class Exponent:
    """``between`` are the exponents of neighbouring points; ``method`` says what the one through all rests on."""

    value: Range
    between: tuple[Range, ...]
    method: str


def implied_exponent(x0: Amount, y0: Amount, x1: Amount, y1: Amount) -> Range:
    """The b of y1 / y0 = (x1 / x0)^b, over the ranges of all four; none where x0 may be x1."""
    return Sheet({"x0": x0, "y0": y0, "x1": x1, "y1": y1}).range_of("log(y1 / y0) / log(x1 / x0)")


def cost_exponent(quantities: Sequence[float], costs: Sequence[Range]) -> Exponent:
    """Least squares of log cost on log quantity through declared scenarios.

    Raises:
        ValueError: fewer than two different quantities, or one not above 0.
    """
    if len(set(quantities)) < 2 or min(quantities) <= 0:
        raise ValueError("a cost exponent needs two different quantities above 0")
    points = sorted(zip(quantities, costs, strict=True), key=lambda p: p[0])
    logs = [log(q) for q, _ in points]
    mean = sum(logs) / len(logs)
    total = sum((at - mean) ** 2 for at in logs)
    sheet = Sheet({f"c{i}": amount_of(cost) for i, (_, cost) in enumerate(points)})
    terms = [f"({(at - mean) / total!r}) * log(c{i})" for i, at in enumerate(logs)]
    between = [
        sheet.range_of(f"log(c{i + 1} / c{i}) / {logs[i + 1] - logs[i]!r}")
        for i in range(len(points) - 1)
        if logs[i + 1] > logs[i]
    ]
    n = len(points)
    method = f"least squares in logarithms through {n} declared points; plans have no noise, so no interval"
    if any(cost.low < cost.high for _, cost in points):
        method += ", only the range that follows from those of the costs"
    return Exponent(sheet.range_of(" + ".join(terms)), tuple(between), method)
