"""Formulas over ranges of numbers: nothing that a formula can be is lost, nothing that it cannot be is added.

What belongs here: interval arithmetic with outward rounding, a small grammar of formulas, their tight ranges. What
does not: what the numbers mean (``claims``: printed digits; ``planning``: declared ranges). Door: ``enclose``.
"""

from scaling_assets.science.ranges.enclose import Range, enclose
from scaling_assets.science.ranges.expression import FormulaError, Node, read_formula
from scaling_assets.science.ranges.interval import Interval, exactly

__all__ = ["FormulaError", "Interval", "Node", "Range", "enclose", "exactly", "read_formula"]
