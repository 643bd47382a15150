"""The record of what was chosen, at the estimate and under every draw.

What lives here: the record that solvers fill and intervals and words read. What does not: choosing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

Picks = Mapping[str, np.ndarray]  # rows of each law's draws, by law id


@dataclass(frozen=True, eq=False)
class Solution:
    """What was chosen.

    ``amounts`` by dimension; ``totals`` (R,) their summed gains under the draws; ``drawn`` (R, D) in declared order
    what would be chosen under those draws that have a choice, ``drawn_cost`` (R,) what that costs; ``same`` says
    of each whether it is the choice at the estimate. ``measure`` is the plan's measure of risk at the choice, None
    for the estimate; ``method`` names the search; ``better`` is cost and gain of the next better choice.
    """

    amounts: dict[str, float]
    cost: Fraction
    gain: float
    totals: np.ndarray
    drawn: np.ndarray
    drawn_cost: np.ndarray
    same: np.ndarray
    measure: float | None
    method: str
    better: tuple[Fraction, float] | None
