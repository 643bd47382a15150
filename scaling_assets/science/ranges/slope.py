"""How a formula changes with one of its names: its derivative over intervals.

What belongs here: forward differentiation of every operation. What does not: what it is good for (``enclose``):
a formula that rises with a name over a whole box has its ends where the name has its own.
"""

from collections.abc import Mapping

from scaling_assets.science.ranges.expression import Node
from scaling_assets.science.ranges.interval import (
    WHOLE,
    Interval,
    add,
    divide,
    exactly,
    logarithm,
    multiply,
    negative,
    power,
    square_root,
    subtract,
)

ZERO, ONE = exactly(0.0), exactly(1.0)


def slope(formula: Node, name: str, box: Mapping[str, Interval]) -> Interval:
    """All values of the derivative by ``name`` over the box, and maybe more."""
    return _both(formula, name, box)[1]


def _both(node: Node, name: str, box: Mapping[str, Interval]) -> tuple[Interval, Interval]:
    """Value and derivative."""
    if node.operation == "name":
        return box[node.name], ONE if node.name == name else ZERO
    if node.operation == "number":
        return node.value, ZERO
    parts = [_both(part, name, box) for part in node.parts]
    value = node.over(box)
    if all(slope == ZERO for _, slope in parts):
        return value, ZERO
    if value.is_whole:
        return value, WHOLE
    return value, _chain(node.operation, parts, value)


def _chain(operation: str, parts: list[tuple[Interval, Interval]], value: Interval) -> Interval:
    (a, da), (b, db) = parts[0], parts[-1]
    if operation == "+":
        return _sum(da, db)
    if operation == "-":
        return _sum(da, negative(db))
    if operation == "*":
        return _sum(_times(a, db), _times(b, da))
    if operation == "/":
        return divide(subtract(da, _times(value, db)), b)
    if operation == "**":
        base = _times(multiply(b, power(a, subtract(b, ONE))), da)
        return base if db == ZERO else _sum(base, _times(multiply(value, logarithm(a)), db))
    if operation == "negative":
        return negative(da)
    if operation == "sqrt":
        return divide(da, multiply(exactly(2.0), square_root(a)))
    if operation == "log":
        return divide(da, a)
    slopes = [slope for _, slope in parts]  # min and max: the slope of whichever part it is
    return Interval(min(s.low for s in slopes), max(s.high for s in slopes))


def _times(value: Interval, slope: Interval) -> Interval:
    return ZERO if slope == ZERO else multiply(value, slope)


def _sum(a: Interval, b: Interval) -> Interval:
    """a + b, without rounding where one of them is 0: a slope of 0 keeps its sign."""
    return a if b == ZERO else b if a == ZERO else add(a, b)
