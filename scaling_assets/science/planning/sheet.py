"""A sheet of amounts and formulas: every result with its range, and the arithmetic shown.

What lives here: amounts by name, formulas over them, numbers for a sentence. What does not: interval arithmetic
(``science.ranges``), what the names mean (the kinds of plans).

A formula may name earlier formulas; they are put in as trees, down to the amounts, before its range is taken. An
amount that enters by two ways is therefore one number in both: ``(price - cost) / price`` with cost = fixed /
units + variable knows one price and one number of units.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scaling_assets.records.amount import Amount
from scaling_assets.records.planned import Figure
from scaling_assets.science.ranges.enclose import Range, enclose
from scaling_assets.science.ranges.expression import Node, read_formula
from scaling_assets.science.ranges.interval import Interval, exactly

EXACT = "exact arithmetic on declared amounts"
RANGED = "interval arithmetic on declared ranges"
DIGITS = 12  # of a result, relative to the larger end
CANCELLED = 1e-13  # of the largest term of a sum: what remains of two numbers that were the same
TINY = 1e-290  # nothing that anybody pays or counts is smaller: what is left of 0 after rounding outward
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 3, "**": 4}


@dataclass(frozen=True)
class Sheet:
    """``amounts`` by name, and ``formulas`` over them and over one another (no circles)."""

    amounts: Mapping[str, Amount]
    formulas: Mapping[str, str] = field(default_factory=dict)

    def range_of(self, formula: str) -> Range:
        """The formula's value at the amounts as they read, and its range while they run through theirs.

        Raises:
            FormulaError: the text is no formula.
            KeyError: it reads a name that the sheet does not have.
        """
        node = self._down(read_formula(formula))
        names = node.names()
        box = {name: Interval(self.amounts[name].low, self.amounts[name].high) for name in names}
        centre = {name: self.amounts[name].value for name in names}
        found = enclose(node, centre, box)
        is_exact = all(self.amounts[name].is_exact for name in names)
        return _rounding_off(
            found, _largest_term(node, {n: exactly(v) for n, v in centre.items()}), is_exact=is_exact
        )

    def shown(self, formula: str, *, as_share: bool = False) -> str:
        """The arithmetic in words: ``(35 - 17.5) / 35 = 50 %``."""
        node = read_formula(self.formulas.get(formula, formula))
        result = range_text(self.range_of(formula), as_share=as_share)
        return f"{self._in_words(node)} = {result}" if node.parts else result

    def with_amounts(self, **amounts: Amount) -> "Sheet":
        """The sheet with some amounts added or replaced."""
        return replace(self, amounts={**self.amounts, **amounts})

    def renamed(self, name: str, names: Mapping[str, str]) -> str:
        """A formula of this sheet as text over its amounts alone, under other names."""
        return _text(self._down(read_formula(name)), names)

    def _down(self, node: Node) -> Node:
        if node.operation == "name" and node.name in self.formulas:
            return self._down(read_formula(self.formulas[node.name]))
        return replace(node, parts=tuple(self._down(part) for part in node.parts))

    def _in_words(self, node: Node, outer: int = 0, *, is_right: bool = False) -> str:
        if node.operation == "name":
            if node.name in self.amounts:
                amount = self.amounts[node.name]
                text = amount.text or range_text(Range(amount.value, amount.low, amount.high))
            else:
                text = range_text(self.range_of(node.name))
            return f"({text})" if outer and " to " in text else text
        if node.operation == "number":
            return number_text(node.value.middle)
        if node.operation not in _BINDING:
            return f"{node.operation}({', '.join(self._in_words(part) for part in node.parts)})"
        mine = _BINDING[node.operation]
        if node.operation == "negative":
            text = f"-{self._in_words(node.parts[0], mine)}"
        else:
            left, right = node.parts
            sign = {"*": "x", "**": "^"}.get(node.operation, node.operation)
            text = f"{self._in_words(left, mine)} {sign} {self._in_words(right, mine, is_right=True)}"
        needs = mine < outer or (mine == outer and is_right)
        return f"({text})" if needs else text


def _text(node: Node, names: Mapping[str, str]) -> str:
    if node.operation == "name":
        return names[node.name]
    if node.operation == "number":
        return repr(node.value.middle)
    parts = [_text(part, names) for part in node.parts]
    if node.operation == "negative":
        return f"(-{parts[0]})"
    if node.operation in _BINDING:
        return f"({parts[0]} {node.operation} {parts[1]})"
    return f"{node.operation}({', '.join(parts)})"


def _largest_term(node: Node, at: Mapping[str, Interval]) -> float:
    """The largest number that the formula adds or subtracts: what is left of 0 is rounding of that."""
    parts = [part.over(at) for part in node.parts] if node.operation in ("+", "-") else []
    mine = [abs(part.middle) for part in parts if math.isfinite(part.width)]
    return max([*mine, *(_largest_term(part, at) for part in node.parts)], default=0.0)


def _rounding_off(found: Range, largest: float, *, is_exact: bool) -> Range:
    """The range to 12 digits, without the outward rounding behind them; one number where that is all there is."""
    if found.value is None or found.interval.is_whole:
        return found
    ends = [end for end in (found.low, found.high) if math.isfinite(end)]
    scale = max(
        [abs(end) for end in ends] + ([largest] if min(map(abs, ends)) <= CANCELLED * largest else [])
    )
    if scale < TINY:
        return Range(found.value, *(end if math.isinf(end) else 0.0 for end in (found.low, found.high)))
    places = DIGITS - 1 - math.floor(math.log10(scale))
    low, high = (_rounded(end, places) for end in (found.low, found.high))
    value = _rounded(found.value, places)
    if is_exact and high - low <= 10.0**-places:
        return Range(value, value, value)
    return Range(min(max(value, low), high), low, high)


def _rounded(end: float, places: int) -> float:
    return end if math.isinf(end) else round(end, places) + 0.0


def hull(parts: list[Range], value: float | None) -> Range:
    """All that any of the parts may be."""
    return Range(value, min(p.low for p in parts), max(p.high for p in parts))


def amount_of(found: Range, text: str = "") -> Amount:
    """A result as an amount for another sheet, which then takes it as independent of all others there.

    Raises:
        ValueError: it has no value.
    """
    if found.value is None:
        raise ValueError("a range without a value is no amount")
    return Amount(text or range_text(found), found.value, found.low, found.high)


def one_number(value: float) -> Range:
    """A number without a range."""
    return Range(value, value, value)


def figure(
    part: str, item: str, quantity: str, found: Range, unit: str = "",
    *, text: str = "", status: str = "", method: str = "",
) -> Figure:  # fmt: skip
    """A cell of a table. An exact number has no interval; an end without a bound is None.

    A formula that does not exist for some of the amounts has no value, and the status says so.
    """
    if found.interval.is_whole or (found.value is None and found.low == found.high):
        return Figure(part, item, quantity, unit=unit, text=text, status=status or "not derivable")
    if found.low == found.high:
        return Figure(
            part, item, quantity, found.value, unit=unit, text=text, status=status, method=method or EXACT
        )
    low, high = (end if math.isfinite(end) else None for end in (found.low, found.high))
    return Figure(
        part, item, quantity, found.value, low, high, unit, text=text, status=status, method=method or RANGED
    )


def number_text(value: float, *, as_share: bool = False) -> str:
    """A number for a sentence: four digits, thousands grouped, shares in per cent."""
    if as_share:
        return f"{number_text(100 * value)} %"
    if math.isinf(value):
        return "no limit" if value > 0 else "-no limit"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size and size < 1e-4:
        return f"{value:.3g}"
    return f"{float(f'{value:.4g}'):f}".rstrip("0").rstrip(".") if size else "0"


def range_text(found: Range, *, as_share: bool = False) -> str:
    """A range for a sentence: one number, ``low to high``, ``at least low``, or that it does not exist."""
    if found.value is None or found.interval.is_whole:
        return "not derivable"
    low, high = (number_text(end, as_share=as_share) for end in (found.low, found.high))
    if math.isinf(found.high):
        return f"at least {low}"
    if math.isinf(found.low):
        return f"at most {high}"
    if low == high:
        return number_text(found.value, as_share=as_share)
    return f"{low.removesuffix(' %') if as_share else low} to {high}"
