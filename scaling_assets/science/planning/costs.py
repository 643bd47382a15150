"""What a quantity costs in a period: fixed, per unit, in steps, and what savings leave of it.

What lives here: the declaration of cost lines and savings, the sheet of one quantity. What does not: prices of
models (``pricing``), where a law gives a cost (``law_costs``), tables (the kinds).

Step costs make the cost of a range of quantities no smooth curve: the range is cut where a step begins, each piece
has its own sheet, and a result is the hull of the pieces (exact, because within a piece nothing jumps).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from scaling_assets.records.amount import Amount, AmountText, StatedAmount, read_amount, stated
from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.science.planning.sheet import Sheet, hull, number_text, range_text
from scaling_assets.science.ranges.enclose import Range

#: Names of a sheet that no cost line may take.
TAKEN = frozenset({
    "units", "price", "fixed", "variable", "total", "unit_fixed", "unit_variable", "unit_cost", "revenue", "profit",
    "margin", "tokens", "min", "max", "sqrt", "log",
})  # fmt: skip


class Step(Declared):
    """From ``units`` a period on, the line costs ``per_period`` in all (not: that much more)."""

    units: Annotated[float, Field(ge=0)]
    per_period: StatedAmount


class CostLine(Declared):
    """One line of the bill: ``per_period`` whatever the quantity, ``per_unit``, or in ``steps``.

    ``not stated`` leaves the line out of every sum, and every sum says so.
    """

    name: Identifier
    per_period: AmountText | None = None
    per_unit: AmountText | None = None
    steps: tuple[Step, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _one_behaviour(self) -> Self:
        given = [self.per_period is not None, self.per_unit is not None, bool(self.steps)]
        if sum(given) != 1:
            raise ValueError("a cost line has one of 'per_period', 'per_unit' and 'steps'")
        if self.name in TAKEN:
            raise ValueError(f"the name {self.name!r} is taken")
        starts = [step.units for step in self.steps]
        if starts and (starts != sorted(set(starts)) or starts[0] != 0):
            raise ValueError("'steps' begin at units 0 and rise")
        texts = [t for t in (self.per_period, self.per_unit, *(s.per_period for s in self.steps)) if t]
        if any(a is not None and a.low < 0 for a in map(read_amount, texts)):
            raise ValueError("a cost below 0 is no cost; declare savings under 'savings'")
        return self

    @property
    def is_stated(self) -> bool:
        """False when nobody said what it costs."""
        return bool(self.steps) or read_amount(self.per_period or self.per_unit or "0") is not None

    def amount(self, units: float) -> Amount:
        """The line's amount at a quantity: a period's, or a unit's for ``per_unit``."""
        if self.steps:
            return stated([step for step in self.steps if step.units <= units][-1].per_period)
        return stated(self.per_period or self.per_unit or "")


class Saving(Declared):
    """``cut`` of what the ``lines`` cost is saved on the ``share`` of them that it applies to.

    Savings multiply: each cuts what the ones before it have left. A share that is not stated is anything from
    0 to 100 %.
    """

    name: Identifier
    cut: StatedAmount
    share: AmountText
    lines: Annotated[tuple[Identifier, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _shares_are_shares(self) -> Self:
        for what, amount in (("cut", stated(self.cut)), ("share", read_amount(self.share))):
            if amount is not None and not 0 <= amount.low <= amount.high <= 1:
                raise ValueError(f"{what!r} is a share, from 0 to 100 %")
        return self

    @property
    def applies_to(self) -> Amount:
        """The share as an amount."""
        return read_amount(self.share) or Amount("0 to 100 %", 0.5, 0.0, 1.0, is_share=True)


def savings_factor(savings: Sequence[Saving]) -> tuple[str, dict[str, Amount]]:
    """The formula of what savings leave of a cost (1 without any), and the amounts that it reads."""
    amounts: dict[str, Amount] = {}
    factors = []
    for saving in savings:
        cut, share = f"{saving.name}_cut", f"{saving.name}_share"
        amounts |= {cut: stated(saving.cut), share: saving.applies_to}
        factors.append(f"(1 - {cut} * {share})")
    return " * ".join(factors) or "1", amounts


def saved(savings: Sequence[Saving]) -> tuple[Range, str]:
    """The share that savings save together, and the arithmetic in words."""
    factor, amounts = savings_factor(savings)
    sheet = Sheet(amounts)
    return sheet.range_of(f"1 - {factor}"), sheet.shown(f"1 - {factor}", as_share=True)


@dataclass(frozen=True)
class Bill:
    """What a quantity costs: one sheet a piece of the range of quantities, the one of the middle first.

    ``missing`` names lines that nobody stated; ``lines`` has for each of the others the formula of what it costs in
    a period, after savings. Formulas of every sheet: ``fixed``, ``variable`` (a unit's),
    ``total``, ``unit_fixed``, ``unit_cost``, and with a price ``revenue``, ``profit``, ``margin``.
    """

    pieces: tuple[Sheet, ...]
    missing: tuple[str, ...]
    lines: tuple[tuple[str, str], ...] = ()

    def range_of(self, formula: str) -> Range:
        """The formula's range over all pieces."""
        found = [piece.range_of(formula) for piece in self.pieces]
        return found[0] if len(found) == 1 else hull(found, found[0].value)

    def shown(self, formula: str, *, as_share: bool = False) -> str:
        """The arithmetic in words; where a step cuts the range, of the piece with the middle, and what all give."""
        shown = self.pieces[0].shown(formula, as_share=as_share)
        if len(self.pieces) == 1:
            return shown
        return f"{shown} around the middle, {range_text(self.range_of(formula), as_share=as_share)} over all steps"


def bill(
    lines: Sequence[CostLine], units: Amount, price: Amount | None = None, savings: Sequence[Saving] = (),
    extra: Mapping[str, tuple[Amount, bool]] | None = None,
) -> Bill:  # fmt: skip
    """The bill of a quantity.

    Args:
        units: quantity a period, above 0.
        price: what a unit is sold for.
        extra: further lines by name: amount, and whether it is a unit's. Costs that a law gives.
    """
    extra = extra or {}
    is_unit = {line.name: line.per_unit is not None for line in lines if line.is_stated}
    is_unit |= {name: is_unit_ for name, (_, is_unit_) in extra.items()}
    terms = {name: _after(name, savings) for name in is_unit}
    pieces = [_sheet(lines, piece, price, savings, extra, terms, is_unit) for piece in _pieces(lines, units)]
    whole = tuple((name, f"{term} * units" if is_unit[name] else term) for name, term in terms.items())
    return Bill(tuple(pieces), tuple(line.name for line in lines if not line.is_stated), whole)


def _after(name: str, savings: Sequence[Saving]) -> str:
    """A line's amount with what savings leave of it, as a formula."""
    mine = [saving for saving in savings if name in saving.lines]
    return f"{name} * {savings_factor(mine)[0]}" if mine else name


def _sheet(
    lines: Sequence[CostLine], units: Amount, price: Amount | None, savings: Sequence[Saving],
    extra: Mapping[str, tuple[Amount, bool]], terms: Mapping[str, str], is_unit: Mapping[str, bool],
) -> Sheet:  # fmt: skip
    amounts = {"units": units} | {line.name: line.amount(units.value) for line in lines if line.is_stated}
    amounts |= {name: amount for name, (amount, _) in extra.items()}
    amounts |= savings_factor([saving for saving in savings if set(saving.lines) & set(terms)])[1]
    fixed = [term for name, term in terms.items() if not is_unit[name]]
    variable = [term for name, term in terms.items() if is_unit[name]]
    each = [f"{term} / units" for term in fixed] + variable
    whole = fixed + [f"{term} * units" for term in variable]
    formulas = {
        "fixed": " + ".join(fixed) or "0",
        "variable": " + ".join(variable) or "0",
        "unit_fixed": "fixed / units",
        "unit_cost": " + ".join(each) or "0",
        "total": " + ".join(whole) or "0",
    }
    if price is not None:
        amounts["price"] = price
        formulas |= {
            "revenue": "units * price",
            "profit": "revenue - total",
            "margin": "(price - unit_cost) / price",
        }
    return Sheet(amounts, formulas)


def _pieces(lines: Sequence[CostLine], units: Amount) -> list[Amount]:
    """The quantity cut where a step begins, the piece with the middle first."""
    starts = sorted({s.units for line in lines for s in line.steps if units.low < s.units <= units.high})
    if not starts:
        return [units]
    ends = [units.low, *starts]
    found = []
    for low, after in zip(ends, [*starts, math.inf], strict=True):
        high = min(math.nextafter(after, -math.inf), units.high) if math.isfinite(after) else units.high
        middle = units.value if low <= units.value <= high else low
        text = f"{number_text(low)} to {number_text(high)}" if low < high else number_text(low)
        found.append(Amount(text, middle, low, high))
    return sorted(found, key=lambda piece: not piece.low <= units.value <= piece.high)
