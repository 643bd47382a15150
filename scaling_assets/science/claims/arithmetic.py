"""Kind ``arithmetic``: a ratio, share, difference, total, product or margin, or any formula of stated numbers.

What lives here: one formula against one stated number. What does not: rows (``table``), laws (``law``).
"""

import math
from collections.abc import Mapping

from scaling_assets.records.claim import Claim, ClaimSheet
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.printed import Printed, PrintedNumber, read_printed
from scaling_assets.science.claims.against import against
from scaling_assets.science.claims.kind import (
    Case,
    ClaimKind,
    Finding,
    Objection,
    Operator,
    Settings,
    formula_objections,
    missing,
)
from scaling_assets.science.ranges.enclose import Range, enclose
from scaling_assets.science.ranges.expression import Node, read_formula
from scaling_assets.science.ranges.interval import Interval

METHOD = "interval arithmetic over the printed digits"


class ArithmeticSettings(Settings):
    """``formula`` of stated numbers; the document ``states`` that it is this number (or below, above it)."""

    formula: str
    operator: Operator = "="
    states: PrintedNumber


def audit(case: Case, settings: ArithmeticSettings) -> Finding:
    """Compute the formula over all that the printed numbers stand for."""
    stated = read_printed(settings.states)
    known = case.stated
    formula = read_formula(settings.formula)
    silent = [name for name in formula.names() if known[name] is None]
    if stated is None:
        silent.append("the claimed number itself")
    if silent or stated is None:
        return missing(
            f"{settings.formula} needs what is not stated", ", ".join(silent), stated=settings.states
        )
    found = range_of(formula, {name: number for name in formula.names() if (number := known[name])})
    if not found.is_known or found.value is None:
        what = "values of the stated numbers for which the formula exists"
        return missing(
            f"{settings.formula} may divide by 0 or leave the real numbers", what, stated=settings.states
        )
    return against(settings.formula, found, stated, settings.operator, method=METHOD)


def range_of(formula: Node, numbers: Mapping[str, Printed]) -> Range:
    """The formula's range; unknown (the whole line) where it overflows although every number is bounded."""
    box = {name: Interval(number.low, number.high) for name, number in numbers.items()}
    found = enclose(formula, {name: number.value for name, number in numbers.items()}, box)
    is_bounded = all(math.isfinite(end) for one in box.values() for end in (one.low, one.high))
    if is_bounded and not (math.isfinite(found.low) and math.isfinite(found.high)):
        return Range(None, -math.inf, math.inf)
    return found


def objections(
    sheet: ClaimSheet,
    claim: Claim,
    settings: ArithmeticSettings,
    experiments: Mapping[str, Experiment | None],
) -> list[Objection]:
    """Grammar, and names that nothing states."""
    return formula_objections(("formula",), settings.formula, list(sheet.numbers_of(claim)))


KIND = ClaimKind("arithmetic", "A formula of stated numbers", ArithmeticSettings, audit, objections)
